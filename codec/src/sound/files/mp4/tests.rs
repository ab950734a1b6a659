//! MP4 files of plain samples, whose every sample is known: edits, fragments and cuts.

use std::io::Cursor;

use crate::Result;
use crate::sound::files::{ReadOptions, open_with};
use crate::sound::{Sound, SoundNotes, SoundSource};

const SAMPLES: usize = 1000;
const RATE: u32 = 8000;

fn a_box(id: &[u8; 4], parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    [&(body.len() as u32 + 8).to_be_bytes()[..], id, &body].concat()
}

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_be_bytes()).collect()
}

fn data() -> Vec<u8> {
    (0..SAMPLES as i16).flat_map(|sample| sample.to_le_bytes()).collect()
}

fn entry(id: &[u8; 4]) -> Vec<u8> {
    let numbers = [
        &[0; 6][..],
        &[0, 1],
        &[0; 8],
        &[0, 1],
        &[0, 16],
        &[0; 4],
        &(RATE << 16).to_be_bytes(),
    ]
    .concat();
    a_box(b"stsd", &[&words(&[0, 1]), &a_box(id, &[&numbers])])
}

/// The tables of a track; `edits` are those of an edit list in a movie of 1000 ticks a second.
fn moov(id: &[u8; 4], edits: &[u32], tables: &[Vec<u8>], more: &[u8]) -> Vec<u8> {
    let stbl = a_box(b"stbl", &[&entry(id), &tables.concat()]);
    let mdia = [
        a_box(b"mdhd", &[&words(&[0, 0, 0, RATE, 0, 0])]),
        a_box(b"hdlr", &[&words(&[0, 0]), b"soun", &[0; 12]]),
        a_box(b"minf", &[&stbl]),
    ];
    let list = a_box(
        b"edts",
        &[&a_box(b"elst", &[&words(&[0, edits.len() as u32 / 3]), &words(edits)])],
    );
    let list = if edits.is_empty() { Vec::new() } else { list };
    let trak = a_box(
        b"trak",
        &[
            &a_box(b"tkhd", &[&words(&[0, 0, 0, 1, 0, 0])]),
            &list,
            &a_box(b"mdia", &[&mdia.concat()]),
        ],
    );
    a_box(b"moov", &[&a_box(b"mvhd", &[&words(&[0, 0, 0, 1000, 0])]), &trak, more])
}

/// A file with its samples in two chunks, in front of the tables.
fn file(id: &[u8; 4], edits: &[u32]) -> Vec<u8> {
    let start = a_box(b"ftyp", &[b"M4A \0\0\0\0"]);
    let media = a_box(b"mdat", &[&data()]);
    let first = start.len() as u32 + 8;
    let half = SAMPLES as u32 / 2;
    let tables = [
        a_box(b"stts", &[&words(&[0, 1, SAMPLES as u32, 1])]),
        a_box(b"stsc", &[&words(&[0, 1, 1, half, 1])]),
        a_box(b"stsz", &[&words(&[0, 2, SAMPLES as u32])]),
        a_box(b"stco", &[&words(&[0, 2, first, first + 2 * half])]),
    ];
    [start, media, moov(id, edits, &tables, &[])].concat()
}

/// A file whose samples lie in two fragments.
fn fragmented() -> Vec<u8> {
    let (start, fragments) = in_fragments(2);
    [start, fragments.concat()].concat()
}

