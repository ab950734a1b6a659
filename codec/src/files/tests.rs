//! Files of every kind, and files that are refused or broken.

use super::*;
use crate::limits::Limits;
use crate::media::image::{Color, Depth, Image, Samples};

mod jpegs;
mod others;
mod pngs;
mod refused;
mod tiffs;

fn picture(color: Color, depth: Depth, alpha: bool) -> Image {
    let (width, height) = (7u32, 5u32);
    let pixels = (width * height) as usize;
    let samples = |count: usize, step: usize| match depth {
        Depth::Eight => Samples::U8((0..count).map(|i| (i * step) as u8).collect()),
        Depth::Sixteen => Samples::U16((0..count).map(|i| (i * step * 251) as u16).collect()),
    };
    let alpha = alpha.then(|| samples(pixels, 11));
    let colors = samples(pixels * color.channels(), 7);
    Image::new(width, height, color, colors, alpha).unwrap()
}

fn read_back(bytes: &[u8]) -> Image {
    read_bytes(bytes, &Limits::default()).unwrap()
}

fn read_noted(bytes: &[u8]) -> FileImage {
    super::read_noted(std::io::Cursor::new(bytes), &ReadOptions::default()).unwrap()
}

#[test]
fn every_kind_of_picture_survives_the_formats_that_hold_it() {
    for color in [Color::Gray, Color::Rgb] {
        for depth in [Depth::Eight, Depth::Sixteen] {
            for alpha in [false, true] {
                let picture = picture(color, depth, alpha);
                for format in [Format::Png, Format::Pam, Format::Tiff, Format::Pnm, Format::WebP] {
                    let what = format!("{color:?} {depth:?} alpha {alpha} as {}", format.name());
                    if format == Format::Pnm && alpha {
                        let error = to_bytes(&picture, format).unwrap_err();
                        assert!(matches!(error, CodecError::Unsupported(_)), "{what}");
                        continue;
                    }
                    let (bytes, lost) = to_bytes(&picture, format).unwrap();
                    assert_eq!(Format::from_content(&bytes).unwrap(), format, "{what}");
                    let back = read_back(&bytes);
                    let narrowed = format == Format::WebP && depth == Depth::Sixteen;
                    assert_eq!(
                        lost,
                        Lost {
                            depth: narrowed,
                            ..Lost::default()
                        },
                        "{what}"
                    );
                    // WebP knows no gray.
                    let widened = color == Color::Gray && format == Format::WebP;
                    if !narrowed && !widened {
                        assert_eq!(back, picture, "{what}");
                    } else {
                        let repeat = if widened { 3 } else { 1 };
                        let wanted = picture.samples().to_u8();
                        let wanted: Vec<u8> = wanted.iter().flat_map(|&v| std::iter::repeat_n(v, repeat)).collect();
                        assert_eq!(back.samples().to_u8().as_ref(), wanted, "{what}");
                        assert_eq!(back.alpha().is_some(), alpha, "{what}");
                    }
                }
            }
        }
    }
}

#[test]
fn png_files_written_by_rows_are_the_same() {
    for color in [Color::Gray, Color::Rgb] {
        for depth in [Depth::Eight, Depth::Sixteen] {
            for alpha in [false, true] {
                let picture = picture(color, depth, alpha)
                    .with_icc(Some(b"not a profile, but some bytes".to_vec()))
                    .with_exif(Some(exif::block(1, true)));
                for by_rows in [false, true] {
                    let mut bytes = Vec::new();
                    super::png::write_as(&picture, &mut bytes, by_rows).unwrap();
                    assert_eq!(read_back(&bytes), picture);
                }
            }
        }
    }
}

