//! JPEG files of unusual kinds, and damaged ones.

use super::*;
use crate::container::Extras;

const PLANES: &[u8] = include_bytes!("samples/planes_2x2.jpg");
const ROWS: &[u8] = include_bytes!("samples/rows_1x2.jpg");
const REFINED: &[u8] = include_bytes!("samples/refined_2x1.jpg");
const ARITHMETIC: &[u8] = include_bytes!("samples/arithmetic.jpg");

fn salvaged(bytes: &[u8]) -> Result<FileImage> {
    super::super::read_noted(std::io::Cursor::new(bytes), &ReadOptions::default().with_salvage(true))
}

fn refusal(bytes: &[u8]) -> String {
    read_bytes(bytes, &Limits::default()).unwrap_err().to_string()
}

/// Where a marker begins.
fn marker(bytes: &[u8], marker: u8) -> usize {
    bytes.windows(2).position(|pair| pair == [0xff, marker]).unwrap()
}

/// With a segment behind the first marker.
fn with_segment(bytes: &[u8], marker: u8, payload: &[u8]) -> Vec<u8> {
    let length = (payload.len() as u16 + 2).to_be_bytes();
    [&bytes[..2], &[0xff, marker], &length, payload, &bytes[2..]].concat()
}

#[test]
fn pixels_are_those_of_libjpeg() {
    // One scan for each component; restarts; a progressive file that is refined step by step.
    for (file, pixels) in [
        (PLANES, &include_bytes!("samples/planes_2x2.ppm")[..]),
        (ROWS, include_bytes!("samples/rows_1x2.ppm")),
        (REFINED, include_bytes!("samples/refined_2x1.ppm")),
    ] {
        let found = read_noted(file);
        assert_eq!(found.image.samples(), read_back(pixels).samples());
        assert_eq!(found.notes, Notes::default());
    }
}

#[test]
fn kinds_that_are_not_decoded_have_a_name() {
    assert!(refusal(ARITHMETIC).contains("JPEG with arithmetic coding"));
    let mut lossless = ROWS.to_vec();
    lossless[marker(ROWS, 0xc0) + 1] = 0xc3;
    assert!(refusal(&lossless).contains("lossless JPEG"));
    let mut deep = ROWS.to_vec();
    deep[marker(ROWS, 0xc0) + 4] = 12;
    assert!(refusal(&deep).contains("JPEG of 12 bits"));
}

#[test]
fn missing_rows_are_counted() {
    let whole = read_back(ROWS);
    let cut = &ROWS[..ROWS.len() - 60];
    for file in [cut.to_vec(), [cut, &[0xff, 0xd9]].concat()] {
        let error = refusal(&file);
        assert!(error.contains("of 20 rows are missing or damaged"), "{error}");
        let found = salvaged(&file).unwrap();
        assert!(
            found.notes.warnings[0].contains("of 20 rows are missing"),
            "{:?}",
            found.notes
        );
        let rows = 3 * 26 * 8;
        let samples = |image: &Image| image.samples().to_u8()[..rows].to_vec();
        assert_eq!(samples(&found.image), samples(&whole), "what is there is right");
    }
    assert!(refusal(&ROWS[..marker(ROWS, 0xda) + 14]).contains("ends early"));
}

#[test]
fn what_follows_a_lost_interval_is_not_shifted() {
    // Two rows of MCUs of two MCUs each; a restart in front of all but the first. The second one is taken out.
    let restarts: Vec<usize> = (0xd0..=0xd7)
        .filter_map(|kind| ROWS.windows(2).position(|pair| pair == [0xff, kind]))
        .collect();
    let lost = [&ROWS[..restarts[0]], &ROWS[restarts[1]..]].concat();
    assert!(refusal(&lost).contains("rows are missing or damaged"));
    let (found, whole) = (salvaged(&lost).unwrap().image, read_back(ROWS));
    let corner = |image: &Image| image.samples().to_u8()[3 * 26 * 19..].to_vec();
    assert_eq!(corner(&found), corner(&whole));
}

#[test]
fn files_without_their_end() {
    for file in [PLANES, ROWS, REFINED] {
        let found = read_noted(&file[..file.len() - 2]);
        assert_eq!(found.image.samples(), read_back(file).samples());
        assert_eq!(
            found.notes.warnings,
            ["the end of the file is missing, behind its pixels"]
        );
        let trailer = read_noted(&[&file[..file.len() - 2], b"SEFT of a camera"].concat());
        assert_eq!((trailer.image, trailer.notes.warnings.len()), (found.image, 1));
    }
}

