//! Samples without a header: what they are must be told.

use super::{Encoding, Layout, Plain, PlainSource, whole_frames};
use crate::error::Result;
use crate::sound::files::SoundFormat;
use crate::sound::files::input::{Input, length_of};
use crate::sound::{SoundNotes, Tags};

const FILE: SoundFormat = SoundFormat::Raw;

/// How samples without a header are coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RawFormat {
    encoding: Encoding,
    bytes: usize,
    big: bool,
}

impl RawFormat {
    /// The names of all formats: signed and unsigned integers and floats with their bits and the order of their bytes,
    /// and the two laws of telephones.
    pub const NAMES: [&str; 14] = [
        "u8", "s8", "s16le", "s16be", "s24le", "s24be", "s32le", "s32be", "f32le", "f32be", "f64le", "f64be", "alaw",
        "mulaw",
    ];

    /// The format of a name; `None` if it is none of [`Self::NAMES`].
    pub fn named(name: &str) -> Option<Self> {
        let (kind, big) = match name.strip_suffix("be") {
            Some(kind) => (kind, true),
            None => (name.strip_suffix("le").unwrap_or(name), false),
        };
        let (encoding, bytes) = match kind {
            "u8" => (Encoding::Unsigned, 1),
            "s8" => (Encoding::Signed, 1),
            "s16" => (Encoding::Signed, 2),
            "s24" => (Encoding::Signed, 3),
            "s32" => (Encoding::Signed, 4),
            "f32" => (Encoding::Float, 4),
            "f64" => (Encoding::Float, 8),
            "alaw" => (Encoding::Alaw, 1),
            "mulaw" => (Encoding::Mulaw, 1),
            _ => return None,
        };
        let found = Self { encoding, bytes, big };
        Self::NAMES.contains(&name).then_some(found)
    }
}

/// What a file of samples without a header holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RawSound {
    /// How its samples are coded.
    pub format: RawFormat,
    /// Samples a second of each channel.
    pub rate: u32,
    /// Channels, whose samples come in turn.
    pub channels: u16,
}

/// Opens samples without a header.
///
/// # Errors
/// `Io`, `Media` when there are no channels.
pub(in crate::sound::files) fn open(mut input: Input, raw: RawSound) -> Result<PlainSource> {
    if raw.channels == 0 {
        return Err(FILE.error("it has no channels"));
    }
    let layout = Layout {
        encoding: raw.format.encoding,
        bytes: raw.format.bytes,
        big: raw.format.big,
        rate: raw.rate,
        channels: raw.channels,
    };
    let (bytes, mut notes) = (length_of(&mut input)?, SoundNotes::default());
    let plain = Plain {
        length: whole_frames(&layout, bytes, &mut notes),
        layout,
        offset: 0,
        mask: None,
        tags: Tags::default(),
        notes,
    };
    PlainSource::new(FILE, input, plain)
}

#[cfg(test)]
mod unit {
    use std::io::Cursor;

    use super::*;
    use crate::sound::Sound;
    use crate::sound::files::open_raw;

    fn read(name: &str, channels: u16, bytes: &[u8]) -> Result<(Vec<f32>, SoundNotes)> {
        let format = RawFormat::named(name).expect("a name");
        let raw = RawSound {
            format,
            rate: 8000,
            channels,
        };
        let mut source = open_raw(Cursor::new(bytes.to_vec()), raw)?;
        let sound = Sound::read_all(&mut *source)?;
        Ok((sound.samples().to_vec(), source.notes()))
    }

    #[test]
    fn samples_without_a_header_are_read_as_told() {
        let cases: [(&str, &[u8]); 14] = [
            ("u8", &[0x40]),
            ("s8", &[0xc0]),
            ("s16le", &[0, 0xc0]),
            ("s16be", &[0xc0, 0]),
            ("s24le", &[0, 0, 0xc0]),
            ("s24be", &[0xc0, 0, 0]),
            ("s32le", &[0, 0, 0, 0xc0]),
            ("s32be", &[0xc0, 0, 0, 0]),
            ("f32le", &[0, 0, 0, 0xbf]),
            ("f32be", &[0xbf, 0, 0, 0]),
            ("f64le", &[0, 0, 0, 0, 0, 0, 0xe0, 0xbf]),
            ("f64be", &[0xbf, 0xe0, 0, 0, 0, 0, 0, 0]),
            ("alaw", &[0x2a]),
            ("mulaw", &[0x0f]),
        ];
        for ((name, bytes), known) in cases.into_iter().zip(RawFormat::NAMES) {
            assert_eq!(name, known);
            let (samples, notes) = read(name, 1, &bytes.repeat(3)).unwrap();
            assert_eq!((samples.len(), notes), (3, SoundNotes::default()));
            assert!((samples[0] + 0.5).abs() < 0.5, "{name}: {samples:?}");
            assert!(
                !name.contains(char::is_numeric) || samples[0] == -0.5,
                "{name}: {samples:?}"
            );
        }
        for name in ["", "s16", "u8le", "s8be", "alawbe", "f16le", "WAV"] {
            assert_eq!(RawFormat::named(name), None);
        }
    }

    #[test]
    fn incomplete_samples_at_the_end_are_told() {
        let (samples, notes) = read("s16le", 2, &[0; 11]).unwrap();
        assert_eq!((samples.len(), notes.lost.len()), (4, 1));
        assert!(read("s16le", 0, &[0; 8]).is_err());
    }
}
