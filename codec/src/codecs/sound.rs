//! What the pipeline asks of a codec of sound.
//!
//! A codec works at a rate of its own on planar samples with full scale at -1 and 1, and cuts the sound into packets of
//! equal length that decode on their own. Reading files, resampling, exact lengths, the container and lost packets are
//! the pipeline's part.

use lmc_entropy::checksum::Checksum;

use crate::codecs::{Fields, Value};
use crate::container::CodecId;
use crate::{CodecError, ModelHash, Quality, Result};

/// The decoded symbols of one packet: all that its samples are made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packet {
    /// The integers that cross from the exact world, in the codec's own order.
    pub symbols: Vec<i32>,
    /// The [`Checksum`] of the symbols in 32 bits, which the stream carries too.
    pub checksum: u32,
    /// The same in 64 bits.
    pub symbol_hash: u64,
}

impl Packet {
    /// A packet of these symbols. The checksum is that of one array of 16-bit numbers: of each symbol the lower half and
    /// then the upper.
    pub fn new(symbols: Vec<i32>) -> Self {
        let halves: Vec<i16> = symbols.iter().flat_map(|&s| [s as i16, (s >> 16) as i16]).collect();
        let mut sum = Checksum::new();
        sum.update(&halves);
        Self {
            symbols,
            checksum: sum.finish32(),
            symbol_hash: sum.finish(),
        }
    }
}

/// One packet as the encoder made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncodedPacket {
    /// The coded symbols, as the stream carries them.
    pub bytes: Vec<u8>,
    /// The checksum that [`SoundCodec::read`] finds again.
    pub checksum: u32,
    /// The number of coded symbols, for reports.
    pub symbols: usize,
    /// The hash that [`SoundCodec::read`] finds again.
    pub symbol_hash: u64,
}

/// A codec of sound, in packets that decode on their own.
///
/// Packet `i` stands for the samples `i * P .. (i + 1) * P` of each channel, `P` being
/// [`packet_samples`](Self::packet_samples), at [`rate`](Self::rate). It is free to let its symbols speak of samples
/// somewhat beyond, as overlapped transforms do: [`encode`](Self::encode) sees [`halo`](Self::halo) samples either side,
/// and [`synthesise`](Self::synthesise) sees the symbols of both neighbours.
///
/// ```text
/// samples of P + 2 halo -> encode -> bytes -> read -> Packet ─┐
///                                           its neighbours ───┴─> synthesise -> P samples
/// ```
///
/// All methods are functions of their arguments: packets are coded in any order and on any number of threads.
pub trait SoundCodec: Send + Sync {
    /// Its number in headers.
    fn id(&self) -> CodecId;

    /// What users call it.
    fn name(&self) -> &'static str;

    /// What streams name its model by.
    fn model(&self) -> ModelHash;

    /// Samples a second and channel.
    fn rate(&self) -> u32;

    /// `P`, samples of a packet and channel: half a second to one second, at least 1.
    fn packet_samples(&self) -> usize;

    /// Samples before and behind a packet that [`encode`](Self::encode) is given, at most `P`.
    fn halo(&self) -> usize;

    /// The largest number of channels in one call, at least 1; the pipeline codes more channels in groups of this size.
    fn max_channels(&self) -> usize;

    /// Samples from the moment a sound enters the encoder to the moment it leaves the decoder, without the time of
    /// computing.
    fn delay_samples(&self) -> usize;

    /// The codec block of a stream at a quality: by default [`quality_block`].
    fn block(&self, quality: Quality) -> Vec<u8> {
        quality_block(quality)
    }

    /// The quality that a codec block states.
    ///
    /// # Errors
    /// [`CodecError::Malformed`] for a block that [`block`](Self::block) does not write.
    fn quality(&self, block: &[u8]) -> Result<Quality> {
        quality_of(block)
    }

    /// The bytes of a packet.
    ///
    /// # Shapes
    /// `samples`: one slice of `halo + P + halo` samples for each channel, 1 to
    /// [`max_channels`](Self::max_channels) of them; 0 outside of the sound. Samples are finite, but may exceed -1 and 1.
    ///
    /// # Errors
    /// [`CodecError::Parameter`] for other shapes; failures of the coder.
    fn encode(&self, samples: &[&[f32]], quality: Quality) -> Result<EncodedPacket>;

    /// The exact half of decoding: from bytes to symbols, in integers alone. Never panics and never takes memory
    /// beyond that of a whole packet, whatever the bytes.
    ///
    /// # Errors
    /// [`CodecError::Symbols`] for bytes that no encoder wrote, [`CodecError::Parameter`] for channels out of range.
    fn read(&self, bytes: &[u8], channels: usize, quality: Quality) -> Result<Packet>;

    /// The approximate half: the samples of a packet from its symbols and those of its neighbours, `None` where the sound
    /// starts or ends, or where a packet is lost. Stateless, so that the samples do not depend on how a stream is cut into
    /// calls.
    ///
    /// # Shapes
    /// Returns one vector of `P` samples for each channel.
    ///
    /// # Errors
    /// [`CodecError::Parameter`] for packets that [`read`](Self::read) did not make with the same
    /// channels and quality.
    fn synthesise(
        &self,
        previous: Option<&Packet>,
        this: &Packet,
        next: Option<&Packet>,
        channels: usize,
        quality: Quality,
    ) -> Result<Vec<Vec<f32>>>;
}

/// The codec block of codecs whose only parameter is the quality: its hundredths in two bytes, the lower first.
pub fn quality_block(quality: Quality) -> Vec<u8> {
    quality.hundredths().to_le_bytes().to_vec()
}

/// Reads what [`quality_block`] wrote.
///
/// # Errors
/// [`CodecError::Malformed`] for other blocks.
pub fn quality_of(block: &[u8]) -> Result<Quality> {
    let Some((bytes, [])) = block.split_first_chunk() else {
        let reason = format!("a codec block of {} bytes, where there must be 2", block.len());
        return Err(CodecError::malformed(0, reason));
    };
    let hundredths = u16::from_le_bytes(*bytes);
    Quality::from_hundredths(hundredths).map_err(|error| CodecError::malformed(0, error.to_string()))
}

/// Says for reports what [`quality_block`] wrote.
///
/// # Errors
/// As [`quality_of`].
pub fn describe_quality(block: &[u8]) -> Result<Fields> {
    let quality = f64::from(quality_of(block)?.hundredths()) / 100.0;
    Ok(vec![("quality", Value::Number(quality))])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_is_told_by_all_of_its_symbols() {
        let packet = Packet::new(vec![1, -2, 1 << 20]);
        assert_eq!(packet, Packet::new(packet.symbols.clone()));
        for other in [vec![1, -2], vec![1, -2, 0], vec![1, -2, 1 << 21], vec![-2, 1, 1 << 20]] {
            assert_ne!(Packet::new(other).symbol_hash, packet.symbol_hash);
        }
        let halves = (packet.symbol_hash >> 32) as u32 ^ packet.symbol_hash as u32;
        assert_eq!(packet.checksum, halves);
    }
}
