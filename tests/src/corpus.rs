//! The seeds of the fuzz targets: small valid inputs of each kind, made by the code itself.

use std::path::PathBuf;
use std::sync::Arc;

use lmc_codec::codecs::Codecs;
use lmc_codec::codecs::speech::PACKET_FRAMES;
use lmc_codec::container::{Mode, PartKind, StreamParts, StreamReader};
use lmc_codec::files::{self, Format};
use lmc_codec::sound::{SampleFormat, SoundCodec};
use lmc_codec::weights::{NamedTensor, Storage, read_tensors, write_tensors};
use lmc_codec::{Color, EncodeOptions, Image, ImageEncoder, Limits, MaxError, Quality, Samples};
use lmc_entropy::prior::{synthetic, synthetic_latents, with_hyper_context};
use lmc_entropy::speech::Indices;
use lmc_entropy::trellis::{Machine, Quantisation};
use lmc_models::zoo;

use crate::models::{Flat, small_prior, with_model};
use crate::pictures::{deep, gray, part, sample, see_through};
use crate::repository;
use crate::sounds::{encode, music, small_speech, spec, tags, untrained, wav};
use crate::targets::written_anew;

/// The folder of the seeds of a target.
pub fn folder(target: &str) -> PathBuf {
    repository("fuzz/corpus").join(target)
}

/// The name and bytes of every seed that a target begins with.
pub fn seeds(target: &str) -> Vec<(&'static str, Vec<u8>)> {
    match target {
        "container" => containers(),
        "prior_spec" => vec![
            ("tiny", synthetic(3, 2, 1, 2).to_bytes()),
            ("small", synthetic(4, 4, 2, 4).to_bytes()),
            ("hyper-context", with_hyper_context(5, synthetic(3, 2, 1, 2)).to_bytes()),
        ],
        "tile" => [("one", 1, 1), ("row", 1, 7), ("block", 4, 5)].map(tile_of).to_vec(),
        "alpha" => alphas(),
        "picture_file" => picture_files(),
        "sound_stream" => sound_streams(),
        "sound_packet" => sound_packets(),
        "speech_packet" => speech_packets(),
        "sound_file" => sound_files(),
        "lossless_tile" => lossless_tiles(),
        "weights" => weights(),
        other => panic!("there is no target {other}"),
    }
}

fn containers() -> Vec<(&'static str, Vec<u8>)> {
    let metadata = |picture: Image| {
        picture
            .with_icc(Some(b"icc".to_vec()))
            .with_exif(Some(b"exif".to_vec()))
    };
    let encode = |picture: &Image, tile_size| {
        let options = EncodeOptions::default().with_tile_size(tile_size);
        let encoder = ImageEncoder::new(with_model(Arc::new(Flat)), options);
        encoder.encode(picture).expect("the picture can be encoded").bytes
    };
    let small = part(&sample(), 0, 0, 20, 9);
    let wide = see_through(&metadata(part(&sample(), 0, 0, 130, 70)));
    let mut cut = encode(&wide, 64);
    cut.truncate(cut.len() - 20);
    vec![
        ("one-tile", encode(&small, 1024)),
        ("gray-16-bit", encode(&deep(&gray(&small)), 64)),
        ("six-tiles-alpha-metadata", encode(&wide, 64)),
        ("codec-segments", with_segments(&encode(&wide, 64))),
        ("cut", cut),
    ]
}

/// The stream with codec segments, as the filters of patient encoders are; the container does not look into them.
fn with_segments(stream: &[u8]) -> Vec<u8> {
    let mut parts = StreamParts::read(stream, &Limits::default(), Mode::Strict).expect("it is whole");
    parts.codec_segments = vec![vec![7; 40], b"another".to_vec()];
    written_anew(&parts)
}

