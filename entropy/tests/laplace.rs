//! Tables of Laplace distributions against the distribution itself, in floats, which the sources of this crate have not.

use lmc_entropy::laplace::LaplaceTables;

#[test]
fn shares_are_those_of_the_distribution() {
    let tables = LaplaceTables::shared();
    for (scale, mean, value) in [
        (40, 0, 0),
        (40, 5, 1),
        (40, -5, 1),
        (48, 160, 12),
        (30, 8, 1),
        (64, -40, -9),
    ] {
        let placed = tables.place(scale, mean).unwrap();
        let size = placed.table.slot(placed.symbol(value)).unwrap().size.get();
        let b = 2f64.powf(f64::from(scale) / 8.0 - 5.0);
        let below = |t: f64| {
            let share = 0.5 * (-t.abs() / b).exp();
            if t < 0.0 { share } else { 1.0 - share }
        };
        let from = f64::from(value) - f64::from(mean) / 16.0;
        let wanted = below(from + 0.5) - below(from - 0.5);
        let found = f64::from(size) / 65536.0;
        assert!(
            (found - wanted).abs() < 0.002 * wanted + 3e-5,
            "{scale} {mean}: {found} for {wanted}"
        );
    }
}
