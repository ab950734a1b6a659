//! How frames are cut into blocks: long ones where the sound holds still, short ones where it does not.

use lmc_entropy::audio::{CLASSES, FRAME, Steps};

use super::lapped::Lapped;
use super::levels::{levels_of, power};

/// Samples that a decision looks at, either side of its frame.
pub(super) const LOOK: usize = FRAME / 2;

/// Classes of the blocks of the frame that begins at `start`. It depends on samples from `start - LOOK` to
/// `start + FRAME + LOOK` alone, so that the encoders of two packets decide alike about the frames at their border.
///
/// Blocks are halved wherever that makes the coefficients cheaper to code under the same noise: the cost of a
/// coefficient is about the logarithm of one and its size in steps.
pub(super) fn classes(
    lapped: &Lapped,
    steps: &Steps,
    settings: &super::EncoderSettings,
    channels: &[&[f32]],
    start: usize,
) -> Vec<usize> {
    let noise: Vec<Vec<f32>> = channels
        .iter()
        .map(|samples| noise_of(lapped, steps, settings, &blocks(lapped, samples, start, 0)))
        .collect();
    let costs: Vec<Vec<f32>> = (0..CLASSES)
        .map(|class| {
            let mut costs = vec![0.0; 1 << class];
            for (samples, noise) in channels.iter().zip(&noise) {
                let work = blocks(lapped, samples, start, class);
                for (cost, block) in costs.iter_mut().zip(work.chunks(FRAME >> class)) {
                    *cost += cost_of(block, noise, class);
                }
            }
            costs
        })
        .collect();
    let mut classes = Vec::new();
    best(&costs, settings.split_gain, 0, 0, &mut classes);
    classes
}

/// The cheapest cut of the part `index` of a class; its classes are appended.
fn best(costs: &[Vec<f32>], gain: f32, class: usize, index: usize, classes: &mut Vec<usize>) -> f32 {
    let whole = costs[class][index];
    if class + 1 == CLASSES {
        classes.push(class);
        return whole;
    }
    let mut parts = Vec::new();
    let split =
        best(costs, gain, class + 1, 2 * index, &mut parts) + best(costs, gain, class + 1, 2 * index + 1, &mut parts);
    if split < whole * gain {
        classes.extend(parts);
        return split;
    }
    classes.push(class);
    whole
}

/// The frame as blocks of one class, whose neighbours are of the same class.
fn blocks(lapped: &Lapped, samples: &[f32], start: usize, class: usize) -> Vec<f32> {
    let reach = Lapped::reach(class);
    let mut work = samples[start - reach..start + FRAME + reach].to_vec();
    let len = FRAME >> class;
    for border in 0..=1 << class {
        lapped.fold(class, &mut work, reach + border * len);
    }
    let mut frame = work[reach..reach + FRAME].to_vec();
    frame.chunks_mut(len).for_each(|block| lapped.transform(class, block));
    frame
}

/// One over the steps of the frame as one long block, for each of its coefficients.
fn noise_of(_: &Lapped, steps: &Steps, settings: &super::EncoderSettings, long: &[f32]) -> Vec<f32> {
    let levels = levels_of(steps, 0, long, None, 0.0);
    let mut noise = Vec::with_capacity(FRAME);
    for (band, &step) in steps.of_block(0, &[&levels])[0].iter().enumerate() {
        let inverse = settings.split_noise / power(step);
        noise.resize(lmc_entropy::audio::bands_of(0).edges[band + 1], inverse);
    }
    noise
}

fn cost_of(block: &[f32], noise: &[f32], class: usize) -> f32 {
    let noise = noise.iter().step_by(1 << class);
    block
        .iter()
        .zip(noise)
        .map(|(x, inverse)| (1.0 + x.abs() * inverse).log2())
        .sum()
}
