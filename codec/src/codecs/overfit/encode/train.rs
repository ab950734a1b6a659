//! Networks and latents of one image, trained together.

use super::super::shape::{Layout, Shape, TAPS};
use super::canvas::Canvas;
use super::grid::{Latents, Padded, Rounding};
use super::grow::{Stacks, grow, shrink, stacks};
use super::math::normal;
use super::paint::{Colors, Painter};
use super::predict::{Block, Predictor, blocks};
use super::soap::Soap;
use lmc_kernels::isa::Isa;

/// The largest latent while training: a little less than decoders take.
const MOST: f32 = 126.0;
/// Decays of the moments of latents.
const DECAYS: [f32; 2] = [0.8, 0.95];

/// One tile: its pixels and its latents, the finest grid first.
pub(super) struct Tile {
    pub(super) target: Colors,
    pub(super) grids: Vec<Latents>,
}

impl Tile {
    /// A tile whose latents are all zero.
    pub(super) fn new(target: Colors, shape: &Shape) -> Self {
        let grids = (0..shape.grids).map(|grid| Latents::zeros(Shape::size(grid, target.size)));
        Self {
            grids: grids.collect(),
            target,
        }
    }

    /// Number of pixels.
    pub(super) fn pixels(&self) -> usize {
        self.target.size[0] * self.target.size[1]
    }
}

/// Room for the work on a tile, which tiles of the same size share.
pub(super) struct Space {
    size: [usize; 2],
    blocks: Vec<Block>,
    stacks: Stacks,
    d_stacks: Stacks,
    canvas: Canvas,
    gradient: Vec<f32>,
}

impl Space {
    /// For tiles of a size.
    pub(super) fn new(model: &Model, size: [usize; 2]) -> Self {
        let (shape, layout) = (&model.shape, &model.layout);
        Self {
            size,
            blocks: blocks(shape, layout, size),
            stacks: stacks(shape, size),
            d_stacks: stacks(shape, size),
            canvas: Canvas::new(shape, layout, size),
            gradient: vec![0.0; layout.total],
        }
    }

    /// Makes it fit for a tile.
    fn adapt(&mut self, model: &Model, tile: &Tile) {
        if self.size != tile.target.size {
            *self = Self::new(model, tile.target.size);
        }
    }
}

/// The networks of an image.
pub(super) struct Model {
    pub(super) shape: Shape,
    pub(super) layout: Layout,
    pub(super) parameters: Vec<f32>,
    pub(super) isa: Isa,
}

/// What an image costs.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Cost {
    /// Mean squared error, of colours of 0 to 1.
    pub(super) error: f64,
    /// Bits of the latents.
    pub(super) bits: f64,
}

/// The rates of one step.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rates {
    pub(super) latents: f32,
    pub(super) networks: f32,
}

impl Model {
    /// Networks as training begins; `mean` is the colour of images whose latents are zero.
    pub(super) fn new(shape: Shape, mean: &[f32], isa: Isa) -> Self {
        let layout = shape.layout();
        let mut model = Self {
            parameters: vec![0.0; layout.total],
            shape,
            layout,
            isa,
        };
        let layout = model.layout.clone();
        let inputs = shape.inputs() as f32;
        model.fill(&layout.first[0], 0.5 / inputs.sqrt());
        model.fill(&layout.second[0], 0.2 / (shape.width as f32).sqrt());
        model.fill(&layout.mix[0], 0.05);
        model.fill(&layout.color[0], 0.6 / (shape.hidden as f32).sqrt());
        model.parameters[layout.first[1].clone()].fill(0.05);
        model.parameters[layout.mix[1].clone()].fill(0.05);
        model.parameters[layout.color[1].clone()].copy_from_slice(mean);
        for range in &layout.doublings {
            model.parameters[range.clone()].copy_from_slice(&CUBIC);
        }
        model
    }

    fn fill(&mut self, range: &std::ops::Range<usize>, deviation: f32) {
        for at in range.clone() {
            self.parameters[at] = deviation * normal(at as u32 ^ 0x5eed_0000);
        }
    }

    /// Rows of a tensor, which are outputs; vectors have one.
    pub(super) fn rows(&self, tensor: &std::ops::Range<usize>) -> usize {
        let (layout, shape) = (&self.layout, &self.shape);
        match tensor.start {
            at if at == layout.first[0].start => shape.width,
            at if at == layout.second[0].start => shape.width,
            at if at == layout.last[0].start => 2,
            at if at == layout.mix[0].start => shape.hidden,
            at if at == layout.color[0].start => shape.colors,
            at if layout.filters.iter().any(|filter| filter[0].start == at) => shape.colors,
            _ => 1,
        }
    }

