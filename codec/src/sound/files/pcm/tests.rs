//! Files of plain samples as programs write them, whole, cut, and of unknown length.

use std::io::Cursor;

use crate::Result;
use crate::sound::files::{ReadOptions, open_with};
use crate::sound::{Sound, SoundNotes, SoundSource, Tag};

const SAMPLES: usize = 300;

/// A WAV file by hand.
struct Wav {
    start: [u8; 4],
    /// Chunks before the samples, the format chunk among them.
    before: Vec<u8>,
    stated: u32,
    data: Vec<u8>,
    after: Vec<u8>,
}

fn chunk(id: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let mut out = [&id[..], &(content.len() as u32).to_le_bytes(), content].concat();
    out.resize(out.len().next_multiple_of(2), 0);
    out
}

fn format(kind: u16, channels: u16, bits: u16) -> Vec<u8> {
    let frame = channels * bits / 8;
    let rate = 16_000u32.to_le_bytes();
    [
        &kind.to_le_bytes()[..],
        &channels.to_le_bytes(),
        &rate,
        &[0; 4],
        &frame.to_le_bytes(),
        &bits.to_le_bytes(),
    ]
    .concat()
}

fn extensible(channels: u16, bits: u16, valid: u16, mask: u32) -> Vec<u8> {
    let id = *b"\x01\x00\x00\x00\x00\x00\x10\x00\x80\x00\x00\xaa\x00\x38\x9b\x71";
    [
        &format(0xfffe, channels, bits)[..],
        &22u16.to_le_bytes(),
        &valid.to_le_bytes(),
        &mask.to_le_bytes(),
        &id,
    ]
    .concat()
}

/// Noise that is the same at every call.
fn noise(count: usize) -> Vec<i32> {
    let mut state = 7u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state as i32) >> 1
    };
    (0..count).map(|_| next()).collect()
}

fn sixteen(count: usize) -> Vec<u8> {
    noise(count)
        .iter()
        .flat_map(|sample| ((sample >> 16) as i16).to_le_bytes())
        .collect()
}

impl Wav {
    fn new() -> Self {
        let data = sixteen(SAMPLES);
        Self {
            start: *b"RIFF",
            before: chunk(b"fmt ", &format(1, 1, 16)),
            stated: data.len() as u32,
            data,
            after: Vec::new(),
        }
    }

    fn bytes(&self) -> Vec<u8> {
        let parts: [&[u8]; 8] = [
            &self.start,
            &u32::MAX.to_le_bytes(),
            b"WAVE",
            &self.before,
            b"data",
            &self.stated.to_le_bytes(),
            &self.data,
            &self.after,
        ];
        parts.concat()
    }

    fn read(&self) -> Result<(Sound, SoundNotes, Option<u32>)> {
        read(&self.bytes(), false)
    }
}

fn read(bytes: &[u8], salvage: bool) -> Result<(Sound, SoundNotes, Option<u32>)> {
    let options = ReadOptions::default().with_salvage(salvage);
    let mut source = open_with(Cursor::new(bytes.to_vec()), &options)?;
    let sound = Sound::read_all(&mut *source)?;
    Ok((sound, source.notes(), source.channel_mask()))
}

fn expected(count: usize) -> Vec<f32> {
    noise(count)
        .iter()
        .map(|sample| (sample >> 16) as f32 / 32_768.0)
        .collect()
}

#[test]
fn a_wav_file_of_unknown_length_is_read_to_its_end_with_a_warning() {
    for stated in [0, u32::MAX, 0x7fff_ffff, 0x7fff_0000, 0x8000_0000, 0xffff_ff00] {
        let wav = Wav { stated, ..Wav::new() };
        let (sound, notes, _) = wav.read().unwrap();
        assert_eq!(sound.samples(), expected(SAMPLES), "{stated:#x}");
        assert_eq!(notes.warnings.len(), 1, "{notes:?}");
    }
}

#[test]
fn a_wav_file_without_samples_is_whole() {
    let mut wav = Wav {
        stated: 0,
        data: Vec::new(),
        ..Wav::new()
    };
    assert_eq!(wav.read().unwrap().0.samples().len(), 0);
    wav.after = chunk(b"LIST", b"INFOINAM\x02\0\0\0a\0");
    let (sound, notes, _) = wav.read().unwrap();
    assert_eq!((sound.samples().len(), sound.tags().get(Tag::Title)), (0, Some("a")));
    assert_eq!(notes, SoundNotes::default());
}

