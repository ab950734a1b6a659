//! Which rows of pixels are not there.

/// The rows of an image that its data do not hold, or hold wrongly.
#[derive(Debug, Clone)]
pub(in crate::files) struct Damaged(Vec<bool>);

impl Damaged {
    pub(in crate::files) fn new(height: usize) -> Self {
        Self(vec![false; height])
    }

    /// Marks the rows from `first` to `end`.
    pub(in crate::files) fn lose(&mut self, first: usize, end: usize) {
        let end = end.min(self.0.len());
        if let Some(rows) = self.0.get_mut(first..end) {
            rows.fill(true);
        }
    }

    /// How many rows are marked.
    pub(in crate::files) fn rows(&self) -> usize {
        self.0.iter().filter(|lost| **lost).count()
    }
}
