//! The worked examples of `FORMAT.md`.
