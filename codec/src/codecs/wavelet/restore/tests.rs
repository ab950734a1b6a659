//! The filter there and back.

use super::coded::LARGEST;
use super::*;
use crate::media::image::{Depth, Image, Samples};
use proptest::prelude::*;

fn picture(width: u32, height: u32, color: Color, sample: impl Fn(usize) -> u8) -> Image {
    let count = width as usize * height as usize * color.channels();
    let samples = Samples::U8((0..count).map(sample).collect());
    Image::new(width, height, color, samples, None).unwrap()
}

/// A texture without repetition.
fn texture(at: usize) -> u8 {
    let mixed = (at as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    64 + (mixed >> 57) as u8
}

fn restore(picture: &mut Image, filter: &Filter) {
    picture.set_samples(restored(picture, filter));
}

fn squared_error(a: &Image, b: &Image) -> f64 {
    let values = |picture: &Image| match picture.samples() {
        Samples::U8(samples) => samples.iter().map(|&v| f64::from(v)).collect::<Vec<_>>(),
        Samples::U16(samples) => samples.iter().map(|&v| f64::from(v) / 257.0).collect(),
    };
    values(a).iter().zip(values(b)).map(|(a, b)| (a - b).powi(2)).sum()
}

/// The squared error that a bit is worth when all errors together are worth that number of bytes.
fn bit(original: &Image, decoded: &Image, stream_bytes: f64) -> f64 {
    squared_error(original, decoded) / (8.0 * stream_bytes)
}

/// Each sample with a share of its neighbours in the row.
fn smoothed(picture: &Image) -> Image {
    let Samples::U8(samples) = picture.samples() else {
        unreachable!()
    };
    let channels = picture.color().channels();
    let near = |at: usize, by: isize| f64::from(*samples.get(at.wrapping_add_signed(by)).unwrap_or(&samples[at]));
    let by = channels as isize;
    let smooth = (0..samples.len()).map(|at| (0.8 * near(at, 0) + 0.1 * (near(at, by) + near(at, -by))).round() as u8);
    let samples = Samples::U8(smooth.collect());
    Image::new(picture.width(), picture.height(), picture.color(), samples, None).unwrap()
}

proptest! {
    #[test]
    fn bytes_there_and_back(
        gray in any::<bool>(),
        threshold in any::<u8>(),
        values in prop::collection::vec(prop_oneof![-3..=3, -LARGEST..=LARGEST], 102),
    ) {
        let color = if gray { Color::Gray } else { Color::Rgb };
        let coefficients = values[..features_of(color) * color.channels()].to_vec();
        let filter = CodedFilter { color, threshold, coefficients };
        let bytes = filter.to_bytes();
        prop_assert_eq!(CodedFilter::parse(&bytes, color), Ok(filter));
        for cut in 0..bytes.len() {
            prop_assert!(CodedFilter::parse(&bytes[..cut], color).is_err());
        }
        prop_assert!(CodedFilter::parse(&[&bytes[..], &[0]].concat(), color).is_err());
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        for color in [Color::Gray, Color::Rgb] {
            if let Ok(filter) = CodedFilter::parse(&bytes, color) {
                let mut picture = picture(5, 3, color, texture);
                if let Some(filter) = filter.filter() {
                    restore(&mut picture, &filter);
                }
            }
        }
    }

    #[test]
    fn the_filter_is_the_plain_sum_in_all_forms(
        gray in any::<bool>(), deep in any::<bool>(), width in 1u32..140, height in 1u32..40,
        most in 0i16..=4080, seed in any::<u64>(),
    ) {
        let color = if gray { Color::Gray } else { Color::Rgb };
        let original = picture(width, height, color, |at| (texture(at).wrapping_mul(3)) ^ seed as u8);
        let original = if deep { in_16_bits(&original, seed) } else { original };
        let filter = random_filter(color, most, seed);
        prop_assert!(filter.is_sound());
        let wanted = plain(&original, &filter);
        for isa in lmc_kernels::isa::Isa::available() {
            let mut found = original.clone();
            found.set_samples(super::apply::restored_with(isa, &found, &filter));
            prop_assert_eq!(found.samples(), &wanted, "{:?}", isa);
        }
    }
}

fn in_16_bits(picture: &Image, seed: u64) -> Image {
    let Samples::U8(samples) = picture.samples() else {
        unreachable!()
    };
    let wide = samples
        .iter()
        .map(|&v| (u16::from(v) * 257).wrapping_add(seed as u16 & 255));
    let (width, height) = (picture.width(), picture.height());
    Image::new(width, height, picture.color(), Samples::U16(wide.collect()), None).unwrap()
}

fn random_filter(color: Color, most: i16, seed: u64) -> Filter {
    let mut state = seed | 1;
    let mut next = move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as i32 - (1 << 23)
    };
    let channels = color.channels();
    let bound = (MOST_WEIGHT as i32) / features_of(color) as i32;
    Filter {
        most,
        bits: 10 + (seed % 5) as u32,
        weights: (0..channels)
            .map(|_| (1..features_of(color)).map(|_| (next() % bound) as i16).collect())
            .collect(),
        offsets: (0..channels).map(|_| next() % (1 << 20)).collect(),
    }
}

