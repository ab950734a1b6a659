//! Sums of products of 16-bit integers for many outputs at a time, in forms that give the same bits: AVX-512 with VNNI, AVX2, SIMD of
//! WebAssembly, NEON, and portable.
//!
//! Integer networks rescale the sums to integers, transforms on the CPU take them for floats: what becomes of them is the caller's
//! business, and is compiled into the loops.

#[cfg(all(target_arch = "aarch64", target_feature = "neon", target_endian = "little"))]
mod neon;
#[cfg(test)]
mod tests;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod wasm;
#[cfg(target_arch = "x86_64")]
pub(crate) mod x86;

use crate::isa::Isa;

/// Output channels of a panel of weights.
pub const PANEL: usize = 64;

/// One pair of inputs for the outputs of a panel: the weight of the first input in the low half of each word, that of the second in
/// the high half.
pub type PanelRow = [i32; PANEL];

/// What takes the sums of a panel.
pub trait Sink {
    /// Takes the sums of a position. To be inlined always, or it is not compiled for the instructions of the loops.
    fn take(&mut self, position: usize, sums: &[i32; PANEL]);
}

/// The sums of one panel, one row of weights for each pair of inputs, for all positions of `x`: to `start` is added what
/// the inputs of a position times the weights come to. No sum may leave 32 bits.
///
/// # Shapes
/// `x`: positions, pairs of inputs
pub fn panel<S: Sink>(isa: Isa, rows: &[PanelRow], start: &[i32; PANEL], x: &[i16], sink: &mut S) {
    match isa {
        // SAFETY: the token proves that the machine has the instructions.
        #[cfg(target_arch = "x86_64")]
        #[allow(unsafe_code)]
        Isa::Avx512(_) => unsafe { x86::avx512(rows, start, x, sink) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        #[allow(unsafe_code)]
        Isa::Avx2(_) => unsafe { x86::avx2(rows, start, x, sink) },
        #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
        Isa::Simd128 => wasm::simd128(rows, start, x, sink),
        // SAFETY: what is compiled for NEON runs on no machine without it.
        #[cfg(all(target_arch = "aarch64", target_feature = "neon", target_endian = "little"))]
        #[allow(unsafe_code)]
        Isa::Neon => unsafe { neon::neon(rows, start, x, sink) },
        Isa::Portable => portable(rows, start, x, sink),
    }
}

fn portable<S: Sink>(rows: &[PanelRow], start: &[i32; PANEL], x: &[i16], sink: &mut S) {
    for (position, x) in x.chunks_exact(2 * rows.len().max(1)).enumerate() {
        let mut sums = *start;
        for (row, x) in rows.iter().zip(x.as_chunks::<2>().0) {
            let [x0, x1] = x.map(i32::from);
            for (sum, &pair) in sums.iter_mut().zip(row) {
                *sum += i32::from(pair as i16) * x0 + (pair >> 16) * x1;
            }
        }
        sink.take(position, &sums);
    }
}
