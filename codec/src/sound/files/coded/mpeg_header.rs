//! The headers of MPEG audio frames, layers 1 to 3.

use super::decoders::Codec;
use super::frame_scan::FrameHeader;

/// Thousand bits a second by index, of version 1 for layers 1 to 3 and of the later versions for layers 1 and others.
const KBPS: [[u32; 15]; 5] = [
    [0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
    [0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
    [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
    [0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
    [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
];
const RATES: [u32; 3] = [44_100, 48_000, 32_000];

/// What a header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct MpegHeader {
    /// 1, 2, or 3 for version 2.5.
    version: u8,
    /// 1 to 3.
    layer: u8,
    pub(super) rate: u32,
    pub(super) channels: u16,
    pub(super) has_crc: bool,
    bytes: u32,
}

impl MpegHeader {
    pub(super) fn codec(&self) -> Codec {
        match self.layer {
            1 => Codec::Mp1,
            2 => Codec::Mp2,
            _ => Codec::Mp3,
        }
    }

    /// Whether the layer is 3: MP3.
    pub(super) fn is_third_layer(&self) -> bool {
        self.layer == 3
    }

    /// Samples of each channel.
    pub(super) fn samples(&self) -> u64 {
        match (self.layer, self.version) {
            (1, _) => 384,
            (3, 2 | 3) => 576,
            _ => 1152,
        }
    }

    /// Bytes between the header and the data that count in a frame of layer 3: a checksum, and the side information.
    pub(super) fn side_bytes(&self) -> usize {
        match (self.version, self.channels) {
            (1, 1) => 17,
            (1, _) => 32,
            (_, 1) => 9,
            _ => 17,
        }
    }
}

impl FrameHeader for MpegHeader {
    const BYTES: usize = 4;

    fn parse(bytes: &[u8]) -> Option<Self> {
        let [0xff, second, third, fourth, ..] = *bytes else {
            return None;
        };
        let version = match second >> 3 & 3 {
            0 => 3,
            2 => 2,
            3 => 1,
            _ => return None,
        };
        let layer = match second >> 1 & 3 {
            0 => return None,
            other => 4 - other,
        };
        let (index, rate) = (usize::from(third >> 4), *RATES.get(usize::from(third >> 2 & 3))?);
        // The first is for rates of their own, which nobody uses.
        if second >> 5 != 7 || index == 0 || index == 15 || fourth & 3 == 2 {
            return None;
        }
        let row = match (version, layer) {
            (1, layer) => usize::from(layer) - 1,
            (_, 1) => 3,
            _ => 4,
        };
        let (kbps, rate) = (KBPS[row][index], rate >> (version - 1));
        let padding = u32::from(third >> 1 & 1);
        let bytes = match (layer, version) {
            (1, _) => (12_000 * kbps / rate + padding) * 4,
            (3, 2 | 3) => 72_000 * kbps / rate + padding,
            _ => 144_000 * kbps / rate + padding,
        };
        Some(Self {
            version,
            layer,
            rate,
            channels: if fourth >> 6 == 3 { 1 } else { 2 },
            has_crc: second & 1 == 0,
            bytes,
        })
    }

    fn frame_bytes(&self) -> u64 {
        u64::from(self.bytes)
    }

    fn is_like(&self, other: &Self) -> bool {
        (self.version, self.layer, self.rate, self.channels) == (other.version, other.layer, other.rate, other.channels)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_tell_bytes_and_samples() {
        let cases: [([u8; 4], u32, u16, u64, u64); 5] = [
            ([0xff, 0xfb, 0x90, 0x64], 44_100, 2, 417, 1152),
            ([0xff, 0xfb, 0x92, 0x64], 44_100, 2, 418, 1152),
            ([0xff, 0xf3, 0x40, 0xc4], 22_050, 1, 104, 576),
            ([0xff, 0xfd, 0xa4, 0x04], 48_000, 2, 576, 1152),
            ([0xff, 0xe3, 0x18, 0xc4], 8000, 1, 72, 576),
        ];
        for (bytes, rate, channels, frame, samples) in cases {
            let header = MpegHeader::parse(&bytes).unwrap();
            assert_eq!((header.rate, header.channels), (rate, channels));
            assert_eq!((header.frame_bytes(), header.samples()), (frame, samples));
        }
        for wrong in [
            [0xff, 0xe9, 0x90, 0],
            [0xff, 0xf9, 0x90, 0],
            [0xff, 0xfb, 0xf0, 0],
            [0xff, 0xfb, 0x9c, 0],
        ] {
            assert_eq!(MpegHeader::parse(&wrong), None);
        }
    }
}