#[test]
fn a_cut_wav_file_is_refused_and_salvaged() {
    let whole = Wav::new().bytes();
    for missing in [1, 2, 3, 200, 2 * SAMPLES - 1] {
        let cut = &whole[..whole.len() - missing];
        let error = read(cut, false).map(drop).unwrap_err().to_string();
        assert!(error.contains("--salvage") && error.contains("ends early"), "{error}");
        let (sound, notes, _) = read(cut, true).unwrap();
        let left = SAMPLES - missing.div_ceil(2);
        assert_eq!(sound.samples(), expected(left), "{missing}");
        assert!(notes.warnings[0].contains("it is cut"), "{notes:?}");
    }
}

#[test]
fn large_kinds_of_wav_state_their_length_elsewhere() {
    for start in [b"RF64", b"BW64"] {
        let sizes = [0u64, 2 * SAMPLES as u64, SAMPLES as u64]
            .map(u64::to_le_bytes)
            .concat();
        let before = [chunk(b"ds64", &[sizes, vec![0; 4]].concat()), Wav::new().before].concat();
        let after = chunk(b"LIST", b"INFOINAM\x02\0\0\0a\0");
        let wav = Wav {
            start: *start,
            before,
            after,
            stated: u32::MAX,
            ..Wav::new()
        };
        let (sound, notes, _) = wav.read().unwrap();
        assert_eq!(
            (sound.samples(), sound.tags().get(Tag::Title)),
            (&expected(SAMPLES)[..], Some("a"))
        );
        assert_eq!(notes, SoundNotes::default());
        let bytes = wav.bytes();
        assert!(read(&bytes[..200], false).is_err(), "it is cut");
    }
}

#[test]
fn w64_and_rifx_are_read() {
    let id = |id: &[u8; 4]| [&id[..], b"\xf3\xac\xd3\x11\x8c\xd1\x00\xc0\x4f\x8e\xdb\x8a"].concat();
    let wide = |name: &[u8; 4], content: &[u8]| {
        let mut out = [&id(name)[..], &(content.len() as u64 + 24).to_le_bytes(), content].concat();
        out.resize(out.len().next_multiple_of(8), 0);
        out
    };
    let start = [&super::W64_START[..], &[0; 8], &id(b"wave")].concat();
    let w64 = [
        start,
        wide(b"fmt ", &format(1, 1, 16)),
        wide(b"data", &sixteen(SAMPLES)),
    ]
    .concat();
    assert_eq!(read(&w64, false).unwrap().0.samples(), expected(SAMPLES));
    assert!(read(&w64[..w64.len() - 100], false).is_err(), "it is cut");
    let big = |words: &[u16]| words.iter().flat_map(|word| word.to_be_bytes()).collect::<Vec<_>>();
    let head = big(&[1, 1, 0, 16_000, 0, 32_000, 2, 16]);
    let data: Vec<u8> = sixteen(SAMPLES).chunks(2).flat_map(|pair| [pair[1], pair[0]]).collect();
    let parts: [&[u8]; 6] = [
        b"RIFX\0\0\0\0WAVEfmt \0\0\0\x10",
        &head,
        b"data",
        &(data.len() as u32).to_be_bytes(),
        &data,
        &[],
    ];
    assert_eq!(read(&parts.concat(), false).unwrap().0.samples(), expected(SAMPLES));
}

#[test]
fn valid_bits_at_the_top_of_larger_samples_are_read() {
    for (bytes, valid) in [(4usize, 24u16), (4, 20), (3, 20), (2, 12), (2, 0), (4, 32), (3, 24)] {
        let kept = if valid == 0 { 16 } else { u32::from(valid) };
        let samples: Vec<i32> = noise(SAMPLES)
            .iter()
            .map(|sample| sample >> (32 - kept) << (32 - kept))
            .collect();
        let data: Vec<u8> = samples
            .iter()
            .flat_map(|sample| sample.to_le_bytes()[4 - bytes..].to_vec())
            .collect();
        let before = chunk(b"fmt ", &extensible(1, 8 * bytes as u16, valid, 4));
        let (sound, ..) = Wav {
            before,
            stated: data.len() as u32,
            data,
            ..Wav::new()
        }
        .read()
        .unwrap();
        let expected: Vec<f32> = samples.iter().map(|&sample| sample as f32 / 2f32.powi(31)).collect();
        assert_eq!(sound.samples(), expected, "{valid} bits in {bytes} bytes");
    }
}

