//! The media block of an image.

use super::super::fields::Fields;
use super::super::leb::write_leb;
use super::{MediaKind, check_flags};
use crate::error::Result;
use crate::media::image::Cicp;
use crate::media::image::{Color, Depth};
use crate::tiles::{MAX_TILE_SIZE, TILE_UNIT};

const FLAG_RGB: u8 = 1;
const FLAG_ALPHA: u8 = 2;
const FLAG_16_BIT: u8 = 4;
const FLAG_CICP: u8 = 8;
/// The code of the tile size: `n` for `64 << (n - 1)` pixels, 0 for a size that follows.
const TILE_CODE: u8 = 7 << TILE_SHIFT;
const TILE_SHIFT: u32 = 4;

/// What any reader can tell of an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageMedia {
    /// Width of the image that is shown in pixels, at least 1.
    pub width: u32,
    /// Height of the image that is shown in pixels, at least 1.
    pub height: u32,
    /// Gray or RGB.
    pub color: Color,
    /// Bits of a sample, of colour and of alpha.
    pub depth: Depth,
    /// Whether every tile has an alpha plane.
    pub alpha: bool,
    /// What the colours mean, where that is known.
    pub cicp: Option<Cicp>,
    /// Side of a tile in pixels, a multiple of 64 in 64..=4096.
    pub tile_size: u32,
}

impl ImageMedia {
    /// The number of tiles. It is the same for all orientations.
    pub fn tiles(&self) -> u64 {
        let across = |side: u32| u64::from(side.div_ceil(self.tile_size.max(1)));
        across(self.width) * across(self.height)
    }

    pub(super) fn check(&self) -> Result<(), String> {
        if self.width == 0 || self.height == 0 {
            return Err(format!(
                "an image of {}x{} pixels has no pixels",
                self.width, self.height
            ));
        }
        if self.tile_size == 0 || self.tile_size > MAX_TILE_SIZE || !self.tile_size.is_multiple_of(TILE_UNIT) {
            return Err(format!(
                "tile size {} is not a multiple of 64 in 64..=4096",
                self.tile_size
            ));
        }
        Ok(())
    }

    /// The code of the tile size, 0 if it has none.
    fn tile_code(&self) -> u8 {
        let units = self.tile_size / TILE_UNIT;
        if units.is_power_of_two() {
            units.trailing_zeros() as u8 + 1
        } else {
            0
        }
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let flag = |set: bool, flag: u8| if set { flag } else { 0 };
        write_leb(out, self.width);
        write_leb(out, self.height);
        out.push(
            flag(self.color == Color::Rgb, FLAG_RGB)
                | flag(self.alpha, FLAG_ALPHA)
                | flag(self.depth == Depth::Sixteen, FLAG_16_BIT)
                | flag(self.cicp.is_some(), FLAG_CICP)
                | self.tile_code() << TILE_SHIFT,
        );
        if self.tile_code() == 0 {
            write_leb(out, self.tile_size / TILE_UNIT);
        }
        if let Some(cicp) = self.cicp {
            cicp.write(out);
        }
    }

    pub(super) fn read(fields: &mut Fields<'_>) -> Result<Self> {
        let (width, height, flags) = (fields.number()?, fields.number()?, fields.byte()?);
        check_flags(
            MediaKind::Image,
            flags,
            FLAG_RGB | FLAG_ALPHA | FLAG_16_BIT | FLAG_CICP | TILE_CODE,
        )?;
        let is = |flag: u8| flags & flag != 0;
        let tile_size = match (flags & TILE_CODE) >> TILE_SHIFT {
            0 => own_tile_size(fields)?,
            code => TILE_UNIT << (code - 1),
        };
        Ok(Self {
            width,
            height,
            color: if is(FLAG_RGB) { Color::Rgb } else { Color::Gray },
            depth: if is(FLAG_16_BIT) { Depth::Sixteen } else { Depth::Eight },
            alpha: is(FLAG_ALPHA),
            cicp: if is(FLAG_CICP) { Some(Cicp::read(fields)?) } else { None },
            tile_size,
        })
    }
}

/// A tile size that is written as a number of units: only those without a code are.
fn own_tile_size(fields: &mut Fields<'_>) -> Result<u32> {
    let units = fields.number()?;
    if units.is_power_of_two() || units > MAX_TILE_SIZE / TILE_UNIT {
        return Err(fields.wrong(&format!("tiles of {units} x 64 pixels are not written so")));
    }
    Ok(units * TILE_UNIT)
}
