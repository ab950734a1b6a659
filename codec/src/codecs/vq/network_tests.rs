//! The codec with a network behind its code vectors.

use std::sync::OnceLock;

use super::tests::{scene, weights as plain_weights};
use super::*;
use crate::codecs::wavelet::Planes;
use crate::codecs::{AnyCodec, Codecs, Registry};
use crate::media::image::Color;
use crate::tiles::Rect;
use crate::watch::Unwatched;
use crate::weights::{Manifest, NamedTensor, Params, TensorFile, WeightsFile};
use crate::{DecodeOptions, EncodeOptions, ImageDecoder, ImageEncoder, Quality};

const NETWORK: NetworkConfig = NetworkConfig { width: 16, blocks: 3 };

/// Random weights of a network for the small model.
fn params() -> Params {
    let mut params = Params::new();
    let (c, m) = (NETWORK.width, 16 + 16);
    let mut put = |name: String, [inputs, outputs]: [usize; 2], gain: f32| {
        let number = |at: usize| texture::mixed(params.len() as u32, at as u32) as f32 / u32::MAX as f32 - 0.5;
        let scale = gain / (inputs as f32).sqrt();
        let weight = (0..inputs * outputs).map(|at| number(at) * scale).collect();
        let bias = (0..outputs)
            .map(|at| number(at + inputs * outputs) * 0.05 * gain)
            .collect();
        let tensor = |shape, data| NamedTensor { shape, data };
        params.insert(format!("{name}.weight"), tensor(vec![inputs, outputs], weight));
        params.insert(format!("{name}.bias"), tensor(vec![outputs], bias));
    };
    put("g_s.up".into(), [m, 4 * c], 1.0);
    for index in 0..NETWORK.blocks {
        let sizes = [
            ("a", [c, c]),
            ("d", [9, c]),
            ("b", [c, c]),
            ("f1", [c, 2 * c]),
            ("f2", [2 * c, c]),
        ];
        sizes
            .into_iter()
            .for_each(|(name, size)| put(format!("g_s.blocks.{index}.{name}"), size, 2.0));
    }
    put("g_s.output".into(), [c, CELL_BANDS / 4], 0.3);
    put("g_s.skip".into(), [m, CELL_BANDS], 0.02);
    put("seen.synthesis".into(), [CELL_BANDS / 4, c], 2.0);
    params
}

fn photograph(seed: u32) -> (Planes, Quality) {
    let image = scene(96 + 16 * seed, 96, Color::Rgb, false);
    let [height, width] = [image.height() as usize, image.width() as usize];
    let samples = image.samples().to_u8();
    let planes = (0..3).flat_map(|plane| samples.iter().skip(plane).step_by(3));
    let data = planes.map(|value| f32::from(*value) / 255.0).collect();
    (Planes { height, width, data }, Quality::new(100.0).unwrap())
}

/// The weights file of a small model with a network.
fn weights() -> &'static [u8] {
    static WEIGHTS: OnceLock<Vec<u8>> = OnceLock::new();
    WEIGHTS.get_or_init(|| {
        let model = VqModel::load(plain_weights()).unwrap();
        let mut parts = VqParts::parse(plain_weights()).unwrap();
        let pictures = (0..3).map(photograph);
        parts.network = Some(NetworkParts::convert(&model, NETWORK, &params(), pictures).unwrap());
        parts.config.network = Some(NETWORK);
        let manifest = Manifest {
            id: "vq-drawn-v2".into(),
            codec: VQ_CODEC.into(),
            ..Manifest::default()
        };
        parts.serialize(manifest).unwrap()
    })
}

fn codecs(weights: &[u8]) -> Codecs {
    let registry = Registry::default();
    let row = registry.named(VQ_CODEC).unwrap();
    match (row.open)(Some(&WeightsFile::new(weights)), &crate::codecs::Cpu).unwrap() {
        AnyCodec::Image(codec) => Codecs::default().with_image(codec),
        _ => panic!("no codec of images"),
    }
}

fn options(tile_size: u32) -> EncodeOptions {
    EncodeOptions::default()
        .with_codec(Registry::default().named(VQ_CODEC).map(|row| row.id))
        .with_quality(Quality::new(100.0).unwrap())
        .with_tile_size(tile_size)
}

#[test]
fn pictures_come_back_as_encoders_see_them_and_the_network_changes_them() {
    for (width, height) in [(1, 1), (15, 17), (257, 100)] {
        let original = scene(width, height, Color::Rgb, false);
        let encode = |weights| {
            let encoder = ImageEncoder::new(codecs(weights), options(64));
            let (encoded, expected) = encoder.encode_and_reconstruct(&original, &mut Unwatched).unwrap();
            let decoder = ImageDecoder::new(codecs(weights), DecodeOptions::default());
            let decoded = decoder.decode(&encoded.bytes).unwrap().picture;
            assert!(decoded == expected, "{width}x{height}");
            decoded
        };
        assert!(encode(weights()) != encode(plain_weights()));
    }
}

#[test]
fn regions_are_parts_of_the_whole() {
    let original = scene(420, 300, Color::Rgb, false);
    let bytes = ImageEncoder::new(codecs(weights()), options(64))
        .encode(&original)
        .unwrap()
        .bytes;
    let decode = |options| {
        ImageDecoder::new(codecs(weights()), options)
            .decode(&bytes)
            .unwrap()
            .picture
    };
    let whole = decode(DecodeOptions::default());
    for (x, y, width, height) in [(0, 0, 40, 30), (187, 151, 61, 47), (350, 250, 70, 50)] {
        let region = Rect { x, y, width, height };
        let part = decode(DecodeOptions {
            region: Some(region),
            ..DecodeOptions::default()
        });
        assert!(part == whole.clone().part(&region).unwrap(), "{region}");
    }
}

#[test]
fn weights_come_back_and_damaged_ones_are_refused() {
    let (bytes, plain) = (weights(), VqModel::load(plain_weights()).unwrap());
    let model = VqModel::load(bytes).unwrap();
    assert_ne!(model.hash, plain.hash);
    assert_eq!(model.config().network, Some(NETWORK));
    let file = TensorFile::parse(bytes).unwrap();
    let mut without = file.clone();
    without.tensors.remove("network").unwrap();
    assert!(VqModel::load(&without.serialize().unwrap()).is_err());
    let mut cut = file.clone();
    let tensor = cut.tensors.get_mut("network").unwrap();
    let mut data = tensor.bytes.to_vec();
    data.pop();
    tensor.shape = vec![data.len()];
    tensor.bytes = data.into();
    assert!(VqModel::load(&cut.serialize().unwrap()).is_err());
    let mut parts = VqParts::parse(bytes).unwrap();
    parts.config.network = None;
    assert!(VqModel::new(parts, model.hash).is_err());
}
