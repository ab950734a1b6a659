//! The synthesis, ready to run.

use lmc_kernels::KernelError;
use lmc_kernels::isa::Isa;
use lmc_kernels::net::shifted::{Block, Linear, LinearSpec};
use lmc_kernels::packet::BANDS;
use lmc_kernels::packet::exact;
use rayon::prelude::*;

use super::{Gain, SynthesisSpec, filters};
use crate::codecs::image::Scale;
use crate::codecs::wavelet::restore::Filter;
use crate::codecs::wavelet::{LATENT_BLOCK, Planes, WaveletConfig};
use crate::quality::Quality;
use crate::{CodecError, Result};

/// The largest magnitude that bands may have.
const BAND_LIMIT: i16 = i16::MAX;

/// The integer synthesis of a model, its sums proved.
#[derive(Debug)]
pub struct IntegerSynthesis {
    spec: SynthesisSpec,
    anchors: usize,
    up: Linear,
    blocks: Vec<Block>,
    output: Linear,
    skip: Linear,
}

impl IntegerSynthesis {
    /// Checks and packs a synthesis of a model of this shape.
    ///
    /// # Errors
    /// [`CodecError::Weights`] when sizes do not fit each other, a parameter is out of its range, or a sum could leave
    /// 32 bits.
    pub fn new(spec: SynthesisSpec, config: &WaveletConfig) -> Result<Self> {
        let refused = |name: &'static str| move |error: KernelError| CodecError::Weights(format!("{name}: {error}"));
        spec.gains.check(config.anchors, config.latents)?;
        let inputs = spec.gains.limit;
        let up = Linear::new(&spec.up, inputs).map_err(refused("up"))?;
        let mut limit = up.limit();
        let mut blocks = Vec::with_capacity(spec.blocks.len());
        for block in &spec.blocks {
            let block = Block::new(block, limit).map_err(refused("a block"))?;
            limit = block.limit();
            blocks.push(block);
        }
        let output = Linear::new(&spec.output, limit).map_err(refused("output"))?;
        let skip = Linear::new(&spec.skip, inputs).map_err(refused("skip"))?;
        let synthesis = Self {
            anchors: config.anchors,
            up,
            blocks,
            output,
            skip,
            spec,
        };
        synthesis.check(config)?;
        Ok(synthesis)
    }

    fn check(&self, config: &WaveletConfig) -> Result<()> {
        let sizes = [
            [self.up.inputs(), self.up.outputs()],
            [self.skip.inputs(), self.skip.outputs()],
            [self.output.inputs(), self.output.outputs()],
        ];
        let (c, m) = (config.width, config.latents);
        let blocks = self.blocks.iter().all(|block| block.channels() == c);
        let filters = [0, config.anchors].contains(&self.spec.filters.len());
        if sizes != [[m, 4 * c], [m, 4 * BANDS], [c, BANDS]] || !blocks || !filters {
            return Err(CodecError::Weights(
                "the parts of the synthesis do not fit each other".into(),
            ));
        }
        let limits = [&self.output, &self.skip].map(Linear::limit);
        if limits != [BAND_LIMIT; 2] {
            return Err(CodecError::Weights(
                "the bands of the synthesis have another limit".into(),
            ));
        }
        self.spec
            .filters
            .iter()
            .try_for_each(|filter| filter.check(self.spec.filter_bits))
    }

    /// Checks and packs a layer from bands of at most `input_limit` to what the blocks see.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub(crate) fn seeing(&self, spec: &LinearSpec, input_limit: i16) -> Result<Linear> {
        let refused = |error: KernelError| CodecError::Weights(format!("seen: {error}"));
        let layer = Linear::new(spec, input_limit).map_err(refused)?;
        let fits = [layer.inputs(), 4 * layer.outputs()] == [BANDS, self.up.outputs()];
        if !fits || layer.limit() != self.up.limit() {
            let reason = "the layer that sees predictions does not fit the synthesis";
            return Err(CodecError::Weights(reason.into()));
        }
        Ok(layer)
    }

    /// What it was made of.
    pub fn spec(&self) -> &SynthesisSpec {
        &self.spec
    }

    /// The gains of all channels of latents at a quality.
    pub fn gains(&self, quality: Quality) -> Vec<Gain> {
        self.spec.gains.at(quality, self.anchors)
    }

    /// The filter for RGB at a quality, if the model has filters.
    pub fn filter(&self, quality: Quality) -> Option<Filter> {
        filters::at(&self.spec.filters, self.spec.filter_bits, quality)
    }

    /// The inputs of the networks: decoded latents times their gains.
    ///
    /// # Shapes
    /// `[positions, M]`
    pub fn inputs(&self, y_hat: &[i16], quality: Quality) -> Vec<i16> {
        let (gains, limit) = (self.gains(quality), self.spec.gains.limit);
        let mut x = vec![0; y_hat.len()];
        let rows = x
            .par_chunks_mut(64 * gains.len())
            .zip(y_hat.par_chunks(64 * gains.len()));
        rows.for_each(|(x, y)| {
            Isa::best().run(
                #[inline(always)]
                || {
                    for (x, y) in x.chunks_exact_mut(gains.len()).zip(y.chunks_exact(gains.len())) {
                        for ((x, y), gain) in x.iter_mut().zip(y).zip(&gains) {
                            *x = gain.applied(*y, limit);
                        }
                    }
                },
            );
        });
        x
    }

    /// The wavelet bands of latents that were multiplied with their gains.
    ///
    /// # Shapes
    /// `[height, width, M]` to `[2 height, 2 width, 192]`
    pub fn bands(&self, x: &[i16], size: [usize; 2]) -> Vec<i16> {
        self.bands_seeing(x, None, size)
    }

    /// [`Self::bands`] with what a layer makes of other bands added to the inputs of the blocks.
    ///
    /// # Shapes
    /// As [`Self::bands`]; the other bands as those that come out
    pub(crate) fn bands_seeing(
        &self,
        x: &[i16],
        seen: Option<(&Linear, &[i16])>,
        [height, width]: [usize; 2],
    ) -> Vec<i16> {
        let mut inner = self.up.to_space([height, width], x);
        if let Some((layer, other)) = seen {
            layer.run(other, true, &mut inner);
        }
        for block in &self.blocks {
            inner = block.run([2 * height, 2 * width], &inner);
        }
        let mut bands = self.skip.to_space([height, width], x);
        self.output.run(&inner, true, &mut bands);
        bands
    }

    /// The pixels of decoded latents.
    ///
    /// # Shapes
    /// `[height, width, M]` to planar RGB, 3 x 16 height x 16 width, each side divided as `scale` says
    pub fn run(&self, y_hat: &[i16], [height, width]: [usize; 2], quality: Quality, scale: Scale) -> Planes<i32> {
        let x = self.inputs(y_hat, quality);
        let bands = self.bands(&x, [height, width]);
        let (height, width, levels) = (height * LATENT_BLOCK, width * LATENT_BLOCK, scale.levels());
        let data = exact::picture_of(&bands, height, width, levels);
        Planes {
            height: height >> levels,
            width: width >> levels,
            data,
        }
    }
}
