//! Rows of pixels from components: those of fewer samples are widened as libjpeg does it, so that pixels agree.

use super::frame::{Component, Frame};
use super::planes::Plane;

/// One component of row `y` of the pixels, in the width of the frame.
pub(super) fn widened(frame: &Frame, component: &Component, plane: &Plane, y: usize, out: &mut Vec<u8>) {
    out.clear();
    let (across, down) = (frame.h_max / component.h, frame.v_max / component.v);
    let is_whole = frame.h_max.is_multiple_of(component.h) && frame.v_max.is_multiple_of(component.v);
    let at = y * component.v / frame.v_max;
    match (across, down) {
        _ if !is_whole => {
            let row = plane.row(component, at);
            let places = (0..frame.width).map(|x| x * component.h / frame.h_max);
            out.extend(places.filter_map(|place| row.get(place)));
        }
        (1, 1) => out.extend_from_slice(plane.row(component, at)),
        (2, 1) if component.width > 2 => smooth_row(plane.row(component, at), out),
        (1, 2) => smooth_column(plane.row(component, at), plane.row(component, beside(at, y)), y, out),
        (2, 2) if component.width > 2 => {
            smooth_both(plane.row(component, at), plane.row(component, beside(at, y)), out);
        }
        _ => {
            let row = plane.row(component, at);
            out.extend(row.iter().flat_map(|&sample| std::iter::repeat_n(sample, across)));
        }
    }
    out.resize(frame.width, out.last().copied().unwrap_or(128));
}

/// The row beside row `at` that is nearer to row `y` of the pixels.
fn beside(at: usize, y: usize) -> usize {
    if y.is_multiple_of(2) {
        at.saturating_sub(1)
    } else {
        at + 1
    }
}

/// Twice as wide: each sample weighs three times its neighbour.
fn smooth_row(row: &[u8], out: &mut Vec<u8>) {
    let at = |i: usize| u16::from(row[i.min(row.len() - 1)]);
    for i in 0..row.len() {
        let before = at(i.saturating_sub(1));
        let (first, last) = (i == 0, i + 1 == row.len());
        out.push(if first {
            row[i]
        } else {
            ((3 * at(i) + before + 1) >> 2) as u8
        });
        out.push(if last {
            row[i]
        } else {
            ((3 * at(i) + at(i + 1) + 2) >> 2) as u8
        });
    }
}

/// A row between two.
fn smooth_column(row: &[u8], beside: &[u8], y: usize, out: &mut Vec<u8>) {
    let bias = 1 + (y % 2) as u16;
    let pairs = row.iter().zip(beside);
    out.extend(pairs.map(|(&near, &far)| ((3 * u16::from(near) + u16::from(far) + bias) >> 2) as u8));
}

/// Both: a row between two, twice as wide.
fn smooth_both(row: &[u8], beside: &[u8], out: &mut Vec<u8>) {
    let Some(last) = row.len().checked_sub(1) else { return };
    let sum = |i: usize| 3 * u16::from(row[i]) + u16::from(beside[i]);
    let mut before = sum(0);
    let mut this = before;
    for i in 0..=last {
        let next = if i < last { sum(i + 1) } else { this };
        let first = if i == 0 { 4 * this + 8 } else { 3 * this + before + 8 };
        let second = if i == last { 4 * this + 7 } else { 3 * this + next + 7 };
        out.extend([(first >> 4) as u8, (second >> 4) as u8]);
        (before, this) = (this, next);
    }
}

/// Red, green and blue of luma and two chroma samples.
pub(super) fn rgb(y: u8, cb: u8, cr: u8) -> [u8; 3] {
    const HALF: i32 = 1 << 15;
    let (y, cb, cr) = (i32::from(y), i32::from(cb) - 128, i32::from(cr) - 128);
    let clamp = |value: i32| value.clamp(0, 255) as u8;
    [
        clamp(y + ((91_881 * cr + HALF) >> 16)),
        clamp(y + ((-22_554 * cb - 46_802 * cr + HALF) >> 16)),
        clamp(y + ((116_130 * cb + HALF) >> 16)),
    ]
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn rows_are_widened_smoothly() {
        let mut out = Vec::new();
        smooth_row(&[0, 100, 200], &mut out);
        assert_eq!(out, [0, 25, 75, 125, 175, 200]);
        out.clear();
        smooth_column(&[0, 100], &[100, 0], 1, &mut out);
        assert_eq!(out, [25, 75]);
        out.clear();
        smooth_both(&[16, 32, 48], &[16, 32, 48], &mut out);
        assert_eq!(out, [16, 20, 28, 36, 44, 48]);
        assert_eq!(
            [rgb(128, 128, 128), rgb(0, 0, 255), rgb(255, 255, 0)],
            [[128; 3], [178, 0, 0], [76, 255, 255]]
        );
    }
}
