use lmc_entropy::coder::{DecodeSymbols, EncodeSymbols, RangeDecoder, RangeEncoder};
use lmc_entropy::mixing::{Reading, Writing};

use super::*;

/// Trees and vectors of all kinds.
fn motion(width: usize, height: usize, seed: u32) -> Motion {
    let mut state = seed;
    let mut next = move |below: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) % below
    };
    let mut motion = Motion::still(width, height);
    let largest = motion.field.columns.div_ceil(LARGEST_CELLS);
    for at in 0..motion.splits.len() {
        let (column, row) = (at % largest * LARGEST_CELLS, at / largest * LARGEST_CELLS);
        let mut vector = || {
            let size = [1, 8, 100, 2 * VECTOR_MAX as u32][next(4) as usize];
            let [x, y] = [next(size), next(size)].map(|value| value as i16 - (size / 2) as i16);
            Vector { x, y }
        };
        motion.field.fill([column, row], LARGEST_CELLS, vector());
        if motion.splits.len() > 1 && at % 3 == 0 {
            continue;
        }
        motion.splits[at].into_16 = true;
        let block = Block {
            column,
            row,
            cells: LARGEST_CELLS,
        };
        for (index, quarter) in block.quarters().into_iter().enumerate() {
            if quarter.column >= motion.field.columns || quarter.row >= motion.field.rows {
                continue;
            }
            motion.field.fill([quarter.column, quarter.row], 2, vector());
            if index % 2 == 0 {
                motion.splits[at].into_8[index] = true;
                for cell in quarter.quarters() {
                    motion.field.fill([cell.column, cell.row], 1, vector());
                }
            }
        }
    }
    motion
}

#[test]
fn motion_comes_back() {
    for (width, height) in [(8, 8), (100, 52), (33, 65), (256, 128)] {
        let frames: Vec<Motion> = (0..3).map(|seed| motion(width, height, seed)).collect();
        let mut encoder = RangeEncoder::new();
        let mut coder = MotionCoder::new().unwrap();
        let mut last: Option<&Motion> = None;
        for frame in &frames {
            let last_field = last.map(|last| &last.field);
            coder
                .code(&mut Writing(&mut encoder), &mut frame.clone(), last_field)
                .unwrap();
            last = Some(frame);
        }
        let bytes = encoder.finish();
        let mut decoder = RangeDecoder::new(&bytes).unwrap();
        let mut coder = MotionCoder::new().unwrap();
        let mut last: Option<Motion> = None;
        for frame in &frames {
            let mut found = Motion::still(width, height);
            let last_field = last.as_ref().map(|last| &last.field);
            coder.code(&mut Reading(&mut decoder), &mut found, last_field).unwrap();
            assert_eq!(found, *frame, "{width}x{height}");
            last = Some(found);
        }
        decoder.finish().unwrap();
    }
}

#[test]
fn maps_of_tiles_come_back() {
    let wanted: Vec<bool> = (0..60).map(|at| at % 7 < 3 || at > 40).collect();
    let mut encoder = RangeEncoder::new();
    let mut coder = MotionCoder::new().unwrap();
    let io = &mut Writing(&mut encoder);
    coder.code_unchanged(io, (&mut wanted.clone(), 10), &[]).unwrap();
    coder.code_unchanged(io, (&mut wanted.clone(), 10), &wanted).unwrap();
    let bytes = encoder.finish();
    let mut decoder = RangeDecoder::new(&bytes).unwrap();
    let mut coder = MotionCoder::new().unwrap();
    let (mut first, mut second) = (vec![false; 60], vec![false; 60]);
    let io = &mut Reading(&mut decoder);
    coder.code_unchanged(io, (&mut first, 10), &[]).unwrap();
    coder.code_unchanged(io, (&mut second, 10), &first).unwrap();
    assert_eq!([&first, &second], [&wanted, &wanted]);
}

#[test]
fn no_motion_is_nearly_free() {
    let mut encoder = RangeEncoder::new();
    let mut coder = MotionCoder::new().unwrap();
    let still = Motion::still(640, 360);
    for _ in 0..4 {
        let mut motion = still.clone();
        coder
            .code(&mut Writing(&mut encoder), &mut motion, Some(&still.field))
            .unwrap();
    }
    let bytes = encoder.finish().len();
    assert!(bytes < 40, "{bytes}");
}
