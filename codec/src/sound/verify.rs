//! Checks streams without making samples.

use std::io::Read;
use std::sync::Arc;

use crate::codecs::sound::SoundCodec;
use rayon::prelude::*;

use super::decode::{MAX_DAMAGE, broken};
use super::units::{check_codec, group_sizes, read_packet};
use crate::container::{Mode, SoundHeader, SoundReader};
use crate::damage::Damage;
use crate::error::Result;
use crate::pipeline::StreamHash;

/// Packets that are read at a time.
const PACKETS_AT_A_TIME: usize = 32;

/// What a stream of sound decodes to, in hashes.
#[derive(Debug, Clone, PartialEq)]
pub struct SoundVerified {
    /// The header of the stream.
    pub header: SoundHeader,
    /// Bytes of the stream.
    pub bytes: u64,
    /// Number of packets.
    pub packets: u32,
    /// Hash of all symbols of the stream, the same on every machine; `None` when a packet is lost.
    pub symbol_hash: Option<u64>,
    /// Symbols of the packets that are whole, those included that a codec knows without coding them.
    pub symbols: u64,
    /// All that is wrong; empty for a good stream.
    pub damage: Vec<Damage>,
}

impl SoundVerified {
    /// Whether nothing is wrong.
    pub fn is_good(&self) -> bool {
        self.damage.is_empty()
    }
}

/// Decodes all symbols of a stream, read in [`Mode::Tolerant`]. Damage is collected, not returned as an error.
///
/// # Errors
/// `ModelMismatch`, `Unsupported`, `Limit`, `Io`, and `Malformed` for a header that does not fit the model.
pub fn verify_sound<R: Read>(codec: &Arc<dyn SoundCodec>, mut reader: SoundReader<R>) -> Result<SoundVerified> {
    let header = reader.header().clone();
    let quality = check_codec(&**codec, &header)?;
    let groups = group_sizes(&header);
    let (mut hash, mut symbols, mut damage) = (Some(StreamHash::default()), 0, Vec::new());
    loop {
        let mut parts = Vec::with_capacity(PACKETS_AT_A_TIME);
        while parts.len() < PACKETS_AT_A_TIME
            && let Some(part) = reader.next_packet()?
        {
            parts.push(part);
        }
        if parts.is_empty() {
            break;
        }
        let read = |(index, part): &(u32, Option<_>)| {
            let channels = groups[*index as usize % groups.len()];
            Some(read_packet(&**codec, part.as_ref()?, channels, quality))
        };
        let packets: Vec<_> = parts.par_iter().map(read).collect();
        for ((index, _), packet) in parts.iter().zip(packets) {
            match packet {
                None => hash = None,
                Some(Ok(packet)) => {
                    symbols += packet.symbols.len() as u64;
                    hash.iter_mut().for_each(|hash| hash.add(packet.symbol_hash));
                }
                Some(Err(error)) => {
                    hash = None;
                    if damage.len() < MAX_DAMAGE {
                        damage.push(broken(&reader.grid(), *index, error, Mode::Tolerant)?);
                    }
                }
            }
        }
    }
    let mut all = reader.damage().to_vec();
    all.append(&mut damage);
    Ok(SoundVerified {
        bytes: reader.position(),
        packets: reader.grid().count(),
        symbol_hash: hash.map(StreamHash::finish),
        symbols,
        damage: all,
        header,
    })
}
