//! A model for use: networks, codebooks and the integer prior.

use std::sync::Arc;

use lmc_entropy::speech::{IndexPrior, Indices};

use super::beam::Searcher;
use super::network::{Decoder, Encoder};
use super::parts::Parts;
use super::{
    Codebooks, FEATURE_MARGIN, Features, HOP, Head, PACKET_FRAMES, RATE_HZ, SILENCE_KEY, SPEECH_CODEC, SpeechConfig,
    SpeechFile,
};
use crate::codecs::sound::{EncodedPacket, Packet, SoundCodec, describe_quality};
use crate::codecs::{AnyCodec, Backend, Need, Row};
use crate::container::{CodecId, MediaKind};
use crate::error::check_encoders;
use crate::weights::Params;
use crate::weights::WeightsFile;
use crate::{CodecError, ModelHash, Quality, Result};

/// Stands for the indices of a frame of exact silence.
const SILENT: i32 = -1;
/// Samples over which silence sets in.
const FADE: usize = 80;

/// The number of the codec in headers.
const ID: CodecId = CodecId(3);

/// What the registry knows of the codec.
pub const ROW: Row = Row {
    summary: "Voices at a few kbit/s: vector-quantised networks",
    weights: Need::Required,
    model: Some(SpeechFile::model_id),
    is_for_voices: true,
    rates_kbps: &[1.5, 2.0, 3.0, 4.5, 6.0],
    ..Row::new(ID, SPEECH_CODEC, MediaKind::Sound, describe_quality, open)
};

fn open(weights: Option<&WeightsFile<'_>>, _: &dyn Backend) -> Result<AnyCodec> {
    let weights = ROW.required(weights)?;
    let model = SpeechModel::from_file(SpeechFile::parse_known(weights)?)?;
    Ok(AnyCodec::Sound(Arc::new(model)))
}

/// A speech model. Its networks run on the CPU.
#[derive(Debug)]
pub struct SpeechModel {
    id: String,
    hash: [u8; 16],
    config: SpeechConfig,
    encoder: Encoder,
    decoder: Decoder,
    books: Codebooks,
    searcher: Searcher,
    prior: IndexPrior,
    features: Features,
    head: Head,
    /// The latent of silence, which stands in for frames that have no indices.
    silence: Vec<f32>,
}

impl SpeechModel {
    /// Loads a weights file.
    ///
    /// # Errors
    /// [`CodecError::Weights`] and [`CodecError::Symbols`] if the file is no usable speech model.
    pub fn load(weights: &[u8]) -> Result<Self> {
        Self::from_file(SpeechFile::parse(weights)?)
    }

    /// The model of a parsed weights file.
    ///
    /// # Errors
    /// [`CodecError::Weights`] if parameters are missing or of other shapes.
    pub fn from_file(file: SpeechFile) -> Result<Self> {
        let mut model = Self::from_parts(&file.manifest.config, file.params, file.prior)?;
        model.id = file.manifest.id;
        model.hash = file.hash;
        Ok(model)
    }

    /// A model without a name, of networks and codebooks and any prior of their shape. Parameters without the latent of
    /// silence, which weights files have, get that of their encoder.
    ///
    /// # Errors
    /// As [`Self::from_file`].
    pub fn from_parts(config: &SpeechConfig, mut params: Params, prior: IndexPrior) -> Result<Self> {
        let books = Codebooks::take_from(&mut params, config)?;
        let mut parts = Parts::new(params);
        let silence = parts.take_if_there(SILENCE_KEY, &[config.latent()])?;
        let mut model = Self {
            id: String::new(),
            hash: [0; 16],
            encoder: Encoder::take(&mut parts, config)?,
            decoder: Decoder::take(&mut parts, config)?,
            searcher: Searcher::new(&books),
            books,
            prior,
            features: Features::default(),
            head: Head::new(config),
            silence: vec![0.0; config.latent()],
            config: config.clone(),
        };
        parts.finish()?;
        model.silence = silence.unwrap_or_else(|| model.encoded_silence());
        Ok(model)
    }

    /// The latent that stands in for frames of silence.
    pub fn silence(&self) -> &[f32] {
        &self.silence
    }

