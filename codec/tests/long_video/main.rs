//! Eight hours of a stream in bounded memory. A program of its own: what it holds at most is asked of the system.

#[path = "../toy_video/clips.rs"]
#[allow(dead_code)]
mod clips;
#[path = "../toy_video/toy.rs"]
#[allow(dead_code)]
mod toy;

use clips::streamed;
use lmc_codec::Result;
use lmc_codec::media::video::{Chroma, Ratio, VideoFormat};

/// Eight hours at 25 frames a second.
const FRAMES: u64 = 8 * 3600 * 25;
/// More than the program without any stream. The stream has six times as much, or the test says little.
const BOUND: u64 = 4 << 20;

/// The most memory that this process held so far, in bytes; nothing where the system does not say.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.split_whitespace().next()?.parse::<u64>().ok()? << 10)
}

#[test]
fn eight_hours_stream_in_bounded_memory() -> Result<()> {
    let format = VideoFormat {
        chroma: Chroma::None,
        ..VideoFormat::new(8, 8, Ratio::new(25, 1))
    };
    // A short one first: what the program needs at all.
    streamed(format, 500)?;
    let before = peak();
    let (_, stats) = streamed(format, FRAMES)?;
    let bytes = stats.bytes.total;
    assert!(bytes > 6 * BOUND, "{bytes} bytes");
    if let (Some(before), Some(after)) = (before, peak()) {
        assert!(after - before < BOUND, "{} KiB more", (after - before) >> 10);
    }
    Ok(())
}
