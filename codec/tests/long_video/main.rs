//! Eight hours of a stream in bounded memory. A program of its own: what it holds at most is asked of the system.

#[path = "../toy_video/clips.rs"]
#[allow(dead_code)]
mod clips;
#[path = "../toy_video/toy.rs"]
#[allow(dead_code)]
mod toy;

use std::io::{Seek, SeekFrom, Write};

use clips::{Clip, drawn, exact};
use lmc_codec::container::{Mode, StreamReader};
use lmc_codec::media::video::{Chroma, Ratio, VideoFormat};
use lmc_codec::video::{VideoDecoder, encode_video};
use lmc_codec::{Limits, Result, Unwatched};
use toy::Toy;

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
    stream(format, 500)?;
    let before = peak();
    let bytes = stream(format, FRAMES)?;
    assert!(bytes > 6 * BOUND, "{bytes} bytes");
    if let (Some(before), Some(after)) = (before, peak()) {
        assert!(after - before < BOUND, "{} KiB more", (after - before) >> 10);
    }
    Ok(())
}

/// Encodes and decodes so many frames, and returns the bytes of the stream.
fn stream(format: VideoFormat, frames: u64) -> Result<u64> {
    let mut file = tempfile::tempfile()?;
    let mut clip = Clip::new(format, frames);
    let options = exact().with_key_interval(Some(50));
    let (_, stats) = encode_video(&Toy, &mut clip, None, &options, &mut file, &mut Unwatched)?;
    assert_eq!(stats.frames, frames);
    file.flush()?;
    file.seek(SeekFrom::Start(0))?;
    let mut decoder = VideoDecoder::new(&Toy, StreamReader::new(&mut file, &Limits::default(), Mode::Strict)?)?;
    let mut count = 0;
    while let Some(shown) = decoder.next_frame()? {
        assert_eq!(shown.frame.planes()[0][0], drawn(&format, count, count).planes()[0][0]);
        count += 1;
    }
    assert_eq!(count, frames);
    Ok(stats.bytes.total)
}
