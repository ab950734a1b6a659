//! Clips for tests, and coded frames in a file.

use lmc_codec::codecs::frames::{EncodedFrame, FrameKind};
use lmc_codec::media::video::{Chroma, Ratio, VideoFormat, VideoFrame};

/// The hash of the pixels of the golden clip.
pub const GOLDEN_HASH: &str = "a4a88bd96742e689302c8f230fa139f9";

pub fn format(width: u32, height: u32, chroma: Chroma, depth: u8) -> VideoFormat {
    VideoFormat {
        chroma,
        depth,
        ..VideoFormat::new(width, height, Ratio::new(25, 1))
    }
}

/// A texture that moves by a pixel and a half a frame, with a square that moves the other way.
pub fn moving(format: &VideoFormat, count: usize) -> Vec<VideoFrame> {
    (0..count).map(|index| frame(format, index, false)).collect()
}

/// Three frames of one scene, and three of another.
pub fn cut(format: &VideoFormat) -> Vec<VideoFrame> {
    let scenes = [false, false, false, true, true, true];
    scenes
        .into_iter()
        .enumerate()
        .map(|(index, is_other)| frame(format, index, is_other))
        .collect()
}

/// A frame of one scene or, of another: steep checks in place of waves.
fn frame(format: &VideoFormat, index: usize, is_other: bool) -> VideoFrame {
    let unit = f64::from(1u32 << (format.depth - 8));
    let planes = (0..format.chroma.planes()).map(|plane| {
        let [width, height] = format.plane_size(plane);
        let scale = f64::from(format.width) / width as f64;
        let by = index as f64 * 1.5;
        let sample = |at: usize| {
            let (x, y) = ((at % width) as f64 * scale, (at / width) as f64 * scale);
            let inside = (x - 30.0 + by).abs() < 12.0 && (y - 30.0).abs() < 12.0;
            let moved = if inside { x + by } else { x - by };
            let x = moved;
            let wave = match is_other {
                false => (x * 0.21 + y * 0.09).sin() + (x * 0.047 - y * 0.31).cos() + (x * y * 0.003).sin(),
                true => ((x * 0.8 + y * 1.1).sin() + (x * y * 0.02).cos()).signum() * 2.5,
            };
            let contrast = if plane == 0 { 30.0 } else { 9.0 };
            ((120.0 + contrast * wave) * unit).round() as u16
        };
        (0..width * height).map(sample).collect()
    });
    VideoFrame::new(format, planes.collect(), index as u64).unwrap()
}

/// Frames one after the other: kind, length in 32 bits, bytes.
pub fn packed(frames: &[EncodedFrame]) -> Vec<u8> {
    let mut out = Vec::new();
    for frame in frames {
        out.push(frame.kind as u8);
        out.extend((frame.bytes.len() as u32).to_le_bytes());
        out.extend(&frame.bytes);
    }
    out
}

pub fn unpacked(mut bytes: &[u8]) -> Vec<(FrameKind, Vec<u8>)> {
    let mut frames = Vec::new();
    while let Some((&[kind, a, b, c, d], rest)) = bytes.split_first_chunk() {
        let kind = if kind == 0 {
            FrameKind::Key
        } else {
            FrameKind::Predicted
        };
        let (frame, rest) = rest.split_at(u32::from_le_bytes([a, b, c, d]) as usize);
        frames.push((kind, frame.to_vec()));
        bytes = rest;
    }
    frames
}

pub fn pixels_hash(frames: &[VideoFrame]) -> String {
    let samples = frames.iter().flat_map(|frame| frame.planes().iter().flatten());
    let bytes: Vec<u8> = samples.flat_map(|sample| sample.to_le_bytes()).collect();
    lmc_codec::weights::hash_of(&bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
