//! FLAC: samples as exact integers of up to 32 bits, every frame checked, and the MD5 of the whole.

mod bits;
mod frame;
mod steps;
mod subframe;

#[cfg(test)]
pub(super) mod tests;

pub(super) use steps::open;

use frame::FrameHead;

use super::coded::decoders::{PacketDecoder, Shape};
use super::input::Fields;
use crate::sound::SampleFormat;

/// What the first block of a file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FlacInfo {
    /// Samples of each frame and channel, where all frames but the last have the same.
    block: u32,
    pub(super) rate: u32,
    pub(super) channels: u16,
    bits: u32,
    /// Samples of each channel; 0 where the writer did not know.
    total: u64,
    md5: [u8; 16],
}

impl FlacInfo {
    /// Reads the content of the block.
    pub(super) fn read(block: &[u8]) -> Option<Self> {
        let mut fields = Fields(block);
        let (size, _) = (fields.be16()?, fields.take(8)?);
        let word = fields.be64()?;
        Some(Self {
            block: u32::from(size),
            rate: (word >> 44) as u32,
            channels: (word >> 41 & 7) as u16 + 1,
            bits: (word >> 36 & 31) as u32 + 1,
            total: word & ((1 << 36) - 1),
            md5: fields.array()?,
        })
    }

    /// What samples are written as.
    pub(super) fn format(&self) -> SampleFormat {
        match self.bits {
            ..=8 => SampleFormat::Int8,
            9..=16 => SampleFormat::Int16,
            17..=24 => SampleFormat::Int24,
            _ => SampleFormat::Int32,
        }
    }

    /// The loudspeakers of a file that names no others.
    pub(super) fn mask(&self) -> Option<u32> {
        [0x4, 0x3, 0x7, 0x33, 0x37, 0x3f, 0x70f, 0x63f]
            .get(usize::from(self.channels) - 1)
            .copied()
    }

    /// Samples of each channel of a frame; of one whose head is damaged, those of most frames.
    pub(super) fn samples_of(&self, frame: &[u8]) -> u64 {
        u64::from(FrameHead::read(frame, self).map_or(self.block, |head| head.block))
    }

    /// Appends samples of all channels in turn, with full scale at -1 and 1.
    fn interleave(&self, channels: &[Vec<i64>], out: &mut Vec<f32>) {
        let scale = f64::from(1 - self.bits as i32).exp2();
        for at in 0..channels.first().map_or(0, Vec::len) {
            out.extend(channels.iter().map(|channel| (channel[at] as f64 * scale) as f32));
        }
    }
}

/// Frames that come as packets of another container.
pub(super) struct FlacPackets(FlacInfo);

impl FlacPackets {
    pub(super) fn new(info: FlacInfo) -> Self {
        Self(info)
    }
}

impl PacketDecoder for FlacPackets {
    fn decode(&mut self, packet: &[u8], out: &mut Vec<f32>) -> std::result::Result<Shape, String> {
        let head = FrameHead::read(packet, &self.0).ok_or("no frame")?;
        let (channels, _) = frame::decode(packet, &head).ok_or("a damaged frame")?;
        self.0.interleave(&channels, out);
        Ok(Shape {
            rate: self.0.rate,
            channels: self.0.channels,
        })
    }

    fn renew(&mut self) {}
}
