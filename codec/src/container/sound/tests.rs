//! Streams of sound in order and out of order.

use std::io::Cursor;
use std::time::{Duration, Instant};

use super::*;
use crate::container::leb::write_leb;
use crate::container::segment::segment_head;
use crate::container::{Limits, Mode, SegmentId};
use crate::damage::Damage;
use crate::error::{CodecError, ModelHash, Result};
use crate::sound::{SampleFormat, Tag, Tags};

fn header() -> SoundHeader {
    SoundHeader {
        kind: SoundKind::Speech,
        model: ModelHash(*b"the-model's-hash"),
        rate: 44_100,
        channels: 2,
        format: SampleFormat::Int16,
        quality: 5025,
        coding_rate: 16_000,
        group: 1,
        packet_samples: 16_000,
        delay: 32_320,
        samples: 44_100,
    }
}

fn tags() -> Tags {
    [(Tag::Title, "Hé!".to_owned())].into_iter().collect()
}

fn stream() -> Vec<u8> {
    let mut writer = SoundWriter::new(Cursor::new(Vec::new()), &header()).unwrap();
    writer.tags(&tags()).unwrap();
    writer.packet(0x1234_5678, &[0xca, 0xfe]).unwrap();
    writer.packet(0xffff_0000, &[]).unwrap();
    let (out, bytes) = writer.finish(44_100).unwrap();
    assert_eq!(out.get_ref().len() as u64, bytes);
    out.into_inner()
}

/// Segments in any order behind the header.
fn assemble(header: &SoundHeader, segments: &[(SegmentId, &[u8])]) -> Vec<u8> {
    let mut bytes = header.to_bytes().unwrap();
    for (id, payload) in segments {
        bytes.extend(segment_head(*id, payload));
        bytes.extend_from_slice(payload);
    }
    bytes
}

/// All packets that are there, or the first error.
fn read(bytes: &[u8], mode: Mode) -> Result<(Vec<PacketPart>, Vec<Damage>)> {
    let mut reader = SoundReader::new(bytes, &Limits::default(), mode)?;
    let mut parts = Vec::new();
    let mut next = 0;
    while let Some((index, part)) = reader.next_packet()? {
        assert_eq!(index, next, "each index once and in order");
        next += 1;
        assert!(part.as_ref().is_none_or(|part| part.index == index));
        parts.extend(part);
    }
    assert_eq!(next, reader.header().packets()?);
    Ok((parts, reader.damage().to_vec()))
}

#[test]
fn what_is_written_is_read() {
    let written = stream();
    let reader = SoundReader::new(&written[..], &Limits::default(), Mode::Strict).unwrap();
    assert_eq!((reader.header(), reader.tags()), (&header(), &tags()));
    let (parts, damage) = read(&written, Mode::Strict).unwrap();
    let [one, two] = &parts[..] else { panic!("{parts:?}") };
    assert_eq!(
        (one.checksum, &one.bytes[..], one.offset),
        (0x1234_5678, &[0xca, 0xfe][..], 59)
    );
    assert_eq!((two.checksum, &two.bytes[..], damage), (0xffff_0000, &[][..], vec![]));
}

#[test]
fn the_header_keeps_every_field_and_its_length() {
    for (kind, rate, channels, format, samples) in [
        (SoundKind::Audio, 8000, 1, SampleFormat::Int8, 0),
        (SoundKind::Audio, 192_000, 255, SampleFormat::Float32, (1 << 32) + 77),
        (SoundKind::Speech, 48_000, 6, SampleFormat::Int24, 1),
    ] {
        let header = SoundHeader {
            kind,
            rate,
            channels,
            format,
            samples,
            ..header()
        };
        let limits = Limits {
            max_channels: 255,
            ..Limits::default()
        };
        let bytes = header.to_bytes().unwrap();
        assert_eq!(
            SoundHeader::parse(&bytes, &limits).unwrap(),
            (header.clone(), bytes.len())
        );
        assert_eq!(Media::of(&bytes).unwrap(), Media::Sound(kind));
        let empty = SoundHeader { samples: 0, ..header };
        assert_eq!(empty.to_bytes().unwrap().len(), bytes.len());
        for cut in 0..bytes.len() {
            let error = SoundHeader::parse(&bytes[..cut], &limits).unwrap_err();
            assert!(matches!(error, CodecError::Malformed { .. }), "{error}");
        }
    }
}

