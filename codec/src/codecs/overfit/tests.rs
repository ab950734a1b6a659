//! Streams of the overfitted codec: kinds of pictures, forms of the inner loops, damage.

use lmc_kernels::isa::Isa;

use super::double::grown;
use super::encode::{Fitted, Plan, fit};
use super::latents::{compress, decompress};
use super::networks::{Networks, Parameters};
use super::shape::Shape;
use super::synthesis::samples;
use crate::codecs::Codecs;
use crate::codecs::overfit::encode::Colors;
use crate::error::CodecError;
use crate::media::image::{Color, Image, Samples};
use crate::pipeline::{DecodeOptions, ImageDecoder, ImageEncoder, verify};
use crate::quality::Quality;
use crate::tiles::Rect;
use crate::watch::{Unwatched, Watch};
use crate::{EncodeOptions, Scale};

/// A picture of waves, an edge, and a little noise.
fn picture(width: u32, height: u32, color: Color) -> Image {
    let channels = color.channels() as u32;
    let value = |at: u32| {
        let (x, y, c) = (at / channels % width, at / channels / width, at % channels);
        let noise = (at.wrapping_mul(0x9e37_79b9) >> 29) as f32;
        (128.0 + 60.0 * (x as f32 * 0.2).sin() + 30.0 * (y as f32 * 0.11 + c as f32).cos() + noise) as u8
    };
    let samples = Samples::U8((0..width * height * channels).map(value).collect());
    Image::new(width, height, color, samples, None).unwrap()
}

/// Stops after some steps.
struct Limited(u64, u64);

impl Watch for Limited {
    fn progress(&mut self, done: u64, _: u64) {
        self.0 = done;
    }

    fn cancelled(&self) -> bool {
        self.0 >= self.1
    }
}

fn options() -> EncodeOptions {
    let codecs = Codecs::default();
    let id = codecs.registry().named("overfit").map(|row| row.id);
    EncodeOptions::default().with_codec(id)
}

/// Encodes after a few steps: the stream of a watch that cancels.
fn encode(image: &Image, options: EncodeOptions, steps: u64) -> (Vec<u8>, Image) {
    let encoder = ImageEncoder::new(Codecs::default(), options);
    let made = encoder.encode_and_reconstruct(image, &mut Limited(0, steps)).unwrap();
    (made.0.bytes, made.1)
}

fn decoder(options: DecodeOptions) -> ImageDecoder {
    ImageDecoder::new(Codecs::default(), options)
}

#[test]
fn pictures_of_any_size_and_kind_decode_to_what_the_encoder_said() {
    for (width, height, color) in [
        (1, 1, Color::Rgb),
        (1, 1, Color::Gray),
        (3, 200, Color::Rgb),
        (130, 2, Color::Gray),
        (65, 64, Color::Rgb),
    ] {
        let image = picture(width, height, color);
        let (bytes, said) = encode(&image, options(), 6);
        let decoded = decoder(DecodeOptions::default()).decode(&bytes).unwrap().picture;
        assert_eq!(decoded, said, "{width}x{height}");
        assert!(verify(&Codecs::default(), &bytes, &Default::default()).is_ok());
    }
}

#[test]
fn alpha_is_exact_and_16_bits_are_refused_by_name() {
    let alpha = Samples::U8((0..40 * 30).map(|at| (at % 256) as u8).collect());
    let image = picture(40, 30, Color::Rgb).with_alpha(Some(alpha.clone())).unwrap();
    let (bytes, _) = encode(&image, options(), 3);
    let decoded = decoder(DecodeOptions::default()).decode(&bytes).unwrap().picture;
    assert_eq!(decoded.alpha(), Some(&alpha));
    let deep = Image::new(2, 2, Color::Gray, Samples::U16(vec![1, 2, 3, 4]), None).unwrap();
    let error = ImageEncoder::new(Codecs::default(), options())
        .encode(&deep)
        .unwrap_err();
    assert!(
        matches!(&error, CodecError::Parameter(reason) if reason.contains("overfit")),
        "{error}"
    );
}

