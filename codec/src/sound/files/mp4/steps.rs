//! The packets of a track, one after the other.

use super::edits::{Edit, scaled};
use super::entry::Entry;
use super::table::Sample;
use crate::error::Result;
use crate::sound::SoundNotes;
use crate::sound::files::coded::{Packet, Step, Steps, Stream};
use crate::sound::files::input::{Input, bytes_at};

/// The longest piece of plain samples that is taken at a time.
const MAX_PIECE_BYTES: u32 = 1 << 16;

pub(super) struct Mp4Steps {
    input: Input,
    entry: Entry,
    /// Ticks a second.
    timescale: u32,
    stream: Option<Stream>,
    samples: std::vec::IntoIter<Sample>,
    /// What is left of a chunk of plain samples.
    rest: Option<Sample>,
    notes: SoundNotes,
}

impl Mp4Steps {
    /// # Errors
    /// `Unsupported` for what the decoders do not know.
    pub(super) fn new(
        input: Input,
        (entry, timescale): (Entry, u32),
        edit: Edit,
        samples: Vec<Sample>,
        notes: SoundNotes,
    ) -> Result<Self> {
        Ok(Self {
            stream: Some(entry.stream(edit.skip, edit.length)?),
            input,
            entry,
            timescale,
            samples: samples.into_iter(),
            rest: None,
            notes,
        })
    }

    fn sample(&mut self) -> Option<Sample> {
        let mut sample = self.rest.take().or_else(|| self.samples.next())?;
        if let Some(frame) = self.entry.pcm_frame_bytes() {
            let most = (MAX_PIECE_BYTES / frame).max(1) * frame;
            if sample.bytes > most {
                self.rest = Some(Sample::new(sample.at + u64::from(most), sample.bytes - most, 0));
                sample.bytes = most;
            }
        }
        Some(sample)
    }
}

impl Steps for Mp4Steps {
    fn next(&mut self) -> Result<Option<Step>> {
        if let Some(stream) = self.stream.take() {
            return Ok(Some(Step::Begin(stream)));
        }
        let Some(sample) = self.sample() else {
            return Ok(None);
        };
        if sample.is_gap {
            let samples = scaled(sample.ticks.into(), self.timescale, self.entry.rate);
            return Ok(Some(Step::Gap(samples)));
        }
        let data = bytes_at(&mut self.input, sample.at, u64::from(sample.bytes))?;
        let samples = match self.entry.samples(&data) {
            0 => scaled(sample.ticks.into(), self.timescale, self.entry.rate),
            samples => samples,
        };
        Ok(Some(Step::Packets(vec![Packet { data, samples }], None)))
    }

    fn notes(&self) -> &SoundNotes {
        &self.notes
    }
}
