//! The first frame of many MP3 files, which has no sound but says how many frames follow.

use super::mpeg_header::MpegHeader;
use crate::sound::files::input::Fields;

/// What a decoder of layer 3 puts in front of the sound.
const DECODER_DELAY: u64 = 529;
const HAS_FRAMES: u32 = 1;
const HAS_BYTES: u32 = 2;
const HAS_PLACES: u32 = 4;
const HAS_QUALITY: u32 = 8;
/// Where LAME puts its name, if it states all of these, and where its checksum of all before, from the mark on.
const LAME_AT: usize = 120;
const CHECKSUM_AT: usize = 154;

/// What the frame says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct MpegInfo {
    /// Frames that follow.
    pub(super) frames: Option<u64>,
    /// Bytes of the sound, this frame among them.
    pub(super) bytes: Option<u64>,
    /// Decoded samples before the sound, and behind it.
    pub(super) gaps: Option<(u64, u64)>,
    /// Whether it has a checksum, which is that of other bytes.
    pub(super) is_wrong: bool,
}

/// Reads a frame; `None` for frames of sound.
pub(super) fn read(header: &MpegHeader, frame: &[u8]) -> Option<MpegInfo> {
    let side = header.side_bytes();
    // With a checksum some programs put it two bytes further, and some do not.
    let shifted = header.has_crc.then(|| frame.get(4 + side + 2..)).flatten();
    let candidates = [frame.get(4 + side..), shifted].into_iter().flatten();
    for body in candidates {
        if body.starts_with(b"Xing") || body.starts_with(b"Info") {
            let mut info = xing(&mut Fields(&body[4..]))?;
            info.is_wrong = is_wrong(frame, frame.len() - body.len());
            return Some(info);
        }
    }
    let vbri = frame.get(36..)?.strip_prefix(b"VBRI")?;
    let mut fields = Fields(vbri.get(6..)?);
    let (bytes, frames) = (fields.be32()?, fields.be32()?);
    Some(MpegInfo {
        frames: Some(u64::from(frames)),
        bytes: Some(u64::from(bytes)),
        gaps: None,
        is_wrong: false,
    })
}

/// Whether the checksum that LAME writes is wrong; `at` is where the mark stands. Those who imitate it may not write it.
fn is_wrong(frame: &[u8], at: usize) -> bool {
    let is_lame = frame.get(at + LAME_AT..).is_some_and(|rest| rest.starts_with(b"LAME"));
    let (before, stated) = (frame.get(..at + CHECKSUM_AT), frame.get(at + CHECKSUM_AT..));
    match (before, stated.and_then(<[u8]>::first_chunk)) {
        (Some(before), Some(stated)) if is_lame => checksum(before) != u16::from_be_bytes(*stated),
        _ => false,
    }
}

/// CRC-16 of the polynomial 0x8005, the lowest bits first.
fn checksum(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |sum, &byte| {
        let step = |sum: u16| sum >> 1 ^ if sum & 1 == 1 { 0xa001 } else { 0 };
        (0..8).fold(sum ^ u16::from(byte), |sum, _| step(sum))
    })
}

/// Whether a frame looks as the first one does, but cannot be read: it has no sound, not even a gain, and yet data.
pub(super) fn is_damaged(header: &MpegHeader, frame: &[u8]) -> bool {
    let side = 4 + header.side_bytes();
    let is_zero = |bytes: &[u8]| bytes.iter().all(|byte| *byte == 0);
    match (frame.get(4..side), frame.get(side..)) {
        (Some(about), Some(data)) => header.is_third_layer() && is_zero(about) && !is_zero(data),
        _ => false,
    }
}

fn xing(fields: &mut Fields<'_>) -> Option<MpegInfo> {
    let flags = fields.be32()?;
    let mut info = MpegInfo::default();
    if flags & HAS_FRAMES != 0 {
        info.frames = Some(u64::from(fields.be32()?));
    }
    if flags & HAS_BYTES != 0 {
        info.bytes = Some(u64::from(fields.be32()?));
    }
    if flags & HAS_PLACES != 0 {
        fields.take(100)?;
    }
    if flags & HAS_QUALITY != 0 {
        fields.take(4)?;
    }
    info.gaps = gaps(fields);
    Some(info)
}

/// LAME and those who write as it does add the delay of the encoder and the padding at the end, 12 bits each.
fn gaps(fields: &mut Fields<'_>) -> Option<(u64, u64)> {
    let encoder = fields.take(4)?;
    fields.take(17)?;
    let [a, b, c] = fields.array()?;
    let (delay, padding) = (
        u64::from(a) << 4 | u64::from(b) >> 4,
        u64::from(b & 15) << 8 | u64::from(c),
    );
    let known = encoder.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ');
    (known && (delay, padding) != (0, 0)).then_some((delay + DECODER_DELAY, padding.saturating_sub(DECODER_DELAY)))
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn the_checksum_of_lame_is_that_of_all_before() {
        assert_eq!(checksum(b"123456789"), 0xbb3d);
        let mut frame = vec![0; 400];
        frame[36..40].copy_from_slice(b"Info");
        assert!(!is_wrong(&frame, 36), "others write none");
        frame[36 + LAME_AT..][..4].copy_from_slice(b"LAME");
        assert!(is_wrong(&frame, 36));
        let sum = checksum(&frame[..36 + CHECKSUM_AT]).to_be_bytes();
        frame[36 + CHECKSUM_AT..][..2].copy_from_slice(&sum);
        assert!(!is_wrong(&frame, 36));
        frame[36 + 141] ^= 1;
        assert!(is_wrong(&frame, 36));
        assert!(!is_wrong(&frame[..100], 36));
    }
}
