//! TIFF files: strips and tiles, any order of samples, whole numbers of 1 to 16 bits, gray, RGB, palettes, and what
//! fax machines, LZW, deflate, PackBits and JPEG make of them.

mod describe;
mod directory;
mod fax;
mod layout;
mod pages;
mod read;
mod unpack;
mod write;

pub(super) use write::write;

use std::io::{Read, Seek};

use image::metadata::Orientation;

use super::loaded::Loaded;
use super::notes::{Notes, ReadOptions};
use crate::error::Result;
use directory::File;
use layout::Layout;

/// Width, height and orientation of the image that is meant.
pub(super) fn size(file: impl Read + Seek, options: &ReadOptions) -> Result<((u32, u32), Orientation)> {
    let (mut tiff, first) = File::open(file)?;
    let directory = pages::main_page(&mut tiff, first, options, &mut Notes::default())?;
    let size = layout::size(&mut tiff, &directory)?;
    options.limits.check_size(size.0, size.1)?;
    let orientation = tiff.value(&directory, 274, 1).unwrap_or(1);
    let orientation = u8::try_from(orientation).ok().and_then(Orientation::from_exif);
    Ok((size, orientation.unwrap_or(Orientation::NoTransforms)))
}

/// Reads the image that is meant.
pub(super) fn read(file: impl Read + Seek, options: &ReadOptions) -> Result<Loaded> {
    let (mut tiff, first) = File::open(file)?;
    let mut notes = Notes::default();
    let directory = pages::main_page(&mut tiff, first, options, &mut notes)?;
    let layout = Layout::read(&mut tiff, &directory, options, &mut notes)?;
    let mut loaded = read::pixels(&mut tiff, &layout, options, &mut notes)?;
    loaded.notes = notes;
    describe::describe(&mut tiff, &directory, options, &mut loaded)?;
    Ok(loaded)
}
