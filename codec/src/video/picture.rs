//! A frame as an image: for files that hold one frame, and for eyes.

use crate::error::Result;
use crate::media::image::{Color, Image, Samples};
use crate::media::video::{Chroma, VideoFormat, VideoFrame};

/// Bits behind the point of coefficients.
const FRACTION: u32 = 16;

/// The image of a frame, in RGB or gray of 8 bits, or of 16 where the video has more than 8. Where the video does not tell
/// its matrix, it is that of BT.709 from 720 rows on and that of BT.601 below, as players assume. Each sample of colour
/// difference counts for all pixels that it stands for. Pixels that are not square stay as they are.
///
/// # Errors
/// `Parameter` for a frame of another format.
pub fn image_of(frame: &VideoFrame, format: &VideoFormat) -> Result<Image> {
    frame.check(format)?;
    let conversion = Conversion::of(format);
    let [width, height] = format.plane_size(0);
    let values = match frame.planes() {
        [luma, blue, red] => {
            let [across, _] = format.plane_size(1);
            let step = format.chroma.step().map(|step| step as usize);
            let mut out = Vec::with_capacity(3 * luma.len());
            for (at, &y) in luma.iter().enumerate() {
                let chroma = at / width / step[1] * across + at % width / step[0];
                out.extend(conversion.rgb(y, blue[chroma], red[chroma]));
            }
            out
        }
        planes => planes.iter().flatten().map(|&y| conversion.gray(y)).collect(),
    };
    let samples = match format.depth {
        8 => Samples::U8(values.into_iter().map(|value| value as u8).collect()),
        _ => Samples::U16(values),
    };
    let color = if format.chroma == Chroma::None {
        Color::Gray
    } else {
        Color::Rgb
    };
    Image::new(width as u32, height as u32, color, samples, None)
}

/// From luma and colour differences to red, green and blue.
struct Conversion {
    /// Whether the planes are green, blue and red themselves.
    is_rgb: bool,
    black: i64,
    neutral: i64,
    /// Of luma; of red from the red difference; of green from both; of blue from the blue difference.
    luma: i64,
    red: i64,
    green: [i64; 2],
    blue: i64,
    most: i64,
}

impl Conversion {
    fn of(format: &VideoFormat) -> Self {
        let (full_range, matrix) = format.cicp.map_or((false, 2), |cicp| (cicp.full_range, cicp.matrix));
        let usual = if format.height >= 720 { 1 } else { 6 };
        let (kr, kb) = match if matrix == 2 { usual } else { matrix } {
            1 => (0.2126, 0.0722),
            4 => (0.30, 0.11),
            7 => (0.212, 0.087),
            9 | 10 => (0.2627, 0.0593),
            _ => (0.299, 0.114),
        };
        let kg = 1.0 - kr - kb;
        let unit = f64::from(1u32 << (format.depth - 8));
        let (luma, chroma) = if full_range {
            (f64::from(format.max_sample()), f64::from(format.max_sample()))
        } else {
            (219.0 * unit, 224.0 * unit)
        };
        let most = if format.depth == 8 { 255.0 } else { 65_535.0 };
        let fixed = |value: f64| (value * most * f64::from(1u32 << FRACTION)).round() as i64;
        Self {
            is_rgb: matrix == 0,
            black: if full_range { 0 } else { (16.0 * unit) as i64 },
            neutral: i64::from(format.neutral()),
            luma: fixed(1.0 / luma),
            red: fixed(2.0 * (1.0 - kr) / chroma),
            green: [
                fixed(-2.0 * kb * (1.0 - kb) / kg / chroma),
                fixed(-2.0 * kr * (1.0 - kr) / kg / chroma),
            ],
            blue: fixed(2.0 * (1.0 - kb) / chroma),
            most: most as i64,
        }
    }

    fn clamped(&self, value: i64) -> u16 {
        ((value + (1 << (FRACTION - 1))) >> FRACTION).clamp(0, self.most) as u16
    }

    fn gray(&self, y: u16) -> u16 {
        self.clamped((i64::from(y) - self.black) * self.luma)
    }

    fn rgb(&self, y: u16, blue: u16, red: u16) -> [u16; 3] {
        if self.is_rgb {
            return [red, y, blue].map(|value| self.gray(value));
        }
        let y = (i64::from(y) - self.black) * self.luma;
        let [b, r] = [blue, red].map(|value| i64::from(value) - self.neutral);
        [
            self.clamped(y + r * self.red),
            self.clamped(y + b * self.green[0] + r * self.green[1]),
            self.clamped(y + b * self.blue),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::image::Cicp;
    use crate::media::video::Ratio;

    fn pixel(format: &VideoFormat, planes: [u16; 3]) -> Samples {
        let planes = planes.map(|value| vec![value]).to_vec();
        let frame = VideoFrame::new(format, planes, 0).unwrap();
        image_of(&frame, format).unwrap().samples().clone()
    }

    #[test]
    fn black_white_and_primaries_are_what_they_are() {
        let format = VideoFormat::new(1, 1, Ratio::new(25, 1));
        assert_eq!(pixel(&format, [16, 128, 128]), Samples::U8(vec![0; 3]));
        assert_eq!(pixel(&format, [235, 128, 128]), Samples::U8(vec![255; 3]));
        assert_eq!(
            pixel(&format, [81, 90, 240]),
            Samples::U8(vec![254, 0, 0]),
            "red of BT.601"
        );
        let bt709 = Cicp {
            primaries: 1,
            transfer: 1,
            matrix: 1,
            full_range: false,
        };
        let deep = VideoFormat {
            depth: 10,
            cicp: Some(bt709),
            ..format
        };
        assert_eq!(pixel(&deep, [64, 512, 512]), Samples::U16(vec![0; 3]));
        assert_eq!(pixel(&deep, [940, 512, 512]), Samples::U16(vec![65_535; 3]));
        let full = VideoFormat {
            cicp: Some(Cicp {
                full_range: true,
                matrix: 0,
                ..bt709
            }),
            ..format
        };
        assert_eq!(
            pixel(&full, [1, 2, 3]),
            Samples::U8(vec![3, 1, 2]),
            "planes of green, blue and red"
        );
        let gray = VideoFormat {
            chroma: Chroma::None,
            ..format
        };
        let frame = VideoFrame::new(&gray, vec![vec![126]], 0).unwrap();
        assert_eq!(image_of(&frame, &gray).unwrap().samples(), &Samples::U8(vec![128]));
    }

    #[test]
    fn odd_frames_have_all_pixels() {
        let format = VideoFormat::new(3, 3, Ratio::new(25, 1));
        let image = image_of(&VideoFrame::flat(&format, 99, 0).unwrap(), &format).unwrap();
        assert_eq!((image.width(), image.height()), (3, 3));
    }
}
