//! Streams in order, out of order and damaged in every way.

use lmc_entropy::prior::{Coding, Context};
use lmc_entropy::trellis::{Machine, Quantisation};

use super::*;
use crate::damage::{Cause, Damage};
use crate::error::{CodecError, ModelHash, Result};
use crate::picture::{Color, Depth, Orientation};

mod damaged;

fn header(alpha: bool) -> Header {
    Header {
        codec: ImageCodec::Wavelet,
        model: ModelHash(*b"0123456789abcdef"),
        width: 200,
        height: 100,
        orientation: Orientation::default(),
        color: Color::Rgb,
        depth: Depth::Eight,
        alpha,
        coding: Coding::default(),
        quality: 7525,
        tile_size: 64,
    }
}

/// The coded bytes of a tile: some fifty, different for every tile.
fn coded(tile: u32) -> Vec<u8> {
    (0..40 + tile * 3).map(|at| (at * 37 + tile * 101) as u8).collect()
}

/// 200 x 100 pixels in 4 x 2 tiles, with metadata and an ancillary segment.
fn stream(alpha: bool) -> Result<Vec<u8>> {
    let header = header(alpha);
    let mut writer = ContainerWriter::new(Vec::new(), &header)?;
    writer.icc(b"a profile")?;
    writer.exif(b"some exif data")?;
    for tile in 0..header.grid()?.count() as u32 {
        writer.tile(tile, tile * 1000, &coded(tile))?;
        if tile == 3 {
            writer.ancillary(200, b"skip me")?;
        }
        if alpha {
            writer.alpha(tile, &[0])?;
        }
    }
    writer.finish()
}

fn strict(bytes: &[u8]) -> Result<Container<'_>> {
    Container::parse(bytes, &Limits::default(), Mode::Strict)
}

fn tolerant(bytes: &[u8]) -> Result<Container<'_>> {
    Container::parse(bytes, &Limits::default(), Mode::Tolerant)
}

/// Writes segments in any order behind the header.
fn assemble(header: &Header, segments: &[(SegmentId, &[u8])]) -> Vec<u8> {
    let mut bytes = header.to_bytes().unwrap();
    for (id, payload) in segments {
        bytes.extend(super::segment::segment_head(*id, payload));
        bytes.extend_from_slice(payload);
    }
    bytes
}

#[test]
fn what_is_written_is_read() {
    for alpha in [false, true] {
        let bytes = stream(alpha).unwrap();
        let container = strict(&bytes).unwrap();
        assert_eq!(container.header, header(alpha));
        assert_eq!(container.icc, Some(&b"a profile"[..]));
        assert_eq!(container.exif, Some(&b"some exif data"[..]));
        assert_eq!(container.tiles.len(), 8);
        for (tile, part) in (0u32..).zip(&container.tiles) {
            let part = part.unwrap();
            assert_eq!((part.checksum, part.bytes), (tile * 1000, &coded(tile)[..]));
        }
        assert_eq!(container.alpha.len(), if alpha { 8 } else { 0 });
        assert!(container.damage.is_empty());
        assert_eq!(tolerant(&bytes).unwrap().tiles, container.tiles);
    }
}

#[test]
fn the_header_keeps_every_field() {
    let by = |machine, context| Coding {
        quantisation: Quantisation::Trellis(machine),
        context,
    };
    let (small, large) = (by(Machine::SMALLEST, Context::Two), by(Machine::LARGEST, Context::Four));
    let turned = Orientation::of_number(7).unwrap();
    for (color, depth, alpha, coding, orientation, width, height, quality, tile_size) in [
        (
            Color::Gray,
            Depth::Eight,
            false,
            Coding::default(),
            Orientation::default(),
            1,
            1,
            0,
            64,
        ),
        (
            Color::Rgb,
            Depth::Sixteen,
            true,
            small,
            turned,
            1 << 20,
            256,
            10_000,
            4096,
        ),
        (
            Color::Gray,
            Depth::Sixteen,
            true,
            large,
            Orientation::default(),
            127,
            128,
            5050,
            1024,
        ),
    ] {
        let model = ModelHash([0xab; 16]);
        let header = Header {
            codec: ImageCodec::Wavelet,
            model,
            width,
            height,
            orientation,
            color,
            depth,
            alpha,
            coding,
            quality,
            tile_size,
        };
        let bytes = header.to_bytes().unwrap();
        let limits = Limits::default();
        assert_eq!(Header::parse(&bytes, &limits).unwrap(), (header, bytes.len()));
        for cut in 0..bytes.len() {
            let error = Header::parse(&bytes[..cut], &limits).unwrap_err();
            assert!(matches!(error, CodecError::Malformed { .. }), "{error}");
        }
    }
}

