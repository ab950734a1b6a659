//! What crosses between images and transforms.

/// A window of an image as planes.
#[derive(Debug, Clone, PartialEq)]
pub struct Planes {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// Planar RGB `[3, height, width]`, 0..1.
    pub data: Vec<f32>,
}
