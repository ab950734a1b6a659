//! Side features: what is coded with them needs them, and they survive their bytes.

use super::*;
use crate::trellis::Quantisation::Rounding;

const SIZE: [usize; 2] = [6, 5];
const BANDS: usize = 7;
const INPUTS: usize = 3;

fn activations(height: usize, width: usize, channels: usize, seed: usize) -> Activations {
    let value = |at: usize| ((at * 7_919 + seed * 104_729) % 4_001) as i16 - 2_000;
    Activations {
        height,
        width,
        channels,
        data: (0..height * width * channels).map(value).collect(),
    }
}

fn prior() -> LatentPrior {
    LatentPrior::new(synthetic(3, 6, 2, 9)).unwrap()
}

fn network(prior: &LatentPrior) -> SideNetwork {
    SideNetwork::new(synthetic_side(8, BANDS, INPUTS, prior.spec()), prior).unwrap()
}

fn side(prior: &LatentPrior, seed: usize) -> Activations {
    let [height, width] = SIZE;
    let bands = activations(2 * height, 2 * width, BANDS, seed);
    network(prior)
        .run(bands, &activations(height, width, INPUTS, seed))
        .unwrap()
}

fn given(side: &Activations) -> Given<'_> {
    Given {
        coding: Rounding.into(),
        side: Some(side),
        skipped: None,
    }
}

#[test]
fn latents_come_back_with_the_same_side_features_only() {
    let prior = prior();
    let [height, width] = SIZE;
    let latents = synthetic_latents(5, prior.spec(), height, width);
    let (own, other) = (side(&prior, 1), side(&prior, 2));
    let coded = prior.compress(&latents, given(&own)).unwrap();
    let back = prior.decompress(&coded.bytes, height, width, given(&own)).unwrap();
    assert_eq!((back.checksum, &back.y_hat), (coded.checksum, &coded.y_hat));
    let wrong = prior.decompress(&coded.bytes, height, width, given(&other));
    assert!(wrong.is_err() || wrong.unwrap().checksum != coded.checksum);
    assert_eq!(prior.observe(&latents, given(&own)).unwrap().len(), latents.y.len());
}

#[test]
fn zeros_are_as_good_as_nothing() {
    let prior = prior();
    let [height, width] = SIZE;
    let latents = synthetic_latents(6, prior.spec(), height, width);
    let zeros = Activations::zeros(height, width, prior.hyper_channels());
    let plain = prior.compress(&latents, Rounding).unwrap();
    assert_eq!(prior.compress(&latents, given(&zeros)).unwrap(), plain);
}

#[test]
fn sizes_that_do_not_fit_are_refused() {
    let prior = prior();
    let [height, width] = SIZE;
    let latents = synthetic_latents(7, prior.spec(), height, width);
    for (rows, channels) in [(height, 5), (9, 6), (0, 6)] {
        let wrong = Activations::zeros(rows, width, channels);
        assert!(prior.compress(&latents, given(&wrong)).is_err());
    }
    let network = network(&prior);
    let bands = || activations(2 * height, 2 * width, BANDS, 1);
    assert!(
        network
            .run(bands(), &activations(height, width, INPUTS + 1, 1))
            .is_err()
    );
    assert!(
        network
            .run(bands(), &activations(height - 1, width, INPUTS, 1))
            .is_err()
    );
    let spec = SideSpec {
        inputs: INPUTS + 1,
        ..network.spec().clone()
    };
    assert!(SideNetwork::new(spec, &prior).is_err());
    let spec = SideSpec {
        input_shift: 16,
        ..network.spec().clone()
    };
    assert!(SideNetwork::new(spec, &prior).is_err());
}

#[test]
fn specs_survive_their_bytes() {
    let spec = network(&prior()).spec().clone();
    let bytes = spec.to_bytes();
    assert_eq!(SideSpec::from_bytes(&bytes).unwrap(), spec);
    assert!((0..bytes.len()).all(|length| SideSpec::from_bytes(&bytes[..length]).is_err()));
    let longer = [&bytes[..], &[0]].concat();
    assert!(SideSpec::from_bytes(&longer).is_err());
}
