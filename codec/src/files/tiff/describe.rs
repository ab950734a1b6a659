//! What a TIFF file says of its image: profile, EXIF data, texts, density.

use std::io::{Read, Seek};

use image::metadata::Orientation;

use super::directory::{Directory, File};
use crate::container::{Extras, TagKey};
use crate::error::Result;
use crate::files::loaded::Loaded;
use crate::files::notes::ReadOptions;

/// Texts and the names of the tags that mean the same.
const TEXTS: [(u16, &str); 7] = [
    (269, "title"),
    (270, "comment"),
    (285, "page name"),
    (305, "Software"),
    (306, "date"),
    (315, "artist"),
    (33432, "Copyright"),
];
/// Tags of the camera, which go into the EXIF data.
const CAMERA: [u16; 2] = [271, 272];
/// Directories of EXIF data and of places.
const EXIF: [u16; 2] = [34665, 34853];
/// Directories inside of EXIF data.
const INNER: u16 = 40965;
/// Tags that tell how pixels lie, that are read elsewhere, or that mean nothing without the file.
const KNOWN: &[u16] = &[
    254, 255, 256, 257, 258, 259, 262, 263, 264, 265, 266, 273, 274, 277, 278, 279, 280, 281, 282, 283, 284, 286, 287,
    288, 289, 290, 291, 292, 293, 296, 297, 301, 316, 317, 318, 319, 320, 321, 322, 323, 324, 325, 326, 327, 328, 330,
    332, 333, 334, 337, 338, 339, 340, 341, 342, 347, 512, 513, 514, 515, 517, 518, 519, 520, 521, 529, 530, 531, 532,
    700, 32995, 32996, 32997, 32998, 33723, 34377, 34675,
];

/// Takes the metadata of a directory over.
pub(super) fn describe<R: Read + Seek>(
    tiff: &mut File<R>,
    directory: &Directory,
    options: &ReadOptions,
    loaded: &mut Loaded,
) -> Result<()> {
    let limit = options.limits.max_metadata_bytes;
    let orientation = tiff.value(directory, 274, 1).unwrap_or(1);
    loaded.orientation = u8::try_from(orientation).ok().and_then(Orientation::from_exif);
    loaded.metadata.icc = tiff.raw(directory, 34675, limit)?;
    loaded.metadata.xmp = tiff
        .raw(directory, 700, limit)?
        .map(trimmed)
        .filter(|xmp| !xmp.is_empty());
    if let Some(iptc) = tiff.raw(directory, 33723, limit)? {
        loaded.metadata.extras.set(Extras::IPTC, iptc);
    }
    for (tag, name) in TEXTS {
        if let Some(text) = tiff
            .raw(directory, tag, limit)?
            .map(trimmed)
            .filter(|text| !text.is_empty())
        {
            loaded.metadata.tags.push(TagKey::of_name(name), readable(&text));
        }
    }
    if let Some(density) = density(tiff, directory) {
        loaded.metadata.extras.set(Extras::DENSITY, density);
    }
    let is_described = CAMERA
        .iter()
        .chain(&EXIF)
        .any(|tag| directory.entries.contains_key(tag));
    if is_described {
        match exif(tiff, directory, limit) {
            Some(exif) => loaded.metadata.exif = Some(exif),
            None => loaded.notes.lose("the EXIF data, which are damaged"),
        }
    }
    name_others(directory, loaded);
    Ok(())
}

/// Notes the tags that are not kept.
fn name_others(directory: &Directory, loaded: &mut Loaded) {
    let is_known = |tag: &u16| {
        let texts = TEXTS.iter().map(|(text, _)| text);
        KNOWN
            .iter()
            .chain(texts)
            .chain(&CAMERA)
            .chain(&EXIF)
            .any(|known| known == tag)
    };
    let others = directory.entries.keys().filter(|tag| !is_known(tag));
    for tag in others {
        loaded.notes.lose(match tag {
            33550 | 33922 | 34264 | 34735..=34737 | 42112 | 42113 => "the place on earth (GeoTIFF)".to_owned(),
            37724 => "Photoshop layers".to_owned(),
            50838 | 50839 => "the data of ImageJ".to_owned(),
            tag => format!("the TIFF tag {tag}"),
        });
    }
}

/// Without the zeros at its end.
fn trimmed(mut bytes: Vec<u8>) -> Vec<u8> {
    while bytes.last() == Some(&0) {
        bytes.pop();
    }
    bytes
}

