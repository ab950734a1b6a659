//! The mel scale, on which equal steps sound about equally wide.

/// The place of a frequency on the scale.
///
/// ```
/// use lmc_kernels::fft::{hertz, mel};
///
/// assert!((mel(1000.0) - 1000.0).abs() < 0.1);
/// assert!((hertz(mel(440.0)) - 440.0).abs() < 1e-9);
/// ```
pub fn mel(hertz: f64) -> f64 {
    2595.0 * (1.0 + hertz / 700.0).log10()
}

/// The frequency at a place on the scale.
pub fn hertz(mel: f64) -> f64 {
    700.0 * (10f64.powf(mel / 2595.0) - 1.0)
}
