//! Formats that are only read, and any-maps with more than an image.

use super::*;
use crate::container::Extras;

#[test]
fn several_images_in_one_any_map() {
    let lost = |bytes: &[u8]| read_noted(bytes).notes.lost;
    assert_eq!(lost(b"P5 1 1 255\nxP5 1 1 255\ny"), ["further images behind the first"]);
    assert_eq!(lost(b"P2 1 1 255\n7\n\n"), Vec::<String>::new());
    assert_eq!(lost(b"P5 1 1 255\nx and more"), ["bytes behind the image"]);
    let cut = read_bytes(b"P5 1 4 255\nxy", &Limits::default()).unwrap_err();
    assert!(cut.to_string().contains("2 of 4 rows are missing"), "{cut}");
    let cmyk = read_bytes(
        b"P7\nWIDTH 1\nHEIGHT 1\nDEPTH 4\nMAXVAL 255\nTUPLTYPE CMYK\nENDHDR\n1234",
        &Limits::default(),
    );
    assert!(cmyk.unwrap_err().to_string().contains("PAM of CMYK"));
    let over = read_noted(b"P2 2 1 10\n5 11\n");
    assert_eq!(over.image.samples(), &Samples::U8(vec![128, 255]));
    assert_eq!(over.notes.warnings.len(), 1);
}

#[test]
fn bitmaps_and_gifs_are_read() {
    // Two rows from bottom to top, of two pixels of blue, green and red.
    let mut bmp = b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x02\0\0\0\x02\0\0\0\x01\0\x18\0".to_vec();
    bmp.resize(54, 0);
    bmp.extend([1, 2, 3, 4, 5, 6, 0, 0, 7, 8, 9, 10, 11, 12, 0, 0]);
    let image = read_back(&bmp);
    assert_eq!(
        image.samples(),
        &Samples::U8(vec![9, 8, 7, 12, 11, 10, 3, 2, 1, 6, 5, 4])
    );
    assert_eq!(read_back(QOI).samples(), &Samples::U8(vec![7, 8, 9]));
    let mut tga = vec![0; 18];
    (tga[2], tga[12], tga[14], tga[16], tga[17]) = (2, 1, 1, 24, 0x20);
    tga.extend([3, 2, 1]);
    tga.extend([0; 8]);
    tga.extend(b"TRUEVISION-XFILE.\0");
    assert_eq!(read_back(&tga).samples(), &Samples::U8(vec![1, 2, 3]));
}

#[test]
fn tga_files_without_a_mark_at_their_end_are_read() {
    let plain = |kind: u8, bits: u8, pixels: &[u8]| {
        let mut tga = [0; 18];
        (tga[2], tga[12], tga[14], tga[16], tga[17]) = (kind, 1, 1, bits, 0x20);
        [&tga[..], pixels].concat()
    };
    for (kind, pixels) in [(2, &[3, 2, 1][..]), (10, &[0x80, 3, 2, 1])] {
        assert_eq!(
            read_back(&plain(kind, 24, pixels)).samples(),
            &Samples::U8(vec![1, 2, 3])
        );
    }
    assert_eq!(read_back(&plain(3, 8, &[7])).samples(), &Samples::U8(vec![7]));
    let mut palette = plain(1, 8, &[3, 2, 1, 0]);
    (palette[1], palette[5], palette[7]) = (1, 1, 24);
    assert_eq!(read_back(&palette).samples(), &Samples::U8(vec![1, 2, 3]));
    let icon = read_bytes(
        b"\0\0\x02\0\x01\0\x20\x20\0\0\x01\0\x01\0\x40\0\0\0\x16\0",
        &Limits::default(),
    );
    assert!(icon.unwrap_err().to_string().contains("icon"));
}

#[test]
fn bytes_behind_the_image_are_named() {
    let mut bmp = b"BM\x3a\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x01\0\0\0\x01\0\0\0\x01\0\x18\0".to_vec();
    bmp.resize(58, 0);
    let webp = to_bytes(&picture(Color::Rgb, Depth::Eight, false), Format::WebP)
        .unwrap()
        .0;
    for file in [gif(1), bmp, webp, QOI.to_vec(), TGA.to_vec()] {
        assert_eq!(read_noted(&file).notes, Notes::default());
        let more = read_noted(&[&file[..], b"more"].concat()).notes;
        assert_eq!(
            (&more.lost[..], more.warnings.len()),
            (&["4 bytes behind the image".to_owned()][..], 0)
        );
        assert_eq!(read_noted(&[&file[..], &[0; 999]].concat()).notes, Notes::default());
    }
    let cut = gif(1);
    let notes = read_noted(&cut[..cut.len() - 1]).notes;
    assert_eq!(notes.warnings, ["the end of the file is missing, behind its pixels"]);
}

#[test]
fn comments_and_densities_of_old_formats_are_kept() {
    let comment = |bytes: &[u8]| {
        let found = read_noted(bytes);
        assert_eq!(found.notes, Notes::default());
        let tags = &found.image.metadata().tags;
        tags.get(crate::container::Tag::Comment).map(str::to_owned)
    };
    let mut named = gif(1);
    named.splice(
        19..19,
        *b"\x21\xfe\x03one\x03two\0\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0",
    );
    assert_eq!(comment(&named).as_deref(), Some("onetwo"));
    let mut xmp = gif(1);
    xmp.splice(19..19, *b"\x21\xff\x0bXMP DataXMP\x02<x\0");
    assert_eq!(read_noted(&xmp).notes.lost, ["the GIF extension XMP Data"]);
    assert_eq!(
        comment(b"P5 # by hand\n1 1 # and\n255\nx").as_deref(),
        Some("by hand\n and")
    );
    let pam = b"P7\n# by hand\nWIDTH 1\nHEIGHT 1\nDEPTH 1\nMAXVAL 255\nENDHDR\nx";
    assert_eq!(comment(pam).as_deref(), Some("by hand"));
    assert_eq!(comment(b"P5 1 1 255\nx"), None);
    let mut bmp = b"BM\x3a\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x01\0\0\0\x01\0\0\0\x01\0\x18\0".to_vec();
    bmp.resize(58, 0);
    (bmp[39], bmp[42]) = (1, 5);
    let density = read_noted(&bmp)
        .image
        .metadata()
        .extras
        .get(Extras::DENSITY)
        .map(<[u8]>::to_vec);
    assert_eq!(density, Some(vec![0, 0, 1, 0, 0, 0, 0, 5, 1]));
}

