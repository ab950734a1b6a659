//! The search against all paths, and what it is for.

use super::prices::Price;
use super::*;
use crate::prior::synthetic;
use proptest::prelude::*;

fn prices() -> Prices {
    Prices::new(&synthetic(1, 4, 1, 4).trellis_tables)
}

fn element() -> impl Strategy<Value = Element> {
    (-700..700i32, 0..8u8).prop_map(|(distance, scale)| Element { distance, scale })
}

/// Errors and prices of symbols, one for each element.
fn sum(prices: &Prices, elements: &[Element], symbols: &[i16]) -> u64 {
    let mut state = State::start(Quantisation::Trellis);
    let each = elements.iter().zip(symbols).map(|(element, &symbol)| {
        let (quantiser, symbol) = (state.quantiser(), i32::from(symbol));
        state = state.after(symbol);
        let error = i64::from(element.distance - 128 * quantiser.point(symbol));
        let price: &Price = &prices.at(element.scale).unwrap()[usize::from(quantiser == Quantiser::Between)];
        (error * error) as u64 + u64::from(price.of(symbol))
    });
    each.sum()
}

fn search(prices: &Prices, elements: &[Element]) -> Vec<i16> {
    let mut search = Search::new(prices, elements.len());
    elements.iter().for_each(|element| search.push(*element));
    search.finish()
}

proptest! {
    #[test]
    fn no_path_is_better(elements in prop::collection::vec(element(), 1..5)) {
        let prices = prices();
        let found = sum(&prices, &elements, &search(&prices, &elements));
        // Points up to 4 steps away from zero, more than any distance.
        let choices = 9usize;
        for path in 0..choices.pow(elements.len() as u32) {
            let symbol = |at: usize| (path / choices.pow(at as u32) % choices) as i16 - 4;
            let symbols: Vec<i16> = (0..elements.len()).map(symbol).collect();
            prop_assert!(found <= sum(&prices, &elements, &symbols), "{symbols:?}");
        }
    }

    #[test]
    fn long_and_far_series_are_fine(elements in prop::collection::vec(
        (any::<i32>(), any::<u8>()).prop_map(|(distance, scale)| Element { distance, scale }), 3000,
    )) {
        let symbols = search(&prices(), &elements);
        let mut state = State::start(Quantisation::Trellis);
        for (element, &symbol) in elements.iter().zip(&symbols) {
            let distance = element.distance.clamp(-(1 << 20), 1 << 20);
            let error = distance - 128 * state.quantiser().point(i32::from(symbol));
            prop_assert!(error.abs() <= 512, "{error}");
            state = state.after(i32::from(symbol));
        }
    }
}

#[test]
fn each_state_has_two_before_it_and_two_behind() {
    let mut before = [0; STATES];
    for state in 0..STATES as u8 {
        let behind = [0, 1].map(|symbol| State::Trellis(state).after(symbol));
        assert_ne!(behind[0], behind[1]);
        for state in behind {
            let State::Trellis(state) = state else { unreachable!() };
            before[usize::from(state)] += 1;
        }
    }
    assert_eq!(before, [2; STATES]);
    assert_eq!(State::Rounding.after(1), State::Rounding);
}

#[test]
fn points_are_where_they_are_said_to_be() {
    let points = |quantiser: Quantiser| (-2..=2).map(|symbol| quantiser.point(symbol)).collect::<Vec<_>>();
    assert_eq!(points(Quantiser::Whole), [-4, -2, 0, 2, 4]);
    assert_eq!(points(Quantiser::Between), [-3, -1, 0, 1, 3]);
}

/// At a price of nothing what is left is what the points alone bring: 1.53 dB at most, in theory about 1 dB for eight states.
#[test]
fn errors_are_smaller_than_those_of_rounding() {
    let free = Prices::free();
    let mut seed = 1u64;
    let elements: Vec<Element> = std::iter::repeat_with(|| {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let distance = ((seed >> 33) % 40_000) as i32 - 20_000;
        Element { distance, scale: 0 }
    })
    .take(100_000)
    .collect();
    let symbols = search(&free, &elements);
    let error = sum(&free, &elements, &symbols);
    // Rounding leaves a twelfth of a squared step.
    let rounding = elements.len() as u64 * 65536 / 12;
    // 0.9 to 1.3 dB.
    assert!((741..813).contains(&(1000 * error / rounding)), "{error} of {rounding}");
}
