//! Core Audio files of plain samples.

use super::{Encoding, Layout, Plain, PlainSource, core_layout, sample_bytes, whole_frames};
use crate::error::Result;
use crate::sound::files::input::{Fields, Input, bytes_at, length_of};
use crate::sound::files::tags::{add, decoded};
use crate::sound::files::{ReadOptions, SoundFormat};
use crate::sound::{SoundNotes, Tags};

const FILE: SoundFormat = SoundFormat::Caf;
const MAX_CHUNKS: usize = 4096;
const MAX_INFO_BYTES: u64 = 1 << 20;
const IS_FLOAT: u32 = 1;
const IS_LITTLE: u32 = 2;

/// Opens a file.
///
/// # Errors
/// `Media` for files that are damaged or, without [`ReadOptions::salvage`], cut; `Unsupported` for compressed samples.
pub(in crate::sound::files) fn open(mut input: Input, options: &ReadOptions) -> Result<PlainSource> {
    let end = length_of(&mut input)?;
    let (mut tags, mut notes) = (Tags::default(), SoundNotes::default());
    let (mut layout, mut data, mut channels) = (None, None, None);
    let mut at = 8;
    for _ in 0..MAX_CHUNKS {
        let head = bytes_at(&mut input, at, 12)?;
        let mut fields = Fields(&head);
        let (Some(id), Some(size)) = (fields.array::<4>(), fields.be64()) else {
            break;
        };
        let content = at + 12;
        let mut read = |most: u64| bytes_at(&mut input, content, size.min(most));
        match &id {
            b"desc" => layout = Some(description(&read(32)?)?),
            b"data" if data.is_none() => data = Some((content + 4, size)),
            b"chan" => channels = Some(read(4096)?),
            b"info" => strings(&read(MAX_INFO_BYTES)?, &mut tags, &mut notes),
            b"free" | b"peak" | b"pakt" | b"kuki" => {}
            _ => notes.lose(format!("the chunk {} ({size} bytes)", decoded(&id))),
        }
        match content.checked_add(size).filter(|&next| next < end) {
            Some(next) => at = next,
            None => break,
        }
    }
    let layout = layout.ok_or_else(|| FILE.error("it does not say what its samples are"))?;
    let (offset, size) = data.ok_or_else(|| FILE.error("there are no samples"))?;
    let left = end.saturating_sub(offset);
    // The length may be unknown in the last chunk, and counts four bytes before the samples.
    let stated = (size != u64::MAX)
        .then_some(size.saturating_sub(4))
        .filter(|&size| size > 0 || left == 0);
    let bytes = sample_bytes(FILE, stated, left, options.salvage, &mut notes)?;
    let plain = Plain {
        mask: channels.and_then(|chunk| core_layout::mask(&chunk, layout.channels, &mut notes)),
        length: whole_frames(&layout, bytes, &mut notes),
        layout,
        offset,
        tags,
        notes,
    };
    PlainSource::new(FILE, input, plain)
}

fn description(chunk: &[u8]) -> Result<Layout> {
    let mut fields = Fields(chunk);
    let mut read = || {
        let (rate, kind, flags) = (f64::from_bits(fields.be64()?), fields.array::<4>()?, fields.be32()?);
        let (packet, _frames, channels, bits) = (fields.be32()?, fields.be32()?, fields.be32()?, fields.be32()?);
        Some((rate, kind, flags, packet, channels, bits))
    };
    let (rate, kind, flags, packet, channels, bits) =
        read().ok_or_else(|| FILE.error("its description is too short"))?;
    let channels = u16::try_from(channels).ok().filter(|&channels| channels > 0);
    let channels = channels.ok_or_else(|| FILE.error("its number of channels is out of range"))?;
    let bytes = packet as usize / usize::from(channels);
    let (encoding, bytes) = match &kind {
        b"lpcm" if flags & IS_FLOAT != 0 => (Encoding::Float, bytes),
        // Fewer bits than the bytes have lie at the bottom here, unless they fill them.
        b"lpcm" if bytes * 8 == (bits as usize).next_multiple_of(8) => (Encoding::Signed, bytes),
        b"alaw" => (Encoding::Alaw, 1),
        b"ulaw" => (Encoding::Mulaw, 1),
        b"lpcm" => return Err(FILE.unsupported(format!("samples of {bits} bits in {bytes} bytes"))),
        other => return Err(FILE.unsupported(format!("samples compressed by {}", decoded(other).trim_end()))),
    };
    Ok(Layout {
        encoding,
        bytes,
        big: flags & IS_LITTLE == 0,
        // Casts saturate, and rates that make no sense are refused later.
        rate: rate.round() as u32,
        channels,
    })
}

/// Pairs of keys and values, each with a zero behind it.
fn strings(chunk: &[u8], tags: &mut Tags, notes: &mut SoundNotes) {
    let texts: Vec<String> = chunk
        .get(4..)
        .unwrap_or_default()
        .split(|&byte| byte == 0)
        .map(decoded)
        .collect();
    for pair in texts.chunks_exact(2) {
        let name = match pair[0].as_str() {
            "track number" => "TRACKNUMBER".to_owned(),
            "year" | "recorded date" => "DATE".to_owned(),
            "comments" => "COMMENT".to_owned(),
            "encoding application" => "ENCODER".to_owned(),
            other => other.to_ascii_uppercase(),
        };
        if !name.is_empty() {
            add(tags, &name, &pair[1], notes);
        }
    }
}
