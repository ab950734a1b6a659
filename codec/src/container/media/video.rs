//! The media block of a video. No codec decodes one yet; readers tell its size and length all the same.

use super::super::fields::{Fields, MAX_FIXED, write_fixed};
use super::super::leb::write_leb;
use super::{MediaKind, check_flags, newer};
use crate::error::Result;
use crate::media::image::Cicp;

const FLAGS_CHROMA: u8 = 3;
const FLAGS_DEPTH: u8 = 3 << DEPTH_SHIFT;
const DEPTH_SHIFT: u32 = 2;
const FLAG_CICP: u8 = 16;
/// Bits of a sample by their code.
const DEPTHS: [u8; 3] = [8, 10, 12];

/// How many samples of colour difference there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Chroma {
    /// None: gray.
    None = 0,
    /// One for four pixels (4:2:0).
    Quarter = 1,
    /// One for two pixels of a row (4:2:2).
    Half = 2,
    /// One for each pixel (4:4:4).
    Full = 3,
}

/// What any reader can tell of a video.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VideoMedia {
    /// Width in pixels, at least 1.
    pub width: u32,
    /// Height in pixels, at least 1.
    pub height: u32,
    /// Samples of colour difference.
    pub chroma: Chroma,
    /// Bits of a sample: 8, 10 or 12.
    pub depth: u8,
    /// What the colours mean, where that is known.
    pub cicp: Option<Cicp>,
    /// Frames a second as a fraction: numerator and denominator, both at least 1.
    pub frame_rate: [u32; 2],
    /// The number of frames.
    pub frames: u64,
}

impl VideoMedia {
    /// Length of the video in seconds.
    pub fn seconds(&self) -> f64 {
        let [numerator, denominator] = self.frame_rate;
        self.frames as f64 * f64::from(denominator) / f64::from(numerator.max(1))
    }

    /// The milliseconds where `count` frames from `first` on begin and end.
    pub fn span_ms(&self, first: u32, count: u32) -> (u64, u64) {
        let [numerator, denominator] = self.frame_rate.map(u128::from);
        let ms = |frame: u64| (u128::from(frame) * 1000 * denominator / numerator.max(1)) as u64;
        (ms(u64::from(first)), ms(u64::from(first) + u64::from(count)))
    }

    pub(super) fn check(&self) -> Result<(), String> {
        if self.width == 0 || self.height == 0 {
            return Err(format!(
                "a video of {}x{} pixels has no pixels",
                self.width, self.height
            ));
        }
        if self.frame_rate.contains(&0) {
            return Err(format!("a frame rate of {}/{}", self.frame_rate[0], self.frame_rate[1]));
        }
        if !DEPTHS.contains(&self.depth) {
            return Err(format!("a depth of {} bits is none of 8, 10 and 12", self.depth));
        }
        match self.frames > MAX_FIXED {
            true => Err(format!("{} frames are more than can be written", self.frames)),
            false => Ok(()),
        }
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let depth = DEPTHS.iter().position(|&depth| depth == self.depth).unwrap_or(0) as u8;
        let cicp_flag = if self.cicp.is_some() { FLAG_CICP } else { 0 };
        write_leb(out, self.width);
        write_leb(out, self.height);
        out.push(self.chroma as u8 | depth << DEPTH_SHIFT | cicp_flag);
        if let Some(cicp) = self.cicp {
            cicp.write(out);
        }
        self.frame_rate.into_iter().for_each(|number| write_leb(out, number));
        write_fixed(out, self.frames);
    }

    pub(super) fn read(fields: &mut Fields<'_>) -> Result<Self> {
        let (width, height, flags) = (fields.number()?, fields.number()?, fields.byte()?);
        check_flags(MediaKind::Video, flags, FLAGS_CHROMA | FLAGS_DEPTH | FLAG_CICP)?;
        let depth = DEPTHS.get(usize::from((flags & FLAGS_DEPTH) >> DEPTH_SHIFT));
        Ok(Self {
            width,
            height,
            chroma: match flags & FLAGS_CHROMA {
                0 => Chroma::None,
                1 => Chroma::Quarter,
                2 => Chroma::Half,
                _ => Chroma::Full,
            },
            depth: *depth.ok_or_else(|| newer(format!("video flags {flags:#04x}")))?,
            cicp: if flags & FLAG_CICP != 0 {
                Some(Cicp::read(fields)?)
            } else {
                None
            },
            frame_rate: [fields.number()?, fields.number()?],
            frames: fields.fixed()?,
        })
    }
}
