//! What AAC streams say of themselves, and what this decoder cannot do is told by name.

use crate::error::Result;
use crate::sound::files::SoundFormat;

const RATES: [u32; 13] = [
    96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8000, 7350,
];
const LOW_COMPLEXITY: u32 = 2;
const REPLICATION: u32 = 5;
const PARAMETRIC_STEREO: u32 = 29;

/// The rate of an index.
pub(super) fn rate(index: u32) -> Option<u32> {
    RATES.get(index as usize).copied()
}

/// What a configuration says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sound::files) struct AacConfig {
    pub(in crate::sound::files) rate: u32,
    /// 0 where the packets say it.
    pub(in crate::sound::files) channels: u32,
    kind: u32,
    replicates: bool,
    short_frames: bool,
}

/// Bits, the highest first.
#[derive(Clone, Copy)]
struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    fn take(&mut self, count: usize) -> Option<u32> {
        let mut number = 0;
        for _ in 0..count {
            let byte = *self.bytes.get(self.at / 8)?;
            number = number << 1 | u32::from(byte >> (7 - self.at % 8) & 1);
            self.at += 1;
        }
        Some(number)
    }
}

impl AacConfig {
    /// Reads an audio specific configuration.
    pub(in crate::sound::files) fn read(bytes: &[u8]) -> Option<Self> {
        let mut bits = Bits { bytes, at: 0 };
        let mut kind = object_type(&mut bits)?;
        let rate = sampling_rate(&mut bits)?;
        let channels = bits.take(4)?;
        let mut replicates = false;
        if kind == REPLICATION || kind == PARAMETRIC_STEREO {
            replicates = true;
            sampling_rate(&mut bits)?;
            kind = object_type(&mut bits)?;
        }
        let short_frames = bits.take(1).unwrap_or(0) == 1;
        // Some say it behind the rest, so that old decoders play half.
        let (_core_coder, _extension) = (bits.take(1), bits.take(1));
        if bits.take(11) == Some(0x2b7) && object_type(&mut bits) == Some(REPLICATION) && bits.take(1) == Some(1) {
            replicates = true;
        }
        Some(Self {
            rate,
            channels,
            kind,
            replicates,
            short_frames,
        })
    }

    /// What an ADTS header says.
    pub(super) fn of_adts(kind: u32, rate: u32, channels: u32) -> Self {
        Self {
            rate,
            channels,
            kind,
            replicates: false,
            short_frames: false,
        }
    }

    /// # Errors
    /// `Unsupported` by name for what cannot be decoded.
    pub(in crate::sound::files) fn check(&self, file: SoundFormat, packets: &[&[u8]]) -> Result<()> {
        let what = match self {
            Self { replicates: true, .. } => "HE-AAC (spectral band replication)".to_owned(),
            Self { kind: 1, .. } => "AAC Main".to_owned(),
            Self { kind: 3, .. } => "AAC SSR".to_owned(),
            Self { kind: 4, .. } => "AAC LTP".to_owned(),
            Self { kind: 23, .. } => "AAC-LD".to_owned(),
            Self { kind: 39, .. } => "AAC-ELD".to_owned(),
            Self { kind: 42, .. } => "xHE-AAC".to_owned(),
            Self {
                kind: LOW_COMPLEXITY,
                short_frames: true,
                ..
            } => "AAC of 960 samples a frame".to_owned(),
            Self {
                kind: LOW_COMPLEXITY,
                channels: 1 | 2,
                ..
            } => {
                return match replicates(packets) {
                    true => Err(file.unsupported("HE-AAC (spectral band replication)")),
                    false => Ok(()),
                };
            }
            Self {
                kind: LOW_COMPLEXITY,
                channels: 0,
                ..
            } => "AAC with a program configuration".to_owned(),
            Self {
                kind: LOW_COMPLEXITY,
                channels,
                ..
            } => {
                let channels = if *channels == 7 { 8 } else { *channels };
                format!("AAC of {channels} channels")
            }
            Self { kind, .. } => format!("MPEG-4 audio of kind {kind}"),
        };
        Err(file.unsupported(what))
    }
}

fn object_type(bits: &mut Bits<'_>) -> Option<u32> {
    match bits.take(5)? {
        31 => Some(32 + bits.take(6)?),
        kind => Some(kind),
    }
}

fn sampling_rate(bits: &mut Bits<'_>) -> Option<u32> {
    match bits.take(4)? {
        15 => bits.take(24),
        index => rate(index),
    }
}

/// Whether packets end in a fill element with spectral band replication, of which their configuration says nothing. An
/// element is searched for from its end, for what is before it takes a decoder.
fn replicates(packets: &[&[u8]]) -> bool {
    let found = packets.iter().filter(|packet| ends_in_replication(packet)).count();
    found > 0 && found * 4 >= packets.len() * 3
}

fn ends_in_replication(packet: &[u8]) -> bool {
    let total = packet.len() * 8;
    // The last element is three ones, and zeros fill the last byte.
    let zeros = packet.last().map_or(8, |byte| byte.trailing_zeros() as usize);
    let Some(end) = total.checked_sub(zeros + 3).filter(|_| zeros < 8) else {
        return false;
    };
    (0..end.saturating_sub(7)).any(|at| {
        let mut bits = Bits { bytes: packet, at };
        let mut element = || {
            let is_fill = bits.take(3)? == 6;
            let mut count = bits.take(4)? as usize;
            if count == 15 {
                count = (count + bits.take(8)? as usize).saturating_sub(1);
            }
            let content = bits.at;
            let kind = bits.take(4)?;
            Some(is_fill && count > 0 && content + 8 * count == end && (kind == 13 || kind == 14))
        };
        element().unwrap_or(false)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn configurations_are_read() {
        let plain = AacConfig::read(&[0x12, 0x10]).unwrap();
        assert_eq!(
            (plain.rate, plain.channels, plain.kind, plain.replicates),
            (44_100, 2, 2, false)
        );
        assert!(plain.check(SoundFormat::M4a, &[]).is_ok());
        // Explicit, and told behind the rest.
        for bytes in [&[0x2b, 0x92, 0x08, 0x00][..], &[0x13, 0x90, 0x56, 0xe5, 0xa0]] {
            let error = AacConfig::read(bytes)
                .unwrap()
                .check(SoundFormat::M4a, &[])
                .unwrap_err();
            assert!(error.to_string().contains("HE-AAC"), "{error}");
        }
        let surround = AacConfig::read(&[0x11, 0xb0])
            .unwrap()
            .check(SoundFormat::M4a, &[])
            .unwrap_err();
        assert!(surround.to_string().contains("6 channels"), "{surround}");
        assert_eq!(AacConfig::read(&[0x12]), None);
    }

    #[test]
    fn replication_in_packets_is_found() {
        // Some bits, a fill element of two bytes that begins with 13, and the end.
        let with: u64 = 0b10_1010_1011_0001_0110_1000_0111_1000_0111;
        let packet = (with << (64 - 34)).to_be_bytes();
        assert!(ends_in_replication(&packet[..5]));
        assert!(!ends_in_replication(&[0xaa, 0x55, 0xe0]));
        assert!(!ends_in_replication(&[]) && !ends_in_replication(&[0]));
    }
}
