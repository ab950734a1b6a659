//! Elements, of which Matroska files consist.

use crate::error::Result;
use crate::sound::files::input::{Fields, Input, bytes_at};

/// The most bytes of the head of an element.
const HEAD_BYTES: u64 = 12;

/// The head of an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Element {
    pub(super) id: u32,
    pub(super) content: u64,
    /// `None` where the writer did not know.
    pub(super) bytes: Option<u64>,
}

impl Element {
    /// Reads the head at a place of a file; `None` where there is none.
    pub(super) fn at(input: &mut Input, at: u64) -> Result<Option<Self>> {
        let head = bytes_at(input, at, HEAD_BYTES)?;
        let mut fields = Fields(&head);
        Ok(Self::read(&mut fields).map(|(id, bytes)| Self {
            id,
            content: at + (head.len() - fields.0.len()) as u64,
            bytes,
        }))
    }

    fn read(fields: &mut Fields<'_>) -> Option<(u32, Option<u64>)> {
        let first = *fields.0.first()?;
        let bytes = first.leading_zeros() as usize + 1;
        let id = fields.take(bytes).filter(|_| bytes <= 4)?;
        let id = id.iter().fold(0, |id, &byte| id << 8 | u32::from(byte));
        Some((id, number(fields)?))
    }
}

/// A number whose first byte tells its length; within, `None` for the one that stands for an unknown length.
pub(super) fn number(fields: &mut Fields<'_>) -> Option<Option<u64>> {
    let first = *fields.0.first()?;
    let bytes = first.leading_zeros() as usize + 1;
    let all = fields.take(bytes).filter(|_| bytes <= 8)?;
    let mask = if bytes == 8 { 0 } else { 0xff >> bytes };
    let value = all[1..]
        .iter()
        .fold(u64::from(first & mask), |value, &byte| value << 8 | u64::from(byte));
    Some((value != (1 << (7 * bytes)) - 1).then_some(value))
}

/// The elements within another: ids and contents; what is cut ends the list.
pub(super) fn children(bytes: &[u8]) -> impl Iterator<Item = (u32, &[u8])> {
    let mut fields = Fields(bytes);
    std::iter::from_fn(move || {
        let (id, bytes) = Element::read(&mut fields)?;
        Some((id, fields.take(usize::try_from(bytes?).ok()?)?))
    })
}

/// Whether bytes are elements up to their end.
pub(super) fn is_whole(bytes: &[u8]) -> bool {
    let mut fields = Fields(bytes);
    while !fields.0.is_empty() {
        let length = Element::read(&mut fields).and_then(|(_, bytes)| usize::try_from(bytes?).ok());
        if length.and_then(|length| fields.take(length)).is_none() {
            return false;
        }
    }
    true
}

/// The content of the first element of a kind.
pub(super) fn find(bytes: &[u8], wanted: u32) -> Option<&[u8]> {
    children(bytes).find(|(id, _)| *id == wanted).map(|(_, body)| body)
}

/// An unsigned number of up to eight bytes.
pub(super) fn unsigned(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .take(8)
        .fold(0, |value, &byte| value << 8 | u64::from(byte))
}

/// A floating-point number of four or eight bytes.
pub(super) fn float(bytes: &[u8]) -> f64 {
    match *bytes {
        [a, b, c, d] => f64::from(f32::from_be_bytes([a, b, c, d])),
        [a, b, c, d, e, f, g, h] => f64::from_be_bytes([a, b, c, d, e, f, g, h]),
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_elements_are_read() {
        assert_eq!(number(&mut Fields(&[0x81])), Some(Some(1)));
        assert_eq!(number(&mut Fields(&[0x40, 0x02])), Some(Some(2)));
        assert_eq!(number(&mut Fields(&[0xff])), Some(None), "unknown");
        assert_eq!(number(&mut Fields(&[0x40])), None);
        let bytes = [0xd7, 0x81, 5, 0x86, 0x82, b'a', b'b'];
        assert_eq!(
            (find(&bytes, 0xd7), find(&bytes, 0x86)),
            (Some(&[5][..]), Some(&b"ab"[..]))
        );
        assert_eq!((unsigned(&[1, 0]), float(&[0x40, 0, 0, 0])), (256, 2.0));
    }
}
