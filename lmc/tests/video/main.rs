//! The video codec with the shipped weights: decoders make what encoders saw, on all forms of the kernels and any number
//! of threads, and damage is an error.

mod clip;

use std::sync::Arc;

use lmc_codec::codecs::frames::{EncodedFrame, FrameKind, FrameOptions, VideoCodec};
use lmc_codec::codecs::image::Effort;
use lmc_codec::codecs::video::{LatentVideoCodec, VideoFile, VideoModel};
use lmc_codec::media::video::{Chroma, VideoFormat, VideoFrame};
use lmc_codec::{CodecError, Quality};

use clip::{cut, format, moving, pixels_hash};

fn codec() -> LatentVideoCodec {
    let weights = lmc_weights::of_codec("video").expect("the weights ship");
    LatentVideoCodec::new(Arc::new(VideoModel::new(VideoFile::parse(weights.bytes).unwrap())))
}

fn options(quality: f32, effort: u8) -> FrameOptions {
    FrameOptions::default()
        .with_quality(Quality::new(quality).unwrap())
        .with_effort(Effort::new(effort).unwrap())
}

fn encoded(
    codec: &dyn VideoCodec,
    format: &VideoFormat,
    frames: &[VideoFrame],
    options: &FrameOptions,
) -> Vec<EncodedFrame> {
    let mut encoder = codec.encoder(format, &codec.block(options), options).unwrap();
    let frames = frames.iter();
    frames
        .map(|frame| encoder.encode(frame, FrameKind::Predicted).unwrap())
        .collect()
}

fn decoded(codec: &dyn VideoCodec, format: &VideoFormat, coded: &[EncodedFrame]) -> Vec<VideoFrame> {
    let mut decoder = codec.decoder(format, &codec.block(&options(50.0, 1))).unwrap();
    let frame = |coded: &EncodedFrame| {
        let found = decoder.decode(&coded.bytes, coded.kind).unwrap();
        assert_eq!((found.checksum, found.symbol_hash), (coded.checksum, coded.symbol_hash));
        found.frame
    };
    coded.iter().map(frame).collect()
}

fn psnr_db(a: &VideoFrame, b: &VideoFrame, max: f64) -> f64 {
    let pairs = a.planes()[0].iter().zip(&b.planes()[0]);
    let squares: f64 = pairs.map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum();
    10.0 * (max * max * a.planes()[0].len() as f64 / squares.max(1e-9)).log10()
}

#[test]
fn every_format_and_size_comes_back() {
    let codec = codec();
    for (width, height, chroma, depth) in [
        (96, 64, Chroma::Quarter, 8),
        (75, 41, Chroma::Quarter, 8),
        (64, 64, Chroma::Full, 10),
        (33, 17, Chroma::None, 8),
        (40, 24, Chroma::Half, 12),
        (1, 1, Chroma::Quarter, 8),
        (130, 3, Chroma::Full, 8),
    ] {
        let format = format(width, height, chroma, depth);
        let frames = moving(&format, 3);
        let coded = encoded(&codec, &format, &frames, &options(70.0, 1));
        assert_eq!(coded[0].kind, FrameKind::Key);
        let back = decoded(&codec, &format, &coded);
        for (frame, back) in frames.iter().zip(&back) {
            back.check(&format).unwrap();
            let db = psnr_db(frame, back, f64::from(format.max_sample()));
            assert!(db > 24.0, "{width}x{height}, {chroma:?}, {depth} bits: {db:.1} dB");
        }
    }
}

/// The reference of an encoder is what decoders have: errors do not add up over many frames.
#[test]
fn long_chains_do_not_drift() {
    let codec = codec();
    let format = format(96, 64, Chroma::Quarter, 8);
    let frames = moving(&format, 40);
    let coded = encoded(&codec, &format, &frames, &options(60.0, 1));
    assert!(coded[1..].iter().all(|frame| frame.kind == FrameKind::Predicted));
    let back = decoded(&codec, &format, &coded);
    let db = |at: usize| psnr_db(&frames[at], &back[at], 255.0);
    let (early, late) = ((1..5).map(db).sum::<f64>() / 4.0, (36..40).map(db).sum::<f64>() / 4.0);
    assert!(
        late > early - 1.5,
        "{early:.2} dB at the beginning, {late:.2} dB at the end"
    );
    let bytes = |frames: &[EncodedFrame]| frames.iter().map(|frame| frame.bytes.len()).sum::<usize>();
    assert!(bytes(&coded[1..]) < 20 * coded[0].bytes.len());
}

#[test]
fn frames_without_changes_cost_little() {
    let codec = codec();
    let format = format(160, 96, Chroma::Quarter, 8);
    let mut frames = moving(&format, 1);
    let options = options(80.0, 1);
    let coded = encoded(&codec, &format, &frames, &options);
    // What a decoder shows is what comes again and again.
    frames[0] = decoded(&codec, &format, &coded).remove(0);
    let frames = vec![frames[0].clone(); 6];
    let coded = encoded(&codec, &format, &frames, &options);
    let last = coded[5].bytes.len();
    assert!(last < 40, "{last} bytes");
    decoded(&codec, &format, &coded);
}

