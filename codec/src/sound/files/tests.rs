//! Files of every format, whole and damaged.

use std::process::Command;

use super::*;
use crate::CodecError;
use crate::sound::{SampleFormat, Sound, SoundSpec, Tag, Tags};

fn spec(rate: u32, channels: u16, format: SampleFormat) -> SoundSpec {
    SoundSpec { rate, channels, format }
}

/// Samples that every integer format holds.
fn samples(count: usize) -> Vec<f32> {
    (0..count).map(|at| ((at * 37 % 255) as f32 - 127.0) / 128.0).collect()
}

fn tags() -> Tags {
    Tag::ALL
        .into_iter()
        .map(|tag| (tag, format!("the {} – ünï", tag.name())))
        .collect()
}

fn wav(spec: SoundSpec, samples: &[f32], tags: &Tags) -> Vec<u8> {
    let length = (samples.len() / usize::from(spec.channels)) as u64;
    let mut writer = WavWriter::new(Vec::new(), spec, length, tags).unwrap();
    samples.chunks(5).for_each(|piece| writer.write(piece).unwrap());
    let (bytes, count) = writer.finish().unwrap();
    assert_eq!(bytes.len() as u64, count);
    bytes
}

fn read(bytes: &[u8]) -> Result<Sound> {
    Sound::read_all(&mut *open_bytes(bytes.to_vec())?)
}

#[test]
fn wav_files_come_back() {
    use SampleFormat::{Float32, Int8, Int16, Int24, Int32};
    for format in [Int8, Int16, Int24, Int32, Float32] {
        for (rate, channels, length) in [(8000, 1, 0), (44_100, 2, 9), (192_000, 6, 7), (48_000, 1, 3)] {
            let spec = spec(rate, channels, format);
            let samples = samples(length * usize::from(channels));
            for tags in [Tags::default(), tags()] {
                let bytes = wav(spec, &samples, &tags);
                assert_eq!(
                    u32::from_le_bytes([bytes[4], bytes[5], bytes[6], bytes[7]]) as usize,
                    bytes.len() - 8
                );
                let sound = read(&bytes).unwrap();
                assert_eq!(
                    (sound.spec(), sound.samples(), sound.tags()),
                    (spec, &samples[..], &tags)
                );
            }
        }
    }
}

#[test]
fn the_library_and_our_writer_agree() {
    for (bits, format) in [
        (8, SampleFormat::Int8),
        (16, SampleFormat::Int16),
        (24, SampleFormat::Int24),
        (32, SampleFormat::Int32),
    ] {
        let theirs = hound::WavSpec {
            channels: 2,
            sample_rate: 22_050,
            bits_per_sample: bits,
            sample_format: hound::SampleFormat::Int,
        };
        let mut bytes = Cursor::new(Vec::new());
        let mut writer = hound::WavWriter::new(&mut bytes, theirs).unwrap();
        for sample in samples(100) {
            writer
                .write_sample((f64::from(sample) * format.scale()) as i32)
                .unwrap();
        }
        writer.finalize().unwrap();
        let sound = read(bytes.get_ref()).unwrap();
        assert_eq!(sound.spec(), spec(22_050, 2, format));
        assert_eq!(sound.samples(), samples(100));
        let ours = wav(sound.spec(), sound.samples(), &Tags::default());
        let mut again = hound::WavReader::new(&ours[..]).unwrap();
        assert_eq!(again.spec(), theirs);
        let all = |bytes: &[u8]| -> Vec<i32> {
            let mut reader = hound::WavReader::new(bytes).unwrap();
            reader.samples().map(std::result::Result::unwrap).collect()
        };
        assert_eq!(again.samples::<i32>().count(), 100);
        assert_eq!(all(&ours), all(bytes.get_ref()));
    }
}

#[test]
fn a_file_from_a_pipe_has_no_length_and_is_read_to_its_end() {
    let spec = spec(8000, 1, SampleFormat::Int16);
    let mut bytes = wav(spec, &samples(100), &Tags::default());
    let at = bytes.len() - 204;
    bytes[at..at + 4].copy_from_slice(&u32::MAX.to_le_bytes());
    assert_eq!(read(&bytes).unwrap().samples(), samples(100));
    bytes.pop();
    assert_eq!(read(&bytes).unwrap().samples(), samples(99), "half a sample is none");
}

