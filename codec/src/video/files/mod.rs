//! Video files: y4m is read and written here, everything else through an installed `ffmpeg` program.

mod ffmpeg;
mod ffmpeg_sound;
mod ffmpeg_write;
mod mkv_write;
mod said;
#[cfg(test)]
mod tests;
mod y4m;
mod y4m_write;

use std::path::Path;

pub use ffmpeg::{Ffmpeg, FfmpegVideo};
pub use ffmpeg_sound::FfmpegSound;
pub use ffmpeg_write::{Container, FfmpegWriter, VIDEO_ENDINGS, container_of};
pub use y4m::{Y4m, is_y4m};
pub use y4m_write::Y4mWriter;

/// Endings of files that are videos and nothing else, in lower case.
pub const ENDINGS: [&str; 17] = [
    "y4m", "mp4", "m4v", "mov", "mkv", "webm", "avi", "ts", "m2ts", "mts", "mpg", "mpeg", "ogv", "flv", "wmv", "3gp",
    "mxf",
];

/// Whether a name ends like that of a video.
pub fn has_video_ending(path: &Path) -> bool {
    let ending = path
        .extension()
        .unwrap_or_default()
        .to_string_lossy()
        .to_ascii_lowercase();
    ENDINGS.contains(&ending.as_str())
}
