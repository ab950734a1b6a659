//! Parts of pictures and small versions of them, decoded without the rest.

use std::sync::Arc;

use lmc_codec::codecs::Codecs;
use lmc_codec::container::PartKind;
use lmc_codec::{
    CodecError, Color, DecodeOptions, Effort, EncodeOptions, Image, ImageDecoder, ImageEncoder, MaxError, Rect,
    Samples, Scale,
};
use lmc_models::wavelet::packet;
use lmc_tests::models::{Unfiltered, codecs, decoder, encoder, on_cpu, options, with_model};
use lmc_tests::pictures::{part, sample, see_through};

use crate::cli::Bench;

const SCALES: [Scale; 3] = [Scale::Half, Scale::Quarter, Scale::Eighth];

fn rect(x: u32, y: u32, width: u32, height: u32) -> Rect {
    Rect { x, y, width, height }
}

/// The colours of a region.
fn part_of(picture: &Image, region: Rect) -> Image {
    part(picture, region.x, region.y, region.width, region.height)
}

/// The alpha as a gray picture.
fn opacity(picture: &Image) -> Image {
    let alpha = picture.alpha().expect("there is alpha").clone();
    Image::new(picture.width(), picture.height(), Color::Gray, alpha, None).expect("the size fits")
}

fn decode(bytes: &[u8], region: Option<Rect>, scale: Scale) -> Result<Image, CodecError> {
    let options = DecodeOptions::default().with_region(region).with_scale(scale);
    let decoded = ImageDecoder::new(codecs(), options).decode(bytes)?;
    Ok(decoded.picture)
}

/// Means of blocks; those at the edges of fewer pixels.
fn means(picture: &Image, side: u32) -> Vec<f64> {
    let Samples::U8(samples) = picture.samples() else {
        panic!("pictures here have 8 bits");
    };
    let (width, height) = (picture.width(), picture.height());
    let mut means = Vec::new();
    for y in (0..height).step_by(side as usize) {
        for x in (0..width).step_by(side as usize) {
            for c in 0..3 {
                let span = |at: u32, end: u32| at..end.min(at + side);
                let (ys, xs) = (span(y, height), span(x, width));
                let count = f64::from((ys.len() * xs.len()) as u32);
                let at = |y: u32, x: u32| f64::from(samples[((y * width + x) * 3 + c) as usize]);
                let sum: f64 = ys
                    .flat_map(|y| xs.clone().map(move |x| (y, x)))
                    .map(|(y, x)| at(y, x))
                    .sum();
                means.push(sum / count);
            }
        }
    }
    means
}

/// What the low-pass filters of the transform make of a picture, whose edges are repeated up to a multiple of 64.
fn reduced(picture: &Image, scale: Scale) -> Vec<f64> {
    let Samples::U8(samples) = picture.samples() else {
        panic!("pictures here have 8 bits");
    };
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let [columns, rows] = [width, height].map(|side| side.next_multiple_of(64));
    let mut planes = Vec::with_capacity(3 * columns * rows);
    for c in 0..3 {
        for y in 0..rows {
            let row = y.min(height - 1) * width;
            planes.extend((0..columns).map(|x| f32::from(samples[(row + x.min(width - 1)) * 3 + c])));
        }
    }
    let bands = packet::forward(&planes, rows, columns);
    let small = packet::inverse_reduced(&bands, rows, columns, scale.levels());
    let [columns, rows, width, height] = [columns, rows, width, height].map(|side| side.div_ceil(1 << scale.levels()));
    let places = (0..height).flat_map(|y| (0..width).map(move |x| y * columns + x));
    places
        .flat_map(|at| (0..3).map(move |c| c * columns * rows + at))
        .map(|at| f64::from(small[at]).clamp(0.0, 255.0))
        .collect()
}

fn rms(a: &[f64], b: &Image) -> f64 {
    let Samples::U8(samples) = b.samples() else {
        panic!("pictures here have 8 bits");
    };
    assert_eq!(a.len(), samples.len());
    let sum: f64 = a.iter().zip(samples).map(|(a, &b)| (a - f64::from(b)).powi(2)).sum();
    (sum / a.len() as f64).sqrt()
}

#[test]
fn regions_are_parts_of_the_whole() {
    let picture = see_through(&part(&sample(), 20, 10, 300, 200));
    // Patient encoders write a filter, which looks beyond the region.
    for (tile_size, effort) in [(64, 1), (1024, 1), (1024, 2)] {
        let options = options(50.0, tile_size).with_effort(Effort::new(effort).expect("in range"));
        let encoder = ImageEncoder::new(codecs(), options);
        let stream = encoder.encode(&picture).expect("it is encoded").bytes;
        let whole = decoder(false).decode(&stream).expect("the stream is good").picture;
        for region in [
            rect(0, 0, 1, 1),
            rect(130, 77, 40, 50),
            rect(299, 199, 1, 1),
            rect(3, 100, 297, 100),
        ] {
            let found = decode(&stream, Some(region), Scale::Full).expect("the region is inside");
            let wanted = part_of(&whole, region);
            assert_eq!((found.width(), found.height()), (region.width, region.height));
            assert!(found.samples() == wanted.samples(), "{region} in tiles of {tile_size}");
            assert!(
                opacity(&found) == part_of(&opacity(&whole), region),
                "alpha of {region}"
            );
        }
    }
}