#[test]
fn jpeg_keeps_what_it_can() {
    let flat = Samples::U16(vec![40_000; 16 * 16 * 3]);
    let opaque = Some(Samples::U16(vec![u16::MAX; 256]));
    let picture = Image::new(16, 16, Color::Rgb, flat, opaque)
        .unwrap()
        .with_icc(Some(vec![9; 70_000]))
        .with_exif(Some(exif::block(1, false)));
    let (bytes, lost) = to_bytes(&picture, Format::Jpeg).unwrap();
    assert_eq!(
        lost,
        Lost {
            depth: true,
            alpha: true,
            ..Lost::default()
        }
    );
    let back = read_back(&bytes);
    assert_eq!((back.icc(), back.exif()), (picture.icc(), picture.exif()));
    assert!(back.samples().to_u8().iter().all(|&sample| sample.abs_diff(156) < 3));

    let large = picture.with_exif(Some(vec![1; 70_000]));
    assert!(to_bytes(&large, Format::Jpeg).unwrap().1.exif);
    let transparent = self::picture(Color::Rgb, Depth::Eight, true);
    let error = to_bytes(&transparent, Format::Jpeg).unwrap_err();
    assert!(error.to_string().contains("write png or webp"), "{error}");
}

#[test]
fn metadata_survive_where_there_is_room() {
    let picture = picture(Color::Rgb, Depth::Eight, false)
        .with_icc(Some(b"not a profile, but some bytes".to_vec()))
        .with_exif(Some(exif::block(1, true)));
    for (format, icc, exif) in [
        (Format::Png, true, true),
        (Format::Jpeg, true, true),
        (Format::WebP, true, true),
        (Format::Tiff, true, false),
        (Format::Pnm, false, false),
    ] {
        let (bytes, lost) = to_bytes(&picture, format).unwrap();
        let back = read_back(&bytes);
        assert_eq!((lost.icc, lost.exif), (!icc, !exif), "{}", format.name());
        assert_eq!(back.icc(), picture.icc().filter(|_| icc), "{}", format.name());
        assert_eq!(back.exif(), picture.exif().filter(|_| exif), "{}", format.name());
        let small = Limits {
            max_metadata_bytes: 10,
            ..Limits::default()
        };
        let result = read_bytes(&bytes, &small);
        assert_eq!(
            matches!(result, Err(CodecError::Limit { .. })),
            icc,
            "{}",
            format.name()
        );
    }
}

#[test]
fn the_orientation_is_applied_and_forgotten() {
    for (orientation, big_endian) in [(6, false), (8, true), (3, false)] {
        let picture = picture(Color::Gray, Depth::Eight, true).with_exif(Some(exif::block(orientation, big_endian)));
        for format in [Format::Png, Format::WebP] {
            let back = read_back(&to_bytes(&picture, format).unwrap().0);
            let turned = orientation != 3;
            assert_eq!((back.width(), back.height()), if turned { (5, 7) } else { (7, 5) });
            assert_eq!(back.exif(), Some(&exif::block(1, big_endian)[..]));
            // The pixel at the top left comes from another corner.
            let first = |p: &Image, at: usize| p.alpha().unwrap().to_u8()[at];
            let from = [0, 0, 0, 34, 0, 0, 28, 0, 6][orientation as usize];
            assert_eq!(first(&back, 0), first(&picture, from));
            let again = read_back(&to_bytes(&back, Format::Png).unwrap().0);
            assert_eq!(again, back);
        }
    }
}

#[test]
fn the_orientation_of_a_jpeg_is_applied() {
    let picture = picture(Color::Rgb, Depth::Eight, false).with_exif(Some(exif::block(6, true)));
    let back = read_back(&to_bytes(&picture, Format::Jpeg).unwrap().0);
    assert_eq!((back.width(), back.height()), (5, 7));
    assert_eq!(back.exif(), Some(&exif::block(1, true)[..]));
}