/// A QOI file of one pixel.
const QOI: &[u8] = b"qoif\0\0\0\x01\0\0\0\x01\x03\0\xfe\x07\x08\x09\0\0\0\0\0\0\0\x01";
/// A TGA file of one pixel.
const TGA: &[u8] = b"\0\0\x02\0\0\0\0\0\0\0\0\0\x01\0\x01\0\x18\x20\x07\x08\x09";

#[test]
fn what_qoi_files_hold_beside_their_pixels_is_named() {
    let mut linear = QOI.to_vec();
    linear[13] = 1;
    assert_eq!(read_noted(&linear).notes.lost, ["the mark that its colours are linear"]);
    // A run of two in the place of the last pixel of two.
    let mut long = QOI.to_vec();
    long[7] = 2;
    long.insert(18, 0xc1);
    assert_eq!(read_noted(&long).notes.warnings.len(), 1);
}

#[test]
fn what_tga_files_hold_beside_their_pixels_is_named() {
    let lost = |file: &[&[u8]]| read_noted(&file.concat()).notes.lost;
    let footer = |places: u8| [&[places, 0, 0, 0, 0, 0, 0, 0][..], b"TRUEVISION-XFILE.\0"].concat();
    assert_eq!(lost(&[TGA, &footer(0)]), Vec::<String>::new());
    let areas = ["its extension and developer areas (495 bytes)"];
    assert_eq!(lost(&[TGA, &[7; 495], &footer(21)]), areas);
    let named = [&[4][..], &TGA[1..18], b"name", &TGA[18..]].concat();
    assert_eq!(lost(&[&named, &footer(0)]), ["its identification (4 bytes)"]);
    // The same in packets, a run and one of others.
    let mut packed = [&TGA[..18], &[0x81, 1, 2, 3, 0, 4, 5, 6]].concat();
    (packed[2], packed[12]) = (10, 3);
    assert_eq!(lost(&[&packed]), Vec::<String>::new());
    assert_eq!(lost(&[&packed, b"more"]), ["4 bytes behind the image"]);
}

/// A GIF file of one pixel, with this many frames.
fn gif(frames: usize) -> Vec<u8> {
    let mut file = b"GIF89a\x01\0\x01\0\x80\0\0\x0a\x14\x1e\xff\xff\xff".to_vec();
    for _ in 0..frames {
        file.extend(b"\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0");
    }
    file.push(0x3b);
    file
}

#[test]
fn formats_that_are_only_read_obey_a_bound_on_memory() {
    let small = Limits::default().with_max_memory(1 << 20);
    for file in [gif(1), QOI.to_vec()] {
        let result = read_bytes(&file, &small);
        assert!(matches!(result, Err(crate::CodecError::Limit { .. })), "{result:?}");
    }
}

#[test]
fn frames_of_a_gif_are_chosen() {
    assert_eq!(read_back(&gif(1)).samples(), &Samples::U8(vec![10, 20, 30]));
    let error = read_bytes(&gif(3), &Limits::default()).unwrap_err().to_string();
    assert!(
        error.contains("animated GIF of 3 frames: choose one with --page 1 to 3"),
        "{error}"
    );
    let options = ReadOptions::default().with_page(Some(2));
    let found = super::super::read_noted(std::io::Cursor::new(gif(3)), &options).unwrap();
    assert_eq!(found.notes.lost, ["2 more frames"]);
}

#[test]
fn what_cannot_be_read_has_a_name() {
    let cases: [(&[u8], &str); 15] = [
        (b"\x0a\x05\x01\x08\0\0", "PCX (convert"),
        (b"\x01\xda\x01\x01\0\x02", "SGI RGB"),
        (b"gimp xcf v011\0", "a drawing of GIMP"),
        (b"SIMPLE  =      T", "FITS"),
        (b"/* XPM */\nstatic", "XPM"),
        (b"icns\0\0\x10\0", "an Apple icon"),
        (b"8BPS\0\x01", "a Photoshop document"),
        (b"IIRO\x08\0\0\0", "camera raw (Olympus ORF"),
        (b"FUJIFILMCCD-RAW ", "camera raw (Fujifilm RAF"),
        (b"\0\0\0\x18ftypcrx ", "camera raw (Canon CR3"),
        (b"\xff\x0a\0\0", "JPEG XL"),
        (b"<!DOCTYPE html>", "a document of HTML or XML"),
        (b"version https://git-lfs", "the pointer of Git LFS"),
        (b"\x76\x2f\x31\x01", "OpenEXR"),
        (b"PF\n1 1\n-1.0\n", "a floating-point PFM"),
    ];
    for (bytes, wanted) in cases {
        let error = read_bytes(bytes, &Limits::default()).unwrap_err().to_string();
        assert!(error.contains(wanted) && error.contains(Format::READABLE), "{error}");
    }
}
