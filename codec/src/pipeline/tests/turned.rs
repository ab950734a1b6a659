//! Pictures that are coded in another way than they are shown.

use super::*;
use crate::codecs::image::{CodedImage, ImageCodec, ImageStream};
use crate::container::{CodecId, Header, ImageMedia, Media};
use crate::media::image::Orientation;

/// The wavelet codec made to code pictures in a certain way.
struct Turned {
    codec: WaveletImageCodec,
    orientation: Orientation,
}

impl ImageCodec for Turned {
    fn id(&self) -> CodecId {
        self.codec.id()
    }

    fn name(&self) -> &'static str {
        "turned"
    }

    fn model(&self) -> ModelHash {
        self.codec.model()
    }

    fn stream<'a>(
        &'a self,
        media: &ImageMedia,
        block: &[u8],
        segments: &[Vec<u8>],
    ) -> Result<Box<dyn ImageStream + 'a>> {
        self.codec.stream(media, block, segments)
    }

    fn encode(
        &self,
        picture: &Image,
        options: &EncodeOptions,
        reconstruct: bool,
        watch: &mut dyn Watch,
    ) -> Result<CodedImage> {
        let turned = picture.coded(self.orientation)?;
        let mut coded = self.codec.encode(&turned, options, reconstruct, watch)?;
        coded.orientation = self.orientation;
        coded.block[2] |= self.orientation.number() << 5;
        Ok(coded)
    }
}

/// The stream of a picture that is coded in a certain way, without the tile `lost`.
fn stream(original: &Image, orientation: Orientation, lost: Option<usize>) -> Vec<u8> {
    let codec = WaveletImageCodec::new(Toy::new());
    let codecs = Codecs::default().with_image(Arc::new(Turned { codec, orientation }));
    let options = EncodeOptions::default().with_tile_size(64);
    let mut bytes = ImageEncoder::new(codecs, options).encode(original).unwrap().bytes;
    if let Some(tile) = lost {
        let parts = crate::container::StreamParts::read(&bytes[..], &Limits::default(), crate::container::Mode::Strict);
        let coded = parts.unwrap().all(PartKind::Symbols)[tile].bytes.clone();
        let at = bytes.windows(coded.len()).position(|bytes| bytes == coded).unwrap();
        bytes[at] ^= 1;
    }
    bytes
}

fn decoded(bytes: &[u8], region: Option<Rect>) -> Decoded {
    let options = DecodeOptions::default().with_conceal(true).with_region(region);
    ImageDecoder::new(codecs(), options).decode(bytes).unwrap()
}

#[test]
fn what_is_shown_lies_as_it_was_given() {
    let original = picture(150, 100, Color::Rgb, Depth::Eight, true);
    let region = Rect {
        x: 70,
        y: 3,
        width: 61,
        height: 40,
    };
    for orientation in Orientation::all() {
        let coded = original.coded(orientation).unwrap();
        let as_coded = decoded(&stream(&coded, Orientation::default(), None), None).picture;
        let bytes = stream(&original, orientation, None);
        let (header, _) = Header::parse(&bytes).unwrap();
        let Media::Image(media) = header.media else {
            panic!("an image");
        };
        assert_eq!((media.width, media.height), (150, 100));
        assert_eq!(header.codec_block[2] >> 5, orientation.number());
        let whole = decoded(&bytes, None).picture;
        assert_eq!(whole, as_coded.shown(orientation).unwrap(), "{orientation:?}");
        assert!(distance(&whole, &original) < 12, "{orientation:?}");
        let part = decoded(&bytes, Some(region)).picture;
        assert_eq!(part, whole.part(&region).unwrap(), "{orientation:?}");
    }
}

#[test]
fn damage_is_where_it_is_shown() {
    let original = picture(150, 100, Color::Rgb, Depth::Eight, false);
    // The last tile of the second row as they are shown.
    let hole = Rect {
        x: 128,
        y: 64,
        width: 22,
        height: 36,
    };
    // Of tiles of 64 pixels the last ones are smaller, so only ways that leave the corner where it is have this one.
    for (orientation, lost) in [(0, 5), (4, 5)] {
        let orientation = Orientation::of_number(orientation).unwrap();
        let bytes = stream(&original, orientation, Some(lost));
        let concealed = decoded(&bytes, None);
        let verified = decoder(false).verify(&bytes).unwrap();
        for (damage, places) in [(concealed.damage, concealed.places), (verified.damage, verified.places)] {
            assert_eq!(holes(&damage, &places), [hole], "{orientation:?}");
        }
        let whole = decoded(&stream(&original, orientation, None), None).picture;
        let near = hole.grown(64, 150, 100);
        let left = Rect {
            x: 0,
            y: 0,
            width: near.x,
            height: 100,
        };
        assert_eq!(concealed.picture.part(&left).unwrap(), whole.part(&left).unwrap());
    }
    let mirrored = Orientation::of_number(3).unwrap();
    let concealed = decoded(&stream(&original, mirrored, Some(0)), None);
    let corner = Rect {
        x: 86,
        y: 36,
        width: 64,
        height: 64,
    };
    assert_eq!(holes(&concealed.damage, &concealed.places), [corner]);
}
