//! The format chunk of WAV files: what its samples are.

use super::{Encoding, Layout};
use crate::error::Result;
use crate::sound::files::SoundFormat;
use crate::sound::files::input::Fields;

const PCM: u16 = 1;
const ADPCM_MS: u16 = 2;
const FLOAT: u16 = 3;
const ALAW: u16 = 6;
const MULAW: u16 = 7;
const ADPCM_IMA: u16 = 0x11;
const EXTENSIBLE: u16 = 0xfffe;
/// What follows the two bytes of the kind in the id of a format.
pub(super) const SUBFORMAT: [u8; 14] = *b"\x00\x00\x00\x00\x10\x00\x80\x00\x00\xaa\x00\x38\x9b\x71";
/// The same of B-format, the channels of ambisonics.
const AMBISONIC: [u8; 12] = *b"\x21\x07\xd3\x11\x86\x44\xc8\xc1\xca\x00\x00\x00";

/// What a format chunk says.
pub(super) struct WaveFormat {
    pub(super) layout: Layout,
    pub(super) mask: Option<u32>,
    /// What contradicts itself in it, and was read by its bits.
    pub(super) doubt: Option<String>,
}

/// Reads a format chunk.
///
/// # Errors
/// `Media` for one that is too short or contradicts itself, `Unsupported` for compressed samples, by name.
pub(super) fn read(chunk: &[u8], big: bool) -> Result<WaveFormat> {
    let file = SoundFormat::Wav;
    let mut fields = Head::read(chunk, big).ok_or_else(|| file.error("its format chunk is too short"))?;
    let mut mask = None;
    if fields.kind == EXTENSIBLE {
        let extension = Extension::read(chunk.get(16..).unwrap_or_default(), big)
            .ok_or_else(|| file.error("its extensible format chunk is too short"))?;
        mask = Some(extension.mask);
        fields.kind = extension
            .kind
            .ok_or_else(|| file.unsupported("samples of a kind that only its own program knows"))?;
    }
    let bytes = fields.sample_bytes();
    let encoding = match (fields.kind, bytes) {
        (PCM, 1) => Encoding::Unsigned,
        (PCM, 2..=4) => Encoding::Signed,
        (FLOAT, 4 | 8) => Encoding::Float,
        (ALAW, 1) => Encoding::Alaw,
        (MULAW, 1) => Encoding::Mulaw,
        (PCM | FLOAT | ALAW | MULAW, _) => {
            let (name, bits) = (name(fields.kind), fields.bits);
            return Err(file.unsupported(format!("{name} samples of {bits} bits")));
        }
        (kind, _) => return Err(file.unsupported(format!("{} samples", name(kind)))),
    };
    if fields.channels == 0 {
        return Err(file.error("it has no channels"));
    }
    let layout = Layout {
        encoding,
        bytes,
        big,
        rate: fields.rate,
        channels: fields.channels,
    };
    let doubt = fields.doubt(bytes);
    Ok(WaveFormat { layout, mask, doubt })
}

/// The first 16 bytes.
struct Head {
    kind: u16,
    channels: u16,
    rate: u32,
    frame_bytes: u16,
    bits: u16,
}

impl Head {
    fn read(chunk: &[u8], big: bool) -> Option<Self> {
        let mut fields = Numbers(Fields(chunk), big);
        let (kind, channels, rate) = (fields.word()?, fields.word()?, fields.long()?);
        fields.long()?;
        Some(Self {
            kind,
            channels,
            rate,
            frame_bytes: fields.word()?,
            // The oldest kind of chunk ends before the bits.
            bits: fields.word().unwrap_or(0),
        })
    }

    /// Bytes of a sample: those of its bits, and four where frames have room for four and the bits are 24.
    fn sample_bytes(&self) -> usize {
        let bytes = usize::from(self.bits.div_ceil(8));
        let frame = usize::from(self.frame_bytes);
        match usize::from(self.channels) {
            0 => bytes,
            channels if bytes == 0 => frame / channels,
            channels if bytes == 3 && frame == 4 * channels => 4,
            _ => bytes,
        }
    }

    /// What is wrong with the size of frames, for samples of that number of bytes.
    fn doubt(&self, bytes: usize) -> Option<String> {
        let (frame, bits) = (usize::from(self.frame_bytes), self.bits);
        (frame != 0 && frame != bytes * usize::from(self.channels)).then(|| {
            let channels = self.channels;
            format!(
                "it states frames of {frame} bytes, and {channels} samples of {bits} bits in each: it may be damaged"
            )
        })
    }
}

/// What follows in the extensible kind. How many bits are valid does not matter: they lie at the top.
struct Extension {
    mask: u32,
    kind: Option<u16>,
}

