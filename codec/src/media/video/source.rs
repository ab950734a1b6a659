//! Where frames come from.

use super::format::VideoFormat;
use super::frame::VideoFrame;
use crate::error::Result;

/// A video that is read from its beginning to its end.
pub trait VideoSource {
    /// The format of all frames.
    fn format(&self) -> &VideoFormat;

    /// The number of frames, if known before all are read: a hint, for the frames that are read count.
    fn frames(&self) -> Option<u64> {
        None
    }

    /// Warnings about the source, as far as it was read, in sentences without its name.
    fn warnings(&self) -> Vec<String> {
        Vec::new()
    }

    /// The next frame; `None` at the end. The first has the time 0, or later; times ascend.
    ///
    /// # Errors
    /// `Io`, and `Media` for damaged files.
    fn read(&mut self) -> Result<Option<VideoFrame>>;
}

impl<S: VideoSource + ?Sized> VideoSource for Box<S> {
    fn format(&self) -> &VideoFormat {
        (**self).format()
    }

    fn frames(&self) -> Option<u64> {
        (**self).frames()
    }

    fn warnings(&self) -> Vec<String> {
        (**self).warnings()
    }

    fn read(&mut self) -> Result<Option<VideoFrame>> {
        (**self).read()
    }
}
