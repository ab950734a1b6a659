//! Memory that the tasks of a thread hand on to each other: fresh memory would have to be zeroed each time.

use std::cell::Cell;
use std::thread::LocalKey;

/// Does `work` with what the last task of this thread has left.
pub(super) fn with<T: Default, R>(left: &'static LocalKey<Cell<T>>, work: impl FnOnce(&mut T) -> R) -> R {
    let mut scratch = left.take();
    let result = work(&mut scratch);
    left.set(scratch);
    result
}

/// The first so many elements, whatever they hold; there are made more of them if need be.
#[inline(always)]
pub(super) fn first<T: Copy + Default>(memory: &mut Vec<T>, count: usize) -> &mut [T] {
    if memory.len() < count {
        memory.resize(count, T::default());
    }
    &mut memory[..count]
}
