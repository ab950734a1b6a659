//! Layers of the approximate world on slices of `f32`: linear layers, depthwise convolutions, residual blocks and changes of
//! resolution, over channel-last feature maps.
//!
//! A layer is prepared once, with its weights packed for the inner loops, and run often. Sums have a fixed order and no product is
//! fused with an addition, so that all instruction sets give the same bits.

mod block;
mod depthwise;
mod frames;
mod linear;
mod map;
mod plain;
mod rounded;
mod space;
#[cfg(test)]
mod tests;
#[cfg(target_arch = "x86_64")]
mod x86;

pub use block::{Block, BlockParams};
pub use depthwise::Depthwise;
pub use frames::{TimeTaps, normalise};
pub use linear::{End, Linear, Rounding, Scratch};
pub use map::Map;
pub use space::{from_space, to_space};

use crate::{KernelError, Result};

/// Refuses a length of another value than `wanted`.
fn check_len(what: &'static str, found: usize, wanted: usize) -> Result<()> {
    if found == wanted {
        return Ok(());
    }
    let value = found as i64;
    Err(KernelError::Parameter { what, value })
}
