//! Title, artist and the like, which travel beside the sound.

use crate::container::{read_leb, write_leb};

/// What a tag says.
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

/// The most bytes of one tag; longer ones are cut.
const MAX_BYTES: usize = 4096;

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

/// The tags of a sound, each at most once.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tags(Vec<(Tag, String)>);

impl Tags {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text of a tag.
    pub fn get(&self, tag: Tag) -> Option<&str> {
        self.iter().find(|(other, _)| *other == tag).map(|(_, text)| text)
    }

    /// All tags in the order of [`Tag::ALL`].
    pub fn iter(&self) -> impl Iterator<Item = (Tag, &str)> {
        self.0.iter().map(|(tag, text)| (*tag, text.as_str()))
    }

    /// Sets a tag, unless it is set already or says nothing. Texts are cut at 4096 bytes.
    pub fn add(&mut self, tag: Tag, text: &str) {
        let text = text.trim_matches(|c: char| c == '\0' || c.is_whitespace());
        if text.is_empty() || self.get(tag).is_some() {
            return;
        }
        let end = text.floor_char_boundary(MAX_BYTES);
        self.0.push((tag, text[..end].to_owned()));
        self.0.sort_by_key(|(tag, _)| *tag);
    }

    /// The payload of the segment that carries them.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for (tag, text) in self.iter() {
            out.push(tag.to_byte());
            write_leb(&mut out, text.len() as u32);
            out.extend_from_slice(text.as_bytes());
        }
        out
    }

    /// Reads the payload of a segment; tags that are not known are skipped.
    pub(crate) fn from_bytes(mut bytes: &[u8]) -> Result<Self, String> {
        let mut tags = Self::default();
        while let Some((&key, rest)) = bytes.split_first() {
            let (length, leb_bytes) = read_leb(rest).map_err(|error| error.reason())?;
            let rest = rest.get(leb_bytes..).unwrap_or_default();
            let (text, rest) = rest.split_at_checked(length as usize).ok_or("a tag is cut")?;
            let text = std::str::from_utf8(text).map_err(|_| "a tag is no UTF-8")?;
            if let Some(tag) = Tag::ALL.into_iter().find(|tag| tag.to_byte() == key) {
                tags.add(tag, text);
            }
            bytes = rest;
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

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn tags_come_back_and_the_first_counts() {
        let mut tags = Tags::default();
        tags.add(Tag::Comment, " déjà vu\0");
        tags.add(Tag::Title, "one");
        tags.add(Tag::Title, "two");
        tags.add(Tag::Artist, "  ");
        let bytes = tags.to_bytes();
        assert_eq!(bytes[..5], *b"\x01\x03one");
        assert_eq!(Tags::from_bytes(&bytes), Ok(tags.clone()));
        assert_eq!(
            tags.iter().collect::<Vec<_>>(),
            [(Tag::Title, "one"), (Tag::Comment, "déjà vu")]
        );
        let newer = [&[77, 2, b'h', b'i'][..], &bytes].concat();
        assert_eq!(Tags::from_bytes(&newer), Ok(tags), "unknown tags are skipped");
        for cut in [&bytes[..1], &bytes[..4], &[1, 1, 0xff]] {
            assert!(Tags::from_bytes(cut).is_err());
        }
        let mut long = Tags::default();
        long.add(Tag::Title, &"é".repeat(4000));
        assert_eq!(long.get(Tag::Title).map(str::len), Some(4096));
    }
}
