//! Where the time of a codec goes.

use std::time::Duration;

/// Adds up the time of a codec's parts.
pub trait Clock: Send + Sync {
    /// Called whenever a part has worked, on any thread. Parts that work on several threads at a time count each.
    fn spent(&self, part: &'static str, time: Duration);
}
