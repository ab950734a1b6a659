//! Which loudspeakers the channels of AIFF, CAF and MP4 files are for.

use crate::sound::SoundNotes;
use crate::sound::files::input::Fields;

/// The tag of a layout that is a mask, as WAV files have it.
const BITMAP: u32 = 1 << 16;
/// The tag of a layout that describes each channel.
const DESCRIPTIONS: u32 = 0;

/// Tags of layouts whose channels are in the order of WAV files, and their masks.
const LAYOUTS: [(u32, u32); 16] = [
    (100 << 16 | 1, 0x4),
    (101 << 16 | 2, 0x3),
    (108 << 16 | 4, 0x33),
    (113 << 16 | 3, 0x7),
    (115 << 16 | 4, 0x107),
    (117 << 16 | 5, 0x37),
    (121 << 16 | 6, 0x3f),
    (126 << 16 | 8, 0xff),
    (132 << 16 | 3, 0x103),
    (133 << 16 | 3, 0xb),
    (136 << 16 | 4, 0xf),
    (137 << 16 | 5, 0x10f),
    (141 << 16 | 4, 0x107),
    (109 << 16 | 5, 0x37),
    (110 << 16 | 6, 0x137),
    (139 << 16 | 6, 0x13f),
];

/// Reads the content of a `chan` chunk; a layout without a mask is noted as lost.
pub(in crate::sound::files) fn mask(chunk: &[u8], channels: u16, notes: &mut SoundNotes) -> Option<u32> {
    let mut fields = Fields(chunk);
    let (tag, bitmap, count) = (fields.be32()?, fields.be32()?, fields.be32()?);
    let mask = match tag {
        BITMAP => Some(bitmap),
        DESCRIPTIONS => described(fields, count),
        tag => LAYOUTS.iter().find(|(other, _)| *other == tag).map(|(_, mask)| *mask),
    };
    let mask = mask.filter(|mask| mask.count_ones() == u32::from(channels));
    if mask.is_none() {
        notes.lose(format!(
            "its layout of {channels} channels (tag {}:{})",
            tag >> 16,
            tag & 0xffff
        ));
    }
    mask
}

/// The mask of labels, if they are in the order of its bits.
fn described(mut fields: Fields<'_>, count: u32) -> Option<u32> {
    let mut mask = 0u32;
    for _ in 0..count.min(32) {
        let label = fields.be32()?;
        fields.take(16)?;
        let bit = 1u32.checked_shl(label.checked_sub(1)?).filter(|_| label <= 18)?;
        if bit <= mask {
            return None;
        }
        mask |= bit;
    }
    Some(mask)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layouts_become_masks() {
        let chunk = |words: &[u32]| words.iter().flat_map(|word| word.to_be_bytes()).collect::<Vec<_>>();
        let mut notes = SoundNotes::default();
        assert_eq!(mask(&chunk(&[BITMAP, 0x3f, 0]), 6, &mut notes), Some(0x3f));
        assert_eq!(mask(&chunk(&[101 << 16 | 2, 0, 0]), 2, &mut notes), Some(3));
        let left_and_lfe = [0, 0, 2, 1, 0, 0, 0, 0, 4, 0, 0, 0, 0];
        assert_eq!(mask(&chunk(&left_and_lfe), 2, &mut notes), Some(9));
        assert!(notes.lost.is_empty());
        assert_eq!(mask(&chunk(&[114 << 16 | 3, 0, 0]), 3, &mut notes), None);
        assert_eq!(notes.lost.len(), 1);
    }
}
