//! One rule of order for all media, in both modes and for writers.

use super::*;

/// One tile with or without alpha.
fn one_tile(alpha: bool) -> Header {
    let media = ImageMedia {
        width: 1,
        height: 1,
        ..image(alpha)
    };
    header(Media::Image(media), &[])
}

fn two_tiles() -> Header {
    let media = ImageMedia {
        width: 65,
        height: 1,
        ..image(false)
    };
    header(Media::Image(media), &[])
}

/// A segment: its id and its payload.
type Piece<'a> = (SegmentId, &'a [u8]);

const END: Piece<'static> = (SegmentId::END, &[]);
const ZERO: Piece<'static> = (SegmentId::PART, &[0, 1, 2, 3, 4, 99]);
const ONE: Piece<'static> = (SegmentId::PART, &[1, 1, 2, 3, 4]);
const ALPHA: Piece<'static> = (SegmentId::ALPHA, &[0, 1, 2, 3, 4, 0]);
const ICC: Piece<'static> = (SegmentId::ICC, b"i");
const TAGS: Piece<'static> = (SegmentId::TAGS, b"\x01\x01A");
const CODEC: Piece<'static> = (SegmentId::CODEC, b"c");

/// What a strict reader says; nothing if it is content.
fn reason(header: &Header, segments: &[Piece<'_>]) -> String {
    match strict(&assemble(header, segments)) {
        Ok(_) => String::new(),
        Err(CodecError::Malformed { reason, .. }) => reason,
        Err(other) => other.to_string(),
    }
}

#[test]
fn a_strict_reader_accepts_every_segment_in_its_place() {
    use SegmentId as Id;

    let before = [ICC, (Id::EXIF, b"e"), (Id::XMP, b"x"), TAGS, (Id(150), b"?")];
    let codec = [CODEC; 16];
    let all = [&before[..], &codec, &[ZERO, (Id(150), b"?"), (Id::HASH, b"h"), END]].concat();
    assert_eq!(reason(&one_tile(false), &all), "");
    assert_eq!(reason(&one_tile(true), &[ZERO, ALPHA, END]), "");
    assert_eq!(
        reason(&sound_header(), &[CODEC, TAGS, (Id::XMP, b"x"), ZERO, ONE, END]),
        ""
    );
    let empty = header(Media::Sound(SoundMedia { samples: 0, ..sound() }), &[]);
    assert_eq!(reason(&empty, &[END]), "");
}

#[test]
fn a_strict_reader_refuses_every_segment_out_of_its_place() {
    use SegmentId as Id;

    let (plain, alpha, two, sound) = (one_tile(false), one_tile(true), two_tiles(), sound_header());
    let many = [&[CODEC; 17][..], &[ZERO, END]].concat();
    let cases: &[(&Header, &[Piece<'_>], &str)] = &[
        (&plain, &[ZERO], "its end is missing"),
        (&plain, &[END], "tile 0 is missing"),
        (&alpha, &[ZERO, END], "the alpha of tile 0 is missing"),
        (&alpha, &[ALPHA, END], "tile 0 is missing"),
        (
            &alpha,
            &[ZERO, ALPHA, ALPHA, END],
            "the alpha of tile 0, or a later part, came before",
        ),
        (&plain, &[ZERO, ALPHA, END], "there is no alpha"),
        (&plain, &[ZERO, ZERO, END], "tile 0, or a later part, came before"),
        (&plain, &[ONE, END], "the image has no such tile"),
        (&two, &[ONE, ZERO, END], "tile 0 is missing"),
        (&plain, &[ZERO, ICC, END], "icc segment: it must precede the parts"),
        (&plain, &[ZERO, CODEC, END], "codec segment: it must precede the parts"),
        (&plain, &[ICC, ICC, ZERO, END], "there may be 1 at most"),
        (&plain, &many, "there may be 16 at most"),
        (
            &plain,
            &[(Id::HASH, b"h"), ZERO, (Id::HASH, b"h"), END],
            "there may be 1 at most",
        ),
        (&plain, &[(Id::PART, &[0, 1, 2, 3])], "too short"),
        (
            &plain,
            &[(Id::PART, &[0x80, 0, 1, 2, 3, 4])],
            "not in its shortest form",
        ),
        (&plain, &[ZERO, END, END], "7 bytes follow the end"),
        (
            &plain,
            &[(Id(99), b"?"), ZERO, END],
            "segment 99 at byte 32: a newer version",
        ),
        (
            &plain,
            &[(Id(127), b"?"), ZERO, END],
            "segment 127 at byte 32: a newer version",
        ),
        (&sound, &[ZERO, END], "packet 1 is missing"),
        (&sound, &[ONE, ZERO, END], "packet 0 is missing"),
        (&sound, &[ZERO, ONE, ONE, END], "packet 1, or a later part, came before"),
        (
            &sound,
            &[ZERO, ONE, (Id::PART, &[2, 1, 2, 3, 4]), END],
            "the sound has no such packet",
        ),
        (&sound, &[ZERO, TAGS, ONE, END], "it must precede the parts"),
        (&sound, &[(Id::TAGS, b"\x01\x05A"), ZERO, ONE, END], "a text is cut"),
        (&sound, &[ICC, ZERO, ONE, END], "a stream of sound has none"),
        (
            &sound,
            &[(Id::INDEX, b"?"), ZERO, ONE, END],
            "a stream of sound has none",
        ),
    ];
    for (header, segments, wanted) in cases {
        let found = reason(header, segments);
        assert!(found.contains(wanted), "{found:?} should say {wanted:?}");
    }
}

#[test]
fn a_tolerant_reader_ignores_what_a_strict_one_refuses() {
    let bytes = assemble(
        &two_tiles(),
        &[ONE, ZERO, ICC, ONE, (SegmentId::PART, &[7, 1, 2, 3, 4]), END],
    );
    let parts = tolerant(&bytes).unwrap();
    assert_eq!(parts.get(PartKind::Symbols, 0), None);
    assert!(parts.get(PartKind::Symbols, 1).is_some());
    let said: Vec<String> = parts.damage.lines(&parts.header.media).collect();
    let ends = [
        "tile 0: missing",
        "ignored: part segment: tile 0, or a later part, came before",
        "ignored: icc segment: it must precede the parts",
        "ignored: part segment: tile 1, or a later part, came before",
        "ignored: part segment: the image has no such tile",
    ];
    assert_eq!(said.len(), ends.len());
    assert!(said.iter().zip(ends).all(|(said, end)| said.ends_with(end)), "{said:?}");
    assert_eq!(parts.damage.lost(PartKind::Symbols), 1);
}

#[test]
fn a_newer_mandatory_segment_stops_a_tolerant_reader_too() {
    let bytes = assemble(&one_tile(false), &[(SegmentId(100), b"?"), ZERO, END]);
    let error = tolerant(&bytes).unwrap_err();
    assert!(matches!(error, CodecError::Unsupported(what) if what.contains("segment 100")));
}

#[test]
fn lost_packets_have_their_time() {
    let media = SoundMedia {
        samples: 10 * 44_100,
        ..sound()
    };
    let header = header(Media::Sound(media), &[]);
    let parts = tolerant(&assemble(&header, &[ZERO, (SegmentId::PART, &[5, 1, 2, 3, 4]), END])).unwrap();
    let said: Vec<String> = parts.damage.lines(&parts.header.media).collect();
    let wanted = [
        "packets 1 to 4 (0.000 s to 3.000 s): missing",
        "packets 6 to 19 (3.000 s to 10.000 s): missing",
    ];
    assert_eq!(said, wanted);
    assert_eq!(
        parts.damage.runs(PartKind::Symbols).collect::<Vec<_>>(),
        [(1, 4), (6, 14)]
    );
}

#[test]
fn the_writer_refuses_disorder() {
    let internal = |result: Result<u64>| assert!(matches!(result, Err(CodecError::Internal(_))), "{result:?}");
    let mut writer = StreamWriter::new(Vec::new(), &image_header(true)).unwrap();
    internal(writer.part(1, 0, b"x"));
    internal(writer.alpha(0, 0, b"x"));
    internal(writer.block(SegmentId::PART, b"x"));
    for id in [127, 128, 1] {
        assert!(matches!(writer.ancillary(id, b"x"), Err(CodecError::Parameter(_))));
    }
    writer.block(SegmentId::ICC, b"x").unwrap();
    internal(writer.block(SegmentId::ICC, b"x"));
    (0..16).for_each(|_| assert!(writer.codec(b"x").is_ok()));
    internal(writer.codec(b"x"));
    writer.part(0, 0, b"x").unwrap();
    internal(writer.part(1, 0, b"x"));
    internal(writer.codec(b"x"));
    writer.alpha(0, 0, b"x").unwrap();
    internal(writer.tags(&metadata().tags));
    internal(writer.part(8, 0, b"x"));
    assert!(
        matches!(writer.finish(), Err(CodecError::Internal(_))),
        "tiles are missing"
    );

    let mut writer = StreamWriter::new(Cursor::new(Vec::new()), &sound_header()).unwrap();
    internal(writer.metadata(&metadata()));
    assert!(matches!(
        writer.finish_with(Media::Sound(sound())),
        Err(CodecError::Internal(_))
    ));
    let mut writer = StreamWriter::deferred(Cursor::new(Vec::new()), &sound_header()).unwrap();
    writer.part(0, 0, b"x").unwrap();
    assert!(
        matches!(writer.finish_with(Media::Sound(sound())), Err(CodecError::Internal(_))),
        "a packet is missing"
    );
    let writer = StreamWriter::deferred(Cursor::new(Vec::new()), &sound_header()).unwrap();
    assert!(
        matches!(writer.finish(), Err(CodecError::Internal(_))),
        "the header is missing"
    );
}
