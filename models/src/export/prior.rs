//! The networks of the prior in integers.

use lmc_entropy::prior::{Context, PriorSpec};
use lmc_entropy::table::CdfTable;
use lmc_kernels::net::LayerSpec;

use super::layers::{BlockBits, Fixed, before_shuffle, block, plain, pointwise};
use super::observe::Ranges;
use super::tables::scale_lut;
use crate::Result;
use crate::wavelet::{HYPER_FRACTION_BITS, LOG_SCALE_FRACTION_BITS, MEAN_FRACTION_BITS, Params, WaveletConfig};

/// Fractional bits of the hyper-latents on their way into the hyper decoder.
const Z_BITS: u32 = 6;

/// Tables of a prior.
pub(super) struct Tables {
    pub(super) z: Vec<CdfTable>,
    pub(super) scale: Vec<CdfTable>,
    pub(super) trellis: Vec<[CdfTable; 2]>,
    pub(super) skip_below: u8,
}

/// Builds the integer prior from trained parameters and the ranges of their feature maps, without a context of hyper-latents.
pub(super) fn build(params: &Params, config: &WaveletConfig, ranges: &Ranges, tables: Tables) -> Result<PriorSpec> {
    let stream1 = ranges.bits(&["up1", "block1.x1", "block1.x2"])?;
    let hyper = HYPER_FRACTION_BITS;
    let fixed = |input, output| Fixed {
        input,
        output,
        leaky: false,
    };
    let shuffled =
        |name: &str, input, output| before_shuffle(params, name, fixed(input, output)).map(LayerSpec::Pointwise);
    let residual = |name: &str, seen: &str, stream| -> Result<LayerSpec> {
        let bits = |part: &str| ranges.bits(&[&format!("{seen}.{part}")]);
        let bits = BlockBits {
            stream,
            a: bits("a")?,
            d: bits("d")?,
            f1: bits("f1")?,
        };
        Ok(LayerSpec::Block(Box::new(block(params, name, bits)?)))
    };
    let step = |name: &str| -> Result<Vec<LayerSpec>> {
        let part = |part: &str| format!("{name}.{part}");
        let stream = ranges.bits(&[&part("input"), &part("block.x1"), &part("block.x2")])?;
        let outputs = |index: usize| {
            let mean = index < config.latents;
            fixed(
                stream,
                if mean {
                    MEAN_FRACTION_BITS
                } else {
                    LOG_SCALE_FRACTION_BITS
                },
            )
        };
        Ok(vec![
            LayerSpec::Pointwise(plain(params, &format!("prior.{name}.input"), fixed(hyper, stream))?),
            residual(&format!("prior.{name}.block"), &part("block"), stream)?,
            LayerSpec::Pointwise(pointwise(
                params,
                &format!("prior.{name}.output"),
                outputs,
                |index, _| index,
            )?),
        ])
    };
    let (scale_lut, lut_min) = scale_lut();
    Ok(PriorSpec {
        channels: config.latents,
        z_channels: config.hyper,
        z_shift: Z_BITS as u8,
        pz: None,
        hs: vec![
            shuffled("prior.up1", Z_BITS, stream1)?,
            LayerSpec::PixelShuffle,
            residual("prior.block1", "block1", stream1)?,
            shuffled("prior.up2", stream1, hyper)?,
            LayerSpec::PixelShuffle,
            residual("prior.block2", "block2", hyper)?,
        ],
        p1: step("first")?,
        p2: step("second")?,
        deep: {
            let steps = if config.deep_context { Context::Four.count() } else { 0 };
            (0..steps)
                .map(|index| step(&format!("deep.{index}")))
                .collect::<Result<_>>()?
        },
        // Known latents come with the bits of means; twice the difference keeps the shift at its least, 1.
        known_mult: 2 << (HYPER_FRACTION_BITS - MEAN_FRACTION_BITS),
        known_shift: 1,
        z_tables: tables.z,
        scale_tables: tables.scale,
        trellis_tables: tables.trellis,
        scale_lut,
        lut_min,
        skip_below: tables.skip_below,
    })
}
