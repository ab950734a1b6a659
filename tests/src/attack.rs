//! Streams changed by an attacker who repairs every checksum, and what must hold of them whatever they say: no panic, no
//! long work, no more memory than the documented bounds, and one verdict of all commands.

use std::time::{Duration, Instant};

use lmc_codec::codecs::Codecs;
use lmc_codec::container::{Cause, Damage, Mode, PartKind, SegmentId, StreamReader};
use lmc_codec::memory::Shape;
use lmc_codec::sound::{SoundDecoder, SoundSource, verify_sound};
use lmc_codec::video::{VideoDecoder, VideoSound, verify_video};
use lmc_codec::{DecodeOptions, Header, ImageDecoder, Limits, Media, Result, Unwatched};

use crate::damage::Damager;

/// The longest that one command may take beside what the size explains.
const PATIENCE: Duration = Duration::from_secs(3);
/// Samples of sound that are made in a second at the least, lost ones included.
const SAMPLES_PER_SECOND: u64 = 10_000_000;
/// Memory beside the bounds of pictures: a few packets, and what an allocator keeps.
const OTHER_BYTES: u64 = 256 << 20;

/// Limits under which everything takes a fraction of `PATIENCE`.
pub fn limits() -> Limits {
    Limits {
        max_pixels: 1 << 20,
        max_samples: 1 << 22,
        ..Limits::default()
    }
}

/// One segment: its kind and its payload.
type Segment = (u8, Vec<u8>);

/// A stream in pieces, to be changed and put together again with checksums that agree.
#[derive(Debug, Clone)]
pub struct Pieces {
    /// The bytes of the header without its CRC-32.
    header: Vec<u8>,
    segments: Vec<Segment>,
}

impl Pieces {
    /// The pieces of a whole stream.
    ///
    /// # Errors
    /// When it is none.
    pub fn of(stream: &[u8]) -> Result<Self> {
        let info = lmc_codec::info(stream, &Limits::default())?;
        let segments = info.log.listed().iter().map(|segment| {
            let (start, end) = (segment.offset as usize, (segment.offset + segment.bytes) as usize);
            let leb = stream[start + 1..].iter().take_while(|&&byte| byte >= 0x80).count() + 1;
            (segment.id.0, stream[start + 1 + leb + 5..end].to_vec())
        });
        Ok(Self {
            header: stream[..info.header_bytes - 4].to_vec(),
            segments: segments.collect(),
        })
    }

    /// The stream, with checksums that agree.
    pub fn sealed(&self) -> Vec<u8> {
        let mut out = self.header.clone();
        out.extend_from_slice(&crc(&self.header).to_le_bytes());
        for (id, payload) in &self.segments {
            let mut label = vec![*id];
            leb(&mut label, payload.len());
            let check = crc(&label) as u8;
            let sum = crc(&[&label[..], payload].concat());
            out.extend_from_slice(&label);
            out.push(check);
            out.extend_from_slice(&sum.to_le_bytes());
            out.extend_from_slice(payload);
        }
        out
    }

    /// Changes something; `others` lend their segments.
    pub fn change(&mut self, damager: &mut Damager, others: &[Pieces]) {
        for _ in 0..1 + damager.below(3) {
            match damager.below(10) {
                0..=3 => self.change_segment(damager),
                4 => self.borrow(damager, others),
                5 | 6 => self.reorder(damager),
                7 => self.change_header(damager),
                8 => self.change_media(damager),
                _ => {
                    let payload = (0..damager.below(60)).map(|_| damager.below(256) as u8).collect();
                    let at = damager.below(self.segments.len() + 1);
                    self.segments.insert(at, (damager.below(140) as u8, payload));
                }
            }
        }
    }

