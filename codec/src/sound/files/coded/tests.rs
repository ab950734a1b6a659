//! Files of frames: their lengths, joins, junk and damage. The frames are silent, which decoders take as any others.

use std::io::Cursor;

use crate::Result;
use crate::sound::files::{ReadOptions, open_with};
use crate::sound::{Sound, SoundNotes, SoundSource, Tag};

/// Samples of a frame of MP3, and of AAC.
const MP3: usize = 1152;
const AAC: usize = 1024;

/// A silent frame of MP3 of 44.1 kHz, stereo, by the index of its bit rate.
fn mp3(index: u8) -> Vec<u8> {
    let kbps = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320][usize::from(index)];
    let mut frame = vec![0xff, 0xfb, index << 4, 0x64];
    frame.resize(144_000 * kbps / 44_100, 0);
    frame
}

/// Frames of different rates, the largest first.
fn vbr(count: usize) -> Vec<u8> {
    (0..count)
        .flat_map(|at| mp3(if at < 3 { 14 } else { 1 + (at % 3) as u8 }))
        .collect()
}

/// The frame in front of others that states how many there are, of how many bytes.
fn info(frames: u32, bytes: u32, delay: u16, padding: u16) -> Vec<u8> {
    let mut frame = mp3(9);
    let gaps = [
        (delay >> 4) as u8,
        (delay << 4) as u8 | (padding >> 8) as u8,
        padding as u8,
    ];
    let text = [
        &b"Xing\0\0\0\x03"[..],
        &frames.to_be_bytes(),
        &bytes.to_be_bytes(),
        b"LAME",
        &[0; 17],
        &gaps,
    ]
    .concat();
    frame[36..36 + text.len()].copy_from_slice(&text);
    frame
}

/// A file whose first frame tells the truth.
fn told(count: usize) -> Vec<u8> {
    let frames = vbr(count);
    let bytes = (frames.len() + mp3(9).len()) as u32;
    [info(count as u32, bytes, 576, 1000), frames].concat()
}

/// Samples of a file by [`told`].
fn told_samples(count: usize) -> usize {
    count * MP3 - 576 - 1000
}

fn read(bytes: &[u8], salvage: bool) -> Result<(usize, SoundNotes)> {
    let options = ReadOptions::default().with_salvage(salvage);
    let mut source = open_with(Cursor::new(bytes.to_vec()), &options)?;
    let stated = source.length();
    let sound = Sound::read_all(&mut *source)?;
    if let Some(stated) = stated {
        assert_eq!(
            stated,
            sound.samples_per_channel() as u64,
            "the length that is stated is that of the sound"
        );
    }
    Ok((sound.samples_per_channel(), source.notes()))
}

#[test]
fn vbr_without_a_count_is_read_whole() {
    assert_eq!(read(&vbr(100), false).unwrap(), (100 * MP3, SoundNotes::default()));
}

#[test]
fn a_true_count_gives_the_exact_length() {
    assert_eq!(
        read(&told(40), false).unwrap(),
        (told_samples(40), SoundNotes::default())
    );
}

#[test]
fn a_wrong_count_cuts_nothing() {
    let frames = vbr(40);
    let bytes = (frames.len() + mp3(9).len()) as u32;
    for stated in [5, 10_000] {
        let (samples, notes) = read(&[info(stated, bytes, 576, 1000), frames.clone()].concat(), false).unwrap();
        assert_eq!(samples, told_samples(40), "{stated}");
        assert!(notes.warnings[0].contains("40 are there"), "{notes:?}");
    }
}

#[test]
fn cut_mp3_files_are_refused_and_salvaged() {
    let (whole, plain) = (told(40), vbr(40));
    for cut in [
        &whole[..whole.len() / 2],
        &whole[..whole.len() - 1],
        &plain[..plain.len() - 5],
    ] {
        let error = read(cut, false).unwrap_err().to_string();
        assert!(error.contains("--salvage"), "{error}");
        let (samples, notes) = read(cut, true).unwrap();
        assert!(samples > 0 && notes.warnings[0].contains("cut"), "{notes:?}");
    }
}

#[test]
fn a_first_frame_of_mp3_that_cannot_be_read_is_told() {
    let mut file = told(20);
    file[36] = b'Y';
    let (samples, notes) = read(&file, false).unwrap();
    assert_eq!(samples, 21 * MP3);
    assert!(notes.warnings[0].contains("first frame"), "{notes:?}");
}

#[test]
fn joined_mp3_files_are_read_whole() {
    let old = [&b"TAGold"[..], &[0; 122]].concat();
    for between in [Vec::new(), old, b"ID3\x04\0\0\0\0\0\x04\0\0\0\0".to_vec()] {
        let (samples, notes) = read(&[told(20), between, told(30)].concat(), false).unwrap();
        assert_eq!(samples, told_samples(20) + told_samples(30));
        assert!(notes.warnings[0].contains("joined"), "{notes:?}");
    }
}

#[test]
fn junk_around_frames_is_named_and_changes_no_length() {
    let plain = vbr(30);
    for junk in [vec![0; 5000], b"junk".repeat(99), mp3(14)[700..].to_vec()] {
        let (samples, notes) = read(&[junk.clone(), plain.clone()].concat(), false).unwrap();
        assert_eq!((samples, notes.lost.len()), (30 * MP3, 1), "{notes:?}");
    }
    let (samples, notes) = read(&[&told(30)[..], b"junk behind it"].concat(), false).unwrap();
    assert_eq!((samples, notes.lost.len()), (told_samples(30), 1), "{notes:?}");
}

