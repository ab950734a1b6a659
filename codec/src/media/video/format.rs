//! The format of a video: size, colour samples, range, times and shape of pixels.

use std::fmt;

use crate::error::{CodecError, Result};
use crate::media::image::Cicp;

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

impl Chroma {
    /// What people call it, for example `4:2:0`.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "gray",
            Self::Quarter => "4:2:0",
            Self::Half => "4:2:2",
            Self::Full => "4:4:4",
        }
    }

    /// Planes of a frame: 1 or 3.
    pub fn planes(self) -> usize {
        match self {
            Self::None => 1,
            Self::Quarter | Self::Half | Self::Full => 3,
        }
    }

    /// Pixels that one sample of colour difference stands for, along a row and along a column.
    pub fn step(self) -> [u32; 2] {
        match self {
            Self::Quarter => [2, 2],
            Self::Half => [2, 1],
            Self::None | Self::Full => [1, 1],
        }
    }
}

/// Where samples of colour difference lie between pixels, as the `ChromaSampleLocType` of ITU-T H.273 says. It tells how
/// to show a video; codecs need not look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChromaSite {
    /// Beside the left pixels, between two rows: MPEG-2, H.264.
    Left = 0,
    /// In the middle of four pixels: JPEG, MPEG-1.
    Centre = 1,
    /// On the pixel at the top left: HDR, DV.
    TopLeft = 2,
    /// Between two pixels of the upper row.
    Top = 3,
    /// On the pixel at the bottom left.
    BottomLeft = 4,
    /// Between two pixels of the lower row.
    Bottom = 5,
}

impl ChromaSite {
    /// The site of a number of H.273.
    pub fn from_number(number: u8) -> Option<Self> {
        let all = [
            Self::Left,
            Self::Centre,
            Self::TopLeft,
            Self::Top,
            Self::BottomLeft,
            Self::Bottom,
        ];
        all.into_iter().find(|site| *site as u8 == number)
    }
}

/// A fraction of whole numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Ratio {
    /// At least 1.
    pub numerator: u32,
    /// At least 1.
    pub denominator: u32,
}

impl Ratio {
    /// One.
    pub const ONE: Self = Self::new(1, 1);

    /// Of two numbers that are at least 1; [`VideoFormat::check`] refuses others.
    pub const fn new(numerator: u32, denominator: u32) -> Self {
        Self { numerator, denominator }
    }

    /// The other way round.
    pub const fn inverse(self) -> Self {
        Self::new(self.denominator, self.numerator)
    }

    /// As a number; 0 over 0 is not one.
    pub fn value(self) -> f64 {
        f64::from(self.numerator) / f64::from(self.denominator)
    }

    /// Whether neither number is 0.
    pub fn is_valid(&self) -> bool {
        self.numerator > 0 && self.denominator > 0
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.numerator, self.denominator)
    }
}

/// What all frames of a video have in common. Pixels are stored upright: a rotation that a file asks for is carried out
/// when the file is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VideoFormat {
    /// Width in pixels, at least 1.
    pub width: u32,
    /// Height in pixels, at least 1.
    pub height: u32,
    /// Samples of colour difference.
    pub chroma: Chroma,
    /// Bits of a sample: 8, 10 or 12.
    pub depth: u8,
    /// What colours mean, where that is known. Without, samples of `0..=255` are taken to have the limited range.
    pub cicp: Option<Cicp>,
    /// Where samples of colour difference lie, where that is known.
    pub site: Option<ChromaSite>,
    /// Frames a second; of a variable rate, the usual one.
    pub frame_rate: Ratio,
    /// Seconds of a tick, of a video with a variable rate. Without, a tick is one frame, and each frame has the time of
    /// its index.
    pub timebase: Option<Ratio>,
    /// Width of a pixel over its height; 1:1 for squares.
    pub sample_aspect: Ratio,
}

impl VideoFormat {
    /// The longest side that a frame may have.
    pub const MAX_SIDE: u32 = u16::MAX as u32;

    /// 4:2:0 of 8 bits and square pixels at a constant rate of frames a second.
    pub fn new(width: u32, height: u32, frame_rate: Ratio) -> Self {
        Self {
            width,
            height,
            chroma: Chroma::Quarter,
            depth: 8,
            cicp: None,
            site: None,
            frame_rate,
            timebase: None,
            sample_aspect: Ratio::ONE,
        }
    }

    /// # Errors
    /// [`CodecError::Parameter`] for sides of 0 or above 65,535, other depths than 8, 10 and 12 bits, and fractions with
    /// a zero.
    pub fn check(&self) -> Result<()> {
        self.fault().map_or(Ok(()), |fault| Err(CodecError::Parameter(fault)))
    }

