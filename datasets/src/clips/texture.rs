//! A square picture that can be looked at from anywhere.

/// Where a picture is looked at: pixels of the output to pixels of the texture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct View {
    /// Place in the texture of the middle of the output.
    pub(super) centre: [f32; 2],
    /// Pixels of the texture for each pixel of the output.
    pub(super) zoom: f32,
    /// Radians.
    pub(super) angle: f32,
}

impl View {
    /// The place in the texture of a place relative to the middle of the output.
    pub(super) fn place(&self, [x, y]: [f32; 2]) -> [f32; 2] {
        let (sine, cosine) = self.angle.sin_cos();
        [
            self.centre[0] + self.zoom * (cosine * x - sine * y),
            self.centre[1] + self.zoom * (sine * x + cosine * y),
        ]
    }
}

/// A square picture, mirrored at its borders without end.
#[derive(Debug)]
pub(super) struct Texture {
    side: usize,
    /// Linear in the values of the picture, `[row][column][colour]`.
    values: Vec<f32>,
}

impl Texture {
    pub(super) fn new(rgb: &[u8], side: usize) -> Self {
        let values = rgb.iter().map(|&value| f32::from(value)).collect();
        Self { side, values }
    }

    pub(super) fn side(&self) -> usize {
        self.side
    }

    fn mirrored(&self, at: i32) -> usize {
        let period = 2 * self.side as i32;
        let at = at.rem_euclid(period);
        at.min(period - 1 - at) as usize
    }

    /// The colour at a place, by Catmull-Rom splines.
    pub(super) fn at(&self, [x, y]: [f32; 2]) -> [f32; 3] {
        let (left, top) = (x.floor(), y.floor());
        let (along, down) = (spline(x - left), spline(y - top));
        let columns: [usize; 4] = std::array::from_fn(|k| 3 * self.mirrored(left as i32 + k as i32 - 1));
        let mut colour = [0.0; 3];
        for (k, down) in down.into_iter().enumerate() {
            let row = 3 * self.side * self.mirrored(top as i32 + k as i32 - 1);
            for (column, along) in columns.into_iter().zip(along) {
                let weight = down * along;
                let from = &self.values[row + column..row + column + 3];
                colour
                    .iter_mut()
                    .zip(from)
                    .for_each(|(sum, value)| *sum += weight * value);
            }
        }
        colour
    }
}

fn spline(t: f32) -> [f32; 4] {
    let (t2, t3) = (t * t, t * t * t);
    [
        0.5 * (-t3 + 2.0 * t2 - t),
        0.5 * (3.0 * t3 - 5.0 * t2 + 2.0),
        0.5 * (-3.0 * t3 + 4.0 * t2 + t),
        0.5 * (t3 - t2),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_places_give_the_pixels_and_borders_are_mirrors() {
        let rgb: Vec<u8> = (0..3 * 25).map(|at| (at * 7 % 256) as u8).collect();
        let texture = Texture::new(&rgb, 5);
        let pixel = |x: usize, y: usize| [0, 1, 2].map(|colour| f32::from(rgb[3 * (5 * y + x) + colour]));
        assert_eq!(texture.at([3.0, 2.0]), pixel(3, 2));
        assert_eq!(texture.at([-1.0, 5.0]), pixel(0, 4));
        assert_eq!(texture.at([10.0, -11.0]), pixel(0, 0));
        let view = View {
            centre: [2.0, 2.0],
            zoom: 2.0,
            angle: std::f32::consts::FRAC_PI_2,
        };
        let [x, y] = view.place([1.0, 0.0]);
        assert!((x - 2.0).abs() < 1e-5 && (y - 4.0).abs() < 1e-5);
    }
}