/// The start of a file, and the fragments of its samples, which say when they begin.
fn in_fragments(count: usize) -> (Vec<u8>, Vec<Vec<u8>>) {
    let start = a_box(b"ftyp", &[b"M4A \0\0\0\0"]);
    let empty = [(b"stts", 1), (b"stsc", 1), (b"stsz", 2), (b"stco", 1)]
        .map(|(id, zeros)| a_box(id, &[&[0; 4], &vec![0; 4 * zeros]]));
    let trex = a_box(b"mvex", &[&a_box(b"trex", &[&words(&[0, 1, 1, 0, 0, 0])])]);
    let samples = data();
    let fragments = samples.chunks(2 * SAMPLES / count).enumerate().map(|(at, part)| {
        let ticks = part.len() as u32 / 2;
        let make = |offset: u32| {
            let trun = a_box(b"trun", &[&words(&[0x301, 1, offset, ticks, part.len() as u32])]);
            let time = a_box(b"tfdt", &[&words(&[0, at as u32 * ticks])]);
            let traf = a_box(b"traf", &[&a_box(b"tfhd", &[&words(&[0x2_0000, 1])]), &time, &trun]);
            a_box(b"moof", &[&a_box(b"mfhd", &[&words(&[0, 1])]), &traf])
        };
        let offset = make(0).len() as u32 + 8;
        [make(offset), a_box(b"mdat", &[part])].concat()
    });
    let start = [start, moov(b"sowt", &[], &empty, &trex)].concat();
    (start, fragments.collect())
}

fn read(bytes: &[u8], salvage: bool) -> Result<(Vec<usize>, SoundNotes)> {
    let options = ReadOptions::default().with_salvage(salvage);
    let mut source = open_with(Cursor::new(bytes.to_vec()), &options)?;
    let sound = Sound::read_all(&mut *source)?;
    let samples = sound.samples().iter().map(|sample| (sample * 32_768.0) as usize);
    Ok((samples.collect(), source.notes()))
}

#[test]
fn every_sample_is_in_its_place() {
    assert_eq!(
        read(&file(b"sowt", &[]), false).unwrap(),
        ((0..SAMPLES).collect(), SoundNotes::default())
    );
}

#[test]
fn fragments_are_read() {
    assert_eq!(
        read(&fragmented(), false).unwrap(),
        ((0..SAMPLES).collect(), SoundNotes::default())
    );
}

#[test]
fn edits_take_away_what_is_not_the_sound() {
    let speed = 1 << 16;
    // 100 ms are 800 samples, from sample 50 on; then an empty piece in front; then a duration that says nothing.
    assert_eq!(
        read(&file(b"sowt", &[100, 50, speed]), false).unwrap().0,
        (50..850).collect::<Vec<_>>()
    );
    let with_empty = [7, u32::MAX, speed, 100, 50, speed];
    assert_eq!(
        read(&file(b"sowt", &with_empty), false).unwrap().0,
        (50..850).collect::<Vec<_>>()
    );
    assert_eq!(
        read(&file(b"sowt", &[0, 50, speed]), false).unwrap().0,
        (50..SAMPLES).collect::<Vec<_>>()
    );
    // 118 ms are 944 samples, and 950 are left: what is within a tick is rounding.
    assert_eq!(
        read(&file(b"sowt", &[118, 50, speed]), false).unwrap().0,
        (50..SAMPLES).collect::<Vec<_>>()
    );
    let several = [10, 0, speed, 10, 500, speed];
    assert!(
        read(&file(b"sowt", &several), false)
            .unwrap_err()
            .to_string()
            .contains("edits")
    );
}

#[test]
fn a_cut_mp4_file_is_refused_and_salvaged() {
    let whole = fragmented();
    let cut = &whole[..whole.len() - 100];
    assert!(read(cut, false).unwrap_err().to_string().contains("--salvage"));
    let (samples, notes) = read(cut, true).unwrap();
    assert_eq!(samples, (0..SAMPLES / 2).collect::<Vec<_>>());
    assert!(notes.warnings[0].contains("cut"), "{notes:?}");
    let error = read(&file(b"sowt", &[])[..500], true).unwrap_err().to_string();
    assert!(error.contains("nothing can be saved"), "{error}");
}

/// But for cuts between fragments, of which nothing tells.
#[test]
fn no_cut_of_a_fragmented_file_goes_unnoticed() {
    let (start, fragments) = in_fragments(4);
    let whole = [start.clone(), fragments.concat()].concat();
    for end in start.len() + 1..whole.len() {
        let is_between = (end - start.len()) % fragments[0].len() == 0;
        let outcome = read(&whole[..end], false);
        assert!(is_between || outcome.is_err(), "{end}: {outcome:?}");
        if let Ok((_, notes)) = read(&whole[..end], true) {
            assert!(is_between || !notes.warnings.is_empty(), "{end}");
        }
    }
}