#[test]
fn damaged_wav_files_are_refused() {
    let good = wav(spec(8000, 2, SampleFormat::Int16), &samples(60), &tags());
    for cut in 0..good.len() {
        if let Ok(mut source) = open_bytes(good[..cut].to_vec()) {
            assert!(Sound::read_all(&mut *source).is_err(), "{cut} bytes");
        }
    }
    for at in 0..good.len() {
        for flip in [1, 0x80, 0xff] {
            let mut bytes = good.clone();
            bytes[at] ^= flip;
            let _ = read(&bytes);
        }
    }
    for (rate, channels) in [(7999, 1), (192_001, 1), (0, 1), (8000, 0), (8000, 256)] {
        let odd = wav_of(rate, channels);
        assert!(
            matches!(read(&odd), Err(CodecError::Unsupported(_) | CodecError::Media { .. })),
            "{rate} {channels}"
        );
    }
    let error = read(b"GIF89a").unwrap_err().to_string();
    assert!(error.contains("unknown format") && error.contains("FLAC"), "{error}");
}

#[test]
fn files_of_4_gib_and_more_are_rf64() {
    let spec = spec(48_000, 2, SampleFormat::Int16);
    for (samples, long) in [(1 << 29, false), (1 << 30, true), (1 << 40, true)] {
        let mut head = Vec::new();
        WavWriter::new(&mut head, spec, samples, &tags()).unwrap();
        assert_eq!((&head[..4] == b"RF64", head[4..8] == [0xff; 4]), (long, long));
        if long {
            let number = |at: usize| u64::from_le_bytes(head[at..at + 8].try_into().unwrap());
            assert_eq!(&head[12..20], b"ds64\x1c\0\0\0");
            let data_bytes = samples * 4;
            assert_eq!(
                [number(20), number(28), number(36)],
                [head.len() as u64 - 8 + data_bytes, data_bytes, samples]
            );
            assert_eq!(head[head.len() - 8..], *b"data\xff\xff\xff\xff");
        }
    }
}

#[test]
fn channel_masks_come_back() {
    for (channels, mask) in [
        (1, 1),
        (2, 0x30),
        (3, 0xb),
        (4, 0),
        (7, 0x13f),
        (8, 0xff),
        (18, 0x3ffff),
    ] {
        let spec = spec(8000, channels, SampleFormat::Int16);
        let mut writer = WavWriter::with_mask(Vec::new(), spec, Some(mask), 1, &Tags::default()).unwrap();
        writer.write(&samples(usize::from(channels))).unwrap();
        let bytes = writer.finish().unwrap().0;
        assert_eq!(
            open_bytes(bytes).unwrap().channel_mask(),
            Some(mask),
            "{channels} channels"
        );
    }
}

/// A file of no samples whose format chunk says so.
fn wav_of(rate: u32, channels: u16) -> Vec<u8> {
    let spec = spec(rate, channels, SampleFormat::Int16);
    WavWriter::new(Vec::new(), spec, 0, &Tags::default())
        .unwrap()
        .finish()
        .unwrap()
        .0
}

/// A second of two tones, encoded by a program; `None` where there is no such program.
fn encoded(arguments: &[&str], ending: &str) -> Option<Vec<u8>> {
    let folder = tempfile::tempdir().ok()?;
    let (input, output) = (
        folder.path().join("in.wav"),
        folder.path().join("out").with_extension(ending),
    );
    let tone = |at: usize| [0.02f32, 0.05].map(|step| 0.4 * (at as f32 * step).sin());
    let samples: Vec<f32> = (0..44_100).flat_map(tone).collect();
    let bytes = wav(spec(44_100, 2, SampleFormat::Int16), &samples, &tags());
    std::fs::write(&input, bytes).ok()?;
    let mut command = Command::new("ffmpeg");
    command
        .args(["-loglevel", "error", "-i"])
        .arg(&input)
        .args(arguments)
        .arg(&output);
    command.status().ok().filter(|status| status.success())?;
    std::fs::read(&output).ok()
}

/// Samples of all channels in turn, as an installed ffmpeg reads them.
fn by_ffmpeg(bytes: &[u8], ending: &str) -> Option<Vec<f32>> {
    let folder = tempfile::tempdir().ok()?;
    let input = folder.path().join("in").with_extension(ending);
    std::fs::write(&input, bytes).ok()?;
    let mut command = Command::new("ffmpeg");
    command.args(["-loglevel", "error", "-i"]).arg(&input);
    let output = command
        .args(["-map", "0:a:0", "-f", "f32le", "-c:a", "pcm_f32le", "-"])
        .output()
        .ok()?;
    let (samples, _) = output.stdout.as_chunks::<4>();
    Some(samples.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())
}

