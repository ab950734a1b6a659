//! Frames of FLAC: their headers, and their samples as exact integers.

use symphonia::core::checksum::{Crc8Ccitt, Crc16Ansi};
use symphonia::core::io::Monitor;

use super::FlacInfo;
use super::bits::Bits;
use super::subframe::subframe;

/// How two channels are coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pair {
    Independent,
    LeftSide,
    SideRight,
    MidSide,
}

/// What a header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FrameHead {
    /// Samples of each channel.
    pub(super) block: u32,
    rate: u32,
    pub(super) channels: u16,
    pair: Pair,
    bits: u32,
    /// The number of the frame or, where blocks vary, of its first sample.
    number: u64,
    varies: bool,
    /// Bytes of the header.
    bytes: usize,
}

impl FrameHead {
    /// Reads the header that `bytes` begin with, if there is one of this stream.
    pub(super) fn read(bytes: &[u8], info: &FlacInfo) -> Option<Self> {
        let [0xff, second @ (0xf8 | 0xf9), ..] = *bytes else {
            return None;
        };
        let mut bits = Bits::new(&bytes[2..]);
        let (block, rate) = (bits.take(4)?, bits.take(4)?);
        let (channels, depth, reserved) = (bits.take(4)?, bits.take(3)?, bits.take(1)?);
        let number = coded_number(&mut bits)?;
        let block = match block {
            1 => 192,
            2..=5 => 144 << block,
            6 => bits.take(8)? + 1,
            7 => bits.take(16)? + 1,
            8.. => 1 << block,
            _ => return None,
        };
        let rate = match rate {
            0 => info.rate,
            1..=11 => [
                88_200, 176_400, 192_000, 8000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000,
            ][rate as usize - 1],
            12 => bits.take(8)? as u32 * 1000,
            13 => bits.take(16)? as u32,
            14 => bits.take(16)? as u32 * 10,
            _ => return None,
        };
        let (channels, pair) = match channels {
            0..=7 => (channels as u16 + 1, Pair::Independent),
            8 => (2, Pair::LeftSide),
            9 => (2, Pair::SideRight),
            10 => (2, Pair::MidSide),
            _ => return None,
        };
        let depth = match depth {
            0 => info.bits,
            1 => 8,
            2 => 12,
            4 => 16,
            5 => 20,
            6 => 24,
            7 => 32,
            _ => return None,
        };
        let length = 2 + bits.bytes_read();
        let mut crc = Crc8Ccitt::new(0);
        crc.process_buf_bytes(&bytes[..length]);
        let fits = (rate, channels, depth) == (info.rate, info.channels, info.bits);
        (reserved == 0 && fits && bytes.get(length) == Some(&crc.crc())).then_some(Self {
            block: block as u32,
            rate,
            channels,
            pair,
            bits: depth,
            number,
            varies: second == 0xf9,
            bytes: length + 1,
        })
    }

    /// The number of its first sample.
    pub(super) fn first_sample(&self, info: &FlacInfo) -> u64 {
        match self.varies {
            true => self.number,
            false => self.number.saturating_mul(u64::from(info.block)),
        }
    }
}

/// A number as UTF-8 codes it, up to 36 bits.
fn coded_number(bits: &mut Bits<'_>) -> Option<u64> {
    let first = bits.take(8)?;
    let ones = (first as u8).leading_ones();
    match ones {
        0 => return Some(first),
        1 | 8 => return None,
        _ => {}
    }
    let mut number = first & (0x7f >> ones);
    for _ in 1..ones {
        let next = bits.take(8)?;
        if next >> 6 != 2 {
            return None;
        }
        number = number << 6 | next & 0x3f;
    }
    Some(number)
}

/// The samples of each channel of a frame, and its bytes; `None` where it is damaged or not all there.
pub(super) fn decode(bytes: &[u8], head: &FrameHead) -> Option<(Vec<Vec<i64>>, usize)> {
    let mut bits = Bits::new(bytes.get(head.bytes..)?);
    let mut channels = Vec::new();
    for channel in 0..head.channels {
        // A difference has one bit more.
        let side = match head.pair {
            Pair::Independent => false,
            Pair::LeftSide | Pair::MidSide => channel == 1,
            Pair::SideRight => channel == 0,
        };
        channels.push(subframe(&mut bits, head.block as usize, head.bits + u32::from(side))?);
    }
    let end = head.bytes + bits.bytes_read();
    let [high, low] = *bytes.get(end..end + 2)? else {
        return None;
    };
    let mut crc = Crc16Ansi::new(0);
    crc.process_buf_bytes(&bytes[..end]);
    if crc.crc() != u16::from_be_bytes([high, low]) {
        return None;
    }
    if let [first, second] = &mut channels[..] {
        join(head.pair, first, second);
    }
    Some((channels, end + 2))
}

/// Makes left and right of what is coded.
fn join(pair: Pair, first: &mut [i64], second: &mut [i64]) {
    for (first, second) in first.iter_mut().zip(second) {
        match pair {
            Pair::Independent => {}
            Pair::LeftSide => *second = first.wrapping_sub(*second),
            Pair::SideRight => *first = first.wrapping_add(*second),
            Pair::MidSide => {
                let (side, mid) = (*second, first.wrapping_shl(1) | *second & 1);
                (*first, *second) = (mid.wrapping_add(side) >> 1, mid.wrapping_sub(side) >> 1);
            }
        }
    }
}
