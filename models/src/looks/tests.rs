use burn::tensor::{Device, Tensor, TensorData};

use super::*;
use crate::wavelet::{NamedTensor, Params, host_values};

/// Numbers of -1..1 that follow no pattern.
fn scattered(seed: usize, count: usize) -> Vec<f32> {
    let number = |at: usize| ((at * 7_919 + seed * 104_729 + at * at * 31) % 10_007) as f32 / 5_003.5 - 1.0;
    (0..count).map(number).collect()
}

/// A network of the given shape of convolutions, all with few channels.
fn network(looks: Looks, kernels: &[usize], heads: usize) -> LooksNetwork {
    const CHANNELS: usize = 4;
    let mut params = Params::new();
    let mut put = |name: String, shape: &[usize], gain: f32, offset: f32| {
        let values = scattered(params.len() + 1, shape.iter().product());
        let data = values.into_iter().map(|value| value * gain + offset).collect();
        let shape = shape.to_vec();
        params.insert(name, NamedTensor { shape, data });
    };
    let name = looks.name();
    for (index, kernel) in kernels.iter().enumerate() {
        let inputs = if index == 0 { 3 } else { CHANNELS };
        let gain = 1.5 / ((kernel * kernel * inputs) as f32).sqrt();
        put(
            format!("{name}.conv.{index}.weight"),
            &[CHANNELS, inputs, *kernel, *kernel],
            gain,
            0.0,
        );
        put(format!("{name}.conv.{index}.bias"), &[CHANNELS], 0.1, 0.1);
    }
    (0..heads).for_each(|index| put(format!("{name}.head.{index}"), &[CHANNELS], 0.5, 0.6));
    LooksNetwork::new(looks, &params, &Device::flex()).unwrap()
}

fn pictures(seed: usize) -> Tensor<4> {
    const SIDE: usize = 40;
    let values = scattered(seed, 3 * SIDE * SIDE)
        .into_iter()
        .map(|value| 0.5 + 0.4 * value);
    Tensor::from_data(
        TensorData::new(values.collect::<Vec<_>>(), [1, 3, SIDE, SIDE]),
        &Device::flex(),
    )
}

/// A small network of either kind.
pub(crate) fn tiny(looks: Looks) -> LooksNetwork {
    match looks {
        Looks::Vgg => network(looks, &[3; 13], 5),
        Looks::Alex => network(looks, &[11, 5, 3, 3, 3], 5),
    }
}

#[test]
fn gradients_are_those_of_the_distance() {
    for looks in [Looks::Vgg, Looks::Alex] {
        let network = tiny(looks);
        let (pixels, other) = (pictures(1), network.run(pictures(2)).features());
        let distance =
            |pixels: Tensor<4>| -> f32 { st_lpips(&network, &network.run(pixels).features(), &other).into_scalar() };
        let (found, grad) = st_lpips_backward(network.run(pixels.clone()), &network, &other);
        let found: f32 = found.into_scalar();
        assert!((found - distance(pixels.clone())).abs() < 1e-5 * found);
        let towards = pictures(3) - 0.5;
        let slope: f32 = (grad * towards.clone()).sum().into_scalar();
        let step = 2e-3;
        let measured =
            (distance(pixels.clone() + towards.clone() * step) - distance(pixels - towards * step)) / (2.0 * step);
        assert!((slope / measured - 1.0).abs() < 0.03, "{looks:?}: {slope}, {measured}");
    }
}

#[test]
fn equal_pictures_have_no_distance_and_missing_weights_are_refused() {
    let network = tiny(Looks::Vgg);
    let features = network.run(pictures(1)).features();
    assert_eq!(features.len(), 5);
    assert_eq!(host_values(st_lpips(&network, &features, &features)), [0.0]);
    assert!(LooksNetwork::new(Looks::Vgg, &Params::new(), &Device::flex()).is_err());
}
