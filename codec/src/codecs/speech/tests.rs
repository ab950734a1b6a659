//! The codec with small networks of random weights: what does not depend on training.

use lmc_entropy::speech::IndexPrior;

use super::network::Encoder;
use super::parts::Parts;
use super::testing::Noise;
use super::*;
use crate::Quality;
use crate::codecs::sound::{Packet, SoundCodec};
use crate::weights::{NamedTensor, Params, TrainingRecord};

const PACKET: usize = PACKET_FRAMES * HOP;

fn config() -> SpeechConfig {
    SpeechConfig {
        encoder_width: 16,
        encoder_blocks: 2,
        decoder_width: 16,
        decoder_blocks: 3,
        parts: 4,
        late_width: 8,
        late_blocks: 2,
        window: 256,
        groups: 2,
        stages: 2,
        code_bits: 5,
        code_dims: 4,
        ..SpeechConfig::default()
    }
}

/// Speech-like enough: a buzz whose pitch and loudness wander.
fn sound(packets: usize) -> Vec<f32> {
    let mut phase = 0.0f32;
    (0..packets * PACKET)
        .map(|n| {
            let t = n as f32 / 16_000.0;
            phase += (120.0 + 30.0 * (3.0 * t).sin()) / 16_000.0;
            let loud = 0.1 + 0.08 * (7.0 * t).sin();
            loud * (phase.fract() - 0.5) + 0.01 * (n as f32 * 1.7).sin()
        })
        .collect()
}

/// Random networks.
fn networks(config: &SpeechConfig) -> Params {
    let mut params = Params::new();
    let mut random = Noise::new(11);
    let mut put = |name: String, shape: &[usize], size: f32, middle: f32| {
        let data = random.values(shape.iter().product(), size);
        let data = data.into_iter().map(|value| value + middle).collect();
        params.insert(
            name,
            NamedTensor {
                shape: shape.to_vec(),
                data,
            },
        );
    };
    let mut dense = |path: String, inputs: usize, outputs: usize| {
        put(
            format!("{path}.weight"),
            &[inputs, outputs],
            (inputs as f32).sqrt().recip(),
            0.0,
        );
        put(format!("{path}.bias"), &[outputs], 0.1, 0.0);
    };
    let late = config.late_width;
    dense("encoder.first".into(), FEATURES, config.encoder_width);
    dense("encoder.last".into(), config.encoder_width, config.latent());
    dense("decoder.first".into(), config.latent(), config.decoder_width);
    dense("decoder.split".into(), config.decoder_width, config.parts * late);
    dense("decoder.last".into(), late, 2 * config.bins());
    let stacks = [
        ("encoder.blocks", config.encoder_blocks, config.encoder_width),
        ("decoder.blocks", config.decoder_blocks, config.decoder_width),
        ("decoder.late", config.late_blocks, late),
    ];
    for (path, count, channels) in stacks {
        let inner = channels * config.half_expansion / 2;
        for index in 0..count {
            dense(format!("{path}.{index}.f1"), channels, inner);
            dense(format!("{path}.{index}.f2"), inner, channels);
        }
    }
    for (path, count, channels) in stacks {
        for index in 0..count {
            put(format!("{path}.{index}.d"), &[TAPS, channels], 0.4, 0.0);
            put(format!("{path}.{index}.d_bias"), &[channels], 0.1, 0.0);
            put(format!("{path}.{index}.gain"), &[channels], 0.2, 1.0);
        }
    }
    put("encoder.gain".into(), &[config.encoder_width], 0.2, 1.0);
    put("decoder.gain".into(), &[config.decoder_width], 0.2, 1.0);
    put("decoder.late_gain".into(), &[late], 0.2, 1.0);
    params
}

