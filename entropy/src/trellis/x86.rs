//! The inner loop of the search for x86-64, for AVX-512 and AVX2. It differs from the portable one in speed alone.

use super::Machine;
use super::advance::{Costs, advance_by};

/// The loop in terms of the operations on registers that a module has, once for each set of instructions.
macro_rules! advance {
    ($feature:literal) => {
        /// `COUNT` registers of sums, so many as the machine has states over [`LANES`].
        #[inline]
        #[target_feature(enable = $feature)]
        fn registers<const MACHINE: u8, const COUNT: usize>(sums: &mut [u32], block: &[Costs], taken: &mut [u32]) {
            let [quantiser, parity] = const { Machine(MACHINE).feedback() }.map(usize::from);
            // Lanes of the other state before a state, and of both before one that the between quantiser leads to.
            let [other, turned, turned_other] = [parity, quantiser, quantiser ^ parity].map(|turn| {
                let lanes = std::array::from_fn(|lane| (lane ^ turn % LANES) as u32);
                load(&lanes)
            });
            let (sums, taken) = (sums.as_chunks_mut::<LANES>().0, taken.as_chunks_mut::<LANES>().0);
            let mut now: [Register; COUNT] = std::array::from_fn(|at| load(&sums[at]));
            let mut words: [Register; COUNT] = std::array::from_fn(|at| load(&taken[at]));
            let mut next = now;
            let mut advance = |now: &[Register; COUNT], next: &mut [Register; COUNT], costs: &Costs| {
                let [even, odd, between_even, between_odd] = costs.map(|cost| all(cost));
                for half in 0..COUNT / 2 {
                    let far = half ^ (parity / LANES);
                    let [near, far] = [half, far].map(|half| [now[2 * half], now[2 * half + 1]]);
                    let first = add(evens(near), even);
                    let second = add(permuted(evens(far), other), odd);
                    next[half] = decide(first, second, &mut words[half]);
                    let to = half ^ (quantiser / LANES);
                    let first = add(permuted(odds(near), turned), between_odd);
                    let second = add(permuted(odds(far), turned_other), between_even);
                    next[to] = decide(first, second, &mut words[to]);
                }
            };
            // Two at a time, so that nothing is copied.
            let (pairs, last) = block.as_chunks::<2>();
            for [first, second] in pairs {
                advance(&now, &mut next, first);
                advance(&next, &mut now, second);
            }
            if let [last] = last {
                advance(&now, &mut next, last);
                now = next;
            }
            for at in 0..COUNT {
                sums[at] = store(now[at]);
                taken[at] = store(words[at]);
            }
        }
    };
}

pub(super) mod avx512 {
    use std::arch::x86_64::*;

    use super::*;

    type Register = __m512i;
    const LANES: usize = 16;

    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
    pub(in super::super) fn advance(machine: Machine, sums: &mut [u32], block: &[Costs], taken: &mut [u32]) {
        match machine.bits() {
            // These fit into one register, which the compiler finds by itself.
            3 => advance_by::<0>(sums, block, taken),
            4 => advance_by::<1>(sums, block, taken),
            5 => registers::<2, 2>(sums, block, taken),
            6 => registers::<3, 4>(sums, block, taken),
            7 => registers::<4, 8>(sums, block, taken),
            8 => registers::<5, 16>(sums, block, taken),
            _ => registers::<6, 128>(sums, block, taken),
        }
    }

    advance!("avx512f,avx512bw,avx512dq,avx512vl");

