//! The code points of colours in a media block.

use super::super::fields::Fields;
use crate::error::Result;
use crate::media::image::Cicp;

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
