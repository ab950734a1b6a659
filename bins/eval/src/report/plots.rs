//! The plots of a report: rate against each metric, and time against BD-rate.

use super::axis::Axis;
use super::colours::style;
use super::course;
use super::raster::text_width;
use super::scene::{Anchor, Item, Scene};
use crate::metric::Metric;
use crate::results::Results;

/// A drawing with a name for its file and a title.
#[derive(Debug, Clone, PartialEq)]
pub struct Plot {
    /// Name without an ending.
    pub name: String,
    /// What it shows.
    pub title: String,
    /// The drawing.
    pub scene: Scene,
}

const HEIGHT: f64 = 460.0;
const LEFT: f64 = 66.0;
const INNER: f64 = 560.0;
const TOP: f64 = 40.0;
const BOTTOM: f64 = 52.0;
const FRAME: &str = "#57606a";
const GRID: &str = "#e3e6ea";

/// Points of a series.
pub(super) struct Curve {
    /// Its place among all series, which decides how it looks.
    pub(super) index: usize,
    pub(super) label: String,
    pub(super) points: Vec<(f64, f64)>,
    pub(super) dashed: bool,
}

/// What a plot is made of.
pub(super) struct Chart {
    pub(super) title: String,
    pub(super) x_label: String,
    pub(super) y_label: String,
    /// Whether the axes are logarithmic.
    pub(super) logarithmic: [bool; 2],
    pub(super) look: Look,
    pub(super) curves: Vec<Curve>,
}

/// How points of a curve are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// Marks that are joined.
    Joined,
    /// Marks alone, larger.
    Marks,
    /// Lines alone, for many points.
    Lines,
}

/// All plots for which there is something to show.
pub fn all(results: &Results) -> Vec<Plot> {
    let mut plots = Vec::new();
    for &metric in &results.metrics {
        let name = format!("rd-{}", metric.id());
        plots.extend(rate(results, metric).draw(name));
    }
    if let Some(&metric) = results.metrics.first() {
        for (name, encode) in [("time-encode", true), ("time-decode", false)] {
            plots.extend(time(results, metric, encode).draw(name.to_owned()));
        }
    }
    plots.extend(course::all(results));
    plots
}

fn rate(results: &Results, metric: Metric) -> Chart {
    let files = match results.averaged_files.len() {
        0 => String::new(),
        1 => ", 1 file".to_owned(),
        files => format!(", mean of {files} files"),
    };
    let curves = results.series.iter().enumerate().map(|(index, series)| {
        let averages = results.averages.iter().filter(|average| average.series == series.name);
        let point = |values: &std::collections::BTreeMap<Metric, f64>| values.get(&metric).map(|&v| metric.axis(v));
        let mut points: Vec<_> = averages.filter_map(|a| Some((a.rate, point(&a.values)?))).collect();
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        Curve {
            index,
            label: series.name.clone(),
            points,
            dashed: series.published.is_some(),
        }
    });
    Chart {
        title: format!("{} against rate{files}", metric.label()),
        x_label: format!("rate ({})", results.rate_unit),
        y_label: metric.label().to_owned(),
        logarithmic: [true, false],
        look: Look::Joined,
        curves: curves.collect(),
    }
}

/// A point for each series: its mean time over all settings, and its BD-rate.
fn time(results: &Results, metric: Metric, encode: bool) -> Chart {
    let averaged = results
        .files
        .iter()
        .filter(|file| results.averaged_files.contains(&file.name));
    let units: Vec<f64> = averaged.map(|file| file.units as f64).collect();
    let millions = units.iter().sum::<f64>() / units.len().max(1) as f64 / 1e6;
    let anchor = results.bd.first().map(|bd| bd.anchor.clone()).unwrap_or_default();
    let curves = results.series.iter().enumerate().map(|(index, series)| {
        let averages = results.averages.iter().filter(|average| average.series == series.name);
        let seconds = averages.filter_map(|a| if encode { a.encode_seconds } else { a.decode_seconds });
        let seconds: Vec<f64> = seconds.collect();
        let seconds = seconds.iter().sum::<f64>() / seconds.len() as f64 / millions;
        let bd = results
            .bd
            .iter()
            .find(|bd| bd.series == series.name && bd.metric == metric);
        let bd = if series.name == anchor {
            Some(0.0)
        } else {
            bd.and_then(|bd| bd.average_curve.rate_percent)
        };
        // What was published was timed elsewhere.
        let bd = bd.filter(|_| series.published.is_none());
        Curve {
            index,
            label: series.name.clone(),
            points: bd.map(|bd| (seconds, bd)).into_iter().collect(),
            dashed: false,
        }
    });
    let what = if encode { "Encoding" } else { "Decoding" };
    Chart {
        title: format!("{what} time against BD-rate by {}", metric.label()),
        x_label: format!("seconds for {}", results.medium.million_units()),
        y_label: format!("BD-rate against {anchor} (%)"),
        logarithmic: [true, false],
        look: Look::Marks,
        curves: curves.collect(),
    }
}

