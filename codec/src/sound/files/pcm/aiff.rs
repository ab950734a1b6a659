//! AIFF and AIFF-C.

use super::{Encoding, Layout, Plain, PlainSource, core_layout, sample_bytes, whole_frames};
use crate::error::Result;
use crate::sound::files::chunks::is_chunk_id;
use crate::sound::files::input::{Fields, Input, bytes_at, length_of};
use crate::sound::files::tags::{add, decoded, id3v2, merge};
use crate::sound::files::{ReadOptions, SoundFormat};
use crate::sound::{SoundNotes, Tags};

const FILE: SoundFormat = SoundFormat::Aiff;
const MAX_CHUNKS: usize = 4096;
/// The longest chunk of text.
const MAX_TEXT_BYTES: u64 = 1 << 20;
/// Chunks that say nothing of the sound.
const EMPTY: [&[u8; 4]; 4] = [b"FVER", b"FLLR", b"PEAK", b"JUNK"];
/// Programs that write to a pipe state a length from here on.
const UNKNOWN_LENGTH: u64 = 0x7fff_0000;

/// What the common chunk says.
struct Common {
    layout: Layout,
    frames: u64,
}

/// Opens a file.
///
/// # Errors
/// `Media` for files that are damaged or, without [`ReadOptions::salvage`], cut; `Unsupported` for compressed samples.
pub(in crate::sound::files) fn open(mut input: Input, options: &ReadOptions) -> Result<PlainSource> {
    let end = length_of(&mut input)?;
    let is_compressed = bytes_at(&mut input, 8, 4)? == b"AIFC";
    let (mut tags, mut id3, mut notes) = (Tags::default(), Tags::default(), SoundNotes::default());
    let (mut common, mut data, mut layout) = (None, None, None);
    let mut at = 12;
    for _ in 0..MAX_CHUNKS {
        let head = bytes_at(&mut input, at, 8)?;
        let mut fields = Fields(&head);
        let (Some(id), Some(size)) = (fields.array::<4>().filter(is_chunk_id), fields.be32()) else {
            break;
        };
        let (content, size) = (at + 8, u64::from(size));
        let mut read = |most: u64| bytes_at(&mut input, content, size.min(most));
        match &id {
            b"COMM" => common = Some(common_chunk(&read(512)?, is_compressed)?),
            b"SSND" if data.is_none() => data = Some((content, size, read(8)?)),
            b"CHAN" => layout = Some(read(4096)?),
            b"ID3 " | b"id3 " => id3v2::read(&read(id3v2::MAX_BYTES)?, &mut id3, &mut notes),
            b"NAME" => add(&mut tags, "TITLE", &decoded(&read(MAX_TEXT_BYTES)?), &mut notes),
            b"AUTH" => add(&mut tags, "ARTIST", &decoded(&read(MAX_TEXT_BYTES)?), &mut notes),
            b"(c) " => add(&mut tags, "COPYRIGHT", &decoded(&read(MAX_TEXT_BYTES)?), &mut notes),
            b"ANNO" => add(&mut tags, "COMMENT", &decoded(&read(MAX_TEXT_BYTES)?), &mut notes),
            _ if EMPTY.contains(&&id) => {}
            _ => notes.lose(format!("the chunk {} ({size} bytes)", decoded(&id).trim_end())),
        }
        let stays = matches!(&id, b"SSND") && size == 0;
        at = if stays { end } else { content + size.next_multiple_of(2) };
    }
    merge(&mut id3, &tags);
    let common = common.ok_or_else(|| FILE.error("there is no common chunk"))?;
    let (content, size, head) = data.ok_or_else(|| FILE.error("there are no samples"))?;
    let skipped = 8 + u64::from(Fields(&head).be32().unwrap_or(0));
    let offset = content + skipped;
    let left = end.saturating_sub(offset);
    let frame = common.layout.frame_bytes();
    let stated = match (size.saturating_sub(skipped), common.frames.saturating_mul(frame)) {
        (chunk, _) if chunk >= UNKNOWN_LENGTH && chunk > left => None,
        (0, 0) if left >= frame => None,
        (0, frames) | (frames, 0) => Some(frames),
        // The chunk may have padding, and the count of samples is of 32 bits.
        (chunk, frames) if frames < chunk && chunk - frames < frame => Some(frames),
        (chunk, _) => Some(chunk),
    };
    let bytes = sample_bytes(FILE, stated, left, options.salvage, &mut notes)?;
    let frames = whole_frames(&common.layout, bytes, &mut notes);
    if stated == Some(bytes) && common.frames != frames {
        notes.warn(format!("it states {} samples, and {frames} are there", common.frames));
    }
    let plain = Plain {
        mask: layout.and_then(|chunk| core_layout::mask(&chunk, common.layout.channels, &mut notes)),
        layout: common.layout,
        offset,
        length: frames,
        tags: id3,
        notes,
    };
    PlainSource::new(FILE, input, plain)
}

fn common_chunk(chunk: &[u8], is_compressed: bool) -> Result<Common> {
    let mut fields = Fields(chunk);
    let mut read = || {
        let (channels, frames, bits) = (fields.be16()?, fields.be32()?, fields.be16()?);
        let rate = extended(fields.array()?);
        let kind = if is_compressed { fields.array()? } else { *b"NONE" };
        Some((channels, frames, bits, rate, kind))
    };
    let (channels, frames, bits, rate, kind) = read().ok_or_else(|| FILE.error("its common chunk is too short"))?;
    if channels == 0 {
        return Err(FILE.error("it has no channels"));
    }
    let bytes = usize::from(bits.div_ceil(8));
    let (encoding, bytes, big) = match &kind {
        b"NONE" | b"twos" | b"in24" | b"in32" | b"in16" => (Encoding::Signed, bytes, true),
        b"sowt" | b"42ni" | b"23ni" => (Encoding::Signed, bytes, false),
        b"raw " => (Encoding::Unsigned, bytes, true),
        b"fl32" | b"FL32" => (Encoding::Float, 4, true),
        b"fl64" | b"FL64" => (Encoding::Float, 8, true),
        b"alaw" | b"ALAW" => (Encoding::Alaw, 1, true),
        b"ulaw" | b"ULAW" => (Encoding::Mulaw, 1, true),
        other => return Err(FILE.unsupported(format!("samples compressed by {}", decoded(other)))),
    };
    let layout = Layout {
        encoding,
        bytes,
        big,
        rate,
        channels,
    };
    Ok(Common {
        layout,
        frames: u64::from(frames),
    })
}

/// A rate in 80 bits, rounded; 0 for one that is out of all ranges.
fn extended(bytes: [u8; 10]) -> u32 {
    let [e0, e1, mantissa @ ..] = bytes;
    let (exponent, mantissa) = (i32::from(u16::from_be_bytes([e0, e1])), u64::from_be_bytes(mantissa));
    let rate = mantissa as f64 * f64::from(exponent - 16_383 - 63).exp2();
    if rate < f64::from(u32::MAX) {
        rate.round() as u32
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_of_80_bits_are_read() {
        assert_eq!(extended(*b"\x40\x0e\xac\x44\0\0\0\0\0\0"), 44_100);
        assert_eq!(extended(*b"\x40\x0b\xfa\0\0\0\0\0\0\0"), 8000);
        assert_eq!([extended([0; 10]), extended([0xff; 10])], [0, 0]);
    }
}
