//! The Fourier transform in double precision, as metrics and alignment need it.

/// A transform of one size.
pub(super) type Fft = lmc_kernels::fft::Fft<f64>;

/// Powers of the first half of the spectrum, the middle included, of real samples; zeros follow them.
pub(super) fn powers(fft: &Fft, samples: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut re: Vec<f64> = samples.take(fft.size()).collect();
    let mut im = Vec::new();
    fft.transform(&mut re, &mut im);
    let half = re.iter().zip(&im).take(fft.size() / 2 + 1);
    half.map(|(re, im)| re * re + im * im).collect()
}
