use super::*;

fn ramp(height: usize, width: usize) -> Vec<f32> {
    let mut state = 1u32;
    (0..3 * height * width)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 24) as f32
        })
        .collect()
}

#[test]
fn energies_turn_errors_of_bands_into_errors_of_pixels() {
    assert!(energies().iter().all(|energy| (0.5..1.5).contains(energy)));
    // Noise away from the borders, where basis functions are folded.
    let (maps, mut state) = (24, 7u32);
    let side = maps * BLOCK;
    let mut bands = vec![0.0f32; 3 * side * side];
    for (index, row) in bands.chunks_exact_mut(BANDS).enumerate() {
        if (6..18).contains(&(index / maps)) && (6..18).contains(&(index % maps)) {
            for value in row {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                *value = (state >> 8) as f32 / (1 << 24) as f32 - 0.5;
            }
        }
    }
    let pixels: f32 = inverse(&bands, side, side).iter().map(|v| v * v).sum();
    let rows = bands.chunks_exact(BANDS);
    let weighted: f32 = rows
        .flat_map(|row| row.iter().zip(energies()))
        .map(|(v, energy)| v * v * energy)
        .sum();
    assert!((pixels / weighted - 1.0).abs() < 0.03, "{pixels} against {weighted}");
}

#[test]
fn waves_are_found_at_their_frequency() {
    let (height, width) = (128, 128);
    for index in 0..BLOCK {
        let cycles_per_pixel = (index as f32 + 0.5) / (2 * BLOCK) as f32;
        let wave = |at: usize| (std::f32::consts::TAU * cycles_per_pixel * (at % width) as f32).cos();
        let pixels: Vec<f32> = (0..3 * height * width).map(wave).collect();
        let bands = forward(&pixels, height, width);
        let mut energy = [[0.0f32; BLOCK]; 2];
        for (at, value) in bands.iter().enumerate() {
            let [row, column] = frequency(at % BANDS);
            energy[0][row] += value * value;
            energy[1][column] += value * value;
        }
        let strongest = |energy: &[f32]| (0..BLOCK).max_by(|a, b| energy[*a].total_cmp(&energy[*b]));
        assert_eq!(energy.map(|energy| strongest(&energy)), [Some(0), Some(index)]);
    }
}

#[test]
fn inverse_restores_every_size() {
    for (height, width) in [(8, 8), (16, 8), (64, 72), (128, 64)] {
        let pixels = ramp(height, width);
        let back = inverse(&forward(&pixels, height, width), height, width);
        let error = pixels.iter().zip(&back).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(error < 2e-5, "{height}x{width}: {error}");
    }
}

#[test]
fn reduced_pictures_are_small_versions() {
    let (height, width) = (64, 96);
    let smooth = |y: usize, x: usize, c: usize| 0.3 + 0.004 * (y as f32) + 0.002 * (x as f32) + 0.1 * c as f32;
    let plane = |c: usize| (0..height * width).map(move |at| smooth(at / width, at % width, c));
    let pixels: Vec<f32> = (0..3).flat_map(plane).collect();
    let bands = forward(&pixels, height, width);
    for levels in 0..=LEVELS {
        let (rows, columns) = (height >> levels, width >> levels);
        let small = inverse_reduced(&bands, height, width, levels);
        assert_eq!(small.len(), 3 * rows * columns);
        for (at, value) in small.iter().enumerate() {
            let (c, y, x) = (at / (rows * columns), at / columns % rows, at % columns);
            let error = (value - smooth(y << levels, x << levels, c)).abs();
            assert!(error < 0.03, "{levels} levels, {y}, {x}: {error}");
        }
    }
}

#[test]
fn a_constant_picture_is_one_band_per_channel() {
    let bands = forward(&vec![0.5; 3 * 64 * 64], 64, 64);
    for position in bands.chunks_exact(BANDS) {
        for (band, value) in position.iter().enumerate() {
            // Each low-pass has a gain close to the square root of two, so a block of 8x8 gathers close to 8 times its mean.
            let expected = if band < 3 { 4.0 } else { 0.0 };
            assert!(
                (value - expected).abs() < 0.02 * expected.max(0.1),
                "band {band}: {value}"
            );
        }
    }
}

#[test]
fn energy_is_nearly_kept() {
    let pixels = ramp(128, 128);
    let energy = |values: &[f32]| values.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>();
    let ratio = energy(&forward(&pixels, 128, 128)) / energy(&pixels);
    assert!((0.9..1.15).contains(&ratio), "{ratio}");
}