    fn any<'a>(&'a mut self, damager: &mut Damager) -> Option<&'a mut Segment> {
        let count = self.segments.len().max(1);
        self.segments.get_mut(damager.below(count))
    }

    /// Bits of a payload, or its length.
    fn change_segment(&mut self, damager: &mut Damager) {
        let kind = damager.below(6);
        let (at, byte, bits) = (damager.below(1 << 20), damager.below(256) as u8, 1 + damager.below(12));
        let flips: Vec<usize> = (0..bits).map(|_| damager.below(1 << 24)).collect();
        let Some((_, payload)) = self.any(damager) else { return };
        let length = payload.len().max(1);
        match kind {
            0 => payload.truncate(at % length),
            1 => payload.extend(std::iter::repeat_n(byte, at % 300)),
            2 if !payload.is_empty() => payload[at % length] = byte,
            3 => payload.resize(at % 5000, byte),
            _ if payload.is_empty() => {}
            _ => flips
                .iter()
                .for_each(|flip| payload[flip / 8 % length] ^= 1 << (flip % 8)),
        }
    }

    fn borrow(&mut self, damager: &mut Damager, others: &[Pieces]) {
        let other = &others[damager.below(others.len())];
        if other.segments.is_empty() {
            return;
        }
        let (id, payload) = other.segments[damager.below(other.segments.len())].clone();
        let keep_id = damager.below(2) == 0;
        if let Some(segment) = self.any(damager) {
            *segment = (if keep_id { segment.0 } else { id }, payload);
        }
    }

    fn reorder(&mut self, damager: &mut Damager) {
        if self.segments.is_empty() {
            return;
        }
        let (one, two) = (damager.below(self.segments.len()), damager.below(self.segments.len()));
        match damager.below(3) {
            0 => self.segments.swap(one, two),
            1 => drop(self.segments.remove(one)),
            _ => {
                let copy = self.segments[one].clone();
                self.segments.insert(two, copy);
            }
        }
    }

    /// Any bytes behind the version, whatever they mean.
    fn change_header(&mut self, damager: &mut Damager) {
        let length = self.header.len();
        for _ in 0..1 + damager.below(4) {
            // The model is left alone: no stream of another is looked at any further.
            let at = 22 + damager.below(length - 22);
            self.header[at] = damager.below(256) as u8;
        }
    }

    /// Fields that stay in their range.
    fn change_media(&mut self, damager: &mut Damager) {
        let mut whole = self.header.clone();
        whole.extend_from_slice(&crc(&self.header).to_le_bytes());
        let Ok((mut header, _)) = Header::parse(&whole) else {
            return;
        };
        match &mut header.media {
            Media::Image(image) => match damager.below(4) {
                0 => image.width = 1 + damager.below(3000) as u32,
                1 => image.height = 1 + damager.below(3000) as u32,
                2 => image.tile_size = 64 << damager.below(7),
                _ => image.alpha ^= true,
            },
            Media::Sound(sound) => match damager.below(4) {
                0 => sound.samples = damager.below(1 << 22) as u64,
                1 => sound.channels = 1 + damager.below(33) as u16,
                2 => sound.rate = 8000 + damager.below(184_000) as u32,
                _ => sound.group = 1 + damager.below(4) as u16,
            },
            Media::Video(video) => match damager.below(4) {
                0 => video.format.width = 1 + damager.below(1500) as u32,
                1 => video.format.height = 1 + damager.below(1500) as u32,
                2 => video.frames = Some(damager.below(400) as u64).filter(|&frames| frames > 0),
                _ => video.format.frame_rate.numerator = 1 + damager.below(1 << 16) as u32,
            },
        }
        if let Ok(bytes) = header.to_bytes() {
            self.header = bytes[..bytes.len() - 4].to_vec();
        }
    }

    /// Gives parts the checksums of what they decode to, so that they are taken for good.
    pub fn agree(&mut self, damage: &[Damage]) {
        for damage in damage {
            let Damage::Lost {
                kind,
                first,
                count: 1,
                cause: Cause::Desync { expected, found },
            } = damage
            else {
                continue;
            };
            let id = match kind {
                PartKind::Symbols => SegmentId::PART.0,
                PartKind::Alpha => SegmentId::ALPHA.0,
                PartKind::Sound => SegmentId::SOUND.0,
            };
            let mut start = Vec::new();
            leb(&mut start, *first as usize);
            let expected = [&start[..], &expected.to_le_bytes()].concat();
            for (other, payload) in &mut self.segments {
                if *other == id && payload.starts_with(&expected) {
                    payload[start.len()..start.len() + 4].copy_from_slice(&found.to_le_bytes());
                }
            }
        }
    }
}

/// The CRC-32 of ISO-HDLC.
fn crc(bytes: &[u8]) -> u32 {
    let step = |crc: u32, &byte: &u8| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg())
        })
    };
    !bytes.iter().fold(u32::MAX, step)
}

fn leb(out: &mut Vec<u8>, mut value: usize) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// What a command made of a stream.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// Whether there was nothing to complain of.
    pub good: bool,
    /// What is wrong, as far as it was listed.
    pub damage: Vec<Damage>,
    /// How long it took, as [`timed`] says.
    pub time: Duration,
    /// The most memory in use, where the system tells.
    pub peak_bytes: u64,
}

/// The commands that read streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// `lmc info`.
    Info,
    /// `lmc verify`.
    Verify,
    /// `lmc decode`.
    Decode,
    /// `lmc decode --conceal`.
    Conceal,
}

/// All of them.
pub const COMMANDS: [Command; 4] = [Command::Info, Command::Verify, Command::Decode, Command::Conceal];

/// Does what a command does with a stream, in this process.
pub fn strike(command: Command, codecs: &Codecs, bytes: &[u8]) -> Verdict {
    forget_peak();
    let (outcome, time) = timed(|| run(command, codecs, bytes));
    let (good, damage) = match outcome {
        Ok(damage) => (damage.is_empty(), damage),
        Err(_) => (false, Vec::new()),
    };
    Verdict {
        good,
        damage,
        time,
        peak_bytes: peak_bytes(),
    }
}