#[test]
fn fields_out_of_range_are_refused() {
    let wrong = [
        SoundHeader { rate: 7999, ..header() },
        SoundHeader {
            coding_rate: 192_001,
            ..header()
        },
        SoundHeader {
            channels: 0,
            ..header()
        },
        SoundHeader {
            channels: 256,
            ..header()
        },
        SoundHeader { group: 0, ..header() },
        SoundHeader {
            quality: 10_001,
            ..header()
        },
        SoundHeader {
            packet_samples: 0,
            ..header()
        },
        SoundHeader {
            packet_samples: (1 << 20) + 1,
            ..header()
        },
        SoundHeader {
            delay: u32::MAX,
            ..header()
        },
        SoundHeader {
            samples: 1 << 40,
            ..header()
        },
        // More packets than can be counted.
        SoundHeader {
            samples: 1 << 34,
            packet_samples: 1,
            ..header()
        },
    ];
    for header in wrong {
        assert!(matches!(header.to_bytes(), Err(CodecError::Parameter(_))), "{header:?}");
    }
    let good = header().to_bytes().unwrap();
    let changed = |at: usize, value: u8| {
        let mut bytes = good.clone();
        bytes[at] = value;
        let end = bytes.len() - 4;
        let crc = crc32fast::hash(&bytes[..end]).to_le_bytes();
        bytes[end..].copy_from_slice(&crc);
        SoundHeader::parse(&bytes, &Limits::default()).unwrap_err()
    };
    assert!(matches!(changed(4, 2), CodecError::Unsupported(what) if what.contains("version 2")));
    assert!(matches!(changed(5, 9), CodecError::Unsupported(what) if what.contains("codec 9")));
    assert!(matches!(changed(5, 1), CodecError::Unsupported(what) if what.contains("picture")));
    assert!(matches!(changed(26, 5), CodecError::Unsupported(what) if what.contains("sample format 5")));
    assert!(matches!(changed(25, 0), CodecError::Malformed { .. }), "no channels");
    assert!(matches!(changed(25, 33), CodecError::Limit { value: 33, .. }));
    assert!(matches!(changed(41, 0xff), CodecError::Limit { .. }), "days of sound");
}

#[test]
fn a_strict_reader_wants_every_segment_in_its_place() {
    use SegmentId::{End, Icc, Other, Packet, Tags};
    let end: (SegmentId, &[u8]) = (End, &[]);
    let tags: (SegmentId, &[u8]) = (Tags, b"\x01\x01A");
    let zero: (SegmentId, &[u8]) = (Packet, &[0, 1, 2, 3, 4, 99]);
    let one: (SegmentId, &[u8]) = (Packet, &[1, 1, 2, 3, 4]);
    let large = vec![0; MAX_SOUND_PAYLOAD + 1];
    let reason = |segments: &[(SegmentId, &[u8])]| match read(&assemble(&header(), segments), Mode::Strict) {
        Ok(_) => String::new(),
        Err(error) => error.to_string(),
    };
    assert_eq!(
        reason(&[
            (Other(200), b"?"),
            tags,
            zero,
            (Other(200), b"?"),
            one,
            (Other(255), b""),
            end
        ]),
        ""
    );
    for (segments, wanted) in [
        (&[zero, one][..], "its end is missing"),
        (&[end], "packet 0 is missing"),
        (&[zero, end], "packet 1 is missing"),
        (&[one, zero, end], "packet 0 is missing before packet 1"),
        (&[zero, zero, one, end], "came before"),
        (&[zero, one, one, end], "came before"),
        (&[zero, one, (Packet, &[2, 1, 2, 3, 4]), end], "no such packet"),
        (&[(Packet, &[0, 1, 2, 3]), one, end], "too short"),
        (&[zero, tags, one, end], "before the packets"),
        (&[tags, tags, zero, one, end], "there may be one"),
        (&[(Tags, b"\x01\x05A"), zero, one, end], "a tag is cut"),
        (&[(Icc, b"?"), zero, one, end], "belongs into a picture"),
        (&[zero, one, end, end], "7 bytes follow the end"),
        (
            &[(Other(6), b"?"), zero, one, end],
            "segment 6 at byte 46: a newer version",
        ),
        (&[(Other(200), &large), zero, one, end], "no segment starts here"),
    ] {
        let found = reason(segments);
        assert!(found.contains(wanted), "{found:?} should say {wanted:?}");
    }
}

