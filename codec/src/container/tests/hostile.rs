//! Streams that claim much and hold little: time and memory follow the bytes that are there.

use std::io::Read;
use std::time::{Duration, Instant};

use super::*;

fn within<T>(limit_ms: u64, run: impl FnOnce() -> T) -> T {
    let started = Instant::now();
    let result = run();
    assert!(
        started.elapsed() < Duration::from_millis(limit_ms),
        "{:?}",
        started.elapsed()
    );
    result
}

#[test]
fn billions_of_packets_claimed_in_a_few_bytes_take_no_time() {
    let media = SoundMedia {
        rate: 8000,
        coding_rate: 8000,
        packet_samples: 1,
        channels: 1,
        samples: u64::from(u32::MAX),
        ..sound()
    };
    let header = header(Media::Sound(media), &[0, 0]);
    for tail in [&[][..], &[(SegmentId::END, &[][..])]] {
        let bytes = assemble(&header, tail);
        assert!(bytes.len() < 64);
        let found = within(200, || info(&bytes[..], &Limits::default()).unwrap());
        assert_eq!((found.parts, found.symbols.count), (u64::from(u32::MAX), 0));
        assert_eq!(found.damage.lost(PartKind::Symbols), u64::from(u32::MAX));
        assert_eq!(
            found.damage.runs(PartKind::Symbols).collect::<Vec<_>>(),
            [(0, u32::MAX)]
        );
        let last = found.damage.lines(&found.header.media).last().unwrap();
        assert_eq!(last, "packets 0 to 4294967294 (0.000 s to 536870.911 s): missing");
    }
}

#[test]
fn an_image_without_a_tile_takes_no_time() {
    let media = ImageMedia {
        width: 1 << 14,
        height: 1 << 14,
        ..image(true)
    };
    let bytes = header(Media::Image(media), &[]).to_bytes().unwrap();
    let parts = within(200, || tolerant(&bytes).unwrap());
    assert_eq!(parts.damage.entries().len(), 3, "cut, no tile, no alpha");
    assert_eq!(parts.damage.lost(PartKind::Alpha), 1 << 16);
}

/// Megabytes of valid heads whose checksums are wrong and reach over the rest of the stream, and of zeros: a reader that
/// followed each would need hours.
#[test]
fn false_heads_take_no_time() {
    const SIZE: usize = 24 << 20;
    let start = image_header(false).to_bytes().unwrap();
    let false_head = |length: u32| {
        let mut head = vec![SegmentId::PART.0];
        leb::write_leb(&mut head, length);
        head.push(crc32fast::hash(&head) as u8);
        head.extend_from_slice(&[0; 4]);
        head
    };
    let full = |head: &[u8]| [&start[..], &head.repeat(SIZE / head.len())].concat();
    for bytes in [
        full(&false_head(SIZE as u32 / 2)),
        full(&false_head(1 << 20)),
        full(&false_head(90)),
        full(&[0]),
    ] {
        let parts = within(8000, || tolerant(&bytes).unwrap());
        assert_eq!(check_parts(&parts), [0, 0]);
        assert!(parts.damage.entries().len() <= MAX_DAMAGE);
    }
}

#[test]
fn the_buffer_grows_with_the_bytes_that_come() {
    /// Counts what is asked of it at a time.
    struct Counting<'a>(&'a [u8], usize);
    impl Read for Counting<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            self.1 = self.1.max(buffer.len());
            self.0.read(buffer)
        }
    }
    let mut bytes = image_header(false).to_bytes().unwrap();
    let mut head = vec![SegmentId::PART.0];
    leb::write_leb(&mut head, 100 << 20);
    head.push(crc32fast::hash(&head) as u8);
    bytes.extend_from_slice(&[&head[..], &[0; 100]].concat());
    let mut reader = Counting(&bytes, 0);
    assert!(StreamParts::read(&mut reader, &Limits::default(), Mode::Strict).is_err());
    assert!(reader.1 <= 1 << 16, "{} bytes were made room for", reader.1);
}

#[test]
fn repeated_segments_are_reported_up_to_a_bound() {
    let header = image_header(false);
    let tile: (SegmentId, &[u8]) = (SegmentId::PART, &[0, 1, 2, 3, 4]);
    let found = info(&assemble(&header, &vec![tile; 10_000])[..], &Limits::default()).unwrap();
    assert_eq!(found.damage.entries().len(), MAX_DAMAGE);
    assert_eq!(found.damage.more(), 9_999 + 2 - MAX_DAMAGE as u64);
    assert_eq!(found.damage.lost(PartKind::Symbols), 7);
    assert_eq!(found.log.listed().len(), 4096);
    let last = found.damage.lines(&header.media).last();
    assert_eq!(last.as_deref(), Some("5905 more"));
}

#[test]
fn sizes_over_the_limits_are_refused_while_reading() {
    let bytes = stream(false);
    let small = [
        Limits {
            max_metadata_bytes: 20,
            ..Limits::default()
        },
        Limits {
            max_file_bytes: 300,
            ..Limits::default()
        },
        Limits {
            max_ancillary_segments: 0,
            ..Limits::default()
        },
    ];
    for limits in small {
        for mode in [Mode::Strict, Mode::Tolerant] {
            let error = StreamParts::read(&bytes[..], &limits, mode).unwrap_err();
            assert!(matches!(error, CodecError::Limit { .. }), "{error}");
        }
    }
    let short = Limits {
        max_segment_bytes: 50,
        ..Limits::default()
    };
    let error = StreamParts::read(&bytes[..], &short, Mode::Strict).unwrap_err();
    assert!(matches!(error, CodecError::Limit { limit: 50, .. }), "{error}");
    let parts = StreamParts::read(&bytes[..], &short, Mode::Tolerant).unwrap();
    assert_eq!(check_parts(&parts), [2, 0], "longer segments are damage");
    // A stream without an end is read no further than the limit.
    let endless = bytes.chain(std::io::repeat(0));
    let limits = Limits {
        max_file_bytes: 1 << 20,
        ..Limits::default()
    };
    let error = StreamParts::read(endless, &limits, Mode::Strict).unwrap_err();
    assert!(matches!(error, CodecError::Limit { limit: 1_048_576, .. }), "{error}");
}
