//! The inner loop of the search: from element to element the best of two paths to each state.
//!
//! A state in the lower half is reached from two even states, whose quantiser is the whole one, and one in the upper half from two
//! odd states: by a step in which parities leave the register alone, and by one in which they are fed back.

use super::Machine;
#[cfg(target_arch = "x86_64")]
use super::x86;
use lmc_kernels::isa::Isa;

/// Errors and prices of the symbols that an element may get, the even one of the whole quantiser, the odd one, then those of the
/// between quantiser; the least of them is 0.
pub(super) type Costs = [u16; 4];

/// The most that a cost is.
pub(super) const MOST: u16 = 1 << 14;

/// States whose decisions are in a word.
pub(super) const LANES: usize = 16;

/// Elements after which the least sum is taken off all.
const BLOCK: usize = 8;

/// What paths cost that do not begin in the first state: more than any others before all states are reached.
const NEVER: u32 = 1 << 30;

/// Words of the decisions for an element.
pub(super) fn words(machine: Machine) -> usize {
    machine.states().div_ceil(LANES)
}

/// Error and price of the best path from a state to each state of a machine in the end, and for each element words of decisions: which
/// of the two states before it the path to a state comes from, a bit for each state, the first one lowest.
///
/// Sums are exact until each state has a path. From there on they are cut off, which only paths are that are far from being the best.
pub(super) fn advance_all(isa: Isa, machine: Machine, from: usize, costs: &[Costs]) -> (Vec<u16>, Vec<u16>) {
    let mut taken = vec![0; words(machine) * costs.len()];
    let (first, costs) = costs.split_at(costs.len().min(machine.bits() as usize));
    let (first_taken, taken_behind) = taken.split_at_mut(words(machine) * first.len());
    let mut sums = begin(machine, from, first, first_taken);
    for (costs, taken) in costs.chunks(BLOCK).zip(taken_behind.chunks_mut(BLOCK * words(machine))) {
        let least = sums.iter().copied().min().unwrap_or(0);
        sums.iter_mut().for_each(|sum| *sum -= least);
        advance(isa, machine, &mut sums, costs, taken);
    }
    (sums, taken)
}

/// The first elements, of which there are no more than a state has bits.
fn begin(machine: Machine, from: usize, costs: &[Costs], taken: &mut [u16]) -> Vec<u16> {
    let mut sums = vec![NEVER; machine.states()];
    sums[from] = 0;
    advance_portable(machine, &mut sums, costs, taken);
    let least = sums.iter().copied().min().unwrap_or(0);
    let rest = |sum: u32| u16::try_from(sum - least).unwrap_or(u16::MAX);
    sums.into_iter().map(rest).collect()
}

fn advance(isa: Isa, machine: Machine, sums: &mut [u16], costs: &[Costs], taken: &mut [u16]) {
    match isa {
        // SAFETY: the form is only chosen where the machine has its instructions.
        #[cfg(target_arch = "x86_64")]
        #[allow(unsafe_code)]
        Isa::Avx512(_) => unsafe { x86::avx512::advance(machine, sums, costs, taken) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        #[allow(unsafe_code)]
        Isa::Avx2(_) => unsafe { x86::avx2::advance(machine, sums, costs, taken) },
        // The search is the encoder's: WebAssembly has no form of its own.
        _ => advance_portable(machine, sums, costs, taken),
    }
}

/// Sums of costs.
pub(super) trait Sum: Copy + Ord + Default {
    /// The sum with a cost more, if it can be so much.
    fn plus(self, cost: u16) -> Self;
}

impl Sum for u16 {
    #[inline(always)]
    fn plus(self, cost: u16) -> Self {
        self.saturating_add(cost)
    }
}

impl Sum for u32 {
    #[inline(always)]
    fn plus(self, cost: u16) -> Self {
        self.saturating_add(u32::from(cost))
    }
}

#[inline(always)]
pub(super) fn advance_portable<T: Sum>(machine: Machine, sums: &mut [T], costs: &[Costs], taken: &mut [u16]) {
    let [quantiser, parity] = machine.feedback().map(usize::from);
    let mut next = vec![T::default(); sums.len()];
    for (&[even, odd, between_even, between_odd], taken) in costs.iter().zip(taken.chunks_exact_mut(words(machine))) {
        for half in 0..sums.len() / 2 {
            let mut reach = |to: usize, from: usize, costs: [u16; 2]| {
                let first = sums[2 * half + from].plus(costs[0]);
                let second = sums[2 * (half ^ parity) + from].plus(costs[1]);
                next[to] = first.min(second);
                taken[to / LANES] |= u16::from(second < first) << (to % LANES);
            };
            reach(half, 0, [even, odd]);
            reach(half ^ quantiser, 1, [between_odd, between_even]);
        }
        sums.copy_from_slice(&next);
    }
}
