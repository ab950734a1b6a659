//! Parts of files to look at and listen to: the same from all series, at about the same rate.

use crate::codec::Input;
use crate::media::Media;
use crate::report::{Shown, View};
use crate::results::{FileInfo, Record, Results};
use crate::run::{Plan, Planned};

/// Files to show.
const FILES: usize = 3;
/// Where the rates lie, as shares of the range that all series cover, on a logarithmic scale.
const RATES: [f64; 2] = [0.2, 0.55];

/// Media of which parts can be shown.
pub trait Show: Media {
    /// Encodings of each series that may be spent on coming near to a rate.
    const MORE_ENCODINGS: usize;

    /// A part of it.
    type Place: Copy;

    /// The part to show: where codecs differ.
    fn busiest(&self) -> Self::Place;

    /// That part as a picture, and as a sound where it is one; nothing where it cannot be drawn.
    fn show(&self, place: Self::Place) -> Option<Exhibit>;
}

/// One view of a part.
#[derive(Debug, Clone, PartialEq)]
pub struct Exhibit {
    /// A PNG file.
    pub png: Vec<u8>,
    /// A WAV file.
    pub wav: Option<Vec<u8>>,
}

/// Parts of a few of the averaged files, each at two rates. Series without a point on a file are left out of it.
pub fn views<M: Show>(plan: &Plan<'_, M>, results: &Results) -> Vec<View> {
    let names = &results.averaged_files;
    let step = names.len().div_ceil(FILES).max(1);
    let mut views = Vec::new();
    for name in names.iter().step_by(step) {
        let info = results.files.iter().find(|file| file.name == *name);
        let item = plan.files.iter().find(|item| item.name == *name);
        let Some((info, item)) = info.zip(item) else {
            continue;
        };
        let Ok((original, _)) = (plan.read)(&item.path) else {
            continue;
        };
        let place = original.busiest();
        for share in RATES {
            views.extend(view(plan, results, info, &original, place, share));
        }
    }
    views
}

fn view<M: Show>(
    plan: &Plan<'_, M>,
    results: &Results,
    info: &FileInfo,
    original: &M,
    place: M::Place,
    share: f64,
) -> Option<View> {
    let points = |series: &Planned<M>| -> Vec<(f64, f64)> {
        let mine = |r: &&Record| r.series == series.name && r.file == info.name && r.error.is_none();
        results
            .records
            .iter()
            .filter(mine)
            .map(|r| (r.setting, r.rate))
            .collect()
    };
    let target = target(plan.series.iter().map(points), share)?;
    let mut versions = vec![shown("original", "original".to_owned(), original, place)?];
    let work = plan.cache.work_folder().ok()?;
    let input = Input::new(original, work.path());
    for series in &plan.series {
        let quality = nearest(plan, (series, info, &input), points(series), target);
        versions.extend(quality.and_then(|quality| decoded(plan, results, (series, info, &input), quality, place)));
    }
    let unit = &results.rate_unit;
    Some(View {
        title: format!("{} at about {target:.2} {unit}", info.name),
        versions,
    })
}

/// A series, and the file it codes.
type Coding<'a, M> = (&'a Planned<M>, &'a FileInfo, &'a Input<'a, M>);

/// The quality whose rate is nearest to the target, by a few more encodings between the points that are known.
fn nearest<M: Show>(
    plan: &Plan<'_, M>,
    (series, info, input): Coding<'_, M>,
    mut points: Vec<(f64, f64)>,
    target: f64,
) -> Option<f64> {
    for _ in 0..M::MORE_ENCODINGS {
        let Some(quality) = between(&points, target) else {
            break;
        };
        let Ok((_, _, stream, _)) = plan.encoded(series, quality, info, input) else {
            break;
        };
        points.push((quality, M::MEDIUM.rate(stream.len() as u64, info.units)));
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
pub(crate) fn target(series: impl Iterator<Item = Vec<(f64, f64)>>, share: f64) -> Option<f64> {
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

fn decoded<M: Show>(
    plan: &Plan<'_, M>,
    results: &Results,
    (series, info, input): Coding<'_, M>,
    quality: f64,
    place: M::Place,
) -> Option<Shown> {
    let (_, _, stream, _) = plan.encoded(series, quality, info, input).ok()?;
    let decoded = series.codec.decode(&stream, input.work()).ok()?.media;
    let (media, _) = decoded.fit(input.original()).ok()?;
    let (rate, unit) = (M::MEDIUM.rate(stream.len() as u64, info.units), M::MEDIUM.rate_unit());
    let mut caption = format!("{} at {quality}: {rate:.3} {unit}", series.name);
    let mut records = results.records.iter();
    let record = records.find(|r| r.series == series.name && r.file == info.name && r.setting == quality);
    for &metric in &plan.metrics {
        let value = match record {
            Some(record) => record.values.get(&metric).copied(),
            None => plan.meter.measure(metric, input.original(), &media).ok().flatten(),
        };
        if let Some(value) = value {
            let short = metric.label().split(" (").next().unwrap_or_default();
            caption += &format!(", {short} {:.2}", metric.axis(value));
        }
    }
    shown(&series.name, caption, &media, place)
}

fn shown<M: Show>(name: &str, caption: String, media: &M, place: M::Place) -> Option<Shown> {
    let exhibit = media.show(place)?;
    Some(Shown {
        name: name.to_owned(),
        caption,
        exhibit,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

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