fn tile_of((name, height, width): (&'static str, u8, u8)) -> (&'static str, Vec<u8>) {
    let (prior, quantisation) = (small_prior(), Quantisation::Trellis(Machine::USUAL));
    let latents = synthetic_latents(9, prior.spec(), usize::from(height), usize::from(width));
    let coded = prior.compress(&latents, quantisation);
    let coded = coded.expect("synthetic latents can be coded").bytes;
    (name, [vec![height - 1, width - 1], coded].concat())
}

/// Alpha in each of its codings, cut out of streams; 20 x 9 samples.
fn alphas() -> Vec<(&'static str, Vec<u8>)> {
    let picture = part(&sample(), 0, 0, 20, 9);
    let noise: Vec<u8> = (0..180u32)
        .map(|at| (at.wrapping_mul(2_654_435_761) >> 11) as u8)
        .collect();
    let plane = |samples| {
        picture
            .clone()
            .with_alpha(Some(Samples::U8(samples)))
            .expect("the size fits")
    };
    let coded = |picture: &Image| {
        let encoder = ImageEncoder::new(with_model(Arc::new(Flat)), EncodeOptions::default());
        let bytes = encoder.encode(picture).expect("the picture can be encoded").bytes;
        let parts = StreamParts::read(&bytes[..], &Limits::default(), Mode::Strict);
        let parts = parts.expect("the stream is whole");
        let alpha = parts.get(PartKind::Alpha, 0).expect("there is alpha");
        alpha.bytes.clone()
    };
    let seed = |deep: u8, picture: &Image| [vec![19 | deep, 8], coded(picture)].concat();
    vec![
        ("opaque", seed(0, &plane(vec![255; 180]))),
        ("constant", seed(0, &plane(vec![77; 180]))),
        ("raw", seed(0, &plane(noise))),
        ("coded", seed(0, &see_through(&picture))),
        // 19 + 64 k of 128 or more is 19 of 16 bits.
        ("coded-16-bit", seed(128, &see_through(&deep(&picture)))),
    ]
}

fn picture_files() -> Vec<(&'static str, Vec<u8>)> {
    let small = part(&sample(), 100, 70, 12, 7);
    let rich = see_through(&small).with_icc(Some(b"icc".to_vec()));
    let file = |picture: &Image, format| files::to_bytes(picture, format).expect("the format holds it").0;
    let gray = Image::new(3, 2, Color::Gray, Samples::U8(vec![0, 50, 100, 150, 200, 250]), None);
    vec![
        ("rgb.png", file(&small, Format::Png)),
        ("rgba-icc.png", file(&rich, Format::Png)),
        ("rgba-16-bit.png", file(&deep(&rich), Format::Png)),
        ("rgb.jpg", file(&small, Format::Jpeg)),
        ("gray.pgm", file(&gray.expect("the size fits"), Format::Pnm)),
        ("rgba.pam", file(&rich, Format::Pam)),
        ("rgba.webp", file(&see_through(&small), Format::WebP)),
        ("rgb.tif", file(&small, Format::Tiff)),
    ]
}

fn sound_streams() -> Vec<(&'static str, Vec<u8>)> {
    let stream = |rate, channels, length, quality| {
        let sound = music(spec(rate, channels, SampleFormat::Int16), length);
        let sound = if channels > 1 { sound.with_tags(tags()) } else { sound };
        encode(untrained(), &sound, quality).0
    };
    let three = stream(16_000, 3, 12_000, 5.0);
    vec![
        ("nothing", stream(8000, 1, 0, 50.0)),
        ("mono", stream(48_000, 1, 700, 30.0)),
        ("stereo-tags", stream(44_100, 2, 30_000, 0.0)),
        ("three-cut", three[..three.len() - 30].to_vec()),
    ]
}

/// Packets cut out of streams, behind bytes for their channels and quality.
fn sound_packets() -> Vec<(&'static str, Vec<u8>)> {
    let packet = |channels: u16, quality: u8| {
        let sound = music(spec(48_000, channels, SampleFormat::Int16), 20_000);
        let (stream, _) = encode(untrained(), &sound, f32::from(u16::from(quality) * 39) / 100.0);
        let mut reader = StreamReader::new(&stream[..], &Limits::default(), Mode::Strict).expect("the stream is whole");
        let part = reader.next_part().expect("the stream is whole");
        [
            vec![channels as u8 - 1, quality],
            part.expect("there is a packet").bytes,
        ]
        .concat()
    };
    vec![
        ("mono", packet(1, 60)),
        ("stereo", packet(2, 20)),
        ("stereo-fine", packet(2, 230)),
    ]
}

/// Packets of speech, behind bytes for their channels and quality: as indices may be, and silence.
fn speech_packets() -> Vec<(&'static str, Vec<u8>)> {
    let codec = small_speech();
    let packet = |quality: u8, sounding: usize| {
        let hundredths = Quality::from_hundredths(u16::from(quality) * 39).expect("at most 9945");
        let books = codec.codebooks_at(hundredths);
        let value = |at: usize| {
            if at < sounding * books {
                (at * at * 7 % 31) as u16
            } else {
                0
            }
        };
        let indices = Indices {
            books,
            values: (0..PACKET_FRAMES * books).map(value).collect(),
            sounding,
        };
        let coded = codec
            .prior()
            .compress(&indices)
            .expect("the indices have the shape of the prior");
        assert!(codec.read(&coded, 1, hundredths).is_ok());
        [vec![0, quality], coded].concat()
    };
    vec![
        ("one-book", packet(0, PACKET_FRAMES)),
        ("all-books", packet(255, PACKET_FRAMES)),
        ("ends-in-silence", packet(100, 20)),
        ("silence", packet(50, 0)),
    ]
}

fn sound_files() -> Vec<(&'static str, Vec<u8>)> {
    use SampleFormat::{Float32, Int8, Int16, Int24, Int32};
    let file = |channels, format| wav(&music(spec(8000, channels, format), 50).with_tags(tags()));
    vec![
        ("8-bit.wav", file(1, Int8)),
        ("16-bit.wav", file(2, Int16)),
        ("24-bit.wav", file(3, Int24)),
        ("32-bit.wav", file(1, Int32)),
        ("float.wav", file(2, Float32)),
    ]
}

/// Lossless tiles cut out of streams, behind bytes for their size and kind.
fn lossless_tiles() -> Vec<(&'static str, Vec<u8>)> {
    let tile = |kind: u8, picture: &Image| {
        let options = EncodeOptions::default().with_max_error(Some(MaxError::default()));
        let coded = ImageEncoder::new(Codecs::default(), options).encode(picture);
        let bytes = coded.expect("every picture can be coded").bytes;
        let parts = StreamParts::read(&bytes[..], &Limits::default(), Mode::Strict).expect("the stream is whole");
        let tile = &parts.get(PartKind::Symbols, 0).expect("there is a tile").bytes;
        let size = [picture.width() as u8 - 1, picture.height() as u8 - 1, kind];
        [&size, &tile[..]].concat()
    };
    let small = part(&sample(), 100, 70, 20, 9);
    let flat = Image::new(7, 5, Color::Gray, Samples::U8(vec![9; 35]), None).expect("the size fits");
    vec![
        ("gray", tile(0, &gray(&small))),
        ("rgb", tile(1, &small)),
        ("gray-16-bit", tile(2, &deep(&gray(&small)))),
        ("rgb-16-bit", tile(3, &deep(&small))),
        ("flat", tile(0, &flat)),
    ]
}

/// A file with little more than the manifest of a model of pictures. Whole models are too large for seeds.
fn weights() -> Vec<(&'static str, Vec<u8>)> {
    let shipped = zoo::image_model(zoo::Tune::Psnr).bytes;
    let mut metadata = read_tensors(shipped).expect("shipped models load").metadata;
    metadata.retain(|key, _| key == "manifest");
    let tensor = NamedTensor {
        shape: vec![2, 1],
        data: vec![0.5, -2.0],
    };
    let params = [("g_a.first.weight".to_owned(), tensor)].into();
    let blobs = [("prior".to_owned(), synthetic(3, 2, 1, 2).to_bytes())].into();
    let manifest_only = write_tensors(&params, Storage::Half, &blobs, metadata).expect("tensors can be written");
    vec![("manifest", manifest_only)]
}
