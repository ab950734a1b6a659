//! Plots over the frames of videos: bits and quality of each, at about the same rate.

use super::plots::{Chart, Curve, Look, Plot};
use crate::metric::Metric;
use crate::results::{FileInfo, Record, Results};
use crate::videos::{BITS_OF_FRAMES, PSNR_OF_FRAMES};
use crate::views::target;

/// Files to plot.
const FILES: usize = 4;
/// Where the rate lies, as a share of the range that all series cover, on a logarithmic scale.
const SHARE: f64 = 0.4;

/// A list of a value for each frame, and how it is drawn.
struct Course {
    /// The detail of a point.
    detail: &'static str,
    name: &'static str,
    title: &'static str,
    y_label: &'static str,
    x_label: &'static str,
    is_logarithmic: bool,
}

const COURSES: [Course; 2] = [
    Course {
        detail: BITS_OF_FRAMES,
        name: "frame-bits",
        title: "Bits of frames",
        y_label: "bits",
        x_label: "frame, in the order of coding",
        is_logarithmic: true,
    },
    Course {
        detail: PSNR_OF_FRAMES,
        name: "frame-quality",
        title: "PSNR of frames",
        y_label: Metric::PsnrYuv.label(),
        x_label: "frame",
        is_logarithmic: false,
    },
];

/// Both for some of the files; nothing where no point tells of frames.
pub(super) fn all(results: &Results) -> Vec<Plot> {
    let files = results.files.iter().filter(|file| file.error.is_none()).take(FILES);
    let plots = files.enumerate().flat_map(|(index, file)| {
        let points = points(results, file);
        COURSES.iter().filter_map(move |course| {
            let name = format!("{}-{}", course.name, index + 1);
            course.chart(results, file, &points).draw(name)
        })
    });
    plots.collect()
}

/// The point of each series whose rate is nearest to one that all have.
fn points<'a>(results: &'a Results, file: &FileInfo) -> Vec<(usize, &'a Record)> {
    let told = |record: &&Record| record.file == file.name && record.details.contains_key(PSNR_OF_FRAMES);
    let told: Vec<&Record> = results.records.iter().filter(told).collect();
    let of = |name: &str| {
        told.iter()
            .filter(|record| record.series == name)
            .copied()
            .collect::<Vec<_>>()
    };
    let all: Vec<Vec<&Record>> = results.series.iter().map(|series| of(&series.name)).collect();
    let rates = all
        .iter()
        .map(|records| records.iter().map(|record| (record.setting, record.rate)).collect());
    let Some(wanted) = target(rates, SHARE) else {
        return Vec::new();
    };
    let distance = |record: &Record| (record.rate / wanted).ln().abs();
    let nearest = |records: &Vec<&'a Record>| {
        let nearest = records.iter().min_by(|a, b| distance(a).total_cmp(&distance(b)));
        nearest.copied()
    };
    all.iter()
        .enumerate()
        .filter_map(|(index, records)| Some((index, nearest(records)?)))
        .collect()
}

impl Course {
    fn chart(&self, results: &Results, file: &FileInfo, points: &[(usize, &Record)]) -> Chart {
        let curve = |&(index, record): &(usize, &Record)| {
            let values = record.details.get(self.detail).and_then(|list| list.as_array());
            let values = values.into_iter().flatten().filter_map(|value| value.as_f64());
            Curve {
                index,
                label: format!("{}, {:.3} {}", record.series, record.rate, results.rate_unit),
                points: values.enumerate().map(|(at, value)| (at as f64, value)).collect(),
                dashed: false,
            }
        };
        Chart {
            title: format!("{}: {}", self.title, file.name),
            x_label: self.x_label.to_owned(),
            y_label: self.y_label.to_owned(),
            logarithmic: [false, self.is_logarithmic],
            look: Look::Lines,
            curves: points.iter().map(curve).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::results::Series;

    #[test]
    fn points_at_the_same_rate_are_compared() {
        let record = |series: &str, rate: f64| Record {
            series: series.into(),
            file: "a.y4m".into(),
            setting: rate,
            rate,
            details: BTreeMap::from([
                (BITS_OF_FRAMES.to_owned(), vec![4000 * rate as u64, 300, 200].into()),
                (PSNR_OF_FRAMES.to_owned(), vec![35.0, 34.5, 34.0].into()),
            ]),
            ..Record::default()
        };
        let results = Results {
            files: vec![FileInfo {
                name: "a.y4m".into(),
                ..FileInfo::default()
            }],
            series: ["x", "y", "no frames"]
                .map(|name| Series {
                    name: name.into(),
                    ..Series::default()
                })
                .into(),
            records: vec![record("x", 1.0), record("x", 4.0), record("y", 2.0), record("y", 8.0)],
            ..Results::default()
        };
        let found = points(&results, &results.files[0]);
        let rates: Vec<(usize, f64)> = found.iter().map(|(index, record)| (*index, record.rate)).collect();
        assert_eq!(rates, [(0, 4.0), (1, 2.0)], "the target is 2.64");
        let plots = all(&results);
        let names: Vec<&str> = plots.iter().map(|plot| &*plot.name).collect();
        assert_eq!(names, ["frame-bits-1", "frame-quality-1"]);
        assert!(plots[0].scene.to_svg().contains("x, 4.000"));
        assert!(all(&Results::default()).is_empty());
    }
}
