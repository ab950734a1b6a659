//! The inner loop of the search: from element to element the best of two paths to each state.
//!
//! A state in the lower half is reached from two even states, whose quantiser is the whole one, and one in the upper half from two
//! odd states: by a step in which parities leave the register alone, and by one in which they are fed back.

use super::Machine;
#[cfg(target_arch = "x86_64")]
use super::x86;
use crate::isa::Isa;

/// Errors and prices of the symbols that an element may get, the even one of the whole quantiser, the odd one, then those of the
/// between quantiser. Each is less than 2^20.
pub(super) type Costs = [u32; 4];

/// Elements whose decisions for one state make a word.
pub(super) const BLOCK: usize = 32;

/// What paths to a state cost that cannot be: more than any others cost in a block, and far from the end of `u32`.
const NEVER: u32 = 1 << 30;

/// Error and price of the best path from a state to each state of a machine in the end, and for each block of elements a word for each
/// state: which of the two before it the path to it comes from, a bit for each element, the last one lowest.
pub(super) fn advance_all(isa: Isa, machine: Machine, from: usize, costs: &[Costs]) -> (Vec<u32>, Vec<u32>) {
    let states = machine.states();
    let mut sums = vec![NEVER; states];
    sums[from] = 0;
    let mut taken = vec![0; states * costs.len().div_ceil(BLOCK)];
    for (block, taken) in costs.chunks(BLOCK).zip(taken.chunks_mut(states)) {
        advance(isa, machine, &mut sums, block, taken);
        let least = sums.iter().copied().min().unwrap_or(0);
        sums.iter_mut().for_each(|sum| *sum -= least);
    }
    (sums, taken)
}

fn advance(isa: Isa, machine: Machine, sums: &mut [u32], block: &[Costs], taken: &mut [u32]) {
    match isa {
        // SAFETY: the form is only chosen where the machine has its instructions.
        #[cfg(target_arch = "x86_64")]
        #[allow(unsafe_code)]
        Isa::Avx512 => unsafe { x86::avx512::advance(machine, sums, block, taken) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        #[allow(unsafe_code)]
        Isa::Avx2 => unsafe { x86::avx2::advance(machine, sums, block, taken) },
        Isa::Portable => advance_portable(machine, sums, block, taken),
    }
}

fn advance_portable(machine: Machine, sums: &mut [u32], block: &[Costs], taken: &mut [u32]) {
    match machine.bits() {
        3 => advance_by::<0>(sums, block, taken),
        4 => advance_by::<1>(sums, block, taken),
        5 => advance_by::<2>(sums, block, taken),
        6 => advance_by::<3>(sums, block, taken),
        7 => advance_by::<4>(sums, block, taken),
        8 => advance_by::<5>(sums, block, taken),
        _ => advance_by::<6>(sums, block, taken),
    }
}

/// The machine is known while compiling, so that states have fixed places.
#[inline(always)]
pub(super) fn advance_by<const MACHINE: u8>(sums: &mut [u32], block: &[Costs], taken: &mut [u32]) {
    const MOST: usize = Machine::LARGEST.states();
    let states = const { Machine(MACHINE).states() };
    let [quantiser, parity] = const { Machine(MACHINE).feedback() }.map(usize::from);
    let (sums, taken) = (&mut sums[..states], &mut taken[..states]);
    let mut next = [0; MOST];
    for &[even, odd, between_even, between_odd] in block {
        for half in 0..states / 2 {
            let mut reach = |to: usize, from: usize, costs: [u32; 2]| {
                let first = sums[2 * half + from] + costs[0];
                let second = sums[2 * (half ^ parity) + from] + costs[1];
                next[to] = first.min(second);
                taken[to] = taken[to] << 1 | u32::from(second < first);
            };
            reach(half, 0, [even, odd]);
            reach(half ^ quantiser, 1, [between_odd, between_even]);
        }
        sums.copy_from_slice(&next[..states]);
    }
}
