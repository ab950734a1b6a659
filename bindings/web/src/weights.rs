//! The models. Each is passed once, as a weights file, and kept.

use std::cell::RefCell;

use lmc::{Models, Result};

use crate::answer::{Made, answer};
use crate::memory::input;

thread_local! {
    static MODELS: RefCell<Models> = RefCell::default();
}

/// The models that were passed.
pub(crate) fn models() -> Models {
    MODELS.with_borrow(Models::clone)
}

fn add(file: &[u8]) -> Result<Made> {
    let more = models().with_weights(file)?;
    MODELS.replace(more);
    Ok(Made::Nothing)
}

/// Takes the bytes of a weights file, for all streams that name its model.
///
/// # Safety
/// `file` holds `bytes` bytes.
#[unsafe(no_mangle)]
#[allow(unsafe_code)]
pub unsafe extern "C" fn lmc_weights(file: *const u8, bytes: usize) -> i32 {
    // SAFETY: the caller says so.
    answer(add(unsafe { input(file, bytes) }))
}
