//! The instruction sets that inner loops may use.

/// Proof that the machine has the instructions: only this module makes one, after asking the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Present(());

/// A form of inner loops. All forms give the same bits.
///
/// The forms that need special instructions hold a [`Present`], so safe code cannot name one that the machine lacks:
///
/// ```compile_fail
/// let isa = lmc_kernels::isa::Isa::Avx512(lmc_kernels::isa::Present(()));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Isa {
    /// AVX-512 with its byte, word and short vector forms and VNNI.
    #[cfg(target_arch = "x86_64")]
    Avx512(Present),
    /// AVX2.
    #[cfg(target_arch = "x86_64")]
    Avx2(Present),
    /// SIMD of WebAssembly, which a module has or has not: the compiler knows.
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    Simd128,
    /// Whatever the compiler makes of plain loops.
    Portable,
}

impl Isa {
    /// All forms this machine can run, the best first.
    pub fn available() -> Vec<Self> {
        let mut all = Vec::new();
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512dq")
                && is_x86_feature_detected!("avx512vl")
                && is_x86_feature_detected!("avx512vnni")
            {
                all.push(Self::Avx512(Present(())));
            }
            if is_x86_feature_detected!("avx2") {
                all.push(Self::Avx2(Present(())));
            }
        }
        #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
        all.push(Self::Simd128);
        all.push(Self::Portable);
        all
    }

    /// A short name for reports: `avx512`, `avx2`, `simd128` or `portable`.
    pub fn name(self) -> &'static str {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(_) => "avx512",
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(_) => "avx2",
            #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
            Self::Simd128 => "simd128",
            Self::Portable => "portable",
        }
    }

    /// The best form this machine can run.
    pub fn best() -> Self {
        static BEST: std::sync::OnceLock<Isa> = std::sync::OnceLock::new();
        *BEST.get_or_init(|| Self::available()[0])
    }

    /// Does `work`, compiled for these instructions if it is inlined: plain loops get the widest registers. No operations are fused, so
    /// results are those of any other form.
    #[inline(always)]
    #[allow(unsafe_code)]
    pub fn run<T>(self, work: impl FnOnce() -> T) -> T {
        match self {
            // SAFETY: the token proves that the machine has the instructions.
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(_) => unsafe { avx512(work) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(_) => unsafe { avx2(work) },
            #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
            Self::Simd128 => work(),
            Self::Portable => work(),
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn avx512<T>(work: impl FnOnce() -> T) -> T {
    work()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn avx2<T>(work: impl FnOnce() -> T) -> T {
    work()
}
