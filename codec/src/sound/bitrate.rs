//! Finding the quality that gives a wanted bit rate.

use std::io::{self, Seek, Write};
use std::sync::Arc;

use crate::Quality;
use crate::codecs::sound::SoundCodec;

use super::encode::{PIECE, encode_sound, header, media};
use super::front::Front;
use super::units::{encode_windows, kbps};
use super::{SoundEncodeOptions, SoundSource, SoundStats};
use crate::container::{StreamWriter, write_leb};
use crate::error::{CodecError, Result};

/// How far from the wanted bit rate is near enough, as a share.
pub const BITRATE_TOLERANCE: f64 = 0.02;
/// The same for the search, which sees a part of a long sound.
const SEARCH_TOLERANCE: f64 = 0.004;
/// Seconds of sound that a search looks at, spread over all of it.
const SEARCH_SECONDS: usize = 30;
/// Qualities that a search tries.
const MAX_TRIALS: usize = 14;
/// Trials in a row that tell nothing new before a codec is taken for one of few rates.
const MAX_FLAT_TRIALS: usize = 5;
/// Bytes of the segment that ends a stream.
const END_BYTES: u64 = 7;
/// Times that a whole sound is encoded, for what a search saw of it may not be like the rest.
const MAX_ENCODES: usize = 3;

/// A stream of a wanted bit rate.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundBitrate<W> {
    /// What it was written to.
    pub out: W,
    /// What it consists of.
    pub stats: SoundStats,
    /// The quality that was found.
    pub quality: Quality,
    /// Whether the bit rate is within [`BITRATE_TOLERANCE`]; if not, it lies between those of two neighbouring
    /// qualities, and the lower one was taken.
    pub is_met: bool,
    /// Qualities that were tried.
    pub trials: usize,
}

/// Encodes a sound with the quality that gives `bits_per_second`, all bytes of the stream counted. `open` starts the
/// source, and `create` the output, anew for each of up to three passes; `progress` is told how many samples of each
/// channel are done in this pass.
///
/// # Errors
/// `Parameter` for a bit rate out of reach, naming the range; those of the source and of encoding.
pub fn encode_to_bitrate<S: SoundSource, W: Write + Seek>(
    codec: &Arc<dyn SoundCodec>,
    bits_per_second: f64,
    options: &SoundEncodeOptions,
    mut open: impl FnMut() -> Result<S>,
    mut create: impl FnMut() -> Result<W>,
    progress: &mut dyn FnMut(u64),
) -> Result<FoundBitrate<W>> {
    if !(bits_per_second.is_finite() && bits_per_second > 0.0) {
        return Err(CodecError::Parameter(format!(
            "{bits_per_second} bits a second are no bit rate"
        )));
    }
    let excerpt = Excerpt::take(&**codec, &mut open()?, options)?;
    let mut search = Search::new(&**codec, excerpt);
    let mut wanted = bits_per_second;
    let mut encodes = 0;
    loop {
        let (quality, is_closest) = search.find(wanted)?;
        let options = SoundEncodeOptions {
            quality,
            ..options.clone()
        };
        let (out, stats) = encode_sound(codec, &mut open()?, &options, create()?, progress)?;
        encodes += 1;
        let share = stats.kbps * 1000.0 / bits_per_second;
        let is_met = stats.samples == 0 || (share - 1.0).abs() <= BITRATE_TOLERANCE;
        if is_met || is_closest || encodes == MAX_ENCODES {
            let trials = search.trials.len();
            return Ok(FoundBitrate {
                out,
                stats,
                quality,
                is_met,
                trials,
            });
        }
        wanted /= share;
    }
}

/// Windows of slots spread evenly over a sound.
struct Excerpt {
    /// For each slot the window of each channel.
    slots: Vec<Vec<Vec<f32>>>,
    /// Slots of the sound for each that is kept.
    stride: u64,
    all_slots: u64,
    seconds: f64,
    /// Bytes of the stream besides its packets.
    fixed_bytes: u64,
}

impl Excerpt {
    fn take(codec: &dyn SoundCodec, source: &mut dyn SoundSource, options: &SoundEncodeOptions) -> Result<Self> {
        let spec = source.spec();
        let mut front = Front::new(spec, codec)?;
        let room = (SEARCH_SECONDS * codec.rate() as usize / codec.packet_samples()).max(2);
        let mask = options.clone().for_source(source).channel_mask;
        let header = header(codec, &media(codec, spec, mask)?, options.quality);
        let mut rest = StreamWriter::new(io::sink(), &header)?;
        if options.keep_tags {
            rest.tags(source.tags())?;
        }
        let mut all = Self {
            slots: Vec::new(),
            stride: 1,
            all_slots: 0,
            seconds: 0.0,
            fixed_bytes: rest.bytes() + END_BYTES,
        };
        let mut samples = Vec::new();
        loop {
            let read = source.read(&mut samples, PIECE)?;
            match read {
                0 => front.finish(),
                _ => front.push(&samples)?,
            }
            samples.clear();
            for slot in 0..front.ready() {
                all.keep(&front.window(slot), room);
            }
            front.forget(front.ready());
            options.limits.check_sound(front.samples(), spec.channels)?;
            if read == 0 {
                all.seconds = front.samples() as f64 / f64::from(spec.rate);
                return Ok(all);
            }
        }
    }

