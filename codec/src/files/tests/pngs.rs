//! PNG files that say more than pixels, and damaged ones.

use super::*;
use crate::container::{Cicp, Extras, Tag, TagKey};

const PALETTE: &[u8] = &[1, 2, 3, 40, 50, 60];

/// An RGB file of 2 x 1 pixels with more chunks.
fn rgb(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    png(2, 8, 2, chunks, &[1, 2, 3, 4, 5, 6])
}

/// A file as it is written.
fn written(image: &Image) -> (Vec<u8>, Lost) {
    to_bytes(image, Format::Png).unwrap()
}

/// The payload of a chunk of a file.
fn payload<'a>(file: &'a [u8], name: &[u8; 4]) -> Option<&'a [u8]> {
    let at = file.windows(4).position(|window| window == name)?;
    let length = u32::from_be_bytes(*file[at - 4..].first_chunk()?) as usize;
    file.get(at + 4..at + 4 + length)
}

/// A profile of `kind` with nothing in it.
fn profile(kind: &[u8; 4]) -> Vec<u8> {
    let mut icc = vec![0; 132];
    icc[16..20].copy_from_slice(kind);
    icc[36..40].copy_from_slice(b"acsp");
    icc
}

/// A display profile of sRGB, as small programs write it.
fn srgb() -> Vec<u8> {
    let mut icc = profile(b"RGB ");
    icc[128..132].copy_from_slice(&6u32.to_be_bytes());
    let curve = |at: f64| {
        if at <= 0.04045 {
            at / 12.92
        } else {
            ((at + 0.055) / 1.055).powf(2.4)
        }
    };
    let mut trc = b"curv\0\0\0\0\0\0\x04\0".to_vec();
    trc.extend((0..1024).flat_map(|i| ((curve(f64::from(i) / 1023.0) * 65_535.0).round() as u16).to_be_bytes()));
    let xyz = |values: [f64; 3]| {
        let values = values.map(|value| ((value * 65_536.0).round() as i32).to_be_bytes());
        [&b"XYZ \0\0\0\0"[..], &values.concat()].concat()
    };
    let tags: [(&[u8; 4], Vec<u8>); 6] = [
        (b"rXYZ", xyz([0.43607, 0.22249, 0.01392])),
        (b"gXYZ", xyz([0.38515, 0.71687, 0.09708])),
        (b"bXYZ", xyz([0.14307, 0.06061, 0.71410])),
        (b"rTRC", trc.clone()),
        (b"gTRC", trc.clone()),
        (b"bTRC", trc),
    ];
    let mut at = 132 + 12 * tags.len() as u32;
    for (name, data) in &tags {
        icc.extend_from_slice(*name);
        icc.extend(at.to_be_bytes());
        icc.extend((data.len() as u32).to_be_bytes());
        at += data.len() as u32;
    }
    tags.iter().for_each(|(_, data)| icc.extend(data));
    icc
}

#[test]
fn palettes_that_are_too_small_or_odd() {
    let found = read_noted(&png(3, 8, 3, &[(b"PLTE", PALETTE)], &[1, 2, 0]));
    assert_eq!(found.image.samples(), &Samples::U8(vec![40, 50, 60, 0, 0, 0, 1, 2, 3]));
    assert_eq!(
        found.notes.warnings,
        ["pixels have colours that the palette lacks: they are black"]
    );
    for length in [1, 2, 4, 5, 0] {
        let error = read_bytes(
            &png(3, 8, 3, &[(b"PLTE", &PALETTE[..length])], &[1, 1, 0]),
            &Limits::default(),
        );
        assert!(error.unwrap_err().to_string().contains("no multiple of 3"), "{length}");
    }
    let many = read_back(&png(3, 1, 3, &[(b"PLTE", &[7; 30])], &[0b1010_0000]));
    assert_eq!(many.samples(), &Samples::U8(vec![7; 9]));
    assert!(read_bytes(&png(3, 8, 3, &[], &[1, 1, 0]), &Limits::default()).is_err());
}

#[test]
fn a_wrong_checksum_of_pixels_costs_no_rows() {
    let whole = rgb(&[]);
    let start = whole.windows(4).position(|window| window == b"IDAT").unwrap();
    let mut pixels = payload(&whole, b"IDAT").unwrap().to_vec();
    *pixels.last_mut().unwrap() ^= 1;
    let end = start + 4 + pixels.len() + 4;
    let file = [&whole[..start - 4], &refused::chunk(b"IDAT", &pixels), &whole[end..]].concat();
    let error = read_bytes(&file, &Limits::default()).unwrap_err().to_string();
    assert!(error.contains("the checksum of its pixels is wrong"), "{error}");
    let options = ReadOptions::default().with_salvage(true);
    let found = super::super::read_noted(std::io::Cursor::new(&file), &options).unwrap();
    assert_eq!(found.image, read_back(&whole));
    assert_eq!(found.notes.warnings.len(), 1);
}