#[test]
fn sizes_over_the_limits_are_refused_before_anything_else() {
    let limit = |width, height, limits: &Limits| {
        let bytes = Header {
            codec: ImageCodec::Wavelet,
            width,
            height,
            ..header(false)
        }
        .to_bytes()
        .unwrap();
        matches!(
            Container::parse(&bytes, limits, Mode::Strict),
            Err(CodecError::Limit { .. })
        )
    };
    let limits = Limits::default();
    assert!(limit(u32::MAX, u32::MAX, &limits));
    assert!(limit((1 << 20) + 1, 1, &limits));
    assert!(limit(1 << 15, 1 << 14, &limits));
    assert!(!limit(1 << 14, 1 << 14, &limits));
    assert!(limit(
        200,
        100,
        &Limits {
            max_pixels: 19_999,
            ..Limits::default()
        }
    ));
    let all = Limits {
        max_pixels: u64::MAX,
        max_side: u32::MAX,
        ..Limits::default()
    };
    assert!(limit(u32::MAX, u32::MAX, &all));

    let bytes = stream(false).unwrap();
    for limits in [
        Limits {
            max_metadata_bytes: 20,
            ..Limits::default()
        },
        Limits {
            max_file_bytes: 100,
            ..Limits::default()
        },
        Limits {
            max_ancillary_segments: 0,
            ..Limits::default()
        },
    ] {
        for mode in [Mode::Strict, Mode::Tolerant] {
            let error = Container::parse(&bytes, &limits, mode).unwrap_err();
            assert!(matches!(error, CodecError::Limit { .. }), "{error}");
        }
        let error = read_limited(
            &bytes[..],
            &Limits {
                max_file_bytes: 99,
                ..limits
            },
        )
        .unwrap_err();
        assert!(matches!(
            error,
            CodecError::Limit {
                value: 100,
                limit: 99,
                ..
            }
        ));
    }
    assert_eq!(read_limited(&bytes[..], &Limits::default()).unwrap(), bytes);
}

#[test]
fn other_versions_codecs_and_flags_are_unsupported() {
    let good = header(false).to_bytes().unwrap();
    let with = |at: usize, values: &[u8]| {
        let mut bytes = good.clone();
        bytes.splice(at..=at, values.iter().copied());
        let end = bytes.len() - 4;
        let crc = crc32fast::hash(&bytes[..end]).to_le_bytes();
        bytes[end..].copy_from_slice(&crc);
        strict(&bytes).unwrap_err()
    };
    let changed = |at: usize, value: u8| with(at, &[value]);
    assert!(matches!(changed(4, 2), CodecError::Unsupported(what) if what.contains("version 2")));
    assert!(matches!(changed(5, 9), CodecError::Unsupported(what) if what.contains("codec 9")));
    let flags = good.len() - 4 - 1 - 2 - 1;
    // Further flags that are not known, and that say nothing.
    for further in [0x11, 0, 0x01 | 0x08 << 4] {
        let unknown = with(flags, &[0x81, further]);
        assert!(
            matches!(unknown, CodecError::Unsupported(what) if what.contains("0x81")),
            "{further}"
        );
    }
    // A machine that is not known.
    let unknown = with(flags, &[0x89, 1]);
    assert!(matches!(unknown, CodecError::Unsupported(what) if what.contains("0x89, 0x01")));
    assert!(matches!(changed(0, b'P'), CodecError::Malformed { offset: 0, .. }));
    for (at, value) in [(22, 0x80), (24, 0), (flags + 2, 0xff), (flags + 3, 0), (flags + 3, 65)] {
        assert!(matches!(changed(at, value), CodecError::Malformed { .. }), "byte {at}");
    }
}

