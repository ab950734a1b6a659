//! Where samples come from.

use super::{SoundNotes, SoundSpec};
use crate::error::{CodecError, Result};
use crate::media::Tags;

/// A sound that is read from its beginning to its end.
pub trait SoundSource {
    /// Rate, channels and format.
    fn spec(&self) -> SoundSpec;

    /// Title, artist and the like.
    fn tags(&self) -> &Tags;

    /// Which loudspeakers the channels are for, as `dwChannelMask` of WAV files says it: 0 for none in particular, `None`
    /// where the source does not tell.
    fn channel_mask(&self) -> Option<u32> {
        None
    }

    /// Faults of the source, and the parts that are not kept, as far as it was read.
    fn notes(&self) -> SoundNotes {
        SoundNotes::default()
    }

    /// Samples of each channel, if known before all are read: a hint, for the samples that are read count.
    fn length(&self) -> Option<u64>;

    /// Appends the next samples of all channels in turn to `out`: up to `most` of each channel, fewer where that suits
    /// the source. Returns how many of each; 0 at the end.
    ///
    /// # Errors
    /// `Io`, and `Media` for damaged files.
    fn read(&mut self, out: &mut Vec<f32>, most: usize) -> Result<usize>;
}

/// A sound in memory, and a source of its own samples.
#[derive(Debug, Clone, PartialEq)]
pub struct Sound {
    spec: SoundSpec,
    tags: Tags,
    /// Samples of all channels in turn.
    samples: Vec<f32>,
    /// The next sample of a channel to give out.
    next: usize,
}

impl Sound {
    /// A sound of samples with full scale at -1 and 1, those of all channels in turn.
    ///
    /// # Errors
    /// `Unsupported` for a shape outside of what is allowed, `Parameter` for a number of samples that is no multiple of
    /// the channels.
    pub fn new(spec: SoundSpec, samples: Vec<f32>) -> Result<Self> {
        spec.check()?;
        if !samples.len().is_multiple_of(usize::from(spec.channels)) {
            let reason = format!("{} samples do not belong to {} channels", samples.len(), spec.channels);
            return Err(CodecError::Parameter(reason));
        }
        let (tags, next) = (Tags::default(), 0);
        Ok(Self {
            spec,
            tags,
            samples,
            next,
        })
    }

    /// The same with tags.
    pub fn with_tags(self, tags: Tags) -> Self {
        Self { tags, ..self }
    }

    /// All of a source.
    ///
    /// # Errors
    /// Those of the source, and as [`new`](Self::new).
    pub fn read_all(source: &mut dyn SoundSource) -> Result<Self> {
        let mut samples = Vec::new();
        while source.read(&mut samples, 1 << 16)? > 0 {}
        Ok(Self::new(source.spec(), samples)?.with_tags(source.tags().clone()))
    }

    /// Samples of all channels in turn.
    pub fn samples(&self) -> &[f32] {
        &self.samples
    }

    /// Samples of each channel.
    pub fn samples_per_channel(&self) -> usize {
        self.samples.len() / usize::from(self.spec.channels)
    }

    /// The samples of one channel; nothing for one that is not there.
    pub fn channel(&self, channel: usize) -> Vec<f32> {
        let channels = usize::from(self.spec.channels);
        let known = channel < channels;
        let samples = self.samples.iter().skip(channel).step_by(channels).copied();
        samples.filter(|_| known).collect()
    }

    /// Starts to give its samples out from the beginning again.
    pub fn rewind(&mut self) {
        self.next = 0;
    }
}

impl SoundSource for Sound {
    fn spec(&self) -> SoundSpec {
        self.spec
    }

    fn tags(&self) -> &Tags {
        &self.tags
    }

    fn length(&self) -> Option<u64> {
        Some(self.samples_per_channel() as u64)
    }

    fn read(&mut self, out: &mut Vec<f32>, most: usize) -> Result<usize> {
        let count = most.min(self.samples_per_channel() - self.next);
        let channels = usize::from(self.spec.channels);
        out.extend_from_slice(&self.samples[self.next * channels..(self.next + count) * channels]);
        self.next += count;
        Ok(count)
    }
}

impl<S: SoundSource + ?Sized> SoundSource for Box<S> {
    fn spec(&self) -> SoundSpec {
        (**self).spec()
    }

    fn tags(&self) -> &Tags {
        (**self).tags()
    }

    fn channel_mask(&self) -> Option<u32> {
        (**self).channel_mask()
    }

    fn notes(&self) -> SoundNotes {
        (**self).notes()
    }

    fn length(&self) -> Option<u64> {
        (**self).length()
    }

    fn read(&mut self, out: &mut Vec<f32>, most: usize) -> Result<usize> {
        (**self).read(out, most)
    }
}
