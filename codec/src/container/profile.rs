//! ICC profiles in fewer bytes: their length, and the profile deflated.

use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::decompress_to_vec_with_limit;

use super::leb::{read_leb, write_leb};

/// The best level that is not slow.
const LEVEL: u8 = 9;

/// The payload of a segment with `profile`; `None` where that is no smaller.
pub(super) fn deflated(profile: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    write_leb(&mut out, u32::try_from(profile.len()).ok()?);
    out.extend(compress_to_vec(profile, LEVEL));
    (out.len() < profile.len()).then_some(out)
}

/// The profile of a payload, of at most `limit` bytes.
pub(super) fn inflated(payload: &[u8], limit: u64) -> Result<Vec<u8>, &'static str> {
    let (length, leb_bytes) = read_leb(payload).map_err(|error| error.reason())?;
    if u64::from(length) > limit {
        return Err("its profile is larger than metadata may be");
    }
    let coded = payload.get(leb_bytes..).unwrap_or_default();
    let profile = decompress_to_vec_with_limit(coded, length as usize).map_err(|_| "its deflated bytes are wrong")?;
    match profile.len() == length as usize {
        true => Ok(profile),
        false => Err("its profile has another length than it says"),
    }
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn profiles_shrink_and_come_back() {
        let profile: Vec<u8> = (0..3000u32).map(|i| (i / 7 % 90) as u8).collect();
        let coded = deflated(&profile).unwrap();
        assert!(coded.len() < 600, "{} bytes", coded.len());
        assert_eq!(inflated(&coded, 3000), Ok(profile));
        assert!(inflated(&coded, 2999).is_err() && inflated(&coded[..50], 3000).is_err() && inflated(&[], 9).is_err());
        let mut longer = coded;
        longer[0] += 1;
        assert!(inflated(&longer, 4000).is_err());
        assert_eq!(deflated(b"abc"), None, "small ones stay as they are");
    }
}
