//! Sounds into memory of the caller, as they are decoded.

use std::io::Cursor;
use std::sync::Arc;

use lmc::{Result, SampleFormat, SoundDecoder, SoundSource, VideoSound, open_with};

use crate::border::{buffer_of, c_text, call, left_out, target, wrong};
use crate::decoder::{Bytes, Decoder, State};
use crate::image::failed;
use crate::weights::models;
use crate::{LMC_SOUND, LMC_VIDEO};

/// A sound, and what was decoded of it but not given out.
pub(crate) struct Playing {
    decoder: SoundDecoder<Bytes>,
    /// Samples of all channels in turn.
    packet: Vec<f32>,
    /// How many of them were given out.
    given: usize,
}

impl Playing {
    /// Decodes the next packet if nothing is left of the last one; returns what there is, which is nothing at the end.
    fn fill(&mut self) -> Result<&[f32]> {
        while self.given == self.packet.len() {
            let Some(packet) = self.decoder.next_packet()? else {
                break;
            };
            (self.packet, self.given) = (packet, 0);
        }
        Ok(self.packet.get(self.given..).unwrap_or_default())
    }
}

/// Samples of a sound of a video that are decoded at a time, at most.
const PIECE: usize = 1 << 14;

/// The sound of a video.
#[derive(Default)]
pub(crate) enum Track {
    /// Nothing was asked of it.
    #[default]
    Closed,
    /// It is being decoded.
    Playing(Box<VideoSound<Bytes>>),
    /// A call failed.
    Failed,
}

impl Decoder {
    /// Opens the sound of a video: its stream is read a second time.
    fn open_track(&self) -> Result<Box<VideoSound<Bytes>>> {
        if self.info.channels == 0 {
            return Err(wrong("the video has no sound"));
        }
        let stream = || Cursor::new(Arc::clone(&self.bytes));
        let found = lmc::info(stream(), &self.options.limits)?;
        let stream = open_with(stream(), &models(), self.options.clone())?;
        Ok(Box::new(stream.video_sound(found.sound_samples.unwrap_or(0))?))
    }

    /// As [`read`](Self::read), of a video.
    fn read_track(&mut self, most: usize, write: &mut dyn FnMut(usize, &[f32])) -> Result<usize> {
        let mut sound = match std::mem::replace(&mut self.track, Track::Failed) {
            Track::Closed => self.open_track()?,
            Track::Playing(sound) => sound,
            Track::Failed => return Err(failed()),
        };
        let (channels, mut done, mut piece) = (usize::from(sound.spec().channels).max(1), 0, Vec::new());
        while done < most {
            piece.clear();
            let count = self.threads.run(|| sound.read(&mut piece, PIECE.min(most - done)))?;
            if count == 0 {
                break;
            }
            write(done * channels, &piece);
            done += count;
        }
        self.track = Track::Playing(sound);
        Ok(done)
    }

    /// Gives the next samples to `write`, at most `most` of each channel; returns how many of each.
    fn read(&mut self, most: usize, mut write: impl FnMut(usize, &[f32])) -> Result<usize> {
        match self.info.kind {
            // Compilers leave out what is behind this.
            LMC_SOUND | LMC_VIDEO if cfg!(not(feature = "sounds")) => return Err(left_out("sounds")),
            LMC_SOUND => {}
            LMC_VIDEO => return self.read_track(most, &mut write),
            _ => return Err(wrong("the stream holds no sound")),
        }
        let mut playing = match self.take_state() {
            State::Sound(playing) => playing,
            State::Opened(stream) => Box::new(Playing {
                decoder: self.threads.run(move || stream.sound())?,
                packet: Vec::new(),
                given: 0,
            }),
            State::Image(_) | State::Video(_) | State::Failed => return Err(failed()),
        };
        let channels = usize::from(playing.decoder.spec().channels).max(1);
        let (wanted, mut done) = (most.saturating_mul(channels), 0);
        while done < wanted {
            let left = self.threads.run(|| playing.fill())?;
            let taken = left.len().min(wanted - done);
            if taken == 0 {
                break;
            }
            write(done, &left[..taken]);
            playing.given += taken;
            done += taken;
        }
        if !playing.decoder.damage().is_empty() {
            let decoder = &playing.decoder;
            let lines: Vec<String> = decoder.damage().lines(&decoder.header().media).collect();
            self.damage = c_text(&lines.join("\n"));
        }
        self.state = State::Sound(playing);
        Ok(done / channels)
    }

    /// How many elements `frames` samples of each channel are.
    fn elements(&self, frames: usize) -> Result<usize> {
        let channels = self.info.channels.max(1) as usize;
        frames
            .checked_mul(channels)
            .ok_or_else(|| wrong("a buffer of more samples than memory has"))
    }
}

/// Decodes the next samples, full scale at -1 and 1, those of all channels in turn: up to `frames` of each channel. Of a
/// video, those of its sound, which begins with the first frame; frames go on as they were. `*done` becomes the number
/// of each, which is less than `frames` only at the end of the sound.
///
/// # Safety
/// `decoder` is NULL or open; `buffer` is NULL or points to `frames` times the channels floats that nobody else uses
/// during the call; `done` is NULL or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lmc_read_f32(decoder: *mut Decoder, buffer: *mut f32, frames: usize, done: *mut usize) -> i32 {
    call(|| {
        // SAFETY: as promised by the caller.
        let (decoder, done) = unsafe {
            (
                target(decoder, "the decoder")?,
                target(done, "the place for the number")?,
            )
        };
        *done = 0;
        // SAFETY: as promised by the caller.
        let buffer = unsafe { buffer_of(buffer, decoder.elements(frames)?) }?;
        *done = decoder.read(frames, |at, samples| {
            if let Some(out) = buffer.get_mut(at..at + samples.len()) {
                out.copy_from_slice(samples);
            }
        })?;
        Ok(())
    })
}

/// As lmc_read_f32, rounded and clamped to 16 bits.
///
/// # Safety
/// As lmc_read_f32, with 16-bit integers in `buffer`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lmc_read_i16(decoder: *mut Decoder, buffer: *mut i16, frames: usize, done: *mut usize) -> i32 {
    call(|| {
        // SAFETY: as promised by the caller.
        let (decoder, done) = unsafe {
            (
                target(decoder, "the decoder")?,
                target(done, "the place for the number")?,
            )
        };
        *done = 0;
        // SAFETY: as promised by the caller.
        let buffer = unsafe { buffer_of(buffer, decoder.elements(frames)?) }?;
        *done = decoder.read(frames, |at, samples| {
            let bytes = SampleFormat::Int16.to_bytes(samples);
            let out = buffer.get_mut(at..).unwrap_or_default();
            for (out, bytes) in out.iter_mut().zip(bytes.as_chunks::<2>().0) {
                *out = i16::from_le_bytes(*bytes);
            }
        })?;
        Ok(())
    })
}
