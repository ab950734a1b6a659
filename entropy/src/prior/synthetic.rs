//! Priors of random weights, for tests and benches: they predict nothing, and run like real ones.

use super::hyper::inputs;
use super::{HyperContext, Latents, PriorSpec, SideSpec};
use crate::table::{CdfTable, TOTAL};
use lmc_kernels::net::{BlockSpec, DepthwiseSpec, LayerSpec, PointwiseSpec, Rescale};

/// A prior of `channels` latents, `z_channels` hyper-latents and `width` inner channels in the
/// steps of both contexts, with the layers of the wavelet model; the same for the same arguments.
///
/// A test and bench helper. `channels` must be at least 2, the others at least 1.
pub fn synthetic(seed: u64, channels: usize, z_channels: usize, width: usize) -> PriorSpec {
    let mut random = Random(seed);
    let r = &mut random;
    let hs = vec![
        pointwise(r, z_channels, 4 * z_channels, false),
        LayerSpec::PixelShuffle,
        block(r, z_channels, 3),
        pointwise(r, z_channels, 4 * channels, false),
        LayerSpec::PixelShuffle,
        block(r, channels, 3),
    ];
    let step = |r: &mut Random, inputs, kernel| {
        vec![
            pointwise(r, inputs, width, false),
            block(r, width, kernel),
            pointwise(r, width, 2 * channels, false),
        ]
    };
    let (p1, p2) = (step(r, channels, 3), step(r, 2 * channels, 5));
    let deep = [channels, 2 * channels, 2 * channels, 2 * channels].map(|inputs| step(r, inputs, 3));
    PriorSpec {
        channels,
        z_channels,
        z_shift: 6,
        pz: None,
        hs,
        p1,
        p2,
        deep: if channels < 4 { Vec::new() } else { deep.to_vec() },
        known_mult: 1 << 20,
        known_shift: 18,
        z_tables: (0..z_channels).map(|c| peaked(20, 4 + c as u64 % 8)).collect(),
        scale_tables: (0..64).map(|s| peaked(2 + s as i32, 1 + s)).collect(),
        trellis_tables: (0..64)
            .map(|s| [2, 3].map(|more| peaked(2 + s as i32, more + s)))
            .collect(),
        // The random networks give log-scales of a few hundred.
        scale_lut: (0..1024u32).map(|i| (i / 16) as u8).collect(),
        lut_min: -512,
        skip_below: 24,
    }
}

/// The prior with a random context of hyper-latents.
pub fn with_hyper_context(seed: u64, mut spec: PriorSpec) -> PriorSpec {
    let (inputs, outputs) = (inputs(spec.z_channels), 2 * spec.z_channels);
    let table = |scale: u64| [0, 1, 2, 3, 4, 5, 6, 7, 8].map(|fraction| peaked(2 + scale as i32, 1 + scale + fraction));
    spec.pz = Some(HyperContext {
        network: pointwise_spec(&mut Random(seed), inputs, outputs, false),
        tables: (0..40).map(table).collect(),
    });
    spec
}

/// A random network of side features for a synthetic prior, with the layers of the video model.
pub fn synthetic_side(seed: u64, bands: usize, inputs: usize, spec: &PriorSpec) -> SideSpec {
    let mut random = Random(seed);
    let r = &mut random;
    let width = 5;
    SideSpec {
        bands,
        inputs,
        input_shift: 1,
        first: vec![pointwise(r, bands, width, true)],
        rest: vec![
            pointwise(r, 4 * width + inputs, width, false),
            block(r, width, 5),
            pointwise(r, width, spec.channels, false),
        ],
    }
}

/// Random latents for a synthetic prior.
pub fn synthetic_latents(seed: u64, spec: &PriorSpec, height: usize, width: usize) -> Latents {
    let mut random = Random(seed);
    let mut small = |spread: i32| {
        let sum: i32 = (0..4)
            .map(|_| random.below(2 * spread as u64 + 1) as i32 - spread)
            .sum();
        sum / 2
    };
    let z_count = height.div_ceil(4) * width.div_ceil(4) * spec.z_channels;
    Latents {
        height,
        width,
        z: (0..z_count).map(|_| small(4) as i16).collect(),
        y: (0..height * width * spec.channels).map(|_| small(600)).collect(),
    }
}

/// A table over `-reach..=reach` that falls off like `spread / (spread + distance)^2`.
fn peaked(reach: i32, spread: u64) -> CdfTable {
    let weight = |symbol: i32| {
        let distance = u64::from(symbol.unsigned_abs());
        1_000_000 * spread / ((spread + distance) * (spread + distance))
    };
    let sum: u64 = (-reach..=reach).map(weight).sum();
    let count = 2 * reach as u64 + 2;
    let spare = u64::from(TOTAL) - count;
    let mut freqs: Vec<u32> = (-reach..=reach)
        .map(|symbol| 1 + (weight(symbol) * spare / sum) as u32)
        .collect();
    freqs.push(1);
    let used: u32 = freqs.iter().sum();
    freqs[reach as usize] += TOTAL - used;
    match CdfTable::new(-reach, &freqs) {
        Ok(table) => table,
        Err(error) => unreachable!("a peaked table keeps the contract: {error}"),
    }
}

struct Random(u64);

impl Random {
    /// A number below `n`, from the high bits of a linear congruential generator.
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }

    fn weights(&mut self, count: usize) -> Vec<i8> {
        (0..count).map(|_| (self.below(255) as i32 - 127) as i8).collect()
    }

    /// A rescale that keeps the size of activations through sums of `terms` products.
    fn rescale(&mut self, outputs: usize, terms: usize, leaky: bool) -> Rescale {
        // The weights have a root mean square of 73, so sums grow by 73 times the root of terms.
        let gain = 73 * terms.isqrt().max(1) as u64;
        let mult = ((1u64 << 30) / gain) as i32;
        Rescale {
            bias: (0..outputs).map(|_| self.below(40_001) as i32 - 20_000).collect(),
            mult: (0..outputs)
                .map(|_| mult - self.below(mult as u64 / 8 + 1) as i32)
                .collect(),
            shift: vec![30; outputs],
            leaky,
        }
    }
}

fn pointwise_spec(r: &mut Random, inputs: usize, outputs: usize, leaky: bool) -> PointwiseSpec {
    PointwiseSpec {
        inputs,
        outputs,
        weights: r.weights(inputs * outputs),
        rescale: r.rescale(outputs, inputs, leaky),
    }
}

fn pointwise(r: &mut Random, inputs: usize, outputs: usize, leaky: bool) -> LayerSpec {
    LayerSpec::Pointwise(pointwise_spec(r, inputs, outputs, leaky))
}

fn block(r: &mut Random, channels: usize, kernel: usize) -> LayerSpec {
    LayerSpec::Block(Box::new(BlockSpec {
        a: pointwise_spec(r, channels, channels, true),
        d: DepthwiseSpec {
            channels,
            kernel,
            weights: r.weights(channels * kernel * kernel),
            rescale: r.rescale(channels, kernel * kernel, false),
        },
        b: pointwise_spec(r, channels, channels, false),
        f1: pointwise_spec(r, channels, 2 * channels, true),
        f2: pointwise_spec(r, 2 * channels, channels, false),
    }))
}
