//! Published curves in the layout of DCVC: data sets of sequences, each with a point for each rate.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::anchors::{Anchor, means, series};
use crate::metric::Metric;
use crate::results::Record;

/// Points by data set, sequence and their own name.
type Published = BTreeMap<String, BTreeMap<String, BTreeMap<String, Point>>>;

/// What is read of a point: means over all frames.
#[derive(Debug, Deserialize)]
struct Point {
    /// The quantiser, of classical codecs.
    qp: Option<f64>,
    ave_all_frame_bpp: f64,
    ave_all_frame_psnr: f64,
    /// Without it, the video was measured in RGB.
    ave_all_frame_psnr_y: Option<f64>,
    ave_all_frame_msssim: Option<f64>,
}

impl Point {
    /// In YUV the first mean is one of planes, weighted 6:1:1. MS-SSIM of planes is another metric than ours.
    fn values(&self) -> BTreeMap<Metric, f64> {
        match (self.ave_all_frame_psnr_y, self.ave_all_frame_msssim) {
            (Some(luma), _) => BTreeMap::from([(Metric::PsnrYuv, self.ave_all_frame_psnr), (Metric::PsnrY, luma)]),
            (None, similarity) => {
                let similarity = similarity.map(|value| (Metric::MsSsim, value));
                let psnr = [(Metric::Psnr, self.ave_all_frame_psnr)];
                psnr.into_iter().chain(similarity).collect()
            }
        }
    }
}

/// A series for each data set of a file, whose name is added where there are several.
///
/// # Errors
/// What is wrong with the text.
pub(crate) fn parse(stem: &str, text: &str) -> Result<Vec<Anchor>, String> {
    let published: Published = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let several = published.len() > 1;
    let anchor = |(set, sequences): (&String, &BTreeMap<String, BTreeMap<String, Point>>)| {
        let name = if several {
            format!("{stem} {set}")
        } else {
            stem.to_owned()
        };
        let records: Vec<Record> = sequences
            .iter()
            .flat_map(|(file, points)| of_sequence(&name, file, points))
            .collect();
        Anchor {
            series: series(&name, &format!("{stem}: {set}")),
            averages: means(&name, &records),
            records,
        }
    };
    let anchors: Vec<Anchor> = published.iter().map(anchor).collect();
    match anchors.iter().all(|anchor| !anchor.records.is_empty()) && !anchors.is_empty() {
        true => Ok(anchors),
        false => Err("it has no points".to_owned()),
    }
}

/// The name of a sequence may have an ending, which names of files are compared without.
fn of_sequence(series: &str, file: &str, points: &BTreeMap<String, Point>) -> Vec<Record> {
    let file = file.strip_suffix(".yuv").unwrap_or(file);
    let record = |(index, point): (usize, &Point)| Record {
        series: series.to_owned(),
        file: file.to_owned(),
        setting: point.qp.unwrap_or(index as f64),
        rate: point.ave_all_frame_bpp,
        values: point.values(),
        ..Record::default()
    };
    points.values().enumerate().map(record).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequences_are_files_and_data_sets_are_series() {
        let point = |qp: u32, bpp: f64, psnr: f64| {
            format!(
                r#""{qp:03}": {{"i_frame_num": 1, "qp": {qp}, "ave_all_frame_bpp": {bpp}, "ave_all_frame_psnr": {psnr},
                "ave_all_frame_psnr_y": {psnr}, "ave_all_frame_msssim": 0.9, "seq_name": "x"}}"#
            )
        };
        let sequence = |name: &str, add: f64| {
            let points = [point(22, 0.2 + add, 40.0 + add), point(32, 0.1 + add, 35.0 + add)];
            format!("\"{name}\": {{{}}}", points.join(","))
        };
        let set = format!("{{{},{}}}", sequence("a_64x64.yuv", 0.0), sequence("b", 1.0));
        let one = parse("vtm", &format!(r#"{{"UVG": {set}}}"#)).unwrap();
        assert_eq!((one.len(), &*one[0].series.name, one[0].records.len()), (1, "vtm", 4));
        assert_eq!((&*one[0].records[0].file, one[0].records[1].setting), ("a_64x64", 32.0));
        let mean = &one[0].averages[0];
        assert!((mean.rate - 0.7).abs() < 1e-12 && (mean.values[&Metric::PsnrYuv] - 40.5).abs() < 1e-12);
        assert!(!mean.values.contains_key(&Metric::MsSsim));
        let two = parse("vtm", &format!(r#"{{"UVG": {set}, "MCL": {set}}}"#)).unwrap();
        assert_eq!(two[1].series.name, "vtm UVG");
        let rgb =
            r#"{"S": {"x": {"0": {"ave_all_frame_bpp": 1, "ave_all_frame_psnr": 3, "ave_all_frame_msssim": 0.5}}}}"#;
        let values = &parse("rgb", rgb).unwrap()[0].records[0].values;
        assert_eq!((values[&Metric::Psnr], values[&Metric::MsSsim]), (3.0, 0.5));
        for bad in ["{}", r#"{"S": {}}"#, r#"{"S": {"x": {"0": {}}}}"#, "[]"] {
            assert!(parse("x", bad).is_err(), "{bad}");
        }
    }
}
