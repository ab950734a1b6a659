//! Side features: what is known of latents beside their hyper-latents, in integers.
//!
//! ```text
//! bands of the prediction -> 1x1 -> 2x2 positions into channels -> cat -> network -> added to the hyper channels
//! inputs of each position -----------------------------------------^
//! ```
//!
//! All steps see the sum in place of the hyper channels. An encoder and a decoder that give the same integers get the
//! same sum.

use super::LatentPrior;
use crate::error::{EntropyError, Result};
use lmc_kernels::net::{Activations, LayerSpec, Network};

/// A network of side features as plain integers.
///
/// Its outputs have the scale of the hyper channels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SideSpec {
    /// Channels of the bands.
    pub bands: usize,
    /// Inputs of each position of the latents.
    pub inputs: usize,
    /// Inputs are shifted down by this to the scale of the channels beside them; 0 to 15.
    pub input_shift: u8,
    /// From the bands, at twice the resolution of the latents, to S channels at the same.
    pub first: Vec<LayerSpec>,
    /// From 4 S channels (row, column, channel), and the inputs, to the hyper channels.
    pub rest: Vec<LayerSpec>,
}

/// A network of side features ready to run.
#[derive(Debug, Clone)]
pub struct SideNetwork {
    spec: SideSpec,
    first: Network,
    rest: Network,
}

impl SideNetwork {
    /// Checks a network and prepares it for a prior.
    ///
    /// # Errors
    ///
    /// `EntropyError::Kernel` when a part is not well formed or could overflow, [`EntropyError::Parameter`] when
    /// the parts do not fit each other or the prior.
    pub fn new(spec: SideSpec, prior: &LatentPrior) -> Result<Self> {
        if spec.input_shift > 15 {
            let (what, value) = ("shift of side inputs", i64::from(spec.input_shift));
            return Err(EntropyError::Parameter { what, value });
        }
        let first = Network::new(&spec.first, spec.bands)?;
        let rest = Network::new(&spec.rest, 4 * first.outputs() + spec.inputs)?;
        for (what, found, wanted) in [
            ("scale of the first side network", first.scale(), 1),
            ("scale of the side network", rest.scale(), 1),
            ("outputs of the side network", rest.outputs(), prior.hyper_channels()),
        ] {
            if found != wanted {
                let value = found as i64;
                return Err(EntropyError::Parameter { what, value });
            }
        }
        Ok(Self { spec, first, rest })
    }

    /// What it was made of.
    pub fn spec(&self) -> &SideSpec {
        &self.spec
    }

    /// The side features of all positions.
    ///
    /// # Shapes
    ///
    /// - `bands`: `[2 height, 2 width, bands]`
    /// - `inputs`: `[height, width, inputs]`
    /// - output: `[height, width, hyper channels]`
    ///
    /// # Errors
    ///
    /// [`EntropyError::Parameter`] when the sizes do not fit.
    pub fn run(&self, bands: Activations, inputs: &Activations) -> Result<Activations> {
        let (height, width) = (inputs.height, inputs.width);
        let fits = [bands.height, bands.width] == [2 * height, 2 * width]
            && inputs.channels == self.spec.inputs
            && inputs.data.len() == height * width * inputs.channels;
        if !fits {
            let (what, value) = ("size of side inputs", inputs.data.len() as i64);
            return Err(EntropyError::Parameter { what, value });
        }
        let fine = self.first.run(bands)?;
        let mut joined = Activations::zeros(height, width, 4 * fine.channels + inputs.channels);
        let positions = joined.data.chunks_exact_mut(joined.channels.max(1));
        for (at, to) in positions.enumerate() {
            let (row, column) = (at / width, at % width);
            let (to_fine, to_inputs) = to.split_at_mut(4 * fine.channels);
            for (quarter, to) in to_fine.chunks_exact_mut(fine.channels).enumerate() {
                let place = (2 * row + quarter / 2) * fine.width + 2 * column + quarter % 2;
                to.copy_from_slice(&fine.data[place * fine.channels..(place + 1) * fine.channels]);
            }
            let inputs = &inputs.data[at * inputs.channels..(at + 1) * inputs.channels];
            to_inputs
                .iter_mut()
                .zip(inputs)
                .for_each(|(to, input)| *to = input >> self.spec.input_shift);
        }
        Ok(self.rest.run(joined)?)
    }
}

/// Adds side features to hyper channels, which may have more rows and columns.
pub(super) fn add(hyper: &mut Activations, side: &Activations) -> Result<()> {
    let fits = side.channels == hyper.channels
        && (1..=hyper.height).contains(&side.height)
        && (1..=hyper.width).contains(&side.width)
        && side.data.len() == side.height * side.width * side.channels;
    if !fits {
        let (what, value) = ("size of side features", side.data.len() as i64);
        return Err(EntropyError::Parameter { what, value });
    }
    let (from, to) = (side.width * side.channels, hyper.width * hyper.channels);
    for (side, hyper) in side.data.chunks_exact(from).zip(hyper.data.chunks_exact_mut(to)) {
        for (hyper, side) in hyper.iter_mut().zip(side) {
            *hyper = hyper.saturating_add(*side).max(-32767);
        }
    }
    Ok(())
}
