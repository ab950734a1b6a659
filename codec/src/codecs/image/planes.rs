//! What crosses between images and transforms.

pub use crate::media::image::ONE;

/// A window of an image as planes.
#[derive(Debug, Clone, PartialEq)]
pub struct Planes<T = f32> {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// Planar RGB `[3, height, width]`: floats of 0..1, or integers of 0..=[`ONE`].
    pub data: Vec<T>,
}

impl Planes {
    /// The same pixels as integers, rounded; values far out of range are cut off.
    pub fn in_integers(&self) -> Planes<i32> {
        Planes {
            height: self.height,
            width: self.width,
            data: self
                .data
                .iter()
                .map(|value| (value * ONE as f32).round() as i32)
                .collect(),
        }
    }
}
