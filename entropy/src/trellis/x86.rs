//! The inner loop of the search for x86-64, for AVX-512 and AVX2. It differs from the portable one in speed alone.

use super::Machine;
use super::advance::{Costs, LANES as WORD, advance_portable};

/// The loop in terms of the operations on registers that a module has, once for each set of instructions.
macro_rules! advance {
    ($feature:literal) => {
        #[target_feature(enable = $feature)]
        pub(in super::super) fn advance(machine: Machine, sums: &mut [u16], costs: &[Costs], taken: &mut [u16]) {
            // Those with less states than two registers are for encoders in a hurry, which take the others.
            match machine.states() / LANES {
                0 | 1 => advance_portable(machine, sums, costs, taken),
                2 => registers::<2>(machine, sums, costs, taken),
                4 => registers::<4>(machine, sums, costs, taken),
                8 => registers::<8>(machine, sums, costs, taken),
                16 => registers::<16>(machine, sums, costs, taken),
                count => many(count, machine, sums, costs, taken),
            }
        }

        /// `COUNT` registers of sums, one for each [`LANES`] states of the machine; they stay registers.
        #[inline]
        #[target_feature(enable = $feature)]
        fn registers<const COUNT: usize>(machine: Machine, sums: &mut [u16], costs: &[Costs], taken: &mut [u16]) {
            let turns = Turns::new(machine);
            let sums = sums.as_chunks_mut::<LANES>().0;
            let mut now: [Register; COUNT] = std::array::from_fn(|at| load(&sums[at]));
            let mut next = now;
            for (costs, taken) in costs.iter().zip(taken.chunks_exact_mut(COUNT * LANES / WORD)) {
                turns.element(&now, &mut next, costs, taken);
                now = next;
            }
            for at in 0..COUNT {
                sums[at] = store(now[at]);
            }
        }

        /// As many as there are.
        #[inline]
        #[target_feature(enable = $feature)]
        fn many(count: usize, machine: Machine, sums: &mut [u16], costs: &[Costs], taken: &mut [u16]) {
            let turns = Turns::new(machine);
            let sums = sums.as_chunks_mut::<LANES>().0;
            let mut now: Vec<Register> = sums.iter().map(|sums| load(sums)).collect();
            let mut next = now.clone();
            for (costs, taken) in costs.iter().zip(taken.chunks_exact_mut(count * LANES / WORD)) {
                turns.element(&now, &mut next, costs, taken);
                std::mem::swap(&mut now, &mut next);
            }
            for (sums, now) in sums.iter_mut().zip(now) {
                *sums = store(now);
            }
        }

        /// Where states come from: registers, and lanes in them.
        struct Turns {
            parity: usize,
            quantiser: usize,
            evens: [Places; 2],
            odds: [Places; 2],
        }

        impl Turns {
            #[inline]
            #[target_feature(enable = $feature)]
            fn new(machine: Machine) -> Self {
                let [quantiser, parity] = machine.feedback().map(usize::from);
                Self {
                    parity: parity / LANES,
                    quantiser: quantiser / LANES,
                    // Of the one state before a state, and of the other.
                    evens: [0, parity].map(|turn| places(turn % LANES, 0)),
                    odds: [quantiser, quantiser ^ parity].map(|turn| places(turn % LANES, 1)),
                }
            }

            #[inline]
            #[target_feature(enable = $feature)]
            fn element(&self, now: &[Register], next: &mut [Register], costs: &Costs, taken: &mut [u16]) {
                let [even, odd, between_even, between_odd] = costs.map(|cost| all(cost));
                let (lower, upper) = next.split_at_mut(now.len() / 2);
                let (taken_lower, taken_upper) = taken.split_at_mut(taken.len() / 2);
                let [taken_lower, taken_upper] =
                    [taken_lower, taken_upper].map(|taken| taken.as_chunks_mut::<{ LANES / WORD }>().0);
                let pairs = now.as_chunks::<2>().0;
                let turned = self.quantiser % lower.len();
                for (half, near) in pairs.iter().enumerate() {
                    let far = &pairs[half ^ self.parity];
                    let first = add(picked(near, &self.evens[0]), even);
                    let second = add(picked(far, &self.evens[1]), odd);
                    (lower[half], taken_lower[half]) = decide(first, second);
                    let first = add(picked(near, &self.odds[0]), between_odd);
                    let second = add(picked(far, &self.odds[1]), between_even);
                    (upper[half ^ turned], taken_upper[half ^ turned]) = decide(first, second);
                }
            }
        }
    };
}

pub(super) mod avx512 {
    use std::arch::x86_64::*;

    use super::*;

