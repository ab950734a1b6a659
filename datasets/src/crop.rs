//! Drawing random crops from one picture.

use std::ops::Range;

use crate::grain::add_grain;
use crate::picture::Image;
use crate::resample::{Window, resample};
use crate::rng::{Fnv, Rng};
use crate::{Error, Result};

/// How crops are drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct CropOptions {
    /// Width and height of a crop in pixels.
    pub size: usize,
    /// Least and greatest factor by which the picture is scaled before cropping, in `0.05..=1`. Scaling down hides the
    /// artefacts of pictures that were compressed before.
    pub scale: (f64, f64),
    /// Crops with less detail are drawn again: the mean absolute difference of neighbours, in 8-bit steps.
    /// An empty sky has about 0.5, a meadow 10 and more; of photographs a fifth has less than the default of 1.5.
    pub min_detail: f64,
    /// How often a crop may be drawn again; then the most detailed of the draws is taken.
    pub redraws: u32,
    /// Greatest standard deviation of grain that is added to half of all crops, in 8-bit steps. Pictures that were
    /// scaled down have none of what film and sensors leave.
    pub grain: f64,
    /// What all random choices follow from.
    pub seed: u64,
}

impl Default for CropOptions {
    fn default() -> Self {
        Self {
            size: 256,
            scale: (0.5, 1.0),
            min_detail: 1.5,
            redraws: 3,
            grain: 0.0,
            seed: 0,
        }
    }
}

impl CropOptions {
    /// Refuses what cannot be drawn.
    pub(crate) fn check(&self) -> Result<()> {
        if !(8..=4096).contains(&self.size) {
            return Err(Error::parameter("size", self.size, "must be in 8..=4096"));
        }
        let (low, high) = self.scale;
        if !(0.05 <= low && low <= high && high <= 1.0) {
            let value = format!("{low}..={high}");
            return Err(Error::parameter("scale", value, "must be an interval within 0.05..=1"));
        }
        if !(0.0..=64.0).contains(&self.grain) {
            return Err(Error::parameter("grain", self.grain, "must be in 0..=64"));
        }
        Ok(())
    }

    /// Adds all that decides the pixels of crops to `hash`.
    pub(crate) fn hash(&self, hash: Fnv) -> Fnv {
        hash.number(self.size as u64)
            .number(self.scale.0.to_bits())
            .number(self.scale.1.to_bits())
            .number(self.min_detail.to_bits())
            .number(u64::from(self.redraws))
            .number(self.grain.to_bits())
            .number(self.seed)
    }

    /// Whether a picture of this size is large enough for a crop.
    pub(crate) fn fits(&self, width: u32, height: u32) -> bool {
        width.min(height) as usize >= self.size
    }

    /// Appends some of the endless crops of `picture`, interleaved RGB, to `out`.
    ///
    /// Each depends on the seed, the picture's file name and its own number alone.
    pub(crate) fn draw(&self, picture: &Image, name: &[u8], crops: Range<usize>, out: &mut Vec<u8>) {
        let name = Fnv::new().bytes(name).finish();
        for k in crops {
            let mut rng = Rng::from_keys(&[self.seed, name, k as u64]);
            let mut crop = self.draw_one(picture, &mut rng);
            if self.grain > 0.0 && rng.coin() {
                add_grain(&mut crop, self.size, self.grain, &mut rng);
            }
            out.extend_from_slice(&crop);
        }
    }

    fn draw_one(&self, picture: &Image, rng: &mut Rng) -> Vec<u8> {
        let mut best = (f64::NEG_INFINITY, Vec::new());
        for _ in 0..=self.redraws {
            let crop = self.draw_once(picture, rng);
            let detail = detail(&crop, self.size);
            if detail > best.0 {
                best = (detail, crop);
            }
            if best.0 >= self.min_detail {
                break;
            }
        }
        best.1
    }

    fn draw_once(&self, picture: &Image, rng: &mut Rng) -> Vec<u8> {
        let (width, height) = (f64::from(picture.width), f64::from(picture.height));
        let least = (self.size as f64 / width.min(height)).min(1.0);
        let low = self.scale.0.max(least);
        let high = self.scale.1.max(low);
        let scale = low + (high - low) * rng.unit();
        let side = (self.size as f64 / scale).min(width.min(height));
        let window = Window {
            left: (width - side) * rng.unit(),
            top: (height - side) * rng.unit(),
            side,
        };
        let (width, height) = (picture.width as usize, picture.height as usize);
        resample(&picture.rgb, width, height, window, self.size)
    }
}

/// Mean absolute difference of horizontal and vertical neighbours in green, in 8-bit steps.
///
/// Green stands for luma: close enough to tell sky from grass, and a third of the work.
fn detail(crop: &[u8], size: usize) -> f64 {
    let row = size * 3;
    let mut sum = 0u64;
    for y in 0..size - 1 {
        let line = &crop[y * row..(y + 2) * row];
        for x in 0..size - 1 {
            let at = x * 3 + 1;
            sum += u64::from(line[at].abs_diff(line[at + 3]));
            sum += u64::from(line[at].abs_diff(line[at + row]));
        }
    }
    sum as f64 / (2 * (size - 1) * (size - 1)) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture whose left half is flat and whose right half is busy.
    fn half_busy(width: u32, height: u32) -> Image {
        let mut rng = Rng::from_keys(&[5]);
        let mut rgb = Vec::new();
        for i in 0..width * height {
            let busy = i % width >= width / 2;
            let value = if busy { rng.below(256) as u8 } else { 100 };
            rgb.extend([value; 3]);
        }
        Image {
            path: "half".into(),
            width,
            height,
            rgb,
        }
    }

    fn options() -> CropOptions {
        CropOptions {
            size: 16,
            ..CropOptions::default()
        }
    }

    #[test]
    fn crops_follow_from_seed_and_name() {
        let picture = half_busy(80, 60);
        let (mut a, mut b, mut c) = (Vec::new(), Vec::new(), Vec::new());
        options().draw(&picture, b"a", 0..3, &mut a);
        options().draw(&picture, b"a", 0..5, &mut b);
        options().draw(&picture, b"b", 0..3, &mut c);
        assert_eq!(a.len(), 3 * 16 * 16 * 3);
        assert_eq!(a, b[..a.len()]);
        assert_ne!(a, c);
    }

    #[test]
    fn flat_crops_are_drawn_again() {
        let picture = half_busy(400, 40);
        let flat = |redraws| {
            let mut crops = Vec::new();
            let options = CropOptions { redraws, ..options() };
            options.draw(&picture, b"p", 0..100, &mut crops);
            let all = crops.chunks(16 * 16 * 3);
            all.filter(|crop| detail(crop, 16) < 1.5).count()
        };
        let (without, with) = (flat(0), flat(4));
        assert!(without > 30, "{without} flat crops without redraws");
        assert!(with < 10, "{with} flat crops with redraws");
    }

    #[test]
    fn a_picture_of_the_very_size_gives_itself() {
        let picture = half_busy(16, 16);
        let mut crop = Vec::new();
        options().draw(&picture, b"p", 0..1, &mut crop);
        assert_eq!(crop, picture.rgb);
        assert!(options().fits(16, 16) && !options().fits(15, 99));
    }

    #[test]
    fn bad_options_are_refused() {
        for scale in [(0.0, 1.0), (0.9, 0.5), (0.5, 1.1), (f64::NAN, 1.0)] {
            let options = CropOptions { scale, ..options() };
            assert!(options.check().is_err(), "{scale:?}");
        }
        let options = CropOptions { size: 4, ..options() };
        assert!(options.check().is_err());
    }
}