/// Formats as ffmpeg writes them: its arguments, an ending, and how far samples may be off.
const SIBLINGS: [(&[&str], &str, f32); 30] = [
    (&["-c:a", "pcm_u8"], "wav", 0.0),
    (&["-c:a", "pcm_s16le"], "wav", 0.0),
    (&["-c:a", "pcm_s24le"], "wav", 0.0),
    (&["-c:a", "pcm_s32le"], "wav", 0.0),
    (&["-c:a", "pcm_f32le"], "wav", 0.0),
    (&["-c:a", "pcm_f64le"], "wav", 0.0),
    (&["-c:a", "pcm_alaw"], "wav", 0.0),
    (&["-c:a", "pcm_mulaw"], "wav", 0.0),
    (&["-c:a", "pcm_s16le", "-rf64", "always"], "wav", 0.0),
    (&["-c:a", "pcm_s24le"], "w64", 0.0),
    (&["-c:a", "pcm_s8"], "aiff", 0.0),
    (&["-c:a", "pcm_s16be"], "aiff", 0.0),
    (&["-c:a", "pcm_s24be"], "aiff", 0.0),
    (&["-c:a", "pcm_s16le"], "aiff", 0.0),
    (&["-c:a", "pcm_s16le"], "caf", 0.0),
    (&["-c:a", "pcm_f32be"], "caf", 0.0),
    (&["-c:a", "pcm_s16be"], "au", 0.0),
    (&["-c:a", "flac"], "flac", 0.0),
    (&["-c:a", "flac", "-sample_fmt", "s32"], "flac", 0.0),
    (&["-c:a", "flac"], "oga", 0.0),
    (&["-c:a", "flac"], "mka", 0.0),
    (&["-c:a", "alac"], "m4a", 0.0),
    (&["-c:a", "pcm_s16le"], "mov", 0.0),
    (&["-c:a", "pcm_s16le"], "mkv", 0.0),
    (&["-c:a", "libmp3lame"], "mp3", 1e-3),
    (&["-c:a", "libmp3lame", "-q:a", "2", "-write_xing", "0"], "mp3", 1e-3),
    (&["-c:a", "mp2"], "mp2", 1e-3),
    (&["-c:a", "aac"], "m4a", 1e-3),
    (&["-c:a", "aac"], "aac", 1e-3),
    (&["-c:a", "aac"], "mkv", 1e-3),
];

#[test]
fn all_siblings_are_as_ffmpeg_reads_them() {
    let mut compared = 0;
    for (arguments, ending, most) in SIBLINGS {
        for shape in [&[][..], &["-ac", "1", "-ar", "22050"]] {
            let arguments = [arguments, shape].concat();
            let Some(bytes) = encoded(&arguments, ending) else {
                continue;
            };
            let Some(theirs) = by_ffmpeg(&bytes, ending) else {
                continue;
            };
            let ours = read(&bytes).unwrap_or_else(|error| panic!("{arguments:?} {ending}: {error}"));
            assert_eq!(ours.samples().len(), theirs.len(), "{arguments:?} {ending}");
            let worst = ours
                .samples()
                .iter()
                .zip(&theirs)
                .map(|(a, b)| (a - b).abs())
                .fold(0.0, f32::max);
            assert!(worst <= most, "{arguments:?} {ending}: {worst}");
            compared += 1;
        }
    }
    if compared == 0 {
        eprintln!("skipped: there is no program ffmpeg");
    }
}

#[test]
fn compressed_files_are_read() {
    let cases: [(&[&str], &str, bool); 6] = [
        (&["-c:a", "flac"], "flac", true),
        (&["-c:a", "flac", "-sample_fmt", "s32"], "flac", true),
        (&["-c:a", "libvorbis"], "ogg", false),
        (&["-c:a", "libmp3lame"], "mp3", true),
        (&["-c:a", "aac"], "m4a", false),
        (&["-c:a", "aac"], "aac", false),
    ];
    for (arguments, ending, exact) in cases {
        let Some(bytes) = encoded(arguments, ending) else {
            continue;
        };
        let sound = read(&bytes).unwrap();
        assert_eq!((sound.spec().rate, sound.spec().channels), (44_100, 2), "{ending}");
        let length = sound.samples_per_channel();
        assert!(
            if exact {
                length == 44_100
            } else {
                length.abs_diff(44_100) < 4096
            },
            "{ending}: {length}"
        );
        if ending != "aac" {
            assert_eq!(sound.tags().get(Tag::Artist), Some("the artist – ünï"), "{ending}");
        }
        if ending == "flac" {
            assert_eq!(
                sound.samples()[9],
                sound.spec().format.rounded(0.4 * (4.0f32 * 0.05).sin())
            );
            let cut = read(&bytes[..bytes.len() / 2]);
            assert!(matches!(cut, Err(CodecError::Media { .. })), "a cut file is found");
        }
        for at in (0..bytes.len()).step_by(bytes.len() / 60) {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0x55;
            let _ = read(&damaged);
            let _ = read(&bytes[..at]);
        }
    }
}