/// UTF-8, or else Latin 1.
fn readable(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|&byte| char::from(byte)).collect(),
    }
}

/// Pixels a metre in x and y as PNG files have it.
fn density<R: Read + Seek>(tiff: &mut File<R>, directory: &Directory) -> Option<Vec<u8>> {
    let unit = tiff.value(directory, 296, 2).ok()?;
    let mut one = |tag: u16| {
        let bytes = tiff.raw(directory, tag, 8).ok()??;
        let (over, under) = (tiff.number(bytes.get(..4)), tiff.number(bytes.get(4..8)));
        // Pixels a metre, in units of 1/10000.
        let scale: u64 = match unit {
            2 => 393_701,
            3 => 1_000_000,
            _ => 10_000,
        };
        let value = (over.checked_mul(scale)?).checked_div(under)?.saturating_add(5_000) / 10_000;
        u32::try_from(value).ok().filter(|value| *value > 0)
    };
    let (x, y) = (one(282)?, one(283)?);
    let known = u8::from(matches!(unit, 2 | 3));
    Some([&x.to_be_bytes()[..], &y.to_be_bytes(), &[known]].concat())
}

/// The EXIF data as a block of their own.
fn exif<R: Read + Seek>(tiff: &mut File<R>, directory: &Directory, limit: u64) -> Option<Vec<u8>> {
    let mut block = Block {
        bytes: if tiff.little {
            b"II*\0".to_vec()
        } else {
            b"MM\0*".to_vec()
        },
        little: tiff.little,
        left: limit,
    };
    block.number(8, 4);
    block.directory(tiff, directory, &|tag| CAMERA.contains(&tag) || EXIF.contains(&tag))?;
    Some(block.bytes)
}

/// A TIFF block that is written.
struct Block {
    bytes: Vec<u8>,
    little: bool,
    /// Bytes that it may still have.
    left: u64,
}

impl Block {
    fn number(&mut self, value: u64, bytes: usize) {
        match self.little {
            true => self.bytes.extend(&value.to_le_bytes()[..bytes]),
            false => self.bytes.extend(&value.to_be_bytes()[8 - bytes..]),
        }
    }

    /// Appends the wanted tags of a directory, and the directories inside.
    fn directory<R: Read + Seek>(
        &mut self,
        tiff: &mut File<R>,
        directory: &Directory,
        wanted: &dyn Fn(u16) -> bool,
    ) -> Option<()> {
        let tags: Vec<u16> = directory.entries.keys().copied().filter(|tag| wanted(*tag)).collect();
        let table = self.bytes.len();
        // The table is filled in below.
        self.bytes.resize(table + 2 + 12 * tags.len() + 4, 0);
        let mut entries = Vec::new();
        for tag in &tags {
            let entry = directory.entries.get(tag)?;
            self.left = self.left.checked_sub(entry.bytes())?;
            let at = self.bytes.len() as u64;
            if EXIF.contains(tag) || *tag == INNER {
                let offset = tiff.value(directory, *tag, 0).ok()?;
                let inner = tiff.directory(offset).ok()?;
                // Directories inside of directories inside are none that EXIF knows.
                let is_exif = EXIF.contains(tag);
                self.directory(tiff, &inner, &|tag| !EXIF.contains(&tag) && (is_exif || tag != INNER))?;
                entries.push((*tag, 4, 1, at.to_le_bytes().to_vec(), true));
                continue;
            }
            let value = tiff.raw(directory, *tag, self.left).ok()??;
            let kind = entry.kind;
            if value.len() <= 4 {
                entries.push((*tag, kind, entry.count, value, false));
            } else {
                self.bytes.extend(&value);
                self.bytes.resize(self.bytes.len().next_multiple_of(2), 0);
                entries.push((*tag, kind, entry.count, at.to_le_bytes().to_vec(), true));
            }
        }
        let rest = self.bytes.split_off(table + 2 + 12 * tags.len() + 4);
        self.bytes.truncate(table);
        self.number(entries.len() as u64, 2);
        for (tag, kind, count, value, is_offset) in entries {
            self.number(u64::from(tag), 2);
            self.number(u64::from(kind), 2);
            self.number(count, 4);
            match is_offset {
                true => self.number(u64::from_le_bytes(*value.first_chunk()?), 4),
                false => {
                    self.bytes.extend(&value);
                    self.bytes.resize(self.bytes.len() + 4 - value.len(), 0);
                }
            }
        }
        self.number(0, 4);
        self.bytes.extend(rest);
        Some(())
    }
}
