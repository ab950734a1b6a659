use proptest::prelude::*;

use super::*;

struct All(Vec<(usize, Vec<i32>)>);

impl Sink for All {
    #[inline(always)]
    fn take(&mut self, position: usize, sums: &[i32; PANEL]) {
        self.0.push((position, sums.to_vec()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn all_forms_give_the_sums(positions in 1usize..20, pairs in 1usize..40, seed in any::<u64>()) {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 48) as i16
        };
        let x: Vec<i16> = (0..2 * pairs * positions).map(|_| next() / 4).collect();
        let weights: Vec<[[i16; 2]; PANEL]> = (0..pairs).map(|_| [(); PANEL].map(|()| [next() / 64, next() / 64])).collect();
        let rows: Vec<PanelRow> = weights
            .iter()
            .map(|row| row.map(|[low, high]| i32::from(low) & 0xffff | i32::from(high) << 16))
            .collect();
        let start = [(); PANEL].map(|()| i32::from(next()));
        let sum = |position: usize, output: usize| {
            let products = (0..2 * pairs).map(|input| {
                i32::from(x[position * 2 * pairs + input]) * i32::from(weights[input / 2][output][input % 2])
            });
            start[output] + products.sum::<i32>()
        };
        let wanted: Vec<_> = (0..positions).map(|p| (p, (0..PANEL).map(|output| sum(p, output)).collect())).collect();
        for isa in Isa::available() {
            let mut all = All(Vec::new());
            panel(isa, &rows, &start, &x, &mut all);
            prop_assert_eq!(&all.0, &wanted, "{:?}", isa);
        }
    }
}
