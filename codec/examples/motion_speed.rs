//! Times motion search and compensation on synthetic frames: `cargo run --release -p lmc-codec --example motion_speed [WIDTH HEIGHT]`.

use std::time::Instant;

use lmc_codec::codecs::video::motion::{Frame, Luma, Phases, SearchOptions, Vector, VectorField, compensate, search};

const ROUNDS: u32 = 20;

fn main() -> Result<(), lmc_codec::CodecError> {
    let sides: Vec<usize> = std::env::args().skip(1).filter_map(|side| side.parse().ok()).collect();
    let (width, height) = match sides[..] {
        [width, height] => (width, height),
        _ => (640, 360),
    };
    let reference = frame(width, height)?;
    let mut field = VectorField::still(width, height);
    field.vectors.fill(Vector { x: 37, y: -22 });
    let current = compensate(&reference, &field)?;
    time("compensate, one vector", || compensate(&reference, &field).map(drop))?;
    for (at, vector) in field.vectors.iter_mut().enumerate() {
        *vector = Vector {
            x: (at * 29 % 61) as i16 - 30,
            y: (at * 17 % 43) as i16 - 21,
        };
    }
    time("compensate, all vectors different", || {
        compensate(&reference, &field).map(drop)
    })?;
    let (own, luma) = (Luma::of(&current), Luma::of(&reference));
    time("phases", || {
        Phases::new(&luma);
        Ok(())
    })?;
    let phases = Phases::new(&luma);
    time("search", || {
        search(&own, (&luma, &phases), None, &SearchOptions::default()).map(drop)
    })
}

fn frame(width: usize, height: usize) -> Result<Frame, lmc_codec::CodecError> {
    let pixel = |at: usize| {
        let (x, y) = ((at % width) as f32, (at / width) as f32);
        let wave = 120.0 + 60.0 * (x * 0.13 + y * 0.05).sin() + 40.0 * (y * 0.21 - x * 0.03).cos();
        let noise = ((at as u32).wrapping_mul(2_654_435_761) >> 28) as f32;
        [wave + noise, wave * 0.7 + noise, 200.0 - wave * 0.5].map(|value| value as u8)
    };
    let rgb: Vec<u8> = (0..width * height).flat_map(pixel).collect();
    Frame::from_rgb8(width, height, &rgb)
}

fn time(name: &str, mut work: impl FnMut() -> Result<(), lmc_codec::CodecError>) -> Result<(), lmc_codec::CodecError> {
    work()?;
    let mut least = f64::MAX;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        work()?;
        least = least.min(start.elapsed().as_secs_f64());
    }
    println!("{name}: {:.2} ms", 1e3 * least);
    Ok(())
}
