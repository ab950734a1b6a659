//! Buffers that the caller fills.

use std::alloc::{Layout, alloc, dealloc};

/// Buffers begin at multiples of this, so that they may hold numbers of any width.
const ALIGN: usize = 16;

fn layout(bytes: usize) -> Option<Layout> {
    Layout::from_size_align(bytes.max(1), ALIGN).ok()
}

/// A buffer of `bytes` bytes, 0 if there is no memory for it. Its contents are unspecified.
#[unsafe(no_mangle)]
#[allow(unsafe_code)]
pub extern "C" fn lmc_alloc(bytes: usize) -> *mut u8 {
    // SAFETY: the layout has a size of at least 1.
    layout(bytes).map_or(std::ptr::null_mut(), |layout| unsafe { alloc(layout) })
}

/// Gives a buffer back.
///
/// # Safety
/// `buffer` is one of [`lmc_alloc`] of the same number of bytes that was not given back, or 0.
#[unsafe(no_mangle)]
#[allow(unsafe_code)]
pub unsafe extern "C" fn lmc_free(buffer: *mut u8, bytes: usize) {
    if let (false, Some(layout)) = (buffer.is_null(), layout(bytes)) {
        // SAFETY: the caller says that it was allocated with this layout.
        unsafe { dealloc(buffer, layout) };
    }
}

/// The bytes of a buffer.
///
/// # Safety
/// `buffer` holds `bytes` bytes that nobody writes or frees while the slice is used, or is 0.
#[allow(unsafe_code)]
pub(crate) unsafe fn input<'a>(buffer: *const u8, bytes: usize) -> &'a [u8] {
    if buffer.is_null() {
        return &[];
    }
    // SAFETY: the caller says so.
    unsafe { std::slice::from_raw_parts(buffer, bytes) }
}

#[cfg(test)]
#[allow(unsafe_code)]
mod tests {
    use super::*;

    #[test]
    fn buffers_hold_what_is_written() {
        let buffer = lmc_alloc(100);
        assert!(!buffer.is_null() && (buffer as usize).is_multiple_of(ALIGN));
        // SAFETY: the buffer has 100 bytes, and is given back once.
        unsafe {
            buffer.write_bytes(7, 100);
            assert_eq!(input(buffer, 100), [7; 100]);
            assert!(input(std::ptr::null(), 3).is_empty());
            lmc_free(buffer, 100);
            lmc_free(std::ptr::null_mut(), 5);
        }
        assert!(lmc_alloc(usize::MAX).is_null());
    }
}
