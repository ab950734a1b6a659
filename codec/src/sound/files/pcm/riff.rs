//! WAV files and their larger kin: RIFF, RIFX, RF64, BW64 and W64.

use super::wave_format::{self, WaveFormat};
use super::{Plain, PlainSource, cut, whole_frames};
use crate::error::Result;
use crate::sound::files::chunks::{Keeper, is_chunk_id};
use crate::sound::files::input::{Fields, Input, bytes_at, length_of};
use crate::sound::files::{ReadOptions, SoundFormat};
use crate::sound::{SoundNotes, Tags};

const FILE: SoundFormat = SoundFormat::Wav;
/// The longest format chunk, in bytes; real ones have at most 40.
const MAX_FORMAT_BYTES: u64 = 4096;
/// The most chunks of a file.
const MAX_CHUNKS: usize = 4096;
/// Programs that write to a pipe state a length from here on, for they do not know it.
const UNKNOWN_LENGTH: u64 = 0x7fff_0000;
/// The same where lengths have 64 bits.
const UNKNOWN_WIDE_LENGTH: u64 = 1 << 62;
/// What W64 has in place of `RIFF`: the first of its ids.
pub(in crate::sound::files) const W64_START: [u8; 16] = *b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00";

/// How the heads of chunks are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Little,
    Big,
    /// Sizes of 64 bits stand in a chunk of their own.
    Long,
    /// Ids of 16 bytes, and sizes of 64 bits that count the head.
    Wide,
}

/// A chunk: its id, where its content lies, and where the next begins.
#[derive(Debug, Clone, Copy)]
struct Chunk {
    id: [u8; 4],
    content: u64,
    bytes: u64,
    next: u64,
}

/// Opens a file of this family.
///
/// # Errors
/// `Media` for files that are damaged or, without [`ReadOptions::salvage`], cut; `Unsupported` for compressed samples.
pub(in crate::sound::files) fn open(mut input: Input, options: &ReadOptions) -> Result<PlainSource> {
    let end = length_of(&mut input)?;
    let mut walk = Walk {
        kind: kind(&bytes_at(&mut input, 0, 4)?),
        end,
        input,
        format: None,
        data: None,
        long_data: None,
        keeper: Keeper::default(),
        tags: Tags::default(),
        notes: SoundNotes::default(),
        salvage: options.salvage,
    };
    walk.all()?;
    let (format, data) = match (walk.format, walk.data) {
        (Some(format), Some(data)) => (format, data),
        (None, _) => return Err(FILE.error("there is no format chunk")),
        (_, None) => return Err(FILE.error("there are no samples")),
    };
    let mut plain = Plain {
        layout: format.layout,
        offset: data.0,
        length: whole_frames(&format.layout, data.1, &mut walk.notes),
        mask: format.mask,
        tags: walk.tags,
        notes: walk.notes,
    };
    walk.keeper.finish(&mut plain.tags, &mut plain.notes);
    PlainSource::new(FILE, walk.input, plain)
}

fn kind(head: &[u8]) -> Kind {
    match head {
        b"RIFX" => Kind::Big,
        b"RF64" | b"BW64" => Kind::Long,
        b"riff" => Kind::Wide,
        _ => Kind::Little,
    }
}

/// What was found of a file so far.
struct Walk {
    input: Input,
    kind: Kind,
    end: u64,
    format: Option<WaveFormat>,
    /// Where the samples lie, and their bytes.
    data: Option<(u64, u64)>,
    /// Their bytes, where a chunk of its own states them.
    long_data: Option<u64>,
    keeper: Keeper,
    tags: Tags,
    notes: SoundNotes,
    salvage: bool,
}

impl Walk {
    fn all(&mut self) -> Result<()> {
        let mut at = if self.kind == Kind::Wide { 40 } else { 12 };
        for _ in 0..MAX_CHUNKS {
            let Some(chunk) = self.chunk(at)? else { break };
            at = self.visit(chunk)?;
        }
        let rest = self.end.saturating_sub(at);
        if self.data.is_some() && rest > 0 {
            self.note_tail(at, rest)?;
        }
        Ok(())
    }

    /// The chunk at a place; `None` behind the last, and where there is none.
    fn chunk(&mut self, at: u64) -> Result<Option<Chunk>> {
        let head_bytes = if self.kind == Kind::Wide { 24 } else { 8 };
        let head = bytes_at(&mut self.input, at, head_bytes)?;
        let mut fields = Fields(&head);
        let content = at.saturating_add(head_bytes);
        let mut chunk = || {
            let id: [u8; 4] = fields.array()?;
            let bytes = match self.kind {
                Kind::Wide => {
                    fields.take(12)?;
                    fields.le64()?.checked_sub(head_bytes)?
                }
                Kind::Big => u64::from(fields.be32()?),
                _ => u64::from(fields.le32()?),
            };
            let step = if self.kind == Kind::Wide { 8 } else { 2 };
            let next = content.saturating_add(bytes.checked_next_multiple_of(step).unwrap_or(u64::MAX));
            is_chunk_id(&id).then_some(Chunk {
                id,
                content,
                bytes,
                next,
            })
        };
        Ok(chunk())
    }

