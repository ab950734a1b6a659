//! Title, artist and other texts that travel beside the media.

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
/// The most entries that the format allows.
pub(crate) const MAX_ENTRIES: usize = 1 << 16;
/// The longest key that the format allows, in bytes.
const MAX_KEY_BYTES: usize = 255;

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
}

impl FromIterator<(Tag, String)> for Tags {
    fn from_iter<I: IntoIterator<Item = (Tag, String)>>(tags: I) -> Self {
        let mut all = Self::default();
        tags.into_iter().for_each(|(tag, text)| all.add(tag, &text));
        all
    }
}
