use std::sync::Arc;

use super::*;
use crate::coder::{DecodeSymbols, EncodeSymbols, RangeDecoder, RangeEncoder};
use crate::mixing::{Reading, Writing};

const DEPTH: u32 = 6;

/// Leaves count upwards along one channel; other channels are noise.
fn tree() -> Arc<Tree> {
    let mut vectors = vec![0i16; (2 << DEPTH) * 3];
    for node in 1u16..2 << DEPTH {
        let level = u32::from(node).ilog2();
        let width = 1 << (DEPTH - level);
        let middle = 2 * (i32::from(node) * width - (1 << DEPTH)) + width - 1;
        vectors[3 * usize::from(node)] = (middle * 8 - 512) as i16;
        vectors[3 * usize::from(node) + 1] = (u32::from(node).wrapping_mul(2_654_435_761) >> 28) as i16;
    }
    Arc::new(Tree::new(DEPTH, 3, vectors).unwrap())
}

fn prior() -> IndexPrior {
    // The left neighbour, plus the upper one, less the upper left one.
    let mut weights = vec![0; 16];
    for (at, weight) in [(0, 4096), (2, -4096), (4, 4096), (9, 4096), (11, -4096), (13, 4096)] {
        weights[at] = weight;
    }
    IndexPrior::new(vec![tree()], Prediction::new(2, weights).unwrap()).unwrap()
}

fn slope(rows: usize, columns: usize, depth: u32) -> Vec<Nodes> {
    let node = |at: usize| (1u16 << depth) + ((at / columns + at % columns) as u16 & ((1 << depth) - 1));
    let node = |at: usize| [node(at), 1];
    (0..rows * columns).map(node).collect()
}

fn bytes_of(prior: &IndexPrior, depth: u32, columns: usize, nodes: &[Nodes]) -> Vec<u8> {
    let mut encoder = RangeEncoder::new();
    let mut coder = prior.coder(depth, columns).unwrap();
    for &node in nodes {
        let situation = coder.situation();
        coder.code(&mut Writing(&mut encoder), &situation, node).unwrap();
    }
    encoder.finish()
}

#[test]
fn grids_come_back_at_every_depth() {
    let prior = prior();
    for (rows, columns) in [(1, 1), (1, 7), (7, 1), (5, 9), (2, 2)] {
        for depth in 1..=DEPTH {
            let nodes = slope(rows, columns, depth);
            let bytes = bytes_of(&prior, depth, columns, &nodes);
            let mut decoder = RangeDecoder::new(&bytes).unwrap();
            let mut coder = prior.coder(depth, columns).unwrap();
            for _ in &nodes {
                let situation = coder.situation();
                let any = coder.any();
                coder.code(&mut Reading(&mut decoder), &situation, any).unwrap();
            }
            decoder.finish().unwrap();
            assert_eq!(coder.nodes(), nodes);
        }
    }
}

#[test]
fn a_second_tree_refines_the_first() {
    let mut prior = IndexPrior::new(vec![tree(), tree()], prior().prediction.clone()).unwrap();
    assert_eq!((prior.depths(DEPTH), prior.depths(DEPTH + 1)), (Some([DEPTH, 0]), None));
    assert_eq!(prior.depths(2 * DEPTH), Some([DEPTH, DEPTH]));
    let refined = |(at, [node, _]): (usize, Nodes)| [node, (1 << DEPTH) + at as u16];
    let nodes: Vec<Nodes> = slope(6, 9, DEPTH).into_iter().enumerate().map(refined).collect();
    let [first, second] = [[nodes[7][0], 1], nodes[7]].map(|nodes| prior.vector(nodes).collect::<Vec<_>>());
    assert_eq!(second[0] - first[0], prior.tree(1).unwrap().vector(nodes[7][1])[0]);
    prior.learn(2 * DEPTH, 9, &nodes).unwrap();
    let bytes = bytes_of(&prior, 2 * DEPTH, 9, &nodes);
    let mut decoder = RangeDecoder::new(&bytes).unwrap();
    let mut coder = prior.coder(2 * DEPTH, 9).unwrap();
    for _ in &nodes {
        let (situation, any) = (coder.situation(), coder.any());
        coder.code(&mut Reading(&mut decoder), &situation, any).unwrap();
    }
    decoder.finish().unwrap();
    assert_eq!(coder.nodes(), nodes);
    let mut other = IndexPrior::new(vec![tree(), tree()], prior.prediction.clone()).unwrap();
    other.set_state(&prior.state(1023)).unwrap();
    assert!(other.set_state(&prior.state(1023)[1..]).is_err());
}