    /// Keeps a slot if its turn has come; where there is no room, every second one goes.
    fn keep(&mut self, window: &[&[f32]], room: usize) {
        if self.all_slots.is_multiple_of(self.stride) {
            if self.slots.len() == room {
                let mut even = false;
                self.slots.retain(|_| {
                    even = !even;
                    even
                });
                self.stride *= 2;
            }
            if self.all_slots.is_multiple_of(self.stride) {
                self.slots.push(window.iter().map(|channel| channel.to_vec()).collect());
            }
        }
        self.all_slots += 1;
    }
}

/// Bit rates of an excerpt at the qualities tried so far.
struct Search<'a> {
    codec: &'a dyn SoundCodec,
    excerpt: Excerpt,
    /// Qualities in hundredths and their bits a second, sorted.
    trials: Vec<(u16, f64)>,
}

impl<'a> Search<'a> {
    fn new(codec: &'a dyn SoundCodec, excerpt: Excerpt) -> Self {
        Self {
            codec,
            excerpt,
            trials: Vec::new(),
        }
    }

    /// The quality whose bit rate is `wanted`, and whether no other comes closer from below.
    fn find(&mut self, wanted: f64) -> Result<(Quality, bool)> {
        if self.excerpt.slots.is_empty() {
            return Ok((Quality::default(), true));
        }
        let (lowest, highest) = (self.rate(0)?, self.rate(Quality::MAX)?);
        if wanted < lowest * (1.0 - BITRATE_TOLERANCE) || wanted > highest * (1.0 + BITRATE_TOLERANCE) {
            return Err(CodecError::Parameter(format!(
                "a bit rate of {:.2} kbit/s is out of reach: this sound takes {:.2} to {:.2} kbit/s with the codec {}",
                wanted / 1000.0,
                lowest / 1000.0,
                highest / 1000.0,
                self.codec.name()
            )));
        }
        let mut flat = 0;
        for _ in 0..MAX_TRIALS {
            let above = self.trials.partition_point(|(_, rate)| *rate <= wanted);
            let low = self.trials[above.saturating_sub(1)];
            let high = self.trials[above.min(self.trials.len() - 1)];
            for near in [low, high] {
                if (near.1 / wanted - 1.0).abs() <= SEARCH_TOLERANCE {
                    return Ok((quality(near.0)?, false));
                }
            }
            if high.0 <= low.0 + 1 || flat == MAX_FLAT_TRIALS {
                return Ok((quality(low.0)?, true));
            }
            let next = match flat {
                0 => between(low, high, wanted),
                _ => low.0 + (high.0 - low.0) / 2,
            };
            let rate = self.rate(next)?;
            flat = if rate == low.1 || rate == high.1 { flat + 1 } else { 0 };
        }
        let above = self.trials.partition_point(|(_, rate)| *rate <= wanted);
        Ok((quality(self.trials[above.saturating_sub(1)].0)?, true))
    }

    /// Bits a second at a quality.
    fn rate(&mut self, hundredths: u16) -> Result<f64> {
        if let Some((_, rate)) = self.trials.iter().find(|(tried, _)| *tried == hundredths) {
            return Ok(*rate);
        }
        let excerpt = &self.excerpt;
        let coded = encode_windows(self.codec, &excerpt.slots, quality(hundredths)?)?;
        let bytes: u64 = coded.iter().map(|packet| segment_bytes(packet.bytes.len())).sum();
        let share = excerpt.all_slots as f64 / excerpt.slots.len() as f64;
        let packets = (coded.len() as f64 * share).round() as u64;
        let all = bytes as f64 * share + (excerpt.fixed_bytes + index_bytes(packets)) as f64;
        let rate = kbps(all.round() as u64, excerpt.seconds) * 1000.0;
        let at = self.trials.partition_point(|(tried, _)| *tried < hundredths);
        self.trials.insert(at, (hundredths, rate));
        Ok(rate)
    }
}

fn quality(hundredths: u16) -> Result<Quality> {
    Quality::from_hundredths(hundredths).map_err(|error| CodecError::Parameter(error.to_string()))
}

/// A quality between two, where the logarithm of the rate would be `wanted` if it were linear.
fn between(low: (u16, f64), high: (u16, f64), wanted: f64) -> u16 {
    let span = (high.1 / low.1).ln();
    let share = if span > 0.0 { (wanted / low.1).ln() / span } else { 0.5 };
    let width = f64::from(high.0 - low.0);
    let step = (width * share.clamp(0.05, 0.95)).round().clamp(1.0, width - 1.0);
    low.0 + step as u16
}

/// Bytes of the segment of a packet, but for its index.
fn segment_bytes(coded: usize) -> u64 {
    let mut length = Vec::new();
    write_leb(&mut length, coded as u32 + 6);
    (1 + length.len() + 1 + 4 + 4 + coded) as u64
}

/// Bytes of the indices of `packets` packets.
fn index_bytes(packets: u64) -> u64 {
    packets + packets.saturating_sub(1 << 7) + packets.saturating_sub(1 << 14) + packets.saturating_sub(1 << 21)
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn a_step_of_the_search_lies_strictly_between() {
        assert_eq!(between((0, 1000.0), (10_000, 100_000.0), 10_000.0), 5000);
        for (low, high, wanted) in [
            ((4, 1.0), (6, 2.0), 2.0),
            ((4, 1.0), (6, 1.0), 1.0),
            ((0, 3.0), (9, 2.0), 9.0),
        ] {
            let step = between(low, high, wanted);
            assert!(low.0 < step && step < high.0, "{step}");
        }
        assert_eq!(
            [0, 128, 129, 16_385].map(index_bytes),
            [0, 128, 130, 16_385 * 2 - 128 + 1]
        );
    }
}
