//! Title, artist and other texts that travel beside the media.

use super::leb::{read_leb, write_leb};

/// Tags that have a number in the format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tag {
    /// The name of the piece.
    Title,
    /// Who made it.
    Artist,
    /// The collection it is of.
    Album,
    /// When it was made.
    Date,
    /// Its number in the collection.
    Track,
    /// Anything else.
    Comment,
}

/// The longest text that [`Tags::add`] keeps, in bytes.
const MAX_BYTES: usize = 4096;
/// The most entries, and the longest key in bytes, that the format allows.
const MAX_ENTRIES: usize = 1 << 16;
const MAX_KEY_BYTES: usize = 255;
/// The byte in front of a key that is written out.
const NAMED: u8 = 0;

impl Tag {
    /// All tags.
    pub const ALL: [Self; 6] = [
        Self::Title,
        Self::Artist,
        Self::Album,
        Self::Date,
        Self::Track,
        Self::Comment,
    ];

    /// The name of the tag.
    pub fn name(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Artist => "artist",
            Self::Album => "album",
            Self::Date => "date",
            Self::Track => "track",
            Self::Comment => "comment",
        }
    }

    /// The byte that stands for it in a stream.
    fn to_byte(self) -> u8 {
        match self {
            Self::Title => 1,
            Self::Artist => 2,
            Self::Album => 3,
            Self::Date => 4,
            Self::Track => 5,
            Self::Comment => 6,
        }
    }
}

/// What a text is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum TagKey {
    /// One of the usual tags.
    Known(Tag),
    /// Any other, by the name that it has in files, for example `REPLAYGAIN_TRACK_GAIN`.
    Named(String),
}

impl TagKey {
    /// The key of a name. Those of [`Tag`] are known in upper and lower case.
    pub fn of_name(name: &str) -> Self {
        let known = Tag::ALL.into_iter().find(|tag| tag.name().eq_ignore_ascii_case(name));
        known.map_or_else(|| Self::Named(name.to_owned()), Self::Known)
    }

    /// The name of the key.
    pub fn name(&self) -> &str {
        match self {
            Self::Known(tag) => tag.name(),
            Self::Named(name) => name,
        }
    }
}

/// The tags of a stream in their order. A key may have several values.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tags(Vec<(TagKey, String)>);

impl Tags {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The first text of a tag.
    pub fn get(&self, tag: Tag) -> Option<&str> {
        self.entries()
            .find(|(key, _)| **key == TagKey::Known(tag))
            .map(|(_, text)| text)
    }

    /// All texts of a key, in their order.
    pub fn values<'a>(&'a self, key: &'a TagKey) -> impl Iterator<Item = &'a str> {
        self.entries()
            .filter(move |(other, _)| *other == key)
            .map(|(_, text)| text)
    }

    /// All keys and texts, in their order.
    pub fn entries(&self) -> impl Iterator<Item = (&TagKey, &str)> {
        self.0.iter().map(|(key, text)| (key, text.as_str()))
    }

    /// The first text of each of the usual tags, in the order of [`Tag::ALL`].
    pub fn iter(&self) -> impl Iterator<Item = (Tag, &str)> {
        Tag::ALL
            .into_iter()
            .filter_map(|tag| self.get(tag).map(|text| (tag, text)))
    }

    /// Sets a tag, unless it is set already or says nothing. Texts are cut at 4096 bytes.
    pub fn add(&mut self, tag: Tag, text: &str) {
        let text = text.trim_matches(|c: char| c == '\0' || c.is_whitespace());
        if !text.is_empty() && self.get(tag).is_none() {
            let end = text.floor_char_boundary(MAX_BYTES);
            self.0.push((TagKey::Known(tag), text[..end].to_owned()));
        }
    }

    /// Appends a text as it is; returns whether it fits: a key has 1 to 255 bytes, and there are at most 2^16 texts.
    pub fn push(&mut self, key: TagKey, text: impl Into<String>) -> bool {
        let fits = (1..=MAX_KEY_BYTES).contains(&key.name().len()) && self.0.len() < MAX_ENTRIES;
        if fits {
            self.0.push((key, text.into()));
        }
        fits
    }

