//! Parsers of single values; what they refuse is a usage error.

/// `--quality`: 0..=100, with up to two places after the point.
pub(crate) fn quality(text: &str) -> Result<f32, String> {
    let value: f32 = text.parse().map_err(|_| "not a number".to_owned())?;
    if (0.0..=100.0).contains(&value) {
        Ok(value)
    } else {
        Err("must be in 0..=100".to_owned())
    }
}

/// `--tile-size`: a multiple of 64 in 64..=4096.
pub(crate) fn tile_size(text: &str) -> Result<u32, String> {
    let value: u32 = text.parse().map_err(|_| "not a whole number".to_owned())?;
    if (64..=4096).contains(&value) && value.is_multiple_of(64) {
        Ok(value)
    } else {
        Err("must be a multiple of 64 in 64..=4096".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quality_is_a_number_in_range() {
        assert_eq!(quality("62.5"), Ok(62.5));
        assert_eq!((quality("0"), quality("100")), (Ok(0.0), Ok(100.0)));
        for bad in ["-1", "100.01", "NaN", "inf", "high", ""] {
            assert!(quality(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn tiles_are_multiples_of_64() {
        assert_eq!((tile_size("64"), tile_size("4096")), (Ok(64), Ok(4096)));
        for bad in ["0", "63", "100", "4160", "-64", "64.0"] {
            assert!(tile_size(bad).is_err(), "{bad}");
        }
    }
}