    /// The optimiser of all tensors.
    pub(super) fn optimiser(&self) -> Soap {
        let tensors = self.layout.tensors();
        Soap::new(tensors.into_iter().map(|range| (range.clone(), self.rows(&range))))
    }

    fn taps(&self) -> Vec<[f32; TAPS]> {
        let taps = |range: &std::ops::Range<usize>| {
            let values = &self.parameters[range.clone()];
            std::array::from_fn(|at| values[at])
        };
        self.layout.doublings.iter().map(taps).collect()
    }

    /// Leaves gradients of `error + trade * bits / pixels` by the parameters in the space; those by the latents stay with
    /// the grids.
    pub(super) fn gradients(&self, tile: &mut Tile, rounding: Rounding, trade: f32, space: &mut Space) -> Cost {
        let (isa, taps) = (self.isa, self.taps());
        space.adapt(self, tile);
        let weight = trade / tile.pixels() as f32;
        let grids = &mut tile.grids;
        grids.iter_mut().for_each(|grid| grid.round(rounding, isa));
        space.gradient.fill(0.0);
        let bits = self
            .predictor(weight)
            .bits(grids, &mut space.blocks, &mut space.gradient);
        grow(&mut space.stacks, grids, &taps, isa);
        space.d_stacks[0].iter_mut().for_each(|plane| plane.values.fill(0.0));
        let Latents { rounded, gradient, .. } = &mut grids[0];
        let planes: Vec<&Padded> = space.stacks[0].iter().chain([&*rounded]).collect();
        let d_planes = space.d_stacks[0].iter_mut().chain([gradient]).collect();
        let error = self
            .painter()
            .error(&planes, &tile.target, &mut space.canvas, d_planes, &mut space.gradient);
        let d_taps = shrink(&space.stacks, &mut space.d_stacks, grids, &taps, isa);
        for (range, d) in self.layout.doublings.iter().zip(d_taps) {
            let own = space.gradient[range.clone()].iter_mut();
            own.zip(d).for_each(|(sum, d)| *sum += d);
        }
        Cost { error, bits }
    }

    fn painter(&self) -> Painter<'_> {
        Painter {
            shape: &self.shape,
            layout: &self.layout,
            parameters: &self.parameters,
            isa: self.isa,
        }
    }

    fn predictor(&self, weight: f32) -> Predictor<'_> {
        Predictor {
            shape: &self.shape,
            layout: &self.layout,
            parameters: &self.parameters,
            weight,
            isa: self.isa,
        }
    }

    /// The bits of latents as they are rounded now.
    pub(super) fn bits(&self, tile: &mut Tile, space: &mut Space) -> f64 {
        space.adapt(self, tile);
        self.predictor(0.0)
            .bits(&mut tile.grids, &mut space.blocks, &mut space.gradient)
    }

    /// The error of latents as they are rounded now.
    pub(super) fn error(&self, tile: &Tile, space: &mut Space) -> f64 {
        space.adapt(self, tile);
        grow(&mut space.stacks, &tile.grids, &self.taps(), self.isa);
        let planes: Vec<&Padded> = space.stacks[0].iter().chain([&tile.grids[0].rounded]).collect();
        self.painter().seen(&planes, &tile.target, &mut space.canvas)
    }

    /// One step of latents and networks on one tile, the `step`-th of it from 1 on.
    pub(super) fn step(
        &mut self,
        tile: &mut Tile,
        (optimiser, space): (&mut Soap, &mut Space),
        rounding: Rounding,
        trade: f32,
        rates: Rates,
        step: i32,
    ) -> Cost {
        let cost = self.gradients(tile, rounding, trade, space);
        optimiser.step(&mut self.parameters, &space.gradient, rates.networks);
        if rates.latents > 0.0 {
            let isa = self.isa;
            let grids = tile.grids.iter_mut();
            grids.for_each(|grid| grid.step(rates.latents, DECAYS, step, MOST, isa));
        }
        cost
    }
}

impl Space {
    /// The gradients by the parameters.
    #[cfg(test)]
    pub(super) fn gradient(&self) -> &[f32] {
        &self.gradient
    }
}

/// A cubic interpolation half way between samples: at a distance of 1/4, 3/4, 5/4 and 7/4.
const CUBIC: [f32; TAPS] = [0.878_906_25, 0.261_718_75, -0.105_468_75, -0.035_156_25];
