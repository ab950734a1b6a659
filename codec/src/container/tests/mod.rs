//! Streams in order, out of order, damaged and hostile, and the examples of `FORMAT.md`.

use std::io::Cursor;

use super::head::segment_head;
use super::*;
use crate::error::{CodecError, ModelHash, Result};
use crate::limits::Limits;
use crate::media::image::{Color, Depth};
use crate::media::sound::SampleFormat;

mod damaged;
mod example;
mod headers;
mod hostile;
mod order;
mod whole;

const MODEL: ModelHash = ModelHash(*b"the-model's-hash");

/// 200 x 100 pixels in 4 x 2 tiles.
fn image(alpha: bool) -> ImageMedia {
    ImageMedia {
        width: 200,
        height: 100,
        color: Color::Rgb,
        depth: Depth::Eight,
        alpha,
        cicp: None,
        tile_size: 64,
    }
}

/// One second of stereo in packets of one channel and one second.
fn sound() -> SoundMedia {
    SoundMedia {
        rate: 44_100,
        channels: 2,
        format: SampleFormat::Int16,
        channel_mask: None,
        coding_rate: 16_000,
        group: 1,
        packet_samples: 16_000,
        delay: 32_320,
        samples: 44_100,
    }
}

fn header(media: Media, codec_block: &[u8]) -> Header {
    Header {
        codec: CodecId(1),
        model: MODEL,
        media,
        codec_block: codec_block.to_vec(),
    }
}

fn image_header(alpha: bool) -> Header {
    header(Media::Image(image(alpha)), &[0x7e, 0x1d, 0])
}

fn sound_header() -> Header {
    header(Media::Sound(sound()), &[0xa1, 0x13])
}

/// The coded bytes of a part: some fifty, different for every part.
fn coded(index: u32) -> Vec<u8> {
    (0..40 + index * 3).map(|at| (at * 37 + index * 101) as u8).collect()
}

fn metadata() -> Metadata {
    let mut tags: Tags = [(Tag::Title, "a title".to_owned())].into_iter().collect();
    tags.push(TagKey::of_name("lyrics"), "la la");
    let mut extras = Extras::default();
    extras.set(Extras::DENSITY, vec![0, 0, 11, 18, 0, 0, 11, 18, 1]);
    Metadata {
        icc: Some(b"a profile".to_vec()),
        exif: Some(b"some exif data".to_vec()),
        xmp: Some(b"<x/>".to_vec()),
        tags,
        hash: None,
        extras,
    }
}

/// A whole image with every kind of segment that an image may have.
fn stream(alpha: bool) -> Vec<u8> {
    let header = image_header(alpha);
    let mut writer = StreamWriter::new(Vec::new(), &header).unwrap();
    writer.metadata(&metadata()).unwrap();
    writer.codec(b"a filter").unwrap();
    writer.codec(b"another").unwrap();
    for tile in 0..header.media.parts() as u32 {
        writer.part(tile, tile * 1000, &coded(tile)).unwrap();
        if tile == 3 {
            writer.ancillary(200, b"skip me").unwrap();
        }
        if alpha {
            writer.alpha(tile, tile + 7, &[0, tile as u8]).unwrap();
        }
    }
    let (bytes, length) = writer.finish().unwrap();
    assert_eq!(bytes.len() as u64, length);
    bytes
}

fn sound_stream() -> Vec<u8> {
    let planned = SoundMedia { samples: 0, ..sound() };
    let mut writer =
        StreamWriter::deferred(Cursor::new(Vec::new()), &header(Media::Sound(planned), &[0xa1, 0x13])).unwrap();
    writer.tags(&metadata().tags).unwrap();
    writer.part(0, 0x1234_5678, &[0xca, 0xfe]).unwrap();
    writer.part(1, 0xffff_0000, &[]).unwrap();
    let (out, bytes) = writer.finish_with(Media::Sound(sound())).unwrap();
    assert_eq!(out.get_ref().len() as u64, bytes);
    out.into_inner()
}

/// Segments in any order behind the header.
fn assemble(header: &Header, segments: &[(SegmentId, &[u8])]) -> Vec<u8> {
    let mut bytes = header.to_bytes().unwrap();
    for (id, payload) in segments {
        bytes.extend(segment_head(*id, payload));
        bytes.extend_from_slice(payload);
    }
    bytes
}

fn strict(bytes: &[u8]) -> Result<StreamParts> {
    StreamParts::read(bytes, &Limits::default(), Mode::Strict)
}

fn tolerant(bytes: &[u8]) -> Result<StreamParts> {
    StreamParts::read(bytes, &Limits::default(), Mode::Tolerant)
}

/// Parts that were read must be those that were written: never wrong bytes. Returns how many there are of each kind.
fn check_parts(parts: &StreamParts) -> [usize; 2] {
    for part in parts.all(PartKind::Symbols) {
        assert_eq!((part.checksum, &part.bytes), (part.index * 1000, &coded(part.index)));
    }
    for part in parts.all(PartKind::Alpha) {
        assert_eq!(
            (part.checksum, &part.bytes[..]),
            (part.index + 7, &[0, part.index as u8][..])
        );
    }
    let (wanted, found) = (metadata(), &parts.metadata);
    assert!(found.icc.is_none() || found.icc == wanted.icc);
    assert!(found.exif.is_none() || found.exif == wanted.exif);
    assert!(found.xmp.is_none() || found.xmp == wanted.xmp);
    assert!(found.tags.is_empty() || found.tags == wanted.tags);
    [PartKind::Symbols, PartKind::Alpha].map(|kind| parts.all(kind).len())
}