    /// The lesser of two sums; which one it is moves into the words.
    #[inline]
    #[target_feature(enable = "avx512f")]
    fn decide(first: Register, second: Register, words: &mut Register) -> Register {
        let less = _mm512_cmplt_epu32_mask(second, first);
        let moved = _mm512_add_epi32(*words, *words);
        *words = _mm512_mask_add_epi32(moved, less, moved, _mm512_set1_epi32(1));
        _mm512_min_epu32(first, second)
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    fn evens([low, high]: [Register; 2]) -> Register {
        let places = load(&std::array::from_fn(|lane| 2 * lane as u32));
        _mm512_permutex2var_epi32(low, places, high)
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    fn odds([low, high]: [Register; 2]) -> Register {
        let places = load(&std::array::from_fn(|lane| 2 * lane as u32 + 1));
        _mm512_permutex2var_epi32(low, places, high)
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    fn permuted(values: Register, lanes: Register) -> Register {
        _mm512_permutexvar_epi32(lanes, values)
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    fn add(a: Register, b: Register) -> Register {
        _mm512_add_epi32(a, b)
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    fn all(value: u32) -> Register {
        _mm512_set1_epi32(value as i32)
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    #[allow(unsafe_code)]
    fn load(values: &[u32; LANES]) -> Register {
        // SAFETY: the array is as long as what is read, and needs no alignment.
        unsafe { _mm512_loadu_si512(values.as_ptr().cast()) }
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    #[allow(unsafe_code)]
    fn store(values: Register) -> [u32; LANES] {
        let mut out = [0; LANES];
        // SAFETY: the array is as long as what is written, and needs no alignment.
        unsafe { _mm512_storeu_si512(out.as_mut_ptr().cast(), values) };
        out
    }
}

pub(super) mod avx2 {
    use std::arch::x86_64::*;

    use super::*;

    type Register = __m256i;
    const LANES: usize = 8;

    #[target_feature(enable = "avx2")]
    pub(in super::super) fn advance(machine: Machine, sums: &mut [u32], block: &[Costs], taken: &mut [u32]) {
        match machine.bits() {
            // These fit into one register, which the compiler finds by itself.
            3 => advance_by::<0>(sums, block, taken),
            4 => registers::<1, 2>(sums, block, taken),
            5 => registers::<2, 4>(sums, block, taken),
            6 => registers::<3, 8>(sums, block, taken),
            7 => registers::<4, 16>(sums, block, taken),
            8 => registers::<5, 32>(sums, block, taken),
            _ => registers::<6, 256>(sums, block, taken),
        }
    }

    advance!("avx2");

    /// The lesser of two sums, which are less than 2^31; which one it is moves into the words.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn decide(first: Register, second: Register, words: &mut Register) -> Register {
        let less = _mm256_cmpgt_epi32(first, second);
        *words = _mm256_sub_epi32(_mm256_add_epi32(*words, *words), less);
        _mm256_min_epu32(first, second)
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn evens([low, high]: [Register; 2]) -> Register {
        split::<0b10_00_10_00>(low, high)
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn odds([low, high]: [Register; 2]) -> Register {
        split::<0b11_01_11_01>(low, high)
    }

    /// Two lanes of each half of two registers, in order.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn split<const LANES: i32>(low: Register, high: Register) -> Register {
        let (low, high) = (_mm256_castsi256_ps(low), _mm256_castsi256_ps(high));
        let halves = _mm256_castps_si256(_mm256_shuffle_ps::<LANES>(low, high));
        _mm256_permute4x64_epi64::<0b11_01_10_00>(halves)
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn permuted(values: Register, lanes: Register) -> Register {
        _mm256_permutevar8x32_epi32(values, lanes)
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn add(a: Register, b: Register) -> Register {
        _mm256_add_epi32(a, b)
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn all(value: u32) -> Register {
        _mm256_set1_epi32(value as i32)
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    #[allow(unsafe_code)]
    fn load(values: &[u32; LANES]) -> Register {
        // SAFETY: the array is as long as what is read, and needs no alignment.
        unsafe { _mm256_loadu_si256(values.as_ptr().cast()) }
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    #[allow(unsafe_code)]
    fn store(values: Register) -> [u32; LANES] {
        let mut out = [0; LANES];
        // SAFETY: the array is as long as what is written, and needs no alignment.
        unsafe { _mm256_storeu_si256(out.as_mut_ptr().cast(), values) };
        out
    }
}
