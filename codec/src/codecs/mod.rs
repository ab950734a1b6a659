//! The codecs, a folder each, what the pipelines ask of them, and the one list of them.

pub mod audio;
mod device;
pub mod image;
mod lossless;
mod opened;
mod registry;
mod row;
pub mod sound;
pub mod speech;
pub mod wavelet;

pub use device::DeviceChoice;
pub use opened::Codecs;
pub use registry::Registry;
pub use row::{AnyCodec, Backend, Cpu, Fields, Need, Row, Value};