#[test]
fn files_that_are_cut() {
    let whole = rgb(&[]);
    let found = read_noted(&whole[..whole.len() - 12]);
    assert_eq!(found.image, read_back(&whole));
    assert_eq!(
        found.notes.warnings,
        ["the end of the file is missing, behind its pixels"]
    );
    let image = picture(Color::Rgb, Depth::Eight, false);
    let tall = Image::new(
        7,
        500,
        Color::Rgb,
        Samples::U8((0..10_500u32).map(|i| (i * i / 7) as u8).collect()),
        None,
    );
    let (tall, _) = written(&tall.unwrap());
    let cut = &tall[..tall.len() / 2];
    let error = read_bytes(cut, &Limits::default()).unwrap_err().to_string();
    assert!(error.contains("of 500 rows are missing or damaged"), "{error}");
    let options = ReadOptions::default().with_salvage(true);
    let salvaged = super::super::read_noted(std::io::Cursor::new(cut), &options).unwrap();
    assert!(
        salvaged.notes.warnings[0].contains("of 500 rows"),
        "{:?}",
        salvaged.notes
    );
    assert_eq!(
        salvaged.image.samples().to_u8()[..21],
        read_back(&tall).samples().to_u8()[..21]
    );
    assert_eq!(
        read_noted(&[&written(&image).0[..], b"tail"].concat()).notes.lost,
        ["4 bytes behind the image"]
    );
}

#[test]
fn an_animation_of_one_frame_is_an_image() {
    let one = rgb(&[(b"acTL", &[0, 0, 0, 1, 0, 0, 0, 0]), (b"fcTL", &[0; 26])]);
    assert_eq!(read_back(&one).samples(), &Samples::U8(vec![1, 2, 3, 4, 5, 6]));
    let two = read_bytes(&rgb(&[(b"acTL", &[0, 0, 0, 2, 0, 0, 0, 0])]), &Limits::default());
    assert!(two.unwrap_err().to_string().contains("animated PNG of 2 frames"));
}

#[test]
fn meanings_of_colours_come_back() {
    let pq = [9, 16, 0, 1];
    let chunks: &[(&[u8; 4], &[u8])] = &[(b"cICP", &pq), (b"mDCV", &[3; 24]), (b"cLLI", &[4; 8])];
    let found = read_noted(&rgb(chunks));
    let wanted = Cicp {
        primaries: 9,
        transfer: 16,
        matrix: 0,
        full_range: true,
    };
    assert_eq!((found.image.cicp(), found.notes), (Some(wanted), Notes::default()));
    let (file, lost) = written(&found.image);
    assert_eq!(lost, Lost::default());
    for (name, bytes) in chunks {
        assert_eq!(payload(&file, name), Some(*bytes));
    }
    for format in [Format::Jpeg, Format::Tiff, Format::WebP, Format::Pnm] {
        let lost = to_bytes(&found.image, format).unwrap().1;
        assert!(lost.cicp && lost.light, "{}", format.name());
        assert!(lost.names().contains(&"meaning of the colours (CICP)"));
    }
    let gamma: &[(&[u8; 4], &[u8])] = &[(b"gAMA", &[0, 1, 134, 160]), (b"cHRM", &[5; 32])];
    let (file, _) = written(&read_back(&rgb(gamma)));
    assert_eq!(
        (payload(&file, b"gAMA"), payload(&file, b"cHRM")),
        (Some(gamma[0].1), Some(gamma[1].1))
    );
    assert!(to_bytes(&read_back(&rgb(gamma)), Format::Jpeg).unwrap().1.gamma);
}

