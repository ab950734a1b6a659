//! Portable any-maps: `P1` to `P6`, and `P7`, which has alpha.

mod read;
mod write;

pub(super) use read::{read, size};
pub(super) use write::write;
