//! Whole streams: every size and kind of picture, and what the caller is told.

use super::*;
use crate::codecs::image::MaxError;
use crate::container::{CodecId, Header, ImageMedia, Media, SegmentId};
use crate::watch::Unwatched;

#[test]
fn every_size_and_kind_comes_back() {
    let sizes = [(1, 1), (1, 70), (130, 1), (64, 64), (63, 65), (200, 130), (129, 257)];
    for (index, (width, height)) in sizes.into_iter().enumerate() {
        for tile_size in [64, 192, 1024] {
            let color = [Color::Gray, Color::Rgb][index % 2];
            let depth = [Depth::Eight, Depth::Sixteen][index / 2 % 2];
            let original = picture(width, height, color, depth, tile_size != 192);
            let encoded = encoder(tile_size).encode(&original).unwrap();
            let decoded = decoder(false).decode(&encoded.bytes).unwrap();
            let what = format!("{width}x{height} {color:?} {depth:?} in tiles of {tile_size}");
            assert!(decoded.damage.is_empty(), "{what}");
            let back = &decoded.picture;
            assert_eq!((back.width(), back.height()), (width, height), "{what}");
            assert_eq!((back.color(), back.depth()), (color, depth), "{what}");
            assert_eq!(back.alpha(), original.alpha(), "{what}");
            assert_eq!((back.icc(), back.exif()), (original.icc(), original.exif()), "{what}");
            let distance = distance(back, &original);
            assert!(distance < 12, "{what}: {distance} steps away");
        }
    }
}

#[test]
fn tiles_and_windows_leave_no_seams() {
    // Wider than a window, with borders of tiles that are and are not borders of windows.
    let original = picture(1100, 70, Color::Rgb, Depth::Eight, false);
    let decode = |tile_size| {
        let encoded = encoder(tile_size).encode(&original).unwrap();
        decoder(false).decode(&encoded.bytes).unwrap().picture
    };
    let reference = decode(4096);
    for tile_size in [64, 320, 1024, 1088] {
        // Other tiles are other paths for the trellis: a step either way and more where that is cheap.
        let apart = distance(&decode(tile_size), &reference);
        assert!(apart <= 3, "{apart} steps in tiles of {tile_size}");
    }
}

#[test]
fn the_encoder_knows_what_the_decoder_makes() {
    let original = picture(300, 100, Color::Rgb, Depth::Sixteen, true);
    let (encoded, reconstruction) = encoder(128).encode_and_reconstruct(&original, &mut Unwatched).unwrap();
    assert_eq!(encoded, encoder(128).encode(&original).unwrap());
    let decoded = decoder(false)
        .decode_watched(&encoded.bytes[..], &mut Unwatched)
        .unwrap();
    assert_eq!(decoded.picture, reconstruction);
}

#[test]
fn statistics_add_up() {
    let original = picture(300, 100, Color::Rgb, Depth::Eight, true);
    let Encoded { bytes, stats, .. } = encoder(64).encode(&original).unwrap();
    assert_eq!(stats.tiles, 10);
    assert_eq!(stats.bytes.total, bytes.len());
    assert_eq!(stats.bpp, bytes.len() as f64 * 8.0 / 30_000.0);
    let info = crate::info(&bytes[..], &Limits::default()).unwrap();
    let StreamBytes {
        tiles,
        alpha,
        icc,
        exif,
        codec,
        ..
    } = stats.bytes;
    assert_eq!(
        [
            SegmentId::PART,
            SegmentId::ALPHA,
            SegmentId::ICC,
            SegmentId::EXIF,
            SegmentId::CODEC
        ]
        .map(|id| info.log.bytes_of(id) as usize),
        [tiles, alpha, icc, exif, codec]
    );
    let payloads = stats.bytes.tile_payloads;
    assert!(
        payloads < tiles
            && stats
                .bits_estimated
                .is_some_and(|bits| bits > 0.0 && bits <= payloads as f64 * 8.0)
    );
    let exact = EncodeOptions::default().with_max_error(Some(MaxError::default()));
    let lossless = ImageEncoder::new(codecs(), exact).encode(&original).unwrap();
    assert_eq!(lossless.stats.bits_estimated, None);

    let verified = decoder(false).verify(&bytes).unwrap();
    assert!(verified.is_good());
    assert_eq!(verified.symbol_hash, Some(stats.symbol_hash));
    assert_eq!(verified.symbols, stats.symbols);
    assert!(stats.symbols >= 19 * 7 * CHANNELS as u64);
    assert!(verified.tiles.iter().all(|tile| tile.symbol_hash.is_some()));

    let options = EncodeOptions::default().with_icc(false).with_exif(false);
    let bare = ImageEncoder::new(codecs(), options);
    let (encoded, reconstruction) = bare.encode_and_reconstruct(&original, &mut Unwatched).unwrap();
    assert_eq!((encoded.stats.bytes.icc, encoded.stats.bytes.exif), (0, 0));
    assert_eq!((reconstruction.icc(), reconstruction.exif()), (None, None));
}

