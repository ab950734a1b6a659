//! The path of least error and price through the states: the Viterbi algorithm.

use super::prices::{Price, Prices};
use super::{Quantiser, STATES, next};

/// An element before it is quantised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Element {
    /// Distance to the mean in 1/256 steps, at most 2^20.
    pub distance: i32,
    /// The index of its tables.
    pub scale: u8,
}

/// The symbols that an element may get: the best one of each parity, the whole quantiser first.
type Symbols = [i16; 4];

/// The states before each state, and which of [`Symbols`] leads from there.
const BEFORE: [[(u8, u8); 2]; STATES] = before();

/// Elements between two looks at how large sums have become: a sum grows by less than 2^20 for each.
const RENEW: usize = 1 << 10;

/// A path through the elements so far, for each state that it may end in.
#[derive(Debug)]
pub struct Search<'a> {
    prices: &'a Prices,
    /// Error and price of the best path to each state.
    sums: [u32; STATES],
    /// For each element a bit for each state: which of the two before it the best path comes from.
    taken: Vec<u8>,
    symbols: Vec<Symbols>,
}

impl<'a> Search<'a> {
    /// A search that has seen nothing; `elements` is how many are expected.
    pub fn new(prices: &'a Prices, elements: usize) -> Self {
        let mut sums = [u32::MAX / 4; STATES];
        sums[0] = 0;
        Self {
            prices,
            sums,
            taken: Vec::with_capacity(elements),
            symbols: Vec::with_capacity(elements),
        }
    }

    /// Goes on by one element.
    pub fn push(&mut self, element: Element) {
        let Some([whole, between]) = self.prices.at(element.scale) else {
            return;
        };
        let distance = element.distance.clamp(-(1 << 20), 1 << 20);
        let ([a, b], [c, d]) = (
            candidates(Quantiser::Whole, distance, whole),
            candidates(Quantiser::Between, distance, between),
        );
        let costs = [a.1, b.1, c.1, d.1];
        self.symbols.push([a.0, b.0, c.0, d.0]);
        let mut taken = 0;
        let mut sums = [0; STATES];
        for (state, (sum, [first, second])) in sums.iter_mut().zip(BEFORE).enumerate() {
            let to = |(from, symbol): (u8, u8)| self.sums[usize::from(from)] + costs[usize::from(symbol)];
            let (first, second) = (to(first), to(second));
            *sum = first.min(second);
            taken |= u8::from(second < first) << state;
        }
        self.sums = sums;
        self.taken.push(taken);
        if self.taken.len().is_multiple_of(RENEW) {
            let least = self.sums.iter().copied().min().unwrap_or(0);
            self.sums.iter_mut().for_each(|sum| *sum -= least);
        }
    }

    /// The symbols of the best path, one for each element.
    pub fn finish(self) -> Vec<i16> {
        let ends = self.sums.iter().zip(0u8..);
        let mut state = ends.min().map_or(0, |(_, state)| state);
        let mut path = vec![0; self.symbols.len()];
        let elements = self.taken.iter().zip(&self.symbols);
        for (symbol, (taken, symbols)) in path.iter_mut().zip(elements).rev() {
            let (before, which) = BEFORE[usize::from(state)][usize::from(taken >> state & 1)];
            *symbol = symbols[usize::from(which)];
            state = before;
        }
        path
    }
}

/// The best symbol of each parity, even first, with its squared error and price.
#[inline(always)]
fn candidates(quantiser: Quantiser, distance: i32, price: &Price) -> [(i16, u32); 2] {
    let nearest = match quantiser {
        Quantiser::Whole => (distance + 128) >> 8,
        Quantiser::Between => ((distance.abs() + 255) >> 8) * distance.signum(),
    };
    let rated = |symbol: i32| {
        let error = distance - 128 * quantiser.point(symbol);
        (symbol as i16, (error * error) as u32 + price.of(symbol))
    };
    let (own, low, high) = (rated(nearest), rated(nearest - 1), rated(nearest + 1));
    let other = if low.1 < high.1 { low } else { high };
    if nearest & 1 == 0 { [own, other] } else { [other, own] }
}

const fn before() -> [[(u8, u8); 2]; STATES] {
    let mut table = [[(0, 0); 2]; STATES];
    let mut found = [0; STATES];
    let mut edge = 0;
    while edge < 2 * STATES as u8 {
        let (state, parity) = (edge / 2, edge % 2);
        let to = next(state, parity) as usize;
        table[to][found[to]] = (state, (state & 1) * 2 + parity);
        found[to] += 1;
        edge += 1;
    }
    table
}
