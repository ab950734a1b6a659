//! Texture that a code vector lost, as noise: the same on every machine, for its seed is in the symbols.
//!
//! A node knows how much energy its cells lose in each group of bands, in luma. Noise of that energy looks more like the
//! original than nothing does.

use std::sync::OnceLock;

use lmc_kernels::packet::{BANDS, frequency};

use super::CELL_BANDS;
use super::params::TEXTURE_MAX;

/// Groups of bands whose energy a node knows.
pub const GROUPS: usize = 12;
/// Luma bands of a position.
const LUMA: usize = BANDS / 3;
/// The standard deviation of [`noise`] times 256.
const DEVIATION: i64 = 37_837;

/// The group of each luma band of a position: three directions at four distances. The low-pass has none.
pub(super) fn groups() -> &'static [Option<usize>; LUMA] {
    static GROUPS_OF: OnceLock<[Option<usize>; LUMA]> = OnceLock::new();
    GROUPS_OF.get_or_init(|| std::array::from_fn(|band| group(frequency(3 * band))))
}

fn group([row, column]: [usize; 2]) -> Option<usize> {
    let distance = match row.max(column) {
        0 => return None,
        1 => 0,
        2..=3 => 1,
        4..=5 => 2,
        _ => 3,
    };
    let direction = match (2 * row + 1, 2 * column + 1) {
        (row, column) if row >= 2 * column => 0,
        (row, column) if column >= 2 * row => 1,
        _ => 2,
    };
    Some(3 * distance + direction)
}

/// The amplitude of a level: a quarter of an octave for each step, with 13 fractional bits as bands have. Level 0 is none.
pub(super) fn amplitude(level: u8) -> i64 {
    const QUARTERS: [i64; 4] = [65_536, 77_936, 92_682, 110_218];
    match u32::from(level) {
        0 => 0,
        level => QUARTERS[level as usize % 4] << (level / 4).min(11) >> 16,
    }
}

/// The level whose amplitude is nearest to one of `bands` with 13 fractional bits.
pub(super) fn level(value: f64) -> u8 {
    (4.0 * value.max(1e-9).log2()).round().clamp(0.0, 47.0) as u8
}

/// A well mixed function of two numbers (the finaliser of MurmurHash3).
pub(super) fn mixed(seed: u32, at: u32) -> u32 {
    let mut x = seed ^ at.wrapping_mul(0x9e37_79b9);
    x = (x ^ (x >> 16)).wrapping_mul(0x85eb_ca6b);
    x = (x ^ (x >> 13)).wrapping_mul(0xc2b2_ae35);
    x ^ (x >> 16)
}

/// The sum of four random bytes, centred: about Gaussian.
fn noise(hash: u32) -> i64 {
    hash.to_le_bytes().iter().map(|&byte| i64::from(byte)).sum::<i64>() - 510
}

/// What a band of unit energy has in the integers of the inverse packet, with 16 fractional bits.
fn scales() -> &'static [i64; LUMA] {
    static SCALES: OnceLock<[i64; LUMA]> = OnceLock::new();
    SCALES.get_or_init(|| std::array::from_fn(|band| UNSCALED[lifts(3 * band)]))
}

/// 1.1496044^(2 n) for `n` of -3 to 3, with 16 fractional bits.
const UNSCALED: [i64; 7] = [28_392, 37_522, 49_589, 65_536, 86_612, 114_465, 151_276];

/// How often a band went through two high-passes, less how often through two low-passes, and 3.
fn lifts(band: usize) -> usize {
    let of = |quarter: usize| match quarter {
        0 => 0,
        3 => 2,
        _ => 1,
    };
    of(band / 48) + of(band / 12 % 4) + of(band / 3 % 4)
}

/// Adds the texture of a cell to its four positions of bands: `levels` of its node, at a strength in sixteenths.
pub(super) fn add(bands: [&mut [i16]; 4], levels: &[u8], seed: u32, strength: u8) {
    if strength == 0 || levels.iter().all(|level| *level == 0) {
        return;
    }
    // 16 bits of the scale, 4 of the strength, 8 of the deviation.
    let strength = i64::from(strength.min(TEXTURE_MAX));
    let factors: [i64; LUMA] = std::array::from_fn(|band| {
        let level = groups()[band].and_then(|group| levels.get(group)).copied().unwrap_or(0);
        amplitude(level) * strength * scales()[band] * 16 / DEVIATION
    });
    for (place, position) in bands.into_iter().enumerate() {
        let (colours, _) = position.as_chunks_mut::<3>();
        for (band, (colours, factor)) in colours.iter_mut().zip(factors).enumerate() {
            if factor != 0 {
                let hash = mixed(seed, (place * LUMA + band) as u32);
                let value = ((noise(hash) * factor + (1 << 15)) >> 16) as i32;
                *colours = colours.map(|old| (i32::from(old) + value).clamp(-32_767, 32_767) as i16);
            }
        }
    }
}

/// Where the luma of a band of a cell lies: position, band.
pub(super) fn place(at: usize) -> [usize; 2] {
    debug_assert!(at < CELL_BANDS / 3);
    [at / LUMA, at % LUMA]
}

#[cfg(test)]
mod tests {
    use super::*;
    use lmc_kernels::packet::exact::unscaled;

    #[test]
    fn scales_are_those_of_the_inverse_packet() {
        for band in 0..LUMA {
            let wanted = unscaled(3 * band) * 65_536.0;
            assert!((scales()[band] as f64 - wanted).abs() < 2.0, "{band}: {wanted}");
        }
    }

    #[test]
    fn levels_are_those_of_amplitudes() {
        for wanted in 20..48 {
            assert_eq!(level(amplitude(wanted) as f64), wanted);
        }
        assert_eq!((level(0.0), amplitude(0)), (0, 0));
    }

    #[test]
    fn texture_has_the_energy_that_was_asked_for() {
        let (mut sum, mut count) = (0.0, 0.0);
        for seed in 0..200 {
            let mut bands = vec![vec![0i16; BANDS]; 4];
            let mut parts = bands.iter_mut();
            let parts = std::array::from_fn(|_| parts.next().map_or(&mut [][..], |part| &mut part[..]));
            add(parts, &[30; GROUPS], mixed(7, seed), TEXTURE_MAX);
            for position in &bands {
                for (band, colours) in position.as_chunks::<3>().0.iter().enumerate() {
                    assert!(colours[0] == colours[1] && colours[1] == colours[2]);
                    let value = f64::from(colours[0]) / unscaled(3 * band);
                    sum += value * value;
                    count += if groups()[band].is_some() { 1.0 } else { 0.0 };
                }
            }
        }
        let (found, wanted) = ((sum / count).sqrt(), amplitude(30) as f64);
        assert!((found / wanted - 1.0).abs() < 0.03, "{found} for {wanted}");
    }

    #[test]
    fn every_band_but_the_lowest_has_a_group() {
        assert_eq!(groups().iter().filter(|group| group.is_none()).count(), 1);
        assert!((0..GROUPS).all(|group| groups().contains(&Some(group))));
    }
}
