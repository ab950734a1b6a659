//! The inner loops, in three forms that give the same bits: AVX-512 with VNNI, AVX2, and portable.

use super::rescale::Packed;
use crate::isa::Isa;

/// Output channels of a panel of packed weights.
pub(super) const PANEL: usize = 64;

/// One pair of inputs for the channels of a panel: the weight of the first input in the low half
/// of each word, that of the second in the high half.
pub(super) type PanelRow = [i32; PANEL];

/// The sums of one panel for a few positions, rescaled into their outputs.
pub(super) struct PanelJob<'a> {
    /// Packed weights of the panel, one row per pair of inputs.
    pub(super) rows: &'a [PanelRow],
    /// The rescale of the layer, padded to whole panels.
    pub(super) rescale: &'a Packed,
    /// The first output channel of the panel.
    pub(super) first: usize,
    /// Whether to add to the outputs.
    pub(super) add: bool,
    /// Inputs of one position: twice the number of rows.
    pub(super) inputs: usize,
    /// Outputs of one position.
    pub(super) outputs: usize,
}

/// Runs a panel over all positions of `x`; `out` holds all outputs of the same positions.
pub(super) fn run_panel(isa: Isa, job: &PanelJob<'_>, x: &[i16], out: &mut [i16]) {
    match isa {
        // SAFETY: the forms are only chosen where the machine has their instructions.
        #[cfg(target_arch = "x86_64")]
        #[allow(unsafe_code)]
        Isa::Avx512 => unsafe { x86::panel_avx512(job, x, out) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        #[allow(unsafe_code)]
        Isa::Avx2 => unsafe { x86::panel_avx2(job, x, out) },
        Isa::Portable => panel_portable(job, x, out),
    }
}

/// The outputs of one position that a panel writes.
#[inline(always)]
fn window<'o>(job: &PanelJob<'_>, out: &'o mut [i16]) -> &'o mut [i16] {
    let end = job.outputs.min(job.first + PANEL);
    &mut out[job.first..end]
}

fn panel_portable(job: &PanelJob<'_>, x: &[i16], out: &mut [i16]) {
    let positions = x.chunks_exact(job.inputs).zip(out.chunks_exact_mut(job.outputs));
    for (x, out) in positions {
        let mut sums = [0i32; PANEL];
        sums.copy_from_slice(&job.rescale.bias[job.first..job.first + PANEL]);
        for (row, x) in job.rows.iter().zip(x.as_chunks::<2>().0) {
            let [x0, x1] = x.map(i32::from);
            for (sum, &pair) in sums.iter_mut().zip(row) {
                *sum += i32::from(pair as i16) * x0 + (pair >> 16) * x1;
            }
        }
        job.rescale.apply(job.first, &sums, job.add, window(job, out));
    }
}

/// One position of a depthwise convolution: `taps` are the inputs under the kernel with the
/// weights of their place, all of one length.
pub(super) fn run_taps(isa: Isa, taps: &[(&[i16], &[i16])], rescale: &Packed, out: &mut [i16]) {
    match isa {
        // SAFETY: the forms are only chosen where the machine has their instructions.
        #[cfg(target_arch = "x86_64")]
        #[allow(unsafe_code)]
        Isa::Avx512 => unsafe { x86::taps_avx512(taps, rescale, out) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        #[allow(unsafe_code)]
        Isa::Avx2 => unsafe { x86::taps_avx2(taps, rescale, out) },
        Isa::Portable => taps_body(taps, rescale, out),
    }
}

/// Channels of a depthwise convolution that are summed together.
pub(super) const TAP_CHANNELS: usize = 32;

#[inline(always)]
fn taps_body(taps: &[(&[i16], &[i16])], rescale: &Packed, out: &mut [i16]) {
    for (chunk, out) in out.chunks_mut(TAP_CHANNELS).enumerate() {
        taps_chunk(taps, rescale, chunk * TAP_CHANNELS, out);
    }
}

/// The channels from `first` on, at most [`TAP_CHANNELS`].
#[inline(always)]
fn taps_chunk(taps: &[(&[i16], &[i16])], rescale: &Packed, first: usize, out: &mut [i16]) {
    let mut sums = [0i32; TAP_CHANNELS];
    sums.copy_from_slice(&rescale.bias[first..first + TAP_CHANNELS]);
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

#[cfg(target_arch = "x86_64")]
#[path = "x86.rs"]
mod x86;
