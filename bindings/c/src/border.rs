//! What every call does at the border: no unwinding, codes for errors, and a message for each.

use std::cell::RefCell;
use std::ffi::CString;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::slice;

use lmc::{Error, Result};

use crate::{LMC_ERROR_INTERNAL, LMC_OK};

thread_local! {
    /// Why the last call on this thread failed; empty if it did not.
    static LAST: RefCell<CString> = RefCell::default();
}

/// A text for C; bytes of zero, which end texts there, become spaces.
pub(crate) fn c_text(text: &str) -> CString {
    CString::new(text.replace('\0', " ")).unwrap_or_default()
}

/// Reads the message of the last call on this thread.
pub(crate) fn with_last<T>(read: impl FnOnce(&CString) -> T) -> Option<T> {
    LAST.try_with(|last| last.try_borrow().ok().map(|last| read(&last)))
        .ok()
        .flatten()
}

fn set_last(text: CString) {
    // A thread that ends has no message any more, and nobody to read it.
    let _ = LAST.try_with(|last| {
        if let Ok(mut last) = last.try_borrow_mut() {
            *last = text;
        }
    });
}

/// Does the work of a call. An error becomes its code, and a panic, which no bytes should lead to, LMC_ERROR_INTERNAL.
pub(crate) fn call(work: impl FnOnce() -> Result<()>) -> i32 {
    // What a panic leaves half done is marked as such by the decoder before it begins.
    let (code, text) = match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(())) => (LMC_OK, CString::default()),
        Ok(Err(error)) => (lmc::code(&error) as i32, c_text(&message(&error))),
        Err(panic) => (LMC_ERROR_INTERNAL, c_text(&panicked(&*panic))),
    };
    set_last(text);
    code
}

/// An error with its sources.
fn message(error: &Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        text = format!("{text}: {inner}");
        source = inner.source();
    }
    text
}

fn panicked(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("a bug of the library: {}", text.unwrap_or("it panicked"))
}

/// A parameter that makes no sense.
pub(crate) fn wrong(reason: impl Into<String>) -> Error {
    Error::Parameter(reason.into())
}

/// The error of a medium that the library was built without.
pub(crate) fn left_out(what: &str) -> Error {
    Error::Unsupported(format!("this library was built without {what}"))
}

/// The error of a pointer that must not be NULL.
pub(crate) fn null(what: &str) -> Error {
    wrong(format!("{what} is NULL"))
}

/// The bytes of the caller. NULL is no bytes if there are to be none, and else an error.
///
/// # Safety
/// `bytes` is NULL or points to `length` bytes that nobody changes during `'a`.
pub(crate) unsafe fn bytes_of<'a>(bytes: *const u8, length: usize) -> Result<&'a [u8]> {
    match (bytes.is_null(), length) {
        (_, 0) => Ok(&[]),
        (true, _) => Err(null("the bytes")),
        (false, _) if length > isize::MAX as usize => Err(wrong("more bytes than memory has")),
        // SAFETY: it is not NULL, and the caller promises the rest.
        (false, _) => Ok(unsafe { slice::from_raw_parts(bytes, length) }),
    }
}

/// A buffer of the caller for `length` elements.
///
/// # Safety
/// `buffer` is NULL or points to `length` elements that nobody else uses during `'a`.
pub(crate) unsafe fn buffer_of<'a, T: Copy>(buffer: *mut T, length: usize) -> Result<&'a mut [T]> {
    if buffer.is_null() {
        return Err(null("the buffer"));
    }
    if !buffer.is_aligned() {
        return Err(wrong(format!(
            "the buffer is not at a multiple of {} bytes",
            align_of::<T>()
        )));
    }
    if length > isize::MAX as usize / size_of::<T>().max(1) {
        return Err(wrong("a buffer of more bytes than memory has"));
    }
    // SAFETY: it is neither NULL nor misaligned nor too long, and the caller promises the rest. Its elements are plain
    // numbers, for which all bits are values.
    Ok(unsafe { slice::from_raw_parts_mut(buffer, length) })
}

/// What a pointer of the caller leads to.
///
/// # Safety
/// `pointer` is NULL, or leads to a `T` that nobody else uses during `'a`.
pub(crate) unsafe fn target<'a, T>(pointer: *mut T, what: &str) -> Result<&'a mut T> {
    // SAFETY: the caller promises it.
    unsafe { pointer.as_mut() }.ok_or_else(|| null(what))
}
