//! What the encoder spends on an image, and how large its networks are.

use super::encode::Plan;
use super::shape::{MOST_GRIDS, Shape};
use crate::codecs::image::Effort;
use crate::quality::Quality;

/// Steps of training at the lowest and the highest effort; those between grow by the same factor.
const STEPS: [f32; 2] = [500.0, 20_000.0];
/// Pixels of images whose networks are small, because they are a large part of the stream.
const FEW_PIXELS: usize = 1 << 15;
/// The trade of quality 0.
const COARSEST: f32 = 0.03;
/// Decades that it falls by for each step of quality.
const DECADES: f32 = 0.031_25;

/// The plan for an image of `[height, width]` pixels.
pub(super) fn plan(size: [usize; 2], colors: usize, quality: Quality, effort: Effort) -> Plan {
    let level = f32::from(effort.value() - 1) / f32::from(Effort::MAX - 1);
    let [least, most] = STEPS;
    let steps = least * (most / least).powf(level);
    Plan {
        shape: shape(size, colors, effort),
        steps: steps as usize,
        trade: COARSEST * 10f32.powf(-DECADES * quality.value()),
    }
}

fn shape([height, width]: [usize; 2], colors: usize, effort: Effort) -> Shape {
    let [contexts, features, predicting, hidden, filters] = match (height * width, effort.value()) {
        (..=FEW_PIXELS, _) => [6, 2, 6, 8, 1],
        (_, ..=3) => [8, 3, 8, 16, 2],
        (_, ..=6) => [10, 4, 12, 24, 2],
        _ => [14, 4, 18, 40, 2],
    };
    let halvings = height.max(width).max(1).ilog2() as usize;
    Shape {
        grids: (halvings + 1).min(MOST_GRIDS),
        contexts,
        features,
        width: predicting,
        hidden,
        filters,
        colors,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn efforts_have_steps_and_networks_within_the_format() {
        for effort in 1..=Effort::MAX {
            for size in [[1, 1], [3, 700], [512, 768]] {
                let plan = plan(size, 3, Quality::default(), Effort::new(effort).unwrap());
                assert!(plan.shape.is_valid() && plan.shape.macs_per_pixel() <= 2200, "{plan:?}");
            }
        }
        let steps = |effort| plan([9, 9], 1, Quality::default(), Effort::new(effort).unwrap()).steps;
        assert_eq!([steps(1), steps(9)], [500, 20_000]);
    }

    #[test]
    fn better_quality_pays_more_for_an_error() {
        let trade = |quality| plan([9, 9], 1, Quality::new(quality).unwrap(), Effort::default()).trade;
        assert!(trade(0.0) > trade(50.0) && trade(50.0) > trade(100.0));
        assert!((trade(60.0) - 4e-4).abs() < 1e-6);
    }
}
