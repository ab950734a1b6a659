//! Exchanging resolution for channels.

use burn::tensor::Tensor;

/// Gathers 2x2 neighbours into the channels, ordered (row, column, channel).
///
/// # Shapes
/// `[batch, height, width, channels]` to `[batch, height / 2, width / 2, 4 channels]`; height and width even
pub fn space_to_depth(x: Tensor<4>) -> Tensor<4> {
    let [batch, height, width, channels] = x.dims();
    x.reshape([batch, height / 2, 2, width / 2, 2, channels])
        .permute([0, 1, 3, 2, 4, 5])
        .reshape([batch, height / 2, width / 2, 4 * channels])
}

/// The inverse of [`space_to_depth`].
///
/// # Shapes
/// `[batch, height, width, 4 channels]` to `[batch, 2 height, 2 width, channels]`
pub fn depth_to_space(x: Tensor<4>) -> Tensor<4> {
    let [batch, height, width, channels] = x.dims();
    x.reshape([batch, height, width, 2, 2, channels / 4])
        .permute([0, 1, 3, 2, 4, 5])
        .reshape([batch, 2 * height, 2 * width, channels / 4])
}
