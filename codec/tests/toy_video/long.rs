//! A long stream in bounded memory: what is held does not grow with its length.

use std::io::{Read, Seek, SeekFrom};

use lmc_codec::container::{Mode, StreamReader};
use lmc_codec::media::video::{Chroma, Ratio, VideoFormat};
use lmc_codec::video::{Range, VideoDecoder};
use lmc_codec::{Limits, Result};

use super::clips::*;
use super::toy::Toy;

/// A file that counts how much is read of it between two frames.
struct Counted<'a> {
    file: &'a mut std::fs::File,
    read: u64,
}

impl Read for Counted<'_> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let count = self.file.read(out)?;
        self.read += count as u64;
        Ok(count)
    }
}

impl Seek for Counted<'_> {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        self.file.seek(to)
    }
}

#[test]
fn an_hour_streams_and_is_sought_in() -> Result<()> {
    // One hour at 25 frames a second, of tiny frames.
    let format = VideoFormat {
        chroma: Chroma::None,
        ..VideoFormat::new(8, 8, Ratio::new(25, 1))
    };
    let (mut file, stats) = streamed(format, 90_000)?;
    file.seek(SeekFrom::Start(0))?;
    let mut counted = Counted {
        file: &mut file,
        read: 0,
    };
    let stream = StreamReader::new(&mut counted, &Limits::default(), Mode::Strict)?;
    let mut decoder = VideoDecoder::new(&Toy, stream)?.with_range(Range::from_ticks(80_049).at_most(Some(2)));
    decoder.jump()?;
    let shown = [decoder.next_frame()?, decoder.next_frame()?];
    assert_eq!(shown.map(|shown| shown.unwrap().index), [80_049, 80_050]);
    assert!(decoder.next_frame()?.is_none());
    assert!(
        counted.read < stats.bytes.total / 5,
        "{} of {} bytes",
        counted.read,
        stats.bytes.total
    );
    Ok(())
}
