//! Checks streams of video: all frames are decoded, and all packets of the sound read.

use std::io::Read;
use std::sync::Arc;

use super::frames::{Found, Frames};
use crate::codecs::frames::VideoCodec;
use crate::codecs::sound::SoundCodec;
use crate::container::{DamageReport, Header, Mode, Part, PartKind, StreamReader, Track};
use crate::error::Result;
use crate::pipeline::StreamHash;
use crate::quality::Quality;
use crate::sound::{cause_of, check_codec, group_sizes, read_packet};
use crate::watch::Watch;

/// What a stream of video decodes to, in hashes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct VideoVerified {
    /// The header of the stream.
    pub header: Header,
    /// Bytes of the stream.
    pub bytes: u64,
    /// Number of frames, lost ones counted.
    pub frames: u64,
    /// Hash of all symbols of frames, the same on every machine; `None` when a frame is lost.
    pub symbol_hash: Option<u64>,
    /// Symbols of frames that were decoded.
    pub symbols: u64,
    /// The sound, if there is one.
    pub track: Option<Track>,
    /// Packets of the sound that decode. Without a codec for it, none is tried.
    pub packets: u64,
    /// Hash of all symbols of the sound; `None` when a packet is lost or was not tried.
    pub sound_hash: Option<u64>,
    /// All that is wrong; empty for a good stream.
    pub damage: DamageReport,
}

impl VideoVerified {
    /// Whether nothing is wrong.
    pub fn is_good(&self) -> bool {
        self.damage.is_empty()
    }
}

/// Decodes all symbols of a stream, read in [`Mode::Tolerant`]. Damage is collected, not returned as an error. Work and
/// memory are bounded by the parts that are there, whatever the header claims. `watch` sees the frames that are done.
///
/// # Errors
/// `ModelMismatch`, `Unsupported`, `Limit`, `Io`, `Cancelled`, and `Malformed` for a header that does not fit the model.
pub fn verify_video<R: Read>(
    codec: &dyn VideoCodec,
    sound: Option<&Arc<dyn SoundCodec>>,
    reader: StreamReader<R>,
    watch: &mut dyn Watch,
) -> Result<VideoVerified> {
    let track = reader.track().cloned();
    let mut packets = match (sound, &track) {
        (Some(codec), Some(track)) => Some(Packets::new(&**codec, track)?),
        _ => None,
    };
    let mut frames = Frames::new(codec, reader)?;
    let total = super::media_of(frames.reader.header())?.frames.unwrap_or(0);
    while let Some(part) = frames.reader.next_part()? {
        if let Found::Sound(part) = frames.take(part)? {
            if let Some(packets) = &mut packets {
                packets.take(&part, &mut frames.reader)?;
            }
            continue;
        }
        let done = frames.reader.parts_passed();
        watch.progress(done, total.max(done));
        if watch.cancelled() {
            return Err(crate::CodecError::Cancelled);
        }
    }
    let (bytes, count) = (frames.reader.position(), frames.reader.parts_passed());
    let (hash, symbols) = (frames.hash, frames.symbols);
    let (header, _, _, damage) = frames.reader.into_rest();
    let is_whole = |kind| damage.lost(kind) == 0;
    Ok(VideoVerified {
        header,
        bytes,
        frames: count,
        symbol_hash: is_whole(PartKind::Symbols).then(|| hash.finish()),
        symbols,
        track,
        packets: packets.as_ref().map_or(0, |packets| packets.good),
        sound_hash: packets
            .filter(|_| is_whole(PartKind::Sound))
            .map(|packets| packets.hash.finish()),
        damage,
    })
}

/// Reads the packets of the sound.
struct Packets<'a> {
    codec: &'a dyn SoundCodec,
    groups: Vec<usize>,
    quality: Quality,
    good: u64,
    hash: StreamHash,
}

impl<'a> Packets<'a> {
    fn new(codec: &'a dyn SoundCodec, track: &Track) -> Result<Self> {
        let (media, quality) = check_codec(codec, track.header())?;
        let (groups, hash) = (group_sizes(&media), StreamHash::default());
        Ok(Self {
            codec,
            groups,
            quality,
            good: 0,
            hash,
        })
    }

    fn take<R: Read>(&mut self, part: &Part, reader: &mut StreamReader<R>) -> Result<()> {
        let channels = self.groups[part.index as usize % self.groups.len()];
        match read_packet(self.codec, part, channels, self.quality) {
            Ok(packet) => {
                self.good += 1;
                self.hash.add(packet.symbol_hash);
            }
            Err(error) => {
                let cause = cause_of(error, Mode::Tolerant)?;
                reader.damage_mut().lose(PartKind::Sound, part.index, 1, cause);
            }
        }
        Ok(())
    }
}