    /// The rule of the format that is broken.
    pub(crate) fn fault(&self) -> Option<String> {
        let sides = 1..=Self::MAX_SIDE;
        if !sides.contains(&self.width) || !sides.contains(&self.height) {
            let size = format!("{}x{}", self.width, self.height);
            return Some(format!(
                "a video of {size} pixels: sides have 1 to {} pixels",
                Self::MAX_SIDE
            ));
        }
        if ![8, 10, 12].contains(&self.depth) {
            return Some(format!("a depth of {} bits is none of 8, 10 and 12", self.depth));
        }
        let ratios = [
            ("frame rate", Some(self.frame_rate)),
            ("timebase", self.timebase),
            ("sample aspect", Some(self.sample_aspect)),
        ];
        let wrong = ratios
            .into_iter()
            .find(|(_, ratio)| ratio.is_some_and(|ratio| !ratio.is_valid()));
        wrong.and_then(|(name, ratio)| ratio.map(|ratio| format!("a {name} of {ratio}")))
    }

    /// Width and height of a plane: 0 is luma or gray, 1 and 2 are colour differences. Halves are rounded up.
    pub fn plane_size(&self, plane: usize) -> [usize; 2] {
        let step = if plane == 0 { [1, 1] } else { self.chroma.step() };
        [
            self.width.div_ceil(step[0]) as usize,
            self.height.div_ceil(step[1]) as usize,
        ]
    }

    /// Samples of all planes of a frame.
    pub fn frame_samples(&self) -> u64 {
        let samples = |plane| {
            self.plane_size(plane)
                .map(|side| side as u64)
                .into_iter()
                .product::<u64>()
        };
        (0..self.chroma.planes()).map(samples).sum()
    }

    /// The largest sample.
    pub fn max_sample(&self) -> u16 {
        (1 << self.depth.min(15)) - 1
    }

    /// The sample that shows no colour: half of the range, of planes of colour differences.
    pub fn neutral(&self) -> u16 {
        1 << (self.depth.clamp(1, 15) - 1)
    }

    /// Seconds of a tick.
    pub fn tick(&self) -> Ratio {
        self.timebase.unwrap_or(self.frame_rate.inverse())
    }

    /// A time in seconds.
    pub fn seconds(&self, ticks: u64) -> f64 {
        let tick = self.tick();
        ticks as f64 * f64::from(tick.numerator) / f64::from(tick.denominator)
    }

    /// The ticks from a frame to the next at the usual rate, at least 1.
    pub fn frame_ticks(&self) -> u64 {
        let (tick, rate) = (self.tick(), self.frame_rate);
        let whole = u64::from(tick.denominator) * u64::from(rate.denominator);
        let part = u64::from(tick.numerator) * u64::from(rate.numerator);
        ((whole + part / 2) / part.max(1)).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_sizes_round_colour_differences_up() {
        let format = VideoFormat::new(5, 3, Ratio::new(25, 1));
        assert_eq!(
            [0, 1, 2].map(|plane| format.plane_size(plane)),
            [[5, 3], [3, 2], [3, 2]]
        );
        assert_eq!(format.frame_samples(), 27);
        let gray = VideoFormat {
            chroma: Chroma::None,
            depth: 10,
            ..format
        };
        assert_eq!(
            (gray.frame_samples(), gray.max_sample(), gray.neutral()),
            (15, 1023, 512)
        );
    }

    #[test]
    fn a_tick_is_a_frame_unless_there_is_a_timebase() {
        let constant = VideoFormat::new(2, 2, Ratio::new(30_000, 1001));
        assert_eq!((constant.frame_ticks(), constant.tick()), (1, Ratio::new(1001, 30_000)));
        let variable = VideoFormat {
            timebase: Some(Ratio::new(1, 90_000)),
            ..constant
        };
        assert_eq!(variable.frame_ticks(), 3003);
        assert!((variable.seconds(45_000) - 0.5).abs() < 1e-12);
    }

    #[test]
    fn wrong_formats_are_refused() {
        let right = VideoFormat::new(2, 2, Ratio::new(25, 1));
        assert!(right.check().is_ok());
        for wrong in [
            VideoFormat { width: 0, ..right },
            VideoFormat {
                height: 65_536,
                ..right
            },
            VideoFormat { depth: 9, ..right },
            VideoFormat {
                frame_rate: Ratio::new(0, 1),
                ..right
            },
            VideoFormat {
                timebase: Some(Ratio::new(1, 0)),
                ..right
            },
            VideoFormat {
                sample_aspect: Ratio::new(0, 0),
                ..right
            },
        ] {
            assert!(matches!(wrong.check(), Err(CodecError::Parameter(_))), "{wrong:?}");
        }
    }
}