#[test]
fn progressive_files_without_their_last_scans() {
    let scans: Vec<usize> = (0..REFINED.len() - 1)
        .filter(|&at| REFINED[at..at + 2] == [0xff, 0xda])
        .collect();
    let last = *scans.last().unwrap();
    assert!(refusal(&REFINED[..last]).contains("scans that refine it are missing"));
    let found = salvaged(&REFINED[..last]).unwrap();
    assert_eq!(
        found.notes.warnings,
        ["scans that refine the image are missing: it is coarse"]
    );
    let ended = read_noted(&[&REFINED[..last], &[0xff, 0xd9]].concat());
    assert_eq!((ended.image, ended.notes.warnings), (found.image, found.notes.warnings));
}

#[test]
fn scans_refine_by_one_bit() {
    let scans = (0..REFINED.len() - 1).filter(|&at| REFINED[at..at + 2] == [0xff, 0xda]);
    // Behind the components and the first and last coefficient.
    let places = scans.map(|at| at + 1 + usize::from(REFINED[at + 3]));
    let refining: Vec<usize> = places.filter(|&at| REFINED[at] >> 4 > 0).collect();
    assert!(!refining.is_empty());
    for at in refining {
        let mut file = REFINED.to_vec();
        file[at] += 0x20;
        assert!(read_bytes(&file, &Limits::default()).is_err(), "{at}");
    }
}

#[test]
fn scans_that_do_not_follow_each_other_are_told() {
    let scans = (0..REFINED.len() - 1).filter(|&at| REFINED[at..at + 2] == [0xff, 0xda]);
    let mut places = scans.map(|at| at + 1 + usize::from(REFINED[at + 3]));
    let refining = places.find(|&at| REFINED[at] == 0x21).expect("two bits are refined");
    let mut skipped = REFINED.to_vec();
    skipped[refining] = 0x10;
    let notes = read_noted(&skipped).notes;
    let is_told = |warning: &String| warning.contains("do not follow each other");
    assert!(notes.warnings.iter().any(is_told), "{notes:?}");
}

#[test]
fn coefficients_that_no_samples_can_have_are_told() {
    for file in [ROWS, REFINED] {
        let mut bad = file.to_vec();
        let quantiser = marker(file, 0xdb) + 4;
        // The step of the first coefficient, which all blocks have.
        bad[quantiser + 1] = 255;
        let notes = read_noted(&bad).notes;
        let is_told = |warning: &String| warning.contains("beyond all that samples can be");
        assert!(notes.warnings.iter().any(is_told), "{notes:?}");
    }
}

#[test]
fn segments_of_no_meaning_are_told() {
    let mut other = ROWS.to_vec();
    other[marker(ROWS, 0xe0) + 9] = 129;
    for file in [with_segment(ROWS, 0xfd, b"what"), with_segment(ROWS, 0x20, b""), other] {
        let notes = read_noted(&file).notes;
        assert_eq!(notes.warnings.len(), 1, "{notes:?}");
    }
    assert!(refusal(&with_segment(ROWS, 0xc4, &[64; 17])).contains("a Huffman table is wrong"));
}

#[test]
fn codes_that_the_standard_forbids_are_refused_where_they_are_used() {
    let table = marker(ROWS, 0xc4) + 4;
    let longest = (1..=16)
        .rfind(|length| ROWS[table + length] > 0)
        .expect("there are codes");
    // The last code becomes one of nothing but ones.
    let mut ones = ROWS.to_vec();
    ones[table + longest] -= 1;
    ones[table + longest - 1] += 1;
    assert!(refusal(&ones).contains("a Huffman table is wrong"));
    // Differences have at most 15 bits.
    let mut long = ROWS.to_vec();
    long[table + 17] = 16;
    assert!(refusal(&long).contains("a Huffman table is wrong"));
    // Nobody minds where no scan uses it.
    let symbols: usize = ones[table + 1..table + 17]
        .iter()
        .map(|&count| usize::from(count))
        .sum();
    ones[table] = 3;
    let unused = with_segment(ROWS, 0xc4, &ones[table..table + 17 + symbols]);
    assert_eq!(read_noted(&unused).notes, Notes::default());
}

