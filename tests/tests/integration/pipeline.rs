//! Pictures there and back with the shipped model on the CPU.

use lmc_codec::codecs::Value;
use lmc_codec::codecs::wavelet::ROW;
use lmc_codec::{CodecError, Color, Depth, Effort, Image, ImageEncoder, Limits, Samples, Unwatched};
use lmc_tests::models::{codecs, decoder, encoder, options, verifier};
use lmc_tests::pictures::{deep, grainy, gray, part, psnr_db, sample, see_through};

/// There and back; checks all that is lossless, and gives the picture and the size of the stream.
fn there_and_back(picture: &Image, quality: f32, tile_size: u32) -> (Image, usize) {
    let encoded = encoder(quality, tile_size)
        .encode(picture)
        .expect("the picture is encoded");
    let decoded = decoder(false).decode(&encoded.bytes).expect("the stream is decoded");
    let back = decoded.picture;
    assert!(decoded.damage.is_empty());
    assert_eq!((back.width(), back.height()), (picture.width(), picture.height()));
    assert_eq!((back.color(), back.depth()), (picture.color(), picture.depth()));
    assert_eq!(back.alpha(), picture.alpha(), "alpha is lossless");
    assert_eq!((back.icc(), back.exif()), (picture.icc(), picture.exif()));
    (back, encoded.bytes.len())
}

#[test]
fn every_kind_and_size_comes_back() {
    let sample = sample();
    let sizes = [(1, 1), (17, 33), (1, 130), (130, 1), (64, 64), (65, 63), (100, 16)];
    for (index, (width, height)) in sizes.into_iter().enumerate() {
        for kind in 0..8 {
            let mut picture = part(&sample, 30 * index as u32, 40, width, height);
            if kind & 1 != 0 {
                picture = gray(&picture);
            }
            if kind & 2 != 0 {
                picture = deep(&picture);
            }
            if kind & 4 != 0 {
                picture = see_through(&picture)
                    .with_icc(Some(vec![1; 400]))
                    .with_exif(Some(vec![2; 30]));
            }
            let tile_size = [64, 128, 1024][(index + kind) % 3];
            let (back, _) = there_and_back(&picture, 92.0, tile_size);
            let psnr = psnr_db(&back, &picture);
            assert!(
                psnr > 39.0,
                "{psnr:.1} dB for {width}x{height}, kind {kind}, tiles of {tile_size}"
            );
        }
    }
}

#[test]
fn extreme_pictures_come_back() {
    let flat = |value: u8| Samples::U8(vec![value; 70 * 90 * 3]);
    let board: Vec<u8> = (0..70 * 90 * 3)
        .map(|at: usize| if (at / 3 + at / 210).is_multiple_of(2) { 255 } else { 0 })
        .collect();
    let noise: Vec<u8> = (0..70 * 90 * 3u32)
        .map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    // Of the finest patterns a model of photographs keeps no more than their mean.
    let cases = [
        ("black", flat(0), 34.0),
        ("white", flat(255), 34.0),
        ("gray", flat(119), 34.0),
        ("chessboard", Samples::U8(board), 5.0),
        ("noise", Samples::U8(noise), 9.0),
    ];
    for (name, samples, least) in cases {
        for quality in [0.0, 60.0, 100.0] {
            let picture = Image::new(70, 90, Color::Rgb, samples.clone(), None).expect("the size fits");
            let (back, bytes) = there_and_back(&picture, quality, 1024);
            let psnr = psnr_db(&back, &picture);
            assert!(
                psnr > least,
                "{name} at quality {quality}: {psnr:.1} dB in {bytes} bytes"
            );
        }
    }
}

/// What is at the right and at the bottom comes back as well as what is at the left and at the top, whatever the size.
#[test]
fn all_edges_are_alike() {
    let (width, height) = (304, 200);
    let mut samples = part(&sample(), 60, 30, width, height).samples().to_u8().into_owned();
    let stride = width as usize * 3;
    for (y, row) in samples.chunks_exact_mut(stride).enumerate() {
        if y < 4 || y >= height as usize - 4 {
            row.fill(0);
        }
        row[..4 * 3].fill(0);
        row[stride - 4 * 3..].fill(0);
    }
    let turned = samples.chunks_exact(3).rev().flatten().copied().collect();
    let [upright, turned] = [samples, turned].map(|samples| {
        let picture = Image::new(width, height, Color::Rgb, Samples::U8(samples), None).expect("the size fits");
        let (back, bytes) = there_and_back(&picture, 50.0, 1024);
        (psnr_db(&back, &picture), bytes)
    });
    let apart = (upright.0 - turned.0).abs();
    assert!(
        apart < 0.5 && upright.0 > 32.0,
        "{upright:?} and {turned:?} dB and bytes"
    );
    assert!(
        upright.1.abs_diff(turned.1) * 20 < turned.1,
        "{upright:?} and {turned:?} dB and bytes"
    );
}

