//! How to decode, as C says it.

use std::ffi::c_void;

use lmc::{DecodeOptions, Limits, Rect, Result, Scale, Watch};

use crate::border::wrong;

/// How to decode. All zeros are the defaults: `lmc_options options = {0};`.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// The part of an image to decode, in pixels of the whole image. A width and height of 0 is all of it.
    pub x: u32,
    /// Its upper edge.
    pub y: u32,
    /// Its width.
    pub width: u32,
    /// Its height.
    pub height: u32,
    /// 2, 4 and 8 decode an image in half, a quarter, an eighth of its width and height; 0 and 1 in full.
    pub scale: u32,
    /// Threads for this stream alone; 0 for those that the process shares, one for each core.
    pub threads: u32,
    /// Not 0 to go on where the stream is damaged, and fill what is lost from its surroundings: see lmc_damage.
    pub conceal: u32,
    /// Longest width or height to accept, in pixels; here and below 0 is the default of the library.
    pub max_side: u32,
    /// Most pixels of an image.
    pub max_pixels: u64,
    /// Most samples of a sound in each channel.
    pub max_samples: u64,
    /// Longest stream in bytes.
    pub max_file_bytes: u64,
    /// Most bytes of ICC profile, EXIF, XMP and tags together.
    pub max_metadata_bytes: u64,
    /// Most bytes of memory for the work on one stream, by a bound that its header tells.
    pub max_memory_bytes: u64,
    /// Most channels of a sound.
    pub max_channels: u32,
    /// 0.
    pub reserved_flags: u32,
    /// Called while an image is decoded with the steps done and all steps; anything but 0 cancels. On one thread at a
    /// time, which may be another than the caller's. It must return: no exceptions, no longjmp. NULL for none.
    pub watch: Option<unsafe extern "C" fn(user: *mut c_void, done: u64, total: u64) -> i32>,
    /// Passed to watch. It must stay valid until lmc_close.
    pub user: *mut c_void,
    /// 0.
    pub reserved: [u64; 8],
}

impl Options {
    /// The options of the library that these stand for.
    ///
    /// # Errors
    /// `Parameter` for a scale that there is not, and for reserved fields in use.
    pub(crate) fn decode_options(&self) -> Result<DecodeOptions> {
        if self.reserved_flags != 0 || self.reserved != [0; 8] {
            return Err(wrong("reserved options are not 0"));
        }
        let scale = match self.scale {
            0 | 1 => Scale::Full,
            2 => Scale::Half,
            4 => Scale::Quarter,
            8 => Scale::Eighth,
            other => return Err(wrong(format!("a scale of {other} is none of 1, 2, 4, 8"))),
        };
        let Self {
            x, y, width, height, ..
        } = *self;
        let region = ([x, y, width, height] != [0; 4]).then_some(Rect { x, y, width, height });
        let options = DecodeOptions::default();
        Ok(options
            .with_limits(self.limits())
            .with_conceal(self.conceal != 0)
            .with_region(region)
            .with_scale(scale))
    }

    fn limits(&self) -> Limits {
        let mut limits = Limits::default();
        let set = |limit: &mut u64, value: u64| {
            if value != 0 {
                *limit = value;
            }
        };
        set(&mut limits.max_pixels, self.max_pixels);
        set(&mut limits.max_samples, self.max_samples);
        set(&mut limits.max_file_bytes, self.max_file_bytes);
        set(&mut limits.max_metadata_bytes, self.max_metadata_bytes);
        set(&mut limits.max_memory_bytes, self.max_memory_bytes);
        if self.max_side != 0 {
            limits.max_side = self.max_side;
        }
        if self.max_channels != 0 {
            limits.max_channels = u16::try_from(self.max_channels).unwrap_or(u16::MAX);
        }
        limits
    }

    pub(crate) fn watcher(&self) -> Watcher {
        Watcher {
            watch: self.watch,
            user: self.user,
            cancelled: false,
        }
    }
}

/// The caller's function as the library calls it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Watcher {
    watch: Option<unsafe extern "C" fn(*mut c_void, u64, u64) -> i32>,
    user: *mut c_void,
    cancelled: bool,
}

impl Watcher {
    /// No function.
    pub(crate) fn none() -> Self {
        Self {
            watch: None,
            user: std::ptr::null_mut(),
            cancelled: false,
        }
    }
}

// SAFETY: the pointer is never followed here, and the header says that the function may be called on other threads.
unsafe impl Send for Watcher {}

impl Watch for Watcher {
    fn progress(&mut self, done: u64, total: u64) {
        if let Some(watch) = self.watch {
            // SAFETY: the caller gave the function for these arguments, and keeps `user` valid.
            self.cancelled |= unsafe { watch(self.user, done, total) } != 0;
        }
    }

    fn cancelled(&self) -> bool {
        self.cancelled
    }
}
