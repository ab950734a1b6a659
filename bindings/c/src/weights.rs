//! The models of the process.

use std::sync::{PoisonError, RwLock};

use lmc::{Models, Result};

use crate::border::{bytes_of, call};

/// The weights inside and those that were added; each model is opened once and kept.
static MODELS: RwLock<Option<Models>> = RwLock::new(None);

/// The models, to open streams with. Clones share what is open.
pub(crate) fn models() -> Models {
    if let Some(models) = &*MODELS.read().unwrap_or_else(PoisonError::into_inner) {
        return models.clone();
    }
    let mut models = MODELS.write().unwrap_or_else(PoisonError::into_inner);
    models.get_or_insert_with(|| Models::shared().clone()).clone()
}

fn add(weights: &[u8]) -> Result<()> {
    let with = models().with_weights(weights)?;
    *MODELS.write().unwrap_or_else(PoisonError::into_inner) = Some(with);
    Ok(())
}

/// Adds a weights file to those inside, for all streams that are opened from now on in this process. The bytes are
/// copied.
///
/// # Safety
/// `weights` is NULL or points to `length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lmc_add_weights(weights: *const u8, length: usize) -> i32 {
    // SAFETY: as promised by the caller.
    call(|| add(unsafe { bytes_of(weights, length) }?))
}
