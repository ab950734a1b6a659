//! How a picture lies: the eight ways to turn and mirror it.

use std::borrow::Cow;
use std::fmt;

use rayon::prelude::*;

use super::{Image, Samples};
use crate::error::Result;
use crate::tiles::Rect;

/// How the picture that is coded lies, seen from the one that is shown.
///
/// What is shown is mirrored from left to right, then from top to bottom, and then rows become columns; each of the three or not. Models
/// know what they have learned better in some of the ways a picture can lie than in others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Orientation(u8);

const MIRRORED: u8 = 1;
const UPSIDE_DOWN: u8 = 2;
const TRANSPOSED: u8 = 4;

impl Orientation {
    /// How many there are.
    pub const COUNT: usize = 8;

    /// All of them, that of pictures that are coded as they are shown first.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..).map_while(Self::of_number)
    }

    /// The orientation of a number: 1 for mirrored, 2 for upside down, 4 for transposed, added up.
    pub fn of_number(number: u8) -> Option<Self> {
        (usize::from(number) < Self::COUNT).then_some(Self(number))
    }

    /// The number of the orientation.
    pub fn number(self) -> u8 {
        self.0
    }

    fn is(self, part: u8) -> bool {
        self.0 & part != 0
    }

    /// Swaps width and height between the shown and the coded image, if they differ.
    pub(crate) fn sides<T>(self, [width, height]: [T; 2]) -> [T; 2] {
        if self.is(TRANSPOSED) {
            [height, width]
        } else {
            [width, height]
        }
    }

    /// The rectangle of the coded image for one of the shown image, whose size is `shown`.
    pub(crate) fn coded(self, rect: &Rect, shown: [u32; 2]) -> Rect {
        self.transposed(&self.mirrored(rect, shown))
    }

    /// The rectangle of the shown image, whose size is `shown`, for one of the coded image.
    pub(crate) fn shown(self, rect: &Rect, shown: [u32; 2]) -> Rect {
        self.mirrored(&self.transposed(rect), shown)
    }

    fn mirrored(self, rect: &Rect, [width, height]: [u32; 2]) -> Rect {
        Rect {
            x: if self.is(MIRRORED) {
                width - rect.right()
            } else {
                rect.x
            },
            y: if self.is(UPSIDE_DOWN) {
                height - rect.bottom()
            } else {
                rect.y
            },
            ..*rect
        }
    }

    fn transposed(self, rect: &Rect) -> Rect {
        let ([x, y], [width, height]) = (self.sides([rect.x, rect.y]), self.sides([rect.width, rect.height]));
        Rect { x, y, width, height }
    }
}

impl fmt::Display for Orientation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            (MIRRORED, "mirrored"),
            (UPSIDE_DOWN, "upside down"),
            (TRANSPOSED, "transposed"),
        ];
        let parts: Vec<&str> = parts
            .iter()
            .filter(|(part, _)| self.is(*part))
            .map(|(_, name)| *name)
            .collect();
        match parts.as_slice() {
            [] => f.write_str("upright"),
            parts => f.write_str(&parts.join(", ")),
        }
    }
}

