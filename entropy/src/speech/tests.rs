//! There and back, what is learned, and what is refused.

use proptest::prelude::*;

use super::*;

const SHAPE: IndexShape = IndexShape {
    groups: 2,
    books: 6,
    code_bits: 5,
};

/// Indices of which each follows from the one before it in time, more or less.
fn packet(seed: u32, frames: usize, books: usize) -> Indices {
    let mut state = seed.wrapping_mul(2_654_435_761) | 1;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state
    };
    let mut values: Vec<u16> = Vec::new();
    for place in 0..frames * books {
        let last = place.checked_sub(books).map_or(9, |last| values[last]);
        let value = if next() % 3 == 0 {
            next() as u16
        } else {
            last ^ (next() as u16 & 3)
        };
        values.push(value & 31);
    }
    Indices {
        books,
        values,
        sounding: frames,
    }
}

fn trained() -> IndexPrior {
    let mut prior = IndexPrior::new(SHAPE).unwrap();
    for seed in 0..60 {
        prior.learn(&packet(seed, 50, 6)).unwrap();
    }
    prior
}

#[test]
fn what_is_learned_pays_and_survives_as_bytes() {
    let (fresh, trained) = (IndexPrior::new(SHAPE).unwrap(), trained());
    let packet = packet(1000, 50, 6);
    let (before, after) = (fresh.cost(&packet).unwrap(), trained.cost(&packet).unwrap());
    let raw = (50 * 6 * 5) << 12;
    assert!(
        after * 10 < raw * 9 && after < before,
        "{after} of {raw}, {before} untrained"
    );

    let bytes = trained.to_bytes(255);
    let read = IndexPrior::from_bytes(&bytes).unwrap();
    let kept = read.cost(&packet).unwrap();
    assert!(kept.abs_diff(after) * 50 < after, "{kept} instead of {after}");
    assert_eq!(read.to_bytes(255), bytes, "what was read is what was written");
    let stream = read.compress(&packet).unwrap();
    assert!((stream.len() as u64) << 15 < kept + (80 << 12));
    assert_eq!(read.decompress(&stream, 50, 6).unwrap(), packet);
}

#[test]
fn silence_costs_next_to_nothing() {
    let prior = trained();
    let mut quiet = packet(5, 50, 4);
    quiet.sounding = 7;
    quiet.values[7 * 4..].fill(0);
    let stream = prior.compress(&quiet).unwrap();
    assert_eq!(prior.decompress(&stream, 50, 4).unwrap(), quiet);
    quiet.sounding = 0;
    quiet.values.fill(0);
    let stream = prior.compress(&quiet).unwrap();
    assert!(stream.len() <= 4, "{}", stream.len());
    assert_eq!(prior.decompress(&stream, 50, 4).unwrap(), quiet);
}

#[test]
fn wrong_indices_and_numbers_are_refused() {
    let prior = trained();
    let good = packet(1, 10, 6);
    for wrong in [
        Indices {
            books: 0,
            ..good.clone()
        },
        Indices {
            books: 7,
            ..good.clone()
        },
        Indices {
            books: 4,
            values: good.values[..10].to_vec(),
            ..good.clone()
        },
        Indices {
            sounding: 11,
            ..good.clone()
        },
        Indices {
            values: vec![32; 60],
            ..good.clone()
        },
    ] {
        assert!(prior.compress(&wrong).is_err(), "{wrong:?}");
    }
    let stream = prior.compress(&good).unwrap();
    assert!(prior.decompress(&stream, 10, 7).is_err());
    assert!(prior.decompress(&stream, MAX_FRAMES + 1, 6).is_err());
    let bytes = prior.to_bytes(64);
    for end in (0..bytes.len()).step_by(97) {
        assert!(IndexPrior::from_bytes(&bytes[..end]).is_err(), "{end}");
    }
    for shape in [
        IndexShape { books: 5, ..SHAPE },
        IndexShape { groups: 0, ..SHAPE },
        IndexShape { code_bits: 13, ..SHAPE },
    ] {
        assert!(IndexPrior::new(shape).is_err(), "{shape:?}");
    }
}

proptest! {
    #[test]
    fn every_packet_comes_back(seed in any::<u32>(), frames in 0usize..40, books in 1usize..=6, silent in 0usize..40) {
        let prior = IndexPrior::new(SHAPE).unwrap();
        let mut indices = packet(seed, frames, books);
        indices.sounding = frames.saturating_sub(silent);
        indices.values[indices.sounding * books..].fill(0);
        let stream = prior.compress(&indices).unwrap();
        prop_assert_eq!(prior.decompress(&stream, frames, books).unwrap(), indices);
    }

    #[test]
    fn damaged_bytes_give_errors_or_other_indices_but_no_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), frames in 0usize..60) {
        let prior = IndexPrior::new(SHAPE).unwrap();
        if let Ok(indices) = prior.decompress(&bytes, frames, 6) {
            prop_assert!(indices.values.iter().all(|value| *value < 32));
        }
    }
}
