//! The path of least error and price through the states: the Viterbi algorithm.

use super::advance::{Costs, LANES, MOST, advance_all, words};
use super::prices::{Price, Prices};
use super::{Machine, Quantiser};
use lmc_kernels::isa::Isa;

/// Elements behind a stretch that are looked at before it is decided, more than a hundred times as many as a state has bits: paths
/// that differ mostly come together within ten to twenty times as many.
pub(super) const AHEAD: usize = 2048;
/// Costs have this many fewer fractional bits than errors and prices.
pub(super) const COARSER: u32 = 3;

/// Elements that are decided at a time; what is known of them takes up to 32 MiB.
pub(super) fn stretch(machine: Machine) -> usize {
    ((1 << 24) / words(machine)).min(1 << 15)
}

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

/// The search for the best path through a series of elements.
#[derive(Debug)]
pub struct Search<'a> {
    prices: &'a Prices,
    symbols: Vec<Symbols>,
    costs: Vec<Costs>,
}

impl<'a> Search<'a> {
    /// A search that has seen nothing; `elements` is how many are expected.
    pub fn new(prices: &'a Prices, elements: usize) -> Self {
        Self {
            prices,
            symbols: Vec::with_capacity(elements),
            costs: Vec::with_capacity(elements),
        }
    }

    #[cfg(test)]
    pub(super) fn costs(&self) -> &[Costs] {
        &self.costs
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
        self.symbols.push([a.0, b.0, c.0, d.0]);
        let costs = [a.1, b.1, c.1, d.1];
        let least = a.1.min(b.1).min(c.1).min(d.1);
        self.costs
            .push(costs.map(|cost| ((cost - least) >> COARSER).min(u32::from(MOST)) as u16));
    }

    /// The symbols of the best path, one for each element.
    ///
    /// Memory is that of a stretch however many elements there are. Paths that are the best up to an element far behind a stretch have
    /// long come together in it, so what stretches have together is the best of all; if they ever have not, it is a little worse.
    pub fn finish(self, machine: Machine) -> Vec<i16> {
        let mut path = vec![0; self.symbols.len()];
        let mut state = 0;
        for start in (0..path.len()).step_by(stretch(machine)) {
            let end = (start + stretch(machine) + AHEAD).min(path.len());
            let (sums, taken) = advance_all(Isa::best(), machine, state, &self.costs[start..end]);
            let ends = sums.iter().zip(0..);
            let last = ends.min().map_or(0, |(_, state)| state);
            state = self.go_back(machine, last, &taken, start, &mut path[start..end]);
        }
        path
    }

    /// Fills in the symbols of the best path to a state in the end, for elements from `start` on; returns its state behind the first
    /// stretch.
    pub(super) fn go_back(
        &self,
        machine: Machine,
        last: usize,
        taken: &[u16],
        start: usize,
        path: &mut [i16],
    ) -> usize {
        let states = machine.states();
        let [quantiser, parity] = machine.feedback().map(usize::from);
        let (mut state, mut behind) = (last, last);
        let each = path.iter_mut().zip(&self.symbols[start..]);
        for (index, ((symbol, symbols), taken)) in each.zip(taken.chunks(words(machine))).enumerate().rev() {
            if index + 1 == stretch(machine) {
                behind = state;
            }
            let other = usize::from(taken[state / LANES] >> (state % LANES) & 1);
            let between = usize::from(state >= states / 2);
            let half = state ^ (quantiser * between) ^ (parity * other);
            *symbol = symbols[2 * between + (between ^ other)];
            state = 2 * half + between;
        }
        behind
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
