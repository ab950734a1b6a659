//! The packets of slots, coded and read on all threads.

use crate::Quality;
use crate::codecs::sound::{EncodedPacket, Packet, SoundCodec};
use rayon::prelude::*;

use super::front::Front;
use crate::container::{PacketPart, SoundHeader};
use crate::error::{CodecError, ModelHash, Result};

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
pub(super) fn group_sizes(header: &SoundHeader) -> Vec<usize> {
    let (channels, group) = (usize::from(header.channels), usize::from(header.group.max(1)));
    (0..channels)
        .step_by(group)
        .map(|first| group.min(channels - first))
        .collect()
}

/// Decodes the symbols of a packet and compares their checksum.
///
/// # Errors
/// `Malformed` for bytes that do not decode, `PacketDesync` for other symbols than were encoded.
pub(super) fn read_packet(
    codec: &dyn SoundCodec,
    part: &PacketPart,
    channels: usize,
    quality: Quality,
) -> Result<Packet> {
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

/// Refuses streams of other models, and of this one with other packets.
pub(super) fn check_codec(codec: &dyn SoundCodec, header: &SoundHeader) -> Result<Quality> {
    let given = ModelHash(codec.hash());
    if header.model != given {
        let needed = header.model;
        return Err(CodecError::ModelMismatch { needed, given });
    }
    let same = header.kind.name() == codec.name()
        && header.coding_rate == codec.rate()
        && header.packet_samples as usize == codec.packet_samples()
        && usize::from(header.group) == codec.max_channels();
    if !same {
        let reason = "the header does not fit the model that it names";
        return Err(CodecError::malformed(0, reason));
    }
    Quality::from_hundredths(header.quality).map_err(|error| CodecError::malformed(0, error.to_string()))
}