#[test]
fn an_index_tells_of_fragments_that_are_missing() {
    let (start, fragments) = in_fragments(4);
    let bytes = fragments.concat().len() as u32;
    let index = a_box(b"sidx", &[&words(&[0, 1, RATE, 0, 0, 1, bytes, SAMPLES as u32, 0])]);
    let file = |count: usize| [&start[..], &index, &fragments[..count].concat()].concat();
    assert_eq!(read(&file(4), false).unwrap().0.len(), SAMPLES);
    let error = read(&file(3), false).unwrap_err().to_string();
    assert!(error.contains("are missing") && error.contains("--salvage"), "{error}");
    let (samples, notes) = read(&file(3), true).unwrap();
    assert_eq!(samples.len(), SAMPLES * 3 / 4);
    assert!(notes.warnings[0].contains("it is cut"), "{notes:?}");
}

#[test]
fn silence_stands_in_the_place_of_lost_fragments() {
    let (start, fragments) = in_fragments(4);
    let quarter = SAMPLES / 4;
    let mut damaged = fragments.clone();
    let trun = damaged[2].windows(4).position(|id| id == b"trun").unwrap();
    damaged[2][trun] = 0xff;
    let without = [start.clone(), fragments[0].clone(), fragments[2..].concat()].concat();
    let broken = [start, damaged.concat()].concat();
    for (file, salvage, lost) in [(&without, false, 1), (&broken, true, 2)] {
        let (samples, notes) = read(file, salvage).unwrap();
        let wanted: Vec<_> = (0..SAMPLES)
            .map(|at| if at / quarter == lost { 0 } else { at })
            .collect();
        assert_eq!(samples, wanted);
        let said = notes.warnings.concat();
        assert!(said.contains("250 samples"), "{said}");
    }
}

#[test]
fn damage_of_fragments_is_refused_or_told() {
    let whole = fragmented();
    let at = |id: &[u8; 4]| whole.windows(4).position(|found| found == id).unwrap();
    let changed = |at: usize, byte: u8| {
        let mut file = whole.clone();
        file[at] = byte;
        read(&file, false)
    };
    // A track that is no more that of the fragments.
    let error = changed(at(b"tkhd") + 19, 9).unwrap_err().to_string();
    assert!(error.contains("other") || error.contains("no packets"), "{error}");
    // The length of the head of a fragment, the duration of a packet in two ways, its bytes, and where it is.
    let (moof, trun) = (at(b"moof"), at(b"trun"));
    for (place, byte) in [
        (moof - 1, 9),
        (trun + 17, 0x40),
        (trun + 19, 1),
        (trun + 23, 1),
        (trun + 15, 3),
    ] {
        if let Ok((samples, notes)) = changed(place, byte) {
            assert!(samples.len() == SAMPLES || !notes.warnings.is_empty(), "{place}");
        }
    }
}

#[test]
fn codecs_that_are_not_known_are_named() {
    for (id, name) in [(b"ac-3", "AC-3"), (b"enca", "encrypted"), (b"abcd", "abcd")] {
        let error = read(&file(id, &[]), false).unwrap_err().to_string();
        assert!(error.contains(name) && error.contains("--via ffmpeg"), "{error}");
    }
}

#[test]
fn damage_of_boxes_never_panics() {
    for bytes in [file(b"sowt", &[100, 50, 1 << 16]), fragmented()] {
        let tables = (0..bytes.len()).filter(|at| !(200..1900).contains(at)).step_by(2);
        for at in tables {
            for flip in [1, 0x80, 0xff] {
                let mut damaged = bytes.clone();
                damaged[at] ^= flip;
                let _ = read(&damaged, at % 2 == 0);
            }
        }
    }
}