/// The filter by the words of the format.
fn plain(picture: &Image, filter: &Filter) -> Samples {
    let (width, height) = (picture.width() as i64, picture.height() as i64);
    let channels = picture.color().channels();
    let sample = |x: i64, y: i64, c: usize| {
        let at = (y.clamp(0, height - 1) * width + x.clamp(0, width - 1)) as usize * channels + c;
        match picture.samples() {
            Samples::U8(samples) => i64::from(samples[at]),
            Samples::U16(samples) => i64::from(samples[at]),
        }
    };
    let value = |x: i64, y: i64, c: usize| match picture.depth() {
        Depth::Eight => sample(x, y, c) * 16,
        Depth::Sixteen => (sample(x, y, c) * 4080 + 32_767) / 65_535,
    };
    let rings = [(0i64, 1i64), (1, 1), (0, 2), (2, 2), (1, 2)];
    let in_ring = |dx: i64, dy: i64, (a, b): (i64, i64)| {
        let (dx, dy) = (dx.abs(), dy.abs());
        (dx, dy) == (a, b) || (dx, dy) == (b, a)
    };
    let most = i64::from(filter.most);
    let mut out = Vec::new();
    for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))) {
        let mut features = Vec::new();
        for c in 0..channels {
            let sum = |ring: (i64, i64), cut: i64| {
                let places = (-2..=2).flat_map(|dy| (-2..=2).map(move |dx| (dx, dy)));
                let near = places.filter(|&(dx, dy)| in_ring(dx, dy, ring));
                near.map(|(dx, dy)| (value(x + dx, y + dy, c) - value(x, y, c)).clamp(-cut, cut))
                    .sum::<i64>()
            };
            features.extend(rings.map(|ring| sum(ring, i64::MAX)));
            features.extend(rings.map(|ring| sum(ring, most)));
        }
        if channels == 3 {
            let [red, green, blue] = [0, 1, 2].map(|c| value(x, y, c));
            features.extend([red - green, blue - green, green - 2048]);
        } else {
            features.push(value(x, y, 0) - 2048);
        }
        for c in 0..channels {
            let weighted = features.iter().zip(&filter.weights[c]).map(|(f, w)| f * i64::from(*w));
            let sum = weighted.sum::<i64>() + i64::from(filter.offsets[c]);
            let (factor, max) = if picture.depth() == Depth::Eight {
                (1, 255)
            } else {
                (257, 65_535)
            };
            let bits = filter.bits + 4;
            out.push((sample(x, y, c) + ((sum * factor + (1 << (bits - 1))) >> bits)).clamp(0, max));
        }
    }
    match picture.depth() {
        Depth::Eight => Samples::U8(out.into_iter().map(|v| v as u8).collect()),
        Depth::Sixteen => Samples::U16(out.into_iter().map(|v| v as u16).collect()),
    }
}

#[test]
fn filters_that_are_too_strong_are_refused() {
    let with = |value: i32| CodedFilter {
        color: Color::Rgb,
        threshold: 4,
        coefficients: vec![value; 3 * features_of(Color::Rgb)],
    };
    assert!(with(100).filter().is_some());
    assert!(with(LARGEST).filter().is_none() && with(-LARGEST).filter().is_none());
    let mut one = with(0);
    one.coefficients[0] = LARGEST;
    assert!(one.filter().is_none(), "one weight of 32");
    one.coefficients[0] = 4000;
    assert!(one.filter().is_some());
}

#[test]
fn a_fitted_filter_undoes_what_a_filter_did() {
    for color in [Color::Gray, Color::Rgb] {
        let original = picture(90, 70, color, texture);
        let mut decoded = smoothed(&original);
        let before = squared_error(&original, &decoded);
        let filter = fit(&original, &decoded, 1.0, bit(&original, &decoded, 1e4)).unwrap();
        assert_eq!(CodedFilter::parse(&filter.to_bytes(), color).as_ref(), Ok(&filter));
        restore(&mut decoded, &filter.filter().unwrap());
        let after = squared_error(&original, &decoded);
        assert!(after < 0.4 * before, "{after} of {before}");
    }
}

