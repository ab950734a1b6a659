//! FLAC files, written here by a simple encoder.

use std::io::Cursor;

use symphonia::core::checksum::{Crc8Ccitt, Crc16Ansi, Md5};
use symphonia::core::io::Monitor;

use crate::Result;
use crate::sound::files::{ReadOptions, open_with};
use crate::sound::{Sound, SoundNotes, SoundSource};

/// Samples of a frame and channel.
pub(in crate::sound::files) const BLOCK: usize = 192;

/// Bits, the highest first.
#[derive(Default)]
struct Writer {
    bytes: Vec<u8>,
    filled: u32,
}

impl Writer {
    fn put(&mut self, value: i64, count: u32) {
        for at in (0..count).rev() {
            if self.filled == 0 {
                self.bytes.push(0);
            }
            let bit = (value >> at & 1) as u8;
            *self.bytes.last_mut().unwrap() |= bit << (7 - self.filled);
            self.filled = (self.filled + 1) % 8;
        }
    }
}

/// A channel of samples, by the way `kind`: constant, verbatim, fixed of order 2 with Rice codes, or predicted.
fn subframe(out: &mut Writer, kind: usize, samples: &[i64], depth: u32) {
    let rice = |out: &mut Writer, residuals: &[i64]| {
        out.put(0, 2);
        out.put(0, 4);
        out.put(5, 4);
        for &residual in residuals {
            let word = residual << 1 ^ residual >> 63;
            (0..word >> 5).for_each(|_| out.put(0, 1));
            out.put(1, 1);
            out.put(word, 5);
        }
    };
    match kind {
        0 => {
            out.put(0, 8);
            out.put(samples[0], depth);
        }
        1 => {
            out.put(1 << 1, 8);
            samples.iter().for_each(|&sample| out.put(sample, depth));
        }
        2 => {
            out.put(10 << 1, 8);
            samples[..2].iter().for_each(|&sample| out.put(sample, depth));
            let residuals: Vec<i64> = (2..samples.len())
                .map(|n| samples[n] - 2 * samples[n - 1] + samples[n - 2])
                .collect();
            rice(out, &residuals);
        }
        _ => {
            out.put(32 << 1, 8);
            out.put(samples[0], depth);
            out.put(9, 4);
            out.put(3, 5);
            out.put(7, 10);
            let residuals: Vec<i64> = (1..samples.len())
                .map(|n| samples[n] - ((samples[n - 1] * 7) >> 3))
                .collect();
            rice(out, &residuals);
        }
    }
}

/// A frame of [`BLOCK`] samples of each channel.
pub(in crate::sound::files) fn frame(number: u8, kind: usize, channels: &[Vec<i64>], depth: u32) -> Vec<u8> {
    let code = |bits: u32| match bits {
        8 => 1,
        16 => 4,
        24 => 6,
        _ => 7,
    };
    let mut out = Writer::default();
    out.bytes.extend([
        0xff,
        0xf8,
        0x65,
        (channels.len() as u8 - 1) << 4 | code(depth) << 1,
        number,
        BLOCK as u8 - 1,
    ]);
    let mut crc = Crc8Ccitt::new(0);
    crc.process_buf_bytes(&out.bytes);
    out.bytes.push(crc.crc());
    channels
        .iter()
        .for_each(|samples| subframe(&mut out, kind, samples, depth));
    let mut crc = Crc16Ansi::new(0);
    crc.process_buf_bytes(&out.bytes);
    out.bytes.extend_from_slice(&crc.crc().to_be_bytes());
    out.bytes
}

/// A file of `frames` frames, and its samples.
fn file(frames: usize, channels: usize, depth: u32, total: Option<u64>) -> (Vec<u8>, Vec<f32>) {
    let (mut body, mut samples, mut md5) = (Vec::new(), Vec::new(), Md5::default());
    for number in 0..frames {
        let kind = number % 4;
        let tone = |at: usize, channel: usize| match kind {
            0 => 77 - channel as i64,
            _ => ((at as f64 * 0.05 + channel as f64).sin() * 100.0) as i64 + (at * 7 % 5) as i64,
        };
        let planar: Vec<Vec<i64>> = (0..channels)
            .map(|channel| (0..BLOCK).map(|at| tone(number * BLOCK + at, channel)).collect())
            .collect();
        body.extend(frame(number as u8, kind, &planar, depth));
        for at in 0..BLOCK {
            for channel in &planar {
                md5.process_buf_bytes(&channel[at].to_le_bytes()[..depth.div_ceil(8) as usize]);
                samples.push((channel[at] as f64 / 2f64.powi(depth as i32 - 1)) as f32);
            }
        }
    }
    let total = total.unwrap_or((frames * BLOCK) as u64);
    let word = 16_000u64 << 44 | (channels as u64 - 1) << 41 | u64::from(depth - 1) << 36 | total;
    let block = (BLOCK as u16).to_be_bytes();
    let parts: [&[u8]; 7] = [
        b"fLaC\x80\0\0\x22",
        &block,
        &block,
        &[0; 6],
        &word.to_be_bytes(),
        &md5.md5(),
        &body,
    ];
    (parts.concat(), samples)
}

