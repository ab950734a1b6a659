//! Streams that are damaged, or that decode to other symbols: errors, or concealed and reported.

use super::*;
use crate::container::{Mode, StreamParts, StreamWriter};

fn parts(bytes: &[u8]) -> StreamParts {
    StreamParts::read(bytes, &Limits::default(), Mode::Strict).unwrap()
}

/// The stream written anew, with each tile's checksum, coded bytes and coded alpha passed through
/// `change`.
fn rewritten(bytes: &[u8], change: impl Fn(u32, &mut u32, &mut Vec<u8>, &mut Vec<u8>)) -> Vec<u8> {
    let stream = parts(bytes);
    let mut writer = StreamWriter::new(Vec::new(), &stream.header).unwrap();
    for part in stream.all(PartKind::Symbols) {
        let (tile, mut checksum, mut coded) = (part.index, part.checksum, part.bytes.clone());
        let alpha = stream.get(PartKind::Alpha, tile);
        let mut samples = alpha.map_or(Vec::new(), |alpha| alpha.bytes.clone());
        change(tile, &mut checksum, &mut coded, &mut samples);
        writer.part(tile, checksum, &coded).unwrap();
        if let Some(alpha) = alpha {
            writer.alpha(tile, alpha.checksum, &samples).unwrap();
        }
    }
    writer.finish().unwrap().0
}

/// Samples of `picture` at `x`, `y`.
fn pixel(picture: &Image, x: u32, y: u32) -> Vec<u8> {
    let channels = picture.color().channels();
    let at = (y * picture.width() + x) as usize * channels;
    picture.samples().to_u8()[at..at + channels].to_vec()
}

/// Pixels further from `hole` than latents reach must be those of `whole`.
fn check_outside(picture: &Image, whole: &Image, hole: &Rect) {
    let near = hole.grown(64, whole.width(), whole.height());
    for y in 0..whole.height() {
        for x in 0..whole.width() {
            let outside = x < near.x || x >= near.right() || y < near.y || y >= near.bottom();
            if outside {
                assert_eq!(pixel(picture, x, y), pixel(whole, x, y), "at {x},{y}");
            }
        }
    }
}

#[test]
fn other_symbols_than_encoded_are_a_desync_and_never_a_picture() {
    let original = picture(300, 200, Color::Rgb, Depth::Eight, false);
    let good = encoder(64).encode(&original).unwrap().bytes;
    let whole = decoder(false).decode(&good).unwrap().picture;
    let bad = rewritten(&good, |tile, checksum, _, _| *checksum ^= u32::from(tile == 7));
    let error = decoder(false).decode(&bad).unwrap_err();
    let CodecError::Desync { tile, expected, found } = error else {
        panic!("{error}");
    };
    assert_eq!((tile, expected), (7, found ^ 1));

    let decoded = decoder(true).decode(&bad).unwrap();
    let rect = Rect {
        x: 128,
        y: 64,
        width: 64,
        height: 64,
    };
    let cause = Cause::Desync { expected, found };
    let lost = Damage::Lost {
        kind: PartKind::Symbols,
        first: 7,
        count: 1,
        cause,
    };
    assert_eq!(decoded.damage.entries(), [lost]);
    assert_eq!(holes(&decoded.damage, &decoded.places), [rect]);
    check_outside(&decoded.picture, &whole, &rect);
    let distance = distance(&decoded.picture, &original);
    assert!(
        distance < 40,
        "the surroundings of a smooth picture tell much: {distance}"
    );

    let verified = decoder(false).verify(&bad).unwrap();
    assert_eq!((verified.symbol_hash, verified.tiles[7].symbol_hash), (None, None));
    assert_eq!(verified.tiles[7].checksum, Some(expected));
    assert_eq!(verified.damage, decoded.damage);
    let good = decoder(false).verify(&good).unwrap();
    assert_eq!(verified.tiles[6], good.tiles[6]);
}

#[test]
fn bytes_that_do_not_decode_name_their_tile() {
    let original = picture(130, 60, Color::Gray, Depth::Eight, false);
    let good = encoder(64).encode(&original).unwrap().bytes;
    let bad = rewritten(&good, |tile, _, coded, _| {
        if tile == 1 {
            coded.truncate(3);
        }
    });
    let error = decoder(false).decode(&bad).unwrap_err();
    assert!(matches!(&error, CodecError::Malformed { reason, .. } if reason.contains("tile 1")));
    let decoded = decoder(true).decode(&bad).unwrap();
    let [
        Damage::Lost {
            kind: PartKind::Symbols,
            first: 1,
            count: 1,
            cause: Cause::Undecodable(_),
        },
    ] = decoded.damage.entries()
    else {
        panic!("{:?}", decoded.damage);
    };
}

