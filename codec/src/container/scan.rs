//! What the search for whole segments may cost.

/// Bytes of checksums that the search for whole segments may compute, over the whole stream: a
/// hostile stream of false headers costs a fraction of a second and no more. Honest damage needs a
/// thousandth.
pub(super) const SEARCH_BUDGET: usize = 512 << 20;
/// What looking at one false header costs of the budget.
pub(super) const HEADER_COST: usize = 8;