#[test]
fn size_and_fidelity_rise_with_quality() {
    let sample = sample();
    let mut before = (0, 0.0);
    for quality in (0..=100).step_by(10) {
        let (back, bytes) = there_and_back(&sample, quality as f32, 1024);
        let now = (bytes, psnr_db(&back, &sample));
        assert!(
            now.0 > before.0 && now.1 > before.1,
            "quality {quality}: {now:?} after {before:?}"
        );
        before = now;
    }
    let bpp = before.0 as f64 * 8.0 / (384.0 * 256.0);
    assert!(
        (1.5..12.0).contains(&bpp) && before.1 > 38.0,
        "quality 100: {bpp:.2} bpp, {:.2} dB",
        before.1
    );
}

#[test]
fn fractions_of_quality_count() {
    let sample = part(&sample(), 80, 60, 192, 128);
    let (_, coarse) = there_and_back(&sample, 60.0, 1024);
    let (_, fine) = there_and_back(&sample, 60.5, 1024);
    let (_, finer) = there_and_back(&sample, 62.0, 1024);
    assert!(
        coarse < finer && coarse <= fine && fine <= finer,
        "{coarse} {fine} {finer}"
    );
}

#[test]
fn the_encoder_knows_what_the_decoder_makes() {
    let picture = deep(&see_through(&part(&sample(), 20, 30, 200, 150)));
    for tile_size in [64, 128, 1024] {
        let (encoded, reconstruction) = encoder(45.0, tile_size)
            .encode_and_reconstruct(&picture, &mut Unwatched)
            .expect("the picture is encoded");
        assert_eq!(
            encoded,
            encoder(45.0, tile_size)
                .encode(&picture)
                .expect("the picture is encoded")
        );
        let decoded = decoder(false).decode(&encoded.bytes).expect("the stream is decoded");
        assert!(
            decoded.picture == reconstruction,
            "tiles of {tile_size}: other pixels on the same device"
        );
        let verified = verifier().verify(&encoded.bytes).expect("the stream is verified");
        assert_eq!(verified.symbol_hash, Some(encoded.stats.symbol_hash));
        assert_eq!(verified.symbols, encoded.stats.symbols);
    }
}

#[test]
fn streams_are_hardly_longer_than_their_probabilities_ask() {
    for (quality, tile_size) in [(0.0, 1024), (20.0, 1024), (60.0, 128), (100.0, 1024)] {
        let encoded = encoder(quality, tile_size).encode(&sample());
        let stats = encoded.expect("the picture is encoded").stats;
        let estimated = stats.bits_estimated.expect("the latents have tables");
        let payloads = stats.bytes.tile_payloads as f64 * 8.0;
        // A tile has a state of eight bytes or so for each lane, and a lane for every 2 kB.
        let most = estimated * 1.01 + 80.0 * f64::from(stats.tiles);
        assert!(
            (estimated..=most).contains(&payloads),
            "quality {quality}: {payloads} bits for {estimated}"
        );
        assert!(stats.bytes.tile_payloads < stats.bytes.tiles && stats.bytes.tiles < stats.bytes.total);
    }
}

#[test]
fn threads_change_nothing() {
    let picture = see_through(&part(&sample(), 10, 10, 300, 200));
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .expect("threads start");
        pool.install(|| {
            let encoded = encoder(55.0, 128).encode(&picture).expect("the picture is encoded");
            let verified = verifier().verify(&encoded.bytes).expect("the stream is verified");
            let decoded = decoder(false).decode(&encoded.bytes).expect("the stream is decoded");
            (encoded.bytes, verified, decoded.picture)
        })
    };
    let one = run(1);
    for threads in [2, 3, 8] {
        let many = run(threads);
        assert!(one.0 == many.0, "{threads} threads give other bytes");
        assert_eq!(one.1.symbol_hash, many.1.symbol_hash);
        assert!(one.2 == many.2, "{threads} threads give other pixels");
    }
}

