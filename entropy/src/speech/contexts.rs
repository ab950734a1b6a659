//! The contexts of the bits of an index.

use super::IndexShape;
use crate::mixing::Shape;

/// Contexts of a bit.
const CONTEXTS: usize = 6;
/// Upper bits of a neighbour that a context looks at, where it looks at one alone.
const FINE: u32 = 5;
/// The same where it looks at two.
const COARSE: u32 = 3;
/// Bits of an index that are coded in contexts of neighbours; further ones hardly depend on them, and their counters
/// would be most of the weights.
const DEPENDENT: u32 = 7;

/// The neighbours of an index: `None` before the start of the packet.
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
    pub(super) fn contexts(&self, node: usize, shape: &IndexShape) -> [usize; CONTEXTS] {
        let nodes = dependent_nodes(shape);
        // No path has the number 0: it stands for all that are too deep.
        let place = if node < nodes { node } else { 0 };
        let beside = |neighbour| upper(neighbour, FINE, shape.code_bits) * nodes + place;
        let [last, above] = [self.last, self.above.or(self.beside)].map(|n| upper(n, COARSE, shape.code_bits));
        [
            node,
            beside(self.last),
            beside(self.above),
            beside(self.beside),
            beside(self.before_last),
            (last * values(COARSE) + above) * nodes + place,
        ]
    }

    /// The weights for the bit at `depth`.
    pub(super) fn selectors(&self, depth: u32, shape: &IndexShape) -> [usize; 2] {
        let known = usize::from(self.last.is_some()) + usize::from(self.before_last.is_some());
        [depth as usize * 3 + known, upper(self.last, COARSE, shape.code_bits)]
    }
}

/// The sizes of all that.
pub(super) fn shape_of(shape: &IndexShape) -> Shape {
    let (alone, pair) = (values(FINE), values(COARSE) * values(COARSE));
    let dependent = [alone, alone, alone, alone, pair].map(|many| many * dependent_nodes(shape));
    let mut contexts = vec![1 << shape.code_bits];
    contexts.extend(dependent);
    let mut shape = Shape::new(&contexts, &[shape.code_bits as usize * 3, values(COARSE)]);
    shape.limit = 1023;
    shape
}

/// Paths that are told apart in contexts of neighbours.
fn dependent_nodes(shape: &IndexShape) -> usize {
    1 << shape.code_bits.min(DEPENDENT)
}

/// What [`upper`] can be.
fn values(bits: u32) -> usize {
    (1 << bits) + 1
}

/// The upper bits of a neighbour, and one more value for none.
fn upper(neighbour: Option<u16>, bits: u32, of: u32) -> usize {
    match neighbour {
        Some(index) => usize::from(index) >> of.saturating_sub(bits),
        None => 1 << bits,
    }
}
