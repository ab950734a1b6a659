//! Sounds to encode, made of arithmetic alone, and the codecs that encode them.

use std::io::Cursor;
use std::sync::{Arc, OnceLock};

use lmc_codec::codecs::audio::{AudioModel, DecoderSettings, EncoderSettings, default_rule};
use lmc_codec::codecs::speech::{Codebooks, SpeechConfig, SpeechModel};
use lmc_codec::container::{Mode, StreamReader};
use lmc_codec::sound::files::WavWriter;
use lmc_codec::sound::{
    SampleFormat, Sound, SoundCodec, SoundEncodeOptions, SoundSource, SoundSpec, SoundStats, SoundVerified, Tag, Tags,
    decode_sound, encode_sound, verify_sound,
};
use lmc_codec::{DamageReport, Limits, Quality, Result};
use lmc_entropy::audio::Model;
use lmc_entropy::speech::IndexPrior;
use lmc_models::device::{DeviceChoice, open};
use lmc_models::speech::SpeechNetwork;
use lmc_models::wavelet::export_params;
use lmc_models::zoo::{self, AudioManifest, TrainingRecord};

/// Weights of the audio codec that never learned anything, and so do not change when models are fitted anew.
pub fn untrained_weights() -> &'static [u8] {
    static WEIGHTS: OnceLock<Vec<u8>> = OnceLock::new();
    WEIGHTS.get_or_init(|| {
        let coder = Model::new().expect("the coder has a state to start from");
        let settings = (EncoderSettings::default(), DecoderSettings::default());
        let model = AudioModel::new(default_rule(), coder, settings.0, settings.1).expect("the rule holds");
        let manifest = AudioManifest {
            id: "audio-untrained-v1".to_owned(),
            codec: zoo::AUDIO_CODEC.to_owned(),
            config: None,
            training: TrainingRecord::default(),
        };
        model.serialize(&manifest).expect("models can be written")
    })
}

/// The codec of these weights, on the CPU.
pub fn load(weights: &[u8]) -> Arc<dyn SoundCodec> {
    zoo::load_sound(weights).expect("the weights are of a codec of sound")
}

/// The codec of [`untrained_weights`], loaded once.
pub fn untrained() -> &'static Arc<dyn SoundCodec> {
    static CODEC: OnceLock<Arc<dyn SoundCodec>> = OnceLock::new();
    CODEC.get_or_init(|| load(untrained_weights()))
}

/// A small speech codec that never learned anything. Its symbols are functions of its shape alone.
pub fn small_speech() -> &'static SpeechModel {
    static CODEC: OnceLock<SpeechModel> = OnceLock::new();
    CODEC.get_or_init(|| {
        let config = SpeechConfig {
            encoder_width: 8,
            encoder_blocks: 1,
            decoder_width: 8,
            decoder_blocks: 1,
            late_width: 8,
            late_blocks: 1,
            stages: 2,
            code_bits: 5,
            code_dims: 4,
            ..SpeechConfig::default()
        };
        let device = open(DeviceChoice::Cpu).expect("there is always a CPU").device;
        let mut params = export_params(&SpeechNetwork::new(&config, &device));
        params.extend(Codebooks::zeros(&config).to_params());
        let prior = IndexPrior::new(config.index_shape()).expect("the shape is in its bounds");
        SpeechModel::from_parts(&config, params, prior).expect("the parts fit")
    })
}

/// The codecs that ship, and the one that never learned anything.
pub fn codecs() -> Vec<Arc<dyn SoundCodec>> {
    let shipped = ["audio", "speech"].into_iter().filter_map(zoo::default_sound_model);
    let shipped = shipped.map(|model| load(model.bytes));
    shipped.chain([Arc::clone(untrained())]).collect()
}

/// Rate, channels and format in one.
pub fn spec(rate: u32, channels: u16, format: SampleFormat) -> SoundSpec {
    SoundSpec { rate, channels, format }
}

/// Plucked strings over a little noise, different in each channel: `length` samples of each.
pub fn music(spec: SoundSpec, length: usize) -> Sound {
    let mut noise = 0x1234_5678u32;
    let mut samples = Vec::with_capacity(length * usize::from(spec.channels));
    for at in 0..length {
        let seconds = at as f64 / f64::from(spec.rate);
        for channel in 0..spec.channels {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let hiss = f64::from(noise >> 8) / f64::from(1 << 24) - 0.5;
            let string = |index: u32| {
                let started = f64::from(index) * 0.21 + f64::from(channel) * 0.01;
                let time = (seconds - started).rem_euclid(1.05);
                let hz = 110.0 * f64::from(index + 2);
                (-6.0 * time).exp() * (std::f64::consts::TAU * hz * time).sin()
            };
            let all: f64 = (0..5).map(string).sum();
            samples.push(spec.format.rounded((0.3 * all + 0.01 * hiss) as f32));
        }
    }
    Sound::new(spec, samples).expect("as many samples as channels want")
}

/// All tags.
pub fn tags() -> Tags {
    Tag::ALL
        .into_iter()
        .map(|tag| (tag, format!("the {} – ünï", tag.name())))
        .collect()
}

/// A sound as a WAV file.
pub fn wav(sound: &Sound) -> Vec<u8> {
    let length = sound.samples_per_channel() as u64;
    let mut writer = WavWriter::new(Vec::new(), sound.spec(), length, sound.tags()).expect("memory can be written");
    writer.write(sound.samples()).expect("memory can be written");
    writer.finish().expect("all samples were written").0
}

/// The stream of a sound at a quality of 0..=100.
pub fn encode(codec: &Arc<dyn SoundCodec>, sound: &Sound, quality: f32) -> (Vec<u8>, SoundStats) {
    let options = SoundEncodeOptions {
        quality: Quality::new(quality).expect("a quality of 0..=100"),
        ..SoundEncodeOptions::default()
    };
    let out = Cursor::new(Vec::new());
    let encoded = encode_sound(codec, &mut sound.clone(), &options, out, &mut |_| {});
    let (out, stats) = encoded.expect("the sound can be encoded");
    (out.into_inner(), stats)
}

/// What a stream decodes to, and what was concealed.
pub fn decode(codec: &Arc<dyn SoundCodec>, bytes: &[u8], mode: Mode) -> Result<(Sound, DamageReport)> {
    decode_sound(codec, bytes, &Limits::default(), mode)
}

/// What the symbols of a stream are.
pub fn verify(codec: &Arc<dyn SoundCodec>, bytes: &[u8]) -> Result<SoundVerified> {
    verify_sound(codec, StreamReader::new(bytes, &Limits::default(), Mode::Tolerant)?)
}

/// The power of a sound over that of the difference of another from it, in dB.
pub fn snr_db(found: &Sound, wanted: &Sound) -> f64 {
    assert_eq!(
        (found.spec(), found.samples().len()),
        (wanted.spec(), wanted.samples().len())
    );
    let power = |value: f64| value * value;
    let signal: f64 = wanted.samples().iter().map(|&w| power(f64::from(w))).sum();
    let pairs = found.samples().iter().zip(wanted.samples());
    let noise: f64 = pairs.map(|(&f, &w)| power(f64::from(f) - f64::from(w))).sum();
    10.0 * (signal.max(1e-30) / noise.max(1e-30)).log10()
}
