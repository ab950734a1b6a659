//! From a checkpoint to one weights file: codebooks are sorted, and the prior learns from the training data.

use std::collections::BTreeMap;

use lmc_entropy::speech::{IndexPrior, Indices};
use rayon::prelude::*;

use crate::Result;
use crate::wavelet::{NamedTensor, Params};
use lmc_codec::codecs::speech::{Codebooks, HOP, PACKET_FRAMES, SILENCE_KEY, SpeechFile, SpeechManifest, SpeechModel};
use lmc_codec::sound::SoundCodec;
use lmc_codec::weights::{from_half, to_half};

/// Counts of the trained prior are cut to this. That is little: what a packet was like so far says more of its next
/// frames than all other speech does.
const CERTAINTY: u16 = 4;
/// Sounds that are encoded at a time.
const WAVE: usize = 8;

/// What the export found.
#[derive(Debug, Clone, PartialEq)]
pub struct SpeechExport {
    /// Size of the file.
    pub bytes: usize,
    /// Bits of an index of each codebook over the training data with all codebooks sent, after learning.
    pub bits_per_index: f64,
}

/// Serialises networks and codebooks, `average` of a checkpoint, with a prior that learned from `sounds` at 16 kHz.
///
/// `progress` is called with the number of sounds done.
///
/// # Errors
/// Those of the parts, and of `sounds`.
pub fn export_speech(
    manifest: &SpeechManifest,
    average: &Params,
    sounds: impl Iterator<Item = Result<Vec<f32>>>,
    mut progress: impl FnMut(usize),
) -> Result<(Vec<u8>, SpeechExport)> {
    let config = &manifest.config;
    let mut params = average.clone();
    let mut books = Codebooks::take_from(&mut params, config)?;
    books.sort();
    params.extend(books.to_params());
    // Measured with the stored weights, of 16 bits.
    let mut params: BTreeMap<String, NamedTensor> = params.into_iter().map(rounded).collect();
    let mut prior = IndexPrior::new(config.index_shape())?;
    let model = SpeechModel::from_parts(config, params.clone(), prior.clone())?;
    params.insert(SILENCE_KEY.to_owned(), silence_of(&model));
    let mut sounds = sounds.peekable();
    let (mut cost, mut indices, mut done) = (0, 0, 0);
    while sounds.peek().is_some() {
        let wave = sounds.by_ref().take(WAVE).collect::<Result<Vec<_>>>()?;
        done += wave.len();
        let packets: Vec<_> = wave.par_iter().map(|sound| packets_of(&model, sound)).collect();
        for packet in packets {
            for packet in packet? {
                cost += prior.cost(&packet)?;
                indices += packet.sounding * packet.books;
                prior.learn(&packet)?;
            }
        }
        progress(done);
    }
    let bytes = SpeechFile::serialize(manifest, &params, prior.to_bytes(CERTAINTY))?;
    let report = SpeechExport {
        bytes: bytes.len(),
        bits_per_index: cost as f64 / 4096.0 / indices.max(1) as f64,
    };
    Ok((bytes, report))
}

/// What decoders use for frames of silence: what the encoder makes of them now.
fn silence_of(model: &SpeechModel) -> NamedTensor {
    let data = model.silence().to_vec();
    let shape = vec![data.len()];
    NamedTensor { shape, data }
}

fn rounded((name, tensor): (String, NamedTensor)) -> (String, NamedTensor) {
    let data = tensor.data.iter().map(|value| from_half(to_half(*value))).collect();
    let shape = tensor.shape;
    (name, NamedTensor { shape, data })
}

/// The indices of all packets of a sound, all codebooks.
fn packets_of(model: &SpeechModel, sound: &[f32]) -> Result<Vec<Indices>> {
    let (halo, packet) = (model.halo(), PACKET_FRAMES * HOP);
    let count = sound.len().div_ceil(packet);
    let mut padded = vec![0.0; count * packet + 2 * halo];
    padded[halo..][..sound.len()].copy_from_slice(sound);
    (0..count)
        .map(|index| {
            let samples = &padded[index * packet..][..packet + 2 * halo];
            Ok(model.indices(samples, model.config().codebooks())?)
        })
        .collect()
}
