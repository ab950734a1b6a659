//! Plays a melody on plucked strings into a stream, for the demo page: `melody FILE`.

use std::error::Error;
use std::fs;

use lmc::{SampleFormat, Sound, SoundEncodeOptions, SoundSpec};

const RATE: u32 = 48_000;
/// Seconds between notes.
const BEAT: f32 = 0.24;
/// Seconds that a string sounds.
const RING: f32 = 2.0;
/// Semitones above A3, one note on each beat.
const NOTES: [i32; 20] = [0, 7, 12, 16, 19, 16, 12, 7, -4, 3, 8, 12, 15, 12, 8, 3, -2, 5, 10, 12];

fn main() -> Result<(), Box<dyn Error>> {
    let file = std::env::args_os().nth(1).ok_or("usage: melody FILE")?;
    let beat = (BEAT * RATE as f32) as usize;
    let ring = (RING * RATE as f32) as usize;
    let mut samples = vec![0.0; 2 * (NOTES.len() * beat + ring)];
    for (index, &note) in NOTES.iter().enumerate() {
        let hz = 220.0 * (note as f32 / 12.0).exp2();
        // From left to right and back.
        let right = 0.5 + 0.35 * (index as f32 * 0.8).sin();
        let sound = string(hz, ring, index as u32);
        for (pair, value) in samples[2 * index * beat..].chunks_exact_mut(2).zip(sound) {
            pair[0] += 0.5 * value * (1.0 - right);
            pair[1] += 0.5 * value * right;
        }
    }
    let spec = SoundSpec {
        rate: RATE,
        channels: 2,
        format: SampleFormat::Int16,
    };
    let mut sound = Sound::new(spec, samples)?;
    fs::write(
        file,
        lmc::encode_sound(&mut sound, "audio", &SoundEncodeOptions::default())?,
    )?;
    Ok(())
}

/// A plucked string by the algorithm of Karplus and Strong: noise goes round and loses its high frequencies.
fn string(hz: f32, length: usize, seed: u32) -> Vec<f32> {
    let mut state = seed.wrapping_mul(747_796_405) | 1;
    let mut noise = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    let period = (RATE as f32 / hz) as usize;
    let mut ring: Vec<f32> = (0..period).map(|_| noise()).collect();
    (0..length)
        .map(|at| {
            let (now, next) = (at % period, (at + 1) % period);
            let value = ring[now];
            ring[now] = 0.4985 * (value + ring[next]);
            value * (1.0 - at as f32 / length as f32)
        })
        .collect()
}