#[test]
fn channel_masks_are_read() {
    for (channels, mask) in [
        (3, 0xb),
        (4, 0),
        (7, 0x70f),
        (8, 0xff),
        (2, 0x30),
        (12, 0x2d63f),
        (18, 0x3ffff),
    ] {
        let data = sixteen(channels * 10);
        let before = chunk(b"fmt ", &extensible(channels as u16, 16, 16, mask));
        let wav = Wav {
            before,
            stated: data.len() as u32,
            data,
            ..Wav::new()
        };
        assert_eq!(wav.read().unwrap().2, Some(mask));
    }
    assert_eq!(Wav::new().read().unwrap().2, None);
}

#[test]
fn chunks_are_kept_or_named() {
    let mut wav = Wav::new();
    wav.after = [
        chunk(b"bext", &[1; 602]),
        chunk(b"cue ", &[2; 28]),
        chunk(b"iXML", b"<x/>"),
        chunk(b"big ", &[3; 70_000]),
        chunk(b"JUNK", &[0; 100]),
        chunk(b"data", &[0; 20]),
        b"tail of no use".to_vec(),
    ]
    .concat();
    let (sound, notes, _) = wav.read().unwrap();
    let keys: Vec<&str> = sound.tags().entries().map(|(key, _)| key.name()).collect();
    assert_eq!(keys, ["riff:bext", "riff:cue ", "riff:iXML"]);
    let lost = [
        "the chunk big (70000 bytes)",
        "a second chunk of samples (20 bytes)",
        "14 bytes behind the last chunk",
    ];
    assert_eq!(notes.lost, lost);
    let spec = sound.spec();
    let writer = crate::sound::files::WavWriter::new(Vec::new(), spec, 0, sound.tags()).unwrap();
    let written = writer.finish().unwrap().0;
    let again = read(&written, false).unwrap().0;
    assert_eq!(again.tags(), sound.tags(), "chunks come back");
}

#[test]
fn chunks_without_padding_are_found() {
    let odd = [&b"note\x03\0\0\0"[..], b"odd"].concat();
    let wav = Wav {
        before: [odd, Wav::new().before].concat(),
        ..Wav::new()
    };
    assert_eq!(wav.read().unwrap().0.samples(), expected(SAMPLES));
}

#[test]
fn every_tag_comes_back_through_a_wav_file() {
    let mut source = Wav::new();
    let list = [
        &b"INFO"[..],
        b"IGNR\x05\0\0\0Rock\0\0",
        b"IENG\x02\0\0\0E\0",
        b"ISFT\x02\0\0\0x\0",
    ]
    .concat();
    source.after = chunk(b"LIST", &list);
    let (sound, ..) = source.read().unwrap();
    let keys: Vec<&str> = sound.tags().entries().map(|(key, _)| key.name()).collect();
    assert_eq!(keys, ["GENRE", "ENGINEER", "ENCODER"]);
}

#[test]
fn damage_of_plain_files_never_panics() {
    let files = [
        Wav::new().bytes(),
        aiff(b"AIFF", b"", 16, &sixteen(20), 20),
        au(3, 40, &sixteen(20)),
    ];
    for bytes in files {
        for at in 0..bytes.len() {
            for flip in [1, 0x80, 0xff] {
                let mut damaged = bytes.clone();
                damaged[at] ^= flip;
                let _ = read(&damaged, at % 2 == 0);
                let _ = read(&bytes[..at], true);
            }
        }
    }
}

/// An AIFF file of 16 kHz and one channel.
fn aiff(kind: &[u8; 4], compression: &[u8], bits: u16, data: &[u8], frames: u32) -> Vec<u8> {
    let big = |id: &[u8; 4], content: &[u8]| [&id[..], &(content.len() as u32).to_be_bytes(), content].concat();
    let common = [
        &1u16.to_be_bytes()[..],
        &frames.to_be_bytes(),
        &bits.to_be_bytes(),
        b"\x40\x0c\xfa\0\0\0\0\0\0\0",
        compression,
    ];
    let sound = [&[0; 8], data].concat();
    [
        &b"FORM\0\0\0\0"[..],
        kind,
        &big(b"COMM", &common.concat()),
        &big(b"SSND", &sound),
        &big(b"NAME", b"name"),
    ]
    .concat()
}