#[test]
fn srgb_is_told_in_few_bytes() {
    let icc = srgb();
    let deflated = miniz_oxide::deflate::compress_to_vec_zlib(&icc, 6);
    let iccp = [b"sRGB\0\0", &deflated[..]].concat();
    for chunks in [[(b"iCCP", &iccp[..])], [(b"sRGB", &[0])]] {
        let found = read_back(&rgb(&chunks));
        assert_eq!((found.icc(), found.cicp()), (None, Some(color::SRGB)));
        let (file, lost) = written(&found);
        assert_eq!(
            (payload(&file, b"sRGB"), payload(&file, b"cICP")),
            (Some(&[0][..]), None)
        );
        assert_eq!(
            (lost, to_bytes(&found, Format::Jpeg).unwrap().1),
            (Lost::default(), Lost::default())
        );
    }
    let mut wide = icc;
    let red = wide.windows(4).rposition(|window| window == b"XYZ ").unwrap();
    wide[red + 8] = 1;
    let image = read_back(&rgb(&[])).with_icc(Some(wide.clone()));
    assert_eq!(
        read_back(&written(&image).0).icc(),
        Some(&wide[..]),
        "another profile stays"
    );
}

#[test]
fn profiles_of_other_colours_are_not_written() {
    for (kind, color) in [(b"RGB ", Color::Gray), (b"GRAY", Color::Rgb), (b"CMYK", Color::Rgb)] {
        let image = picture(color, Depth::Eight, false).with_icc(Some(profile(kind)));
        for format in [Format::Png, Format::Jpeg, Format::Tiff] {
            let (file, lost) = to_bytes(&image, format).unwrap();
            assert!(
                lost.icc && read_back(&file).icc().is_none(),
                "{color:?} {}",
                format.name()
            );
        }
    }
    let deflated = miniz_oxide::deflate::compress_to_vec_zlib(&profile(b"GRAY"), 6);
    let found = read_noted(&rgb(&[(b"iCCP", &[b"x\0\0", &deflated[..]].concat())]));
    assert_eq!(
        found.notes.lost,
        ["the ICC profile, which is for GRAY and not for an RGB image"]
    );
    assert_eq!(read_noted(&rgb(&[(b"iCCP", b"x\0\0nonsense")])).notes.lost.len(), 1);
}

#[test]
fn texts_density_and_times_come_back() {
    let chunks: &[(&[u8; 4], &[u8])] = &[
        (b"pHYs", &[0, 0, 46, 35, 0, 0, 46, 35, 1]),
        (b"tIME", &[7, 232, 1, 2, 3, 4, 5]),
        (b"sBIT", &[5, 6, 5]),
        (b"tEXt", b"Title\0caf\xe9"),
        (b"iTXt", "Author\0\0\0\0\0\u{3b1}".as_bytes()),
        (b"tEXt", b"Source\0a scanner"),
        (b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0<x/>"),
    ];
    let found = read_noted(&rgb(chunks));
    assert_eq!(found.notes, Notes::default());
    let metadata = found.image.metadata();
    assert_eq!(metadata.tags.get(Tag::Title), Some("caf\u{e9}"));
    assert_eq!(metadata.tags.get(Tag::Artist), Some("\u{3b1}"));
    assert_eq!(
        metadata.tags.values(&TagKey::of_name("Source")).collect::<Vec<_>>(),
        ["a scanner"]
    );
    assert_eq!(metadata.xmp.as_deref(), Some(&b"<x/>"[..]));
    let (file, lost) = written(&found.image);
    assert_eq!((lost, read_noted(&file).image), (Lost::default(), found.image.clone()));
    let (tiff, lost) = to_bytes(&found.image, Format::Tiff).unwrap();
    assert!(lost.texts && lost.other && !lost.density && !lost.xmp);
    let again = read_back(&tiff);
    assert_eq!(
        again.metadata().extras.get(Extras::DENSITY),
        metadata.extras.get(Extras::DENSITY)
    );
    assert_eq!(
        read_noted(&rgb(&[(b"bKGD", &[0; 6])])).notes.lost,
        ["the PNG chunk bKGD"]
    );
}

#[test]
fn texts_and_profiles_are_bounded() {
    let bomb = miniz_oxide::deflate::compress_to_vec_zlib(&vec![7; 1 << 20], 9);
    let limits = Limits {
        max_metadata_bytes: 10_000,
        ..Limits::default()
    };
    let options = ReadOptions::default().with_limits(limits);
    let file = rgb(&[
        (b"iCCP", &[b"x\0\0", &bomb[..]].concat()),
        (b"zTXt", &[b"x\0\0", &bomb[..]].concat()),
    ]);
    let found = super::super::read_noted(std::io::Cursor::new(file), &options).unwrap();
    assert_eq!(found.notes.lost.len(), 2);
    let large = super::super::read_noted(std::io::Cursor::new(rgb(&[(b"tEXt", &[65; 20_000])])), &options);
    assert!(matches!(large, Err(CodecError::Limit { .. })));
}
