//! The size of a feature map.

/// The size of a batch of channel-last feature maps, `[batch, height, width, channels]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Map {
    /// Maps.
    pub batch: usize,
    /// Rows of a map.
    pub height: usize,
    /// Positions of a row.
    pub width: usize,
    /// Values of a position.
    pub channels: usize,
}

impl Map {
    /// Values in all.
    pub fn len(&self) -> usize {
        self.batch * self.picture()
    }

    /// Whether there is no value.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Values of a row.
    pub fn row(&self) -> usize {
        self.width * self.channels
    }

    /// Values of one map of the batch.
    pub fn picture(&self) -> usize {
        self.height * self.row()
    }

    /// The same positions with other channels.
    pub fn with_channels(self, channels: usize) -> Self {
        Self { channels, ..self }
    }

    /// Stops the program if `x` has another length.
    pub(super) fn check(&self, x: &[f32]) {
        assert_eq!(x.len(), self.len(), "values of a feature map of {self:?}");
    }
}