fn read(bytes: &[u8], salvage: bool) -> Result<(Vec<f32>, SoundNotes)> {
    let options = ReadOptions::default().with_salvage(salvage);
    let mut source = open_with(Cursor::new(bytes.to_vec()), &options)?;
    let sound = Sound::read_all(&mut *source)?;
    Ok((sound.samples().to_vec(), source.notes()))
}

#[test]
fn every_way_of_coding_is_read_exactly() {
    for (channels, depth) in [(1, 16), (2, 16), (2, 24), (3, 8), (1, 32), (8, 16)] {
        let (bytes, samples) = file(9, channels, depth, None);
        assert_eq!(
            read(&bytes, false).unwrap(),
            (samples, SoundNotes::default()),
            "{channels} channels of {depth} bits"
        );
    }
}

#[test]
fn a_wrong_md5_is_told() {
    let (mut bytes, samples) = file(4, 2, 16, None);
    bytes[8 + 20] ^= 1;
    let (found, notes) = read(&bytes, false).unwrap();
    assert_eq!(found, samples);
    assert!(notes.warnings[0].contains("MD5"), "{notes:?}");
    bytes[8 + 18..8 + 34].fill(0);
    assert_eq!(read(&bytes, false).unwrap().1, SoundNotes::default(), "there is none");
}

#[test]
fn a_damaged_frame_becomes_silence_and_nothing_moves() {
    let (bytes, samples) = file(9, 2, 16, None);
    for at in [200, 1500, 2500] {
        let mut damaged = bytes.clone();
        damaged[at] ^= 4;
        let (found, notes) = read(&damaged, false).unwrap();
        assert_eq!(found.len(), samples.len());
        let different = found.iter().zip(&samples).filter(|(a, b)| a != b).count();
        assert!((1..=2 * BLOCK).contains(&different), "{different}");
        assert!(
            notes.warnings[0].contains("192 samples") && notes.warnings[0].contains("silence"),
            "{notes:?}"
        );
    }
}

#[test]
fn a_cut_file_is_refused_and_salvaged() {
    let (bytes, samples) = file(9, 1, 16, None);
    let (unknown, _) = file(9, 1, 16, Some(0));
    for cut in [
        &bytes[..bytes.len() - 1],
        &bytes[..bytes.len() / 2],
        &unknown[..unknown.len() - 3],
    ] {
        let error = read(cut, false).unwrap_err().to_string();
        assert!(error.contains("--salvage"), "{error}");
        let (found, notes) = read(cut, true).unwrap();
        assert!(!found.is_empty() && found[..] == samples[..found.len()]);
        assert!(notes.warnings[0].contains("cut"), "{notes:?}");
    }
}

#[test]
fn tags_and_junk_around_a_file_are_no_damage() {
    let (bytes, samples) = file(3, 1, 16, None);
    let id3 = b"ID3\x04\0\0\0\0\0\x10TIT2\0\0\0\x02\0\0\x03T\0\0\0\0".to_vec();
    let old = [&b"TAGold"[..], &[0; 121], &[255]].concat();
    for around in [
        [&id3[..], &bytes].concat(),
        [&bytes[..], &old].concat(),
        [&bytes[..], b"junk behind"].concat(),
    ] {
        let (found, notes) = read(&around, false).unwrap();
        assert_eq!(found, samples);
        assert!(notes.warnings.is_empty(), "{notes:?}");
    }
    let cut = [&id3[..], &bytes[..bytes.len() / 2]].concat();
    assert!(read(&cut, false).is_err(), "it is cut behind a tag too");
}

#[test]
fn joined_files_are_read_whole_or_refused_by_name() {
    let (one, mut samples) = file(3, 1, 16, None);
    let (two, more) = file(5, 1, 16, None);
    samples.extend(more);
    let (found, notes) = read(&[&one[..], &two].concat(), false).unwrap();
    assert_eq!(found, samples);
    assert!(notes.warnings[0].contains("joined"), "{notes:?}");
    let (other, _) = file(3, 2, 16, None);
    let error = read(&[&one[..], &other].concat(), false).unwrap_err().to_string();
    assert!(error.contains("2 at 16000 Hz"), "{error}");
}

#[test]
fn random_damage_is_never_silent() {
    let (bytes, samples) = file(6, 2, 16, None);
    for at in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[at] = damaged[at].wrapping_add(1 + (at % 250) as u8);
        if let Ok((found, notes)) = read(&damaged, at % 2 == 0) {
            let whole = found == samples;
            // Sizes of blocks and frames in the header say nothing.
            assert!(whole || notes != SoundNotes::default(), "byte {at}");
        }
        let _ = read(&bytes[..at], true);
    }
}
