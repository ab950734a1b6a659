//! PNG files: their chunks are read here, their pixels by the library.

mod chunks;
mod read;
mod text;
mod write;

pub(super) use read::{read, size};
pub(super) use write::write;
#[cfg(test)]
pub(super) use write::write_as;
