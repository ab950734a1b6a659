//! Latents before they are integers.

/// Latents of a window, scaled by the gain and not yet rounded.
#[derive(Debug, Clone, PartialEq)]
pub struct LatentField {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// Channels.
    pub channels: usize,
    /// `[height, width, channels]`
    pub data: Vec<f32>,
}

impl LatentField {
    /// The values of a larger field that repeats the last row and column.
    pub fn extended(&self, height: usize, width: usize) -> Vec<f32> {
        let mut data = Vec::with_capacity(height * width * self.channels);
        for row in 0..height {
            let start = row.min(self.height - 1) * self.width * self.channels;
            data.extend_from_slice(&self.data[start..start + self.width * self.channels]);
            for _ in self.width..width {
                data.extend_from_within(data.len() - self.channels..);
            }
        }
        data
    }
}
