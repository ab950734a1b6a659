//! Symbols per second of the entropy coders.

use std::hint::black_box;

use criterion::{Criterion, Throughput};
use lmc_benches::{symbols, tables};
use lmc_entropy::coder::{DecodeSymbols, EncodeSymbols, RangeDecoder, RangeEncoder, RansDecoder, RansEncoder};
use lmc_entropy::table::CdfTable;

const SYMBOLS: usize = 1 << 18;

fn encode<E: EncodeSymbols>(mut encoder: E, tables: &[CdfTable], symbols: &[(usize, i32)]) -> E {
    for &(index, symbol) in symbols {
        encoder.encode(&tables[index], symbol).expect("the symbols fit");
    }
    encoder
}

fn decode<D: DecodeSymbols>(mut decoder: D, tables: &[CdfTable], symbols: &[(usize, i32)]) -> i32 {
    let sum = symbols.iter().fold(0, |sum, &(index, _)| {
        sum ^ decoder.decode(&tables[index]).expect("the bytes are whole")
    });
    decoder.finish().expect("the bytes are whole");
    sum
}

fn coders(criterion: &mut Criterion) {
    let tables = tables();
    let symbols = symbols(&tables, SYMBOLS);
    let mut group = criterion.benchmark_group("coder");
    group.throughput(Throughput::Elements(SYMBOLS as u64));
    for lanes in [1, 4, 8] {
        let rans = || {
            encode(RansEncoder::new(), &tables, &symbols)
                .finish_with_lanes(lanes)
                .expect("lanes are 1, 4 or 8")
        };
        group.bench_function(format!("rans-{lanes}-encode"), |bench| bench.iter(|| black_box(rans())));
        let bytes = rans();
        group.bench_function(format!("rans-{lanes}-decode"), |bench| {
            bench.iter(|| {
                decode(
                    RansDecoder::new(&bytes).expect("the bytes are whole"),
                    &tables,
                    &symbols,
                )
            });
        });
    }
    let range = || encode(RangeEncoder::new(), &tables, &symbols).finish();
    group.bench_function("range-encode", |bench| bench.iter(|| black_box(range())));
    let bytes = range();
    group.bench_function("range-decode", |bench| {
        bench.iter(|| {
            decode(
                RangeDecoder::new(&bytes).expect("the bytes are whole"),
                &tables,
                &symbols,
            )
        });
    });
    group.finish();
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    coders(&mut criterion);
    criterion.final_summary();
}
