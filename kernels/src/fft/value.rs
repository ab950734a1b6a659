//! The numbers that a transform takes.

/// Signals that are transformed side by side.
pub const LANES: usize = 16;
/// One number of each of [`LANES`] signals.
pub type Lane = [f32; LANES];

/// A floating-point number.
pub trait Real: Copy {
    /// The nearest number of this kind.
    fn from_f64(value: f64) -> Self;
}

/// A number, or one of each of several signals.
pub trait Value: Copy {
    /// What it is multiplied with.
    type Real: Real;
    /// The neutral element of [`plus`](Self::plus).
    const ZERO: Self;
    /// The sum.
    fn plus(self, other: Self) -> Self;
    /// The difference.
    fn minus(self, other: Self) -> Self;
    /// The product.
    fn times(self, factor: Self::Real) -> Self;
}

impl Real for f32 {
    fn from_f64(value: f64) -> Self {
        value as f32
    }
}

impl Real for f64 {
    fn from_f64(value: f64) -> Self {
        value
    }
}

macro_rules! number {
    ($number:ty) => {
        impl Value for $number {
            type Real = $number;
            const ZERO: Self = 0.0;

            #[inline(always)]
            fn plus(self, other: Self) -> Self {
                self + other
            }

            #[inline(always)]
            fn minus(self, other: Self) -> Self {
                self - other
            }

            #[inline(always)]
            fn times(self, factor: Self) -> Self {
                self * factor
            }
        }
    };
}

number!(f32);
number!(f64);

impl Value for Lane {
    type Real = f32;
    const ZERO: Self = [0.0; LANES];

    #[inline(always)]
    fn plus(mut self, other: Self) -> Self {
        for lane in 0..LANES {
            self[lane] += other[lane];
        }
        self
    }

    #[inline(always)]
    fn minus(mut self, other: Self) -> Self {
        for lane in 0..LANES {
            self[lane] -= other[lane];
        }
        self
    }

    #[inline(always)]
    fn times(mut self, factor: f32) -> Self {
        for value in &mut self {
            *value *= factor;
        }
        self
    }
}
