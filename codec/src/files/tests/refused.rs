//! Files that a picture cannot hold, and files that are damaged.

use super::*;

fn refused(bytes: &[u8], wanted: &str) {
    match read_bytes(bytes, &Limits::default()) {
        Err(CodecError::Unsupported(what)) => assert!(what.contains(wanted), "{what}"),
        other => panic!("{wanted}: {other:?}"),
    }
}

fn rgb(format: Format) -> Vec<u8> {
    to_bytes(&picture(Color::Rgb, Depth::Eight, false), format).unwrap().0
}

/// A JPEG frame header of `components` components and `bits` bits behind a comment.
fn jpeg(components: u8, bits: u8) -> Vec<u8> {
    let mut bytes = vec![0xff, 0xd8, 0xff, 0xfe, 0, 4, b'h', b'i', 0xff, 0xff, 0xc1];
    bytes.extend([0, 8 + 3 * components, bits, 0, 5, 0, 7, components]);
    (0..components).for_each(|id| bytes.extend([id + 1, 0x11, 0]));
    bytes.extend([0xff, 0xd9]);
    bytes
}

pub(super) fn chunk(kind: &[u8; 4], payload: &[u8]) -> Vec<u8> {
    let body = [kind, payload].concat();
    let crc = crc32fast::hash(&body).to_be_bytes();
    [&(payload.len() as u32).to_be_bytes()[..], &body, &crc].concat()
}

fn riff(chunks: &[(&[u8; 4], Vec<u8>)]) -> Vec<u8> {
    let mut body = b"WEBP".to_vec();
    for (kind, payload) in chunks {
        body.extend_from_slice(*kind);
        body.extend((payload.len() as u32).to_le_bytes());
        body.extend(payload);
        body.resize(body.len().next_multiple_of(2), 0);
    }
    [b"RIFF", &(body.len() as u32).to_le_bytes()[..], &body].concat()
}

#[test]
fn cmyk_and_deep_jpeg() {
    refused(&jpeg(4, 8), "CMYK or YCCK JPEG");
    refused(&jpeg(3, 12), "more than 8 bits");
    assert!(matches!(
        read_bytes(&jpeg(3, 8), &Limits::default()),
        Err(CodecError::Media { .. })
    ));
}

#[test]
fn cut_jpeg() {
    let whole = rgb(Format::Jpeg);
    let error = read_bytes(&whole[..whole.len() - 20], &Limits::default()).unwrap_err();
    assert!(error.to_string().contains("rows are missing or damaged"), "{error}");
    let no_end = read_noted(&whole[..whole.len() - 2]);
    assert_eq!(no_end.image, read_back(&whole));
    assert!(no_end.notes.warnings[0].contains("the end of the file is missing"));
    let trailing = read_noted(&[&whole[..], b"what cameras append"].concat());
    assert_eq!(trailing.image, read_back(&whole));
    assert_eq!(trailing.notes.lost, ["19 bytes behind the picture"]);
}

#[test]
fn animated_png_and_late_exif() {
    let png = rgb(Format::Png);
    let header_end = 8 + 12 + 13;
    let animation = chunk(b"acTL", &[0, 0, 0, 2, 0, 0, 0, 0]);
    refused(
        &[&png[..header_end], &animation, &png[header_end..]].concat(),
        "animated PNG",
    );
    let end = png.len() - 12;
    let exif = chunk(b"eXIf", &exif::block(6, true));
    let back = read_back(&[&png[..end], &exif, &png[end..]].concat());
    assert_eq!(
        (back.width(), back.height()),
        (5, 7),
        "EXIF behind the pixels counts as well"
    );
}

#[test]
fn animated_webp() {
    let still = rgb(Format::WebP);
    let frame_head = [[0u8; 6].as_slice(), &[6, 0, 0, 4, 0, 0, 100, 0, 0, 0]].concat();
    let frame = [&frame_head[..], &still[12..]].concat();
    let mut chunks: Vec<(&[u8; 4], Vec<u8>)> = vec![
        (b"VP8X", vec![2, 0, 0, 0, 6, 0, 0, 4, 0, 0]),
        (b"ANIM", vec![0; 6]),
        (b"ANMF", frame.clone()),
    ];
    assert_eq!(
        read_back(&riff(&chunks)),
        read_back(&still),
        "an animation of one frame is an image"
    );
    chunks.push((b"ANMF", frame));
    let animated = riff(&chunks);
    refused(&animated, "animated WebP of 2 frames");
    let options = ReadOptions::default().with_page(Some(2));
    let second = super::super::read_noted(std::io::Cursor::new(&animated), &options).unwrap();
    assert_eq!(
        (second.image, second.notes.lost),
        (read_back(&still), vec!["1 more frame".to_owned()])
    );
}

