//! How fast the coders and the prior run: best of several, on one and two threads.
//!
//! `cargo run --release -p lmc-entropy --features synthetic --example speed`

use std::hint::black_box;
use std::time::Instant;

use lmc_entropy::Result;
use lmc_entropy::checksum::Checksum;
use lmc_entropy::coder::{DecodeSymbols, EncodeSymbols, RangeDecoder, RangeEncoder, RansDecoder, RansEncoder};
use lmc_entropy::prior::{LatentPrior, synthetic, synthetic_latents};
use lmc_entropy::table::{CdfTable, TOTAL};
use lmc_entropy::trellis::{Machine, Quantisation};

const SYMBOLS: usize = 1 << 20;

fn main() -> Result<()> {
    let tables = scale_tables()?;
    let (indices, symbols) = draw(&tables);
    for lanes in [1, 2, 4, 8] {
        let encode = || -> Result<Vec<u8>> {
            let mut encoder = RansEncoder::new();
            for (&index, &symbol) in indices.iter().zip(&symbols) {
                encoder.encode(&tables[usize::from(index)], symbol)?;
            }
            encoder.finish_with_lanes(lanes)
        };
        let bytes = encode()?;
        let decode = || -> Result<i32> {
            let mut decoder = RansDecoder::new(&bytes)?;
            let mut sum = 0;
            for &index in &indices {
                sum ^= decoder.decode(&tables[usize::from(index)])?;
            }
            decoder.finish().map(|()| sum)
        };
        let (encoding, decoding) = (best(encode)?, best(decode)?);
        println!(
            "rANS, {lanes} lanes: {} bytes, encode {} decode {} million symbols/s",
            bytes.len(),
            SYMBOLS as u64 / encoding,
            SYMBOLS as u64 / decoding,
        );
    }
    range_coder(&tables, &indices, &symbols)?;
    checksum()?;
    prior()
}

fn range_coder(tables: &[CdfTable], indices: &[u8], symbols: &[i32]) -> Result<()> {
    let encode = || -> Result<Vec<u8>> {
        let mut encoder = RangeEncoder::new();
        for (&index, &symbol) in indices.iter().zip(symbols) {
            encoder.encode(&tables[usize::from(index)], symbol)?;
        }
        Ok(encoder.finish())
    };
    let bytes = encode()?;
    let decode = || -> Result<i32> {
        let mut decoder = RangeDecoder::new(&bytes)?;
        let mut sum = 0;
        for &index in indices {
            sum ^= decoder.decode(&tables[usize::from(index)])?;
        }
        decoder.finish().map(|()| sum)
    };
    let (encoding, decoding) = (best(encode)?, best(decode)?);
    println!(
        "range coder: {} bytes, encode {} decode {} million symbols/s",
        bytes.len(),
        SYMBOLS as u64 / encoding,
        SYMBOLS as u64 / decoding,
    );
    Ok(())
}

fn checksum() -> Result<()> {
    let values = vec![7i16; 1 << 20];
    let micros = best(|| {
        let mut sum = Checksum::new();
        sum.update(&values);
        Ok(sum.finish())
    })?;
    println!("checksum: {} MB/s", values.len() as u64 * 2 / micros);
    Ok(())
}

/// The full-size prior on the latents of a picture of 768 x 512.
fn prior() -> Result<()> {
    let spec = synthetic(1, 192, 64, 256);
    let latents = synthetic_latents(2, &spec, 32, 48);
    let prior = LatentPrior::new(spec)?;
    let machines = [Machine::SMALLEST, Machine::LARGEST].map(Quantisation::Trellis);
    let ways = [Quantisation::Rounding, machines[0], machines[1]];
    for (threads, quantisation) in [1, 2].into_iter().flat_map(|threads| ways.map(|way| (threads, way))) {
        let Ok(pool) = rayon::ThreadPoolBuilder::new().num_threads(threads).build() else {
            continue;
        };
        pool.install(|| -> Result<()> {
            let coded = prior.compress(&latents, quantisation)?;
            let encoding = best(|| prior.compress(&latents, quantisation))?;
            let decoding = best(|| prior.decompress(&coded.bytes, 32, 48, quantisation))?;
            println!(
                "prior, {quantisation:?}, {threads} threads: {} symbols in {} bytes, compress {encoding} us, \
                 decompress {decoding} us",
                coded.symbols,
                coded.bytes.len(),
            );
            Ok(())
        })?;
    }
    Ok(())
}

/// The shortest of several runs, in microseconds.
fn best<T>(mut run: impl FnMut() -> Result<T>) -> Result<u64> {
    let mut shortest = u64::MAX;
    for _ in 0..15 {
        let start = Instant::now();
        black_box(run()?);
        shortest = shortest.min(start.elapsed().as_micros() as u64);
    }
    Ok(shortest.max(1))
}

/// 64 tables from very peaked to wide: geometric, the ratio a fraction of 256.
fn scale_tables() -> Result<Vec<CdfTable>> {
    (0..64u64)
        .map(|scale| {
            let reach = 3 + scale as i32 * 2;
            let ratio = 20 + scale * 3;
            let mut side = vec![1u64 << 40];
            for d in 0..reach as usize {
                side.push(side[d] * ratio / 256);
            }
            let weights = side.iter().skip(1).rev().chain(&side);
            let sum: u64 = weights.clone().sum();
            let mut freqs: Vec<u32> = weights.map(|w| 1 + (w / (sum / 60000)) as u32).collect();
            freqs.push(1);
            freqs[reach as usize] += TOTAL - freqs.iter().sum::<u32>();
            CdfTable::new(-reach, &freqs)
        })
        .collect()
}

/// Random table indices, mostly low, and symbols drawn from their tables.
fn draw(tables: &[CdfTable]) -> (Vec<u8>, Vec<i32>) {
    let mut state = 1u64;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as u16
    };
    (0..SYMBOLS)
        .map(|_| {
            let index = (next() & next() & 63) as u8;
            let (symbol, _) = tables[usize::from(index)].find(next());
            (index, symbol.unwrap_or(0))
        })
        .unzip()
}
