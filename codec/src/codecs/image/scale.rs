//! Sizes that images are decoded in.

/// The size that an image is decoded in. A pixel of a small version stands for a block of pixels; how it is made of them
/// is the codec's choice: the low-pass of its wavelet, or the mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scale {
    /// As it was encoded.
    #[default]
    Full,
    /// Half of width and height.
    Half,
    /// A quarter of width and height.
    Quarter,
    /// An eighth of width and height.
    Eighth,
}

impl Scale {
    /// The power of two that width and height are divided by.
    pub fn levels(self) -> usize {
        match self {
            Self::Full => 0,
            Self::Half => 1,
            Self::Quarter => 2,
            Self::Eighth => 3,
        }
    }

    /// A length in this size: divided, rounded up.
    pub fn of(self, length: usize) -> usize {
        length.div_ceil(1 << self.levels())
    }
}
