//! The media block of a video.

use super::super::fields::{Fields, MAX_FIXED, write_fixed};
use super::super::leb::write_leb;
use super::{MediaKind, check_flags, newer};
use crate::error::Result;
use crate::media::image::Cicp;
use crate::media::video::{Chroma, ChromaSite, Ratio, VideoFormat};

const FLAGS_CHROMA: u8 = 3;
const FLAGS_DEPTH: u8 = 3 << DEPTH_SHIFT;
const DEPTH_SHIFT: u32 = 2;
const FLAG_CICP: u8 = 16;
const FLAG_ASPECT: u8 = 32;
const FLAG_SITE: u8 = 64;
const FLAG_TIMES: u8 = 128;
/// Bits of a sample by their code.
const DEPTHS: [u8; 3] = [8, 10, 12];
/// The length of a video whose header was written before its end was known.
const OPEN: u64 = MAX_FIXED;

/// What any reader can tell of a video.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VideoMedia {
    /// Size, colours and times.
    pub format: VideoFormat,
    /// The number of frames; `None` where the header was written before it was known.
    pub frames: Option<u64>,
}

impl VideoMedia {
    /// Length of the video in seconds at its usual rate; `None` where the header does not tell.
    pub fn seconds(&self) -> Option<f64> {
        let frames = self.frames?;
        Some(frames as f64 * self.format.frame_rate.inverse().value())
    }

    /// The milliseconds where `count` frames from `first` on begin and end, at the usual rate.
    pub fn span_ms(&self, first: u32, count: u32) -> (u64, u64) {
        let Ratio { numerator, denominator } = self.format.frame_rate;
        let (numerator, denominator) = (u128::from(numerator.max(1)), u128::from(denominator));
        let ms = |frame: u64| (u128::from(frame) * 1000 * denominator / numerator) as u64;
        (ms(u64::from(first)), ms(u64::from(first) + u64::from(count)))
    }

    pub(super) fn check(&self) -> Result<(), String> {
        if let Some(fault) = self.format.fault() {
            return Err(fault);
        }
        match self.frames {
            Some(frames) if frames >= OPEN => Err(format!("{frames} frames are more than can be written")),
            _ => Ok(()),
        }
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let format = &self.format;
        let depth = DEPTHS.iter().position(|&depth| depth == format.depth).unwrap_or(0) as u8;
        let flag = |flag: u8, is_set: bool| if is_set { flag } else { 0 };
        let has_aspect = format.sample_aspect != Ratio::ONE;
        write_leb(out, format.width);
        write_leb(out, format.height);
        out.push(
            format.chroma as u8
                | depth << DEPTH_SHIFT
                | flag(FLAG_CICP, format.cicp.is_some())
                | flag(FLAG_ASPECT, has_aspect)
                | flag(FLAG_SITE, format.site.is_some())
                | flag(FLAG_TIMES, format.timebase.is_some()),
        );
        if let Some(cicp) = format.cicp {
            cicp.write(out);
        }
        if has_aspect {
            write_ratio(out, format.sample_aspect);
        }
        if let Some(site) = format.site {
            out.push(site as u8);
        }
        if let Some(timebase) = format.timebase {
            write_ratio(out, timebase);
        }
        write_ratio(out, format.frame_rate);
        write_fixed(out, self.frames.unwrap_or(OPEN));
    }

    pub(super) fn read(fields: &mut Fields<'_>) -> Result<Self> {
        let (width, height, flags) = (fields.number()?, fields.number()?, fields.byte()?);
        let known = FLAGS_CHROMA | FLAGS_DEPTH | FLAG_CICP | FLAG_ASPECT | FLAG_SITE | FLAG_TIMES;
        check_flags(MediaKind::Video, flags, known)?;
        let depth = DEPTHS.get(usize::from((flags & FLAGS_DEPTH) >> DEPTH_SHIFT));
        let has = |flag: u8| flags & flag != 0;
        let cicp = if has(FLAG_CICP) {
            Some(Cicp::read(fields)?)
        } else {
            None
        };
        let sample_aspect = if has(FLAG_ASPECT) {
            read_ratio(fields)?
        } else {
            Ratio::ONE
        };
        let site = if has(FLAG_SITE) { Some(read_site(fields)?) } else { None };
        let timebase = if has(FLAG_TIMES) {
            Some(read_ratio(fields)?)
        } else {
            None
        };
        let format = VideoFormat {
            width,
            height,
            chroma: match flags & FLAGS_CHROMA {
                0 => Chroma::None,
                1 => Chroma::Quarter,
                2 => Chroma::Half,
                _ => Chroma::Full,
            },
            depth: *depth.ok_or_else(|| newer(format!("video flags {flags:#04x}")))?,
            cicp,
            site,
            frame_rate: read_ratio(fields)?,
            timebase,
            sample_aspect,
        };
        let frames = Some(fields.fixed()?).filter(|&frames| frames != OPEN);
        Ok(Self { format, frames })
    }
}

fn write_ratio(out: &mut Vec<u8>, ratio: Ratio) {
    write_leb(out, ratio.numerator);
    write_leb(out, ratio.denominator);
}

fn read_ratio(fields: &mut Fields<'_>) -> Result<Ratio> {
    Ok(Ratio::new(fields.number()?, fields.number()?))
}

fn read_site(fields: &mut Fields<'_>) -> Result<ChromaSite> {
    let number = fields.byte()?;
    ChromaSite::from_number(number).ok_or_else(|| newer(format!("a site of colour samples of number {number}")))
}
