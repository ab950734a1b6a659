//! The reader gives back what the writer wrote.

use super::*;

#[test]
fn every_kind_of_segment_comes_back() {
    for alpha in [false, true] {
        let bytes = stream(alpha);
        let parts = strict(&bytes).unwrap();
        assert_eq!(parts.header, image_header(alpha));
        assert_eq!(parts.metadata, metadata());
        assert_eq!(parts.codec_segments, [&b"a filter"[..], b"another"]);
        assert_eq!(check_parts(&parts), [8, if alpha { 8 } else { 0 }]);
        assert_eq!(parts.get(PartKind::Symbols, 5).map(|part| part.index), Some(5));
        assert_eq!(parts.get(PartKind::Symbols, 8), None);
        assert!(parts.damage.is_empty());
        assert_eq!(tolerant(&bytes).unwrap(), parts);
    }
}

#[test]
fn a_sound_is_read_packet_by_packet() {
    let bytes = sound_stream();
    let mut reader = StreamReader::new(&bytes[..], &Limits::default(), Mode::Strict).unwrap();
    assert_eq!(
        (reader.header(), &reader.metadata().tags),
        (&sound_header(), &metadata().tags)
    );
    let one = reader.next_part().unwrap().unwrap();
    assert_eq!(
        (one.index, one.checksum, &one.bytes[..]),
        (0, 0x1234_5678, &[0xca, 0xfe][..])
    );
    let two = reader.next_part().unwrap().unwrap();
    assert_eq!((two.index, two.checksum, &two.bytes[..]), (1, 0xffff_0000, &[][..]));
    assert_eq!(bytes[two.offset as usize], SegmentId::PART.0);
    assert_eq!(reader.next_part().unwrap(), None);
    assert_eq!(reader.next_part().unwrap(), None);
    assert_eq!(reader.position(), bytes.len() as u64);
}

#[test]
fn a_part_is_given_out_before_the_next_one_arrives() {
    use std::io::Read;

    struct Panics;
    impl Read for Panics {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            panic!("more was asked for than is needed")
        }
    }
    let bytes = sound_stream();
    let second = strict(&bytes).unwrap().get(PartKind::Symbols, 1).unwrap().offset as usize;
    // A head may take up to 11 bytes, and as many are looked at.
    let mut reader = StreamReader::new(bytes[..second].chain(Panics), &Limits::default(), Mode::Strict).unwrap();
    assert_eq!(reader.next_part().unwrap().map(|part| part.index), Some(0));
}

#[test]
fn a_stream_may_begin_anywhere_in_a_file() {
    let mut out = Cursor::new(b"before".to_vec());
    out.set_position(6);
    let mut writer = StreamWriter::deferred(out, &sound_header()).unwrap();
    writer.tags(&metadata().tags).unwrap();
    writer.part(0, 0x1234_5678, &[0xca, 0xfe]).unwrap();
    writer.part(1, 0xffff_0000, &[]).unwrap();
    let out = writer.finish_with(Media::Sound(sound())).unwrap().0.into_inner();
    assert_eq!(out, [b"before", &sound_stream()[..]].concat());
}

#[test]
fn what_was_not_finished_is_no_stream() {
    let mut out = Cursor::new(Vec::new());
    let mut writer = StreamWriter::deferred(&mut out, &sound_header()).unwrap();
    writer.part(0, 0, b"x").unwrap();
    let error = tolerant(out.get_ref()).unwrap_err();
    assert!(matches!(error, CodecError::Malformed { offset: 0, .. }), "{error}");
}

#[test]
fn info_tells_what_is_there() {
    let bytes = stream(true);
    let found = info(&bytes[..], &Limits::default()).unwrap();
    assert_eq!((&found.header, &found.metadata), (&image_header(true), &metadata()));
    assert_eq!(
        (found.parts, found.stream_bytes, found.unknown),
        (8, bytes.len() as u64, 1)
    );
    let coded_bytes = (0..8).map(|tile| coded(tile).len() as u64).sum();
    let symbols = PartSum {
        count: 8,
        bytes: coded_bytes,
        smallest: 40,
        largest: 61,
    };
    assert_eq!(found.symbols, symbols);
    assert_eq!((found.alpha.count, found.alpha.bytes), (8, 16));
    let all: u64 = found.log.sums().map(|sum| sum.bytes).sum();
    assert_eq!(found.header_bytes as u64 + all, found.stream_bytes);
    assert_eq!(found.log.bytes_of(SegmentId::END), 7);
    let kinds: Vec<_> = found.log.sums().map(|sum| (sum.name, sum.count)).collect();
    let wanted = [
        ("end", 1),
        ("part", 8),
        ("alpha", 8),
        ("codec", 2),
        ("icc", 1),
        ("exif", 1),
        ("xmp", 1),
        ("tags", 1),
        ("extra", 1),
        ("ancillary", 1),
    ];
    assert_eq!(kinds, wanted);
    assert_eq!(found.log.listed().len(), 25);
    let of_tile = |id| {
        found
            .log
            .listed()
            .iter()
            .filter(move |segment| segment.id == id)
            .filter_map(|segment| segment.part)
    };
    assert!(of_tile(SegmentId::PART).eq(0..8) && of_tile(SegmentId::ALPHA).eq(0..8));
    assert!(found.damage.is_empty());
}

#[test]
fn reserved_and_unknown_ancillary_segments_are_skipped() {
    let video = VideoMedia {
        format: VideoFormat::new(64, 48, Ratio::new(25, 1)),
        frames: Some(1),
    };
    let header = header(Media::Video(video), &[]);
    let part = [&[0, 1, 2, 3, 4][..], b"frame"].concat();
    let bytes = assemble(
        &header,
        &[
            (SegmentId::INDEX, b"?"),
            (SegmentId(250), b"?"),
            (SegmentId::PART, &part),
            (SegmentId::HASH, b"?"),
            (SegmentId::END, b""),
        ],
    );
    let parts = strict(&bytes).unwrap();
    assert_eq!(parts.all(PartKind::Symbols)[0].bytes, b"frame");
    assert_eq!(info(&bytes[..], &Limits::default()).unwrap().unknown, 1);
}
