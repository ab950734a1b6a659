//! Which tensors a wavelet model has, in the order of its layers.

use lmc_kernels::packet::BANDS;

use super::WaveletConfig;

/// Name and shape of a tensor.
pub(crate) type TensorSpec = (String, Vec<usize>);

/// Log-gains of the encoder.
pub(crate) const GAIN: &str = "gains.log_gain";
/// Logarithms of the gains that the synthesis multiplies with.
pub(crate) const INVERSE_GAIN: &str = "gains.log_inverse";
/// The synthesis: encoders take gradients through it, and the integers that decoders use are made of it.
pub(super) fn synthesis(config: &WaveletConfig) -> Vec<TensorSpec> {
    let (c, m) = (config.width, config.latents);
    let mut all = linear("g_s.up", m, 4 * c);
    all.extend((0..config.decoder_blocks).flat_map(|index| block(&format!("g_s.blocks.{index}"), c)));
    all.extend(linear("g_s.output", c, BANDS));
    all.extend(linear("g_s.skip", m, 4 * BANDS));
    all
}

/// What every file has: the inverse gains, which tell users of latents what these mean.
pub(super) fn kept(config: &WaveletConfig) -> Vec<TensorSpec> {
    vec![(INVERSE_GAIN.into(), vec![config.anchors, config.latents])]
}

/// The tensors that only the encoder needs: the analysis, the hyper analysis, the gains, and the synthesis.
pub(crate) fn encoder(config: &WaveletConfig) -> Vec<TensorSpec> {
    let (c, m, z) = (config.width, config.latents, config.hyper);
    let mut all = linear("g_a.input", BANDS, c);
    all.extend((0..config.encoder_blocks).flat_map(|index| block(&format!("g_a.blocks.{index}"), c)));
    all.extend(linear("g_a.down", 4 * c, m));
    all.extend(linear("g_a.skip", 4 * BANDS, m));
    all.extend(linear("h_a.input", m, z));
    all.extend(block("h_a.block", z));
    all.extend(linear("h_a.down1", 4 * z, z));
    all.extend(linear("h_a.down2", 4 * z, z));
    all.push((GAIN.into(), vec![config.anchors, m]));
    all.extend(synthesis(config));
    all
}

fn linear(name: &str, inputs: usize, outputs: usize) -> Vec<TensorSpec> {
    vec![
        (format!("{name}.weight"), vec![inputs, outputs]),
        (format!("{name}.bias"), vec![outputs]),
    ]
}

fn block(name: &str, channels: usize) -> Vec<TensorSpec> {
    let layers = [
        ("a", channels, channels),
        ("d", 9, channels),
        ("b", channels, channels),
        ("f1", channels, 2 * channels),
        ("f2", 2 * channels, channels),
    ];
    layers
        .into_iter()
        .flat_map(|(layer, inputs, outputs)| linear(&format!("{name}.{layer}"), inputs, outputs))
        .collect()
}