#[test]
fn sixteen_bits_are_more_than_eight() {
    // A ramp finer than 8 bits can show.
    let ramp = (0..128 * 64).map(|at: u32| 20_000 + (at % 128 * 12) as u16).collect();
    let picture = Image::new(128, 64, Color::Gray, Samples::U16(ramp), None).expect("the size fits");
    let (back, _) = there_and_back(&picture, 95.0, 1024);
    assert_eq!(back.depth(), Depth::Sixteen);
    let Samples::U16(samples) = back.samples() else {
        panic!("samples of 16 bits");
    };
    let between = samples.iter().filter(|&&sample| sample % 257 != 0).count();
    assert!(between > samples.len() / 2, "only {between} samples use the lower bits");
    let psnr = psnr_db(&back, &picture);
    assert!(psnr > 50.0, "a smooth ramp is kept finer than 8 bits: {psnr:.1} dB");
}

/// Tiles are no concern of the transforms: borders of tiles show no more than any other place.
#[test]
fn tiles_leave_no_seams() {
    let sample = sample();
    let (whole, _) = there_and_back(&sample, 40.0, 1024);
    let reference = psnr_db(&whole, &sample);
    for tile_size in [64, 128] {
        let (tiled, _) = there_and_back(&sample, 40.0, tile_size);
        let psnr = psnr_db(&tiled, &sample);
        assert!(
            (psnr - reference).abs() < 0.2,
            "tiles of {tile_size}: {psnr:.2} dB, one tile: {reference:.2} dB"
        );
        let (at_borders, elsewhere) = errors_by_place(&tiled, &sample, tile_size);
        let ratio = at_borders / elsewhere;
        let (whole_at_borders, whole_elsewhere) = errors_by_place(&whole, &sample, tile_size);
        let natural = whole_at_borders / whole_elsewhere;
        assert!(
            ratio < natural * 1.1,
            "tiles of {tile_size}: the error at borders is {ratio:.3}, was {natural:.3}"
        );
    }
}

/// Mean squared errors of the two columns and rows on each side of the borders of tiles, and of all others.
fn errors_by_place(found: &Image, truth: &Image, tile_size: u32) -> (f64, f64) {
    let (a, b) = (found.samples().to_u8(), truth.samples().to_u8());
    let mut sums = [(0.0, 0u32); 2];
    for (at, (a, b)) in a.iter().zip(b.iter()).enumerate() {
        let (x, y) = (at as u32 / 3 % truth.width(), at as u32 / 3 / truth.width());
        let border = |at: u32, size: u32| (at + 2) % tile_size < 4 && at >= 2 && at + 2 < size;
        let place = usize::from(border(x, truth.width()) || border(y, truth.height()));
        sums[place].0 += f64::from(i32::from(*a) - i32::from(*b)).powi(2);
        sums[place].1 += 1;
    }
    (sums[1].0 / f64::from(sums[1].1), sums[0].0 / f64::from(sums[0].1))
}

#[test]
fn info_and_verify_agree_with_the_encoder() {
    let picture = see_through(&part(&sample(), 0, 0, 140, 70)).with_icc(Some(vec![9; 100]));
    let encoded = encoder(60.0, 64).encode(&picture).expect("the picture is encoded");
    let info = lmc_codec::info(&encoded.bytes[..], &Limits::default()).expect("the stream is read");
    assert_eq!(
        (info.stream_bytes, info.parts, info.symbols.count, info.alpha.count),
        (encoded.bytes.len() as u64, 6, 6, 6)
    );
    assert_eq!(info.header, encoded.header);
    let fields = (ROW.describe)(&info.header.codec_block).expect("the codec knows its block");
    assert_eq!(fields[0], ("quality", Value::Number(60.0)));
    assert!(
        verifier()
            .verify(&encoded.bytes)
            .expect("the stream is verified")
            .is_good()
    );
}

