//! Layers over channel-last feature maps `[batch, height, width, channels]`.

mod block;
mod depthwise;
mod linear;
mod rearrange;

pub use block::Block;
pub use depthwise::Depthwise;
pub use linear::{Linear, Precision};
pub use rearrange::{depth_to_space, space_to_depth};

/// The slope of the leaky ReLU of the transforms for negative values.
pub const TRANSFORM_SLOPE: f32 = 0.1;

/// The slope of the leaky ReLU of the prior: 13/128, which integers compute exactly.
pub const PRIOR_SLOPE: f32 = 13.0 / 128.0;

/// No activation.
pub const NO_ACTIVATION: f32 = 1.0;