#[test]
fn progress_runs_to_the_end() {
    let original = picture(200, 100, Color::Gray, Depth::Eight, false);
    let mut steps = Vec::new();
    let encoded = encoder(64);
    let encoded = encoded
        .encode_watched(&original, &mut |done, of| steps.push((done, of)))
        .unwrap();
    assert!(steps.iter().copied().eq((1..=8).map(|done| (done, 8))));
    steps.clear();
    let report = &mut |done, of| steps.push((done, of));
    decoder(false).decode_watched(&encoded.bytes[..], report).unwrap();
    assert!(steps.iter().copied().eq((1..=9).map(|done| (done, 9))));
}

#[test]
fn an_empty_promise_of_a_huge_picture_is_refused_early() {
    let header = Header {
        codec: CodecId(1),
        model: ModelHash([3; 16]),
        media: Media::Image(ImageMedia {
            width: 1 << 14,
            height: 1 << 14,
            color: Color::Rgb,
            depth: Depth::Sixteen,
            alpha: false,
            cicp: None,
            tile_size: 4096,
        }),
        codec_block: vec![0; 3],
    };
    let bytes = header.to_bytes().unwrap();
    let error = decoder(false).decode(&bytes).unwrap_err();
    assert!(matches!(error, CodecError::Malformed { .. }), "{error}");
    let limits = Limits {
        max_pixels: 1 << 20,
        ..Limits::default()
    };
    let options = DecodeOptions::default().with_limits(limits).with_conceal(true);
    let error = ImageDecoder::new(codecs(), options).decode(&bytes).unwrap_err();
    assert!(matches!(error, CodecError::Limit { .. }), "{error}");
}

#[test]
fn options_out_of_range_are_refused() {
    let original = picture(9, 9, Color::Gray, Depth::Eight, false);
    let encode = |options| ImageEncoder::new(codecs(), options).encode(&original);
    for tile_size in [0, 100, 8192] {
        let result = encode(EncodeOptions::default().with_tile_size(tile_size));
        assert!(matches!(result, Err(CodecError::Parameter(_))));
    }
    for limits in [
        Limits {
            max_pixels: 80,
            ..Limits::default()
        },
        Limits {
            max_side: 8,
            ..Limits::default()
        },
        Limits {
            max_metadata_bytes: 10,
            ..Limits::default()
        },
    ] {
        let result = encode(EncodeOptions::default().with_limits(limits));
        assert!(matches!(result, Err(CodecError::Limit { .. })));
    }
}

#[test]
fn another_model_is_named() {
    let original = picture(9, 9, Color::Gray, Depth::Eight, false);
    let bytes = encoder(64).encode(&original).unwrap().bytes;
    let prior = Arc::clone(&Toy::new().prior);
    let other = Arc::new(Toy {
        prior,
        hash: ModelHash([0xfe; 16]),
    });
    let decoder = ImageDecoder::new(with(other), DecodeOptions::default());
    let error = decoder.decode(&bytes).unwrap_err();
    let said = error.to_string();
    assert!(matches!(error, CodecError::ModelMismatch { .. }));
    assert!(
        said.contains(&"03".repeat(16)) && said.contains(&"fe".repeat(16)),
        "{said}"
    );
    assert!(matches!(decoder.verify(&bytes), Err(CodecError::ModelMismatch { .. })));
}

/// Stops after some steps.
struct Impatient {
    left: u64,
}

impl Watch for Impatient {
    fn progress(&mut self, _: u64, _: u64) {
        self.left = self.left.saturating_sub(1);
    }

    fn cancelled(&self) -> bool {
        self.left == 0
    }
}

#[test]
fn cancelled_work_ends_at_the_next_step() {
    let original = picture(200, 100, Color::Gray, Depth::Eight, false);
    let bytes = encoder(64).encode(&original).unwrap().bytes;
    let exact = EncodeOptions::default()
        .with_max_error(Some(MaxError::default()))
        .with_tile_size(64);
    for left in [0, 1, 3] {
        let encoded = encoder(64).encode_watched(&original, &mut Impatient { left });
        assert!(matches!(encoded, Err(CodecError::Cancelled)));
        let decoded = decoder(false).decode_watched(&bytes[..], &mut Impatient { left });
        assert!(matches!(decoded, Err(CodecError::Cancelled)));
        let target = Target::Bytes(bytes.len() as u64 / 2);
        let found = encoder(64).encode_to(&original, &target, &mut Impatient { left: left.min(1) });
        assert!(matches!(found, Err(CodecError::Cancelled)));
    }
    let lossless = ImageEncoder::new(codecs(), exact).encode_watched(&original, &mut Impatient { left: 1 });
    assert!(matches!(lossless, Err(CodecError::Cancelled)));
}

#[test]
fn weights_that_are_not_open_are_asked_for() {
    let original = picture(9, 9, Color::Gray, Depth::Eight, false);
    let encoded = ImageEncoder::new(Codecs::default(), EncodeOptions::default()).encode(&original);
    assert!(matches!(encoded, Err(CodecError::Weights(_))));
    let bytes = encoder(64).encode(&original).unwrap().bytes;
    let decoded = ImageDecoder::new(Codecs::default(), DecodeOptions::default()).decode(&bytes);
    assert!(matches!(decoded, Err(CodecError::Weights(_))));
}
