//! Round trips of alpha planes, and bytes that are no alpha plane.

use super::*;
use proptest::prelude::*;

fn round_trip(samples: &[u16], width: usize, depth: Depth) -> usize {
    let bytes = compress(samples, width, depth).unwrap();
    let back = decompress(&bytes, width, samples.len() / width, depth).unwrap();
    assert_eq!(back, samples);
    bytes.len()
}

#[test]
fn one_value_costs_a_few_bytes() {
    for (depth, value, bytes) in [
        (Depth::Eight, 255, 1),
        (Depth::Sixteen, 65_535, 1),
        (Depth::Eight, 0, 2),
        (Depth::Eight, 254, 3),
        (Depth::Sixteen, 65_534, 4),
    ] {
        assert_eq!(round_trip(&[value; 64 * 64], 64, depth), bytes);
    }
}

#[test]
fn a_soft_disc_costs_little() {
    let side = 256i32;
    let sample = |at: i32| {
        let (x, y) = (at % side - 128, at / side - 128);
        let distance = f64::from(x * x + y * y).sqrt();
        ((100.0 - distance) * 64.0).clamp(0.0, 255.0) as u16
    };
    let samples: Vec<u16> = (0..side * side).map(sample).collect();
    let bytes = round_trip(&samples, side as usize, Depth::Eight);
    assert!(bytes < 2300, "{bytes} bytes");
}

#[test]
fn a_hard_mask_costs_little() {
    let side = 256usize;
    let samples: Vec<u16> = (0..side * side)
        .map(|at| if (at % side + at / side / 3) % 90 < 40 { 255 } else { 0 })
        .collect();
    let bytes = round_trip(&samples, side, Depth::Eight);
    assert!(bytes < 1200, "{bytes} bytes");
}

#[test]
fn noise_costs_no_more_than_itself() {
    let mut state = 1u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 16) as u16
    };
    let samples: Vec<u16> = (0..64 * 64).map(|_| next()).collect();
    assert_eq!(round_trip(&samples, 64, Depth::Sixteen), 1 + 2 * 64 * 64);
    let samples: Vec<u16> = samples.iter().map(|sample| sample >> 8).collect();
    assert_eq!(round_trip(&samples, 64, Depth::Eight), 1 + 64 * 64);
}

#[test]
fn wrong_lengths_and_codings_are_refused() {
    let wrong: [&[u8]; 8] = [
        &[],
        &[0, 0],
        &[1],
        &[1, 0x80, 0x02],
        &[1, 7, 7],
        &[2, 1, 2, 3],
        &[4],
        &[3],
    ];
    for bytes in wrong {
        assert!(decompress(bytes, 2, 2, Depth::Eight).is_err(), "{bytes:?}");
    }
    assert!(decompress(&[2, 1, 2, 3, 4], 2, 2, Depth::Eight).is_ok());
    assert!(decompress(&[2, 1, 2, 3, 4], 2, 2, Depth::Sixteen).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_plane_comes_back(
        width in 1usize..40,
        height in 1usize..40,
        values in prop::collection::vec(any::<u16>(), 1..6),
        picks in prop::collection::vec(any::<u8>(), 1600),
        sixteen in any::<bool>(),
    ) {
        let depth = if sixteen { Depth::Sixteen } else { Depth::Eight };
        // Few values in runs, as alpha has, and now and then noise.
        let samples: Vec<u16> = picks[..width * height]
            .iter()
            .scan(0usize, |at, &pick| {
                if pick > 200 {
                    *at = usize::from(pick);
                }
                Some(values[*at % values.len()].wrapping_add(u16::from(pick == 255)) & depth.max())
            })
            .collect();
        round_trip(&samples, width, depth);
    }

    #[test]
    fn random_bytes_are_refused_or_decode(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        for depth in [Depth::Eight, Depth::Sixteen] {
            if let Ok(samples) = decompress(&bytes, 16, 16, depth) {
                prop_assert_eq!(samples.len(), 256);
                prop_assert!(samples.iter().all(|&sample| sample <= depth.max()));
            }
        }
    }
}