    /// The latent of silence after the encoder and all codebooks.
    fn encoded_silence(&self) -> Vec<f32> {
        let latents = self.latents(&vec![0.0; self.seen()], PACKET_FRAMES);
        let indices = self.books.quantise(&latents[..self.config.latent()]);
        let mut silence = vec![0.0; self.config.latent()];
        self.books.add_up(&indices, self.books.len(), &mut silence);
        silence
    }

    /// The id of the model, such as `speech-v1`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The exact part of the model.
    pub fn prior(&self) -> &IndexPrior {
        &self.prior
    }

    /// Shape of the model.
    pub fn config(&self) -> &SpeechConfig {
        &self.config
    }

    /// How many codebooks a quality sends.
    pub fn codebooks_at(&self, quality: Quality) -> usize {
        codebooks_at(self.config.codebooks(), quality)
    }

    /// The indices of a packet, from its samples with the halo around them.
    ///
    /// # Errors
    /// [`CodecError::Parameter`] unless there are `halo + P + halo` samples.
    pub fn indices(&self, samples: &[f32], codebooks: usize) -> Result<Indices> {
        if samples.len() != self.seen() {
            return Err(CodecError::Parameter(format!(
                "a packet needs {} samples with its halo, not {}",
                self.seen(),
                samples.len()
            )));
        }
        let halo = self.halo();
        let packet = &samples[halo..samples.len() - halo];
        let sounding = packet
            .chunks_exact(HOP)
            .rposition(|frame| frame.iter().any(|sample| *sample != 0.0))
            .map_or(0, |last| last + 1);
        let latents = self.latents(samples, PACKET_FRAMES);
        let mut values = self.searcher.search(&latents, codebooks);
        values[sounding * codebooks..].fill(0);
        Ok(Indices {
            books: codebooks,
            values,
            sounding,
        })
    }

    /// Samples that an encoder sees.
    fn seen(&self) -> usize {
        2 * self.halo() + PACKET_FRAMES * HOP
    }

    /// Latents of `frames` frames, `[frames, latent]`, from their samples with the halo.
    pub(super) fn latents(&self, samples: &[f32], frames: usize) -> Vec<f32> {
        let reach = self.config.encoder_reach();
        let spare = self.halo() - reach * HOP - FEATURE_MARGIN;
        let features = self.features.of(&samples[spare..samples.len() - spare]);
        let latents = self.encoder.apply(&features);
        let latent = self.config.latent();
        latents[reach * latent..(reach + frames) * latent].to_vec()
    }

    /// The samples of latents, `[frames, latent]`.
    fn decode(&self, latents: &[f32]) -> Vec<f32> {
        self.head.synthesise(&self.decoder.apply(latents))
    }

    /// The samples of indices, `[frames, codebooks]`, all at once.
    #[cfg(test)]
    pub(super) fn decode_all(&self, indices: &[u16], codebooks: usize) -> Vec<f32> {
        let mut latents = vec![0.0; indices.len() / codebooks * self.config.latent()];
        let frames = latents.chunks_exact_mut(self.config.latent());
        for (latent, indices) in frames.zip(indices.chunks_exact(codebooks)) {
            self.books.add_up(indices, codebooks, latent);
        }
        self.decode(&latents)
    }

    /// Appends the latents of frames of a packet.
    fn append(&self, packet: &Packet, frames: std::ops::Range<usize>, codebooks: usize, out: &mut Vec<f32>) {
        let mut latent = vec![0.0; self.config.latent()];
        let mut indices = vec![0u16; codebooks];
        for frame in frames {
            let symbols = &packet.symbols[frame * codebooks..][..codebooks];
            if symbols.contains(&SILENT) {
                out.extend(&self.silence);
                continue;
            }
            for (index, symbol) in indices.iter_mut().zip(symbols) {
                *index = *symbol as u16;
            }
            self.books.add_up(&indices, codebooks, &mut latent);
            out.extend(&latent);
        }
    }

    fn check(&self, packet: &Packet, codebooks: usize) -> Result<()> {
        let codes = self.config.codes() as i32;
        let right = packet.symbols.len() == PACKET_FRAMES * codebooks
            && packet.symbols.iter().all(|symbol| (SILENT..codes).contains(symbol));
        if right {
            Ok(())
        } else {
            Err(CodecError::Parameter("a packet of another quality or model".into()))
        }
    }
}

