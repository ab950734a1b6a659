//! Motion against plain loops over its definition.

use super::*;

/// A plane of structure without a period.
fn plane(width: usize, height: usize, seed: u32) -> Plane {
    let sample = |at: usize| {
        let (x, y) = ((at % width) as f32, (at / width) as f32);
        let wave = (x * 0.31 + y * 0.17).sin() + (x * 0.05 - y * 0.23).cos() + (x * y * 0.004).sin();
        let noise = (at as u32 ^ seed).wrapping_mul(2_654_435_761) >> 24;
        (2040.0 + 500.0 * wave) as i16 + noise as i16
    };
    Plane::new(width, height, (0..width * height).map(sample).collect()).unwrap()
}

fn frame(width: usize, height: usize, seed: u32) -> Frame {
    Frame::new([0, 1, 2].map(|colour| plane(width, height, seed + colour))).unwrap()
}

/// A sample at quarters, by the definition.
fn interpolated(plane: &Plane, x: i32, y: i32) -> i32 {
    let row = |y: i32| {
        let taps = TAPS[(x & 3) as usize].iter().zip(-3..);
        let sum: i32 = taps
            .map(|(tap, k)| i32::from(*tap) * i32::from(plane.nearest((x >> 2) + k, y)))
            .sum();
        (sum + 16) >> 5
    };
    let taps = TAPS[(y & 3) as usize].iter().zip(-3..);
    let sum: i32 = taps.map(|(tap, k)| i32::from(*tap) * row((y >> 2) + k)).sum();
    ((sum + 256) >> 9).clamp(0, i32::from(SAMPLE_MAX))
}

/// A sample of the prediction, by the definition.
fn predicted(plane: &Plane, field: &VectorField, x: usize, y: usize) -> i16 {
    let parts = |at: usize| {
        let (cell, place) = (((at + 4) / 8) as isize, (at + 4) % 8);
        let rising = i32::from(WINDOW[place]);
        [(cell - 1, 64 - rising), (cell, rising)]
    };
    let mut sum = 2048;
    for (row, across) in parts(y) {
        for (column, along) in parts(x) {
            let vector = field.nearest(column, row);
            let (x, y) = (4 * x as i32 + i32::from(vector.x), 4 * y as i32 + i32::from(vector.y));
            sum += across * along * interpolated(plane, x, y);
        }
    }
    (sum >> 12) as i16
}

#[test]
fn filters_and_windows_add_up() {
    for taps in TAPS {
        assert_eq!(taps.iter().sum::<i16>(), TAP_UNIT);
    }
    assert!((0..8).all(|at| TAPS[1][at] == TAPS[3][7 - at]));
    assert!((0..8).all(|at| WINDOW[at] + WINDOW[7 - at] == WINDOW_UNIT));
}

#[test]
fn compensation_is_its_definition() {
    for (width, height) in [(61, 37), (8, 8), (3, 5), (64, 24)] {
        let reference = plane(width, height, 7);
        let mut field = VectorField::still(width, height);
        for (at, vector) in field.vectors.iter_mut().enumerate() {
            let spread = |by: usize| ((at / 3 * by) % 83) as i16 - 41;
            *vector = Vector {
                x: spread(29),
                y: spread(47),
            };
        }
        let found = compensate_plane(&reference, &field).unwrap();
        for (at, sample) in found.data.iter().enumerate() {
            let (x, y) = (at % width, at / width);
            assert_eq!(
                *sample,
                predicted(&reference, &field, x, y),
                "{width}x{height}: {x}, {y}"
            );
        }
    }
}

#[test]
fn vectors_of_another_size_and_wild_ones_are_no_trouble() {
    let reference = plane(20, 20, 1);
    assert!(compensate_plane(&reference, &VectorField::still(28, 20)).is_err());
    let mut field = VectorField::still(20, 20);
    let far = [i16::MIN, i16::MAX];
    for (at, vector) in field.vectors.iter_mut().enumerate() {
        *vector = Vector {
            x: far[at % 2],
            y: far[at / 2 % 2],
        };
    }
    assert_eq!(compensate_plane(&reference, &field).unwrap().data.len(), 400);
}

