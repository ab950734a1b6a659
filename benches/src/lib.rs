//! Inputs that the benches share.

use lmc_codec::Image;
use lmc_entropy::prior::synthetic;
use lmc_entropy::table::CdfTable;
use lmc_tests::pictures::{part, sample};

/// The picture of all benches: 768 x 512 pixels, the bundled sample and its mirror images.
pub fn picture() -> Image {
    part(&sample(), 0, 0, 768, 512)
}

/// Tables of 64 scales, from peaked to wide.
pub fn tables() -> Vec<CdfTable> {
    synthetic(1, 4, 1, 4).scale_tables
}

/// Table indices, mostly of narrow tables as in pictures, and symbols drawn from their tables.
pub fn symbols(tables: &[CdfTable], count: usize) -> Vec<(usize, i32)> {
    let mut state = 1u64;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as u16
    };
    let mut draw = || {
        let index = usize::from(next() & next()) % tables.len();
        let (symbol, _) = tables[index].find(next());
        (index, symbol.unwrap_or(0))
    };
    (0..count).map(|_| draw()).collect()
}
