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
    let start = a_box(b"ftyp", &[b"M4A \0\0\0\0"]);
    let empty = [(b"stts", 1), (b"stsc", 1), (b"stsz", 2), (b"stco", 1)]
        .map(|(id, zeros)| a_box(id, &[&[0; 4], &vec![0; 4 * zeros]]));
    let trex = a_box(b"mvex", &[&a_box(b"trex", &[&words(&[0, 1, 1, 0, 0, 0])])]);
    let mut all = [start, moov(b"sowt", &[], &empty, &trex)].concat();
    for half in data().chunks(SAMPLES) {
        let ticks = half.len() as u32 / 2;
        let make = |offset: u32| {
            let trun = a_box(b"trun", &[&words(&[0x301, 1, offset, ticks, half.len() as u32])]);
            let traf = a_box(b"traf", &[&a_box(b"tfhd", &[&words(&[0x2_0000, 1])]), &trun]);
            a_box(b"moof", &[&a_box(b"mfhd", &[&words(&[0, 1])]), &traf])
        };
        let offset = make(0).len() as u32 + 8;
        all.extend(make(offset));
        all.extend(a_box(b"mdat", &[half]));
    }
    all
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
