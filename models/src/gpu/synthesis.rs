//! The synthesis of a model on a device.

use lmc_codec::codecs::wavelet::{IntegerSynthesis, LATENT_BLOCK, Planes};
use lmc_codec::{Quality, Scale};

use super::layers::{Block, Linear, Place};
use super::memory::Gpu;
use super::packet;
use crate::Result;

/// The layers of an [`IntegerSynthesis`] on a device.
pub(crate) struct GpuSynthesis {
    gpu: Gpu,
    up: Linear,
    blocks: Vec<Block>,
    output: Linear,
    skip: Linear,
}

impl GpuSynthesis {
    /// Moves the layers to the device. That they were proved lets all sums fit 32 bits here, too.
    pub(crate) fn new(gpu: Gpu, synthesis: &IntegerSynthesis) -> Self {
        let spec = synthesis.spec();
        Self {
            up: Linear::new(&gpu, &spec.up),
            blocks: spec.blocks.iter().map(|block| Block::new(&gpu, block)).collect(),
            output: Linear::new(&gpu, &spec.output),
            skip: Linear::new(&gpu, &spec.skip),
            gpu,
        }
    }

    /// The pixels of decoded latents; `synthesis` is what this was made of.
    ///
    /// # Shapes
    /// As [`IntegerSynthesis::run`].
    ///
    /// # Errors
    /// [`ModelError::Device`](crate::ModelError::Device) when the device fails.
    pub(crate) fn run(
        &self,
        synthesis: &IntegerSynthesis,
        y_hat: &[i16],
        [height, width]: [usize; 2],
        quality: Quality,
        scale: Scale,
    ) -> Result<Planes<i32>> {
        let gpu = &self.gpu;
        let x = gpu.upload_short(&synthesis.inputs(y_hat, quality));
        let inner = self.up.run(gpu, &x, &Place::Space(width));
        for block in &self.blocks {
            block.run(gpu, &inner, [2 * height, 2 * width]);
        }
        let bands = self.skip.run(gpu, &x, &Place::Space(width));
        self.output.add(gpu, &inner, &bands);
        let levels = scale.levels();
        let picture = packet::picture_of(gpu, &bands, [2 * height, 2 * width], levels);
        Ok(Planes {
            height: (height * LATENT_BLOCK) >> levels,
            width: (width * LATENT_BLOCK) >> levels,
            data: gpu.read(picture)?,
        })
    }
}
