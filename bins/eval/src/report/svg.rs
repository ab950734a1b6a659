//! Drawings as SVG.

use std::fmt::Write;

use super::page::escape;
use super::scene::{Anchor, Item, Mark, Scene};

const FONT: &str = "DejaVu Sans, Verdana, Helvetica, Arial, sans-serif";

pub(super) fn write(scene: &Scene) -> String {
    let (width, height) = (scene.width, scene.height);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         font-family=\"{FONT}\">\n<rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n"
    );
    for item in &scene.items {
        add(item, &mut out);
    }
    out + "</svg>\n"
}

fn add(item: &Item, out: &mut String) {
    // Writing to a string cannot fail.
    let _ = match item {
        Item::Line {
            points,
            colour,
            width,
            dashed,
        } => {
            let dash = if *dashed { " stroke-dasharray=\"5 4\"" } else { "" };
            let points = list(points);
            writeln!(
                out,
                "<polyline points=\"{points}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"{width}\" \
                 stroke-linejoin=\"round\"{dash}/>"
            )
        }
        Item::Mark {
            at: (x, y),
            mark: Mark::Disc,
            colour,
            radius,
        } => writeln!(
            out,
            "<circle cx=\"{x:.2}\" cy=\"{y:.2}\" r=\"{radius}\" fill=\"{colour}\"/>"
        ),
        Item::Mark {
            at,
            mark,
            colour,
            radius,
        } => writeln!(
            out,
            "<polygon points=\"{}\" fill=\"{colour}\"/>",
            list(&mark.corners(*at, *radius))
        ),
        Item::Text {
            text,
            at: (x, y),
            anchor,
            size,
            colour,
            upwards,
        } => {
            let anchor = match anchor {
                Anchor::Start => "start",
                Anchor::Middle => "middle",
                Anchor::End => "end",
            };
            let turn = if *upwards {
                format!(" transform=\"rotate(-90 {x:.2} {y:.2})\"")
            } else {
                String::new()
            };
            writeln!(
                out,
                "<text x=\"{x:.2}\" y=\"{y:.2}\" font-size=\"{size}\" text-anchor=\"{anchor}\" fill=\"{colour}\"{turn}>{}</text>",
                escape(text)
            )
        }
    };
}

fn list(points: &[(f64, f64)]) -> String {
    let points: Vec<String> = points.iter().map(|(x, y)| format!("{x:.2},{y:.2}")).collect();
    points.join(" ")
}
