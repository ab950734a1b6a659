//! Damaged streams: an error or a report, in bounded time, and never other pixels than the true ones handed out as good.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use lmc_codec::container::PartKind;
use lmc_codec::{Color, Decoded, Image, Rect, Verified};
use lmc_tests::damage::Damager;
use lmc_tests::models::{decoder, encoder, verifier};
use lmc_tests::pictures::{deep, gray, part, sample, see_through};

/// The longest that any damaged stream may take: much less than a second, and patience with a machine that has other work.
const PATIENCE: Duration = Duration::from_secs(5);
/// Damaged streams whose symbols are decoded.
const VERIFIED: usize = 10_000;
/// Damaged streams that are decoded to pixels.
const DECODED: usize = 150;

/// A stream, and what it decodes to.
struct Good {
    bytes: Vec<u8>,
    picture: Image,
    verified: Verified,
}

/// Streams of several kinds, with one tile and with many.
fn streams() -> &'static [Good] {
    static STREAMS: OnceLock<Vec<Good>> = OnceLock::new();
    STREAMS.get_or_init(|| {
        let sample = sample();
        let metadata = |picture: Image| picture.with_icc(Some(vec![7; 90])).with_exif(Some(vec![3; 50]));
        let pictures = [
            (part(&sample, 40, 30, 150, 100), 50.0, 64),
            (metadata(see_through(&part(&sample, 200, 60, 130, 70))), 30.0, 64),
            (deep(&gray(&part(&sample, 0, 0, 90, 129))), 70.0, 64),
            (part(&sample, 90, 90, 128, 96), 90.0, 1024),
            (metadata(part(&sample, 10, 200, 17, 33)), 60.0, 1024),
            (gray(&part(&sample, 5, 5, 1, 1)), 60.0, 1024),
        ];
        let good = |(picture, quality, tile_size)| {
            let bytes = encoder(quality, tile_size)
                .encode(&picture)
                .expect("good pictures are encoded")
                .bytes;
            let picture = decoder(false).decode(&bytes).expect("good streams are decoded").picture;
            let verified = verifier().verify(&bytes).expect("good streams are verified");
            Good {
                bytes,
                picture,
                verified,
            }
        };
        pictures.into_iter().map(good).collect()
    })
}

/// Checks the symbols of a damaged stream: only what still is some good stream may pass.
fn check_symbols(bytes: &[u8], good: &Good) {
    let start = Instant::now();
    let outcome = verifier().verify(bytes);
    let time = start.elapsed();
    assert!(time < PATIENCE, "{time:?} for {} bytes", bytes.len());
    if let Ok(verified) = outcome
        && verified.is_good()
    {
        let whole = streams().iter().any(|other| other.bytes == bytes);
        assert!(
            whole || verified == good.verified,
            "a damaged stream passes for another one"
        );
    }
}

/// Whether the tolerant decoder must find a picture: the header can be read and names the model, and a tile decodes.
fn is_readable(bytes: &[u8]) -> bool {
    let verified = verifier().verify(bytes);
    verified.is_ok_and(|verified| verified.tiles.iter().any(|tile| tile.symbol_hash.is_some()))
}

/// Checks the pixels of a damaged stream: an error unless told to go on, and then the true pixels outside the holes.
/// Returns whether there are pixels in spite of damage.
fn check_pixels(bytes: &[u8], good: &Good) -> bool {
    let start = Instant::now();
    let (strict, tolerant) = (decoder(false).decode(bytes), decoder(true).decode(bytes));
    let time = start.elapsed();
    assert!(time < 2 * PATIENCE, "{time:?} for {} bytes", bytes.len());
    if let Ok(strict) = strict {
        let whole = streams().iter().any(|other| other.bytes == bytes);
        assert!(
            whole || strict.picture == good.picture,
            "a damaged stream gives another picture"
        );
        return false;
    }
    let tolerant = match tolerant {
        Ok(tolerant) => tolerant,
        Err(error) => {
            assert!(!is_readable(bytes), "a stream with whole tiles is not decoded: {error}");
            return false;
        }
    };
    assert!(
        !tolerant.damage.is_empty(),
        "what the strict decoder refuses is reported"
    );
    if tolerant.header == good.verified.header {
        check_outside(&tolerant.picture, &good.picture, &holes(&tolerant));
    }
    true
}