#[test]
fn filters_of_small_streams_have_small_coefficients() {
    let smooth = |at: usize| 100 + (at / 270) as u8;
    let original = picture(90, 70, Color::Rgb, smooth);
    let decoded = picture(90, 70, Color::Rgb, |at| smooth(at) + texture(at) % 8 - 3);
    let [large, small] =
        [1e6, 1e3].map(|bytes| fit(&original, &decoded, 1.0, bit(&original, &decoded, bytes)).unwrap());
    let after = |filter: &CodedFilter| {
        let mut picture = decoded.clone();
        restore(&mut picture, &filter.filter().unwrap());
        squared_error(&original, &picture)
    };
    assert!(small.to_bytes().len() < large.to_bytes().len());
    assert!(after(&large) < after(&small) && after(&small) < squared_error(&original, &decoded));
}

#[test]
fn nothing_to_restore_is_no_filter() {
    let original = picture(90, 70, Color::Rgb, texture);
    assert_eq!(fit(&original, &original, 1.0, 1e-3), None);
    // It would be worth its bytes in a larger stream.
    let decoded = smoothed(&original);
    assert_eq!(fit(&original, &decoded, 1.0, bit(&original, &decoded, 20.0)), None);
}

#[test]
fn depths_agree_and_small_pictures_have_edges() {
    for (width, height) in [(1, 1), (2, 5), (40, 67)] {
        let original = picture(width, height, Color::Rgb, texture);
        let coefficients = (0..features_of(Color::Rgb) as i32 * 3).map(|at| at % 7 - 3).collect();
        let filter = CodedFilter {
            color: Color::Rgb,
            threshold: 30,
            coefficients,
        };
        let Samples::U8(samples) = original.samples() else {
            unreachable!()
        };
        let samples = Samples::U16(samples.iter().map(|&v| u16::from(v) * 257).collect());
        let mut deep = Image::new(width, height, Color::Rgb, samples, None).unwrap();
        let mut shallow = original;
        restore(&mut shallow, &filter.filter().unwrap());
        restore(&mut deep, &filter.filter().unwrap());
        assert_eq!(deep.depth(), Depth::Sixteen);
        let count = f64::from(width * height * 3);
        assert!(squared_error(&shallow, &deep) <= 0.26 * count);
    }
}

#[test]
fn a_filter_for_all_pictures_serves_gray_ones_as_well() {
    let pair = |seed: usize| {
        let gray = picture(70, 80, Color::Gray, |at| texture(at + seed));
        let Samples::U8(samples) = gray.samples() else {
            unreachable!()
        };
        let samples = Samples::U8(samples.iter().flat_map(|&v| [v; 3]).collect());
        let original = Image::new(70, 80, Color::Rgb, samples, None).unwrap();
        (smoothed(&gray), gray, smoothed(&original), original)
    };
    let pairs: Vec<_> = (0..3).map(|seed| pair(seed * 10_000)).collect();
    let colours: Vec<_> = pairs
        .iter()
        .map(|(_, _, decoded, original)| (original.clone(), decoded.clone()))
        .collect();
    let (bits, specs) = rounded_filters(&[fit_for_all(&colours).unwrap()]);
    let rgb = Filter {
        most: specs[0].threshold,
        bits,
        weights: specs[0].weights.to_vec(),
        offsets: specs[0].offsets.to_vec(),
    };
    assert!(rgb.is_sound() && rgb.clone().for_color(Color::Gray).is_sound());
    let (gray_decoded, gray, decoded, original) = pair(77);
    let filtered = |mut picture: Image| {
        let filter = rgb.clone().for_color(picture.color());
        restore(&mut picture, &filter);
        picture
    };
    let after = squared_error(&original, &filtered(decoded.clone()));
    assert!(after < 0.5 * squared_error(&original, &decoded));
    let after = squared_error(&gray, &filtered(gray_decoded.clone()));
    assert!(after < 0.5 * squared_error(&gray, &gray_decoded));
    assert_eq!(fit_for_all(&[]), None);
}

#[test]
fn frames_are_filtered_as_images_are() {
    use crate::codecs::video::motion::Frame;
    let (width, height) = (150, 70);
    let filter = CodedFilter {
        color: Color::Rgb,
        threshold: 40,
        coefficients: (0..3 * features_of(Color::Rgb) as i32)
            .map(|at| at * 7 % 11 - 5)
            .collect(),
    };
    let filter = filter.filter().unwrap();
    let mut image = picture(width, height, Color::Rgb, texture);
    let Samples::U8(samples) = image.samples().clone() else {
        unreachable!()
    };
    let frame = Frame::from_rgb8(width as usize, height as usize, &samples).unwrap();
    let filtered = restore_frame(&frame, &filter).unwrap();
    restore(&mut image, &filter);
    let Samples::U8(wanted) = image.samples() else {
        unreachable!()
    };
    for (at, wanted) in wanted.iter().enumerate() {
        let found = filtered.planes()[at % 3].data[at / 3];
        assert!(
            (i32::from(found) - 16 * i32::from(*wanted)).abs() <= 8,
            "{at}: {found}, {wanted}"
        );
    }
    assert_ne!(filtered, frame);
}
