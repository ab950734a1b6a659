//! Crops to look at.

use png::Compression;

use super::{Rgb, png_file};
use crate::views::{Exhibit, Show};

/// Sides of crops in pixels.
const SIDE: u32 = 256;

impl Show for Rgb {
    const MORE_ENCODINGS: usize = 3;

    type Place = (u32, u32);

    fn busiest(&self) -> (u32, u32) {
        busiest(self)
    }

    fn show(&self, place: (u32, u32)) -> Option<Exhibit> {
        let crop = self.crop(place, (SIDE, SIDE));
        let png = png_file::to_png(&crop, Compression::High).ok()?;
        Some(Exhibit { png, wav: None })
    }
}

/// Where a crop has the most detail, on a coarse grid: that is where codecs differ.
fn busiest(picture: &Rgb) -> (u32, u32) {
    const STEP: u32 = 32;
    let steps = |side: u32| (0..=side.saturating_sub(SIDE) / STEP).map(|i| i * STEP);
    let (mut best, mut most) = ((0, 0), 0);
    for y in steps(picture.height()) {
        for x in steps(picture.width()) {
            let detail = detail(&picture.crop((x, y), (SIDE, SIDE)));
            if detail > most {
                (best, most) = ((x, y), detail);
            }
        }
    }
    best
}

/// The sum of differences between neighbours in rows, of green.
fn detail(crop: &Rgb) -> u64 {
    let rows = crop.samples().chunks_exact(crop.width() as usize * 3);
    let row = |row: &[u8]| {
        let green: Vec<u8> = row.iter().skip(1).step_by(3).copied().collect();
        green
            .windows(2)
            .map(|pair| u64::from(pair[0].abs_diff(pair[1])))
            .sum::<u64>()
    };
    rows.map(row).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn detail_is_found_and_small_pictures_are_shown_whole() {
        let mut samples = vec![90; 600 * 400 * 3];
        for y in 100..300 {
            for x in 300..500 {
                samples[(y * 600 + x) * 3 + 1] = if x % 2 == 0 { 0 } else { 255 };
            }
        }
        let (x, y) = busiest(&Rgb::new(600, 400, samples).unwrap());
        assert!((244..=300).contains(&x) && (44..=100).contains(&y), "{x} {y}");
        assert_eq!(busiest(&Rgb::new(3, 3, vec![7; 27]).unwrap()), (0, 0));
    }
}