impl Chart {
    /// Nothing where no curve has a point that can be shown.
    pub(super) fn draw(mut self, name: String) -> Option<Plot> {
        let [log_x, log_y] = self.logarithmic;
        let fits = |value: f64, log: bool| value.is_finite() && (!log || value > 0.0);
        for curve in &mut self.curves {
            curve.points.retain(|&(x, y)| fits(x, log_x) && fits(y, log_y));
        }
        self.curves.retain(|curve| !curve.points.is_empty());
        let points = || self.curves.iter().flat_map(|curve| curve.points.iter());
        let x = Axis::around(points().map(|p| p.0), log_x, (LEFT, LEFT + INNER))?;
        let y = Axis::around(points().map(|p| p.1), log_y, (HEIGHT - BOTTOM, TOP))?;
        let labels = self.curves.iter().map(|curve| text_width(&curve.label, 13.0));
        let legend = labels.fold(0.0, f64::max) + 46.0;
        let mut scene = Scene {
            width: (LEFT + INNER + 14.0 + legend).ceil(),
            height: HEIGHT,
            items: Vec::new(),
        };
        self.frame(&x, &y, &mut scene);
        for curve in &self.curves {
            self.curve(curve, &x, &y, &mut scene);
        }
        self.legend(&mut scene);
        Some(Plot {
            name,
            title: self.title,
            scene,
        })
    }

    fn frame(&self, x: &Axis, y: &Axis, scene: &mut Scene) {
        let (right, bottom) = (LEFT + INNER, HEIGHT - BOTTOM);
        for (value, label) in x.ticks() {
            let place = x.place(value);
            scene.line((place, TOP), (place, bottom), GRID, 1.0);
            scene.text(label, (place, bottom + 18.0), Anchor::Middle, 12.0);
        }
        for (value, label) in y.ticks() {
            let place = y.place(value);
            scene.line((LEFT, place), (right, place), GRID, 1.0);
            scene.text(label, (LEFT - 8.0, place + 4.5), Anchor::End, 12.0);
        }
        scene.items.push(Item::Line {
            points: vec![(LEFT, TOP), (right, TOP), (right, bottom), (LEFT, bottom), (LEFT, TOP)],
            colour: FRAME,
            width: 1.0,
            dashed: false,
        });
        scene.text(&*self.title, (LEFT, TOP - 14.0), Anchor::Start, 15.0);
        scene.text(
            &*self.x_label,
            (LEFT + INNER / 2.0, HEIGHT - 12.0),
            Anchor::Middle,
            13.0,
        );
        scene.items.push(Item::Text {
            text: self.y_label.clone(),
            at: (18.0, (TOP + bottom) / 2.0),
            anchor: Anchor::Middle,
            size: 13.0,
            colour: "#24292f",
            upwards: true,
        });
    }

    fn curve(&self, curve: &Curve, x: &Axis, y: &Axis, scene: &mut Scene) {
        let places: Vec<_> = curve.points.iter().map(|&(a, b)| (x.place(a), y.place(b))).collect();
        let (colour, mark) = style(curve.index);
        if self.look != Look::Marks {
            scene.items.push(Item::Line {
                points: places.clone(),
                colour,
                width: 1.8,
                dashed: curve.dashed,
            });
        }
        let radius = match self.look {
            Look::Joined => 3.2,
            Look::Marks => 5.5,
            Look::Lines => return,
        };
        for place in places {
            scene.mark(place, (colour, mark), radius);
        }
    }

    fn legend(&self, scene: &mut Scene) {
        let left = LEFT + INNER + 14.0;
        for (row, curve) in self.curves.iter().enumerate() {
            let y = TOP + 10.0 + 22.0 * row as f64;
            let (colour, mark) = style(curve.index);
            if self.look != Look::Marks {
                scene.items.push(Item::Line {
                    points: vec![(left, y), (left + 26.0, y)],
                    colour,
                    width: 1.8,
                    dashed: curve.dashed,
                });
            }
            scene.mark((left + 13.0, y), (colour, mark), 3.6);
            scene.text(&*curve.label, (left + 34.0, y + 4.5), Anchor::Start, 13.0);
        }
        // More series than fit beside the plot: a taller drawing.
        scene.height = scene.height.max(TOP + 22.0 * self.curves.len() as f64 + 20.0);
    }
}
