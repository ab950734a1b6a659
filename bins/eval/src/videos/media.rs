//! Videos as media.

use std::collections::BTreeMap;

use lmc_codec::Limits;
use lmc_codec::video::files::{Y4m, Y4mWriter};
use serde_json::Value;

use super::Clip;
use super::metrics::psnr_yuv_of_frames;
use crate::media::{Fitted, Media, Medium};
use crate::pictures::metrics::MS_SSIM_LEAST_SIDE;
use crate::{EvalError, Result};

/// The detail of a point that lists the bits of its frames.
pub const BITS_OF_FRAMES: &str = "bits of frames";
/// The detail of a point that lists the PSNR of its frames.
pub const PSNR_OF_FRAMES: &str = "psnr-yuv of frames";

/// Formats in which programs take videos and give them back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exchange {
    /// YUV4MPEG2.
    Y4m,
}

impl Media for Clip {
    const MEDIUM: Medium = Medium::Video;
    type Exchange = Exchange;

    fn units(&self) -> u64 {
        let format = self.format();
        u64::from(format.width) * u64::from(format.height) * self.len() as u64
    }

    fn details(&self) -> BTreeMap<String, Value> {
        let format = self.format();
        let fps = (format.frame_rate.value() * 1000.0).round() / 1000.0;
        let details: [(&str, Value); 6] = [
            ("width", format.width.into()),
            ("height", format.height.into()),
            ("frames", self.len().into()),
            ("fps", fps.into()),
            ("samples", format.chroma.name().into()),
            ("bits", format.depth.into()),
        ];
        details.map(|(name, value)| (name.to_owned(), value)).into()
    }

    fn notes(&self) -> Vec<String> {
        let small = self.format().width.min(self.format().height) < MS_SSIM_LEAST_SIDE;
        let note = small.then(|| format!("a side under {MS_SSIM_LEAST_SIDE} pixels: no MS-SSIM"));
        note.into_iter().collect()
    }

    fn ending(Exchange::Y4m: Exchange) -> &'static str {
        "y4m"
    }

    fn to_file(&self, Exchange::Y4m: Exchange) -> Result<Vec<u8>> {
        let fault = |error| EvalError::malformed("a video", error);
        let mut writer = Y4mWriter::new(Vec::new(), self.format()).map_err(fault)?;
        for frame in self.frames() {
            writer.write(&frame).map_err(fault)?;
        }
        Ok(writer.finish().map_err(fault)?.0)
    }

    fn from_file(Exchange::Y4m: Exchange, bytes: &[u8]) -> Result<Self> {
        let source = Y4m::new(bytes, &Limits::default());
        let mut source = source.map_err(|error| EvalError::malformed("the decoded video", error))?;
        Self::read(&mut source, usize::MAX)
    }

    fn fit(self, original: &Self) -> std::result::Result<Fitted<Self>, String> {
        let (own, wanted) = (*self.format(), *original.format());
        if (own.width, own.height) != (wanted.width, wanted.height) {
            return Err(format!("it decodes to {}x{} pixels", own.width, own.height));
        }
        if own.chroma != wanted.chroma {
            return Err(format!("it decodes to {} samples", own.chroma.name()));
        }
        if self.len() != original.len() {
            return Err(format!("it decodes to {} of {} frames", self.len(), original.len()));
        }
        let mut details = BTreeMap::new();
        if own.depth != wanted.depth {
            details.insert("bits of decoded samples".to_owned(), own.depth.into());
        }
        let fitted = self.in_format(&wanted).map_err(|error| error.to_string())?;
        Ok((fitted, details))
    }

    fn part(&self) -> Option<String> {
        Some(format!("{} frames", self.len()))
    }

    fn course(&self, original: &Self) -> BTreeMap<String, Value> {
        let hundredths = |db: f64| (db * 100.0).round() / 100.0;
        let all: Vec<f64> = psnr_yuv_of_frames(original, self).into_iter().map(hundredths).collect();
        BTreeMap::from([(PSNR_OF_FRAMES.to_owned(), all.into())])
    }
}

#[cfg(test)]
mod tests {
    use lmc_codec::video::{Chroma, Ratio, VideoFormat, VideoFrame};

    use super::*;

    fn clip(format: &VideoFormat, lumas: &[u16]) -> Clip {
        let mut clip = Clip::new(format);
        for &luma in lumas {
            clip.push(&VideoFrame::flat(format, luma, 0).unwrap()).unwrap();
        }
        clip
    }

    #[test]
    fn videos_come_back_and_fit_only_their_likes() {
        let format = VideoFormat::new(9, 7, Ratio::new(30_000, 1001));
        let video = clip(&format, &[16, 90, 200]);
        let file = video.to_file(Exchange::Y4m).unwrap();
        let again = Clip::from_file(Exchange::Y4m, &file).unwrap();
        assert_eq!(again.units(), 3 * 63);
        assert!(Clip::from_file(Exchange::Y4m, &file[..file.len() - 1]).is_err());
        assert_eq!(again.fit(&video).unwrap(), (video.clone(), BTreeMap::new()));
        assert!(clip(&format, &[16, 90]).fit(&video).is_err());
        let full = VideoFormat {
            chroma: Chroma::Full,
            ..format
        };
        assert!(clip(&full, &[16, 90, 200]).fit(&video).is_err());
        let deep = VideoFormat { depth: 10, ..format };
        let (fitted, details) = clip(&deep, &[64, 360, 800]).fit(&video).unwrap();
        assert_eq!((fitted, details.len()), (video, 1));
    }
}
