//! Reads compressed files through the library that decodes them.

use std::io::ErrorKind;

use symphonia::core::audio::SampleBuffer;
use symphonia::core::codecs::{CodecParameters, Decoder, DecoderOptions};
use symphonia::core::errors::Error;
use symphonia::core::formats::{FormatOptions, FormatReader};
use symphonia::core::io::{MediaSource, MediaSourceStream};
use symphonia::core::meta::{MetadataOptions, MetadataRevision, StandardTagKey};
use symphonia::core::probe::Hint;

use super::SoundFormat;
use super::guard::guarded;
use super::input::{Input, length_of};
use crate::error::{CodecError, Result};
use crate::sound::{SampleFormat, SoundSource, SoundSpec, Tag, Tags};

/// The most samples of a packet and channel that are believed.
const MAX_PACKET_SAMPLES: usize = 1 << 20;

struct Whole(Input, u64);

impl std::io::Read for Whole {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        self.0.read(out)
    }
}

impl std::io::Seek for Whole {
    fn seek(&mut self, to: std::io::SeekFrom) -> std::io::Result<u64> {
        self.0.seek(to)
    }
}

impl MediaSource for Whole {
    fn is_seekable(&self) -> bool {
        true
    }

    fn byte_len(&self) -> Option<u64> {
        Some(self.1)
    }
}

/// A compressed file that is decoded packet by packet.
pub(super) struct CompressedSource {
    file: SoundFormat,
    reader: Box<dyn FormatReader>,
    decoder: Box<dyn Decoder>,
    track: u32,
    spec: SoundSpec,
    tags: Tags,
    length: Option<u64>,
    /// Samples that were decoded and not given out, those of all channels in turn.
    waiting: Vec<f32>,
    /// How many of them were given out.
    given: usize,
    decoded: u64,
}

impl CompressedSource {
    pub(super) fn new(mut file: Input, format: SoundFormat) -> Result<Self> {
        let wrong = |error| wrong(format, error);
        let length = length_of(&mut file)?;
        let stream = MediaSourceStream::new(Box::new(Whole(file, length)), Default::default());
        let mut hint = Hint::new();
        hint.with_extension(&format.name().to_ascii_lowercase());
        let options = FormatOptions {
            enable_gapless: true,
            ..FormatOptions::default()
        };
        let mut probed = symphonia::default::get_probe()
            .format(&hint, stream, &options, &MetadataOptions::default())
            .map_err(wrong)?;
        let mut tags = Tags::default();
        if let Some(revision) = probed.metadata.get().as_ref().and_then(|m| m.current()) {
            take_tags(revision, &mut tags);
        }
        let mut reader = probed.format;
        if let Some(revision) = reader.metadata().skip_to_latest() {
            take_tags(revision, &mut tags);
        }
        let track = reader
            .default_track()
            .ok_or_else(|| format.error("there is no sound in it"))?;
        let (track, params) = (track.id, track.codec_params.clone());
        let decoder = symphonia::default::get_codecs()
            .make(&params, &DecoderOptions::default())
            .map_err(wrong)?;
        let mut source = Self {
            file: format,
            reader,
            decoder,
            track,
            spec: SoundSpec {
                rate: 0,
                channels: 0,
                format: sample_format(&params),
            },
            tags,
            length: params.n_frames,
            waiting: Vec::new(),
            given: 0,
            decoded: 0,
        };
        // Only decoded samples tell their rate and channels for certain.
        if !source.decode()? {
            return Err(format.error("there are no samples in it"));
        }
        Ok(source)
    }

