//! TIFF files of all layouts, and what is not an image of its own.

use super::*;
use crate::container::{Extras, Tag};

/// The numbers of a tag: tag, kind (3 short, 4 long), values.
type Field = (u16, u16, Vec<u32>);

/// A file with directories of these tags behind `data`, which begin at byte 8.
fn tiff(data: &[u8], directories: &[Vec<Field>]) -> Vec<u8> {
    let mut file = [b"II*\0", &(8 + data.len() as u32).to_le_bytes()[..], data].concat();
    for (index, fields) in directories.iter().enumerate() {
        let table = 2 + 12 * fields.len() + 4;
        let at = file.len();
        let mut values = Vec::new();
        file.extend((fields.len() as u16).to_le_bytes());
        for (tag, kind, numbers) in fields {
            let bytes: Vec<u8> = numbers
                .iter()
                .flat_map(|number| number.to_le_bytes()[..if *kind == 3 { 2 } else { 4 }].to_vec())
                .collect();
            file.extend(tag.to_le_bytes());
            file.extend(kind.to_le_bytes());
            file.extend((numbers.len() as u32).to_le_bytes());
            if bytes.len() <= 4 {
                file.extend(&bytes);
                file.resize(file.len() + 4 - bytes.len(), 0);
            } else {
                file.extend(((at + table + values.len()) as u32).to_le_bytes());
                values.extend(bytes);
            }
        }
        let next = if index + 1 < directories.len() {
            at + table + values.len()
        } else {
            0
        };
        file.extend((next as u32).to_le_bytes());
        file.extend(values);
    }
    file
}

fn short(tag: u16, value: u32) -> Field {
    (tag, 3, vec![value])
}

/// The tags of an image of one strip at byte `at`.
fn fields([width, height]: [u32; 2], bits: u32, samples: u32, photometric: u32, [at, length]: [u32; 2]) -> Vec<Field> {
    vec![
        (256, 4, vec![width]),
        (257, 4, vec![height]),
        (258, 3, vec![bits; samples as usize]),
        short(259, 1),
        short(262, photometric),
        (273, 4, vec![at]),
        short(277, samples),
        (278, 4, vec![height]),
        (279, 4, vec![length]),
    ]
}

/// One image of one strip, with more tags.
fn one(size: [u32; 2], [bits, samples, photometric]: [u32; 3], data: &[u8], more: &[Field]) -> Vec<u8> {
    let mut all = fields(size, bits, samples, photometric, [8, data.len() as u32]);
    all.retain(|(tag, ..)| more.iter().all(|(other, ..)| other != tag));
    all.extend(more.iter().cloned());
    tiff(data, &[all])
}

fn refusal(bytes: &[u8]) -> String {
    read_bytes(bytes, &Limits::default()).unwrap_err().to_string()
}

#[test]
fn tiles_of_planes() {
    // Two tiles of 16 x 16 for each of three planes, for an image of 20 x 2.
    let mut data = Vec::new();
    for plane in 0..3u8 {
        for tile in 0..2u8 {
            data.extend((0..=255).map(|i: u8| plane * 80 + tile * 50 + i % 16));
        }
    }
    let more = [
        (322, 3, vec![16]),
        (323, 3, vec![16]),
        (324, 4, (0..6).map(|tile| 8 + 256 * tile).collect()),
        (325, 4, vec![256; 6]),
        short(284, 2),
    ];
    let image = read_back(&one([20, 2], [8, 3, 2], &data, &more));
    let row: Vec<u8> = (0..20u8)
        .flat_map(|x| [0, 80, 160].map(|plane| plane + x / 16 * 50 + x % 16))
        .collect();
    assert_eq!(image.samples(), &Samples::U8([&row[..], &row].concat()));
}

#[test]
fn alpha_that_colours_were_multiplied_by() {
    let data = [50, 100, 0, 100, 7, 7, 7, 0, 9, 9, 9, 255];
    let image = read_back(&one([3, 1], [8, 4, 2], &data, &[short(338, 1)]));
    assert_eq!(image.samples(), &Samples::U8(vec![128, 255, 0, 7, 7, 7, 9, 9, 9]));
    assert_eq!(image.alpha(), Some(&Samples::U8(vec![100, 0, 255])));
    let plain = read_back(&one([3, 1], [8, 4, 2], &data, &[short(338, 2)]));
    assert_eq!(plain.samples(), &Samples::U8(vec![50, 100, 0, 7, 7, 7, 9, 9, 9]));
    let unknown = read_noted(&one([3, 1], [8, 4, 2], &data, &[short(338, 0)]));
    assert_eq!(unknown.image.alpha(), None);
    assert_eq!(
        unknown.image.samples(),
        &Samples::U8(vec![50, 100, 0, 7, 7, 7, 9, 9, 9])
    );
    assert_eq!(unknown.notes.lost, ["an extra channel that is no alpha"]);
}

