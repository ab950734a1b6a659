//! Bytes and time of lossless images: `cargo run --release -p lmc-codec --example lossless_rates -- IMAGES`.

use std::time::Instant;

use lmc_codec::codecs::Codecs;
use lmc_codec::{EncodeOptions, ImageEncoder, Limits, MaxError};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (mut total, mut pixels, start) = (0, 0u64, Instant::now());
    for path in std::env::args().skip(1) {
        let picture = lmc_codec::files::read_path(std::path::Path::new(&path), &Limits::default())?;
        let options = EncodeOptions::default().with_max_error(Some(MaxError::default()));
        let bytes = ImageEncoder::new(Codecs::default(), options)
            .encode(&picture)?
            .bytes
            .len();
        println!("{bytes:9} {path}");
        total += bytes;
        pixels += u64::from(picture.width()) * u64::from(picture.height());
    }
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "{total:9} bytes, {:.4} bits per pixel, {:.2} s per megapixel",
        8.0 * total as f64 / pixels as f64,
        seconds / pixels as f64 * 1e6
    );
    Ok(())
}
