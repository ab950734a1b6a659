//! The inner loops, in forms that give the same bits: AVX-512 with VNNI, AVX2, SIMD of WebAssembly, and portable.

use crate::dots::{PANEL, Sink};
use crate::isa::Isa;

/// What becomes of the sums of a layer: its bias, and how sums become activations.
pub(super) trait Settle: Send + Sync {
    /// What is added to the sums, padded to whole panels.
    fn start(&self) -> &[i32];

    /// Turns the sums, with their start, of the channels from `first` on into activations; `out` may be shorter than
    /// `sums`. With `add`, they are added to `out` with saturation. To be inlined always.
    fn apply<const N: usize>(&self, first: usize, sums: &[i32; N], add: bool, out: &mut [i16]);
}

/// The outputs of one panel of a layer, rescaled from their sums.
pub(super) struct PanelOutputs<'a, R> {
    /// The rescale of the layer, padded to whole panels.
    pub(super) rescale: &'a R,
    /// The first output channel of the panel.
    pub(super) first: usize,
    /// Outputs of the panel.
    pub(super) count: usize,
    /// Whether to add to the outputs.
    pub(super) add: bool,
    /// Outputs of one position.
    pub(super) outputs: usize,
    /// All outputs of all positions.
    pub(super) out: &'a mut [i16],
}

impl<R: Settle> Sink for PanelOutputs<'_, R> {
    #[inline(always)]
    fn take(&mut self, position: usize, sums: &[i32; PANEL]) {
        let start = position * self.outputs + self.first;
        let out = &mut self.out[start..start + self.count];
        self.rescale.apply(self.first, sums, self.add, out);
    }
}

/// One position of a depthwise convolution: `taps` are the inputs under the kernel with the
/// weights of their place, all of one length.
pub(super) fn run_taps<R: Settle>(isa: Isa, taps: &[(&[i16], &[i16])], rescale: &R, out: &mut [i16]) {
    match isa {
        // SAFETY: the token proves that the machine has the instructions.
        #[cfg(target_arch = "x86_64")]
        #[allow(unsafe_code)]
        Isa::Avx512(_) => unsafe { x86::taps_avx512(taps, rescale, out) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        #[allow(unsafe_code)]
        Isa::Avx2(_) => unsafe { x86::taps_avx2(taps, rescale, out) },
        #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
        Isa::Simd128 => wasm::taps_simd128(taps, rescale, out),
        // Compilers turn the plain loop into NEON's widening products by themselves.
        #[cfg(all(target_arch = "aarch64", target_feature = "neon", target_endian = "little"))]
        Isa::Neon => taps_body(taps, rescale, out),
        Isa::Portable => taps_body(taps, rescale, out),
    }
}

/// Channels of a depthwise convolution that are summed together.
pub(super) const TAP_CHANNELS: usize = 32;

#[inline(always)]
fn taps_body<R: Settle>(taps: &[(&[i16], &[i16])], rescale: &R, out: &mut [i16]) {
    for (chunk, out) in out.chunks_mut(TAP_CHANNELS).enumerate() {
        taps_chunk(taps, rescale, chunk * TAP_CHANNELS, out);
    }
}

/// The channels from `first` on, at most [`TAP_CHANNELS`].
#[inline(always)]
fn taps_chunk<R: Settle>(taps: &[(&[i16], &[i16])], rescale: &R, first: usize, out: &mut [i16]) {
    let mut sums = [0i32; TAP_CHANNELS];
    sums.copy_from_slice(&rescale.start()[first..first + TAP_CHANNELS]);
    for (x, w) in taps {
        let end = x.len().min(first + TAP_CHANNELS);
        let (x, w) = (&x[first..end], &w[first..end]);
        if let (Some(x), Some(w)) = (x.as_array::<TAP_CHANNELS>(), w.as_array()) {
            add_products(&mut sums, x, w);
        } else {
            for ((sum, x), w) in sums.iter_mut().zip(x).zip(w) {
                *sum += i32::from(*x) * i32::from(*w);
            }
        }
    }
    rescale.apply(first, &sums, false, out);
}

#[inline(always)]
fn add_products(sums: &mut [i32; TAP_CHANNELS], x: &[i16; TAP_CHANNELS], w: &[i16; TAP_CHANNELS]) {
    for i in 0..TAP_CHANNELS {
        sums[i] += i32::from(x[i]) * i32::from(w[i]);
    }
}

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
#[path = "wasm.rs"]
mod wasm;
#[cfg(target_arch = "x86_64")]
#[path = "x86.rs"]
mod x86;