fn run(command: Command, codecs: &Codecs, bytes: &[u8]) -> Result<Vec<Damage>> {
    if command == Command::Info {
        return Ok(lmc_codec::info(bytes, &limits())?.damage.entries().to_vec());
    }
    let mode = if command == Command::Decode {
        Mode::Strict
    } else {
        Mode::Tolerant
    };
    let reader = StreamReader::new(bytes, &limits(), mode)?;
    let header = reader.header().clone();
    match (command, &header.media) {
        (Command::Verify, Media::Image(_)) => {
            let verified = lmc_codec::verify_stream(codecs, reader)?;
            Ok(verified.damage.entries().to_vec())
        }
        (_, Media::Image(_)) => {
            let options = DecodeOptions::default()
                .with_limits(limits())
                .with_conceal(mode == Mode::Tolerant);
            let decoded = ImageDecoder::new(codecs.clone(), options).decode_stream(reader, &mut Unwatched)?;
            Ok(decoded.damage.entries().to_vec())
        }
        (Command::Verify, Media::Sound(_)) => {
            let codec = codecs.sound_of(header.codec, header.model)?;
            Ok(verify_sound(&codec, reader)?.damage.entries().to_vec())
        }
        (_, Media::Sound(_)) => {
            let codec = codecs.sound_of(header.codec, header.model)?;
            let mut decoder = SoundDecoder::new(codec, reader)?;
            let mut samples = 0;
            while let Some(packet) = decoder.next_packet()? {
                samples += packet.len() as u64;
            }
            let media = decoder.media();
            assert_eq!(
                samples,
                media.samples * u64::from(media.channels),
                "every sample is given out"
            );
            Ok(decoder.damage().entries().to_vec())
        }
        (_, Media::Video(_)) => run_video(command, codecs, bytes, reader),
    }
}

/// Frames, and the sound beside them.
fn run_video(command: Command, codecs: &Codecs, bytes: &[u8], reader: StreamReader<&[u8]>) -> Result<Vec<Damage>> {
    let (header, mode) = (reader.header().clone(), reader.mode());
    let codec = codecs.video_of(header.codec, header.model)?;
    let sound = reader.track().map(|track| track.header().clone());
    let sound = sound
        .map(|sound| codecs.sound_of(sound.codec, sound.model))
        .transpose()?;
    if command == Command::Verify {
        let verified = verify_video(&*codec, sound.as_ref(), reader, &mut Unwatched)?;
        return Ok(verified.damage.entries().to_vec());
    }
    let mut frames = VideoDecoder::new(&*codec, reader)?;
    while frames.next_frame()?.is_some() {}
    let mut damage = frames.damage().entries().to_vec();
    if let (Some(sound), Some(samples)) = (sound, lmc_codec::info(bytes, &limits())?.sound_samples) {
        let mut sound = VideoSound::new(sound, StreamReader::new(bytes, &limits(), mode)?, samples)?;
        let mut samples = Vec::new();
        while sound.read(&mut samples, 4096)? > 0 {
            samples.clear();
        }
        damage.extend_from_slice(sound.damage().entries());
    }
    Ok(damage)
}

/// How long a command may take with a stream.
pub fn patience(bytes: &[u8]) -> Duration {
    let samples = match Header::parse(bytes).map(|(header, _)| header.media) {
        Ok(Media::Sound(sound)) if sound.samples <= limits().max_samples => {
            sound.samples * u64::from(sound.channels) * u64::from(sound.rate.max(48_000)) / 48_000
        }
        _ => 0,
    };
    PATIENCE + Duration::from_millis(samples * 1000 / SAMPLES_PER_SECOND)
}

/// The memory that a stream may take by the documented bounds.
pub fn bound_bytes(bytes: &[u8]) -> u64 {
    let shape = match Header::parse(bytes).map(|(header, _)| header.media) {
        Ok(Media::Image(image)) => Shape::of(&image),
        _ => return OTHER_BYTES,
    };
    match shape.pixels <= limits().max_pixels {
        true => shape.decoding_bytes(true) + OTHER_BYTES,
        false => OTHER_BYTES,
    }
}

/// What `work` returns, and how long it took: the lesser of the time that passed, which a busy machine lengthens, and
/// that of all cores, which other threads do.
pub fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let (start, cores) = (Instant::now(), time_of_cores());
    let outcome = work();
    let time = start.elapsed();
    let time = time_of_cores()
        .zip(cores)
        .map_or(time, |(end, start)| time.min(end.saturating_sub(start)));
    (outcome, time)
}

/// The time that this process had of all cores, where the system tells.
fn time_of_cores() -> Option<Duration> {
    let status = std::fs::read_to_string("/proc/self/stat").ok()?;
    // Behind the name, which may have spaces; hundredths of a second in the program and in the system.
    let fields: Vec<&str> = status.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |at: usize| fields.get(at)?.parse::<u64>().ok();
    Some(Duration::from_millis((ticks(11)? + ticks(12)?) * 10))
}

/// Lets the system forget the most memory that this process had.
fn forget_peak() {
    // Where there is no such file, peaks are not watched.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

fn peak_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kib.unwrap_or(0) << 10
}
