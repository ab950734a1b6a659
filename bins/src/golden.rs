//! Streams bundled with the program for `lmc selftest`, with the hashes of their symbols.

/// A bundled stream.
pub(crate) struct Golden {
    pub(crate) name: &'static str,
    pub(crate) bytes: &'static [u8],
    /// The hash of its symbols, on every machine and for ever.
    pub(crate) symbol_hash: u64,
}

/// All bundled streams. They name shipped models, and stay as long as those do.
pub(crate) const GOLDEN: [Golden; 0] = [];
