//! Code points that say what colours mean.

use super::super::fields::Fields;
use crate::error::Result;

/// Coding-independent code points of ITU-T H.273: what the numbers of a pixel mean, for readers that show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Cicp {
    /// Colour primaries (H.273, 8.1): 1 for those of BT.709 and sRGB, 9 for BT.2020, 12 for Display P3.
    pub primaries: u8,
    /// Transfer characteristics (8.2): 13 for sRGB, 16 for PQ, 18 for HLG.
    pub transfer: u8,
    /// Matrix coefficients (8.3): 0 for RGB.
    pub matrix: u8,
    /// Whether samples use the full range of their depth.
    pub full_range: bool,
}

impl Cicp {
    pub(super) fn read(fields: &mut Fields<'_>) -> Result<Self> {
        let [primaries, transfer, matrix, range] = fields.array()?;
        if range > 1 {
            return Err(fields.wrong(&format!("a colour range of {range}")));
        }
        Ok(Self {
            primaries,
            transfer,
            matrix,
            full_range: range == 1,
        })
    }

    pub(super) fn write(self, out: &mut Vec<u8>) {
        out.extend_from_slice(&[self.primaries, self.transfer, self.matrix, u8::from(self.full_range)]);
    }
}
