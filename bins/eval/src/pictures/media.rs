//! Pictures as media.

use std::collections::BTreeMap;

use png::Compression;

use super::metrics::MS_SSIM_LEAST_SIDE;
use super::{Rgb, png_file, pnm};
use crate::Result;
use crate::media::{Fitted, Media, Medium};

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
            Exchange::Ppm => Ok(pnm::to_ppm(self)),
            Exchange::Png => png_file::to_png(self, Compression::Fast),
        }
    }

    fn from_file(format: Exchange, bytes: &[u8]) -> Result<Self> {
        match format {
            Exchange::Ppm => pnm::parse(bytes),
            Exchange::Png => png_file::parse(bytes),
        }
    }

    fn fit(self, original: &Self) -> std::result::Result<Fitted<Self>, String> {
        let (width, height) = (self.width(), self.height());
        if (width, height) != (original.width(), original.height()) {
            return Err(format!("it decodes to {width}x{height} pixels"));
        }
        Ok((self, BTreeMap::new()))
    }
}
