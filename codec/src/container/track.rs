//! The sound that belongs to a video.

use super::fields::MAX_FIXED;
use super::header::Header;
use super::leb::{read_leb, write_leb};
use super::media::{Media, SoundMedia};
use crate::error::{CodecError, Result};

/// What a TRACK segment says: the header that the sound would have by itself, and when it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Track {
    /// The header of the sound. Its length is [`Track::OPEN`] where the segment was written before it was known.
    header: Header,
    /// Samples of each channel that come before the time 0 of the video, and are not played with it.
    pub skip: u32,
    /// Samples of silence from the time 0 of the video to the first sample.
    pub delay: u32,
}

impl Track {
    /// The length of a sound that was not known yet.
    pub const OPEN: u64 = MAX_FIXED;

    /// # Errors
    /// [`CodecError::Parameter`] for the header of other media, and for a skip and a delay at once.
    pub fn new(header: Header, skip: u32, delay: u32) -> Result<Self> {
        let track = Self { header, skip, delay };
        track
            .fault()
            .map_or(Ok(track), |fault| Err(CodecError::Parameter(fault.to_owned())))
    }

    fn fault(&self) -> Option<&'static str> {
        match (&self.header.media, self.skip, self.delay) {
            (Media::Sound(_), 0, _) | (Media::Sound(_), _, 0) => None,
            (Media::Sound(_), ..) => Some("a track both begins early and late"),
            _ => Some("the track is no sound"),
        }
    }

    /// The header of the sound.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// What the header says.
    pub fn sound(&self) -> Option<&SoundMedia> {
        match &self.header.media {
            Media::Sound(sound) => Some(sound),
            _ => None,
        }
    }

    /// Samples of each channel; `None` where the segment was written before that was known.
    pub fn samples(&self) -> Option<u64> {
        self.sound()
            .map(|sound| sound.samples)
            .filter(|&samples| samples != Self::OPEN)
    }

    /// Samples of each channel that this many packets hold, as far as they fill them.
    pub(super) fn samples_of(&self, packets: u64) -> u64 {
        self.sound().map_or(0, |sound| {
            let slots = packets / u64::from(sound.grid().groups);
            let coded = u128::from(slots) * u128::from(sound.packet_samples);
            (coded * u128::from(sound.rate) / u128::from(sound.coding_rate.max(1))) as u64
        })
    }

    /// The same track of another length.
    pub fn with_samples(&self, samples: u64) -> Self {
        let mut track = self.clone();
        if let Media::Sound(sound) = &mut track.header.media {
            sound.samples = samples;
        }
        track
    }

    /// The payload of the segment. Its length does not depend on that of the sound.
    ///
    /// # Errors
    /// As [`Header::to_bytes`].
    pub(super) fn to_bytes(&self) -> Result<Vec<u8>> {
        let mut out = self.header.to_bytes()?;
        write_leb(&mut out, self.skip);
        write_leb(&mut out, self.delay);
        Ok(out)
    }

    /// Reads the payload of a segment; says what is wrong with it.
    pub(super) fn from_bytes(payload: &[u8]) -> Result<Self, String> {
        let (header, length) = Header::parse(payload).map_err(|error| error.to_string())?;
        let mut rest = payload.get(length..).unwrap_or_default();
        let mut number = || {
            let (value, bytes) = read_leb(rest).map_err(|error| error.reason().to_owned())?;
            rest = rest.get(bytes..).unwrap_or_default();
            Ok::<u32, String>(value)
        };
        let (skip, delay) = (number()?, number()?);
        let track = Self { header, skip, delay };
        track.fault().map_or(Ok(track), |fault| Err(fault.to_owned()))
    }
}