#[test]
fn effort_pays() {
    let plain = part(&sample(), 60, 40, 200, 136);
    // The less usual a picture is, the more is left to be found.
    for (picture, tile_size, least) in [
        (&grainy(&plain), 1024, 0.01),
        (&grainy(&plain), 128, 0.01),
        (&plain, 1024, 0.0),
        (&plain, 128, 0.0),
    ] {
        let bytes_and_psnr = |effort: u8, quality: f32| {
            let options = options(quality, tile_size).with_effort(Effort::new(effort).expect("in range"));
            let encoder = ImageEncoder::new(codecs(), options);
            let bytes = encoder.encode(picture).expect("the picture is encoded").bytes;
            let again = encoder.encode(picture).expect("the picture is encoded").bytes;
            assert_eq!(bytes, again, "the same picture becomes the same stream");
            let back = decoder(false).decode(&bytes).expect("the stream is decoded").picture;
            (bytes.len() as f64, psnr_db(&back, picture))
        };
        let (low, high, patient) = (
            bytes_and_psnr(1, 70.0),
            bytes_and_psnr(1, 78.0),
            bytes_and_psnr(4, 70.0),
        );
        let share = (patient.1 - low.1) / (high.1 - low.1);
        let equal = low.0 * (high.0 / low.0).powf(share);
        let gain = 1.0 - patient.0 / equal;
        assert!(
            gain > least,
            "{low:?} and {high:?} against {patient:?} with tiles of {tile_size}"
        );
    }
}

#[test]
fn patient_encoders_write_filters() {
    let picture = part(&sample(), 20, 10, 300, 200);
    let options = options(60.0, 1024).with_effort(Effort::new(2).expect("in range"));
    let encoder = ImageEncoder::new(codecs(), options);
    let (encoded, shown) = encoder
        .encode_and_reconstruct(&picture, &mut Unwatched)
        .expect("the picture is encoded");
    assert_eq!(encoded, encoder.encode(&picture).expect("the picture is encoded"));
    let found = decoder(false).decode(&encoded.bytes).expect("the stream is decoded");
    assert_eq!(found.picture, shown);

    // The segment before the tile. Without it the picture is there, and a little worse.
    let (filter, tile) = (encoded.stats.bytes.codec, encoded.stats.bytes.tiles);
    assert!((30..200).contains(&filter), "{filter} bytes");
    let end = encoded.bytes.len() - tile - 7;
    let mut damaged = encoded.bytes.clone();
    damaged[end - 10] ^= 4;
    assert!(matches!(
        decoder(false).decode(&damaged),
        Err(CodecError::Malformed { .. })
    ));
    let without = decoder(true).decode(&damaged).expect("what is lost is not needed");
    assert_eq!(without.damage.entries().len(), 1);
    let [with, without] = [&found.picture, &without.picture].map(|back| psnr_db(back, &picture));
    assert!(without < with && with < without + 1.0, "{with} and {without} dB");
}

/// However a picture lies, the most patient encoders code it in the same way.
#[test]
fn patient_encoders_turn_pictures() {
    let upright = part(&sample(), 30, 20, 96, 72);
    let Samples::U8(samples) = upright.samples() else {
        unreachable!("the sample has 8 bits")
    };
    // Rows from top to bottom are columns from right to left.
    let places = (0..96).flat_map(|y| (0..72).map(move |x| (71 - x) * 96 + y));
    let turned = places.flat_map(|at| samples[3 * at..3 * at + 3].to_vec()).collect();
    let turned = Image::new(72, 96, upright.color(), Samples::U8(turned), None).expect("as many samples");
    let options = options(40.0, 1024).with_effort(Effort::new(7).expect("in range"));
    let encoder = ImageEncoder::new(codecs(), options);
    let [upright, turned] = [upright, turned].map(|picture| {
        let (encoded, shown) = encoder
            .encode_and_reconstruct(&picture, &mut Unwatched)
            .expect("the picture is encoded");
        let found = decoder(false).decode(&encoded.bytes).expect("the stream is decoded");
        assert_eq!(found.picture, shown);
        assert_eq!((shown.width(), shown.height()), (picture.width(), picture.height()));
        assert!(psnr_db(&shown, &picture) > 28.0);
        let fields = (ROW.describe)(&found.header.codec_block).expect("the codec knows its block");
        let orientation = fields.into_iter().find(|(name, _)| *name == "orientation");
        (encoded.stats.symbol_hash, orientation)
    });
    assert_eq!(upright.0, turned.0);
    assert_ne!(upright.1, turned.1);
}

#[test]
fn effort_has_its_bounds() {
    for effort in [0, 10, 255] {
        assert!(matches!(Effort::new(effort), Err(CodecError::Parameter(_))));
    }
    let options = options(50.0, 2048).with_effort(Effort::new(2).expect("in range"));
    let refused = ImageEncoder::new(codecs(), options).encode(&part(&sample(), 0, 0, 64, 64));
    assert!(matches!(refused, Err(CodecError::Parameter(_))));
}
