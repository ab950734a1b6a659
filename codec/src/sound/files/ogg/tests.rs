//! Ogg files of Opus packets, whole, cut, joined and damaged.

use std::io::Cursor;

use super::page::checksum;
use crate::Result;
use crate::sound::files::{ReadOptions, open_with};
use crate::sound::{Sound, SoundNotes, SoundSource, Tag};

/// Samples of a packet.
const PACKET: u64 = 960;
const SKIP: u64 = 312;
/// A packet of silence, 20 ms in stereo.
const SILENCE: [u8; 3] = [0xfc, 0xff, 0xfe];

fn page(serial: u32, number: u32, flags: u8, position: u64, packets: &[&[u8]]) -> Vec<u8> {
    let sizes: Vec<u8> = packets
        .iter()
        .flat_map(|packet| [vec![255; packet.len() / 255], vec![(packet.len() % 255) as u8]].concat())
        .collect();
    let mut page = [
        &b"OggS\0"[..],
        &[flags],
        &position.to_le_bytes(),
        &serial.to_le_bytes(),
        &number.to_le_bytes(),
        &[0; 4],
    ]
    .concat();
    page.push(sizes.len() as u8);
    page.extend(sizes);
    packets.iter().for_each(|packet| page.extend_from_slice(packet));
    let crc = checksum(0, &page).to_le_bytes();
    page[22..26].copy_from_slice(&crc);
    page
}

/// A file of pages of ten packets each, its end at `last` samples behind the skipped ones.
fn file(serial: u32, pages: u64, channels: u8) -> Vec<Vec<u8>> {
    let head = [
        &b"OpusHead\x01"[..],
        &[channels],
        &(SKIP as u16).to_le_bytes(),
        &48_000u32.to_le_bytes(),
        &[0; 3],
    ]
    .concat();
    let tags = b"OpusTags\0\0\0\0\x02\0\0\0\x07\0\0\0TITLE=t\x08\0\0\0ARTIST=a";
    let mut all = vec![page(serial, 0, 2, 0, &[&head]), page(serial, 1, 0, 0, &[tags])];
    for at in 0..pages {
        let is_last = at + 1 == pages;
        let end = (at + 1) * 10 * PACKET - if is_last { 100 } else { 0 };
        all.push(page(
            serial,
            at as u32 + 2,
            if is_last { 4 } else { 0 },
            end,
            &[&SILENCE[..]; 10],
        ));
    }
    all
}

fn samples(pages: u64) -> usize {
    (pages * 10 * PACKET - 100 - SKIP) as usize
}

fn read(bytes: &[u8], salvage: bool) -> Result<(usize, SoundNotes)> {
    let options = ReadOptions::default().with_salvage(salvage);
    let mut source = open_with(Cursor::new(bytes.to_vec()), &options)?;
    assert_eq!(source.tags().get(Tag::Title), Some("t"));
    let sound = Sound::read_all(&mut *source)?;
    Ok((sound.samples_per_channel(), source.notes()))
}

#[test]
fn opus_has_its_exact_length() {
    assert_eq!(
        read(&file(1, 5, 2).concat(), false).unwrap(),
        (samples(5), SoundNotes::default())
    );
}

#[test]
fn cut_ogg_files_are_refused_and_salvaged() {
    let bytes = file(1, 5, 2).concat();
    for missing in [1, 70, 100] {
        let cut = &bytes[..bytes.len() - missing];
        assert!(read(cut, false).unwrap_err().to_string().contains("--salvage"));
        let (found, notes) = read(cut, true).unwrap();
        assert!(found > 0 && notes.warnings[0].contains("cut"), "{notes:?}");
    }
}

#[test]
fn joined_ogg_files_are_read_whole_or_refused_by_name() {
    let joined = [file(1, 3, 2).concat(), file(2, 4, 2).concat()].concat();
    let (found, notes) = read(&joined, false).unwrap();
    assert_eq!(found, samples(3) + samples(4));
    assert!(notes.warnings[0].contains("joined"), "{notes:?}");
    let other = [file(1, 3, 2).concat(), file(2, 4, 1).concat()].concat();
    assert!(read(&other, false).unwrap_err().to_string().contains("another of 1"));
}

#[test]
fn damaged_pages_become_silence_in_their_place() {
    for lost in [2, 4, 5] {
        let mut pages = file(1, 6, 2);
        pages[lost][30] ^= 1;
        let (found, notes) = read(&pages.concat(), false).unwrap();
        assert_eq!(found, samples(6), "page {lost}");
        assert!(notes.warnings[0].contains("9600 samples"), "{notes:?}");
        pages.remove(lost);
        let (found, notes) = read(&pages.concat(), false).unwrap();
        // Streams may begin late, and then the first page is not missed.
        assert_eq!(found, samples(if lost == 2 { 5 } else { 6 }));
        assert_eq!(notes.warnings.len(), usize::from(lost != 2));
    }
}

#[test]
fn other_codecs_are_named() {
    let speex = page(1, 0, 2, 0, &[b"Speex   1.2"]);
    let error = open_with(Cursor::new(speex), &ReadOptions::default())
        .map(drop)
        .unwrap_err()
        .to_string();
    assert!(error.contains("Speex") && error.contains("--via ffmpeg"), "{error}");
}

#[test]
fn random_damage_of_pages_never_panics() {
    let bytes = file(1, 3, 2).concat();
    for at in (0..bytes.len()).step_by(3) {
        let mut damaged = bytes.clone();
        damaged[at] ^= 1 << (at % 8);
        let options = ReadOptions::default().with_salvage(at % 2 == 0);
        if let Ok(mut source) = open_with(Cursor::new(damaged), &options) {
            let whole = Sound::read_all(&mut *source).is_ok_and(|sound| sound.samples_per_channel() == samples(3));
            assert!(whole || source.notes() != SoundNotes::default(), "byte {at}");
        }
    }
}
