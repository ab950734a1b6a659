//! Photographs in motion: a background and things before it, each with its own pan, zoom and rotation, seen by a
//! camera that shakes, blurs, adds noise and fades.

use super::texture::{Texture, View};
use crate::grain::normal;
use crate::rng::Rng;

/// A view and how it changes from frame to frame.
#[derive(Clone, Copy, Debug)]
struct Path {
    start: View,
    /// Pixels for each frame.
    speed: [f32; 2],
    /// Logarithm of the zoom for each frame.
    zooming: f32,
    /// Radians for each frame.
    turning: f32,
}

impl Path {
    fn at(&self, time: f32) -> View {
        let [x, y] = self.start.centre;
        View {
            centre: [x + self.speed[0] * time, y + self.speed[1] * time],
            zoom: self.start.zoom * (self.zooming * time).exp(),
            angle: self.start.angle + self.turning * time,
        }
    }
}

/// Something before the background: a rounded shape with a texture, both moving.
#[derive(Debug)]
struct Thing {
    texture: Texture,
    path: Path,
    /// Middle of the shape in the first frame, relative to the middle of the output.
    place: [f32; 2],
    /// Half its sides.
    radius: [f32; 2],
    /// 2 for an ellipse; more for what has corners.
    power: f32,
    angle: f32,
}

impl Thing {
    /// How much of a place it covers.
    fn cover(&self, [x, y]: [f32; 2], time: f32) -> f32 {
        // The texture moves with the shape: where the view goes one way, things go the other.
        let middle = [0, 1].map(|axis| self.place[axis] - self.path.speed[axis] * time / self.path.start.zoom);
        let (sine, cosine) = (self.angle - self.path.turning * time).sin_cos();
        let (x, y) = (x - middle[0], y - middle[1]);
        let (x, y) = (
            (cosine * x + sine * y) / self.radius[0],
            (cosine * y - sine * x) / self.radius[1],
        );
        let growth = (-self.path.zooming * time).exp();
        let apart = (x.abs().powf(self.power) + y.abs().powf(self.power)).powf(self.power.recip()) / growth;
        // The edge is a pixel wide.
        ((1.0 - apart) * self.radius[0].min(self.radius[1]) + 0.5).clamp(0.0, 1.0)
    }
}

/// What the camera does to all that is seen.
#[derive(Debug)]
struct Camera {
    /// Moments that a frame is the mean of.
    moments: usize,
    /// Passes of a small blur in the first frame, and more of them for each frame.
    softness: [f32; 2],
    /// Standard deviation of noise.
    noise: f32,
    /// Factor and offset by frame: fades and changes of light.
    gain: f32,
    offset: f32,
    /// The scene that this one fades into, and how much of it comes with each frame.
    into: Option<(Texture, f32)>,
}

/// How long the shutter is open, in frames.
const SHUTTER: f32 = 0.5;

/// A scene.
#[derive(Debug)]
pub(super) struct Scene {
    background: Texture,
    path: Path,
    things: Vec<Thing>,
    camera: Camera,
}

impl Scene {
    /// A scene of photographs that `texture` gives.
    pub(super) fn draw<E>(
        rng: &mut Rng,
        side: usize,
        mut texture: impl FnMut(&mut Rng) -> Result<Texture, E>,
    ) -> Result<Self, E> {
        let background = texture(rng)?;
        let still = rng.unit() < 0.15;
        let path = path(rng, background.side(), if still { 0.0 } else { 1.0 });
        let count = [0, 0, 1, 1, 2, 3][rng.below(6) as usize];
        let things = (0..count).map(|_| {
            let texture = texture(rng)?;
            Ok(thing(rng, side, texture))
        });
        let things = things.collect::<Result<_, E>>()?;
        let into = if rng.unit() < 0.04 {
            Some((texture(rng)?, 0.1 + 0.4 * rng.unit() as f32))
        } else {
            None
        };
        Ok(Self {
            background,
            path,
            things,
            camera: camera(rng, into),
        })
    }

    /// Frames from the first on, interleaved RGB.
    pub(super) fn frames(&self, rng: &mut Rng, side: usize, count: usize) -> Vec<Vec<u8>> {
        (0..count).map(|frame| self.frame(rng, side, frame)).collect()
    }

    fn frame(&self, rng: &mut Rng, side: usize, frame: usize) -> Vec<u8> {
        let time = frame as f32;
        let mut sum = vec![0.0f32; 3 * side * side];
        for moment in 0..self.camera.moments {
            let time = time + SHUTTER * moment as f32 / self.camera.moments as f32;
            self.add(&mut sum, side, time);
        }
        let share = 1.0 / self.camera.moments as f32;
        sum.iter_mut().for_each(|value| *value *= share);
        let [softness, more] = self.camera.softness;
        for _ in 0..(softness + more * time).clamp(0.0, 6.0) as usize {
            sum = soften(&sum, side);
        }
        let gain = 1.0 + self.camera.gain * time;
        let offset = self.camera.offset * time;
        let mut finish = |value: f32| {
            let noise = if self.camera.noise > 0.0 {
                self.camera.noise * normal(rng)
            } else {
                0.0
            };
            (value * gain + offset + noise).round().clamp(0.0, 255.0) as u8
        };
        sum.into_iter().map(&mut finish).collect()
    }

