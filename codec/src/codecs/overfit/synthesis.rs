//! From planes of latents to samples, in integers.

use rayon::prelude::*;

use super::dense::{Dense, LANES, Lanes};
use super::latents::Plane;
use super::networks::{COLOR_BITS, Networks};
use super::shape::{MOST_GRIDS, MOST_HIDDEN};
use lmc_kernels::isa::Isa;

/// Most colours.
const COLORS: usize = 3;

/// Samples of 0 to 255 of a tile, from planes of its size: rows, columns, colours.
pub(super) fn samples(planes: &[Plane], networks: &Networks, isa: Isa) -> Vec<i16> {
    let Some(Plane { rows, columns, .. }) = planes.first() else {
        return Vec::new();
    };
    let size = [*rows, *columns];
    let mut colors = mixed(planes, networks, size, isa);
    for (at, filter) in networks.filters.iter().enumerate() {
        let last = at + 1 == networks.filters.len();
        colors = filtered(&colors, filter, size, !last, isa);
    }
    let pixels = colors.len() / networks.shape.colors.max(1);
    let mut samples = vec![0; colors.len()];
    for (color, plane) in colors.chunks_exact(pixels).enumerate() {
        let places = samples.iter_mut().skip(color).step_by(networks.shape.colors);
        for (sample, &value) in places.zip(plane) {
            let scaled = i32::from(value) * 255 + (1 << (COLOR_BITS - 1));
            *sample = (scaled >> COLOR_BITS).clamp(0, 255) as i16;
        }
    }
    samples
}

/// The colours of each pixel from the latents there, in planes.
fn mixed(planes: &[Plane], networks: &Networks, [rows, columns]: [usize; 2], isa: Isa) -> Vec<i16> {
    let count = networks.shape.colors;
    let lines: Vec<Vec<i16>> = (0..rows)
        .into_par_iter()
        .map(|row| {
            let mut line = vec![0; count * columns];
            isa.run(
                #[inline(always)]
                || mix_line(planes, networks, row * columns, columns, &mut line),
            );
            line
        })
        .collect();
    let mut colors = vec![0; count * rows * columns];
    for (color, plane) in colors.chunks_exact_mut(rows * columns).enumerate() {
        for (out, line) in plane.chunks_exact_mut(columns).zip(&lines) {
            out.copy_from_slice(&line[color * columns..(color + 1) * columns]);
        }
    }
    colors
}

#[inline(always)]
fn mix_line(planes: &[Plane], networks: &Networks, from: usize, columns: usize, line: &mut [i16]) {
    let mut inputs = [[0; LANES]; MOST_GRIDS];
    let mut hidden = [[0; LANES]; MOST_HIDDEN];
    let mut colors = [[0; LANES]; COLORS];
    for start in (0..columns).step_by(LANES) {
        let count = LANES.min(columns - start);
        for (input, plane) in inputs.iter_mut().zip(planes) {
            load(&plane.values[from + start..from + start + count], input);
        }
        networks
            .mix
            .run(&inputs[..planes.len()], &mut hidden[..networks.mix.outputs()], true);
        networks.color.run(
            &hidden[..networks.mix.outputs()],
            &mut colors[..networks.color.outputs()],
            false,
        );
        for (out, color) in line.chunks_exact_mut(columns).zip(&colors) {
            store(color, &mut out[start..start + count]);
        }
    }
}

/// A filter over all colours of 3x3 pixels. What lies outside is as the nearest pixel inside.
fn filtered(colors: &[i16], filter: &Dense, size: [usize; 2], cut: bool, isa: Isa) -> Vec<i16> {
    let (pixels, columns) = (size[0] * size[1], size[1]);
    let padded: Vec<Vec<i16>> = colors
        .chunks_exact(pixels)
        .map(|plane| surrounded(plane, size))
        .collect();
    let mut out = vec![0; colors.len()];
    let mut lines: Vec<(usize, Vec<&mut [i16]>)> = (0..size[0]).map(|row| (row, Vec::new())).collect();
    for plane in out.chunks_exact_mut(pixels) {
        let rows = plane.chunks_exact_mut(columns);
        rows.zip(&mut lines).for_each(|(row, line)| line.1.push(row));
    }
    lines.par_iter_mut().for_each(|(row, out)| {
        isa.run(
            #[inline(always)]
            || filter_line(&padded, filter, *row * (columns + 2), columns, out, cut),
        );
    });
    out
}

#[inline(always)]
fn filter_line(padded: &[Vec<i16>], filter: &Dense, from: usize, columns: usize, out: &mut [&mut [i16]], cut: bool) {
    let mut inputs = [[0; LANES]; 9 * COLORS];
    let mut outputs = [[0; LANES]; COLORS];
    for start in (0..columns).step_by(LANES) {
        let count = LANES.min(columns - start);
        for (nine, plane) in inputs.chunks_exact_mut(9).zip(padded) {
            for (at, input) in nine.iter_mut().enumerate() {
                let place = from + start + at / 3 * (columns + 2) + at % 3;
                load(&plane[place..place + count], input);
            }
        }
        filter.run(&inputs[..9 * padded.len()], &mut outputs[..padded.len()], cut);
        for (out, values) in out.iter_mut().zip(&outputs) {
            store(values, &mut out[start..start + count]);
        }
    }
}

/// A plane with its edge pixels repeated once all around.
fn surrounded(plane: &[i16], [rows, columns]: [usize; 2]) -> Vec<i16> {
    let mut out = Vec::with_capacity((rows + 2) * (columns + 2));
    for row in 0..rows + 2 {
        let row = row.saturating_sub(1).min(rows - 1) * columns;
        let line = &plane[row..row + columns];
        out.push(line[0]);
        out.extend_from_slice(line);
        out.push(line[columns - 1]);
    }
    out
}

#[inline(always)]
fn load(values: &[i16], lanes: &mut Lanes) {
    lanes
        .iter_mut()
        .zip(values)
        .for_each(|(lane, &value)| *lane = value.into());
}

#[inline(always)]
fn store(lanes: &Lanes, values: &mut [i16]) {
    values
        .iter_mut()
        .zip(lanes)
        .for_each(|(value, &lane)| *value = lane as i16);
}
