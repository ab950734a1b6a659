//! The synthesis in floating point, layer by layer, with a look at all that flows between.

use lmc_kernels::layers::{End, Linear, Map, Rounding, to_space};

use crate::codecs::wavelet::WaveletConfig;
use crate::codecs::wavelet::transforms::{Pack, SLOPE, Values};
use crate::weights::StoredTensors;
use crate::{CodecError, Result};

/// The layer from the bands of a prediction into the synthesis.
const SEEN: &str = "seen.synthesis";
/// Sides of a convolution, and its places.
const SIDE: usize = 3;

/// Weight and bias of all layers.
pub(super) struct FloatSynthesis {
    pub(super) up: Values,
    pub(super) blocks: Vec<FloatBlock>,
    pub(super) output: Values,
    pub(super) skip: Values,
    /// From the bands of a prediction, where the synthesis sees one.
    pub(super) seen: Option<Values>,
}

/// Weight and bias of the layers of a block.
pub(super) struct FloatBlock {
    pub(super) a: Values,
    pub(super) d: Values,
    pub(super) b: Values,
    pub(super) f1: Values,
    pub(super) f2: Values,
}

/// Is told of an activation by its name.
pub(super) type See<'a> = &'a mut dyn FnMut(&str, &[f32]);

impl FloatSynthesis {
    pub(super) fn new(tensors: &StoredTensors<'_>, config: &WaveletConfig, sees: bool) -> Result<Self> {
        let pack = Pack(tensors, Rounding::Never);
        let block = |index: usize| {
            let layer = |part: &str| pack.values(&format!("g_s.blocks.{index}.{part}"));
            Ok(FloatBlock {
                a: layer("a")?,
                d: layer("d")?,
                b: layer("b")?,
                f1: layer("f1")?,
                f2: layer("f2")?,
            })
        };
        let synthesis = Self {
            up: pack.values("g_s.up")?,
            blocks: (0..config.decoder_blocks).map(block).collect::<Result<_>>()?,
            output: pack.values("g_s.output")?,
            skip: pack.values("g_s.skip")?,
            seen: sees.then(|| pack.values(SEEN)).transpose()?,
        };
        // So that nothing below can fail.
        let linear = |values: &Values| Linear::new(&values.0, &values.1, Rounding::Never);
        for layer in [&synthesis.up, &synthesis.output, &synthesis.skip]
            .into_iter()
            .chain(&synthesis.seen)
        {
            linear(layer).map_err(|error| CodecError::Weights(error.to_string()))?;
        }
        Ok(synthesis)
    }

    /// Latents that were multiplied with their gains to bands; `predicted` are those of a prediction, if there is one.
    ///
    /// # Shapes
    /// `[height, width, M]` to `[2 height, 2 width, 192]`
    pub(super) fn run(
        &self,
        y_hat: &[f32],
        predicted: Option<&[f32]>,
        [height, width]: [usize; 2],
        see: See<'_>,
    ) -> Vec<f32> {
        see("inputs", y_hat);
        let map = Map {
            batch: 1,
            height,
            width,
            channels: y_hat.len() / (height * width),
        };
        let spread =
            |values: &Values| Linear::new(&values.0, &values.1, Rounding::Never).map(|l| to_space(&l, map, y_hat));
        let mut x = spread(&self.up).unwrap_or_default();
        see("stream", &x);
        if let (Some(layer), Some(predicted)) = (&self.seen, predicted) {
            see("predicted", predicted);
            add(&mut x, &product(layer, predicted));
            see("stream", &x);
        }
        for (index, block) in self.blocks.iter().enumerate() {
            block.run(index, &mut x, [2 * height, 2 * width], see);
        }
        see("end", &x);
        let mut bands = spread(&self.skip).unwrap_or_default();
        add(&mut bands, &product(&self.output, &x));
        bands
    }
}

impl FloatBlock {
    fn run(&self, index: usize, x: &mut [f32], size: [usize; 2], see: See<'_>) {
        let mut seen = |part: &str, map: &[f32]| see(&format!("{index}.{part}"), map);
        seen("x", x);
        let mut a = product(&self.a, x);
        seen("a", &a);
        leaky(&mut a);
        seen("a.out", &a);
        let d = convolved(&self.d, &a, size);
        seen("d", &d);
        seen("d.out", &d);
        add(x, &product(&self.b, &d));
        seen("y", x);
        let mut f1 = product(&self.f1, x);
        seen("f1", &f1);
        leaky(&mut f1);
        seen("f1.out", &f1);
        see("stream", x);
        add(x, &product(&self.f2, &f1));
        see("stream", x);
    }
}

fn product((weight, bias): &Values, x: &[f32]) -> Vec<f32> {
    let Ok(layer) = Linear::new(weight, bias, Rounding::Never) else {
        return Vec::new();
    };
    let mut out = vec![0.0; x.len() / layer.inputs() * layer.outputs()];
    layer.run(x, End::Leaky(1.0), &mut out);
    out
}

fn leaky(x: &mut [f32]) {
    x.iter_mut()
        .for_each(|value| *value = if *value < 0.0 { *value * SLOPE } else { *value });
}

fn add(x: &mut [f32], y: &[f32]) {
    x.iter_mut().zip(y).for_each(|(x, y)| *x += y);
}

fn convolved((weight, bias): &Values, x: &[f32], [height, width]: [usize; 2]) -> Vec<f32> {
    let channels = bias.len();
    let mut out = bias.repeat(height * width);
    for (position, out) in out.chunks_exact_mut(channels).enumerate() {
        for tap in 0..SIDE * SIDE {
            let (i, j) = (position / width + tap / SIDE, position % width + tap % SIDE);
            if (1..=height).contains(&i) && (1..=width).contains(&j) {
                let x = &x[((i - 1) * width + j - 1) * channels..][..channels];
                let products = x.iter().zip(&weight[tap * channels..]).map(|(x, w)| x * w);
                out.iter_mut().zip(products).for_each(|(out, product)| *out += product);
            }
        }
    }
    out
}