#[test]
fn more_steps_make_a_better_picture_for_its_bits() {
    let image = picture(96, 64, Color::Rgb);
    let cost = |steps| {
        let (bytes, decoded) = encode(&image, options().with_quality(Quality::new(50.0).unwrap()), steps);
        let (Samples::U8(a), Samples::U8(b)) = (image.samples(), decoded.samples()) else {
            return f64::NAN;
        };
        let error: f64 = a
            .iter()
            .zip(b)
            .map(|(&a, &b)| (f64::from(a) - f64::from(b)).powi(2))
            .sum();
        error / (a.len() as f64 * 255.0 * 255.0) + 8.2e-4 * bytes.len() as f64 * 8.0 / (96.0 * 64.0)
    };
    let (few, more) = (cost(10), cost(150));
    assert!(more < 0.7 * few, "{more} after {few}");
}

#[test]
fn tiles_share_networks_and_damage_stays_in_its_tile() {
    let image = picture(150, 70, Color::Rgb);
    let (bytes, said) = encode(&image, options().with_tile_size(64), 30);
    let whole = decoder(DecodeOptions::default()).decode(&bytes).unwrap();
    assert_eq!(whole.picture, said);
    let rect = Rect {
        x: 70,
        y: 10,
        width: 20,
        height: 30,
    };
    let part = decoder(DecodeOptions::default().with_region(Some(rect)))
        .decode(&bytes)
        .unwrap();
    assert_eq!(part.picture, said.clone().part(&rect).unwrap());
    let half = decoder(DecodeOptions::default().with_scale(Scale::Half))
        .decode(&bytes)
        .unwrap();
    assert_eq!((half.picture.width(), half.picture.height()), (75, 35));

    // The last tile ends before the END segment of ten bytes.
    let mut damaged = bytes.clone();
    let at = damaged.len() - 16;
    damaged[at] ^= 0x55;
    assert!(decoder(DecodeOptions::default()).decode(&damaged).is_err());
    let concealed = decoder(DecodeOptions::default().with_conceal(true))
        .decode(&damaged)
        .unwrap();
    let untouched = Rect {
        x: 0,
        y: 0,
        width: 128,
        height: 64,
    };
    assert_eq!(
        concealed.picture.part(&untouched).unwrap(),
        said.part(&untouched).unwrap()
    );
    assert!(!concealed.damage.is_empty());
}

fn fitted(size: [usize; 2]) -> (Networks, Fitted) {
    let shape = Shape {
        grids: 5,
        contexts: 24,
        features: 4,
        width: 9,
        hidden: 11,
        filters: 2,
        colors: 3,
    };
    let plane = |color: usize| {
        let value = |at: usize| 0.5 + 0.3 * ((at % size[1]) as f32 * 0.3 + color as f32).sin();
        (0..size[0] * size[1]).map(value).collect()
    };
    let target = Colors {
        size,
        planes: (0..3).map(plane).collect(),
    };
    let plan = Plan {
        shape,
        steps: 40,
        trade: 1e-4,
    };
    let fitted = fit(vec![target], &plan, Isa::best(), &mut |_, _| true).unwrap();
    (Networks::new(shape, &fitted.parameters).unwrap(), fitted)
}

#[test]
fn all_forms_and_numbers_of_threads_give_the_same_bytes_and_samples() {
    let size = [67, 81];
    let (networks, mut fitted) = fitted(size);
    let bytes = compress(&mut fitted.tiles[0], &networks, Isa::Portable).unwrap();
    assert!(bytes.len() > 100, "{} bytes", bytes.len());
    let wanted = samples(
        &grown(&fitted.tiles[0], &networks, Isa::Portable),
        &networks,
        Isa::Portable,
    );
    for isa in Isa::available() {
        for threads in [1, 3] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                assert_eq!(compress(&mut fitted.tiles[0].clone(), &networks, isa).unwrap(), bytes);
                let planes = decompress(&bytes, size, &networks, isa).unwrap();
                assert_eq!(planes, fitted.tiles[0]);
                assert_eq!(
                    samples(&grown(&planes, &networks, isa), &networks, isa),
                    wanted,
                    "{}",
                    isa.name()
                );
            });
        }
    }
}