    /// The payload of the segment that carries them.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for (key, text) in self.entries() {
            match key {
                TagKey::Known(tag) => out.push(tag.to_byte()),
                TagKey::Named(name) => {
                    out.push(NAMED);
                    write_text(&mut out, name);
                }
            }
            write_text(&mut out, text);
        }
        out
    }

    /// Reads the payload of a segment; keys with numbers that are not known are skipped.
    pub(super) fn from_bytes(mut bytes: &[u8]) -> Result<Self, &'static str> {
        let mut tags = Self::default();
        while let Some((&number, rest)) = bytes.split_first() {
            bytes = rest;
            let key = match number {
                NAMED => Some(TagKey::of_name(read_text(&mut bytes)?)),
                _ => Tag::ALL
                    .into_iter()
                    .find(|tag| tag.to_byte() == number)
                    .map(TagKey::Known),
            };
            let text = read_text(&mut bytes)?;
            if key.is_some_and(|key| !tags.push(key, text)) {
                return Err("a key is empty or too long, or there are too many");
            }
        }
        Ok(tags)
    }
}

impl FromIterator<(Tag, String)> for Tags {
    fn from_iter<I: IntoIterator<Item = (Tag, String)>>(tags: I) -> Self {
        let mut all = Self::default();
        tags.into_iter().for_each(|(tag, text)| all.add(tag, &text));
        all
    }
}

fn write_text(out: &mut Vec<u8>, text: &str) {
    write_leb(out, text.len() as u32);
    out.extend_from_slice(text.as_bytes());
}

/// Takes a text off the front of `bytes`.
fn read_text<'a>(bytes: &mut &'a [u8]) -> Result<&'a str, &'static str> {
    let (length, leb_bytes) = read_leb(bytes).map_err(|error| error.reason())?;
    let rest = bytes.get(leb_bytes..).unwrap_or_default();
    let (text, rest) = rest.split_at_checked(length as usize).ok_or("a text is cut")?;
    *bytes = rest;
    std::str::from_utf8(text).map_err(|_| "a text is no UTF-8")
}

#[cfg(test)]
mod unit {
    use super::*;

    fn tags() -> Tags {
        let mut tags = Tags::default();
        tags.add(Tag::Title, "one");
        tags.add(Tag::Comment, " déjà vu\0");
        tags.add(Tag::Title, "two");
        tags.add(Tag::Artist, "  ");
        tags
    }

    #[test]
    fn all_texts_come_back_in_their_order() {
        let mut tags = tags();
        assert!(tags.push(TagKey::Known(Tag::Title), "two"));
        assert!(tags.push(TagKey::of_name("LYRICS"), " ja\n"));
        assert!(tags.push(TagKey::of_name("artist"), ""));
        let bytes = tags.to_bytes();
        assert_eq!(bytes[..5], *b"\x01\x03one");
        assert_eq!(Tags::from_bytes(&bytes), Ok(tags.clone()));
        assert_eq!(
            tags.values(&TagKey::Known(Tag::Title)).collect::<Vec<_>>(),
            ["one", "two"]
        );
        let usual = [(Tag::Title, "one"), (Tag::Artist, ""), (Tag::Comment, "déjà vu")];
        assert_eq!(tags.iter().collect::<Vec<_>>(), usual);
        let newer = [&[77, 2, b'h', b'i'][..], &bytes].concat();
        assert_eq!(Tags::from_bytes(&newer), Ok(tags), "unknown keys are skipped");
    }

    #[test]
    fn wrong_texts_are_refused() {
        let bytes = tags().to_bytes();
        for wrong in [&bytes[..1], &bytes[..4], &[1, 1, 0xff], &[0, 0, 1, b'x'], &[1, 0x80, 0]] {
            assert!(Tags::from_bytes(wrong).is_err(), "{wrong:?}");
        }
        assert!(Tags::from_bytes(&[1, 0].repeat(MAX_ENTRIES)).is_ok());
        assert!(Tags::from_bytes(&[1, 0].repeat(MAX_ENTRIES + 1)).is_err());
        assert!(!Tags::default().push(TagKey::of_name(&"k".repeat(256)), "x"));
        let mut long = Tags::default();
        long.add(Tag::Title, &"é".repeat(4000));
        assert_eq!(long.get(Tag::Title).map(str::len), Some(4096));
    }
}
