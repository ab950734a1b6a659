//! A pair of channels, turned so that the first has as much of the sound as it can.

use std::f32::consts::PI;

use lmc_entropy::audio::{ANGLES, BANDS, bands_of};
use lmc_kernels::functions::sin_cos_f32;

/// Cosine and sine of an angle.
fn direction(angle: u8) -> (f32, f32) {
    let (sine, cosine) = sin_cos_f32(f32::from(angle) * PI / ANGLES as f32);
    (cosine, sine)
}

/// For each band of the longest block the angle nearest to the main axis of the pair, over all blocks of a packet.
pub(super) fn angles<'a>(blocks: impl Iterator<Item = (usize, &'a [f32], &'a [f32])>) -> Vec<u8> {
    let mut moments = [[0.0f64; 3]; BANDS];
    for (class, left, right) in blocks {
        let bands = bands_of(class);
        for (band, place) in bands.places.iter().enumerate() {
            let moment = &mut moments[(place / 16) as usize % BANDS];
            for (&l, &r) in left[bands.range(band)].iter().zip(&right[bands.range(band)]) {
                moment[0] += f64::from(l * l);
                moment[1] += f64::from(r * r);
                moment[2] += f64::from(l * r);
            }
        }
    }
    let angle = |&[left, right, both]: &[f64; 3]| {
        let angle = 0.5 * (2.0 * both).atan2(left - right) / std::f64::consts::PI * ANGLES as f64;
        (angle.round() as i32).rem_euclid(ANGLES as i32) as u8
    };
    moments.iter().map(angle).collect()
}

/// Turns a pair of blocks by the angles of their bands; `back` undoes it.
pub(super) fn turn(class: usize, angles: &[u8], left: &mut [f32], right: &mut [f32], back: bool) {
    let bands = bands_of(class);
    for (band, place) in bands.places.iter().enumerate() {
        let angle = angles.get((place / 16) as usize).copied().unwrap_or(0);
        let (cosine, mut sine) = direction(angle);
        if back {
            sine = -sine;
        }
        let range = bands.range(band).end.min(left.len());
        let range = bands.range(band).start.min(range)..range;
        for (l, r) in left[range.clone()].iter_mut().zip(&mut right[range]) {
            (*l, *r) = (cosine * *l + sine * *r, cosine * *r - sine * *l);
        }
    }
}