#[test]
fn small_versions_are_the_picture_before_its_filter() {
    let picture = part(&sample(), 20, 10, 203, 151);
    let unfiltered = ImageDecoder::new(with_model(Arc::new(Unfiltered(on_cpu()))), DecodeOptions::default());
    for quality in [20.0, 60.0, 90.0] {
        let stream = encoder(quality, 1024).encode(&picture).expect("it is encoded").bytes;
        let whole = unfiltered.decode(&stream).expect("the stream is good").picture;
        for scale in SCALES {
            let found = decode(&stream, None, scale).expect("the stream is good");
            let side = 1 << scale.levels();
            assert_eq!(
                (found.width(), found.height()),
                (203u32.div_ceil(side), 151u32.div_ceil(side))
            );
            let error = rms(&reduced(&whole, scale), &found);
            assert!(error < 0.5, "quality {quality}, {scale:?}: {error:.3} of 255");
        }
    }
}

#[test]
fn small_versions_look_like_the_picture() {
    let picture = part(&sample(), 20, 10, 203, 151);
    // The filter, which only the whole passes through, does less the better the quality is; 0.3 is rounding.
    for (quality, limits) in [(20.0, [1.45, 0.9, 0.75]), (60.0, [0.9, 0.65, 0.55]), (90.0, [0.5; 3])] {
        let stream = encoder(quality, 1024).encode(&picture).expect("it is encoded").bytes;
        let whole = decode(&stream, None, Scale::Full).expect("the stream is good");
        for (scale, limit) in SCALES.into_iter().zip(limits) {
            let found = decode(&stream, None, scale).expect("the stream is good");
            let error = rms(&reduced(&whole, scale), &found);
            assert!(error < limit, "quality {quality}, {scale:?}: {error:.3} of 255");
        }
    }
}

#[test]
fn lossless_pictures_have_views_too() {
    let picture = see_through(&part(&sample(), 20, 10, 203, 151));
    let options = EncodeOptions::default()
        .with_tile_size(64)
        .with_max_error(Some(MaxError::default()));
    let stream = ImageEncoder::new(Codecs::default(), options)
        .encode(&picture)
        .expect("it is encoded")
        .bytes;
    let region = rect(61, 50, 80, 70);
    let found = decode(&stream, Some(region), Scale::Full).expect("the region is inside");
    assert!(found.samples() == part_of(&picture, region).samples(), "other colours");
    assert!(opacity(&found) == part_of(&opacity(&picture), region), "another alpha");
    for scale in SCALES {
        let options = DecodeOptions::default().with_scale(scale);
        let found = ImageDecoder::new(Codecs::default(), options)
            .decode(&stream)
            .expect("the stream is good")
            .picture;
        assert!(rms(&means(&picture, 1 << scale.levels()), &found) < 0.36, "{scale:?}");
    }
}

#[test]
fn damage_outside_of_the_region_does_not_matter_to_its_pixels() {
    let picture = part(&sample(), 20, 10, 256, 64);
    let mut stream = encoder(50.0, 64).encode(&picture).expect("it is encoded").bytes;
    let region = Some(rect(190, 0, 66, 64));
    let good = decode(&stream, region, Scale::Full).expect("the stream is good");
    // The first tile follows the header.
    stream[60] ^= 0xff;
    let options = DecodeOptions::default().with_conceal(true).with_region(region);
    let decoded = ImageDecoder::new(codecs(), options)
        .decode(&stream)
        .expect("the rest is whole");
    let lost: Vec<_> = decoded.damage.runs(PartKind::Symbols).collect();
    assert_eq!(lost, [(0, 1)], "{:?}", decoded.damage);
    assert!(decoded.picture == good, "the region changed");
}

#[test]
fn regions_outside_are_refused() {
    let stream = encoder(50.0, 1024)
        .encode(&part(&sample(), 0, 0, 40, 30))
        .expect("it is encoded")
        .bytes;
    for region in [
        rect(0, 0, 41, 1),
        rect(40, 0, 1, 1),
        rect(0, 0, 0, 1),
        rect(u32::MAX, 0, 2, 1),
    ] {
        let refused = decode(&stream, Some(region), Scale::Full);
        assert!(matches!(refused, Err(CodecError::Parameter(_))), "{region}");
    }
}

#[test]
fn views_on_the_command_line() {
    let bench = Bench::new();
    bench.picture("in.png", &part(&sample(), 0, 0, 100, 60));
    bench.run("encode in.png -o x.lmc --device cpu").good();
    bench.run("decode x.lmc -o small.png --scale 1/4 --device cpu").good();
    bench
        .run("decode x.lmc -o part.png --region 10,20,30,40 --device cpu")
        .good();
    let size = |name| {
        let picture = bench.read_picture(name);
        (picture.width(), picture.height())
    };
    assert_eq!((size("small.png"), size("part.png")), ((25, 15), (30, 40)));
    bench
        .run("decode x.lmc -o no.png --region 90,0,30,40 --device cpu")
        .bad(1, &["100x60"]);
    bench.run("decode x.lmc -o no.png --region 1,2,3").bad(2, &["X,Y,W,H"]);
    bench.run("decode x.lmc -o no.png --scale 1/3").bad(2, &["1/8"]);
}
