//! The texts of PNG files, under the names that tags have.

use crate::files::inflate;

/// The keyword of an XMP packet.
pub(super) const XMP: &str = "XML:com.adobe.xmp";
/// Keywords of PNG and the names of tags that mean the same.
const NAMES: [(&str, &str); 4] = [
    ("Title", "title"),
    ("Author", "artist"),
    ("Creation Time", "date"),
    ("Comment", "comment"),
];

/// The name of a tag for a keyword.
pub(super) fn key(keyword: &str) -> &str {
    NAMES
        .iter()
        .find(|(png, _)| *png == keyword)
        .map_or(keyword, |(_, tag)| tag)
}

/// The keyword for the name of a tag: 1 to 79 characters of Latin 1; `None` where there is none.
pub(super) fn keyword(name: &str) -> Option<String> {
    let keyword = NAMES.iter().find(|(_, tag)| *tag == name).map_or(name, |(png, _)| png);
    let is_valid = |c: char| matches!(c, ' '..='~' | '\u{a1}'..='\u{ff}');
    let fits = (1..=79).contains(&keyword.chars().count()) && keyword.chars().all(is_valid);
    fits.then(|| keyword.to_owned())
}

/// What stands before the first zero, and behind it.
pub(super) fn split_zero(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = bytes.iter().position(|&byte| byte == 0)?;
    Some((&bytes[..at], &bytes[at + 1..]))
}

fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|&byte| char::from(byte)).collect()
}

/// Keyword and text of a chunk `tEXt`, `zTXt` or `iTXt`; `None` if it is damaged or its text has more than `limit`
/// bytes.
pub(super) fn read(kind: [u8; 4], payload: &[u8], limit: u64) -> Option<(String, String)> {
    let (keyword, rest) = split_zero(payload)?;
    let keyword = latin1(keyword);
    let text = match &kind {
        b"tEXt" => latin1(rest),
        b"zTXt" => latin1(&inflate(rest.strip_prefix(&[0])?, limit)?),
        _ => {
            let [compressed, _, rest @ ..] = rest else { return None };
            let (_language, rest) = split_zero(rest)?;
            let (_translated, rest) = split_zero(rest)?;
            let bytes = match compressed {
                0 => rest.to_vec(),
                _ => inflate(rest, limit)?,
            };
            String::from_utf8(bytes).ok()?
        }
    };
    Some((keyword, text))
}

/// The chunk that holds a text: `tEXt` where Latin 1 has all of its characters. `None` for a name that no chunk has,
/// and for texts with a zero.
pub(super) fn chunk(name: &str, text: &str) -> Option<([u8; 4], Vec<u8>)> {
    let keyword: Vec<u8> = keyword(name)?.chars().map(|c| c as u8).collect();
    let is_latin = text
        .chars()
        .all(|c| matches!(c, '\n' | ' '..='~' | '\u{a1}'..='\u{ff}'));
    match (text.contains('\0'), is_latin) {
        (true, _) => None,
        (_, true) => Some((
            *b"tEXt",
            [keyword, vec![0], text.chars().map(|c| c as u8).collect()].concat(),
        )),
        (_, false) => Some((*b"iTXt", [&keyword, &[0; 5][..], text.as_bytes()].concat())),
    }
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn texts_of_all_kinds_are_read() {
        let deflated = miniz_oxide::deflate::compress_to_vec_zlib("d\u{e9}j\u{e0}".as_bytes(), 6);
        let latin = miniz_oxide::deflate::compress_to_vec_zlib(b"d\xe9j\xe0", 6);
        let wanted = Some(("Author".to_owned(), "d\u{e9}j\u{e0}".to_owned()));
        assert_eq!(read(*b"tEXt", b"Author\0d\xe9j\xe0", 99), wanted);
        assert_eq!(read(*b"zTXt", &[b"Author\0\0", &latin[..]].concat(), 99), wanted);
        assert_eq!(
            read(*b"iTXt", &[b"Author\0\x01\0fr\0\0", &deflated[..]].concat(), 99),
            wanted
        );
        assert_eq!(read(*b"iTXt", "Author\0\0\0\0\0d\u{e9}j\u{e0}".as_bytes(), 99), wanted);
        assert_eq!(read(*b"zTXt", &[b"Author\0\0", &latin[..]].concat(), 3), None);
        assert_eq!(
            (key("Author"), keyword("artist").as_deref()),
            ("artist", Some("Author"))
        );
        assert_eq!((keyword(""), keyword("\u{3b1}")), (None, None));
        for text in ["caf\u{e9}\n2", "\u{3b1}\u{3b2}", ""] {
            let (kind, payload) = chunk("artist", text).unwrap();
            assert_eq!(read(kind, &payload, 99), Some(("Author".to_owned(), text.to_owned())));
        }
    }
}
