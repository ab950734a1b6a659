//! The contexts of the bits of an index.

use super::IndexShape;
use crate::mixing::Shape;

/// Contexts of a bit.
const CONTEXTS: usize = 6;
/// Upper bits of a neighbour that a context looks at, where it looks at one alone.
const FINE: u32 = 5;
/// The same where it looks at two.
const COARSE: u32 = 3;

/// What is known beside an index: `None` before the start of the packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Neighbours {
    /// The same codebook in the frame before.
    last: Option<u16>,
    /// The same codebook two frames before.
    before_last: Option<u16>,
    /// The stage before in the same group and frame; for a first stage, that of the group before.
    above: Option<u16>,
    /// The codebook beside in another group of the same stage: of this frame if it is coded already, else of the last.
    beside: Option<u16>,
}

impl Neighbours {
    /// Those of a codebook in a frame of `values`, `[frames, books]`, of which all before it are known.
    pub(super) fn of(values: &[u16], books: usize, frame: usize, book: usize, groups: usize) -> Self {
        let at = |back: usize, book: usize| {
            let frame = frame.checked_sub(back)?;
            values.get(frame * books + book).copied().filter(|_| book < books)
        };
        let group = book % groups;
        let beside = match group {
            0 => at(1, book + groups - 1),
            _ => at(0, book - 1),
        };
        Self {
            last: at(1, book),
            before_last: at(2, book),
            above: book.checked_sub(groups).and_then(|above| at(0, above)),
            beside,
        }
    }

    /// The context of each counter for the bit after `node`, the path so far with a leading 1.
    pub(super) fn contexts(&self, node: usize, shape: &IndexShape, book: usize) -> [usize; CONTEXTS] {
        let nodes = 1usize << shape.code_bits;
        let part = |neighbour: Option<u16>, bits: u32| upper(neighbour, bits, shape.code_bits);
        let (fine, coarse) = ((1 << FINE) + 1, (1 << COARSE) + 1);
        let _ = book;
        let joint = |a: usize, b: usize| (a * coarse + b) * nodes + node;
        debug_assert!(part(self.last, FINE) < fine);
        [
            node,
            part(self.last, FINE) * nodes + node,
            part(self.above, FINE) * nodes + node,
            part(self.beside, FINE) * nodes + node,
            part(self.before_last, FINE) * nodes + node,
            joint(part(self.last, COARSE), part(self.above.or(self.beside), COARSE)),
        ]
    }

    /// The weights for the bit at `depth`.
    pub(super) fn selectors(&self, depth: u32, shape: &IndexShape) -> [usize; 2] {
        let known = usize::from(self.last.is_some()) + usize::from(self.before_last.is_some());
        [
            depth as usize * 3 + known,
            upper(self.last, COARSE, shape.code_bits),
        ]
    }
}

/// The sizes of all that.
pub(super) fn shape_of(shape: &IndexShape, _book: usize) -> Shape {
    let nodes = 1usize << shape.code_bits;
    let (fine, coarse) = ((1 << FINE) + 1, (1 << COARSE) + 1);
    let contexts = [1, fine, fine, fine, fine, coarse * coarse].map(|many| many * nodes);
    let mut shape = Shape::new(&contexts, &[shape.code_bits as usize * 3, coarse]);
    shape.limit = 1023;
    shape.shift = 18;
    shape
}

/// The upper bits of a neighbour, and one more value for none.
fn upper(neighbour: Option<u16>, bits: u32, of: u32) -> usize {
    match neighbour {
        Some(index) => usize::from(index) >> of.saturating_sub(bits),
        None => 1 << bits,
    }
}