impl Image {
    /// The picture that is coded for this one, with its metadata.
    pub(crate) fn coded(&self, orientation: Orientation) -> Result<Cow<'_, Self>> {
        if orientation == Orientation::default() {
            return Ok(Cow::Borrowed(self));
        }
        let shown = [self.width, self.height];
        let turned = self.turned(orientation, |pixel| orientation.shown(pixel, shown))?;
        Ok(Cow::Owned(turned))
    }

    /// The picture that is shown for this one, which was coded.
    pub(crate) fn shown(self, orientation: Orientation) -> Result<Self> {
        if orientation == Orientation::default() {
            return Ok(self);
        }
        let shown = orientation.sides([self.width, self.height]);
        self.turned(orientation, |pixel| orientation.coded(pixel, shown))
    }

    /// A picture of the other sides, if they are other; `source` says which pixel of this one is at one of that.
    fn turned(&self, orientation: Orientation, source: impl Fn(&Rect) -> Rect + Sync) -> Result<Self> {
        let [width, height] = orientation.sides([self.width, self.height]);
        let place = |x: u32, y: u32| {
            let Rect { x, y, .. } = source(&Rect {
                x,
                y,
                width: 1,
                height: 1,
            });
            y as usize * self.width as usize + x as usize
        };
        let turned = |samples: &Samples, channels: usize| match samples {
            Samples::U8(all) => Samples::U8(gathered(all, channels, [width, height], place)),
            Samples::U16(all) => Samples::U16(gathered(all, channels, [width, height], place)),
        };
        let samples = turned(&self.samples, self.color.channels());
        let alpha = self.alpha.as_ref().map(|alpha| turned(alpha, 1));
        let picture = Self::new(width, height, self.color, samples, alpha)?;
        Ok(picture.with_metadata(self.metadata.clone()))
    }
}

/// The pixels at the places that `place` says, row by row.
fn gathered<T: Copy + Send + Sync>(
    all: &[T],
    channels: usize,
    [width, height]: [u32; 2],
    place: impl Fn(u32, u32) -> usize + Sync,
) -> Vec<T> {
    let rows = (0..height).into_par_iter().flat_map_iter(|y| {
        let place = &place;
        (0..width).flat_map(move |x| {
            let at = place(x, y) * channels;
            all.get(at..at + channels).unwrap_or_default().iter().copied()
        })
    });
    rows.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::image::Color;

    #[test]
    fn numbers_say_what_is_done() {
        let picture = Image::new(3, 2, Color::Gray, Samples::U8(vec![1, 2, 3, 4, 5, 6]), None).unwrap();
        for (number, size, wanted) in [
            (0, [3, 2], [1, 2, 3, 4, 5, 6]),
            (1, [3, 2], [3, 2, 1, 6, 5, 4]),
            (2, [3, 2], [4, 5, 6, 1, 2, 3]),
            (4, [2, 3], [1, 4, 2, 5, 3, 6]),
            (5, [2, 3], [3, 6, 2, 5, 1, 4]),
            (7, [2, 3], [6, 3, 5, 2, 4, 1]),
        ] {
            let coded = picture.coded(Orientation::of_number(number).unwrap()).unwrap();
            assert_eq!([coded.width(), coded.height()], size, "{number}");
            assert_eq!(coded.samples(), &Samples::U8(wanted.to_vec()), "{number}");
        }
        assert_eq!(Orientation::default().to_string(), "upright");
        assert_eq!(Orientation::of_number(5).unwrap().to_string(), "mirrored, transposed");
        assert_eq!(Orientation::of_number(8), None);
        assert_eq!(Orientation::all().count(), Orientation::COUNT);
    }

    #[test]
    fn what_is_shown_is_what_was_given() {
        let samples = Samples::U16((0..3 * 5 * 4).collect());
        let alpha = Samples::U16((100..120).collect());
        let picture = Image::new(5, 4, Color::Rgb, samples, Some(alpha)).unwrap();
        let picture = picture.with_icc(Some(vec![1])).with_exif(Some(vec![2]));
        for orientation in Orientation::all() {
            let coded = picture.coded(orientation).unwrap();
            assert_eq!(
                coded.clone().into_owned().shown(orientation).unwrap(),
                picture,
                "{orientation:?}"
            );
            let part = Rect {
                x: 1,
                y: 0,
                width: 3,
                height: 2,
            };
            let in_coded = orientation.coded(&part, [5, 4]);
            assert_eq!(orientation.shown(&in_coded, [5, 4]), part);
            let cut = coded.into_owned().part(&in_coded).unwrap().shown(orientation).unwrap();
            assert_eq!(cut, picture.clone().part(&part).unwrap(), "{orientation:?}");
        }
    }
}
