//! The worked examples of `FORMAT.md`: writers write them, and readers read them as documented.

use super::*;

const FORMAT: &str = include_str!("../../../../FORMAT.md");

/// The bytes of an example: the hexadecimal pairs in front of the two spaces of each line.
fn documented(example: usize) -> Vec<u8> {
    let block = FORMAT.split("```hex\n").nth(1 + example).unwrap();
    let block = block.split("```").next().unwrap();
    let pairs = block
        .lines()
        .flat_map(|line| line.split("  ").next().unwrap_or("").split(' '));
    let pairs = pairs.filter(|pair| !pair.is_empty());
    pairs.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
}

fn assert_documented(example: usize, written: &[u8]) {
    let shown: Vec<String> = written.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(documented(example), written, "the writer writes {}", shown.join(" "));
}

fn example_image() -> Header {
    let media = ImageMedia {
        width: 300,
        height: 1,
        tile_size: 1024,
        ..image(true)
    };
    header(Media::Image(media), &[0x7e, 0x1d, 0])
}

fn example_sound() -> Header {
    let media = SoundMedia {
        channel_mask: Some(3),
        ..sound()
    };
    Header {
        codec: CodecId(3),
        ..header(Media::Sound(media), &[0xa1, 0x13])
    }
}

fn example_tags() -> Tags {
    let mut tags: Tags = [(Tag::Title, "Hé!".to_owned())].into_iter().collect();
    assert!(tags.push(TagKey::of_name("MOOD"), "dim"));
    tags
}

#[test]
fn the_image_is_what_the_writer_writes() {
    let mut writer = StreamWriter::new(Vec::new(), &example_image()).unwrap();
    writer.block(SegmentId::EXIF, b"II*\0").unwrap();
    writer.part(0, 0x1234_5678, &[0xca, 0xfe]).unwrap();
    let mut checksum = lmc_entropy::checksum::Checksum::new();
    checksum.update(&[255; 300]);
    let alpha = crate::alpha::compress(&[255; 300], 300, Depth::Eight).unwrap();
    writer.alpha(0, checksum.finish32(), &alpha).unwrap();
    assert_documented(0, &writer.finish().unwrap().0);
}

#[test]
fn the_image_reads_as_documented() {
    let parts = strict(&documented(0)).unwrap();
    assert_eq!(parts.header, example_image());
    assert_eq!(parts.metadata.exif.as_deref(), Some(&b"II*\0"[..]));
    let tile = parts.get(PartKind::Symbols, 0).unwrap();
    assert_eq!((tile.checksum, &tile.bytes[..]), (0x1234_5678, &[0xca, 0xfe][..]));
    assert_eq!(parts.get(PartKind::Alpha, 0).unwrap().bytes, [0]);
}

#[test]
fn the_sound_is_what_the_writer_writes() {
    let header = example_sound();
    let mut writer = StreamWriter::deferred(Cursor::new(Vec::new()), &header).unwrap();
    writer.tags(&example_tags()).unwrap();
    writer.part(0, 0x1234_5678, &[0xca, 0xfe]).unwrap();
    writer.part(1, 0xffff_0000, &[]).unwrap();
    let (out, _) = writer.finish_with(header.media).unwrap();
    assert_documented(1, out.get_ref());
}

#[test]
fn the_sound_reads_as_documented() {
    let parts = strict(&documented(1)).unwrap();
    assert_eq!(
        (&parts.header, &parts.metadata.tags),
        (&example_sound(), &example_tags())
    );
    let one = parts.get(PartKind::Symbols, 0).unwrap();
    let two = parts.get(PartKind::Symbols, 1).unwrap();
    assert_eq!((one.checksum, &one.bytes[..]), (0x1234_5678, &[0xca, 0xfe][..]));
    assert_eq!((two.checksum, &two.bytes[..]), (0xffff_0000, &[][..]));
}

/// The table of segments in `FORMAT.md` says what the one in the code does.
#[test]
fn the_table_of_segments_is_the_documented_one() {
    let place = |row: &SegmentRow| match row.place {
        Place::Last => "last",
        Place::BeforeParts => "before parts",
        Place::Parts => "parts",
        Place::Anywhere => "anywhere",
    };
    for row in &SEGMENTS {
        let most = row.most.map_or(String::new(), |most| most.to_string());
        let media = match row.media {
            [_, _, _] => "all".to_owned(),
            some => some.iter().map(|kind| kind.name()).collect::<Vec<_>>().join(", "),
        };
        let resynchronises = if row.resynchronises { "yes" } else { "no" };
        let name = row.name.to_uppercase();
        let cells = [&row.id.0.to_string(), &name, place(row), &most, &media, resynchronises];
        let line = format!("| {} |", cells.join(" | ")).replace("|  |", "| |");
        assert!(FORMAT.contains(&line), "{line}");
    }
}