fn weights() -> Vec<u8> {
    let config = config();
    let mut params = networks(&config);
    let encoder = Encoder::take(&mut Parts::new(params.clone()), &config).unwrap();
    // Codes of the first stage are latents of the sound itself, and those of the next are differences of latents.
    let latents = encoder.apply(&Features::default().of(&sound(4)));
    let mut books = Codebooks::zeros(&config);
    let mut random = Noise::new(5);
    for book in 0..books.len() {
        let mut any = || {
            let frame = random.below(latents.len() / config.latent());
            &latents[frame * config.latent()..][books.span(book)]
        };
        let code = |_| {
            let (one, other) = (any(), any());
            let is_first = book < config.groups;
            let values = one.iter().zip(other);
            values
                .map(|(a, b)| if is_first { *a } else { 0.2 * (a - b) })
                .collect::<Vec<f32>>()
        };
        let codes = (0..config.codes()).flat_map(code).collect();
        books.set_book(book, codes);
    }
    params.extend(books.to_params());
    let manifest = SpeechManifest {
        id: "speech-test-v1".into(),
        codec: SPEECH_CODEC.into(),
        config: config.clone(),
        training: TrainingRecord::default(),
    };
    let mut prior = IndexPrior::new(config.index_shape()).unwrap();
    let model = SpeechModel::from_parts(&config, params.clone(), prior.clone()).unwrap();
    let silence = NamedTensor {
        shape: vec![config.latent()],
        data: model.silence().to_vec(),
    };
    params.insert(SILENCE_KEY.into(), silence);
    let mut padded = vec![0.0; PACKET + 2 * model.halo()];
    padded[model.halo()..][..PACKET].copy_from_slice(&sound(1));
    prior.learn(&model.indices(&padded, books.len()).unwrap()).unwrap();
    SpeechFile::serialize(&manifest, &params, prior.to_bytes(4)).unwrap()
}

fn model() -> SpeechModel {
    SpeechModel::load(&weights()).unwrap()
}

fn all() -> Quality {
    Quality::new(100.0).unwrap()
}

/// The packets of a sound, each through its bytes.
fn packets(model: &SpeechModel, sound: &[f32], quality: Quality) -> Vec<Packet> {
    let halo = model.halo();
    let mut padded = vec![0.0; sound.len() + 2 * halo];
    padded[halo..][..sound.len()].copy_from_slice(sound);
    (0..sound.len() / PACKET)
        .map(|index| {
            let samples = &padded[index * PACKET..][..PACKET + 2 * halo];
            let encoded = model.encode(&[samples], quality).unwrap();
            let packet = model.read(&encoded.bytes, 1, quality).unwrap();
            assert_eq!(
                (packet.checksum, packet.symbol_hash),
                (encoded.checksum, encoded.symbol_hash)
            );
            packet
        })
        .collect()
}

#[test]
fn packets_are_decoded_as_the_whole_sound_is() {
    let model = model();
    let packets = packets(&model, &sound(4), all());
    let books = model.codebooks_at(all());
    assert_eq!(books, 4);
    let pieces: Vec<f32> = (0..4usize)
        .flat_map(|index| {
            let neighbour = |at: Option<usize>| at.and_then(|at| packets.get(at));
            let (last, next) = (neighbour(index.checked_sub(1)), neighbour(Some(index + 1)));
            model
                .synthesise(last, &packets[index], next, 1, all())
                .unwrap()
                .swap_remove(0)
        })
        .collect();
    let symbols = packets.iter().flat_map(|packet| &packet.symbols);
    let indices: Vec<u16> = symbols.map(|symbol| *symbol as u16).collect();
    let whole = model.decode_all(&indices, books);
    assert_eq!(pieces.len(), whole.len());
    let loudest = whole.iter().fold(0.0f32, |most, sample| most.max(sample.abs()));
    assert!(loudest > 1e-3, "there is something to compare");
    for (n, (piece, whole)) in pieces.iter().zip(&whole).enumerate() {
        assert!((piece - whole).abs() < 1e-4 * loudest.max(1.0), "{n}: {piece} {whole}");
    }
}

