//! The networks for predicted frames of video, in training.

mod adjoint;
mod codec;
mod side;

pub(crate) use adjoint::compensate_adjoint;
pub(crate) use codec::Coding;
pub use codec::{FrameInput, FrameOutcome, VideoCodec};
pub use side::{Side, SideMaker, SideSource};
