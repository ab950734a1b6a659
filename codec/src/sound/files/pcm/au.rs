//! AU files of Sun and NeXT.

use super::{Encoding, Layout, Plain, PlainSource, sample_bytes, whole_frames};
use crate::error::Result;
use crate::sound::files::input::{Fields, Input, bytes_at, length_of};
use crate::sound::files::tags::{add, decoded};
use crate::sound::files::{ReadOptions, SoundFormat};
use crate::sound::{SoundNotes, Tags};

const FILE: SoundFormat = SoundFormat::Au;
const HEAD_BYTES: u64 = 24;

/// Opens a file.
///
/// # Errors
/// `Media` for files that are damaged or, without [`ReadOptions::salvage`], cut; `Unsupported` for compressed samples.
pub(in crate::sound::files) fn open(mut input: Input, options: &ReadOptions) -> Result<PlainSource> {
    let (end, mut tags, mut notes) = (length_of(&mut input)?, Tags::default(), SoundNotes::default());
    let head = bytes_at(&mut input, 0, HEAD_BYTES)?;
    // Some machines wrote all of it the other way round.
    let big = !head.starts_with(b"dns.");
    let mut fields = Fields(head.get(4..).unwrap_or_default());
    let mut word = || if big { fields.be32() } else { fields.le32() };
    let mut read = || Some((word()?, word()?, word()?, word()?, word()?));
    let (offset, size, kind, rate, channels) = read().ok_or_else(|| FILE.error("its header is cut"))?;
    let (encoding, bytes) = match kind {
        1 => (Encoding::Mulaw, 1),
        2..=5 => (Encoding::Signed, kind as usize - 1),
        6 => (Encoding::Float, 4),
        7 => (Encoding::Float, 8),
        27 => (Encoding::Alaw, 1),
        _ => return Err(FILE.unsupported(format!("samples of kind {kind}"))),
    };
    let channels = u16::try_from(channels).ok().filter(|&channels| channels > 0);
    let layout = Layout {
        encoding,
        bytes,
        big,
        rate,
        channels: channels.ok_or_else(|| FILE.error("its number of channels is out of range"))?,
    };
    let offset = u64::from(offset);
    let text = bytes_at(&mut input, HEAD_BYTES, offset.saturating_sub(HEAD_BYTES).min(1 << 16))?;
    add(&mut tags, "COMMENT", &decoded(&text), &mut notes);
    let left = end.saturating_sub(offset);
    let stated = (size != u32::MAX && (size != 0 || left == 0)).then_some(u64::from(size));
    let bytes = sample_bytes(FILE, stated, left, options.salvage, &mut notes)?;
    if bytes < left {
        notes.lose(format!("{} bytes behind the samples", left - bytes));
    }
    let plain = Plain {
        length: whole_frames(&layout, bytes, &mut notes),
        layout,
        offset,
        mask: None,
        tags,
        notes,
    };
    PlainSource::new(FILE, input, plain)
}
