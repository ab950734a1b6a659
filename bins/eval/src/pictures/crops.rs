//! Crops to look at: the same part of a picture from all series, at about the same rate.

use png::Compression;

use super::metrics::measure;
use super::run::{Plan, Planned};
use super::{Input, Rgb, png_file};
use crate::report::{Shown, View};
use crate::results::{FileInfo, Record, Results};

/// Sides of crops in pixels.
const SIDE: u32 = 256;
/// Pictures to show.
const PICTURES: usize = 3;
/// Encodings of each series that may be spent on coming near to a rate.
const MORE_ENCODINGS: usize = 3;
/// Where the rates lie, as shares of the range that all series cover, on a logarithmic scale.
const RATES: [f64; 2] = [0.2, 0.55];

/// Crops of a few of the averaged pictures, each at two rates. Series without a point on a picture are left out of it.
pub fn views(plan: &Plan<'_>, results: &Results) -> Vec<View> {
    let names = &results.averaged_files;
    let step = names.len().div_ceil(PICTURES).max(1);
    let mut views = Vec::new();
    for name in names.iter().step_by(step) {
        let info = results.files.iter().find(|file| file.name == *name);
        let item = plan.files.iter().find(|item| item.name == *name);
        let Some((info, item)) = info.zip(item) else {
            continue;
        };
        let Ok((picture, _)) = (plan.read)(&item.path) else {
            continue;
        };
        let place = busiest(&picture);
        for share in RATES {
            views.extend(view(plan, results, info, &picture, place, share));
        }
    }
    views
}

fn view(
    plan: &Plan<'_>,
    results: &Results,
    info: &FileInfo,
    picture: &Rgb,
    place: (u32, u32),
    share: f64,
) -> Option<View> {
    let points = |series: &Planned| -> Vec<(f64, f64)> {
        let mine = |r: &&Record| r.series == series.name && r.file == info.name && r.error.is_none();
        results
            .records
            .iter()
            .filter(mine)
            .map(|r| (r.setting, r.rate))
            .collect()
    };
    let target = target(plan.series.iter().map(points), share)?;
    let mut versions = vec![shown("original", "original".to_owned(), picture, place)?];
    let work = plan.cache.work_folder().ok()?;
    let input = Input::new(picture, work.path());
    for series in &plan.series {
        let quality = nearest(plan, (series, info, &input), points(series), target);
        versions.extend(quality.and_then(|quality| decoded(plan, (series, info, &input), quality, place)));
    }
    let unit = &results.rate_unit;
    Some(View {
        title: format!("{} at about {target:.2} {unit}", info.name),
        versions,
    })
}

/// A series, and the picture it codes.
type Coding<'a> = (&'a Planned, &'a FileInfo, &'a Input<'a>);

/// The whole quality whose rate is nearest to the target, by a few more encodings between the points that are known.
fn nearest(
    plan: &Plan<'_>,
    (series, info, input): Coding<'_>,
    mut points: Vec<(f64, f64)>,
    target: f64,
) -> Option<f64> {
    for _ in 0..MORE_ENCODINGS {
        let Some(quality) = between(&points, target) else {
            break;
        };
        let Ok((_, _, stream, _)) = plan.encoded(series, quality, info, input) else {
            break;
        };
        points.push((quality, stream.len() as f64 * 8.0 / info.units as f64));
    }
    let distance = |point: &&(f64, f64)| (point.1 / target).ln().abs();
    let best = points.iter().min_by(|a, b| distance(a).total_cmp(&distance(b)));
    best.map(|point| point.0)
}

/// A quality that was not tried yet, where the straight line between the points around the target meets it.
fn between(points: &[(f64, f64)], target: f64) -> Option<f64> {
    let below = points
        .iter()
        .filter(|point| point.1 <= target)
        .max_by(|a, b| a.1.total_cmp(&b.1))?;
    let above = points
        .iter()
        .filter(|point| point.1 > target)
        .min_by(|a, b| a.1.total_cmp(&b.1))?;
    let share = (target / below.1).ln() / (above.1 / below.1).ln();
    let quality = (below.0 + share * (above.0 - below.0)).round();
    let tried = points.iter().any(|point| point.0 == quality);
    (quality.is_finite() && !tried).then_some(quality)
}

/// The rate at a share of the range that all series cover, or of what any covers where that is empty.
fn target(series: impl Iterator<Item = Vec<(f64, f64)>>, share: f64) -> Option<f64> {
    let range = |points: Vec<(f64, f64)>| {
        let rates = points.iter().map(|point| point.1.ln());
        rates.fold(None, |range: Option<(f64, f64)>, rate| {
            let (low, high) = range.unwrap_or((rate, rate));
            Some((low.min(rate), high.max(rate)))
        })
    };
    let ranges: Vec<(f64, f64)> = series.filter_map(range).collect();
    let low = ranges.iter().map(|range| range.0).reduce(f64::max)?;
    let high = ranges.iter().map(|range| range.1).reduce(f64::min)?;
    Some((low + share * (high - low)).exp())
}

fn decoded(plan: &Plan<'_>, (series, info, input): Coding<'_>, quality: f64, place: (u32, u32)) -> Option<Shown> {
    let (_, _, stream, _) = plan.encoded(series, quality, info, input).ok()?;
    let picture = series.codec.decode(&stream, input.work()).ok()?.picture;
    let rate = stream.len() as f64 * 8.0 / info.units as f64;
    let mut caption = format!("{} at {quality}: {rate:.3} bpp", series.name);
    for &metric in &plan.metrics {
        if let Some(value) = measure(metric, input.picture(), &picture) {
            let short = metric.label().trim_end_matches(" (dB)");
            caption += &format!(", {short} {:.2}", metric.axis(value));
        }
    }
    shown(&series.name, caption, &picture, place)
}

fn shown(name: &str, caption: String, picture: &Rgb, place: (u32, u32)) -> Option<Shown> {
    let crop = picture.crop(place, (SIDE, SIDE));
    Some(Shown {
        name: name.to_owned(),
        caption,
        png: png_file::to_png(&crop, Compression::High).ok()?,
    })
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

    #[test]
    fn targets_lie_where_all_series_have_points() {
        let (a, b) = (vec![(1.0, 0.1), (2.0, 1.6)], vec![(1.0, 0.4), (2.0, 6.4)]);
        let target = target([a, b].into_iter(), 0.5).unwrap();
        assert!((target - 0.8).abs() < 1e-9);
    }

    #[test]
    fn qualities_between_points_are_tried_once() {
        let points = [(10.0, 0.2), (20.0, 0.8), (40.0, 3.0)];
        assert_eq!(between(&points, 0.4), Some(15.0));
        assert_eq!(between(&[(37.0, 0.2), (27.0, 0.8)], 0.4), Some(32.0));
        assert_eq!(between(&points, 0.2), None);
        assert_eq!(between(&points, 5.0), None);
    }
}
