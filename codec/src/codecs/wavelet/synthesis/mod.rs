//! The synthesis in integers: from decoded latents to pixels, the same on every machine.
//!
//! ```text
//! y_hat -> x gain -> up: 1x1 4 C -> depth to space -> blocks -> output: 1x1 192 -> + -> bands -> inverse packet
//!                 -> skip: 1x1 4 * 192 -> depth to space ------------------------->
//! ```

mod bytes;
mod filters;
mod gains;
mod net;
mod spec;
#[cfg(test)]
mod tests;

pub(crate) use bytes::{linear_from_bytes, linear_to_bytes};
pub use gains::Gain;
pub use net::IntegerSynthesis;
pub use spec::{FilterSpec, GainSpec, SynthesisSpec};

use crate::quality::Quality;

/// The two anchors beside a quality, and how far it is from the first to the second in units of 1 / 10000.
pub(crate) fn place(quality: Quality, anchors: usize) -> (usize, i64) {
    let max = usize::from(Quality::MAX);
    let position = usize::from(quality.hundredths()) * (anchors - 1);
    let low = (position / max).min(anchors - 2);
    (low, (position - low * max) as i64)
}

/// What lies between two values, `share / 10000` of the way, rounded.
pub(crate) fn between(low: i32, high: i32, share: i64) -> i32 {
    let max = i64::from(Quality::MAX);
    let way = (i64::from(high) - i64::from(low)) * share + max / 2;
    (i64::from(low) + way.div_euclid(max)) as i32
}
