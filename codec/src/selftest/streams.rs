//! Streams whose symbols are known.

use std::borrow::Cow;
use std::io::Cursor;

use super::samples::{Film, drawn, made_up};
use super::{Bench, guarded};
use crate::codecs::image::{EncodeOptions, MaxError};
use crate::codecs::{Codecs, Row};
use crate::container::MediaKind;
use crate::error::Result;
use crate::media::image::PixelHash;
use crate::pipeline::ImageEncoder;
use crate::sound::{SoundEncodeOptions, encode_sound};
use crate::video::{VideoEncodeOptions, encode_video};
use crate::watch::Unwatched;

/// The errors that the drawn image is encoded within, in steps of 8 bits: 0 is lossless.
const MAX_ERRORS: [u8; 3] = [0, 1, 4];

/// A stream, and what every device must make of it.
#[derive(Debug, Clone)]
pub struct Stream {
    /// Its name for people.
    pub name: String,
    /// The whole stream.
    pub bytes: Cow<'static, [u8]>,
    /// The hash of its symbols.
    pub symbol_hash: u64,
    /// The hash of its pixels or samples, where that is known.
    pub(super) hash: Option<PixelHash>,
    /// How far samples may be from those of the drawn image, where the stream promises that.
    pub(super) max_error: Option<u16>,
}

impl Stream {
    /// A stream whose symbols are known from elsewhere.
    pub fn new(name: impl Into<String>, bytes: impl Into<Cow<'static, [u8]>>, symbol_hash: u64) -> Self {
        Self {
            name: name.into(),
            bytes: bytes.into(),
            symbol_hash,
            hash: None,
            max_error: None,
        }
    }

    /// The same, of an image whose pixels are known, or a sound whose samples are.
    pub fn with_hash(self, hash: Option<PixelHash>) -> Self {
        Self { hash, ..self }
    }
}

/// A stream of each codec of the registry that needs no weights, or is open; with the name of the codec.
pub fn encode_all(bench: &Bench) -> Vec<(&'static str, Result<Stream>)> {
    let mut streams = Vec::new();
    for row in bench.codecs.registry().rows() {
        if bench.codecs.is_ready(row) {
            streams.push((row.name, guarded(|| encode(bench, row))));
        }
    }
    streams
}

/// The drawn image within some largest errors of every sample; none where no codec can bound them.
pub fn encode_exactly(codecs: &Codecs) -> Vec<Result<Stream>> {
    let mut rows = codecs.registry().of(MediaKind::Image);
    if !rows.any(|row| row.bounds_errors) {
        return Vec::new();
    }
    MAX_ERRORS.map(|steps| within(codecs, steps)).into()
}

pub(super) fn within(codecs: &Codecs, steps: u8) -> Result<Stream> {
    let options = EncodeOptions::default().with_max_error(Some(MaxError::new(steps)?));
    let encoded = ImageEncoder::new(codecs.clone(), options).encode(&drawn()?)?;
    let name = format!("drawn, encoded within an error of {steps}");
    let mut stream = Stream::new(name, encoded.bytes, encoded.stats.symbol_hash);
    stream.max_error = Some(steps.into());
    Ok(stream)
}

fn encode(bench: &Bench, row: &Row) -> Result<Stream> {
    match row.media {
        MediaKind::Image => {
            let options = EncodeOptions::default().with_codec(Some(row.id));
            let encoded = ImageEncoder::new(bench.codecs.clone(), options).encode(&drawn()?)?;
            let name = format!("drawn, encoded as {} on {}", row.name, bench.name);
            Ok(Stream::new(name, encoded.bytes, encoded.stats.symbol_hash))
        }
        MediaKind::Sound => {
            let (codec, options) = (bench.codecs.sound(row.id)?, SoundEncodeOptions::default());
            let out = Cursor::new(Vec::new());
            let (out, stats) = encode_sound(&codec, &mut made_up()?, &options, out, &mut |_| {})?;
            let name = format!("made up, encoded as {} on {}", row.name, bench.name);
            Ok(Stream::new(name, out.into_inner(), stats.symbol_hash))
        }
        MediaKind::Video => {
            let (codec, options) = (bench.codecs.video(row.id)?, VideoEncodeOptions::default());
            let out = Cursor::new(Vec::new());
            let (out, stats) = encode_video(&*codec, &mut Film::new(), None, &options, out, &mut Unwatched)?;
            let name = format!("filmed, encoded as {} on {}", row.name, bench.name);
            Ok(Stream::new(name, out.into_inner(), stats.symbol_hash))
        }
    }
}