/// How many of `all` codebooks a quality sends: in integers, for the symbols depend on it.
pub(super) fn codebooks_at(all: usize, quality: Quality) -> usize {
    let most = usize::from(Quality::MAX);
    1 + (usize::from(quality.hundredths()) * all.saturating_sub(1) + most / 2) / most
}

fn one_channel(channels: usize) -> Result<()> {
    if channels == 1 {
        Ok(())
    } else {
        Err(CodecError::Parameter(format!("speech has one channel, not {channels}")))
    }
}

/// Makes frames that have no indices silent, with a short fade where silence sets in.
fn hush(samples: &mut [f32], packet: &Packet, codebooks: usize) {
    let silent = |frame: usize| packet.symbols[frame * codebooks] == SILENT;
    for (frame, samples) in samples.chunks_exact_mut(HOP).enumerate() {
        if !silent(frame) {
            continue;
        }
        let begins = frame == 0 || !silent(frame - 1);
        for (j, sample) in samples.iter_mut().enumerate() {
            let left = FADE.saturating_sub(j) as f32 / FADE as f32;
            *sample *= if begins { left } else { 0.0 };
        }
    }
}

impl SoundCodec for SpeechModel {
    fn id(&self) -> CodecId {
        ID
    }

    fn name(&self) -> &'static str {
        SPEECH_CODEC
    }

    fn model(&self) -> ModelHash {
        ModelHash(self.hash)
    }

    fn rate(&self) -> u32 {
        RATE_HZ
    }

    fn packet_samples(&self) -> usize {
        PACKET_FRAMES * HOP
    }

    fn halo(&self) -> usize {
        (self.config.encoder_reach() + FEATURE_MARGIN.div_ceil(HOP)) * HOP
    }

    fn max_channels(&self) -> usize {
        1
    }

    fn delay_samples(&self) -> usize {
        // A packet and its halo in the encoder, and the packet behind in the decoder.
        2 * self.packet_samples() + self.halo()
    }

    fn encode(&self, samples: &[&[f32]], quality: Quality) -> Result<EncodedPacket> {
        check_encoders()?;
        one_channel(samples.len())?;
        let indices = self.indices(samples[0], self.codebooks_at(quality))?;
        let bytes = self.prior.compress(&indices)?;
        let packet = packet_of(&indices);
        Ok(EncodedPacket {
            bytes,
            checksum: packet.checksum,
            symbols: indices.sounding * indices.books,
            symbol_hash: packet.symbol_hash,
        })
    }

    fn read(&self, bytes: &[u8], channels: usize, quality: Quality) -> Result<Packet> {
        one_channel(channels)?;
        let indices = self
            .prior
            .decompress(bytes, PACKET_FRAMES, self.codebooks_at(quality))?;
        Ok(packet_of(&indices))
    }

    fn synthesise(
        &self,
        previous: Option<&Packet>,
        this: &Packet,
        next: Option<&Packet>,
        channels: usize,
        quality: Quality,
    ) -> Result<Vec<Vec<f32>>> {
        one_channel(channels)?;
        let codebooks = self.codebooks_at(quality);
        for packet in previous.into_iter().chain([this]).chain(next) {
            self.check(packet, codebooks)?;
        }
        let reach = self.config.decoder_reach();
        let mut latents = Vec::with_capacity((PACKET_FRAMES + 2 * reach) * self.config.latent());
        if let Some(packet) = previous {
            self.append(packet, PACKET_FRAMES - reach..PACKET_FRAMES, codebooks, &mut latents);
        }
        self.append(this, 0..PACKET_FRAMES, codebooks, &mut latents);
        if let Some(packet) = next {
            self.append(packet, 0..reach, codebooks, &mut latents);
        }
        let samples = self.decode(&latents);
        let before = previous.map_or(0, |_| reach * HOP);
        let mut samples = samples[before..before + PACKET_FRAMES * HOP].to_vec();
        hush(&mut samples, this, codebooks);
        Ok(vec![samples])
    }
}

/// Indices as symbols; frames of silence have others that say so.
fn packet_of(indices: &Indices) -> Packet {
    let sounding = indices.sounding * indices.books;
    let symbols = indices.values.iter().enumerate();
    let symbols = symbols.map(|(place, index)| if place < sounding { i32::from(*index) } else { SILENT });
    Packet::new(symbols.collect())
}
