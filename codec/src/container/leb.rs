//! Unsigned LEB128: seven bits a byte, lowest first, the top bit says that more follow.

/// Bytes of the longest number that the format uses (35 bits hold every `u32`).
pub(crate) const MAX_LEB_BYTES: usize = 5;

/// Appends `value` in its shortest form.
pub(crate) fn write_leb(out: &mut Vec<u8>, mut value: u32) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Why a number could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LebError {
    /// The bytes end inside the number.
    Cut,
    /// More than 32 bits, or not the shortest form.
    Invalid,
}

impl LebError {
    /// The words for an error message.
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Self::Cut => "the stream ends inside a number",
            Self::Invalid => "a number is not in its shortest form, or exceeds 32 bits",
        }
    }
}

/// Reads a number from the start of `bytes`; returns it and the count of bytes it takes.
pub(crate) fn read_leb(bytes: &[u8]) -> Result<(u32, usize), LebError> {
    let mut value = 0u64;
    for (index, &byte) in bytes.iter().take(MAX_LEB_BYTES).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            // Only one encoding of a number is valid, so that equal streams have equal bytes.
            let shortest = index == 0 || byte != 0;
            return match u32::try_from(value) {
                Ok(value) if shortest => Ok((value, index + 1)),
                _ => Err(LebError::Invalid),
            };
        }
    }
    Err(if bytes.len() < MAX_LEB_BYTES {
        LebError::Cut
    } else {
        LebError::Invalid
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_round_trip_in_their_shortest_form() {
        for (value, length) in [(0, 1), (127, 1), (128, 2), (16_383, 2), (16_384, 3), (u32::MAX, 5)] {
            let mut bytes = Vec::new();
            write_leb(&mut bytes, value);
            assert_eq!(bytes.len(), length);
            assert_eq!(read_leb(&bytes), Ok((value, length)));
            assert_eq!(read_leb(&bytes[..length - 1]), Err(LebError::Cut));
        }
    }

    #[test]
    fn long_and_large_forms_are_refused() {
        assert_eq!(read_leb(&[0x80, 0x00]), Err(LebError::Invalid));
        assert_eq!(read_leb(&[0xff, 0xff, 0xff, 0xff, 0x10]), Err(LebError::Invalid));
        assert_eq!(read_leb(&[0xff; 9]), Err(LebError::Invalid));
    }
}