    /// Takes what a chunk holds; returns where the next begins.
    fn visit(&mut self, chunk: Chunk) -> Result<u64> {
        let left = self.end.saturating_sub(chunk.content);
        match &chunk.id {
            b"fmt " if self.format.is_none() => {
                let bytes = bytes_at(&mut self.input, chunk.content, chunk.bytes.min(MAX_FORMAT_BYTES))?;
                let format = wave_format::read(&bytes, self.kind == Kind::Big)?;
                format.doubt.iter().for_each(|doubt| self.notes.warn(doubt));
                self.format = Some(format);
            }
            b"ds64" if self.kind == Kind::Long => {
                let bytes = bytes_at(&mut self.input, chunk.content, 16)?;
                let mut fields = Fields(bytes.get(8..).unwrap_or_default());
                self.long_data = fields.le64();
            }
            b"data" if self.data.is_none() => return self.samples(chunk, left),
            b"data" => self
                .notes
                .lose(format!("a second chunk of samples ({} bytes)", chunk.bytes.min(left))),
            // What follows the samples may be of another program.
            _ if chunk.bytes > left && self.data.is_some() => {
                let at = chunk.content - if self.kind == Kind::Wide { 24 } else { 8 };
                self.note_tail(at, self.end - at)?;
                return Ok(self.end);
            }
            _ if chunk.bytes > left => {
                self.notes.warn(format!("its chunk {} is cut", name(&chunk.id)));
                return Ok(self.end);
            }
            _ => {
                let big = self.kind == Kind::Big;
                let place = (chunk.content, chunk.bytes);
                self.keeper
                    .visit(&mut self.input, chunk.id, place, big, &mut self.notes)?;
            }
        }
        self.after(chunk)
    }

    /// Where the chunk behind this one begins: some writers leave the padding out.
    fn after(&mut self, chunk: Chunk) -> Result<u64> {
        let bare = chunk.content.saturating_add(chunk.bytes);
        if bare != chunk.next && self.chunk(chunk.next)?.is_none() && self.chunk(bare)?.is_some() {
            return Ok(bare);
        }
        Ok(chunk.next)
    }

    /// Finds out how many bytes of samples there are; returns where the next chunk begins.
    fn samples(&mut self, mut chunk: Chunk, left: u64) -> Result<u64> {
        if let (Some(bytes), 0xffff_ffff) = (self.long_data, chunk.bytes) {
            chunk.bytes = bytes;
            chunk.next = chunk
                .content
                .saturating_add(bytes.checked_next_multiple_of(2).unwrap_or(u64::MAX));
        }
        let stated = chunk.bytes;
        let narrow = matches!(self.kind, Kind::Little | Kind::Big) || self.long_data.is_none();
        let unknown = match self.kind {
            Kind::Wide => stated >= UNKNOWN_WIDE_LENGTH,
            _ => narrow && stated >= UNKNOWN_LENGTH,
        };
        let bytes = if self.chunks_follow(chunk)? {
            stated
        } else if stated > left && !unknown {
            cut(FILE, stated, left, self.salvage, &mut self.notes)?
        } else if unknown || stated == 0 || (narrow && is_wrapped(stated, left)) {
            self.notes.warn(format!(
                "it states {stated} bytes of samples: it was read to its end, which is {left} bytes"
            ));
            left
        } else {
            stated
        };
        self.data = Some((chunk.content, bytes));
        match bytes == stated {
            true => self.after(chunk),
            false => Ok(self.end),
        }
    }

    /// Whether the length that a chunk states leads to its end, or to another chunk that fits.
    fn chunks_follow(&mut self, chunk: Chunk) -> Result<bool> {
        let mut at = self.after(chunk)?;
        // The padding of the last chunk may be missing.
        if chunk.content.saturating_add(chunk.bytes) == self.end || at == self.end {
            return Ok(chunk.content < self.end || chunk.bytes == 0);
        }
        for _ in 0..MAX_CHUNKS {
            match self.chunk(at)? {
                Some(next) if next.content.saturating_add(next.bytes) == self.end => return Ok(true),
                Some(next) if next.next < self.end => at = self.after(next)?,
                Some(next) => return Ok(next.next == self.end),
                None => break,
            }
        }
        // Some bytes of other programs, for example an ID3 tag, may follow the last chunk.
        Ok(false)
    }

    /// Notes what lies behind the last chunk.
    fn note_tail(&mut self, at: u64, rest: u64) -> Result<()> {
        let tail = bytes_at(&mut self.input, at, rest.min(1 << 16))?;
        if tail.iter().any(|&byte| byte != 0)
            && !crate::sound::files::tails::id3v1(&tail, &mut self.tags, &mut self.notes)
        {
            self.notes.lose(format!("{rest} bytes behind the last chunk"));
        }
        Ok(())
    }
}

/// Whether a length is what 32 bits hold of one of 4 GiB and more.
fn is_wrapped(stated: u64, left: u64) -> bool {
    const LAP: u64 = 1 << 32;
    left >= LAP && left - stated >= LAP - (1 << 20)
}

fn name(id: &[u8; 4]) -> String {
    String::from_utf8_lossy(id).trim_end().to_owned()
}
