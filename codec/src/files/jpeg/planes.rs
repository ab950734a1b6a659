//! The samples of the components of a frame, and before that the coefficients of progressive ones.

use super::frame::{Component, Frame, error};
use super::idct;
use crate::error::Result;

/// One component.
#[derive(Debug, Default)]
pub(super) struct Plane {
    /// Samples of a row, with those that fill up the last MCU.
    pub(super) stride: usize,
    /// Samples row by row.
    pub(super) samples: Vec<u8>,
    /// The coefficients of all blocks, if the frame is progressive.
    coefficients: Vec<[i16; 64]>,
    quantiser: Option<[u16; 64]>,
}

/// What samples of 8 bits become at most, four times. Libraries calculate with 16 bits and wrap around beyond.
const MOST: u32 = 4096;

/// All components of a frame.
#[derive(Debug)]
pub(super) struct Planes {
    pub(super) planes: Vec<Plane>,
    /// Whether there are coefficients that no samples can have.
    pub(super) is_beyond: bool,
    padded: Vec<[usize; 2]>,
    progressive: bool,
}

impl Planes {
    pub(super) fn new(frame: &Frame) -> Self {
        let count = frame.components.len();
        Self {
            planes: (0..count).map(|_| Plane::default()).collect(),
            padded: (0..count).map(|index| frame.padded(index)).collect(),
            progressive: frame.progressive,
            is_beyond: false,
        }
    }

    /// Whether there was a scan of every component.
    pub(super) fn are_all_begun(&self) -> bool {
        self.planes.iter().all(|plane| plane.quantiser.is_some())
    }

    /// Makes room for component `index` when its first scan begins: from then on its quantiser stays the same.
    pub(super) fn begin(&mut self, index: usize, quantiser: Option<&[u16; 64]>) -> Result<()> {
        let ([across, down], plane) = (self.padded[index], &mut self.planes[index]);
        if plane.quantiser.is_some() {
            return Ok(());
        }
        plane.quantiser = Some(*quantiser.ok_or_else(|| error("a scan needs a quantiser that is not there"))?);
        plane.stride = 8 * across;
        match self.progressive {
            true => plane.coefficients = vec![[0; 64]; across * down],
            false => plane.samples = vec![128; 64 * across * down],
        }
        Ok(())
    }

    /// The coefficients of a block.
    pub(super) fn coefficients(&mut self, index: usize, x: usize, y: usize) -> Option<&mut [i16; 64]> {
        let plane = &mut self.planes[index];
        plane.coefficients.get_mut(y * (plane.stride / 8) + x)
    }

    /// Sets the samples of a block from its coefficients.
    pub(super) fn put(&mut self, index: usize, x: usize, y: usize, coefficients: &[i16; 64]) {
        let plane = &mut self.planes[index];
        if let Some(quantiser) = &plane.quantiser {
            self.is_beyond |= is_beyond(coefficients, quantiser);
            let samples = idct::block(coefficients, quantiser);
            put_rows(&mut plane.samples, plane.stride, 8 * x, 8 * y, &samples);
        }
    }

    /// Turns coefficients into samples, once all scans are read.
    pub(super) fn finish(&mut self) {
        for plane in self.planes.iter_mut().filter(|_| self.progressive) {
            let coefficients = std::mem::take(&mut plane.coefficients);
            plane.samples = vec![128; 64 * coefficients.len()];
            let (across, quantiser) = (plane.stride / 8, plane.quantiser.unwrap_or([1; 64]));
            let rows = plane.samples.chunks_exact_mut((64 * across).max(1));
            for (blocks, rows) in coefficients.chunks_exact(across.max(1)).zip(rows) {
                for (x, block) in blocks.iter().enumerate() {
                    self.is_beyond |= is_beyond(block, &quantiser);
                    put_rows(rows, 8 * across, 8 * x, 0, &idct::block(block, &quantiser));
                }
            }
        }
    }
}

/// Whether a block has coefficients that no samples can have.
fn is_beyond(coefficients: &[i16; 64], quantiser: &[u16; 64]) -> bool {
    let steps = coefficients.iter().zip(quantiser);
    let sizes = steps.map(|(&value, &step)| u32::from(value.unsigned_abs()) * u32::from(step));
    sizes.fold(0, u32::max) > MOST
}

fn put_rows(samples: &mut [u8], stride: usize, x: usize, y: usize, block: &[u8; 64]) {
    for (row, values) in block.chunks_exact(8).enumerate() {
        let at = (y + row) * stride + x;
        if let Some(place) = samples.get_mut(at..at + 8) {
            place.copy_from_slice(values);
        }
    }
}

impl Plane {
    /// The samples of row `y` that are shown.
    pub(super) fn row(&self, component: &Component, y: usize) -> &[u8] {
        let at = y.min(component.height.saturating_sub(1)) * self.stride;
        self.samples.get(at..at + component.width).unwrap_or_default()
    }
}
