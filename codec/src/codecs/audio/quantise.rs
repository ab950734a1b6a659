//! From coefficients to multiples of their steps, and back.

use lmc_entropy::audio::{COEFFICIENT_MAX, Spectrum, Steps, bands_of};

use super::levels::power;
use super::{DecoderSettings, EncoderSettings};

/// The multiples that a block is coded as. Small coefficients become 0, others are rounded a little towards it.
pub(super) fn quantise(
    settings: &EncoderSettings,
    steps: &Steps,
    class: usize,
    block: &[f32],
    levels: Vec<u8>,
    sizes: &[i32],
) -> Spectrum {
    let bands = bands_of(class);
    let mut coefficients = vec![0; bands.edges[levels.len()]];
    for (band, (&level, &step)) in levels.iter().zip(sizes).enumerate() {
        if !steps.is_coded(level, step) {
            continue;
        }
        let inverse = power(-step);
        let range = bands.range(band);
        for at in range {
            let size = block[at].abs() * inverse;
            if size >= settings.dead_zone && size >= settings.dead_zone + settings.thrift * rarity(block, at, inverse) {
                let rounded = ((size + settings.rounding) as i32).clamp(1, COEFFICIENT_MAX);
                coefficients[at] = if block[at] < 0.0 { -rounded } else { rounded };
            }
        }
    }
    Spectrum { levels, coefficients }
}

/// About how many bits more than a 0 a coefficient of 1 costs at this place: many where those beside it are small.
fn rarity(block: &[f32], at: usize, inverse: f32) -> f32 {
    let size = |at: usize| block.get(at).map_or(0.0, |x| x.abs());
    let near = size(at.wrapping_sub(1)) + size(at + 1);
    let far = size(at.wrapping_sub(2)) + size(at + 2);
    let mean = (2.0 * near + far) * inverse / 6.0;
    (0.8 - 1.6 * (mean + 0.03).log2()).clamp(0.0, 7.0)
}

/// Noise that depends on the levels of its block alone, so that any decoder hears the same.
#[derive(Debug)]
pub(super) struct Noise(u32);

impl Noise {
    pub(super) fn new(levels: &[u8], channel: usize) -> Self {
        let mix = |hash: u32, &level: &u8| (hash ^ u32::from(level)).wrapping_mul(0x0100_0193);
        Self(levels.iter().fold(0x811C_9DC5 ^ channel as u32, mix))
    }

    /// A value in -1..=1, all alike.
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 as i32) as f32 / 2_147_483_648.0
    }
}

/// The coefficients of a block, with noise of the energy that is missing where coefficients are 0.
pub(super) fn restore(
    settings: &DecoderSettings,
    steps: &Steps,
    class: usize,
    spectrum: &Spectrum,
    sizes: &[i32],
    noise: &mut Noise,
    block: &mut [f32],
) {
    block.fill(0.0);
    for (band, (&level, &step)) in spectrum.levels.iter().zip(sizes).enumerate() {
        let range = bands_of(class).range(band);
        let part = &mut block[range.clone()];
        if level == 0 {
            continue;
        }
        let (rms, size) = (power(steps.amplitude(level)), power(step));
        let coded = steps.is_coded(level, step);
        let (mut energy, mut zeros) = (0.0, 0);
        for (out, &coefficient) in part.iter_mut().zip(&spectrum.coefficients[range]) {
            if coefficient == 0 {
                zeros += 1;
                continue;
            }
            let count = coefficient.unsigned_abs();
            let towards = settings.towards_zero[(count as usize - 1).min(2)];
            let value = (count as f32 - towards) * size;
            *out = if coefficient < 0 { -value } else { value };
            energy += value * value;
        }
        fill(settings, part, rms, coded.then_some(size), energy, zeros, noise);
    }
}

/// Fills the zeros of a band with noise: of all the energy that is left where nothing else is, else not louder than what
/// becomes 0 usually is.
fn fill(
    settings: &DecoderSettings,
    part: &mut [f32],
    rms: f32,
    step: Option<f32>,
    energy: f32,
    zeros: usize,
    noise: &mut Noise,
) {
    if zeros == 0 {
        return;
    }
    let left = rms * rms * part.len() as f32 - energy;
    let mut wanted = left.max(0.0) / zeros as f32;
    if let Some(step) = step {
        let usual = step * settings.noise_low;
        let most = step * settings.noise_high;
        wanted = wanted.clamp((usual * usual).min(rms * rms), most * most);
        if energy > 0.0 {
            wanted *= settings.noise_mixed * settings.noise_mixed;
        }
    }
    let mut sum = 0.0;
    let mut draw = Vec::with_capacity(zeros);
    for _ in 0..zeros {
        let x = noise.next();
        sum += x * x;
        draw.push(x);
    }
    if sum <= 0.0 {
        return;
    }
    let gain = (wanted * zeros as f32 / sum).sqrt();
    let mut draw = draw.into_iter();
    for out in part.iter_mut().filter(|out| **out == 0.0) {
        *out = gain * draw.next().unwrap_or(0.0);
    }
}
