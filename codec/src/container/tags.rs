//! Tags as the payload of a segment.

use super::leb::{read_leb, write_leb};
use crate::media::{Tag, TagKey, Tags};

/// The byte in front of a key that is written out.
const NAMED: u8 = 0;

/// The byte that stands for a tag in a stream.
fn number_of(tag: Tag) -> u8 {
    match tag {
        Tag::Title => 1,
        Tag::Artist => 2,
        Tag::Album => 3,
        Tag::Date => 4,
        Tag::Track => 5,
        Tag::Comment => 6,
    }
}

impl Tags {
    /// The payload of the segment that carries them.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for (key, text) in self.entries() {
            match key {
                TagKey::Known(tag) => out.push(number_of(*tag)),
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
                    .find(|tag| number_of(*tag) == number)
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
    use crate::media::tags::MAX_ENTRIES;

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
