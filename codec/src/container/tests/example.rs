//! The worked example of `FORMAT.md`, byte for byte.

use lmc_entropy::prior::Coding;

use super::*;

const FORMAT: &str = include_str!("../../../../FORMAT.md");

/// The bytes of the example: the hexadecimal pairs in front of the two spaces of each line.
fn documented() -> Vec<u8> {
    let block = FORMAT
        .split("```hex\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next())
        .unwrap();
    let pairs = block
        .lines()
        .flat_map(|line| line.split("  ").next().unwrap_or("").split(' '));
    pairs
        .filter(|pair| !pair.is_empty())
        .map(|pair| u8::from_str_radix(pair, 16).unwrap())
        .collect()
}

fn example_header() -> Header {
    Header {
        codec: ImageCodec::Wavelet,
        model: ModelHash(*b"the-model's-hash"),
        width: 300,
        height: 1,
        orientation: Orientation::default(),
        color: Color::Rgb,
        depth: Depth::Eight,
        alpha: true,
        coding: Coding::default(),
        quality: 7550,
        tile_size: 1024,
    }
}

#[test]
fn the_example_is_what_the_writer_writes() {
    let mut writer = ContainerWriter::new(Vec::new(), &example_header()).unwrap();
    writer.exif(b"II*\0").unwrap();
    writer.tile(0, 0x1234_5678, &[0xca, 0xfe]).unwrap();
    writer
        .alpha(0, &crate::alpha::compress(&[255; 300], 300, Depth::Eight).unwrap())
        .unwrap();
    let written = writer.finish().unwrap();
    let shown: Vec<String> = written.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(documented(), written, "the writer writes {}", shown.join(" "));
}

#[test]
fn the_example_reads_as_documented() {
    let bytes = documented();
    let container = strict(&bytes).unwrap();
    assert_eq!(container.header, example_header());
    assert_eq!(container.exif, Some(&b"II*\0"[..]));
    let tile = container.tiles[0].unwrap();
    assert_eq!((tile.checksum, tile.bytes), (0x1234_5678, &[0xca, 0xfe][..]));
    assert_eq!(container.alpha[0].unwrap().bytes, [0]);
}
