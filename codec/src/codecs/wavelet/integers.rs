//! The border between transforms and prior: latents as integers, and back.

use lmc_kernels::isa::Isa;

/// Fractional bits of latents on their way to the prior.
const LATENT_BITS: u32 = 8;
/// Fractional bits of decoded latents.
pub const DECODED_BITS: u32 = 4;
/// The largest magnitude of a latent, so that decoded ones fit 16 bits.
const LATENT_MAX: f32 = 2040.0;
/// The largest magnitude of a hyper-latent.
const HYPER_MAX: f32 = 500.0;

/// Hyper-latents as the integers that are coded.
pub fn hyper_integers(z: &[f32]) -> Vec<i16> {
    z.iter()
        .map(|value| value.round().clamp(-HYPER_MAX, HYPER_MAX) as i16)
        .collect()
}

/// Latents as the integers that the prior takes, with 8 fractional bits.
pub fn latent_integers(latents: &[f32]) -> Vec<i32> {
    let scale = (1u32 << LATENT_BITS) as f32;
    let mut y = vec![0; latents.len()];
    Isa::best().run(
        #[inline(always)]
        || {
            for (to, from) in y.iter_mut().zip(latents) {
                *to = (from.clamp(-LATENT_MAX, LATENT_MAX) * scale).round() as i32;
            }
        },
    );
    y
}

/// The values of decoded latents, which have 4 fractional bits.
pub fn latent_values(y_hat: &[i16]) -> Vec<f32> {
    let scale = 1.0 / (1u32 << DECODED_BITS) as f32;
    y_hat.iter().map(|value| f32::from(*value) * scale).collect()
}