#[test]
fn latents_of_a_packet_are_those_of_the_whole_sound() {
    let model = model();
    let sound = sound(3);
    let halo = model.halo();
    let mut padded = vec![0.0; sound.len() + 2 * halo];
    padded[halo..][..sound.len()].copy_from_slice(&sound);
    let whole = model.latents(&padded, 3 * PACKET_FRAMES);
    let middle = model.latents(&padded[PACKET..][..PACKET + 2 * halo], PACKET_FRAMES);
    let expected = &whole[PACKET_FRAMES * config().latent()..][..middle.len()];
    for (a, b) in middle.iter().zip(expected) {
        assert!((a - b).abs() < 1e-4, "{a} {b}");
    }
}

#[test]
fn silence_stays_silent_and_costs_a_word() {
    let model = model();
    let mut quiet = sound(2);
    quiet[PACKET / 2..].fill(0.0);
    let packets = packets(&model, &quiet, all());
    assert!(packets[1].symbols.iter().all(|symbol| *symbol == -1));
    let bytes = model
        .encode(&[&vec![0.0; PACKET + 2 * model.halo()]], all())
        .unwrap()
        .bytes;
    assert!(bytes.len() <= 4, "{}", bytes.len());
    let first = model
        .synthesise(None, &packets[0], Some(&packets[1]), 1, all())
        .unwrap();
    let second = model
        .synthesise(Some(&packets[0]), &packets[1], None, 1, all())
        .unwrap();
    assert!(first[0][..PACKET / 2].iter().any(|sample| sample.abs() > 1e-4));
    assert!(first[0][PACKET / 2 + HOP..].iter().all(|sample| *sample == 0.0));
    assert!(second[0][HOP..].iter().all(|sample| *sample == 0.0));
}

/// A weights file with a parameter changed: its model id, and the samples that packets decode to.
fn changed(name: &str, packets: &[Packet]) -> (crate::ModelHash, Vec<Vec<f32>>) {
    let mut file = SpeechFile::parse(&weights()).unwrap();
    file.params
        .get_mut(name)
        .unwrap()
        .data
        .iter_mut()
        .for_each(|value| *value += 0.5);
    let bytes = SpeechFile::serialize(&file.manifest, &file.params, file.prior.to_bytes(4)).unwrap();
    let model = SpeechModel::load(&bytes).unwrap();
    let samples = model
        .synthesise(None, &packets[0], Some(&packets[1]), 1, all())
        .unwrap();
    (model.model(), samples)
}

/// Whatever sounds otherwise has another id.
#[test]
fn the_latent_of_silence_belongs_to_the_model_and_not_to_its_encoder() {
    let model = model();
    let mut quiet = sound(2);
    quiet[PACKET / 2..].fill(0.0);
    let packets = packets(&model, &quiet, all());
    let samples = model
        .synthesise(None, &packets[0], Some(&packets[1]), 1, all())
        .unwrap();
    let (id, other_encoder) = changed("encoder.last.bias", &packets);
    assert_eq!(id, model.model());
    assert!(other_encoder == samples, "the encoder decides no sample");
    let (id, other_silence) = changed(SILENCE_KEY, &packets);
    assert_ne!(id, model.model());
    assert!(other_silence != samples, "the samples beside silence depend on it");
}

#[test]
fn a_higher_quality_sends_more() {
    let model = model();
    let sound = sound(1);
    let mut padded = vec![0.0; PACKET + 2 * model.halo()];
    padded[model.halo()..][..PACKET].copy_from_slice(&sound);
    let bytes = |quality: f32| {
        let quality = Quality::new(quality).unwrap();
        model.encode(&[&padded], quality).unwrap().bytes.len()
    };
    let sizes = [0.0, 50.0, 100.0].map(bytes);
    assert!(sizes[0] < sizes[1] && sizes[1] < sizes[2], "{sizes:?}");
}