/// A frame that shows what `of` shows, moved.
fn moved(of: &Frame, by: Vector) -> Frame {
    let mut field = VectorField::still(of.width(), of.height());
    field.vectors.fill(by);
    compensate(of, &field).unwrap()
}

#[test]
fn the_search_finds_what_moved() {
    let reference = frame(160, 96, 3);
    let luma = Luma::of(&reference);
    let phases = Phases::new(&luma);
    for by in [(0, 0), (37, -22), (-90, 15), (5, 3)].map(|(x, y)| Vector { x, y }) {
        let current = Luma::of(&moved(&reference, by));
        let motion = search(&current, (&luma, &phases), None, &SearchOptions::default()).unwrap();
        let found = motion.field.vectors.iter().filter(|vector| **vector == by).count();
        assert!(found * 10 >= motion.field.vectors.len() * 8, "{by:?}: {found} cells");
        assert_eq!(motion.splits.len(), 15);
    }
}

#[test]
fn a_moving_part_is_split_off() {
    let reference = frame(128, 128, 5);
    let shifted = moved(&reference, Vector { x: 24, y: 0 });
    let plane_of = |colour: usize| {
        let data = (0..128 * 128).map(|at| {
            let inside = (48..80).contains(&(at % 128)) && (48..80).contains(&(at / 128));
            let from = if inside { &shifted } else { &reference };
            from.planes()[colour].data[at]
        });
        Plane::new(128, 128, data.collect()).unwrap()
    };
    let current = Frame::new([plane_of(0), plane_of(1), plane_of(2)]).unwrap();
    let (luma, own) = (Luma::of(&reference), Luma::of(&current));
    let phases = Phases::new(&luma);
    let motion = search(&own, (&luma, &phases), None, &SearchOptions::default()).unwrap();
    assert_eq!(motion.field.nearest(8, 8), Vector { x: 24, y: 0 });
    assert_eq!(motion.field.nearest(1, 1), Vector::default());
    assert!(motion.splits.iter().any(|split| split.into_16));
    let error = |prediction: &Frame| {
        let pairs = prediction.planes()[1].data.iter().zip(&current.planes()[1].data);
        pairs.map(|(a, b)| u64::from(a.abs_diff(*b))).sum::<u64>()
    };
    let predicted = compensate(&reference, &motion.field).unwrap();
    assert!(error(&predicted) * 3 < error(&reference), "{}", error(&predicted));
}

#[test]
fn tiny_frames_are_searched() {
    for (width, height) in [(1, 1), (9, 3), (33, 40)] {
        let reference = frame(width, height, 9);
        let luma = Luma::of(&reference);
        let motion = search(&luma, (&luma, &Phases::new(&luma)), None, &SearchOptions::default()).unwrap();
        assert!(motion.field.vectors.iter().all(|vector| *vector == Vector::default()));
    }
}

#[test]
fn what_is_expected_is_the_median_of_what_is_known() {
    let mut field = VectorField::still(32, 32);
    let put = |field: &mut VectorField, at: usize, x: i16, y: i16| field.vectors[at] = Vector { x, y };
    put(&mut field, 4, 4, -4);
    put(&mut field, 1, 8, 0);
    put(&mut field, 2, 2, 2);
    let known = |column: usize, row: usize| row == 0 || column == 0;
    assert_eq!(field.expected([1, 1], 1, known), Vector { x: 4, y: 0 });
    assert_eq!(field.expected([0, 0], 1, known), Vector::default());
    assert_eq!(field.expected([1, 1], 1, |_, _| false), Vector::default());
    assert_eq!(
        field.expected([0, 1], 1, |column, row| (column, row) == (1, 0)),
        Vector { x: 8, y: 0 }
    );
}
