//! A-law and mu-law of ITU-T G.711, as integers of 16 bits.

/// The sample that an A-law byte stands for.
pub(super) fn alaw(byte: u8) -> i16 {
    let byte = byte ^ 0x55;
    let (exponent, mantissa) = ((byte >> 4) & 7, i16::from(byte & 15));
    let magnitude = match exponent {
        0 => (mantissa << 4) + 8,
        _ => ((mantissa << 4) + 0x108) << (exponent - 1),
    };
    if byte & 0x80 != 0 { magnitude } else { -magnitude }
}

/// The sample that a mu-law byte stands for.
pub(super) fn mulaw(byte: u8) -> i16 {
    let byte = !byte;
    let (exponent, mantissa) = ((byte >> 4) & 7, i16::from(byte & 15));
    let magnitude = (((mantissa << 3) + 0x84) << exponent) - 0x84;
    if byte & 0x80 != 0 { -magnitude } else { magnitude }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_laws_have_the_values_of_the_standard() {
        assert_eq!([0xd5, 0x55, 0xaa, 0x2a, 0x80].map(alaw), [8, -8, 32_256, -32_256, 5504]);
        assert_eq!([0xff, 0x7f, 0x80, 0x00, 0xf0].map(mulaw), [0, 0, 32_124, -32_124, 120]);
    }

    #[test]
    fn the_laws_are_symmetric() {
        for byte in 0..=u8::MAX {
            assert_eq!(alaw(byte), -alaw(byte ^ 0x80));
            assert_eq!(mulaw(byte), -mulaw(byte ^ 0x80));
        }
    }
}
