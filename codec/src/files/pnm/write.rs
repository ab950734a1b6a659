//! Writes portable any-maps: a line of text, and the samples as they are, row by row.

use std::io::Write;

use crate::error::Result;
use crate::files::rows::{Order, channels, row_bytes};
use crate::media::image::{Color, Image};

/// Writes `P5` or `P6`, or, with `arbitrary`, `P7`, which has room for alpha.
pub(in crate::files) fn write(image: &Image, arbitrary: bool, mut out: impl Write) -> Result<()> {
    let (width, height, max) = (image.width(), image.height(), image.depth().max());
    let is_gray = image.color() == Color::Gray;
    if arbitrary {
        let kind = match (is_gray, image.alpha().is_some()) {
            (true, false) => "GRAYSCALE",
            (true, true) => "GRAYSCALE_ALPHA",
            (false, false) => "RGB",
            (false, true) => "RGB_ALPHA",
        };
        writeln!(out, "P7\nWIDTH {width}\nHEIGHT {height}\nDEPTH {}", channels(image))?;
        writeln!(out, "MAXVAL {max}\nTUPLTYPE {kind}\nENDHDR")?;
    } else {
        writeln!(out, "{}\n{width} {height}\n{max}", if is_gray { "P5" } else { "P6" })?;
    }
    let mut row = Vec::new();
    for y in 0..height as usize {
        row_bytes(image, y, Order::HighFirst, &mut row);
        out.write_all(&row)?;
    }
    Ok(())
}