#[test]
fn other_shapes_and_files_are_refused() {
    let model = model();
    let quality = all();
    assert!(model.encode(&[&[0.0; 100]], quality).is_err());
    let samples = vec![0.0; PACKET + 2 * model.halo()];
    assert!(model.encode(&[&samples, &samples], quality).is_err());
    assert!(model.read(&[], 2, quality).is_err());
    for symbols in [vec![], vec![0; 3], vec![32; 200], vec![-2; 200]] {
        let packet = Packet::new(symbols);
        assert!(model.synthesise(None, &packet, None, 1, quality).is_err());
    }
    let bytes = weights();
    for end in (0..bytes.len()).step_by(bytes.len() / 37) {
        assert!(SpeechFile::parse(&bytes[..end]).is_err(), "{end}");
    }
    let file = SpeechFile::parse(&bytes).unwrap();
    let mut other = file.manifest.clone();
    other.codec = "song".into();
    let bytes = SpeechFile::serialize(&other, &file.params, file.prior.to_bytes(4)).unwrap();
    assert!(SpeechFile::parse(&bytes).is_err());
    let mut other = file.manifest.clone();
    other.config.stages = 3;
    let bytes = SpeechFile::serialize(&other, &file.params, file.prior.to_bytes(4)).unwrap();
    assert!(SpeechFile::parse(&bytes).is_err(), "codebooks are missing");
    let bytes = SpeechFile::serialize(&file.manifest, &Params::new(), file.prior.to_bytes(4)).unwrap();
    assert!(SpeechModel::load(&bytes).is_err());
    let mut params = file.params.clone();
    params.remove(SILENCE_KEY);
    let bytes = SpeechFile::serialize(&file.manifest, &params, file.prior.to_bytes(4)).unwrap();
    let error = SpeechFile::parse(&bytes).unwrap_err().to_string();
    assert!(error.contains("silence is missing"), "{error}");
    let prior = IndexPrior::new(config().index_shape()).unwrap();
    assert_eq!(prior.shape(), file.prior.shape());
}

#[test]
fn whatever_the_bytes_reading_does_not_panic() {
    let model = model();
    let mut random = Noise::new(9);
    let good = {
        let mut padded = vec![0.0; PACKET + 2 * model.halo()];
        padded[model.halo()..][..PACKET].copy_from_slice(&sound(1));
        model.encode(&[&padded], all()).unwrap().bytes
    };
    for round in 0..400 {
        let quality = Quality::new(random.below(101) as f32).unwrap();
        let bytes = if round % 2 == 0 {
            let len = random.below(30) * 4;
            (0..len).map(|_| random.below(256) as u8).collect()
        } else {
            let mut bytes = good.clone();
            let at = random.below(bytes.len());
            bytes[at] ^= 1 << random.below(8);
            bytes
        };
        if let Ok(packet) = model.read(&bytes, 1, quality) {
            assert_eq!(packet.symbols.len(), PACKET_FRAMES * model.codebooks_at(quality));
            assert!(packet.symbols.iter().all(|symbol| (-1..32).contains(symbol)));
        }
    }
}

#[test]
fn qualities_send_the_codebooks_of_streams_that_exist() {
    for all in 1..=128usize {
        for hundredths in 0..=Quality::MAX {
            let quality = Quality::from_hundredths(hundredths).unwrap();
            // As the first encoders chose.
            let chosen = 1 + (quality.value() / 100.0 * (all - 1) as f32).round() as usize;
            let found = super::model::codebooks_at(all, quality);
            // Where the float lies at a border it may have been rounded to the other side.
            let exact = usize::from(hundredths) * (all - 1) * 2 % 10_000 == 0;
            assert!(found == chosen || exact, "{all} {hundredths}: {found}, not {chosen}");
            if all == 12 {
                assert_eq!(found, chosen, "{hundredths}");
            }
        }
    }
}
