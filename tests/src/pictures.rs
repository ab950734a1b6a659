//! Pictures to encode: the bundled sample and what can be made of it, all in integers, and how far two are apart.

use lmc_codec::{Color, Image, Limits, Samples, files};

use crate::repository;

/// The bundled photograph: 384 x 256 pixels, 8-bit RGB.
pub fn sample() -> Image {
    let path = repository("tests/samples/chelsea.png");
    files::read_path(&path, &Limits::default()).expect("the sample is a PNG file")
}

/// The part of an 8-bit picture that starts at `x`, `y`; continued by mirror images of it where it ends.
pub fn part(picture: &Image, x: u32, y: u32, width: u32, height: u32) -> Image {
    let channels = picture.color().channels();
    let mirrored = |at: u32, size: u32| match at % (2 * size) {
        inside if inside < size => inside,
        outside => 2 * size - 1 - outside,
    };
    let source = picture.samples().to_u8();
    let mut samples = Vec::new();
    for row in y..y + height {
        for column in x..x + width {
            let (column, row) = (mirrored(column, picture.width()), mirrored(row, picture.height()));
            let at = (row * picture.width() + column) as usize * channels;
            samples.extend_from_slice(&source[at..at + channels]);
        }
    }
    Image::new(width, height, picture.color(), Samples::U8(samples), None).expect("the size fits")
}

/// The picture with noise of up to 32 in each 8-bit sample.
pub fn grainy(picture: &Image) -> Image {
    let mut state = 1u32;
    let mut noise = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 26) as i16 - 32
    };
    let noisy = |sample: u8| (i16::from(sample) + noise()).clamp(0, 255) as u8;
    let samples = picture.samples().to_u8().iter().copied().map(noisy).collect();
    Image::new(
        picture.width(),
        picture.height(),
        picture.color(),
        Samples::U8(samples),
        None,
    )
    .expect("the size fits")
}

/// An 8-bit picture in gray: the green channel.
pub fn gray(picture: &Image) -> Image {
    let samples = picture.samples().to_u8();
    let green = samples.iter().skip(1).step_by(3).copied().collect();
    Image::new(picture.width(), picture.height(), Color::Gray, Samples::U8(green), None).expect("the size fits")
}

/// The picture with 16 bits a sample, the lower ones a smooth ramp, so that 8 bits would not hold it.
pub fn deep(picture: &Image) -> Image {
    let (width, channels) = (picture.width() as usize, picture.color().channels());
    let samples = picture.samples().to_u8();
    let deep = samples.iter().enumerate().map(|(at, &sample)| {
        let (x, y) = (at / channels % width, at / channels / width);
        let low = (x * 5 + y * 3) % 257;
        (u32::from(sample) * 257).saturating_sub(low as u32) as u16
    });
    let deep = Samples::U16(deep.collect());
    let picture = Image::new(picture.width(), picture.height(), picture.color(), deep, None);
    picture.expect("the size fits")
}

/// The picture with alpha: clear around a soft-edged ellipse, of the picture's depth.
pub fn see_through(picture: &Image) -> Image {
    let (width, height) = (i64::from(picture.width()), i64::from(picture.height()));
    let max = i64::from(picture.depth().max());
    let mut values = Vec::new();
    for y in 0..height {
        for x in 0..width {
            let (dx, dy) = ((2 * x + 1 - width) * 1000 / width, (2 * y + 1 - height) * 1000 / height);
            let inside = 900_000 - dx * dx - dy * dy;
            values.push((inside.clamp(0, 200_000) * max / 200_000) as u16);
        }
    }
    let alpha = match picture.samples() {
        Samples::U8(_) => Samples::U8(values.iter().map(|&value| value as u8).collect()),
        Samples::U16(_) => Samples::U16(values),
    };
    picture.clone().with_alpha(Some(alpha)).expect("the size fits")
}

/// The PSNR of all colour samples in decibels, the peak being the largest sample.
pub fn psnr_db(a: &Image, b: &Image) -> f64 {
    let (a, b) = (wide(a.samples()), wide(b.samples()));
    assert_eq!(a.len(), b.len(), "pictures of different sizes");
    let squares = a
        .iter()
        .zip(&b)
        .map(|(&a, &b)| f64::from(i32::from(a) - i32::from(b)).powi(2));
    let error = squares.sum::<f64>() / a.len() as f64;
    10.0 * (65_535.0f64.powi(2) / error.max(1e-9)).log10()
}

/// The largest difference of two colour samples, in steps of 8 bits, rounded up.
pub fn distance(a: &Image, b: &Image) -> u16 {
    let (a, b) = (wide(a.samples()), wide(b.samples()));
    assert_eq!(a.len(), b.len(), "pictures of different sizes");
    let largest = a.iter().zip(&b).map(|(a, b)| a.abs_diff(*b)).max();
    largest.unwrap_or(0).div_ceil(257)
}

/// All samples with 16 bits.
fn wide(samples: &Samples) -> Vec<u16> {
    match samples {
        Samples::U8(samples) => samples.iter().map(|&sample| u16::from(sample) * 257).collect(),
        Samples::U16(samples) => samples.clone(),
    }
}