#[test]
fn tags_within_a_file_are_named_and_hide_no_junk() {
    let (tag, junk) = (&b"ID3\x04\0\0\0\0\0\x04\0\0\0\0"[..], b"junk".repeat(99));
    let (found, notes) = read(&[&junk[..], tag, &vbr(30)].concat(), false).unwrap();
    assert_eq!(found, 30 * MP3);
    assert_eq!(notes.lost, ["396 bytes before the first frame", "tags within the file"]);
    let aac: Vec<u8> = (0..30).flat_map(|_| adts(100)).collect();
    let (found, notes) = read(&[&aac[..], tag, &aac].concat(), false).unwrap();
    assert_eq!((found, notes.lost), (60 * AAC, vec!["tags within the file".to_owned()]));
}

#[test]
fn damage_within_mp3_becomes_silence_in_its_place() {
    let mut bytes = told(60);
    let at = bytes.len() / 2;
    bytes[at..at + 700].fill(0x55);
    let (samples, notes) = read(&bytes, false).unwrap();
    assert_eq!(samples, told_samples(60));
    assert!(notes.warnings[0].contains("silence"), "{notes:?}");
}

#[test]
fn another_rate_behind_a_join_is_refused_by_name() {
    let mut other = Vec::new();
    for _ in 0..20 {
        // 48 kHz, 128 kbit/s.
        let mut frame = vec![0xff, 0xfb, 0x94, 0x64];
        frame.resize(384, 0);
        other.extend(frame);
    }
    let error = read(&[told(20), other].concat(), false).unwrap_err().to_string();
    assert!(error.contains("48000 Hz"), "{error}");
}

#[test]
fn old_tags_of_mp3_are_read() {
    let mut old = [&b"TAGTitel"[..], &[0; 119]].concat();
    old.push(17);
    let source = open_with(Cursor::new([vbr(10), old].concat()), &ReadOptions::default()).unwrap();
    assert_eq!(source.tags().get(Tag::Title), Some("Titel"));
}

/// A silent frame of AAC of 44.1 kHz, mono, with that number of bytes of filling.
fn adts(filling: usize) -> Vec<u8> {
    let packet = [&[0, 0xc8, 0, 0x80, 0x23, 0x80][..], &vec![0; filling]].concat();
    let length = 7 + packet.len();
    let head = [
        0xff,
        0xf1,
        0x50,
        0x40 | (length >> 11) as u8,
        (length >> 3) as u8,
        (length << 5) as u8 | 0x1f,
        0xfc,
    ];
    [&head[..], &packet].concat()
}

#[test]
fn adts_is_read_to_its_end() {
    let bytes: Vec<u8> = (0..50).flat_map(|at| adts(if at < 5 { 300 } else { at })).collect();
    assert_eq!(read(&bytes, false).unwrap(), (50 * AAC, SoundNotes::default()));
    assert!(
        read(&bytes[..bytes.len() - 3], false)
            .unwrap_err()
            .to_string()
            .contains("--salvage")
    );
    assert_eq!(read(&bytes[..bytes.len() - 3], true).unwrap().0, 49 * AAC);
    let old = [&b"TAG"[..], &[0; 125]].concat();
    assert_eq!(read(&[bytes, old].concat(), false).unwrap().0, 50 * AAC);
}

#[test]
fn damage_within_adts_becomes_silence_in_its_place() {
    let mut bytes: Vec<u8> = (0..50).flat_map(|_| adts(100)).collect();
    let frame = adts(100).len();
    bytes[20 * frame..22 * frame].fill(0x55);
    let (samples, notes) = read(&bytes, false).unwrap();
    assert_eq!(samples, 50 * AAC);
    assert!(notes.warnings[0].contains("2048 samples"), "{notes:?}");
}

#[test]
fn adts_frames_that_overlap_or_have_odd_headers_are_told() {
    let bytes: Vec<u8> = (0..50).flat_map(|_| adts(100)).collect();
    let frame = adts(100).len();
    // A frame without its last bytes takes them from the next one, of which less than half is left.
    let mut short = bytes.clone();
    short.drain(20 * frame + 50..20 * frame + 110);
    let (samples, notes) = read(&short, false).unwrap();
    assert_eq!(samples, 49 * AAC);
    assert_eq!(notes.warnings, ["it is damaged: 53 bytes between its frames"]);
    // The private bit, and the number of blocks.
    for (at, bit) in [(2, 2), (6, 1)] {
        let mut odd = bytes.clone();
        odd[20 * frame + at] ^= bit;
        let (samples, notes) = read(&odd, false).unwrap();
        assert_eq!(samples, 50 * AAC);
        assert!(notes.warnings[0].contains("headers of 1 frames"), "{notes:?}");
    }
}

#[test]
fn random_damage_of_frames_never_panics() {
    let mut state = 1u32;
    let mut next = |most: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as usize % most
    };
    let files = [told(8), vbr(8), (0..20).flat_map(adts).collect()];
    for _ in 0..200 {
        let mut bytes = files[next(3)].clone();
        for _ in 0..=next(8) {
            let (at, byte) = (next(bytes.len()), next(256) as u8);
            bytes[at] = byte;
        }
        bytes.truncate(bytes.len() - next(2) * next(200));
        let _ = read(&bytes, next(2) == 0);
    }
}
