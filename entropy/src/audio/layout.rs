//! How a packet is cut: frames, blocks and bands.
//!
//! A packet is [`FRAMES`] frames of [`FRAME`] samples. A frame is cut into blocks by halving: a block of class `c` has
//! `FRAME >> c` samples and as many coefficients. The coefficients of a block lie in bands, about as wide as those of the
//! ear and the same in hertz for all classes, but that short blocks have fewer and wider ones at the low end.

use std::sync::LazyLock;

/// Samples of a frame, and coefficients of the longest block.
pub const FRAME: usize = 2048;
/// Frames of a packet.
pub const FRAMES: usize = 12;
/// Samples of a packet and channel.
pub const PACKET: usize = FRAME * FRAMES;
/// Lengths of blocks: `FRAME >> class` for the classes `0..CLASSES`.
pub const CLASSES: usize = 5;
/// Bands of the longest block.
pub const BANDS: usize = 32;
/// The fewest coefficients of a band.
const NARROWEST: usize = 4;

/// Where the bands of the longest block begin, and where the last one ends: at 48 kHz a coefficient is 11.7 Hz wide.
const EDGES: [usize; BANDS + 1] = [
    0, 8, 16, 24, 32, 40, 50, 60, 72, 84, 98, 114, 132, 152, 176, 204, 236, 272, 314, 362, 418, 484, 560, 648, 752,
    872, 1008, 1164, 1344, 1536, 1712, 1880, 2048,
];

/// The bands of the blocks of one class.
#[derive(Debug)]
pub struct Bands {
    /// Where bands begin, and where the last one ends.
    pub edges: Vec<usize>,
    /// For each band the place of its middle among the bands of the longest block, in sixteenths of a band.
    pub places: Vec<i32>,
    /// For each band and each class: the band of that class where its middle lies.
    pub same: Vec<[usize; CLASSES]>,
}

impl Bands {
    /// How many bands there are.
    pub fn count(&self) -> usize {
        self.edges.len() - 1
    }

    /// The coefficients of a band.
    pub fn range(&self, band: usize) -> std::ops::Range<usize> {
        self.edges[band]..self.edges[band + 1]
    }

    /// How many bands begin below `limit`, counted in coefficients of the longest block.
    pub fn below(&self, class: usize, limit: usize) -> usize {
        self.edges[..self.count()].partition_point(|&edge| edge << class < limit)
    }
}

static ALL: LazyLock<Vec<Bands>> = LazyLock::new(|| {
    let edges: Vec<Vec<usize>> = (0..CLASSES).map(edges).collect();
    (0..CLASSES).map(|class| bands(class, &edges)).collect()
});

/// The bands of the blocks of a class under [`CLASSES`].
pub fn bands_of(class: usize) -> &'static Bands {
    &ALL[class.min(CLASSES - 1)]
}

/// Edges of the longest block in the coefficients of a class; bands that would be narrower than allowed join the next.
fn edges(class: usize) -> Vec<usize> {
    let mut edges = vec![0];
    for edge in &EDGES[1..] {
        let (edge, last) = ((edge + (1 << class) / 2) >> class, edges[edges.len() - 1]);
        if edge >= last + NARROWEST {
            edges.push(edge);
        }
    }
    edges
}

fn bands(class: usize, all: &[Vec<usize>]) -> Bands {
    let edges = all[class].clone();
    // Twice the middle, in coefficients of the longest block.
    let middles: Vec<usize> = edges.windows(2).map(|pair| (pair[0] + pair[1]) << class).collect();
    let same = |&middle: &usize| {
        std::array::from_fn(|other| {
            let edges = &all[other];
            edges
                .partition_point(|&edge| 2 * (edge << other) <= middle)
                .clamp(1, edges.len() - 1)
                - 1
        })
    };
    Bands {
        places: middles.iter().map(|&middle| place(middle)).collect(),
        same: middles.iter().map(same).collect(),
        edges,
    }
}

/// The place of twice a coefficient of the longest block.
fn place(twice: usize) -> i32 {
    let band = EDGES.partition_point(|&edge| 2 * edge <= twice).clamp(1, BANDS) - 1;
    let (low, high) = (2 * EDGES[band], 2 * EDGES[band + 1]);
    (16 * band + 16 * (twice - low) / (high - low)) as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_cover_every_block() {
        for class in 0..CLASSES {
            let bands = bands_of(class);
            assert_eq!(*bands.edges.last().unwrap(), FRAME >> class);
            assert!(bands.edges.windows(2).all(|pair| pair[1] >= pair[0] + NARROWEST));
            assert!(bands.places.windows(2).all(|pair| pair[0] < pair[1]));
            for (band, same) in bands.same.iter().enumerate() {
                assert_eq!(same[class], band);
            }
            assert_eq!(bands.below(class, FRAME), bands.count());
            assert_eq!(bands.below(class, 1), 1);
        }
        assert_eq!(bands_of(0).count(), BANDS);
    }
}
