//! 16-bit floats (IEEE 754 binary16), to and from `f32`.

/// The value of a 16-bit float, exactly.
pub fn from_half(half: u16) -> f32 {
    let sign = u32::from(half & 0x8000) << 16;
    let magnitude = u32::from(half & 0x7fff);
    let bits = if magnitude >= 0x7c00 {
        // Infinite, or no number.
        0x7f80_0000 | magnitude << 13
    } else if magnitude >= 0x0400 {
        (magnitude << 13) + (112 << 23)
    } else {
        // Steps of 2^-24 above 2^-14, less that start: exact, and no operand is subnormal.
        let start = f32::from_bits(113 << 23);
        (f32::from_bits((113 << 23) + (magnitude << 13)) - start).to_bits()
    };
    f32::from_bits(sign | bits)
}

/// The nearest 16-bit float, the even one of two; infinite from 65520 on.
pub fn to_half(value: f32) -> u16 {
    let bits = value.to_bits();
    let (sign, magnitude) = ((bits >> 16) as u16 & 0x8000, bits & 0x7fff_ffff);
    let half = if magnitude > 0x7f80_0000 {
        0x7e00 | (magnitude >> 13 & 0x03ff) as u16
    } else if magnitude >= 0x477f_f000 {
        0x7c00
    } else if magnitude >= 113 << 23 {
        let odd = magnitude >> 13 & 1;
        ((magnitude - (112 << 23) + 0x0fff + odd) >> 13) as u16
    } else {
        // A float of 0.5..1 has steps of 2^-24: the addition rounds to them.
        let rounded = (f32::from_bits(magnitude) + 0.5).to_bits();
        (rounded - 0.5f32.to_bits()) as u16
    };
    sign | half
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The value of a finite 16-bit float by its definition.
    fn defined(half: u16) -> f64 {
        let (exponent, fraction) = (i32::from(half >> 10 & 0x1f), f64::from(half & 0x3ff));
        let magnitude = match exponent {
            0 => fraction * 2f64.powi(-24),
            _ => (1024.0 + fraction) * 2f64.powi(exponent - 25),
        };
        if half & 0x8000 == 0 { magnitude } else { -magnitude }
    }

    fn is_finite(half: u16) -> bool {
        half & 0x7c00 != 0x7c00
    }

    #[test]
    fn all_values_are_exact_and_come_back() {
        for half in 0..=u16::MAX {
            let value = from_half(half);
            if is_finite(half) {
                assert_eq!(f64::from(value), defined(half), "{half:04x}");
                assert_eq!(to_half(value), half);
            } else if half & 0x03ff == 0 {
                assert!(value.is_infinite() && value.is_sign_negative() == (half & 0x8000 != 0));
                assert_eq!(to_half(value), half);
            } else {
                assert!(value.is_nan() && from_half(to_half(value)).is_nan());
            }
        }
    }

    #[test]
    fn values_between_two_go_to_the_nearest_and_then_to_the_even() {
        for half in 0..0x7c00u16 {
            let (low, high) = (defined(half), if half == 0x7bff { 65536.0 } else { defined(half + 1) });
            let middle = ((low + high) / 2.0) as f32;
            assert_eq!(f64::from(middle), (low + high) / 2.0, "a middle is a float");
            let even = half + (half & 1);
            assert_eq!(to_half(middle), even, "{middle}");
            assert_eq!(to_half(-middle), 0x8000 | even);
            assert_eq!(to_half(f32::from_bits(middle.to_bits() - 1)), half, "below {middle}");
            assert_eq!(
                to_half(f32::from_bits(middle.to_bits() + 1)),
                half + 1,
                "above {middle}"
            );
        }
        for (value, half) in [(f32::MAX, 0x7c00), (f32::MIN_POSITIVE, 0), (-1e-40, 0x8000)] {
            assert_eq!(to_half(value), half, "{value}");
        }
    }

    #[test]
    fn conversions_are_those_of_another_implementation() {
        for half in 0..=u16::MAX {
            assert_eq!(
                from_half(half).to_bits() << 10,
                half::f16::from_bits(half).to_f32().to_bits() << 10
            );
        }
        for high in 0..=u16::MAX {
            for low in [0, 1, 0x0fff, 0x1000, 0x1001, 0x2fff, 0x3000, 0xffff] {
                let value = f32::from_bits(u32::from(high) << 16 | low);
                if !value.is_nan() {
                    assert_eq!(to_half(value), half::f16::from_f32(value).to_bits(), "{value}");
                }
            }
        }
    }
}