    type Register = __m512i;
    const LANES: usize = 32;

    advance!("avx512f,avx512bw,avx512dq,avx512vl");

    /// The lesser of two sums, and where it is the second.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw")]
    fn decide(first: Register, second: Register) -> (Register, [u16; 2]) {
        let less = _mm512_cmplt_epu16_mask(second, first);
        (_mm512_min_epu16(first, second), [less as u16, (less >> 16) as u16])
    }

    /// The lanes that [`picked`] takes of two registers.
    type Places = Register;

    /// Every second lane of two registers, from the first or second on, turned by a number of lanes.
    #[inline]
    #[target_feature(enable = "avx512f")]
    fn places(turn: usize, from: usize) -> Places {
        load(&std::array::from_fn(|lane| (2 * (lane ^ turn) + from) as u16))
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw")]
    fn picked(pair: &[Register; 2], places: &Places) -> Register {
        _mm512_permutex2var_epi16(pair[0], *places, pair[1])
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw")]
    fn add(a: Register, b: Register) -> Register {
        _mm512_adds_epu16(a, b)
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw")]
    fn all(value: u16) -> Register {
        _mm512_set1_epi16(value as i16)
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    #[allow(unsafe_code)]
    fn load(values: &[u16; LANES]) -> Register {
        // SAFETY: the array is as long as what is read, and needs no alignment.
        unsafe { _mm512_loadu_si512(values.as_ptr().cast()) }
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    #[allow(unsafe_code)]
    fn store(values: Register) -> [u16; LANES] {
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
    const LANES: usize = 16;

    advance!("avx2");

    /// The lanes that [`picked`] takes of two registers.
    #[derive(Clone, Copy)]
    struct Places {
        /// Bits that words of two lanes move down by, so that the wanted one is the lower.
        shift: __m128i,
        /// The order of pairs of the lanes that are left, and then of bytes in halves of a register.
        pairs: Register,
        bytes: Register,
    }

    /// The lesser of two sums, and where it is the second.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn decide(first: Register, second: Register) -> (Register, [u16; 1]) {
        let least = _mm256_min_epu16(first, second);
        let equal = _mm256_packs_epi16(_mm256_cmpeq_epi16(least, first), _mm256_setzero_si256());
        let equal = _mm256_movemask_epi8(equal) as u32;
        (least, [!(equal | equal >> 8) as u16])
    }

    /// Every second lane of two registers, from the first or second on, turned by a number of lanes.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn places(turn: usize, from: usize) -> Places {
        // Packed, pairs of the first register come before those of the second in each half.
        let pairs = std::array::from_fn(|at| {
            let at = at ^ ((turn / 2) & 4);
            [0, 1, 4, 5, 2, 3, 6, 7][at]
        });
        let bytes = std::array::from_fn(|at| (at ^ (2 * turn % 16)) as u8 % 16);
        Places {
            shift: _mm_cvtsi32_si128(16 * from as i32),
            pairs: load_pairs(&pairs),
            bytes: load_bytes(&bytes),
        }
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn picked(pair: &[Register; 2], places: &Places) -> Register {
        let [first, second] = pair.map(|register| {
            let low = _mm256_srl_epi32(register, places.shift);
            _mm256_and_si256(low, _mm256_set1_epi32(0xFFFF))
        });
        let packed = _mm256_packus_epi32(first, second);
        _mm256_shuffle_epi8(_mm256_permutevar8x32_epi32(packed, places.pairs), places.bytes)
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn add(a: Register, b: Register) -> Register {
        _mm256_adds_epu16(a, b)
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn all(value: u16) -> Register {
        _mm256_set1_epi16(value as i16)
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    #[allow(unsafe_code)]
    fn load(values: &[u16; LANES]) -> Register {
        // SAFETY: the array is as long as what is read, and needs no alignment.
        unsafe { _mm256_loadu_si256(values.as_ptr().cast()) }
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    #[allow(unsafe_code)]
    fn load_pairs(values: &[u32; 8]) -> Register {
        // SAFETY: as above.
        unsafe { _mm256_loadu_si256(values.as_ptr().cast()) }
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    #[allow(unsafe_code)]
    fn load_bytes(values: &[u8; 32]) -> Register {
        // SAFETY: as above.
        unsafe { _mm256_loadu_si256(values.as_ptr().cast()) }
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    #[allow(unsafe_code)]
    fn store(values: Register) -> [u16; LANES] {
        let mut out = [0; LANES];
        // SAFETY: the array is as long as what is written, and needs no alignment.
        unsafe { _mm256_storeu_si256(out.as_mut_ptr().cast(), values) };
        out
    }
}
