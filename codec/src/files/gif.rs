//! The blocks of a GIF file.

use std::io::{BufRead, Seek, SeekFrom};

use super::Format;
use super::ends::lose_behind;
use super::fields::{readable, take};
use super::loaded::Loaded;
use crate::error::{Result, check_limit};

/// The most blocks of a file that are looked at.
const MAX_BLOCKS: u64 = 1 << 20;
/// The most bytes of comments that are kept.
const MAX_COMMENT_BYTES: usize = 1 << 20;
/// Extensions of programs that tell how often an animation is shown.
const LOOPS: [&[u8]; 2] = [b"NETSCAPE2.0", b"ANIMEXTS1.0"];

/// What the blocks of a file hold.
#[derive(Debug, Default)]
pub(super) struct GifWalk {
    /// Images.
    pub(super) frames: u32,
    /// Where the file ends; `None` where its end is missing.
    end: Option<u64>,
    comments: Vec<Vec<u8>>,
    /// Kinds of blocks that are not kept.
    lost: Vec<String>,
}

impl GifWalk {
    /// Goes through all blocks.
    pub(super) fn of(file: &mut (impl BufRead + Seek)) -> Result<Self> {
        let early = || Format::Gif.error("the file ends early");
        file.rewind()?;
        let head = take::<13>(file)?.ok_or_else(early)?;
        let table = |flags: u8| if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) };
        skip(file, table(head[10]))?;
        let (mut walk, mut blocks) = (Self::default(), 0);
        loop {
            check_limit("the number of blocks of a GIF file", blocks, MAX_BLOCKS)?;
            blocks += 1;
            match take::<1>(file)? {
                Some([0x2c]) => {
                    let image = take::<9>(file)?.ok_or_else(early)?;
                    skip(file, table(image[8]) + 1)?;
                    walk.frames += 1;
                    parts(file, 0)?;
                }
                Some([0x21]) => walk.extension(file)?,
                Some([0]) => {}
                Some([0x3b]) => {
                    walk.end = Some(file.stream_position()?);
                    break;
                }
                _ => break,
            }
        }
        if walk.frames == 0 { Err(early()) } else { Ok(walk) }
    }

    fn extension(&mut self, file: &mut (impl BufRead + Seek)) -> Result<()> {
        let Some([kind]) = take::<1>(file)? else {
            return Ok(());
        };
        let first = parts(file, if kind == 0xf9 { 0 } else { MAX_COMMENT_BYTES })?;
        match kind {
            // How the next image is shown.
            0xf9 => {}
            0xfe => self.comments.push(first),
            0xff if LOOPS.iter().any(|name| first.starts_with(name)) => {}
            0xff => {
                let name = readable(first.get(..8).unwrap_or_default());
                self.lost.push(format!("the GIF extension {}", name.trim_end()));
            }
            0x01 => self.lost.push("text over the image".to_owned()),
            kind => self.lost.push(format!("a GIF extension of kind {kind}")),
        }
        Ok(())
    }

    /// Keeps what can be kept, and notes the rest.
    pub(super) fn describe(self, file: &mut (impl BufRead + Seek), loaded: &mut Loaded) -> Result<()> {
        for comment in self.comments {
            loaded.comment(&readable(&comment));
        }
        self.lost.into_iter().for_each(|lost| loaded.notes.lose(lost));
        if self.end.is_none() {
            loaded.notes.warn("the end of the file is missing, behind its pixels");
        }
        lose_behind(file, self.end, loaded)
    }
}

/// Reads the parts of a block up to its end; returns at most `most` of their bytes.
fn parts(file: &mut (impl BufRead + Seek), most: usize) -> Result<Vec<u8>> {
    let mut all = Vec::new();
    while let Some([length]) = take::<1>(file)?.filter(|length| *length != [0]) {
        if all.len() >= most {
            skip(file, i64::from(length))?;
            continue;
        }
        for _ in 0..length {
            all.extend(take::<1>(file)?.into_iter().flatten());
        }
    }
    Ok(all)
}

fn skip(file: &mut impl Seek, bytes: i64) -> Result<()> {
    file.seek(SeekFrom::Current(bytes))?;
    Ok(())
}
