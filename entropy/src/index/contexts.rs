//! What a turn at a node is predicted from.

use super::tree::Tree;
use super::{NEIGHBOURS, Situation};
use crate::mixing::Shape;

/// Steps on each side of the middle between two children, in which a guess is placed.
const FINE: i64 = 16;
/// The same for single neighbours.
const COARSE: i64 = 6;
const FINE_PLACES: usize = 2 * FINE as usize + 1;
const COARSE_PLACES: usize = 2 * COARSE as usize + 1;
/// What a neighbour did at this node: was not here, went low, went high.
const DEEDS: usize = 3;
const ALL_DEEDS: usize = DEEDS.pow(NEIGHBOURS as u32);
/// Nodes near the root, each with contexts of its own.
const UPPER_NODES: usize = 1 << 11;
/// Most levels of a tree, and one for no level.
const LEVELS: usize = 16;
/// How many logits the guesses give.
const OPINIONS: usize = 6;
const CONTEXTS: usize = 7;
/// Bits of the node in the first tree that turns in the second one know.
pub(super) const HINT_BITS: u32 = 8;
const HINTS: usize = 1 << HINT_BITS;
/// Nodes of the second tree that know it.
const HINTED: usize = 64;
const SELECTORS: usize = 3;

/// What the predictor of turns is made of.
pub(super) fn shape_of(depth: u32) -> Shape {
    let contexts = [
        1 << depth,
        LEVELS * FINE_PLACES,
        LEVELS * COARSE_PLACES * COARSE_PLACES,
        LEVELS * ALL_DEEDS,
        UPPER_NODES * DEEDS * DEEDS,
        ALL_DEEDS * FINE_PLACES,
        HINTS * HINTED,
    ];
    Shape {
        opinions: OPINIONS,
        limit: 1000,
        ..Shape::new(&contexts, &[LEVELS * LEVELS, FINE_PLACES, ALL_DEEDS])
    }
}

/// A turn at a node: low or high.
pub(super) struct Turn {
    pub(super) contexts: [usize; CONTEXTS],
    pub(super) selectors: [usize; SELECTORS],
    pub(super) opinions: [i32; OPINIONS],
}

impl Turn {
    /// The turn at `node`, `level` levels below the root, of a path that goes to `depth`; `neighbours` are nodes of the
    /// same tree.
    pub(super) fn new(
        tree: &Tree,
        situation: &Situation,
        neighbours: [u16; NEIGHBOURS],
        node: u16,
        [level, depth]: [u32; 2],
        hint: u16,
    ) -> Self {
        let children = [2 * node, 2 * node + 1].map(|child| tree.vector(child));
        let leanings = situation.guesses.each_ref().map(|guess| Leaning::of(guess, children));
        let deeds = neighbours.map(|neighbour| deed(neighbour, node, level, depth));
        let all_deeds = deeds.iter().fold(0, |all, deed| DEEDS * all + deed);
        let [all, left, above] = leanings;
        let (level, depth) = (level as usize % LEVELS, depth as usize % LEVELS);
        let fine = all.place(FINE);
        let coarse = COARSE_PLACES * left.place(COARSE) + above.place(COARSE);
        let node = usize::from(node);
        let contexts = [
            node,
            FINE_PLACES * level + fine,
            COARSE_PLACES * COARSE_PLACES * level + coarse,
            ALL_DEEDS * level + all_deeds,
            DEEDS * DEEDS * (node % UPPER_NODES) + DEEDS * deeds[0] + deeds[2],
            FINE_PLACES * all_deeds + fine,
            HINTED * (usize::from(hint) % HINTS) + if node < HINTED { node } else { 0 },
        ];
        let opinions = [all, left, above].map(|leaning| [leaning.absolute(), leaning.relative()]);
        Self {
            contexts,
            selectors: [LEVELS * level + depth, fine, all_deeds],
            opinions: [
                opinions[0][0],
                opinions[0][1],
                opinions[1][0],
                opinions[1][1],
                opinions[2][0],
                opinions[2][1],
            ],
        }
    }
}

/// What a neighbour did at a node: 0 was not here, 1 went low, 2 went high.
fn deed(neighbour: u16, node: u16, level: u32, depth: u32) -> usize {
    let behind = depth.saturating_sub(level);
    if behind == 0 || neighbour == 0 || neighbour >> behind != node {
        return 0;
    }
    1 + usize::from(neighbour >> (behind - 1) & 1)
}

/// How much nearer a guess lies to the high child than to the low one.
#[derive(Clone, Copy)]
struct Leaning {
    /// The difference of squared distances.
    difference: i64,
    /// The squared distance of the children.
    apart: i64,
}

impl Leaning {
    fn of(guess: &[i32], [low, high]: [&[i16]; 2]) -> Self {
        let mut leaning = Self {
            difference: 0,
            apart: 0,
        };
        for ((guess, low), high) in guess.iter().zip(low).zip(high) {
            let (guess, low, high) = (i64::from(*guess), i64::from(*low), i64::from(*high));
            leaning.difference += (high - low) * (2 * guess - low - high);
            leaning.apart += (high - low) * (high - low);
        }
        leaning
    }

    /// 0 to twice `steps`; a guess on a child itself is half of `steps` away from the middle.
    fn place(self, steps: i64) -> usize {
        let scaled = 2 * self.difference * steps + self.apart;
        let place = scaled.div_euclid((4 * self.apart).max(1));
        (place.clamp(-steps, steps) + steps) as usize
    }

    /// As a logit, by squared distances.
    fn absolute(self) -> i32 {
        (self.difference >> 4).clamp(-2816, 2816) as i32
    }

    /// As a logit, by how far the children lie apart.
    fn relative(self) -> i32 {
        (512 * self.difference / self.apart.max(1)).clamp(-2816, 2816) as i32
    }
}
