//! Rate, looks and errors on held-out pictures, with and without the network.

use burn::tensor::{Device, Tensor, TensorData};
use lmc_codec::codecs::vq::band_values;

use super::data::VqData;
use super::loss::pixels;
use super::network::{VqNetwork, tensors};
use crate::looks::{LooksNetwork, st_lpips};
use crate::train::Score;
use crate::wavelet::Planes;
use crate::wavelet::packet::BANDS;
use crate::{Quality, Result};

/// Qualities that are measured: about 0.02, 0.03 and 0.05 bits per pixel.
const QUALITIES: [f32; 3] = [50.0, 60.0, 66.0];

/// One row of scores for each quality. The network must not track gradients.
pub(super) fn evaluate(
    network: &VqNetwork,
    looks: &LooksNetwork,
    data: &VqData,
    device: &Device,
) -> Result<Vec<Vec<Score>>> {
    let count = data.held_out.len() as f64;
    let mut rows = vec![[0.0; 5]; QUALITIES.len()];
    for picture in &data.held_out {
        let original = tensor(&picture.data, picture, device);
        let wanted = looks.run(original).features();
        for (quality, row) in QUALITIES.into_iter().zip(&mut rows) {
            let seen = data.model().see(picture, Quality::new(quality)?)?;
            let bpp = seen.bytes as f64 * 8.0 / (picture.height * picture.width) as f64;
            let plain = plain(&seen.bands, seen.size, device);
            let [inputs, bands] = tensors(&[seen], device);
            let all = [network.forward(inputs, bands), plain];
            let [ours, before] = all.map(|bands| {
                let found = rounded(pixels(bands));
                let features = looks.run(tensor(&found, picture, device)).features();
                let distance: f32 = st_lpips(looks, &features, &wanted).into_scalar();
                (f64::from(distance), psnr(&found, &picture.data))
            });
            let found = [bpp, ours.0, ours.1, before.0, before.1];
            row.iter_mut().zip(found).for_each(|(sum, value)| *sum += value / count);
        }
    }
    let names = ["bpp", "looks", "psnr_db", "looks_before", "psnr_before_db"];
    let rows = QUALITIES.into_iter().zip(rows).map(|(quality, row)| {
        let scores = names.into_iter().zip(row).map(|(name, value)| Score::new(name, value));
        std::iter::once(Score::new("quality", quality)).chain(scores).collect()
    });
    Ok(if data.held_out.is_empty() {
        Vec::new()
    } else {
        rows.collect()
    })
}

/// The bands before the network.
fn plain(bands: &[i16], [rows, columns]: [usize; 2], device: &Device) -> Tensor<4> {
    let shape = [1, 2 * rows, 2 * columns, BANDS];
    Tensor::from_data(TensorData::new(band_values(bands), shape), device)
}

fn tensor(pixels: &[f32], picture: &Planes, device: &Device) -> Tensor<4> {
    let shape = [1, 3, picture.height, picture.width];
    Tensor::from_data(TensorData::new(pixels.to_vec(), shape), device)
}

fn rounded(pixels: Vec<f32>) -> Vec<f32> {
    let level = |value: f32| (value * 255.0).round().clamp(0.0, 255.0) / 255.0;
    pixels.into_iter().map(level).collect()
}

fn psnr(a: &[f32], b: &[f32]) -> f64 {
    let squares = a.iter().zip(b).map(|(a, b)| f64::from(a - b).powi(2));
    -10.0 * (squares.sum::<f64>() / a.len() as f64).max(1e-12).log10()
}
