//! Gradients against differences, and the likeness of the float twin to the integers.

use lmc_kernels::isa::Isa;

use super::super::double::grown;
use super::super::networks::Networks;
use super::super::shape::Shape;
use super::super::synthesis::samples;
use super::fit::{Fitted, Plan, fit};
use super::grid::Rounding;
use super::math::normal;
use super::paint::Colors;
use super::train::{Cost, Model, Space, Tile};

const SHAPE: Shape = Shape {
    grids: 4,
    contexts: 10,
    features: 4,
    width: 5,
    hidden: 6,
    filters: 2,
    colors: 3,
};
const TRADE: f32 = 0.01;

/// Soft waves with an edge.
pub(in super::super) fn pattern(size: [usize; 2], colors: usize) -> Colors {
    let value = |color: usize, y: usize, x: usize| {
        let wave = ((x as f32 * 0.21).sin() + (y as f32 * 0.13 + color as f32).cos()) * 0.2;
        0.5 + wave + if x + y > size[0] { 0.05 } else { -0.05 }
    };
    let plane = |color| {
        (0..size[0] * size[1])
            .map(|at| value(color, at / size[1], at % size[1]))
            .collect()
    };
    Colors {
        size,
        planes: (0..colors).map(plane).collect(),
    }
}

/// Networks and latents away from where training begins, so that no gradient is zero.
fn stirred(size: [usize; 2]) -> (Model, Tile) {
    let mut model = Model::new(SHAPE, &[0.5; 3], Isa::best());
    for (at, value) in model.parameters.iter_mut().enumerate() {
        *value += 0.1 * normal(at as u32);
    }
    let mut tile = Tile::new(pattern(size, 3), &SHAPE);
    for (grid, latents) in tile.grids.iter_mut().enumerate() {
        for (at, value) in latents.values.iter_mut().enumerate() {
            *value = 1.5 * normal((at * 8 + grid) as u32 ^ 0x1234_5678);
        }
    }
    (model, tile)
}

const SOFT: Rounding = Rounding::Soft {
    temperature: 0.4,
    noise: 0.2,
    seed: 7,
};

fn loss(model: &Model, tile: &mut Tile) -> f64 {
    let mut space = Space::new(model, tile.target.size);
    let Cost { error, bits } = model.gradients(tile, SOFT, TRADE, &mut space);
    error + f64::from(TRADE) * bits / tile.pixels() as f64
}

/// Checks a gradient against the difference of two losses.
fn check(name: &str, gradient: f32, more: f64, less: f64, step: f32) {
    let wanted = (more - less) / (2.0 * f64::from(step));
    let error = (f64::from(gradient) - wanted).abs();
    let scale = wanted.abs().max(f64::from(gradient).abs());
    assert!(error < 0.06 * scale + 6e-5, "{name}: {gradient} for {wanted}");
}

#[test]
fn gradients_of_networks_are_those_of_differences() {
    for size in [[21, 37], [1, 5], [35, 64]] {
        let (mut model, mut tile) = stirred(size);
        let mut space = Space::new(&model, size);
        model.gradients(&mut tile, SOFT, TRADE, &mut space);
        let gradient = space.gradient().to_vec();
        for tensor in model.layout.tensors() {
            for at in [tensor.start, tensor.end - 1] {
                let step = 5e-4;
                let value = model.parameters[at];
                model.parameters[at] = value + step;
                let more = loss(&model, &mut tile);
                model.parameters[at] = value - step;
                let less = loss(&model, &mut tile);
                model.parameters[at] = value;
                check(&format!("{size:?} parameter {at}"), gradient[at], more, less, step);
            }
        }
    }
}

#[test]
fn gradients_of_latents_are_those_of_differences() {
    let (model, mut tile) = stirred([21, 37]);
    let mut space = Space::new(&model, [21, 37]);
    for grid in 0..SHAPE.grids {
        let count = tile.grids[grid].values.len();
        for at in [0, count / 2, count / 3, count - 1] {
            model.gradients(&mut tile, SOFT, TRADE, &mut space);
            let gradient = tile.grids[grid].change(at);
            let (value, step) = (tile.grids[grid].values[at], 4e-3);
            tile.grids[grid].values[at] = value + step;
            let more = loss(&model, &mut tile);
            tile.grids[grid].values[at] = value - step;
            let less = loss(&model, &mut tile);
            tile.grids[grid].values[at] = value;
            check(&format!("latent {at} of grid {grid}"), gradient, more, less, step);
        }
    }
}

fn small(colors: usize, steps: usize, size: [usize; 2], isa: Isa) -> (Plan, Colors, Fitted) {
    let plan = Plan {
        shape: Shape { colors, ..SHAPE },
        steps,
        trade: 1e-3,
    };
    let target = pattern(size, colors);
    let fitted = fit(vec![target.clone()], &plan, isa, &mut |_, _| true).unwrap();
    (plan, target, fitted)
}

#[test]
fn integers_make_the_picture_that_was_trained() {
    for colors in [1, 3] {
        let (plan, target, fitted) = small(colors, 120, [40, 56], Isa::best());
        let networks = Networks::new(plan.shape, &fitted.parameters).unwrap();
        let found = samples(&grown(&fitted.tiles[0], &networks, Isa::best()), &networks, Isa::best());
        let error = found.iter().enumerate().map(|(at, &sample)| {
            let wanted = target.planes[at % colors][at / colors];
            (f64::from(sample) / 255.0 - f64::from(wanted)).powi(2)
        });
        let psnr = -10.0 * (error.sum::<f64>() / found.len() as f64).log10();
        assert!(psnr > 26.0, "{psnr} dB of {colors} colours");
    }
}

#[test]
fn training_is_the_same_with_any_number_of_threads_and_any_form() {
    let wanted = small(3, 12, [70, 45], Isa::best()).2;
    for threads in [1, 3] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        assert_eq!(pool.install(|| small(3, 12, [70, 45], Isa::best())).2, wanted);
    }
    for isa in Isa::available() {
        assert_eq!(small(3, 12, [70, 45], isa).2, wanted, "{}", isa.name());
    }
}