#[test]
fn lost_alpha_is_opaque_and_reported() {
    let original = picture(130, 60, Color::Rgb, Depth::Sixteen, true);
    let good = encoder(64).encode(&original).unwrap().bytes;
    let bad = rewritten(&good, |tile, _, _, alpha| {
        if tile == 2 {
            *alpha = vec![9];
        }
    });
    assert!(matches!(decoder(false).decode(&bad), Err(CodecError::Malformed { .. })));
    let decoded = decoder(true).decode(&bad).unwrap();
    let lost = |damage: &DamageReport| damage.runs(PartKind::Alpha).collect::<Vec<_>>();
    assert_eq!(lost(&decoded.damage), [(2, 1)]);
    let (Some(Samples::U16(found)), Some(Samples::U16(wanted))) = (decoded.picture.alpha(), original.alpha()) else {
        panic!("alpha of 16 bits");
    };
    for (at, (found, wanted)) in found.iter().zip(wanted).enumerate() {
        assert_eq!(*found, if at % 130 < 128 { *wanted } else { u16::MAX });
    }
    assert_eq!(decoder(false).verify(&bad).unwrap().damage, decoded.damage);
}

#[test]
fn a_stream_without_any_tile_is_an_error() {
    let original = picture(70, 50, Color::Gray, Depth::Eight, false);
    let good = encoder(64).encode(&original).unwrap().bytes;
    let end = parts(&good).all(PartKind::Symbols)[0].offset as usize;
    let error = decoder(true).decode(&good[..end]).unwrap_err();
    assert!(error.to_string().contains("0 of 2 tiles are there"), "{error}");
    // So it is where tiles are there and none decodes.
    let bad = rewritten(&good, |_, _, coded, _| coded[0] ^= 0xff);
    let error = decoder(true).decode(&bad).unwrap_err();
    assert!(error.to_string().contains("2 of 2 tiles are there"), "{error}");
    let bad = rewritten(&good, |tile, _, coded, _| coded[0] ^= if tile == 1 { 0xff } else { 0 });
    let decoded = decoder(true).decode(&bad).unwrap();
    assert!(!decoded.is_mostly_lost(), "one of two");
}

#[test]
fn flipped_bytes_never_make_a_wrong_picture() {
    let original = picture(150, 100, Color::Rgb, Depth::Eight, true);
    let good = encoder(64).encode(&original).unwrap().bytes;
    let whole = decoder(false).decode(&good).unwrap().picture;
    let header = crate::info(&good[..], &Limits::default()).unwrap().header_bytes;
    let mut state = 99u32;
    let mut random = |bound: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as usize % bound
    };
    for _ in 0..150 {
        let mut bytes = good.clone();
        bytes[header + random(good.len() - header)] ^= 1 << random(8);
        assert!(decoder(false).decode(&bytes).is_err());
        let decoded = decoder(true).decode(&bytes).unwrap();
        assert!(!decoded.damage.is_empty());
        match holes(&decoded.damage, &decoded.places)[..] {
            [] => assert_eq!(decoded.picture.samples(), whole.samples()),
            [hole] => check_outside(&decoded.picture, &whole, &hole),
            _ => panic!("one byte cost several tiles: {:?}", decoded.damage),
        }
    }
}

#[test]
fn changed_symbols_behind_good_checks_are_found_out() {
    let original = picture(64, 64, Color::Gray, Depth::Eight, false);
    let good = encoder(64).encode(&original).unwrap().bytes;
    let length = parts(&good).all(PartKind::Symbols)[0].bytes.len();
    for at in 0..length.min(200) {
        let bad = rewritten(&good, |_, _, coded, _| coded[at] ^= 0x10);
        match decoder(false).decode(&bad) {
            Err(CodecError::Desync { tile: 0, .. } | CodecError::Malformed { .. }) => {}
            other => panic!("byte {at}: {other:?}"),
        }
    }
}

#[test]
fn other_alpha_than_encoded_is_a_desync() {
    let original = picture(130, 60, Color::Gray, Depth::Eight, true);
    let good = encoder(64).encode(&original).unwrap().bytes;
    // The alpha of another tile decodes, and only the checksum tells.
    let first = parts(&good).all(PartKind::Alpha)[0].bytes.clone();
    let bad = rewritten(&good, |tile, _, _, alpha| {
        if tile == 1 {
            alpha.clone_from(&first);
        }
    });
    let error = decoder(false).decode(&bad).unwrap_err();
    assert!(matches!(error, CodecError::AlphaDesync { tile: 1, .. }), "{error}");
    let decoded = decoder(true).decode(&bad).unwrap();
    assert_eq!(decoded.damage.runs(PartKind::Alpha).collect::<Vec<_>>(), [(1, 1)]);
}
