//! Tags of every kind, as their formats write them.

use super::*;
use crate::sound::files::tails;

fn of(read: impl FnOnce(&mut Tags, &mut SoundNotes)) -> (Vec<(String, String)>, Vec<String>) {
    let (mut tags, mut notes) = (Tags::default(), SoundNotes::default());
    read(&mut tags, &mut notes);
    let texts = tags
        .entries()
        .map(|(key, text)| (name_of(key), text.to_owned()))
        .collect();
    (texts, notes.lost)
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(key, text)| ((*key).to_owned(), (*text).to_owned()))
        .collect()
}

fn v24_frame(id: &str, body: &[u8]) -> Vec<u8> {
    [id.as_bytes(), &[0, 0, 0, body.len() as u8, 0, 0], body].concat()
}

fn id3(version: u8, flags: u8, frames: &[u8]) -> Vec<u8> {
    let size = [(frames.len() >> 7) as u8, (frames.len() & 127) as u8];
    [&b"ID3"[..], &[version, 0, flags, 0, 0], &size, frames].concat()
}

#[test]
fn id3_has_many_keys_and_several_texts() {
    let frames = [
        v24_frame("TPE1", b"\x03A\0B"),
        v24_frame("TIT2", b"\x01\xff\xfet\0\xed\0"),
        v24_frame("TCON", b"\x00(17)"),
        v24_frame("TXXX", b"\x03REPLAYGAIN_TRACK_GAIN\0-5 dB"),
        v24_frame("COMM", b"\x03eng\0plain"),
        v24_frame("COMM", b"\x03deud\0zweiter"),
        v24_frame("USLT", b"\x03eng\0la\nla"),
        v24_frame("APIC", b"\x03image/png\0\x03\0png"),
        v24_frame("PRIV", b"own\0x"),
    ];
    let tag = id3(4, 0, &frames.concat());
    assert_eq!(id3v2::length(&tag), Some(tag.len() as u64));
    let (texts, lost) = of(|tags, notes| id3v2::read(&tag, tags, notes));
    let expected = [
        ("ARTIST", "A"),
        ("ARTIST", "B"),
        ("TITLE", "tí"),
        ("GENRE", "Rock"),
        ("REPLAYGAIN_TRACK_GAIN", "-5 dB"),
        ("COMMENT", "plain"),
        ("COMMENT:d", "zweiter"),
        ("LYRICS", "la\nla"),
    ];
    assert_eq!(texts, pairs(&expected));
    assert_eq!(
        lost,
        ["cover art (image/png, 16 bytes)", "the ID3 frame PRIV (5 bytes)"]
    );
}

#[test]
fn old_versions_of_id3_are_read() {
    let (texts, _) = of(|tags, notes| id3v2::read(&id3(2, 0, b"TT2\0\0\x06\0Title"), tags, notes));
    assert_eq!(texts, pairs(&[("TITLE", "Title")]));
    let unsynchronised = b"TIT2\0\0\0\x04\0\0\x00a\xff\0b";
    let (texts, _) = of(|tags, notes| id3v2::read(&id3(3, 0x80, unsynchronised), tags, notes));
    assert_eq!(texts, pairs(&[("TITLE", "aÿb")]));
}

#[test]
fn what_is_written_as_id3_comes_back() {
    let mut tags = Tags::default();
    let long = "x".repeat(6000);
    let all = [
        ("TITLE", "one"),
        ("ARTIST", "Первый"),
        ("ARTIST", "Second"),
        ("GENRE", "Jazz"),
        ("COMMENT", &long),
        ("COMMENT", "another"),
        ("LYRICS", "la\nla"),
        ("COMMENT:d", "zwei"),
        ("REPLAYGAIN_TRACK_PEAK", "0.9"),
        ("TRACKNUMBER", "3/12"),
    ];
    all.iter()
        .for_each(|(key, text)| add(&mut tags, key, text, &mut SoundNotes::default()));
    let (texts, lost) = of(|tags_, notes| id3v2::read(&id3v2_write::to_bytes(&tags), tags_, notes));
    let mut expected = pairs(&all);
    let mut found = texts;
    expected.sort();
    found.sort();
    assert_eq!((found, lost), (expected, Vec::new()));
}