#[test]
fn scans_are_limited() {
    // The scan that refines the first coefficient, again and again.
    let scans: Vec<usize> = (0..REFINED.len() - 1)
        .filter(|&at| REFINED[at..at + 2] == [0xff, 0xda])
        .collect();
    let last = *scans.last().unwrap();
    let scan = &REFINED[last..REFINED.len() - 2];
    let file = [&REFINED[..last], &scan.repeat(3000), &[0xff, 0xd9]].concat();
    assert!(matches!(
        read_bytes(&file, &Limits::default()),
        Err(CodecError::Limit { .. })
    ));
    let few = [&REFINED[..last], &scan.repeat(100), &[0xff, 0xd9]].concat();
    assert!(read_bytes(&few, &Limits::default()).is_ok());
}

#[test]
fn what_stands_behind_the_picture_is_named() {
    let lost = |bytes: &[u8]| read_noted(bytes).notes.lost.join(", ");
    assert_eq!(lost(&[ROWS, &[0; 999]].concat()), "");
    assert_eq!(
        lost(&with_segment(ROWS, 0xe0, b"JFXX\0\x13\x01\x01abc")),
        "a small picture for previews"
    );
    let pair = lost(&[ROWS, PLANES].concat());
    assert_eq!(pair, "another picture behind the picture, 773 bytes behind the picture");
    let mut index = b"MPF\0II*\0\x08\0\0\0\x01\0\x01\xb0\x04\0\x01\0\0\0".to_vec();
    index.extend([3, 0, 0, 0]);
    let several = lost(&with_segment(&[ROWS, PLANES].concat(), 0xe2, &index));
    assert_eq!(several, "2 more pictures, 773 bytes behind the picture");
    let xmp = |text: &str| [&b"http://ns.adobe.com/xap/1.0/\0"[..], text.as_bytes()].concat();
    let film = with_segment(
        &[ROWS, b"\0\0\0\x18ftypmp42"].concat(),
        0xe1,
        &xmp("<GCamera:MotionPhoto/>"),
    );
    assert!(lost(&film).starts_with("a film behind the picture"));
    let gain = with_segment(&[ROWS, PLANES].concat(), 0xe1, &xmp("<x hdrgm:Version='1.0'/>"));
    assert!(lost(&gain).starts_with("a gain map"));
}

#[test]
fn descriptions_are_kept() {
    let iptc = [
        &b"Photoshop 3.0\0"[..],
        b"8BIM\x04\x04\0\0\0\0\0\x04ABCD",
        b"8BIM\x04\x25\0\0\0\0\0\x00",
    ]
    .concat();
    let mut file = with_segment(ROWS, 0xed, &iptc);
    file = with_segment(&file, 0xfe, "w\u{f6}rld".as_bytes());
    file = with_segment(&file, 0xe1, b"http://ns.adobe.com/xap/1.0/\0<x/>");
    file = with_segment(&file, 0xe5, b"of a maker");
    let jfif = marker(&file, 0xe0);
    file[jfif + 11..jfif + 16].copy_from_slice(&[1, 1, 44, 0, 150]);
    let found = read_noted(&file);
    let metadata = found.image.metadata();
    assert_eq!(metadata.xmp.as_deref(), Some(&b"<x/>"[..]));
    assert_eq!(metadata.extras.get(Extras::IPTC), Some(&b"ABCD"[..]));
    let density = [&11_811u32.to_be_bytes()[..], &5_906u32.to_be_bytes(), &[1]].concat();
    assert_eq!(metadata.extras.get(Extras::DENSITY), Some(&density[..]));
    assert_eq!(metadata.tags.get(crate::container::Tag::Comment), Some("w\u{f6}rld"));
    assert_eq!(found.notes.lost, ["the JPEG segment APP5"]);
    let (again, lost) = to_bytes(&found.image, Format::Jpeg).unwrap();
    assert_eq!(lost, Lost::default());
    assert_eq!(read_noted(&again).image.metadata(), metadata);
}

#[test]
fn profiles_come_in_any_order() {
    let part = |number: u8, bytes: &[u8]| [&b"ICC_PROFILE\0"[..], &[number, 2], bytes].concat();
    let file = with_segment(&with_segment(ROWS, 0xe2, &part(1, b"one")), 0xe2, &part(2, b"two"));
    assert_eq!(read_noted(&file).image.icc(), Some(&b"onetwo"[..]));
    let half = read_noted(&with_segment(ROWS, 0xe2, &part(2, b"two")));
    assert_eq!(half.notes.lost, ["the ICC profile, of which parts are missing"]);
}
