//! What a file says of a track.

use super::FILE;
use super::boxes::{find, find_path, versioned};
use super::entry::Entry;
use crate::error::Result;

/// A track.
pub(super) struct Track<'a> {
    pub(super) id: u32,
    /// Ticks a second of its times.
    pub(super) timescale: u32,
    pub(super) is_sound: bool,
    handler: [u8; 4],
    /// The box of tables.
    pub(super) stbl: &'a [u8],
    pub(super) edits: Option<&'a [u8]>,
}

impl<'a> Track<'a> {
    pub(super) fn read(trak: &'a [u8]) -> Option<Self> {
        let (version, _, mut head) = versioned(find(trak, b"tkhd")?)?;
        head.take(if version == 1 { 16 } else { 8 })?;
        let id = head.be32()?;
        let mdia = find(trak, b"mdia")?;
        let (version, _, mut media) = versioned(find(mdia, b"mdhd")?)?;
        media.take(if version == 1 { 16 } else { 8 })?;
        let timescale = media.be32()?;
        let (_, _, mut handler) = versioned(find(mdia, b"hdlr")?)?;
        handler.take(4)?;
        let handler = handler.array()?;
        Some(Self {
            id,
            timescale,
            is_sound: handler == *b"soun",
            handler,
            stbl: find_path(mdia, &[b"minf", b"stbl"])?,
            edits: find_path(trak, &[b"edts", b"elst"]),
        })
    }

    /// What it is, for messages.
    pub(super) fn kind(&self) -> &'static str {
        match &self.handler {
            b"vide" => "video",
            b"text" | b"sbtl" | b"subt" | b"clcp" => "text",
            b"tmcd" => "time code",
            b"meta" => "metadata",
            b"hint" => "hints",
            _ => "of another kind",
        }
    }

    /// What its packets are.
    ///
    /// # Errors
    /// `Media` where that is damaged, `Unsupported` for encrypted ones.
    pub(super) fn entry(&self) -> Result<Entry> {
        let damaged = || FILE.error("it does not say what its sound is");
        let (_, _, mut fields) = find(self.stbl, b"stsd").and_then(versioned).ok_or_else(damaged)?;
        let count = fields.be32().ok_or_else(damaged)?;
        if count > 1 {
            return Err(FILE.unsupported("sound that changes its kind"));
        }
        Entry::read(fields.0).ok_or_else(damaged)
    }
}