/// A PNG file of `width` x 1 pixels whose one row is `row`, uncompressed.
fn png(width: u8, depth: u8, kind: u8, chunks: &[(&[u8; 4], &[u8])], row: &[u8]) -> Vec<u8> {
    let mut body = vec![0];
    body.extend_from_slice(row);
    let (mut a, mut b) = (1u32, 0u32);
    for &byte in &body {
        a = (a + u32::from(byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    let length = body.len() as u16;
    let mut data = vec![0x78, 0x01, 0x01];
    data.extend(length.to_le_bytes());
    data.extend((!length).to_le_bytes());
    data.extend(body);
    data.extend((b << 16 | a).to_be_bytes());
    let header = [0, 0, 0, width, 0, 0, 0, 1, depth, kind, 0, 0, 0];
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    file.extend(refused::chunk(b"IHDR", &header));
    chunks
        .iter()
        .for_each(|(kind, payload)| file.extend(refused::chunk(kind, payload)));
    file.extend(refused::chunk(b"IDAT", &data));
    file.extend(refused::chunk(b"IEND", &[]));
    file
}

#[test]
fn png_of_palettes_and_few_bits_become_eight_bits() {
    let palette: &[u8] = &[1, 2, 3, 40, 50, 60, 200, 210, 220];
    let plain = read_back(&png(3, 8, 3, &[(b"PLTE", palette)], &[2, 0, 1]));
    let colors = Samples::U8(vec![200, 210, 220, 1, 2, 3, 40, 50, 60]);
    assert_eq!((plain.samples(), plain.alpha()), (&colors, None));
    let chunks: &[(&[u8; 4], &[u8])] = &[(b"PLTE", palette), (b"tRNS", &[7, 255])];
    let clear = read_back(&png(3, 8, 3, chunks, &[2, 0, 1]));
    assert_eq!(clear.samples(), &colors);
    assert_eq!(clear.alpha(), Some(&Samples::U8(vec![255, 7, 255])));
    let bits = read_back(&png(5, 1, 0, &[], &[0b0110_1000]));
    assert_eq!(bits.color(), Color::Gray);
    assert_eq!(bits.samples(), &Samples::U8(vec![0, 255, 255, 0, 255]));
    let deep = read_back(&png(2, 16, 0, &[], &[0x12, 0x34, 0xff, 0xff]));
    assert_eq!(deep.samples(), &Samples::U16(vec![0x1234, 0xffff]));
}

#[test]
fn paths_name_their_format() {
    for (path, format) in [
        ("a.png", Format::Png),
        ("a.b/c.JPG", Format::Jpeg),
        ("x.ppm", Format::Pnm),
        ("x.pam", Format::Pam),
        ("x.webp", Format::WebP),
        ("x.TIFF", Format::Tiff),
    ] {
        assert_eq!(Format::from_path(Path::new(path)).unwrap(), format);
    }
    for path in ["a", "a.gif", "png"] {
        let error = Format::from_path(Path::new(path)).unwrap_err();
        assert!(matches!(error, CodecError::Parameter(_)), "{path}");
    }
}

#[test]
fn files_are_read_by_their_content() {
    let folder = tempfile::tempdir().unwrap();
    let picture = picture(Color::Rgb, Depth::Sixteen, true);
    let path = folder.path().join("really-a-png.jpg");
    let mut file = std::fs::File::create(&path).unwrap();
    write(&picture, Format::Png, &mut file).unwrap();
    assert_eq!(read_path(&path, &Limits::default()).unwrap(), picture);
    let missing = read_path(&folder.path().join("missing.png"), &Limits::default());
    assert!(matches!(missing, Err(CodecError::Io(_))));
}

#[test]
fn any_map_samples_of_few_levels_fill_the_range() {
    let read = |bytes: &[u8]| read_back(bytes).samples().clone();
    assert_eq!(read(b"P4 3 1\n\xa0"), Samples::U8(vec![0, 255, 0]));
    assert_eq!(read(b"P2 3 1 15 0 5 15 "), Samples::U8(vec![0, 85, 255]));
    assert_eq!(read(b"P5 2 1 1023\n\x03\xff\x00\x00"), Samples::U16(vec![65_535, 0]));
}
