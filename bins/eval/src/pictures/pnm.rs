//! PPM and PGM of 8 bits, which programs exchange pictures by.

use super::Rgb;
use crate::{EvalError, Result};

/// The picture as a binary PPM.
pub(crate) fn to_ppm(picture: &Rgb) -> Vec<u8> {
    let mut out = format!("P6\n{} {}\n255\n", picture.width(), picture.height()).into_bytes();
    out.extend_from_slice(picture.samples());
    out
}

/// Reads binary PPM or PGM.
///
/// # Errors
/// `Malformed` for anything else.
pub(crate) fn parse(bytes: &[u8]) -> Result<Rgb> {
    let bad = |reason: &str| EvalError::malformed("the decoded PNM", reason);
    let (mut position, mut header) = (0, Vec::new());
    while header.len() < 4 {
        header.push(word(bytes, &mut position).ok_or_else(|| bad("its header is cut off"))?);
    }
    let number = |i: usize| header[i].parse::<u32>().map_err(|_| bad("its header has no numbers"));
    let (width, height) = (number(1)?, number(2)?);
    if number(3)? != 255 {
        return Err(bad("it has more than 8 bits"));
    }
    let channels = match header[0].as_str() {
        "P6" => 3,
        "P5" => 1,
        _ => return Err(bad("it is neither PPM nor PGM")),
    };
    let samples = bytes.get(position + 1..).unwrap_or_default();
    let count = u64::from(width) * u64::from(height) * channels;
    let count = usize::try_from(count).map_err(|_| bad("it is too large"))?;
    let samples = samples.get(..count).ok_or_else(|| bad("it is cut off"))?;
    match channels {
        3 => Rgb::new(width, height, samples.to_vec()),
        _ => Rgb::from_gray(width, height, samples),
    }
}

/// The next word of the header, comments skipped; `position` is behind it then.
fn word(bytes: &[u8], position: &mut usize) -> Option<String> {
    loop {
        match bytes.get(*position)? {
            b'#' => *position += bytes[*position..].iter().position(|&byte| byte == b'\n')?,
            byte if byte.is_ascii_whitespace() => *position += 1,
            _ => break,
        }
    }
    let rest = &bytes[*position..];
    let end = rest.iter().position(u8::is_ascii_whitespace)?;
    *position += end;
    Some(String::from_utf8_lossy(&rest[..end]).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_come_back() {
        let picture = Rgb::new(2, 1, vec![1, 2, 3, 4, 5, 6]).unwrap();
        assert_eq!(parse(&to_ppm(&picture)).unwrap(), picture);
        let gray = parse(b"P5 # one\n# two\n2 1\n255\n\x07\x20").unwrap();
        assert_eq!(gray.samples(), [7, 7, 7, 32, 32, 32]);
    }

    #[test]
    fn damage_is_refused() {
        for bad in [
            &b""[..],
            b"P6",
            b"P6 1 1 255\n\x01\x02",
            b"P6 1 1 65535\n123456",
            b"P4 1 1 255\n1",
            b"P6 # ",
        ] {
            assert!(parse(bad).is_err(), "{bad:?}");
        }
        assert!(parse(b"P6 4000000000 4000000000 255\n1").is_err());
    }
}
