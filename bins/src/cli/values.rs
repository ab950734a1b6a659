//! Parsers of single values; what they refuse is a usage error.

use lmc_codec::{Quality, Rect};

use super::video::AudioArg;

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

/// `--region`: left, top, width, height.
pub(crate) fn region(text: &str) -> Result<Rect, String> {
    let numbers: Result<Vec<u32>, _> = text.split(',').map(|part| part.trim().parse()).collect();
    match numbers.as_deref() {
        Ok(&[x, y, width, height]) if width > 0 && height > 0 => Ok(Rect { x, y, width, height }),
        Ok([_, _, _, _]) => Err("width and height must be above 0".to_owned()),
        _ => Err("must be four whole numbers: X,Y,W,H".to_owned()),
    }
}

/// A number above zero.
pub(crate) fn positive(text: &str) -> Result<f64, String> {
    let value: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if value.is_finite() && value > 0.0 {
        Ok(value)
    } else {
        Err("must be above 0".to_owned())
    }
}

/// A number of bytes or pixels; `k`, `M` and `G` stand for 1000, 1,000,000 and 1,000,000,000.
pub(crate) fn size(text: &str) -> Result<u64, String> {
    let (digits, unit) = match text.char_indices().next_back() {
        Some((at, 'k' | 'K')) => (&text[..at], 1e3),
        Some((at, 'M')) => (&text[..at], 1e6),
        Some((at, 'G')) => (&text[..at], 1e9),
        _ => (text, 1.0),
    };
    let number = positive(digits)? * unit;
    if (1.0..1e15).contains(&number) {
        Ok(number as u64)
    } else {
        Err("must be at least 1".to_owned())
    }
}

/// A number of bits a second; `k` stands for 1000, `M` for 1,000,000.
pub(crate) fn bitrate(text: &str) -> Result<f64, String> {
    let (digits, unit) = match (text.strip_suffix(['k', 'K']), text.strip_suffix('M')) {
        (Some(digits), _) => (digits, 1e3),
        (None, Some(digits)) => (digits, 1e6),
        (None, None) => (text, 1.0),
    };
    let bits = positive(digits)? * unit;
    if (100.0..1e8).contains(&bits) {
        Ok(bits)
    } else {
        Err("must be in 100..100000k".to_owned())
    }
}

/// A time: seconds, or hours, minutes and seconds with colons between them.
pub(crate) fn time(text: &str) -> Result<f64, String> {
    let wrong = || "must be seconds, or hours, minutes and seconds as 1:02:03.5".to_owned();
    let parts: Vec<&str> = text.split(':').collect();
    let (last, before) = parts.split_last().ok_or_else(wrong)?;
    let mut all = 0.0;
    for part in before {
        let whole: u32 = part.parse().map_err(|_| wrong())?;
        all = (all + f64::from(whole)) * 60.0;
    }
    let seconds: f64 = last.parse().map_err(|_| wrong())?;
    match before.len() <= 2 && (0.0..1e9).contains(&seconds) {
        true => Ok(all + seconds),
        false => Err(wrong()),
    }
}

/// `--audio`: a quality, or `none`.
pub(crate) fn audio(text: &str) -> Result<AudioArg, String> {
    if text == "none" {
        return Ok(AudioArg::None);
    }
    let quality = Quality::new(quality(text)?).map_err(|error| error.to_string())?;
    Ok(AudioArg::At(quality))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_is_four_numbers() {
        let rect = Rect {
            x: 1,
            y: 2,
            width: 30,
            height: 4,
        };
        assert_eq!(region("1,2, 30,4"), Ok(rect));
        for bad in ["", "1,2,3", "1,2,0,4", "-1,2,3,4", "1,2,3,4,5", "1.5,2,3,4"] {
            assert!(region(bad).is_err(), "{bad}");
        }
    }

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

    #[test]
    fn times_have_colons_or_none() {
        for (text, seconds) in [("0", 0.0), ("12.5", 12.5), ("2:03", 123.0), ("1:02:03.5", 3723.5)] {
            assert_eq!(time(text), Ok(seconds));
        }
        for bad in ["", ":", "-1", "1:-2", "1.5:2", "1:2:3:4", "x", "NaN", "inf"] {
            assert!(time(bad).is_err(), "{bad}");
        }
        assert_eq!(audio("none"), Ok(AudioArg::None));
        assert!(matches!(audio("62.5"), Ok(AudioArg::At(_))));
        assert!(audio("opus").is_err());
    }

    #[test]
    fn sizes_have_units() {
        assert_eq!(
            [size("1"), size("100k"), size("1.5M"), size("2G")],
            [Ok(1), Ok(100_000), Ok(1_500_000), Ok(2_000_000_000)]
        );
        for bad in ["0", "-1", "k", "1T", "NaN", "1é", "1e300", "0.5"] {
            assert!(size(bad).is_err(), "{bad}");
        }
        assert_eq!(
            [bitrate("48k"), bitrate("6000"), bitrate("1.5K"), bitrate("2M")],
            [Ok(48e3), Ok(6e3), Ok(1500.0), Ok(2e6)]
        );
        for bad in ["0", "-3k", "48 k", "3G", "k", "99", "1e9", "NaN"] {
            assert!(bitrate(bad).is_err(), "{bad}");
        }
        assert_eq!(positive("0.25"), Ok(0.25));
        for bad in ["0", "-2", "inf", "x"] {
            assert!(positive(bad).is_err(), "{bad}");
        }
    }
}
