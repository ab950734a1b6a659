//! The segment of small facts of an image.

use super::leb::{read_leb, write_leb};
use crate::media::image::Extras;

/// The most facts.
const MAX_ENTRIES: usize = 64;

impl Extras {
    /// The payload of the segment that carries them.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for (name, bytes) in self.entries() {
            out.extend(name);
            write_leb(&mut out, bytes.len() as u32);
            out.extend(bytes);
        }
        out
    }

    /// Reads the payload of a segment.
    pub(super) fn from_bytes(mut bytes: &[u8]) -> Result<Self, &'static str> {
        let mut extras = Self::default();
        while !bytes.is_empty() {
            let (name, rest) = bytes.split_first_chunk::<4>().ok_or("a name is cut")?;
            let (length, leb_bytes) = read_leb(rest).map_err(|error| error.reason())?;
            let rest = rest.get(leb_bytes..).unwrap_or_default();
            let (fact, rest) = rest.split_at_checked(length as usize).ok_or("a fact is cut")?;
            if extras.get(*name).is_some() || extras.0.len() == MAX_ENTRIES {
                return Err("a name is there twice, or there are too many");
            }
            extras.0.push((*name, fact.to_vec()));
            bytes = rest;
        }
        Ok(extras)
    }
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn facts_come_back_and_wrong_ones_are_refused() {
        let mut extras = Extras::default();
        extras.set(Extras::GAMMA, vec![0, 0, 177, 143]);
        extras.set(Extras::DENSITY, vec![1; 9]);
        extras.set(Extras::GAMMA, vec![0, 1, 134, 160]);
        let bytes = extras.to_bytes();
        assert_eq!(bytes, [&b"gAMA\x04\0\x01\x86\xa0"[..], b"pHYs\x09", &[1; 9]].concat());
        assert_eq!(Extras::from_bytes(&bytes), Ok(extras));
        for wrong in [&bytes[..3], &bytes[..10], &[&bytes[..], &bytes].concat(), b"abcd\xff"] {
            assert!(Extras::from_bytes(wrong).is_err(), "{wrong:?}");
        }
    }
}
