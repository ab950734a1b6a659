//! The packets of slots, coded and read on all threads.

use crate::Quality;
use crate::codecs::sound::{EncodedPacket, Packet, SoundCodec};
use rayon::prelude::*;

use super::front::Front;
use crate::container::{Header, Media, Part, SoundMedia};
use crate::error::{CodecError, Result};

/// Slots of time that are worked on at a time. The results do not depend on it.
pub(super) const SLOTS_AT_A_TIME: usize = 8;

/// Encodes the first `slots` slots that are ready: for each the packets of its groups of channels.
pub(super) fn encode_slots(
    codec: &dyn SoundCodec,
    front: &Front,
    slots: usize,
    quality: Quality,
) -> Result<Vec<EncodedPacket>> {
    let windows: Vec<Vec<&[f32]>> = (0..slots).map(|slot| front.window(slot)).collect();
    encode_windows(codec, &windows, quality)
}

/// Encodes windows: of each the packets of its groups of channels.
pub(super) fn encode_windows<C: AsRef<[f32]> + Sync>(
    codec: &dyn SoundCodec,
    windows: &[Vec<C>],
    quality: Quality,
) -> Result<Vec<EncodedPacket>> {
    let groups: Vec<&[C]> = windows.iter().flat_map(|w| w.chunks(codec.max_channels())).collect();
    let encode = |group: &&[C]| {
        let channels: Vec<&[f32]> = group.iter().map(AsRef::as_ref).collect();
        let packet = codec.encode(&channels, quality);
        packet.map_err(|error| CodecError::model("coding of a packet", error))
    };
    groups.par_iter().map(encode).collect()
}

/// Channels of each group of a sound.
pub(crate) fn group_sizes(media: &SoundMedia) -> Vec<usize> {
    let (channels, group) = (usize::from(media.channels), usize::from(media.group.max(1)));
    (0..channels)
        .step_by(group)
        .map(|first| group.min(channels - first))
        .collect()
}

/// Decodes the symbols of a packet and compares their checksum.
///
/// # Errors
/// `Malformed` for bytes that do not decode, `PacketDesync` for other symbols than were encoded.
pub(crate) fn read_packet(codec: &dyn SoundCodec, part: &Part, channels: usize, quality: Quality) -> Result<Packet> {
    let packet = codec.read(&part.bytes, channels, quality).map_err(|error| {
        let reason = format!("packet {}: {error}", part.index);
        CodecError::malformed_at(part.offset, reason)
    })?;
    if packet.checksum != part.checksum {
        return Err(CodecError::PacketDesync {
            packet: part.index,
            offset: part.offset,
            expected: part.checksum,
            found: packet.checksum,
        });
    }
    Ok(packet)
}

/// The sound of a header.
///
/// # Errors
/// `Unsupported` for other media.
pub(super) fn media_of(header: &Header) -> Result<SoundMedia> {
    match &header.media {
        Media::Sound(sound) => Ok(sound.clone()),
        other => Err(CodecError::Unsupported(format!(
            "the stream is of {} and not of sound",
            other.kind().name()
        ))),
    }
}

/// What a header says, once it is known to be of this codec and model.
///
/// # Errors
/// `Unsupported` for other media, `ModelMismatch` for other models, `Malformed` for packets that the codec does not have.
pub(crate) fn check_codec(codec: &dyn SoundCodec, header: &Header) -> Result<(SoundMedia, Quality)> {
    let media = media_of(header)?;
    let given = codec.model();
    if header.model != given {
        let needed = header.model;
        return Err(CodecError::ModelMismatch { needed, given });
    }
    let same = header.codec == codec.id()
        && media.coding_rate == codec.rate()
        && media.packet_samples as usize == codec.packet_samples()
        && usize::from(media.group) == codec.max_channels();
    if !same {
        let reason = "the header does not fit the model that it names";
        return Err(CodecError::malformed(0, reason));
    }
    Ok((media, codec.quality(&header.codec_block)?))
}

/// Thousand bits a second of `bytes` over `seconds`; 0 for an empty sound.
pub(super) fn kbps(bytes: u64, seconds: f64) -> f64 {
    if seconds > 0.0 {
        bytes as f64 * 8.0 / 1000.0 / seconds
    } else {
        0.0
    }
}