#[test]
fn orders_of_bits_and_few_bits() {
    let bits = read_back(&one([8, 1], [1, 1, 1], &[0b0000_1101], &[short(266, 2)]));
    assert_eq!(bits.samples(), &Samples::U8(vec![255, 0, 255, 255, 0, 0, 0, 0]));
    let white = read_back(&one([2, 1], [4, 1, 0], &[0x0f], &[]));
    assert_eq!(white.samples(), &Samples::U8(vec![255, 0]));
    let two = read_back(&one([4, 1], [2, 1, 1], &[0b0001_1011], &[]));
    assert_eq!(two.samples(), &Samples::U8(vec![0, 85, 170, 255]));
    let twelve = read_back(&one([2, 1], [12, 1, 1], &[0xff, 0xf8, 0x00], &[]));
    assert_eq!(twelve.samples(), &Samples::U16(vec![65_535, 32_776]));
    let gray_alpha = read_back(&one([1, 1], [8, 2, 1], &[9, 200], &[short(338, 2)]));
    assert_eq!(
        (gray_alpha.color(), gray_alpha.alpha()),
        (Color::Gray, Some(&Samples::U8(vec![200])))
    );
    let map: Vec<u32> = (0..768).map(|i| i % 256 * 257).collect();
    let palette = read_back(&one([2, 1], [8, 1, 3], &[3, 250], &[(320, 3, map)]));
    assert_eq!(palette.samples(), &Samples::U8(vec![3, 3, 3, 250, 250, 250]));
}

#[test]
fn kinds_that_are_not_decoded_have_a_name() {
    let of = |layout: [u32; 3], more: &[Field]| refusal(&one([1, 1], layout, &[0; 64], more));
    assert!(of([32, 1, 1], &[short(339, 3)]).contains("32-bit floating-point samples"));
    assert!(of([16, 1, 1], &[short(339, 2)]).contains("signed 16-bit samples"));
    assert!(of([32, 1, 1], &[]).contains("32-bit samples"));
    assert!(of([8, 3, 8], &[]).contains("CIELab"));
    assert!(of([8, 4, 5], &[]).contains("CMYK TIFF"));
    assert!(of([8, 1, 1], &[short(259, 50000)]).contains("compressed with Zstandard"));
    assert!(of([8, 1, 1], &[short(259, 6)]).contains("old-style JPEG"));
}

#[test]
fn camera_raw_is_refused() {
    let page = one([1, 1], [8, 3, 2], &[0; 64], &[(50706, 4, vec![1])]);
    assert!(refusal(&page).contains("camera raw (DNG)"));
    assert!(refusal(&one([1, 1], [8, 1, 32803], &[0; 64], &[])).contains("camera raw"));
    let mut canon = one([1, 1], [8, 3, 2], &[0; 64], &[]);
    canon[8..10].copy_from_slice(b"CR");
    assert!(refusal(&canon).contains("Canon CR2"));
    // A thumbnail whose sub-directory holds the raw pixels.
    let thumbnail = fields([1, 1], 8, 3, 2, [8, 3]);
    let raw = fields([9, 9], 12, 1, 32803, [8, 3]);
    let at = tiff(&[0; 64], std::slice::from_ref(&thumbnail)).len() as u32;
    let with_sub = [thumbnail, vec![(330, 4, vec![at + 12])]].concat();
    assert!(refusal(&tiff(&[0; 64], &[with_sub, raw])).contains("camera raw"));
}

