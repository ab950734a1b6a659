//! Progress and cancellation of long work.

use crate::error::{CodecError, Result};

/// Sees how far work has come, and may end it early.
///
/// Every closure that takes `(done, total)` is one that never cancels:
///
/// ```
/// use lmc_codec::Watch;
///
/// let mut last = 0;
/// let mut watch = |done: u64, _total: u64| last = done;
/// Watch::progress(&mut watch, 3, 8);
/// assert_eq!(last, 3);
/// ```
pub trait Watch {
    /// Called with the steps done and the steps of the whole work. Both only grow within one call of the library.
    fn progress(&mut self, done: u64, total: u64);

    /// Whether to stop. The work then ends with [`CodecError::Cancelled`], at the next step at the latest. A codec that
    /// trains for its image (`overfit`) ends training instead, and gives what it has.
    fn cancelled(&self) -> bool {
        false
    }
}

impl<F: FnMut(u64, u64)> Watch for F {
    fn progress(&mut self, done: u64, total: u64) {
        self(done, total);
    }
}

/// Looks away.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unwatched;

impl Watch for Unwatched {
    fn progress(&mut self, _: u64, _: u64) {}
}

/// Reports a step.
///
/// # Errors
/// [`CodecError::Cancelled`].
pub(crate) fn report(watch: &mut dyn Watch, done: usize, total: usize) -> Result<()> {
    watch.progress(done as u64, total as u64);
    if watch.cancelled() {
        return Err(CodecError::Cancelled);
    }
    Ok(())
}

/// A part of some work. Its steps are reported as steps of the whole.
pub(crate) struct Share<'a> {
    watch: &'a mut dyn Watch,
    before: usize,
    total: usize,
}

impl<'a> Share<'a> {
    /// The part that follows `before` steps of `total`.
    pub(crate) fn new(watch: &'a mut dyn Watch, before: usize, total: usize) -> Self {
        Self { watch, before, total }
    }

    /// The part of this one that begins after `done` of its steps.
    pub(crate) fn from(&mut self, done: usize) -> Share<'_> {
        Share::new(self.watch, self.before + done, self.total)
    }

    /// Looks whether to go on.
    ///
    /// # Errors
    /// [`CodecError::Cancelled`].
    pub(crate) fn check(&self) -> Result<()> {
        match self.watch.cancelled() {
            true => Err(CodecError::Cancelled),
            false => Ok(()),
        }
    }

    /// Reports `done` steps of this part.
    ///
    /// # Errors
    /// [`CodecError::Cancelled`].
    pub(crate) fn done(&mut self, done: usize) -> Result<()> {
        report(self.watch, self.before + done, self.total)
    }
}

/// For a part that counts its own steps and passes its own total.
impl Watch for Share<'_> {
    fn progress(&mut self, done: u64, _: u64) {
        self.watch.progress(self.before as u64 + done, self.total as u64);
    }

    fn cancelled(&self) -> bool {
        self.watch.cancelled()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Limited(u64, u64);

    impl Watch for Limited {
        fn progress(&mut self, done: u64, _: u64) {
            self.0 = done;
        }

        fn cancelled(&self) -> bool {
            self.0 >= self.1
        }
    }

    #[test]
    fn shares_add_up_and_pass_the_cancellation_on() {
        let mut watch = Limited(0, 5);
        let mut share = Share::new(&mut watch, 2, 9);
        assert!(share.done(2).is_ok());
        assert!(matches!(share.done(3), Err(CodecError::Cancelled)));
        let mut inner = Share::new(&mut share, 1, 3);
        inner.progress(1, 3);
        assert_eq!(watch.0, 4);
    }
}