#[test]
fn aiff_of_many_kinds_is_read() {
    let samples = noise(SAMPLES);
    let big = |bytes: usize| {
        samples
            .iter()
            .flat_map(|sample| sample.to_be_bytes()[..bytes].to_vec())
            .collect::<Vec<u8>>()
    };
    let exact = |bits: u32| {
        samples
            .iter()
            .map(|sample| (sample >> (32 - bits)) as f32 / 2f32.powi(bits as i32 - 1))
            .collect::<Vec<f32>>()
    };
    let swapped: Vec<u8> = big(2).chunks(2).flat_map(|pair| [pair[1], pair[0]]).collect();
    let floats: Vec<u8> = exact(16).iter().flat_map(|sample| sample.to_be_bytes()).collect();
    type Case<'a> = (&'a [u8; 4], &'a [u8], u16, Vec<u8>, u32);
    let cases: [Case; 6] = [
        (b"AIFF", b"", 8, big(1), 8),
        (b"AIFF", b"", 16, big(2), 16),
        (b"AIFF", b"", 24, big(3), 24),
        (b"AIFC", b"NONE\0\0", 16, big(2), 16),
        (b"AIFC", b"sowt\0\0", 16, swapped, 16),
        (b"AIFC", b"fl32\0\0", 32, floats, 16),
    ];
    for (kind, compression, bits, data, exact_bits) in cases {
        let bytes = aiff(kind, compression, bits, &data, SAMPLES as u32);
        let (sound, notes, _) = read(&bytes, false).unwrap();
        assert_eq!(sound.samples(), exact(exact_bits), "{compression:?} {bits}");
        assert_eq!(
            (sound.tags().get(Tag::Title), notes),
            (Some("name"), SoundNotes::default())
        );
        assert_eq!(sound.spec().rate, 16_000);
    }
    let cut = aiff(b"AIFF", b"", 16, &big(2), SAMPLES as u32);
    assert!(read(&cut[..300], false).unwrap_err().to_string().contains("--salvage"));
    assert_eq!(read(&cut[..300], true).unwrap().1.warnings.len(), 1);
    let packed = aiff(b"AIFC", b"ima4\0\0", 16, &[0; 34], 64);
    assert!(read(&packed, false).unwrap_err().to_string().contains("ima4"));
}

/// An AU file of 16 kHz and one channel.
fn au(kind: u32, size: u32, data: &[u8]) -> Vec<u8> {
    let numbers = [28, size, kind, 16_000, 1].map(u32::to_be_bytes).concat();
    [&b".snd"[..], &numbers, b"text", data].concat()
}

#[test]
fn au_and_caf_are_read() {
    let data: Vec<u8> = sixteen(SAMPLES).chunks(2).flat_map(|pair| [pair[1], pair[0]]).collect();
    for size in [data.len() as u32, u32::MAX] {
        let (sound, ..) = read(&au(3, size, &data), false).unwrap();
        assert_eq!(
            (sound.samples(), sound.tags().get(Tag::Comment)),
            (&expected(SAMPLES)[..], Some("text"))
        );
    }
    assert!(read(&au(3, 10_000, &data), false).is_err());
    let numbers = [28, data.len() as u32, 3, 16_000, 1].map(u32::to_le_bytes).concat();
    let little = [&b"dns."[..], &numbers, b"text", &sixteen(SAMPLES)].concat();
    assert_eq!(read(&little, false).unwrap().0.samples(), expected(SAMPLES));
    let (law, ..) = read(&au(27, 1, &[0xaa]), false).unwrap();
    assert_eq!(law.samples(), [32_256.0 / 32_768.0]);
    let desc = [
        &16_000f64.to_be_bytes()[..],
        b"lpcm",
        &[0u32, 2, 1, 1, 16].map(u32::to_be_bytes).concat(),
    ]
    .concat();
    for size in [data.len() as u64 + 4, u64::MAX] {
        let caf = [
            &b"caff\0\x01\0\0desc"[..],
            &32u64.to_be_bytes(),
            &desc,
            b"data",
            &size.to_be_bytes(),
            &[0; 4],
            &data,
        ]
        .concat();
        assert_eq!(read(&caf, false).unwrap().0.samples(), expected(SAMPLES));
    }
}