#[test]
fn networks_come_back_and_damage_to_them_is_an_error_or_other_networks() {
    let (networks, fitted) = fitted([20, 20]);
    let layout = networks.shape.layout();
    let bytes = fitted.parameters.compress(&layout).unwrap();
    assert_eq!(Parameters::decompress(&bytes, &layout).unwrap(), fitted.parameters);
    let latents = compress(&mut fitted.tiles[0].clone(), &networks, Isa::best()).unwrap();
    for at in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x41;
        let read = Parameters::decompress(&damaged, &layout).and_then(|found| Networks::new(networks.shape, &found));
        if let Ok(other) = read {
            // Whatever they are: no panic, and no sample out of range.
            let planes = decompress(&latents, [20, 20], &other, Isa::best());
            let planes = planes.unwrap_or_else(|_| fitted.tiles[0].clone());
            let found = samples(&grown(&planes, &other, Isa::best()), &other, Isa::best());
            assert!(found.iter().all(|sample| (0..=255).contains(sample)));
        }
    }
}

#[test]
fn attacked_latents_are_errors_or_latents() {
    let size = [33, 40];
    let (networks, fitted) = fitted(size);
    let bytes = compress(&mut fitted.tiles[0].clone(), &networks, Isa::best()).unwrap();
    for cut in (0..bytes.len()).step_by(4) {
        assert!(
            decompress(&bytes[..cut], size, &networks, Isa::best()).is_err(),
            "{cut} bytes"
        );
    }
    for at in (0..bytes.len()).step_by(3) {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x10;
        if let Ok(planes) = decompress(&damaged, size, &networks, Isa::best()) {
            assert!(
                planes
                    .iter()
                    .flat_map(|plane| &plane.values)
                    .all(|value| value.abs() <= 127)
            );
        }
    }
}

#[test]
fn a_watch_may_end_training_and_sees_all_steps_else() {
    let image = picture(24, 16, Color::Gray);
    let mut watch = Limited(0, u64::MAX);
    let encoder = ImageEncoder::new(Codecs::default(), options());
    encoder.encode_watched(&image, &mut watch).unwrap();
    assert_eq!(watch.0, 500);
    assert!(encoder.encode_watched(&image, &mut Unwatched).is_ok());
}

/// The folder of golden streams.
const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden/overfit");

/// Pictures with the tile size they are coded with.
fn cases() -> Vec<(&'static str, Image, u32)> {
    let alpha = Samples::U8((0..70 * 40).map(|at| (at * 3 % 256) as u8).collect());
    vec![
        ("rgb", picture(96, 80, Color::Rgb), 1024),
        ("gray", picture(130, 66, Color::Gray), 64),
        (
            "alpha",
            picture(70, 40, Color::Rgb).with_alpha(Some(alpha)).unwrap(),
            64,
        ),
        ("one-pixel", picture(1, 1, Color::Rgb), 1024),
    ]
}

#[test]
fn golden_streams_decode_to_the_very_samples() {
    let folder = std::path::Path::new(GOLDEN);
    let regenerate = std::env::var_os("LMC_REGENERATE").is_some();
    let mut index = String::new();
    for (name, image, tile_size) in cases() {
        let path = folder.join(name).with_extension("lmc");
        if regenerate {
            std::fs::create_dir_all(folder).unwrap();
            std::fs::write(&path, encode(&image, options().with_tile_size(tile_size), 400).0).unwrap();
        }
        let bytes = std::fs::read(&path).unwrap();
        let verified = verify(&Codecs::default(), &bytes, &Default::default()).unwrap();
        let decoded = decoder(DecodeOptions::default()).decode(&bytes).unwrap().picture;
        assert_eq!((decoded.width(), decoded.height()), (image.width(), image.height()));
        let hash = verified.symbol_hash.unwrap();
        let pixels = decoded.pixel_hash();
        index += &format!("{hash:016x} {:8} exact {pixels} {name}\n", verified.symbols);
    }
    let path = folder.join("index.txt");
    if regenerate {
        std::fs::write(&path, &index).unwrap();
        std::fs::write(folder.join("bundled.txt"), "rgb\nalpha\n").unwrap();
    }
    assert_eq!(index, std::fs::read_to_string(path).unwrap());
}
