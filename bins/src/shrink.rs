//! Pictures made smaller: each pixel is the mean of those under it, weighted by how much of them it covers and by their
//! alpha, so that colours under transparency do not bleed.

use lmc_codec::{Image, Result, Samples};

/// The size of `width` x `height` pixels within a square of `side`, at least one pixel; never larger than it is.
pub(crate) fn fitted(width: u32, height: u32, side: u32) -> (u32, u32) {
    let longest = width.max(height);
    if longest <= side {
        return (width, height);
    }
    let scaled = |length: u32| {
        let scaled = (u64::from(length) * u64::from(side) + u64::from(longest) / 2) / u64::from(longest);
        (scaled as u32).max(1)
    };
    (scaled(width), scaled(height))
}

/// The picture in another size, which is no larger.
///
/// # Errors
/// When the size is none of a picture.
pub(crate) fn shrink(picture: &Image, width: u32, height: u32) -> Result<Image> {
    if (width, height) == (picture.width(), picture.height()) {
        return Ok(picture.clone());
    }
    let (columns, rows) = (covers(picture.width(), width), covers(picture.height(), height));
    let channels = picture.color().channels();
    let color = |at: usize| at_of(picture.samples(), at);
    let alpha = |at: usize| picture.alpha().map_or(1.0, |alpha| at_of(alpha, at));
    let stride = picture.width() as usize;
    let (mut colors, mut alphas) = (Vec::new(), Vec::new());
    let mut sums = vec![0.0; channels];
    for row in &rows {
        for column in &columns {
            sums.fill(0.0);
            let (mut weight, mut opacity) = (0.0, 0.0);
            for &(y, down) in row {
                for &(x, across) in column {
                    let (pixel, area) = (y * stride + x, down * across);
                    let covered = area * alpha(pixel);
                    (weight, opacity) = (weight + area, opacity + covered);
                    for (channel, sum) in sums.iter_mut().enumerate() {
                        *sum += covered * color(pixel * channels + channel);
                    }
                }
            }
            colors.extend(sums.iter().map(|sum| if opacity > 0.0 { sum / opacity } else { 0.0 }));
            alphas.push(opacity / weight);
        }
    }
    let alpha = picture.alpha().map(|alpha| samples_like(alpha, &alphas));
    let samples = samples_like(picture.samples(), &colors);
    let small = Image::new(width, height, picture.color(), samples, alpha)?;
    Ok(small.with_icc(picture.icc().map(<[u8]>::to_vec)))
}

/// For each place of the new length the places under it, and how much of each is covered.
fn covers(from: u32, to: u32) -> Vec<Vec<(usize, f64)>> {
    let step = f64::from(from) / f64::from(to);
    let cover = |at: u32| {
        let (start, end) = (f64::from(at) * step, f64::from(at + 1) * step);
        let last = (end.ceil() as usize).min(from as usize);
        let covered = |place: usize| end.min(place as f64 + 1.0) - start.max(place as f64);
        let places = (start as usize..last).map(|place| (place, covered(place)));
        places.filter(|(_, covered)| *covered > 0.0).collect()
    };
    (0..to).map(cover).collect()
}

fn at_of(samples: &Samples, at: usize) -> f64 {
    match samples {
        Samples::U8(samples) => samples.get(at).map_or(0.0, |&sample| f64::from(sample)),
        Samples::U16(samples) => samples.get(at).map_or(0.0, |&sample| f64::from(sample)),
    }
}

/// Values as samples of the depth of others, rounded.
fn samples_like(like: &Samples, values: &[f64]) -> Samples {
    match like {
        Samples::U8(_) => Samples::U8(values.iter().map(|value| value.round() as u8).collect()),
        Samples::U16(_) => Samples::U16(values.iter().map(|value| value.round() as u16).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lmc_codec::Color;

    #[test]
    fn sizes_fit_and_keep_their_shape() {
        let cases = [(400, 300, 100), (300, 400, 100), (50, 20, 100), (10_000, 3, 64)];
        let sizes = cases.map(|(width, height, side)| fitted(width, height, side));
        assert_eq!(sizes, [(100, 75), (75, 100), (50, 20), (64, 1)]);
    }

    #[test]
    fn a_pixel_is_the_mean_of_those_under_it() {
        let samples = Samples::U8(vec![0, 100, 200, 10, 20, 30]);
        let picture = Image::new(3, 2, Color::Gray, samples, None).unwrap();
        let small = shrink(&picture, 1, 1).unwrap();
        assert_eq!(small.samples(), &Samples::U8(vec![60]));
        // A pixel and a half each.
        let half = shrink(&picture, 2, 1).unwrap();
        assert_eq!(half.samples(), &Samples::U8(vec![23, 97]));
    }

    #[test]
    fn hidden_colours_do_not_bleed() {
        let picture = Image::new(2, 1, Color::Gray, Samples::U16(vec![65_535, 1000]), None).unwrap();
        let picture = picture.with_alpha(Some(Samples::U16(vec![0, 65_535]))).unwrap();
        let small = shrink(&picture, 1, 1).unwrap();
        assert_eq!(small.samples(), &Samples::U16(vec![1000]));
        assert_eq!(small.alpha(), Some(&Samples::U16(vec![32_768])));
    }
}
