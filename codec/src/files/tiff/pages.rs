//! Which of the images in a TIFF file is meant.

use std::collections::BTreeSet;
use std::io::{Read, Seek};

use super::directory::{Directory, File, error};
use crate::error::{CodecError, Result, check_limit};
use crate::files::notes::{Notes, ReadOptions};

/// The most directories of a file.
const MAX_PAGES: usize = 4096;

/// Tags.
const SUBFILE: u16 = 254;
const WIDTH: u16 = 256;
const HEIGHT: u16 = 257;
const COMPRESSION: u16 = 259;
const PHOTOMETRIC: u16 = 262;
const MAKE: u16 = 271;
const SUB_DIRECTORIES: u16 = 330;
const DNG_VERSION: u16 = 50706;

/// One image of a file.
struct Page {
    directory: Directory,
    /// Whether it is marked as a reduced copy or a mask of another.
    is_minor: bool,
    pixels: u64,
    is_sub: bool,
}

/// The directory of the image that is meant.
pub(super) fn main_page<R: Read + Seek>(
    tiff: &mut File<R>,
    first: u64,
    options: &ReadOptions,
    notes: &mut Notes,
) -> Result<Directory> {
    refuse_raw_heads(tiff)?;
    let mut pages = all_pages(tiff, first)?;
    for page in &pages {
        refuse_raw(tiff, &page.directory)?;
    }
    if pages.is_empty() {
        return Err(error("it has no images"));
    }
    // Images inside of others count only if the others are copies of them.
    if pages.iter().any(|page| !page.is_minor && !page.is_sub) {
        pages.retain(|page| !page.is_sub);
    }
    let major = pages.iter().filter(|page| !page.is_minor).count();
    let chosen = match (options.page, major) {
        (Some(page), _) => {
            let index = (page as usize)
                .checked_sub(1)
                .filter(|index| *index < pages.len().max(1));
            let wanted = if major > 0 { major } else { pages.len() };
            pages.retain(|page| major == 0 || !page.is_minor);
            index
                .filter(|index| *index < wanted)
                .ok_or_else(|| CodecError::Parameter(format!("there is no page {page}: the TIFF file has {wanted}")))?
        }
        (None, 0) => (0..pages.len()).max_by_key(|&index| pages[index].pixels).unwrap_or(0),
        (None, 1) => pages.iter().position(|page| !page.is_minor).unwrap_or(0),
        (None, pages) => {
            let what =
                format!("TIFF of several pages ({pages}): choose one with --page 1 to {pages}, or extract it first");
            return Err(CodecError::Unsupported(what));
        }
    };
    if options.page.is_some() && major > 1 {
        notes.lose_more(major - 1, "page");
    }
    Ok(pages.swap_remove(chosen).directory)
}

fn all_pages<R: Read + Seek>(tiff: &mut File<R>, first: u64) -> Result<Vec<Page>> {
    let (mut pages, mut next) = (Vec::new(), first);
    let (mut seen, mut inner) = (BTreeSet::new(), BTreeSet::new());
    while next != 0 {
        if !seen.insert(next) {
            return Err(error("its directories do not end"));
        }
        check_limit(
            "the number of pages of a TIFF file",
            seen.len() as u64,
            MAX_PAGES as u64,
        )?;
        // A damaged link behind the first page does no harm to that one.
        let directory = match tiff.directory(next) {
            Ok(directory) => directory,
            Err(error) if pages.is_empty() => return Err(error),
            Err(_) => break,
        };
        next = directory.next;
        let subs = tiff.numbers(&directory, SUB_DIRECTORIES).unwrap_or_default();
        pages.push(page(tiff, directory, false)?);
        for offset in subs.into_iter().take(64) {
            if offset != 0
                && inner.insert(offset)
                && let Ok(directory) = tiff.directory(offset)
            {
                pages.push(page(tiff, directory, true)?);
            }
        }
    }
    // Directories without a size are no images.
    pages.retain(|page| page.pixels > 0);
    Ok(pages)
}

fn page<R: Read + Seek>(tiff: &mut File<R>, directory: Directory, is_sub: bool) -> Result<Page> {
    let kind = tiff.value(&directory, SUBFILE, 0).unwrap_or(0);
    let width = tiff.value(&directory, WIDTH, 0).unwrap_or(0);
    let height = tiff.value(&directory, HEIGHT, 0).unwrap_or(0);
    Ok(Page {
        is_minor: kind & 5 != 0,
        pixels: width.saturating_mul(height),
        directory,
        is_sub,
    })
}

fn raw<T>(kind: &str) -> Result<T> {
    Err(CodecError::Unsupported(format!(
        "camera raw ({kind}): develop it to TIFF or PNG first"
    )))
}

/// Refuses raw files that their first bytes tell.
fn refuse_raw_heads<R: Read + Seek>(tiff: &mut File<R>) -> Result<()> {
    let mut head = Vec::new();
    tiff.read_into(0, 16, &mut head)?;
    if head.get(8..10) == Some(b"CR") {
        return raw("Canon CR2");
    }
    Ok(())
}

/// Refuses raw files that a directory tells.
fn refuse_raw<R: Read + Seek>(tiff: &mut File<R>, directory: &Directory) -> Result<()> {
    if directory.entries.contains_key(&DNG_VERSION) {
        return raw("DNG");
    }
    let photometric = tiff.value(directory, PHOTOMETRIC, 0).unwrap_or(0);
    let compression = tiff.value(directory, COMPRESSION, 1).unwrap_or(1);
    // Colour filter array, linear raw; Sony, Samsung, Nikon, Kodak, Pentax compression.
    if matches!(photometric, 32803 | 34892) || matches!(compression, 32767 | 32770 | 34713 | 65000 | 65535) {
        let make = tiff.raw(directory, MAKE, 256).ok().flatten().unwrap_or_default();
        let make = String::from_utf8_lossy(&make).trim_matches(['\0', ' ']).to_owned();
        return raw(if make.is_empty() {
            "pixels of a colour filter"
        } else {
            &make
        });
    }
    Ok(())
}
