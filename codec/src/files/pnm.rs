//! Writes portable any-maps: a line of text, and the samples as they are.

use std::io::Write;

use crate::error::Result;
use crate::media::image::{Image, Samples};

/// Writes `P5` or `P6`, or, with `arbitrary`, `P7`, which has room for the alpha in `interleaved`.
pub(super) fn write(picture: &Image, interleaved: &Samples, arbitrary: bool, mut out: impl Write) -> Result<()> {
    let (width, height, max) = (picture.width(), picture.height(), picture.depth().max());
    let gray = picture.color().channels() == 1;
    if arbitrary {
        let depth = picture.color().channels() + usize::from(picture.alpha().is_some());
        let kind = match (gray, picture.alpha().is_some()) {
            (true, false) => "GRAYSCALE",
            (true, true) => "GRAYSCALE_ALPHA",
            (false, false) => "RGB",
            (false, true) => "RGB_ALPHA",
        };
        writeln!(out, "P7\nWIDTH {width}\nHEIGHT {height}\nDEPTH {depth}")?;
        writeln!(out, "MAXVAL {max}\nTUPLTYPE {kind}\nENDHDR")?;
    } else {
        writeln!(out, "{}\n{width} {height}\n{max}", if gray { "P5" } else { "P6" })?;
    }
    match interleaved {
        Samples::U8(samples) => out.write_all(samples)?,
        Samples::U16(samples) => {
            for part in samples.chunks(1 << 15) {
                let bytes: Vec<u8> = part.iter().flat_map(|sample| sample.to_be_bytes()).collect();
                out.write_all(&bytes)?;
            }
        }
    }
    Ok(())
}
