//! Checks streams without making samples.

use std::io::Read;
use std::sync::Arc;

use crate::codecs::sound::SoundCodec;
use rayon::prelude::*;

use super::slots::cause_of;
use super::units::{check_codec, group_sizes, read_packet};
use crate::container::{DamageReport, Header, Mode, Part, PartKind, StreamReader};
use crate::error::Result;
use crate::pipeline::StreamHash;

/// Packets that are read at a time.
const PACKETS_AT_A_TIME: usize = 32;

/// What a stream of sound decodes to, in hashes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoundVerified {
    /// The header of the stream.
    pub header: Header,
    /// Bytes of the stream.
    pub bytes: u64,
    /// Number of packets that the header promises, whether they are there or not.
    pub packets: u64,
    /// Hash of all symbols of the stream, the same on every machine; `None` when a packet is lost.
    pub symbol_hash: Option<u64>,
    /// Symbols of the packets that are whole, those included that a codec knows without coding them.
    pub symbols: u64,
    /// All that is wrong; empty for a good stream.
    pub damage: DamageReport,
}

impl SoundVerified {
    /// Whether nothing is wrong.
    pub fn is_good(&self) -> bool {
        self.damage.is_empty()
    }
}

/// Decodes all symbols of a stream, read in [`Mode::Tolerant`]. Damage is collected, not returned as an error. Work and
/// memory are bounded by the packets that are there, whatever the header claims.
///
/// # Errors
/// `ModelMismatch`, `Unsupported`, `Limit`, `Io`, and `Malformed` for a header that does not fit the model.
pub fn verify_sound<R: Read>(codec: &Arc<dyn SoundCodec>, mut reader: StreamReader<R>) -> Result<SoundVerified> {
    let header = reader.header().clone();
    let (media, quality) = check_codec(&**codec, &header)?;
    let groups = group_sizes(&media);
    let (mut hash, mut symbols) = (StreamHash::default(), 0);
    loop {
        let parts = take(&mut reader, PACKETS_AT_A_TIME)?;
        if parts.is_empty() {
            break;
        }
        let read = |part: &Part| read_packet(&**codec, part, groups[part.index as usize % groups.len()], quality);
        let packets: Vec<_> = parts.par_iter().map(read).collect();
        for (part, packet) in parts.iter().zip(packets) {
            match packet {
                Ok(packet) => {
                    symbols += packet.symbols.len() as u64;
                    hash.add(packet.symbol_hash);
                }
                Err(error) => {
                    let cause = cause_of(error, Mode::Tolerant)?;
                    reader.damage_mut().lose(PartKind::Symbols, part.index, 1, cause);
                }
            }
        }
    }
    let bytes = reader.position();
    let (header, _, _, damage) = reader.into_rest();
    Ok(SoundVerified {
        bytes,
        packets: header.media.parts(),
        symbol_hash: (damage.lost(PartKind::Symbols) == 0).then(|| hash.finish()),
        symbols,
        damage,
        header,
    })
}

/// The next packets of a stream, up to `most` of them.
fn take<R: Read>(reader: &mut StreamReader<R>, most: usize) -> Result<Vec<Part>> {
    let mut parts = Vec::with_capacity(most);
    while parts.len() < most
        && let Some(part) = reader.next_part()?
    {
        parts.push(part);
    }
    Ok(parts)
}
