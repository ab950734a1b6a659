//! Expected costs of latents against those of the prior.

use std::sync::Arc;

use burn::tensor::Device;
use lmc_entropy::cost::FRACTION;
use lmc_entropy::prior::{Context, Latents};
use lmc_entropy::trellis::{BIT, Machine};

use super::expected::Expected;
use super::hyper::HyperSearch;
use super::rates::{Rates, View};
use crate::Quality;
use crate::export::twin_params;
use crate::wavelet::{LatentField, Planes, PriorTwin, WaveletModel, import_params};
use crate::zoo::{ModelFile, Tune, image_model};

fn model() -> WaveletModel {
    WaveletModel::load(image_model(Tune::Psnr).bytes, &Device::flex()).unwrap()
}

#[test]
fn slopes_are_those_of_costs() {
    let model = model();
    let expected = Expected::new(model.prior().spec());
    for distance in [-3.03, -0.4, 0.3, 1.21] {
        for log_scale in [-60.0, 3.0, 40.0, 77.0] {
            let at = |distance: f32, log_scale: f32| expected.at(distance, log_scale).bits;
            let cost = expected.at(distance, log_scale);
            let by_mean = (at(distance - 0.002, log_scale) - at(distance + 0.002, log_scale)) / 0.004;
            assert!(
                (by_mean - cost.by_mean).abs() < 0.05 + 0.02 * by_mean.abs(),
                "{by_mean}, {cost:?}"
            );
            let by_scale = (at(distance, log_scale + 0.1) - at(distance, log_scale - 0.1)) / 0.2;
            assert!(
                (by_scale - cost.by_log_scale).abs() < 0.01 + 0.02 * by_scale.abs(),
                "{by_scale}, {cost:?}"
            );
        }
    }
}

#[test]
fn far_latents_cost_more_at_all_scales() {
    let model = model();
    let spec = model.prior().spec();
    let expected = Expected::new(spec);
    // Up to scales of ten steps; what was measured of wider ones, which hardly tell near from far, has more noise.
    for log_scale in (spec.lut_min..320).step_by(8) {
        let costs: Vec<f32> = (0..8)
            .map(|steps| expected.at(steps as f32, log_scale as f32).bits)
            .collect();
        assert!(
            costs.is_sorted_by(|near, far| near - far < 1.0),
            "{log_scale}: {costs:?}"
        );
        assert!(costs[0] >= 0.0, "{log_scale}: {costs:?}");
        if log_scale < 0 {
            assert!(costs[7] > costs[0] + 5.0, "{log_scale}: {costs:?}");
        }
    }
}

/// The latents of a picture of waves and edges.
fn waves(model: &WaveletModel) -> LatentField {
    let (height, width) = (192, 208);
    let sample = |at: usize| {
        let (row, column) = ((at / width % height) as f32, (at % width) as f32);
        let edge = if (row + 2.0 * column) % 67.0 < 20.0 { 0.2 } else { 0.0 };
        0.4 + edge + 0.2 * (row * 0.4).sin() * (column * 0.03).cos()
    };
    let data = (0..3 * height * width).map(sample).collect();
    model
        .analyse(&Planes { height, width, data }, Quality::new(30.0).unwrap())
        .unwrap()
}

/// Latents cost as much less as promised if all that were decoded before move a little where the gradient says.
#[test]
fn slopes_of_decoded_latents_are_those_of_costs() {
    let model = model();
    let field = waves(&model);
    let (z, _) = model.quantise(&field).unwrap();
    let z: Vec<f32> = z.into_iter().map(f32::from).collect();
    let rates = rates_of(&model);
    let seen = |points: &[f32]| {
        let view = View {
            rates: &rates,
            context: Context::Four,
            tile: &field,
            points,
        };
        view.see(&z).unwrap()
    };
    let points: Vec<f32> = field.data.iter().map(|value| value.round()).collect();
    let here = seen(&points);
    let norm = here.by_points.iter().map(|slope| slope * slope).sum::<f32>().sqrt();
    let moved = |way: f32| -> Vec<f32> {
        let slopes = points.iter().zip(&here.by_points);
        slopes.map(|(point, slope)| point + way * slope / norm).collect()
    };
    let costs = |way: f32| seen(&moved(way)).costs.iter().sum::<f32>();
    let (change, promised) = (costs(0.5) - costs(-0.5), norm);
    assert!(
        (change - promised).abs() < 0.2 * promised,
        "{change} instead of {promised}"
    );
}

/// Its decoder sees fewer bits and errors for hyper-latents that were searched.
#[test]
fn searched_hyper_latents_cost_less() {
    let model = model();
    let field = waves(&model);
    let coding = model.prior().coding(Machine::USUAL, Context::Four);
    let (z, y) = model.quantise(&field).unwrap();
    let coded = |z: &[i16]| {
        let latents = Latents {
            height: field.height,
            width: field.width,
            z: z.to_vec(),
            y: y.clone(),
        };
        let coded = model.prior().compress(&latents, coding).unwrap();
        let points: Vec<f32> = coded.y_hat.iter().map(|point| f32::from(*point) / 16.0).collect();
        let squares: f32 = points
            .iter()
            .zip(&field.data)
            .map(|(point, y)| (point - y).powi(2))
            .sum();
        let bits = coded.cost as f32 / (1u64 << FRACTION) as f32;
        (bits + squares * 65536.0 / BIT as f32, points)
    };
    let (before, points) = coded(&z);
    let rates = rates_of(&model);
    let view = View {
        rates: &rates,
        context: coding.context,
        tile: &field,
        points: &points,
    };
    let mut search = HyperSearch::new(&view, &z).unwrap();
    let (once, _) = search.run(&view, z.clone()).unwrap();
    let (searched, _) = search.run(&view, once).unwrap();
    assert_ne!(searched, z);
    let (after, _) = coded(&searched);
    assert!(after < 0.998 * before, "{after} instead of {before}");
}

fn rates_of(model: &WaveletModel) -> Rates {
    let config = ModelFile::parse(image_model(Tune::Psnr).bytes).unwrap().manifest.config;
    let device = Device::flex().autodiff();
    let params = twin_params(model.prior().spec()).unwrap();
    let twin = import_params(PriorTwin::new(&config, &device), &params, &device).unwrap();
    Rates::new(twin, device, Arc::clone(model.prior()))
}