#[test]
fn what_neighbours_tell_costs_little_and_training_helps() {
    let mut prior = prior();
    let nodes = slope(24, 32, DEPTH);
    let fresh = bytes_of(&prior, DEPTH, 32, &nodes).len();
    assert!(fresh < nodes.len() * DEPTH as usize / 8 / 2, "{fresh} bytes");
    for _ in 0..3 {
        prior.learn(DEPTH, 32, &nodes).unwrap();
    }
    let mut trained = super::tests::prior();
    trained.set_state(&prior.state(255)).unwrap();
    let after = bytes_of(&trained, DEPTH, 32, &nodes).len();
    assert!(after < fresh / 2, "{after} bytes after {fresh}");
}

#[test]
fn costs_are_nearly_those_of_coding() {
    let mut prior = prior();
    let nodes = slope(8, 8, DEPTH);
    for _ in 0..3 {
        prior.learn(DEPTH, 8, &nodes).unwrap();
    }
    let mut coder = prior.coder(DEPTH, 8).unwrap();
    let (mut tally, mut expected) = (Tally::default(), 0);
    for node in nodes {
        let situation = coder.situation();
        expected += coder.cost(&situation, node).unwrap();
        coder.code(&mut tally, &situation, node).unwrap();
    }
    // Coding learns from each turn of a path, which costs do not.
    assert!(
        tally.cost().abs_diff(expected) < expected / 4,
        "{} for {expected}",
        tally.cost()
    );
}

#[test]
fn the_walk_finds_nodes_by_their_vectors() {
    let tree = tree();
    for node in 1u16 << DEPTH..2 << DEPTH {
        let vector: Vec<i32> = tree.vector(node).iter().map(|value| i32::from(*value)).collect();
        assert_eq!(tree.walk(&vector[..1], DEPTH), node);
    }
}

#[test]
fn wrong_numbers_are_refused() {
    let prior = prior();
    assert!(prior.coder(0, 4).is_err() && prior.coder(DEPTH + 1, 4).is_err() && prior.coder(2, 0).is_err());
    let mut coder = prior.coder(2, 4).unwrap();
    for nodes in [[0, 1], [3, 1], [8, 1], [u16::MAX, 1], [4, 0], [4, 2]] {
        let situation = coder.situation();
        assert!(coder.cost(&situation, nodes).is_err());
        assert!(
            coder.code(&mut Tally::default(), &situation, nodes).is_err(),
            "{nodes:?}"
        );
    }
    assert!(Tree::new(15, 1, vec![0; 2 << 15]).is_err() && Tree::new(2, 1, vec![0; 7]).is_err());
    assert!(Tree::new(1, 1, vec![0, 0, 0, 2048]).is_err());
    assert!(Prediction::new(2, vec![0; 15]).is_err());
    let wide = Prediction::new(4, vec![0; 64]).unwrap();
    assert!(IndexPrior::new(vec![tree()], wide).is_err());
    let narrow = Prediction::new(1, vec![0; 4]).unwrap();
    assert!(IndexPrior::new(vec![tree(); 3], narrow.clone()).is_err());
    assert!(IndexPrior::new(Vec::new(), narrow).is_err());
}
