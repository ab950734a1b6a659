//! What the pipeline asks of a codec of sound.
//!
//! A codec works at a rate of its own on planar samples with full scale at -1 and 1, and cuts the sound into packets of
//! equal length that decode on their own. Reading files, resampling, exact lengths, the container and lost packets are
//! the pipeline's part.

use lmc_entropy::checksum::Checksum;

use crate::{Quality, Result};

/// The symbols of one packet: all that its samples are made of.
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

/// What became of one packet in the encoder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncodedPacket {
    /// What the stream carries.
    pub bytes: Vec<u8>,
    /// The checksum that [`SoundCodec::read`] finds again.
    pub checksum: u32,
    /// How many symbols were coded, for reports.
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
    /// What users call the codec: `audio` or `speech`.
    fn name(&self) -> &'static str;

    /// What streams name the model by: the first 16 bytes of the hash of its weights.
    fn hash(&self) -> [u8; 16];

    /// Samples a second and channel.
    fn rate(&self) -> u32;

    /// `P`, samples of a packet and channel: half a second to one second, at least 1.
    fn packet_samples(&self) -> usize;

    /// Samples before and behind a packet that [`encode`](Self::encode) is given, at most `P`.
    fn halo(&self) -> usize;

    /// Most channels of one call, at least 1; the pipeline codes further ones in groups of so many.
    fn max_channels(&self) -> usize;

    /// Samples from the moment a sound enters the encoder to the moment it leaves the decoder, time for computing not
    /// counted. By default a packet and its halo in the encoder, and the packet behind in the decoder.
    fn delay_samples(&self) -> usize {
        2 * self.packet_samples() + self.halo()
    }

    /// The bytes of a packet.
    ///
    /// # Shapes
    /// `samples`: one slice of `halo + P + halo` samples for each channel, 1 to
    /// [`max_channels`](Self::max_channels) of them; 0 outside of the sound. Samples are finite, but may exceed -1 and 1.
    ///
    /// # Errors
    /// [`CodecError::Parameter`](crate::CodecError) for other shapes; failures of the coder.
    fn encode(&self, samples: &[&[f32]], quality: Quality) -> Result<EncodedPacket>;

    /// The exact half of decoding: from bytes to symbols, in integers alone. Never panics and never takes memory
    /// beyond that of a whole packet, whatever the bytes.
    ///
    /// # Errors
    /// [`CodecError::Symbols`](crate::CodecError) for bytes that no encoder wrote.
    fn read(&self, bytes: &[u8], channels: usize, quality: Quality) -> Result<Packet>;

    /// The approximate half: the samples of a packet from its symbols and those of its neighbours, `None` where the sound
    /// starts or ends, or where a packet is lost. Stateless, so that the samples do not depend on how a stream is cut into
    /// calls.
    ///
    /// # Shapes
    /// Returns one vector of `P` samples for each channel.
    ///
    /// # Errors
    /// [`CodecError::Parameter`](crate::CodecError) for packets that [`read`](Self::read) did not make with the same
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