#[test]
fn id3v1_tells_track_and_genre() {
    let mut tag = b"TAG".to_vec();
    for (text, bytes) in [("Titel", 30), ("", 30), ("Album", 30), ("1999", 4), ("comm", 28)] {
        tag.extend_from_slice(text.as_bytes());
        tag.resize(tag.len() + bytes - text.len(), 0);
    }
    tag.extend_from_slice(&[0, 5, 17]);
    let (texts, _) = of(|tags, notes| assert!(id3v1::read(&tag, tags, notes)));
    let expected = [
        ("TITLE", "Titel"),
        ("ALBUM", "Album"),
        ("DATE", "1999"),
        ("COMMENT", "comm"),
        ("TRACKNUMBER", "5"),
        ("GENRE", "Rock"),
    ];
    assert_eq!(texts, pairs(&expected));
}

#[test]
fn tags_around_a_sound_are_found_and_the_first_wins() {
    let item = |key: &str, text: &str| {
        [
            &(text.len() as u32).to_le_bytes()[..],
            &[0; 4],
            key.as_bytes(),
            &[0],
            text.as_bytes(),
        ]
        .concat()
    };
    let items = [item("Title", "ape"), item("Mood", "good")].concat();
    let footer = |size: usize| {
        let numbers = [2000, size as u32 + 32, 2, 0].map(u32::to_le_bytes).concat();
        [&b"APETAGEX"[..], &numbers, &[0; 8]].concat()
    };
    let old = [&b"TAGold"[..], &[0; 121], &[255]].concat();
    let bytes = [
        id3(4, 0, &v24_frame("TIT2", b"\x03new")),
        vec![7; 50],
        items.clone(),
        footer(items.len()),
        old,
    ]
    .concat();
    let mut input =
        std::io::BufReader::new(Box::new(std::io::Cursor::new(bytes)) as Box<dyn crate::sound::files::MediaSource>);
    let bounds = tails::bounds(&mut input).unwrap();
    assert_eq!((bounds.start, bounds.end), (10 + 14, 10 + 14 + 50));
    let texts: Vec<_> = bounds
        .tags
        .entries()
        .map(|(key, text)| (name_of(key), text.to_owned()))
        .collect();
    assert_eq!(texts, pairs(&[("TITLE", "new"), ("MOOD", "good")]));
}

#[test]
fn vorbis_comments_keep_every_value() {
    let comment = |text: &str| [&(text.len() as u32).to_le_bytes()[..], text.as_bytes()].concat();
    let texts = [
        "ARTIST=a",
        "artist=b",
        "TRACKNUMBER=3",
        "MY KEY=x=y",
        "METADATA_BLOCK_PICTURE=AAAA",
        "TITLE= ",
    ];
    let block = [
        vec![0; 4],
        (texts.len() as u32).to_le_bytes().to_vec(),
        texts.map(comment).concat(),
    ]
    .concat();
    let (found, lost) = of(|tags, notes| vorbis::read(&block, tags, notes));
    let expected = [
        ("ARTIST", "a"),
        ("ARTIST", "b"),
        ("TRACKNUMBER", "3"),
        ("MY KEY", "x=y"),
    ];
    assert_eq!((found, lost.len()), (pairs(&expected), 1));
    let mut notes = SoundNotes::default();
    vorbis::read(&block[..20], &mut Tags::default(), &mut notes);
    assert_eq!(notes.warnings.len(), 1, "cut comments are told");
}

#[test]
fn items_of_mp4_become_tags() {
    let a_box = |id: &[u8], body: &[u8]| [&(body.len() as u32 + 8).to_be_bytes()[..], id, body].concat();
    let data = |kind: u32, value: &[u8]| a_box(b"data", &[&kind.to_be_bytes()[..], &[0; 4], value].concat());
    let own = [
        a_box(b"mean", b"\0\0\0\0com.apple"),
        a_box(b"name", b"\0\0\0\0iTunSMPB"),
        data(1, b" 0 840 1"),
    ]
    .concat();
    let list = [
        a_box(b"\xa9nam", &data(1, b"T")),
        a_box(b"trkn", &data(0, &[0, 0, 0, 4, 0, 9, 0, 0])),
        a_box(b"----", &own),
        a_box(b"covr", &data(14, b"png")),
    ];
    let mut gapless = None;
    let (texts, lost) = of(|tags, notes| gapless = ilst::read(&list.concat(), tags, notes));
    assert_eq!(
        texts,
        pairs(&[("TITLE", "T"), ("TRACKNUMBER", "4"), ("TRACKTOTAL", "9")])
    );
    assert_eq!((gapless.as_deref(), lost.len()), (Some(" 0 840 1"), 1));
}
