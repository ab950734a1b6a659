//! Pictures as media.

use std::collections::BTreeMap;

use lmc_codec::Limits;
use lmc_codec::files::{Format, read_bytes, to_bytes};
use png::Compression;

use super::metrics::MS_SSIM_LEAST_SIDE;
use super::{Rgb, png_file};
use crate::media::{Fitted, Media, Medium};
use crate::{EvalError, Result};

/// Formats in which programs take pictures and give them back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exchange {
    /// Binary PPM of 8 bits.
    Ppm,
    /// PNG of 8-bit RGB.
    Png,
}

impl Media for Rgb {
    const MEDIUM: Medium = Medium::Pictures;
    type Exchange = Exchange;

    fn units(&self) -> u64 {
        self.pixels()
    }

    fn details(&self) -> BTreeMap<String, serde_json::Value> {
        BTreeMap::from([
            ("width".to_owned(), self.width().into()),
            ("height".to_owned(), self.height().into()),
        ])
    }

    fn notes(&self) -> Vec<String> {
        let small = self.width().min(self.height()) < MS_SSIM_LEAST_SIDE;
        let note = small.then(|| format!("a side under {MS_SSIM_LEAST_SIDE} pixels: no MS-SSIM"));
        note.into_iter().collect()
    }

    fn ending(format: Exchange) -> &'static str {
        match format {
            Exchange::Ppm => "ppm",
            Exchange::Png => "png",
        }
    }

    fn to_file(&self, format: Exchange) -> Result<Vec<u8>> {
        match format {
            Exchange::Ppm => {
                let written = to_bytes(&self.to_picture()?, Format::Pnm);
                Ok(written.map_err(|error| EvalError::malformed("a picture", error))?.0)
            }
            Exchange::Png => png_file::to_png(self, Compression::Fast),
        }
    }

    fn from_file(_: Exchange, bytes: &[u8]) -> Result<Self> {
        parse(bytes)
    }

    fn fit(self, original: &Self) -> std::result::Result<Fitted<Self>, String> {
        let (width, height) = (self.width(), self.height());
        if (width, height) != (original.width(), original.height()) {
            return Err(format!("it decodes to {width}x{height} pixels"));
        }
        Ok((self, BTreeMap::new()))
    }
}

/// The picture in a file of any format, in 8-bit RGB.
///
/// # Errors
/// `Malformed` for anything but an image.
pub(super) fn parse(bytes: &[u8]) -> Result<Rgb> {
    let picture = read_bytes(bytes, &Limits::default());
    Rgb::of(&picture.map_err(|error| EvalError::malformed("the decoded picture", error))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_come_back() {
        let picture = Rgb::new(2, 1, vec![1, 2, 3, 4, 5, 6]).unwrap();
        for format in [Exchange::Ppm, Exchange::Png] {
            let file = picture.to_file(format).unwrap();
            assert_eq!(Rgb::from_file(format, &file).unwrap(), picture);
            assert!(Rgb::from_file(format, &file[..file.len() / 2]).is_err());
        }
        assert_eq!(
            picture.to_file(Exchange::Ppm).unwrap(),
            b"P6\n2 1\n255\n\x01\x02\x03\x04\x05\x06"
        );
        let gray = Rgb::from_file(Exchange::Ppm, b"P5 # one\n# two\n2 1\n255\n\x07\x20").unwrap();
        assert_eq!(gray.samples(), [7, 7, 7, 32, 32, 32]);
    }

    #[test]
    fn damage_is_refused() {
        for bad in [&b""[..], b"P6", b"P6 1 1 255\n\x01\x02", b"P6 # ", b"no picture"] {
            assert!(parse(bad).is_err(), "{bad:?}");
        }
        assert!(parse(b"P6 4000000000 4000000000 255\n1").is_err());
    }
}