#[test]
fn the_writer_refuses_disorder() {
    let new = || SoundWriter::new(Cursor::new(Vec::new()), &header()).unwrap();
    let mut writer = new();
    assert!(matches!(
        writer.packet(0, &vec![0; MAX_SOUND_PAYLOAD]),
        Err(CodecError::Parameter(_))
    ));
    let mut writer = new();
    writer.packet(0, b"x").unwrap();
    assert!(matches!(writer.tags(&tags()), Err(CodecError::Parameter(_))));
    assert!(
        matches!(writer.finish(44_100), Err(CodecError::Parameter(_))),
        "a packet is missing"
    );
    // What was never finished is no stream.
    let mut out = Cursor::new(Vec::new());
    SoundWriter::new(&mut out, &header()).unwrap();
    let error = Media::of(out.get_ref()).unwrap_err();
    assert!(matches!(error, CodecError::Malformed { offset: 0, .. }));
    // A stream may begin anywhere.
    let mut out = Cursor::new(b"before".to_vec());
    out.set_position(6);
    let mut writer = SoundWriter::new(out, &header()).unwrap();
    writer.tags(&tags()).unwrap();
    writer.packet(0x1234_5678, &[0xca, 0xfe]).unwrap();
    writer.packet(0xffff_0000, &[]).unwrap();
    let out = writer.finish(44_100).unwrap().0.into_inner();
    assert_eq!(out, [b"before", &stream()[..]].concat());
}

#[test]
fn a_tolerant_reader_goes_on() {
    let bytes = stream();
    let (whole, _) = read(&bytes, Mode::Strict).unwrap();
    for at in header().to_bytes().unwrap().len()..bytes.len() {
        for flip in [1, 0x80, 0xff] {
            let mut bad = bytes.clone();
            bad[at] ^= flip;
            assert!(read(&bad, Mode::Strict).is_err(), "byte {at}");
            let (parts, damage) = read(&bad, Mode::Tolerant).unwrap();
            assert!(!damage.is_empty() && !parts.is_empty(), "byte {at}");
            assert!(parts.iter().all(|part| whole.contains(part)), "byte {at}");
            assert_eq!(sound_info(&bad[..], &Limits::default()).unwrap().damage, damage);
        }
    }
    let (parts, damage) = read(&[&bytes[..], b"more"].concat(), Mode::Tolerant).unwrap();
    let offset = bytes.len() as u64;
    assert_eq!((parts, damage), (whole, vec![Damage::Trailing { offset, bytes: 4 }]));
}

/// Megabytes of valid segment headers whose checksums all are wrong and reach over the rest of the stream, and of zeros.
#[test]
fn a_hostile_stream_takes_no_time() {
    const SIZE: usize = 24 << 20;
    let mut head = vec![SegmentId::Packet.to_byte()];
    write_leb(&mut head, (MAX_SOUND_PAYLOAD - 9) as u32);
    let check = crc32fast::hash(&head) as u8;
    head.extend_from_slice(&[check, 0, 0, 0, 0]);
    let start = header().to_bytes().unwrap();
    let false_heads = [&start[..], &head.repeat(SIZE / head.len())].concat();
    let zeros = [&start[..], &vec![0; SIZE]].concat();
    for bytes in [false_heads, zeros] {
        let started = Instant::now();
        let (parts, damage) = read(&bytes, Mode::Tolerant).unwrap();
        assert!(parts.is_empty() && !damage.is_empty());
        assert!(started.elapsed() < Duration::from_secs(8), "{:?}", started.elapsed());
    }
}