    /// Decodes packets until there are samples; whether there are any.
    fn decode(&mut self) -> Result<bool> {
        self.waiting.clear();
        self.given = 0;
        while self.waiting.is_empty() {
            let packet = match self.reader.next_packet() {
                Ok(packet) => packet,
                Err(Error::IoError(error)) if error.kind() == ErrorKind::UnexpectedEof => return self.ended(),
                Err(Error::ResetRequired) => return self.ended(),
                Err(error) => return Err(wrong(self.file, error)),
            };
            if packet.track_id() != self.track {
                continue;
            }
            match self.decoder.decode(&packet) {
                Ok(buffer) => {
                    let (signal, samples) = (*buffer.spec(), buffer.frames());
                    if samples > MAX_PACKET_SAMPLES {
                        return Err(self.file.error("a packet is larger than any should be"));
                    }
                    let channels = u16::try_from(signal.channels.count()).unwrap_or(u16::MAX);
                    if self.spec.rate == 0 {
                        (self.spec.rate, self.spec.channels) = (signal.rate, channels);
                    }
                    if (signal.rate, channels) != (self.spec.rate, self.spec.channels) {
                        let what = format!("{}: its rate or its channels change", self.file.name());
                        return Err(CodecError::Unsupported(what));
                    }
                    if samples == 0 || channels == 0 {
                        continue;
                    }
                    let mut interleaved = SampleBuffer::<f32>::new(buffer.capacity() as u64, signal);
                    interleaved.copy_interleaved_ref(buffer);
                    self.waiting.extend_from_slice(interleaved.samples());
                    self.decoded += samples as u64;
                    self.drop_padding(usize::from(channels));
                }
                // The first packets of a cut MP3 file, for example, need what is not there.
                Err(Error::DecodeError(_)) if self.file != SoundFormat::Flac => {}
                Err(error) => return Err(wrong(self.file, error)),
            }
        }
        Ok(true)
    }

    /// Takes away what was decoded beyond the length that the file states.
    fn drop_padding(&mut self, channels: usize) {
        let beyond = self.length.map_or(0, |length| self.decoded.saturating_sub(length));
        let beyond = usize::try_from(beyond).unwrap_or(usize::MAX).saturating_mul(channels);
        self.waiting.truncate(self.waiting.len().saturating_sub(beyond));
    }

    /// At the end: a lossless file knows how long it should be.
    fn ended(&self) -> Result<bool> {
        match self.length {
            Some(length) if self.file == SoundFormat::Flac && self.decoded < length => {
                Err(self.file.error("the file ends early"))
            }
            _ => Ok(false),
        }
    }
}

impl SoundSource for CompressedSource {
    fn spec(&self) -> SoundSpec {
        self.spec
    }

    fn tags(&self) -> &Tags {
        &self.tags
    }

    fn length(&self) -> Option<u64> {
        self.length
    }

    fn read(&mut self, out: &mut Vec<f32>, most: usize) -> Result<usize> {
        if self.given == self.waiting.len() {
            let file = self.file;
            if !guarded(file, || self.decode())? {
                return Ok(0);
            }
        }
        let channels = usize::from(self.spec.channels);
        let count = most.min((self.waiting.len() - self.given) / channels);
        let end = self.given + count * channels;
        out.extend_from_slice(&self.waiting[self.given..end]);
        self.given = end;
        Ok(count)
    }
}

/// What decoded samples are written as: those of lossless files as they were, others in 16 bits.
fn sample_format(params: &CodecParameters) -> SampleFormat {
    match params.bits_per_sample {
        Some(1..=8) => SampleFormat::Int8,
        Some(17..=24) => SampleFormat::Int24,
        Some(25..=32) => SampleFormat::Int32,
        _ => SampleFormat::Int16,
    }
}

fn take_tags(revision: &MetadataRevision, tags: &mut Tags) {
    for found in revision.tags() {
        let tag = match found.std_key {
            Some(StandardTagKey::TrackTitle) => Tag::Title,
            Some(StandardTagKey::Artist) => Tag::Artist,
            Some(StandardTagKey::Album) => Tag::Album,
            Some(StandardTagKey::Date) => Tag::Date,
            Some(StandardTagKey::TrackNumber) => Tag::Track,
            Some(StandardTagKey::Comment) => Tag::Comment,
            _ => continue,
        };
        tags.add(tag, &found.value.to_string());
    }
}

fn wrong(format: SoundFormat, error: Error) -> CodecError {
    match error {
        Error::IoError(error) => match error.kind() {
            ErrorKind::UnexpectedEof => format.error("the file ends early"),
            _ => CodecError::Io(error),
        },
        Error::Unsupported(what) => CodecError::Unsupported(format!("{}: {what}", format.name())),
        other => format.error(other.to_string()),
    }
}
