//! A drawing of lines, marks and words, which becomes SVG or PNG.

/// A drawing in points, the origin at the top left.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Scene {
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
    /// The shapes, in drawing order.
    pub items: Vec<Item>,
}

/// A part of a drawing.
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    /// A line through points.
    Line {
        /// The points.
        points: Vec<(f64, f64)>,
        /// `#rrggbb`
        colour: &'static str,
        /// Width of the stroke.
        width: f64,
        /// Whether it is dashed.
        dashed: bool,
    },
    /// A mark of a point.
    Mark {
        /// Its centre.
        at: (f64, f64),
        /// Its shape.
        mark: Mark,
        /// `#rrggbb`
        colour: &'static str,
        /// Half of its height.
        radius: f64,
    },
    /// Words on one line.
    Text {
        /// The words.
        text: String,
        /// Where their baseline begins, is centred or ends.
        at: (f64, f64),
        /// Which of these.
        anchor: Anchor,
        /// Height of the letters.
        size: f64,
        /// `#rrggbb`
        colour: &'static str,
        /// Whether they run upwards.
        upwards: bool,
    },
}

/// A shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// A circle.
    Disc,
    /// A square.
    Square,
    /// A triangle.
    Triangle,
    /// A square on its corner.
    Diamond,
    /// A triangle on its corner.
    Wedge,
}

/// What of a text lies at its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// Its beginning.
    Start,
    /// Its middle.
    Middle,
    /// Its end.
    End,
}

impl Mark {
    /// The corners around `(x, y)`; a disc has none.
    pub(super) fn corners(self, (x, y): (f64, f64), radius: f64) -> Vec<(f64, f64)> {
        let r = radius;
        match self {
            Self::Disc => Vec::new(),
            Self::Square => {
                let r = 0.88 * r;
                vec![(x - r, y - r), (x + r, y - r), (x + r, y + r), (x - r, y + r)]
            }
            Self::Triangle => vec![(x, y - 1.2 * r), (x + 1.1 * r, y + 0.8 * r), (x - 1.1 * r, y + 0.8 * r)],
            Self::Wedge => vec![(x, y + 1.2 * r), (x + 1.1 * r, y - 0.8 * r), (x - 1.1 * r, y - 0.8 * r)],
            Self::Diamond => vec![
                (x, y - 1.25 * r),
                (x + 1.25 * r, y),
                (x, y + 1.25 * r),
                (x - 1.25 * r, y),
            ],
        }
    }
}

impl Scene {
    /// Adds a plain line.
    pub(super) fn line(&mut self, from: (f64, f64), to: (f64, f64), colour: &'static str, width: f64) {
        self.items.push(Item::Line {
            points: vec![from, to],
            colour,
            width,
            dashed: false,
        });
    }

    /// Adds words.
    pub(super) fn text(&mut self, text: impl Into<String>, at: (f64, f64), anchor: Anchor, size: f64) {
        self.items.push(Item::Text {
            text: text.into(),
            at,
            anchor,
            size,
            colour: "#24292f",
            upwards: false,
        });
    }

    /// Adds a mark.
    pub(super) fn mark(&mut self, at: (f64, f64), (colour, mark): (&'static str, Mark), radius: f64) {
        self.items.push(Item::Mark {
            at,
            mark,
            colour,
            radius,
        });
    }

    /// As SVG, with words as words.
    pub fn to_svg(&self) -> String {
        super::svg::write(self)
    }

    /// As PNG of twice as many pixels as points; nothing for a drawing without size.
    pub fn to_png(&self) -> Option<Vec<u8>> {
        super::raster::write(self)
    }
}