#[test]
fn a_strict_reader_wants_every_segment_in_its_place() {
    use SegmentId::{Alpha, End, Exif, Icc, Other, Restoration, Tile};
    let tile: &[u8] = &[0, 1, 2, 3, 4, 99];
    // All 102 coefficients are 0.
    let filter: &[u8] = &[&[8, 0][..], &[0xff; 12], &[0xfc]].concat();
    let alpha: &[u8] = &[0, 0];
    let small = |alpha| Header {
        codec: ImageCodec::Wavelet,
        width: 1,
        height: 1,
        ..header(alpha)
    };
    let reason = |has_alpha, segments: &[(SegmentId, &[u8])]| match strict(&assemble(&small(has_alpha), segments)) {
        Ok(_) => String::new(),
        Err(CodecError::Malformed { reason, .. }) => reason,
        Err(other) => other.to_string(),
    };
    let end: (SegmentId, &[u8]) = (End, &[]);
    assert_eq!(
        reason(
            false,
            &[(Icc, b"i"), (Exif, b"e"), (Tile, tile), (Other(128), b"?"), end]
        ),
        ""
    );
    assert_eq!(
        reason(
            false,
            &[[(Restoration, filter); 4].as_slice(), &[(Tile, tile), end]].concat()
        ),
        ""
    );
    assert_eq!(reason(true, &[(Tile, tile), (Alpha, alpha), end]), "");
    for (has_alpha, segments, wanted) in [
        (false, &[(Tile, tile)][..], "its end is missing"),
        (false, &[end], "tile 0 is missing"),
        (true, &[(Tile, tile), end], "the alpha of tile 0 is missing"),
        (true, &[(Alpha, alpha), end], "alpha must follow its tile"),
        (false, &[(Tile, tile), (Alpha, alpha), end], "there is no alpha"),
        (false, &[(Tile, tile), (Tile, tile), end], "tiles must come in order"),
        (false, &[(Tile, &[1, 1, 2, 3, 4]), end], "tiles must come in order"),
        (false, &[(Tile, tile), (Icc, b"i"), end], "metadata must come before"),
        (
            false,
            &[(Tile, tile), (Restoration, filter), end],
            "it must come before",
        ),
        (
            false,
            &[[(Restoration, filter); 5].as_slice(), &[(Tile, tile), end]].concat(),
            "there are too many",
        ),
        (false, &[(Restoration, &filter[1..]), (Tile, tile), end], "too large"),
        (
            false,
            &[(Icc, b"i"), (Icc, b"i"), (Tile, tile), end],
            "there may be only one",
        ),
        (false, &[(Tile, &[0, 1, 2, 3]), end], "too short"),
        (false, &[(Tile, tile), end, end], "7 bytes follow the end"),
        (
            false,
            &[(Other(5), b"?"), (Tile, tile), end],
            "segment 5 at byte 32: a newer version",
        ),
    ] {
        let found = reason(has_alpha, segments);
        assert!(found.contains(wanted), "{found:?} should say {wanted:?}");
    }
}

#[test]
fn the_writer_refuses_disorder() {
    let refused = |result: Result<usize>| assert!(matches!(result, Err(CodecError::Parameter(_))));
    let mut writer = ContainerWriter::new(Vec::new(), &header(true)).unwrap();
    refused(writer.tile(1, 0, b"x"));
    refused(writer.alpha(0, b"x"));
    refused(writer.ancillary(127, b"x"));
    writer.tile(0, 0, b"x").unwrap();
    refused(writer.tile(1, 0, b"x"));
    refused(writer.icc(b"x"));
    writer.alpha(0, b"x").unwrap();
    refused(writer.exif(b"x"));
    assert!(matches!(writer.finish(), Err(CodecError::Parameter(_))));
    for wrong in [
        Header {
            quality: 10_001,
            ..header(false)
        },
        Header {
            tile_size: 65,
            ..header(false)
        },
    ] {
        assert!(matches!(wrong.to_bytes(), Err(CodecError::Parameter(_))));
    }
}

#[test]
fn info_lists_what_is_there() {
    let bytes = stream(true).unwrap();
    let info = info(&bytes, &Limits::default()).unwrap();
    assert_eq!(info.header, header(true));
    assert_eq!((info.tiles, info.file_bytes), (8, bytes.len()));
    assert_eq!(info.segments.len(), 2 + 2 * 8 + 1 + 1);
    assert!(info.segments.iter().all(|segment| segment.crc_ok));
    assert!(info.damage.is_empty());
    let all: usize = info.segments.iter().map(|segment| segment.bytes).sum();
    assert_eq!(info.header_bytes + all, bytes.len());
    assert_eq!(info.bytes_of(SegmentId::End), 7);
    assert_eq!(info.bpp(), bytes.len() as f64 * 8.0 / 20_000.0);
    let tiles: Vec<_> = info.segments.iter().filter(|s| s.id == SegmentId::Tile).collect();
    assert!((0..8).eq(tiles.iter().filter_map(|segment| segment.tile)));
    assert_eq!(tiles[0].payload_bytes, 1 + 4 + coded(0).len());
}
