//! Reads WAV files: finds the chunks, and lets the library decode the samples.

use std::io::{Chain, Cursor, Read, Seek, SeekFrom, Take};

use hound::{WavIntoSamples, WavReader};

use super::{SoundFormat, info_chunk};
use crate::error::{CodecError, Result};
use crate::sound::{SampleFormat, SoundSource, SoundSpec, Tags};

/// The longest format chunk, in bytes; real ones have at most 40.
const MAX_FORMAT_BYTES: u64 = 4096;
/// The longest chunk of tags.
const MAX_LIST_BYTES: u64 = 1 << 20;
/// The most chunks of a file.
const MAX_CHUNKS: usize = 4096;
/// Programs that write to a pipe state a length from here on, for they do not know it.
const UNKNOWN_LENGTH: u64 = 0x7fff_0000;

/// A header of our own, and then the samples of the file.
type Data<R> = Chain<Cursor<Vec<u8>>, Take<R>>;

/// A WAV file that is read piece by piece.
pub(super) struct WavSource<R: Read> {
    samples: Samples<R>,
    spec: SoundSpec,
    scale: f32,
    tags: Tags,
    length: u64,
    given: u64,
}

enum Samples<R: Read> {
    Integers(WavIntoSamples<Data<R>, i32>),
    Floats(WavIntoSamples<Data<R>, f32>),
}

/// Where the parts of a file are.
struct Chunks {
    format: Vec<u8>,
    /// Offset and bytes of the samples.
    data: (u64, u64),
    tags: Tags,
}

impl<R: Read + Seek> WavSource<R> {
    pub(super) fn new(mut file: R) -> Result<Self> {
        let Chunks { format, data, tags } = find_chunks(&mut file)?;
        let (offset, bytes) = data;
        file.seek(SeekFrom::Start(offset))?;
        let header = Cursor::new(header(&format, bytes)?);
        let reader = WavReader::new(header.chain(file.take(bytes))).map_err(wrong)?;
        let wav = reader.spec();
        let format = match (wav.sample_format, wav.bits_per_sample) {
            (hound::SampleFormat::Float, 32) => SampleFormat::Float32,
            (hound::SampleFormat::Int, 1..=8) => SampleFormat::Int8,
            (hound::SampleFormat::Int, 9..=16) => SampleFormat::Int16,
            (hound::SampleFormat::Int, 17..=24) => SampleFormat::Int24,
            (hound::SampleFormat::Int, 25..=32) => SampleFormat::Int32,
            (_, bits) => {
                let what = format!("WAV with samples of {bits} bits: 8 to 32 can be read");
                return Err(CodecError::Unsupported(what));
            }
        };
        let spec = SoundSpec {
            rate: wav.sample_rate,
            channels: wav.channels,
            format,
        };
        Ok(Self {
            length: u64::from(reader.duration()),
            samples: match format {
                SampleFormat::Float32 => Samples::Floats(reader.into_samples()),
                _ => Samples::Integers(reader.into_samples()),
            },
            spec,
            scale: if format.is_float() {
                1.0
            } else {
                (-f32::from(wav.bits_per_sample - 1)).exp2()
            },
            tags,
            given: 0,
        })
    }
}

impl<R: Read> SoundSource for WavSource<R> {
    fn spec(&self) -> SoundSpec {
        self.spec
    }

    fn tags(&self) -> &Tags {
        &self.tags
    }

    fn length(&self) -> Option<u64> {
        Some(self.length)
    }

    fn read(&mut self, out: &mut Vec<f32>, most: usize) -> Result<usize> {
        let count = (self.length - self.given).min(most as u64) as usize;
        for _ in 0..count * usize::from(self.spec.channels) {
            let sample = match &mut self.samples {
                Samples::Integers(samples) => samples.next().map(|s| s.map(|s| s as f32 * self.scale)),
                Samples::Floats(samples) => samples.next(),
            };
            out.push(sample.ok_or_else(ends_early)?.map_err(wrong)?);
        }
        self.given += count as u64;
        Ok(count)
    }
}

/// Finds format, samples and tags, before the samples or behind them.
fn find_chunks(file: &mut (impl Read + Seek)) -> Result<Chunks> {
    let end = file.seek(SeekFrom::End(0))?;
    let (mut at, mut format, mut data, mut tags) = (12, None, None, Tags::default());
    for _ in 0..MAX_CHUNKS {
        if at + 8 > end {
            break;
        }
        file.seek(SeekFrom::Start(at))?;
        let mut head = [0; 8];
        file.read_exact(&mut head)?;
        let [k0, k1, k2, k3, l0, l1, l2, l3] = head;
        let stated = u64::from(u32::from_le_bytes([l0, l1, l2, l3]));
        let left = end - at - 8;
        let mut content = |most: u64| -> Result<Vec<u8>> {
            let mut bytes = Vec::new();
            file.by_ref().take(stated.min(most)).read_to_end(&mut bytes)?;
            Ok(bytes)
        };
        match &[k0, k1, k2, k3] {
            b"fmt " if format.is_none() => format = Some(content(MAX_FORMAT_BYTES)?),
            b"LIST" if stated <= MAX_LIST_BYTES => info_chunk::read(&content(MAX_LIST_BYTES)?, &mut tags),
            b"data" if data.is_none() => {
                if stated > left && stated < UNKNOWN_LENGTH {
                    return Err(ends_early());
                }
                data = Some((at + 8, stated.min(left)));
            }
            _ => {}
        }
        at += 8 + stated.next_multiple_of(2);
    }
    match (format, data) {
        (Some(format), Some(data)) => Ok(Chunks { format, data, tags }),
        (None, _) => Err(SoundFormat::Wav.error("there is no format chunk")),
        (_, None) => Err(SoundFormat::Wav.error("there are no samples")),
    }
}

/// The beginning of a WAV file with nothing but this format chunk and `bytes` of samples, those of whole samples alone.
fn header(format: &[u8], bytes: u64) -> Result<Vec<u8>> {
    let align = match format.get(12..14) {
        Some(&[low, high]) => u64::from(u16::from_le_bytes([low, high])).max(1),
        _ => return Err(SoundFormat::Wav.error("its format chunk is too short")),
    };
    let bytes = u32::try_from(bytes - bytes % align)
        .map_err(|_| CodecError::Unsupported("WAV files of more than 4 GiB".into()))?;
    let format_bytes = (format.len() as u32).to_le_bytes();
    let parts: [&[u8]; 8] = [
        b"RIFF",
        &u32::MAX.to_le_bytes(),
        b"WAVE",
        b"fmt ",
        &format_bytes,
        format,
        b"data",
        &bytes.to_le_bytes(),
    ];
    Ok(parts.concat())
}

fn ends_early() -> CodecError {
    SoundFormat::Wav.error("the file ends early")
}

fn wrong(error: hound::Error) -> CodecError {
    match error {
        hound::Error::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => ends_early(),
        // The library reports short reads as errors of its own.
        hound::Error::IoError(error) if error.get_ref().is_some() => SoundFormat::Wav.error(error.to_string()),
        hound::Error::IoError(error) => CodecError::Io(error),
        hound::Error::Unsupported => CodecError::Unsupported("WAV with compressed or unusual samples".into()),
        other => SoundFormat::Wav.error(other.to_string()),
    }
}