    /// Adds what is seen at a time.
    fn add(&self, sum: &mut [f32], side: usize, time: f32) {
        let view = self.path.at(time);
        let views: Vec<View> = self.things.iter().map(|thing| thing.path.at(time)).collect();
        let middle = (side as f32 - 1.0) / 2.0;
        for (at, pixel) in sum.chunks_exact_mut(3).enumerate() {
            let place = [(at % side) as f32 - middle, (at / side) as f32 - middle];
            let mut colour = self.background.at(view.place(place));
            if let Some((into, speed)) = &self.camera.into {
                let share = (speed * time).min(1.0);
                mix(&mut colour, into.at(view.place(place)), share);
            }
            for (thing, view) in self.things.iter().zip(&views) {
                let cover = thing.cover(place, time);
                if cover > 0.0 {
                    mix(&mut colour, thing.texture.at(view.place(place)), cover);
                }
            }
            pixel.iter_mut().zip(colour).for_each(|(sum, value)| *sum += value);
        }
    }
}

fn mix(colour: &mut [f32; 3], with: [f32; 3], share: f32) {
    for (value, with) in colour.iter_mut().zip(with) {
        *value += share * (with - *value);
    }
}

/// A number of -1..1, small ones more often.
fn mostly_small(rng: &mut Rng) -> f32 {
    let value = 2.0 * rng.unit() as f32 - 1.0;
    value * value.abs()
}

/// Greatest speeds: pixels, logarithm of zoom, and radians for each frame.
const SPEED: f32 = 22.0;
const ZOOMING: f32 = 0.03;
const TURNING: f32 = 0.03;

fn path(rng: &mut Rng, side: usize, liveliness: f32) -> Path {
    let middle = side as f32 / 2.0;
    let centre = [0, 1].map(|_| middle + 0.12 * side as f32 * (2.0 * rng.unit() as f32 - 1.0));
    let sometimes = |rng: &mut Rng, size: f32| {
        if rng.unit() < 0.4 {
            size * mostly_small(rng)
        } else {
            0.0
        }
    };
    Path {
        start: View {
            centre,
            zoom: 0.85 + 0.3 * rng.unit() as f32,
            angle: 0.2 * mostly_small(rng),
        },
        speed: [0, 1].map(|_| liveliness * SPEED * mostly_small(rng)),
        zooming: liveliness * sometimes(rng, ZOOMING),
        turning: liveliness * sometimes(rng, TURNING),
    }
}

fn thing(rng: &mut Rng, side: usize, texture: Texture) -> Thing {
    let path = path(rng, texture.side(), 1.0);
    let share = |rng: &mut Rng, low: f32, high: f32| (low + (high - low) * rng.unit() as f32) * side as f32;
    Thing {
        texture,
        path,
        place: [share(rng, -0.45, 0.45), share(rng, -0.45, 0.45)],
        radius: [share(rng, 0.05, 0.3), share(rng, 0.05, 0.3)],
        power: [1.5, 2.0, 2.0, 3.0, 8.0][rng.below(5) as usize],
        angle: 6.3 * rng.unit() as f32,
    }
}

fn camera(rng: &mut Rng, into: Option<(Texture, f32)>) -> Camera {
    let chance = |rng: &mut Rng, share: f64| rng.unit() < share;
    Camera {
        moments: if chance(rng, 0.2) { 4 } else { 1 },
        softness: if chance(rng, 0.25) {
            [2.0 * rng.unit() as f32, 2.0 * mostly_small(rng)]
        } else {
            [0.0; 2]
        },
        noise: if chance(rng, 0.5) {
            6.0 * (rng.unit() * rng.unit()) as f32
        } else {
            0.0
        },
        gain: if chance(rng, 0.2) { 0.2 * mostly_small(rng) } else { 0.0 },
        offset: if chance(rng, 0.15) {
            12.0 * mostly_small(rng)
        } else {
            0.0
        },
        into,
    }
}

/// The mean of each pixel and its neighbours, with weights 1, 2, 1 in both directions.
fn soften(values: &[f32], side: usize) -> Vec<f32> {
    let near = |at: usize, by: isize| (at as isize + by).clamp(0, side as isize - 1) as usize;
    let mut along = Vec::with_capacity(values.len());
    for at in 0..values.len() {
        let (pixel, colour) = (at / 3, at % 3);
        let (row, column) = (pixel / side * side, pixel % side);
        let value = |by: isize| values[3 * (row + near(column, by)) + colour];
        along.push(0.25 * (value(-1) + 2.0 * value(0) + value(1)));
    }
    let line = 3 * side;
    let blurred = |at: usize| {
        let value = |by: isize| along[near(at / line, by) * line + at % line];
        0.25 * (value(-1) + 2.0 * value(0) + value(1))
    };
    (0..values.len()).map(blurred).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn photograph(rng: &mut Rng) -> Result<Texture, ()> {
        let seed = rng.next_u64() as usize % 91;
        let rgb: Vec<u8> = (0..3 * 64 * 64)
            .map(|at| ((at / 3 * (seed + 3) / 7 + at % 64 * 2) % 256) as u8)
            .collect();
        Ok(Texture::new(&rgb, 64))
    }

    #[test]
    fn scenes_follow_from_the_seed_and_move() {
        let clip = |seed: u64| {
            let mut rng = Rng::from_keys(&[seed]);
            let scene = Scene::draw(&mut rng, 48, photograph).unwrap();
            scene.frames(&mut rng, 48, 3)
        };
        assert_eq!(clip(1), clip(1));
        assert_ne!(clip(1), clip(2));
        let moving = (0..20).filter(|&seed| {
            let frames = clip(seed);
            frames[0] != frames[2]
        });
        assert!(moving.count() >= 15);
        assert!(clip(3).iter().all(|frame| frame.len() == 3 * 48 * 48));
    }

    #[test]
    fn softening_keeps_the_mean_of_flat_areas() {
        let flat = vec![7.0; 3 * 9 * 9];
        assert!(soften(&flat, 9).iter().all(|value| (value - 7.0).abs() < 1e-5));
    }
}
