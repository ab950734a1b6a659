//! The decoder of lossless tiles.

use lmc_codec::codecs::Codecs;
use lmc_codec::container::{Header, ImageMedia, Media, StreamWriter};
use lmc_codec::{
    CodecError, Color, DecodeOptions, Depth, EncodeOptions, Image, ImageDecoder, ImageEncoder, Limits, MaxError,
    ModelHash,
};

/// Any bytes as a tile: what decodes can be coded again. The first three bytes are the size, and the kind of samples.
pub fn lossless_tile(data: &[u8]) {
    let &[width, height, kind, ref coded @ ..] = data else {
        return;
    };
    let header = header(width, height, kind);
    let picture = match decode(&stream(&header, 0, coded)) {
        // Fuzzers do not guess checksums: this is the one of the samples that were decoded.
        Err(CodecError::Desync { found, .. }) => {
            decode(&stream(&header, found, coded)).expect("decoding is a function of the bytes")
        }
        Err(_) => return,
        Ok(picture) => picture,
    };
    let options = EncodeOptions::default().with_max_error(Some(MaxError::default()));
    let again = ImageEncoder::new(Codecs::default(), options).encode(&picture);
    let again = decode(&again.expect("every picture can be coded").bytes).expect("what was coded decodes");
    assert!(again == picture, "what was coded is another picture");
}

/// A picture of one tile.
fn header(width: u8, height: u8, kind: u8) -> Header {
    let registry = Codecs::default();
    let row = registry
        .registry()
        .named("lossless")
        .expect("there is a lossless codec");
    Header {
        codec: row.id,
        model: ModelHash([0; 16]),
        media: Media::Image(ImageMedia {
            width: 1 + u32::from(width % 64),
            height: 1 + u32::from(height % 64),
            color: if kind & 1 == 0 { Color::Gray } else { Color::Rgb },
            depth: if kind & 2 == 0 { Depth::Eight } else { Depth::Sixteen },
            alpha: false,
            cicp: None,
            tile_size: 64,
        }),
        codec_block: vec![0],
    }
}

fn stream(header: &Header, checksum: u32, coded: &[u8]) -> Vec<u8> {
    let mut writer = StreamWriter::new(Vec::new(), header).expect("the header is valid");
    writer.part(0, checksum, coded).expect("the tile is due");
    writer.finish().expect("nothing is missing").0
}

fn decode(stream: &[u8]) -> lmc_codec::Result<Image> {
    let limits = Limits {
        max_pixels: 1 << 20,
        ..Limits::default()
    };
    let options = DecodeOptions::default().with_limits(limits);
    let decoded = ImageDecoder::new(Codecs::default(), options).decode(stream)?;
    Ok(decoded.picture)
}
