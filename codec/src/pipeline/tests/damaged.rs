//! Streams that are damaged, or that decode to other symbols: errors, or concealed and reported.

use super::*;
use crate::container::{Container, ContainerWriter, Mode};
use crate::damage::{Cause, Damage};
use crate::tiles::Rect;

/// The stream written anew, with each tile's checksum, coded bytes and coded alpha passed through
/// `change`.
fn rewritten(bytes: &[u8], change: impl Fn(u32, &mut u32, &mut Vec<u8>, &mut Vec<u8>)) -> Vec<u8> {
    let container = Container::parse(bytes, &Limits::default(), Mode::Strict).unwrap();
    let mut writer = ContainerWriter::new(Vec::new(), &container.header).unwrap();
    for (tile, part) in (0u32..).zip(container.tiles.iter().flatten()) {
        let (mut checksum, mut coded) = (part.checksum, part.bytes.to_vec());
        let alpha = container.alpha.get(tile as usize).and_then(|alpha| alpha.as_ref());
        let mut alpha = alpha.map_or(Vec::new(), |alpha| alpha.bytes.to_vec());
        change(tile, &mut checksum, &mut coded, &mut alpha);
        writer.tile(tile, checksum, &coded).unwrap();
        if container.header.alpha {
            writer.alpha(tile, &alpha).unwrap();
        }
    }
    writer.finish().unwrap()
}

/// Samples of `picture` at `x`, `y`.
fn pixel(picture: &Picture, x: u32, y: u32) -> Vec<u8> {
    let channels = picture.color().channels();
    let at = (y * picture.width() + x) as usize * channels;
    picture.samples().to_u8()[at..at + channels].to_vec()
}

/// Pixels further from `hole` than latents reach must be those of `whole`.
fn check_outside(picture: &Picture, whole: &Picture, hole: &Rect) {
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
    assert_eq!(decoded.damage, [Damage::Tile { tile: 7, rect, cause }]);
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
        Damage::Tile {
            tile: 1,
            cause: Cause::Undecodable(_),
            ..
        },
    ] = &decoded.damage[..]
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
    assert!(matches!(&decoded.damage[..], [Damage::Alpha { tile: 2, .. }]));
    let (Some(Samples::U16(found)), Some(Samples::U16(wanted))) = (decoded.picture.alpha(), original.alpha()) else {
        panic!("alpha of 16 bits");
    };
    for (at, (found, wanted)) in found.iter().zip(wanted).enumerate() {
        assert_eq!(*found, if at % 130 < 128 { *wanted } else { u16::MAX });
    }
    assert_eq!(decoder(false).verify(&bad).unwrap().damage, decoded.damage);
}

#[test]
fn a_stream_without_any_tile_is_gray_and_says_so() {
    let original = picture(70, 50, Color::Gray, Depth::Eight, false);
    let good = encoder(64).encode(&original).unwrap().bytes;
    let container = Container::parse(&good, &Limits::default(), Mode::Strict).unwrap();
    let end = container.tiles[0].unwrap().offset;
    let decoded = decoder(true).decode(&good[..end]).unwrap();
    assert!(decoded.picture.samples().to_u8().iter().all(|&sample| sample == 128));
    assert_eq!(decoded.picture.icc(), original.icc());
    assert_eq!(decoded.damage.len(), 3, "cut, and two tiles: {:?}", decoded.damage);
}

#[test]
fn flipped_bytes_never_make_a_wrong_picture() {
    let original = picture(150, 100, Color::Rgb, Depth::Eight, true);
    let good = encoder(64).encode(&original).unwrap().bytes;
    let whole = decoder(false).decode(&good).unwrap().picture;
    let header = crate::info(&good, &Limits::default()).unwrap().header_bytes;
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
        let holes = decoded.damage.iter().filter_map(|damage| match damage {
            Damage::Tile { rect, .. } => Some(*rect),
            _ => None,
        });
        match holes.collect::<Vec<_>>()[..] {
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
    let length = {
        let container = Container::parse(&good, &Limits::default(), Mode::Strict).unwrap();
        container.tiles[0].unwrap().bytes.len()
    };
    for at in 0..length.min(200) {
        let bad = rewritten(&good, |_, _, coded, _| coded[at] ^= 0x10);
        match decoder(false).decode(&bad) {
            Err(CodecError::Desync { tile: 0, .. } | CodecError::Malformed { .. }) => {}
            other => panic!("byte {at}: {other:?}"),
        }
    }
}