/// The tiles whose colours are lost.
fn holes(decoded: &Decoded) -> Vec<Rect> {
    let runs = decoded.damage.runs(PartKind::Symbols);
    let tiles = runs.flat_map(|(first, count)| first..first + count);
    tiles.filter_map(|tile| decoded.places.rect(tile)).collect()
}

/// Pixels that are further from all holes than the transforms see must be the true ones, but for rounding.
fn check_outside(found: &Image, truth: &Image, holes: &[Rect]) {
    const REACH: u32 = 64;
    let near = |x: u32, y: u32| {
        holes.iter().any(|hole| {
            let (x, y) = (x + REACH, y + REACH);
            (hole.x..hole.x + hole.width + 2 * REACH).contains(&x)
                && (hole.y..hole.y + hole.height + 2 * REACH).contains(&y)
        })
    };
    let channels = match truth.color() {
        Color::Gray => 1,
        Color::Rgb => 3,
    };
    let (a, b) = (found.samples().to_u8(), truth.samples().to_u8());
    for (at, (a, b)) in a.iter().zip(b.iter()).enumerate() {
        let pixel = (at / channels) as u32;
        let (x, y) = (pixel % truth.width(), pixel / truth.width());
        assert!(
            near(x, y) || a.abs_diff(*b) <= 1,
            "{a} instead of {b} at {x},{y}, far from {holes:?}"
        );
    }
}

#[test]
fn every_truncation_of_a_small_stream_is_found() {
    for good in streams() {
        for length in 0..good.bytes.len() {
            let cut = &good.bytes[..length];
            assert!(
                !verifier().verify(cut).is_ok_and(|verified| verified.is_good()),
                "{length} bytes"
            );
            assert!(decoder(false).decode(cut).is_err(), "{length} bytes");
        }
    }
}

#[test]
fn every_change_of_a_byte_of_a_small_stream_is_found() {
    let good = &streams()[4];
    assert!(good.bytes.len() < 1000, "{} bytes are not small", good.bytes.len());
    let mut bytes = good.bytes.clone();
    for at in 0..bytes.len() {
        for change in 1..=255 {
            bytes[at] ^= change;
            assert!(
                !verifier().verify(&bytes).is_ok_and(|verified| verified.is_good()),
                "byte {at} ^ {change}"
            );
            assert!(decoder(false).decode(&bytes).is_err(), "byte {at} ^ {change}");
            bytes[at] ^= change;
        }
    }
}

#[test]
fn a_changed_byte_of_many_tiles_costs_one_tile() {
    let good = &streams()[0];
    let header = lmc_codec::info(&good.bytes[..], &Default::default())
        .expect("the stream is whole")
        .header_bytes;
    let mut damager = Damager::new(5);
    for _ in 0..40 {
        let mut bytes = good.bytes.clone();
        bytes[header + damager.below(good.bytes.len() - header)] ^= 1 << damager.below(8);
        let decoded = decoder(true)
            .decode(&bytes)
            .expect("damage behind the header is concealed");
        let holes = holes(&decoded);
        assert!(!decoded.damage.is_empty() && holes.len() <= 1, "{:?}", decoded.damage);
        check_outside(&decoded.picture, &good.picture, &holes);
    }
}

#[test]
fn random_damage_never_passes_for_good_symbols() {
    let all: Vec<Vec<u8>> = streams().iter().map(|good| good.bytes.clone()).collect();
    let mut damager = Damager::new(1);
    for _ in 0..VERIFIED {
        let good = &streams()[damager.below(all.len())];
        check_symbols(&damager.damage(&good.bytes, &all), good);
    }
}

#[test]
fn random_damage_never_gives_wrong_pixels() {
    let all: Vec<Vec<u8>> = streams().iter().map(|good| good.bytes.clone()).collect();
    let mut damager = Damager::new(2);
    let decoded = (0..DECODED).filter(|_| {
        let good = &streams()[damager.below(all.len())];
        check_pixels(&damager.damage(&good.bytes, &all), good)
    });
    let decoded = decoded.count();
    assert!(
        decoded > DECODED / 3,
        "only {decoded} of {DECODED} damaged streams are decoded"
    );
}
