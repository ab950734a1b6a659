//! The instruction sets that inner loops may use.
//!
//! The environment variable `LMC_ISA` forces one of them, for tests: `portable`, `avx2`, `avx512` or `neon`. It is read
//! once.

use std::sync::OnceLock;

use crate::{KernelError, Result};

/// The environment variable that forces a form.
pub const VARIABLE: &str = "LMC_ISA";

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
    /// NEON, which a build for 64-bit ARM has or has not: the compiler knows.
    #[cfg(all(target_arch = "aarch64", target_feature = "neon", target_endian = "little"))]
    Neon,
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
        #[cfg(all(target_arch = "aarch64", target_feature = "neon", target_endian = "little"))]
        all.push(Self::Neon);
        all.push(Self::Portable);
        all
    }

    /// A short name for reports: `avx512`, `avx2`, `simd128`, `neon` or `portable`.
    pub fn name(self) -> &'static str {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(_) => "avx512",
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(_) => "avx2",
            #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
            Self::Simd128 => "simd128",
            #[cfg(all(target_arch = "aarch64", target_feature = "neon", target_endian = "little"))]
            Self::Neon => "neon",
            Self::Portable => "portable",
        }
    }

    /// The form that the environment variable `LMC_ISA` forces, or the best one that this machine can run.
    ///
    /// A value that names no form of this machine is ignored here: [`Self::forced`] tells of it.
    pub fn best() -> Self {
        static BEST: OnceLock<Isa> = OnceLock::new();
        *BEST.get_or_init(|| {
            let best = || Self::available().into_iter().next();
            Self::forced().ok().flatten().or_else(best).unwrap_or(Self::Portable)
        })
    }

    /// The form that the environment variable `LMC_ISA` forces, if it is set.
    ///
    /// # Errors
    /// [`KernelError::Isa`] if it names no form, or one that this machine lacks.
    pub fn forced() -> Result<Option<Self>> {
        match std::env::var_os(VARIABLE) {
            None => Ok(None),
            Some(name) => Self::named(&name.to_string_lossy()).map(Some),
        }
    }

    /// The form of a [`name`](Self::name).
    ///
    /// # Errors
    /// [`KernelError::Isa`] if there is none, or this machine lacks its instructions.
    pub fn named(name: &str) -> Result<Self> {
        let available = Self::available();
        let found = available.iter().find(|isa| isa.name() == name);
        found.copied().ok_or_else(|| KernelError::Isa {
            name: name.to_owned(),
            available: available.iter().map(|isa| isa.name()).collect(),
        })
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
            // The rest is compiled for its instructions already: one copy of `work` serves.
            _ => work(),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_found_by_name_and_others_are_refused() {
        for isa in Isa::available() {
            assert_eq!(Isa::named(isa.name()), Ok(isa));
        }
        for wrong in ["", "AVX2", "sse2"] {
            let error = Isa::named(wrong).unwrap_err().to_string();
            assert!(error.contains("portable") && error.contains(VARIABLE), "{error}");
        }
    }
}
