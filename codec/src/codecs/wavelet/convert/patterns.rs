//! Pictures as extreme as pictures get, so that activations have room for them: text, screens and test charts go further
//! than photographs do.

use crate::codecs::wavelet::Planes;

/// Side of a picture.
const SIDE: usize = 128;
/// The corners of the RGB cube that patterns take turns with.
const COLORS: [[f32; 3]; 8] = [
    [0.0, 0.0, 0.0],
    [1.0, 1.0, 1.0],
    [1.0, 0.0, 0.0],
    [0.0, 1.0, 1.0],
    [0.0, 1.0, 0.0],
    [1.0, 0.0, 1.0],
    [0.0, 0.0, 1.0],
    [1.0, 1.0, 0.0],
];

/// Checks, stripes, noise and waves of full contrast, in black and white and in colours.
pub(in crate::codecs) fn patterns() -> impl Iterator<Item = Planes> {
    let pairs = [[0, 1], [2, 3], [4, 5], [6, 7]];
    let two = pairs.into_iter().flat_map(|pair| {
        [1usize, 2, 3, 4, 8].into_iter().flat_map(move |size| {
            let checks = move |y: usize, x: usize| pair[(y / size + x / size) % 2];
            let upright = move |_: usize, x: usize| pair[x / size % 2];
            let lying = move |y: usize, _: usize| pair[y / size % 2];
            [picture(checks), picture(upright), picture(lying)]
        })
    });
    let noise = [1usize, 2, 4, 8, 16].into_iter().flat_map(|size| {
        let all = move |y: usize, x: usize| scattered(y / size, x / size) % COLORS.len();
        let gray = move |y: usize, x: usize| scattered(y / size, x / size) % 2;
        [picture(all), picture(gray)]
    });
    let ring = |y: usize, x: usize| usize::from(((y * y + x * x) / SIDE).is_multiple_of(2));
    let flat = (0..COLORS.len()).map(|color| picture(move |_, _| color));
    two.chain(noise).chain([picture(ring)]).chain(flat)
}

/// A number that looks like chance.
fn scattered(y: usize, x: usize) -> usize {
    let mixed = ((y * 977 + x + 1) as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    ((mixed ^ mixed >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 40) as usize
}

fn picture(color: impl Fn(usize, usize) -> usize) -> Planes {
    let sample = |at: usize| COLORS[color(at / SIDE % SIDE, at % SIDE)][at / (SIDE * SIDE)];
    Planes {
        height: SIDE,
        width: SIDE,
        data: (0..3 * SIDE * SIDE).map(sample).collect(),
    }
}
