//! Memory that the tasks of a thread hand on to each other: fresh memory would have to be zeroed each time.

use std::cell::Cell;
use std::thread::LocalKey;

/// Does `work` with the memory that the last task of this thread left.
pub(crate) fn with<T: Default, R>(left: &'static LocalKey<Cell<T>>, work: impl FnOnce(&mut T) -> R) -> R {
    let mut scratch = left.take();
    let result = work(&mut scratch);
    left.set(scratch);
    result
}

/// The first `count` elements, growing the memory if needed; contents are unspecified.
#[inline(always)]
pub(crate) fn first<T: Copy + Default>(memory: &mut Vec<T>, count: usize) -> &mut [T] {
    if memory.len() < count {
        memory.resize(count, T::default());
    }
    &mut memory[..count]
}
