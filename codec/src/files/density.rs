//! Pixels an inch.

/// The density of an image.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Density {
    /// Pixels an inch in x and y; if the unit is not known, only their ratio tells something.
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) is_known: bool,
}

/// Inches in a metre.
const INCHES: f64 = 1.0 / 0.0254;

/// The density that the nine bytes of a PNG file tell.
pub(super) fn of(bytes: &[u8]) -> Option<Density> {
    let &[x3, x2, x1, x0, y3, y2, y1, y0, unit] = bytes else {
        return None;
    };
    let (x, y) = (
        u32::from_be_bytes([x3, x2, x1, x0]),
        u32::from_be_bytes([y3, y2, y1, y0]),
    );
    let inch = |value: u32| match unit {
        1 => whole(f64::from(value) / INCHES),
        _ => f64::from(value),
    };
    let is_known = unit == 1;
    (x > 0 && y > 0 && x < 1 << 30 && y < 1 << 30).then(|| Density {
        x: inch(x),
        y: inch(y),
        is_known,
    })
}

/// A whole number if the value is as near to one as a number of pixels a metre can tell.
fn whole(value: f64) -> f64 {
    if (value - value.round()).abs() < 0.013 {
        value.round()
    } else {
        value
    }
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn densities_are_those_of_files() {
        let bytes = |x: u32, unit: u8| [&x.to_be_bytes()[..], &x.to_be_bytes(), &[unit]].concat();
        for inch in [72u32, 96, 150, 300, 600, 1200] {
            let metre = (inch * 10_000 + 127) / 254;
            assert_eq!(of(&bytes(metre, 1)).map(|density| density.x), Some(f64::from(inch)));
        }
        assert_eq!(of(&bytes(3, 0)).map(|density| density.is_known), Some(false));
        assert_eq!((of(&bytes(0, 1)), of(&[])), (None, None));
    }
}
