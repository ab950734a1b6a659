use super::method::Method;
use super::tile::*;
use crate::container::write_leb;
use proptest::prelude::*;

/// A tile with edges, gradients and some noise.
fn scene(width: usize, height: usize, channels: usize, max: u16) -> Tile {
    let mut seed = 7u32;
    let mut noise = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        u64::from(seed >> 28)
    };
    let mut plane = |channel: usize| {
        let mut sample = |at: usize| {
            let (y, x) = (at / width, at % width);
            let edge = if x * 2 > y + width / 2 { 90 } else { 0 };
            let level = (2 * x + y + edge + 20 * channel) as u64 * u64::from(max) / 700;
            (level + noise() * u64::from(max) / 2000).min(u64::from(max)) as u16
        };
        (0..width * height).map(&mut sample).collect()
    };
    let planes = (0..channels).map(&mut plane).collect();
    Tile { width, height, planes }
}

fn there_and_back(tile: &Tile, max: u16) -> usize {
    let sizes = [Method::Plain, Method::Recursive].map(|method| {
        let bytes = compress(tile.clone(), method).unwrap();
        let size = [tile.height, tile.width];
        assert!(decompress(&bytes, size, tile.planes.len(), (max, method)).unwrap() == *tile);
        bytes.len()
    });
    sizes[1]
}

#[test]
fn tiles_come_back() {
    for (width, height) in [(1, 1), (1, 9), (9, 1), (2, 2), (64, 33)] {
        for channels in [1, 3] {
            for max in [255, 65_535] {
                there_and_back(&scene(width, height, channels, max), max);
            }
        }
    }
}

#[test]
fn flat_tiles_and_unused_bits_cost_nothing() {
    let flat = Tile {
        width: 64,
        height: 64,
        planes: vec![vec![77; 64 * 64]; 3],
    };
    assert_eq!(there_and_back(&flat, 255), 3);
    let eight = scene(64, 64, 1, 255);
    let mut sixteen = eight.clone();
    sixteen.planes[0].iter_mut().for_each(|sample| *sample *= 257);
    let (small, large) = (there_and_back(&eight, 255), there_and_back(&sixteen, 65_535));
    assert!(large <= small + 6, "{large} for {small} bytes");
}

#[test]
fn planes_that_change_alike_are_cheap() {
    let one = scene(64, 64, 1, 255);
    let planes = [0, 10, 20].map(|more| one.planes[0].iter().map(|&v| v / 2 + more).collect());
    let three = Tile {
        planes: planes.to_vec(),
        ..one
    };
    let gray = Tile {
        planes: vec![three.planes[0].clone()],
        ..three
    };
    let (one, three) = (there_and_back(&gray, 255), there_and_back(&three, 255));
    assert!(three < one * 3 / 2, "{three} bytes for three planes, {one} for one");
}

#[test]
fn levels_out_of_range_are_refused() {
    for levels in [[0, 1, 256], [255, 1, 1], [0, 0, 1], [0, 2, 0], [1, 127, 3]] {
        let mut bytes = Vec::new();
        levels.iter().for_each(|&value| write_leb(&mut bytes, value));
        assert!(
            decompress(&bytes, [4, 4], 1, (255, Method::Recursive)).is_err(),
            "{levels:?}"
        );
    }
}

#[test]
fn every_cut_is_an_error() {
    let tile = scene(16, 16, 3, 255);
    let bytes = compress(tile, Method::Recursive).unwrap();
    for length in 0..bytes.len() {
        assert!(
            decompress(&bytes[..length], [16, 16], 3, (255, Method::Recursive)).is_err(),
            "{length} bytes"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn noise_comes_back(width in 1usize..24, height in 1usize..24, channels in prop::bool::ANY, deep in prop::bool::ANY, seed in any::<u32>()) {
        let (max, shift) = if deep { (65_535, 16) } else { (255, 24) };
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> shift) as u16
        };
        let channels = if channels { 3 } else { 1 };
        let planes = (0..channels).map(|_| (0..width * height).map(|_| next()).collect()).collect();
        there_and_back(&Tile { width, height, planes }, max);
    }

    #[test]
    fn any_bytes_give_samples_in_range_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        for method in [Method::Plain, Method::Recursive] {
            if let Ok(tile) = decompress(&bytes, [8, 8], 3, (255, method)) {
                prop_assert!(tile.planes.iter().flatten().all(|&sample| sample <= 255));
            }
        }
    }
}
