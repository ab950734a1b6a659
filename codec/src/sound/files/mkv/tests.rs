//! Matroska files of frames that are shorter than the rounding of times: none is lost without a word.

use std::io::Cursor;

use crate::Result;
use crate::sound::files::flac::tests::{BLOCK, frame};
use crate::sound::files::{ReadOptions, open_with};
use crate::sound::{Sound, SoundNotes, SoundSource};

const FRAMES: usize = 12;
const RATE: u64 = 16_000;
/// Samples of a frame of MP3 at that rate.
const MP3: usize = 576;

fn element(id: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    let mut size = (body.len() as u64).to_be_bytes();
    size[0] = 1;
    [id, &size, &body].concat()
}

/// What a file of FLAC says of its frames, as Matroska keeps it: 16 bits, one channel.
fn about_flac() -> Vec<u8> {
    let word = RATE << 44 | 15 << 36;
    let block = (BLOCK as u16).to_be_bytes();
    [
        b"fLaC\x80\0\0\x22",
        &block[..],
        &block,
        &[0; 6],
        &word.to_be_bytes(),
        &[0; 16],
    ]
    .concat()
}

fn flac(number: usize) -> Vec<u8> {
    let samples = (0..BLOCK).map(|at| (at * 37 % 1000) as i64 - 500).collect();
    frame(number as u8, 1, &[samples], 16)
}

/// A silent frame of 64 kbit/s.
fn mp3(_: usize) -> Vec<u8> {
    let mut frame = vec![0xff, 0xf3, 0x88, 0xc4];
    frame.resize(288, 0);
    frame
}

/// A file of one track, a block for each packet.
fn file(codec: &[u8], private: &[u8], packets: &[Vec<u8>], samples: usize) -> Vec<u8> {
    let audio = element(
        &[0xe1],
        &[
            &element(&[0xb5], &[&(RATE as f32).to_be_bytes()]),
            &element(&[0x9f], &[&[1]]),
        ],
    );
    let track = [
        element(&[0xd7], &[&[1]]),
        element(&[0x83], &[&[2]]),
        element(&[0x86], &[codec]),
        element(&[0x63, 0xa2], &[private]),
        audio,
    ];
    let tracks = element(&[0x16, 0x54, 0xae, 0x6b], &[&element(&[0xae], &[&track.concat()])]);
    let blocks = packets.iter().enumerate().map(|(at, packet)| {
        let ms = ((at * samples) as u64 * 1000 / RATE) as u16;
        let [high, low] = ms.to_be_bytes();
        element(&[0xa3], &[&[0x81, high, low, 0x80], packet])
    });
    let blocks: Vec<u8> = blocks.flatten().collect();
    let cluster = element(&[0x1f, 0x43, 0xb6, 0x75], &[&element(&[0xe7], &[&[0]]), &blocks]);
    let head = element(&[0x1a, 0x45, 0xdf, 0xa3], &[&element(&[0x42, 0x82], &[b"matroska"])]);
    [head, element(&[0x18, 0x53, 0x80, 0x67], &[&tracks, &cluster])].concat()
}

fn read(bytes: &[u8]) -> Result<(usize, SoundNotes)> {
    let mut source = open_with(Cursor::new(bytes.to_vec()), &ReadOptions::default())?;
    let sound = Sound::read_all(&mut *source)?;
    Ok((sound.samples_per_channel(), source.notes()))
}

/// Reads a file of packets, of which `harm` spoils the one at `at`.
fn read_harmed(is_flac: bool, at: usize, harm: fn(&mut Vec<u8>)) -> (usize, SoundNotes) {
    let make = if is_flac { flac } else { mp3 };
    let mut packets: Vec<Vec<u8>> = (0..FRAMES).map(make).collect();
    harm(&mut packets[at]);
    let bytes = match is_flac {
        true => file(b"A_FLAC", &about_flac(), &packets, BLOCK),
        false => file(b"A_MPEG/L3", &[], &packets, MP3),
    };
    read(&bytes).unwrap()
}

#[test]
fn whole_files_are_read_without_a_word() {
    assert_eq!(read_harmed(true, 0, |_| ()), (FRAMES * BLOCK, SoundNotes::default()));
    assert_eq!(read_harmed(false, 0, |_| ()), (FRAMES * MP3, SoundNotes::default()));
}

#[test]
fn chapters_and_attached_files_are_named() {
    let packets: Vec<Vec<u8>> = (0..FRAMES).map(mp3).collect();
    let mut bytes = file(b"A_MPEG/L3", &[], &packets, MP3);
    bytes.extend(element(&[0x10, 0x43, 0xa7, 0x70], &[&[0; 7]]));
    bytes.extend(element(&[0x19, 0x41, 0xa4, 0x69], &[&[0; 9]]));
    let (samples, notes) = read(&bytes).unwrap();
    assert_eq!((samples, notes.warnings.len()), (FRAMES * MP3, 0));
    assert_eq!(notes.lost, ["its chapters (7 bytes)", "attached files (9 bytes)"]);
}

#[test]
fn clusters_and_blocks_that_contradict_each_other_are_told() {
    let packets: Vec<Vec<u8>> = (0..FRAMES).map(mp3).collect();
    let good = file(b"A_MPEG/L3", &[], &packets, MP3);
    // A block: its id, eight bytes of its size, its track.
    let block = good.windows(2).rposition(|pair| pair == [0xa3, 1]).unwrap();
    for (at, byte) in [(block, 0xa4), (block + 8, 0xff), (block + 9, 0x85), (block + 9, 0)] {
        let mut bad = good.clone();
        bad[at] = byte;
        let (samples, notes) = read(&bad).unwrap();
        assert!(samples < FRAMES * MP3, "{at}");
        assert_eq!(notes.warnings.len(), 1, "{at}: {notes:?}");
    }
    // A group of a block and something longer than the group.
    let block = element(&[0xa1], &[&[0x81, 0, 0, 0], &mp3(0)]);
    for (rest, warnings) in [(&[0x75, 0xa2, 0x81, 0][..], 0), (&[0x75, 0xa2, 0x84, 0], 1)] {
        let group = element(&[0xa0], &[&block, rest]);
        let cluster = element(&[0x1f, 0x43, 0xb6, 0x75], &[&group]);
        let (samples, notes) = read(&[&good[..], &cluster].concat()).unwrap();
        assert_eq!(
            (samples, notes.warnings.len()),
            ((FRAMES + 1) * MP3, warnings),
            "{notes:?}"
        );
    }
}

#[test]
fn damaged_frames_of_flac_are_silence_in_their_place() {
    let harms: [fn(&mut Vec<u8>); 5] = [
        |frame| frame[0] = 0,
        |frame| frame[4] ^= 1,
        |frame| frame[6] ^= 0x10,
        |frame| frame[40] ^= 2,
        |frame| frame.truncate(5),
    ];
    for at in [0, 1, FRAMES / 2, FRAMES - 1] {
        for harm in harms {
            let (samples, notes) = read_harmed(true, at, harm);
            assert_eq!(samples, FRAMES * BLOCK, "{at}");
            assert!(notes.warnings[0].contains("192 samples"), "{at}: {notes:?}");
        }
    }
}

#[test]
fn frames_that_do_not_tell_their_length_are_told_when_they_are_lost() {
    for at in [1, FRAMES / 2, FRAMES - 1] {
        let (samples, notes) = read_harmed(false, at, |frame| frame[..4].fill(0));
        assert_eq!(samples, (FRAMES - 1) * MP3, "{at}");
        assert!(
            notes.warnings[0].contains("1 packets of unknown length"),
            "{at}: {notes:?}"
        );
    }
}