/// Appends a directory of one pixel with the kind of sub-file `kind`, and links it behind the first.
fn second_directory(kind: u8) -> Vec<u8> {
    let mut tiff = rgb(Format::Tiff);
    assert_eq!(tiff[..4], *b"II*\0");
    let at = |tiff: &[u8], from: usize| {
        u32::from_le_bytes([tiff[from], tiff[from + 1], tiff[from + 2], tiff[from + 3]]) as usize
    };
    let directory = at(&tiff, 4);
    let entries = usize::from(u16::from_le_bytes([tiff[directory], tiff[directory + 1]]));
    let link = directory + 2 + 12 * entries;
    let end = (tiff.len() as u32).to_le_bytes();
    tiff[link..link + 4].copy_from_slice(&end);
    tiff.extend([3, 0]);
    for (tag, value) in [(254u16, kind), (256, 1), (257, 1)] {
        tiff.extend(tag.to_le_bytes());
        tiff.extend([4, 0, 1, 0, 0, 0, value, 0, 0, 0]);
    }
    tiff.extend([0; 4]);
    tiff
}

#[test]
fn tiff_of_several_pages_but_not_of_thumbnails() {
    refused(&second_directory(0), "several pages (2)");
    assert_eq!(
        read_back(&second_directory(1)),
        picture(Color::Rgb, Depth::Eight, false)
    );
}

#[test]
fn other_formats_by_name() {
    refused(b"\0\0\0 ftypavif....", "AVIF (convert it to PNG first)");
    refused(b"\0\0\0 ftypheic....", "HEIC");
    refused(b"\x8dLMC............", "decoded and not encoded");
    refused(b"hello", "unknown format");
    refused(b"", "empty");
}

#[test]
fn pictures_over_the_limits() {
    let limits = Limits {
        max_pixels: 34,
        ..Limits::default()
    };
    for format in [Format::Png, Format::Jpeg, Format::Pnm, Format::WebP, Format::Tiff] {
        let result = read_bytes(&rgb(format), &limits);
        assert!(matches!(result, Err(CodecError::Limit { .. })), "{}", format.name());
    }
    let small = Limits::default().with_max_memory(1 << 20);
    for format in [Format::Png, Format::Jpeg, Format::Pam, Format::WebP, Format::Tiff] {
        let result = read_bytes(&rgb(format), &small);
        assert!(matches!(result, Err(CodecError::Limit { .. })), "{}", format.name());
    }
    let huge = read_bytes(b"P6 1000000 1000000 255\n", &Limits::default());
    assert!(matches!(huge, Err(CodecError::Limit { .. })));
}

#[test]
fn damaged_files_never_panic() {
    let mut state = 7u32;
    let mut random = |bound: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as usize % bound
    };
    let limits = Limits {
        max_pixels: 1 << 16,
        ..Limits::default()
    };
    let picture = picture(Color::Rgb, Depth::Eight, false)
        .with_icc(Some(vec![1; 100]))
        .with_exif(Some(exif::block(6, false)));
    for format in [Format::Png, Format::Jpeg, Format::Pam, Format::WebP, Format::Tiff] {
        let good = to_bytes(&picture, format).unwrap().0;
        for _ in 0..400 {
            let mut bytes = good.clone();
            for _ in 0..1 + random(3) {
                let at = random(bytes.len());
                bytes[at] = random(256) as u8;
            }
            if random(3) == 0 {
                bytes.truncate(random(bytes.len()));
            }
            // Whatever comes out has the size that it claims.
            if let Ok(read) = read_bytes(&bytes, &limits) {
                let pixels = u64::from(read.width()) * u64::from(read.height());
                assert!(pixels <= limits.max_pixels);
            }
        }
    }
}