impl Extension {
    fn read(rest: &[u8], big: bool) -> Option<Self> {
        let mut fields = Numbers(Fields(rest), big);
        let (_size, _valid_bits, mask) = (fields.word()?, fields.word()?, fields.long()?);
        let id = fields.0.take(16)?;
        let number = |at: usize| {
            let pair = [id[at], id[at + 1]];
            if big {
                u16::from_be_bytes(pair)
            } else {
                u16::from_le_bytes(pair)
            }
        };
        let kind = match &id[4..] {
            // The number has four bytes, of which the low ones count.
            tail if tail == AMBISONIC => Some(number(if big { 2 } else { 0 })),
            tail if tail[4..] == SUBFORMAT[6..] => Some(number(if big { 2 } else { 0 })),
            _ => None,
        };
        Some(Self { mask, kind })
    }
}

/// Numbers of either order.
struct Numbers<'a>(Fields<'a>, bool);

impl Numbers<'_> {
    fn word(&mut self) -> Option<u16> {
        if self.1 { self.0.be16() } else { self.0.le16() }
    }

    fn long(&mut self) -> Option<u32> {
        if self.1 { self.0.be32() } else { self.0.le32() }
    }
}

/// What a kind of samples is called.
fn name(kind: u16) -> String {
    let name = match kind {
        PCM => "PCM",
        FLOAT => "floating-point",
        ALAW => "A-law",
        MULAW => "mu-law",
        ADPCM_MS => "Microsoft ADPCM",
        ADPCM_IMA => "IMA ADPCM",
        0x31 => "GSM 6.10",
        0x40 | 0x45 => "G.72x ADPCM",
        0x50 => "MPEG layer 2",
        0x55 => "MP3",
        0x160..=0x163 => "Windows Media Audio",
        0xff | 0x1600 | 0x1601 => "AAC",
        0x2000 => "AC-3",
        other => return format!("compressed (kind {other:#x})"),
    };
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(kind: u16, channels: u16, frame: u16, bits: u16, extension: &[u8]) -> Vec<u8> {
        let parts: [&[u8]; 7] = [
            &kind.to_le_bytes(),
            &channels.to_le_bytes(),
            &44_100u32.to_le_bytes(),
            &[0; 4],
            &frame.to_le_bytes(),
            &bits.to_le_bytes(),
            extension,
        ];
        parts.concat()
    }

    fn extension(valid: u16, mask: u32, kind: u16) -> Vec<u8> {
        let parts: [&[u8]; 5] = [
            &22u16.to_le_bytes(),
            &valid.to_le_bytes(),
            &mask.to_le_bytes(),
            &kind.to_le_bytes(),
            &SUBFORMAT,
        ];
        parts.concat()
    }

    #[test]
    fn valid_bits_lie_at_the_top_of_their_bytes() {
        let cases = [
            (chunk(EXTENSIBLE, 1, 4, 32, &extension(24, 4, PCM)), Encoding::Signed, 4),
            (chunk(EXTENSIBLE, 2, 6, 24, &extension(20, 3, PCM)), Encoding::Signed, 3),
            (chunk(EXTENSIBLE, 1, 2, 16, &extension(12, 4, PCM)), Encoding::Signed, 2),
            (chunk(EXTENSIBLE, 1, 2, 16, &extension(0, 4, PCM)), Encoding::Signed, 2),
            (
                chunk(EXTENSIBLE, 1, 8, 64, &extension(64, 4, FLOAT)),
                Encoding::Float,
                8,
            ),
            (chunk(PCM, 2, 8, 24, &[]), Encoding::Signed, 4),
            (chunk(PCM, 1, 2, 12, &[]), Encoding::Signed, 2),
            (chunk(PCM, 1, 4, 16, &[]), Encoding::Signed, 2),
            (chunk(PCM, 2, 2, 8, &[]), Encoding::Unsigned, 1),
            (chunk(MULAW, 2, 2, 8, &[0, 0]), Encoding::Mulaw, 1),
        ];
        for (chunk, encoding, bytes) in cases {
            let read = read(&chunk, false).unwrap();
            assert_eq!(
                (read.layout.encoding, read.layout.bytes),
                (encoding, bytes),
                "{chunk:?}"
            );
        }
    }

    #[test]
    fn frames_of_another_size_than_their_samples_are_told() {
        let cases = [
            (2, 4, 16, false),
            (2, 8, 24, false),
            (1, 0, 16, false),
            (2, 4, 12, false),
            (2, 4, 28, true),
            (1, 4, 16, true),
            (2, 3, 16, true),
        ];
        for (channels, frame, bits, is_told) in cases {
            let read = read(&chunk(PCM, channels, frame, bits, &[]), false).unwrap();
            assert_eq!(read.doubt.is_some(), is_told, "{channels} {frame} {bits}");
        }
    }

    #[test]
    fn compressed_samples_are_named() {
        for (kind, bits, name) in [
            (0x11, 4, "IMA ADPCM"),
            (0x55, 0, "MP3"),
            (PCM, 40, "40 bits"),
            (0x999, 8, "0x999"),
        ] {
            let error = read(&chunk(kind, 1, 2, bits, &[]), false)
                .err()
                .map(|error| error.to_string());
            assert!(error.as_deref().is_some_and(|error| error.contains(name)), "{error:?}");
        }
        assert!(read(&chunk(PCM, 0, 2, 16, &[]), false).is_err());
        assert!(read(&[1, 0], false).is_err());
    }
}