#[test]
fn cuts_become_key_frames() {
    let codec = codec();
    let format = format(128, 96, Chroma::Quarter, 8);
    let frames = cut(&format);
    let coded = encoded(&codec, &format, &frames, &options(60.0, 1));
    let kinds: Vec<FrameKind> = coded.iter().map(|frame| frame.kind).collect();
    let (key, predicted) = (FrameKind::Key, FrameKind::Predicted);
    assert_eq!(kinds, [key, predicted, predicted, key, predicted, predicted]);
    // Decoders can begin there.
    assert_eq!(
        decoded(&codec, &format, &coded[3..]),
        decoded(&codec, &format, &coded)[3..]
    );
}

#[test]
fn threads_do_not_change_a_byte() {
    let codec = codec();
    let format = format(150, 90, Chroma::Quarter, 8);
    let frames = moving(&format, 4);
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let coded = encoded(&codec, &format, &frames, &options(60.0, 3));
            let back = decoded(&codec, &format, &coded);
            (coded, back)
        })
    };
    let one = run(1);
    assert_eq!(one, run(2));
    assert_eq!(one, run(5));
}

/// The frames of the golden clip: how they were coded is no promise, how they decode is.
#[test]
fn golden_clips_decode_to_the_same_pixels() {
    let codec = codec();
    let format = format(150, 90, Chroma::Quarter, 8);
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden/video-v2/moving.frames");
    if std::env::var_os("LMC_REGENERATE_GOLDEN").is_some() {
        let coded = encoded(&codec, &format, &moving(&format, 6), &options(55.0, 1));
        std::fs::create_dir_all(std::path::Path::new(path).parent().unwrap()).unwrap();
        std::fs::write(path, clip::packed(&coded)).unwrap();
    }
    let coded = clip::unpacked(&std::fs::read(path).unwrap());
    let mut decoder = codec.decoder(&format, &codec.block(&options(50.0, 1))).unwrap();
    let frames = coded
        .iter()
        .map(|(kind, bytes)| decoder.decode(bytes, *kind).unwrap().frame);
    let hash = pixels_hash(&frames.collect::<Vec<_>>());
    println!("golden {hash}");
    assert_eq!(hash, clip::GOLDEN_HASH);
}

#[test]
fn all_forms_of_the_kernels_decode_alike() {
    for form in lmc_kernels::isa::Isa::available() {
        let test = std::env::current_exe().unwrap();
        let run = std::process::Command::new(test)
            .args(["--exact", "golden_clips_decode_to_the_same_pixels"])
            .env("LMC_ISA", form.name())
            .env_remove("LMC_REGENERATE_GOLDEN")
            .output()
            .unwrap();
        assert!(
            run.status.success(),
            "{}: {}",
            form.name(),
            String::from_utf8_lossy(&run.stdout)
        );
    }
}

#[test]
fn damage_is_an_error_or_another_frame_but_no_panic() {
    let codec = codec();
    let format = format(96, 64, Chroma::Quarter, 8);
    let frames = moving(&format, 2);
    let coded = encoded(&codec, &format, &frames, &options(60.0, 1));
    let block = codec.block(&options(60.0, 1));
    let mut state = 1u32;
    let mut next = move |below: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as usize % below
    };
    let mut refused = 0;
    for round in 0..120 {
        let which = round % 2;
        let mut bytes = coded[which].bytes.clone();
        match round % 3 {
            0 => bytes.truncate(next(bytes.len())),
            1 => {
                let at = next(bytes.len());
                bytes[at] ^= 1 << next(8);
            }
            _ => bytes.extend((0..1 + next(9)).map(|at| at as u8)),
        }
        let mut decoder = codec.decoder(&format, &block).unwrap();
        if which == 1 {
            decoder.decode(&coded[0].bytes, FrameKind::Key).unwrap();
        }
        refused += usize::from(decoder.decode(&bytes, coded[which].kind).is_err());
        // A key frame goes on after anything.
        assert!(decoder.decode(&coded[0].bytes, FrameKind::Key).is_ok());
    }
    assert!(refused > 60, "{refused}");
}

#[test]
fn frames_out_of_order_and_wild_sizes_are_refused() {
    let codec = codec();
    let small = format(96, 64, Chroma::Quarter, 8);
    let coded = encoded(&codec, &small, &moving(&small, 2), &options(60.0, 1));
    let block = codec.block(&options(60.0, 1));
    let mut decoder = codec.decoder(&small, &block).unwrap();
    let alone = decoder.decode(&coded[1].bytes, FrameKind::Predicted);
    assert!(matches!(alone, Err(CodecError::Malformed { .. })));
    let large = format(40_000, 40_000, Chroma::Quarter, 8);
    assert!(matches!(codec.check(&large), Err(CodecError::Unsupported(_))));
    assert!(codec.decoder(&large, &block).is_err());
    for wrong in [&[][..], &[1], &[0, 0, 0], &[0x11, 0x27]] {
        assert!(codec.decoder(&small, wrong).is_err());
    }
    let mut encoder = codec.encoder(&small, &block, &options(60.0, 1)).unwrap();
    let other = moving(&format(64, 64, Chroma::Quarter, 8), 1);
    assert!(encoder.encode(&other[0], FrameKind::Key).is_err());
}