#[test]
fn the_image_that_is_meant() {
    let data = [1, 2, 3, 4, 5, 6];
    let small = |kind: u32| [fields([1, 1], 8, 3, 2, [8, 3]), vec![(254, 4, vec![kind])]].concat();
    let large = fields([2, 1], 8, 3, 2, [8, 6]);
    for directories in [
        [small(1), large.clone()],
        [large.clone(), small(1)],
        [small(4), large.clone()],
    ] {
        let found = read_noted(&tiff(&data, &directories));
        assert_eq!((found.image.width(), found.notes), (2, Notes::default()));
    }
    let pages = tiff(&data, &[large, small(0)]);
    assert!(refusal(&pages).contains("several pages (2): choose one with --page 1 to 2"));
    for (page, width) in [(1, 2), (2, 1)] {
        let options = ReadOptions::default().with_page(Some(page));
        let found = super::super::read_noted(std::io::Cursor::new(&pages), &options).unwrap();
        assert_eq!(
            (found.image.width(), found.notes.lost),
            (width, vec!["1 more page".to_owned()])
        );
    }
    let none = super::super::read_noted(std::io::Cursor::new(&pages), &ReadOptions::default().with_page(Some(3)));
    assert!(matches!(none, Err(CodecError::Parameter(_))));
}

#[test]
fn descriptions_are_kept_and_large_ones_refused() {
    let mut image = picture(Color::Rgb, Depth::Sixteen, true).with_icc(Some(vec![7; 300]));
    let mut metadata = image.metadata().clone();
    metadata
        .tags
        .push(crate::container::TagKey::Known(Tag::Comment), "a scan");
    metadata.xmp = Some(b"<x/>".to_vec());
    metadata.extras.set(Extras::IPTC, b"iptc".to_vec());
    metadata.extras.set(
        Extras::DENSITY,
        [&23_622u32.to_be_bytes()[..], &23_622u32.to_be_bytes(), &[1]].concat(),
    );
    image = image.with_metadata(metadata);
    let (file, lost) = to_bytes(&image, Format::Tiff).unwrap();
    assert_eq!((lost, read_noted(&file).image), (Lost::default(), image));
    let limits = Limits {
        max_metadata_bytes: 200,
        ..Limits::default()
    };
    assert!(matches!(read_bytes(&file, &limits), Err(CodecError::Limit { .. })));
    let others = one(
        [1, 1],
        [8, 1, 1],
        &[0],
        &[(33550, 4, vec![1]), (37724, 4, vec![1]), (50000, 4, vec![1])],
    );
    let lost = read_noted(&others).notes.lost;
    assert_eq!(
        lost,
        ["the place on earth (GeoTIFF)", "Photoshop layers", "the TIFF tag 50000"]
    );
}

#[test]
fn cut_files_count_their_rows() {
    let file = one([1, 4], [8, 1, 1], &[1, 2], &[(279, 4, vec![4])]);
    // The strip reaches into the directory, which is there; cut files lack theirs, unless it stands in front.
    assert!(read_bytes(&file, &Limits::default()).is_ok());
    let beyond = one([1, 4], [8, 1, 1], &[1, 2], &[(273, 4, vec![100_000])]);
    assert!(refusal(&beyond).contains("4 of 4 rows are missing"));
    let strips = one(
        [1, 4],
        [8, 1, 1],
        &[1, 2],
        &[(278, 4, vec![2]), (273, 4, vec![8, 100_000]), (279, 4, vec![2, 2])],
    );
    assert!(refusal(&strips).contains("2 of 4 rows are missing"));
    let options = ReadOptions::default().with_salvage(true);
    let found = super::super::read_noted(std::io::Cursor::new(&strips), &options).unwrap();
    assert_eq!(found.image.samples(), &Samples::U8(vec![1, 2, 0, 0]));
    assert_eq!(found.notes.warnings, ["2 of 4 rows are missing or damaged"]);
}

#[test]
fn tiles_and_strips_are_bounded() {
    let huge = one(
        [1, 1000],
        [8, 1, 1],
        &[0],
        &[
            (322, 4, vec![1 << 20]),
            (323, 4, vec![1 << 10]),
            (324, 4, vec![8]),
            (325, 4, vec![1]),
        ],
    );
    let limits = Limits {
        max_pixels: 1 << 20,
        ..Limits::default()
    };
    assert!(matches!(read_bytes(&huge, &limits), Err(CodecError::Limit { .. })));
    let samples = one([1, 1], [8, 1, 1], &[0], &[short(277, 60_000)]);
    assert!(matches!(read_bytes(&samples, &limits), Err(CodecError::Limit { .. })));
}
