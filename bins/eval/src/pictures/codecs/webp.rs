//! Lossy WebP by libwebp, compiled in.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use webp::{Decoder, Encoder, WebPConfig};

use crate::codec::{Codec, Decoded, Encoded, Input};
use crate::pictures::Rgb;
use crate::programs::{Options, peak_memory_of_this_process, resolve};
use crate::{EvalError, Result};

pub(super) const NAME: &str = "webp";
/// Of the library that the crate `libwebp-sys` 0.9.6 contains.
const VERSION: &str = "libwebp 1.3.1";
const SETTINGS: &[(&str, &[&str])] = &[("method", &["6", "0", "1", "2", "3", "4", "5"])];

/// WebP at one method.
pub(super) struct WebP {
    method: i32,
}

impl WebP {
    pub(super) fn new(options: &Options) -> Result<Self> {
        let values = resolve(NAME, SETTINGS, options)?;
        let method = values.iter().find_map(|(_, value)| value.parse().ok());
        Ok(Self {
            method: method.unwrap_or(6),
        })
    }

    fn config(&self, quality: f64) -> Result<WebPConfig> {
        let config = WebPConfig::new().map_err(|()| EvalError::codec(NAME, "the library has another version"));
        let mut config = config?;
        config.quality = quality as f32;
        config.method = self.method;
        Ok(config)
    }
}

impl Codec<Rgb> for WebP {
    fn version(&self) -> &str {
        VERSION
    }

    fn encode_command(&self) -> String {
        format!(
            "cwebp -q {{q}} -m {} {{in}} -o {{out}} (inside this program)",
            self.method
        )
    }

    fn decode_command(&self) -> String {
        "dwebp {in} -o {out} (inside this program)".to_owned()
    }

    fn default_qualities(&self) -> Vec<f64> {
        vec![5.0, 20.0, 40.0, 60.0, 80.0, 92.0]
    }

    fn quality_range(&self) -> (f64, f64) {
        (0.0, 100.0)
    }

    fn encode(&self, input: &Input<'_, Rgb>, quality: f64) -> Result<Encoded> {
        let (picture, config) = (input.original(), self.config(quality)?);
        let start = Instant::now();
        let encoder = Encoder::from_rgb(picture.samples(), picture.width(), picture.height());
        let stream = encoder.encode_advanced(&config);
        let stream = stream.map_err(|error| EvalError::codec(NAME, format!("{error:?}")))?;
        Ok(Encoded {
            seconds: start.elapsed().as_secs_f64(),
            stream: stream.to_vec(),
            peak_bytes: peak_memory_of_this_process(),
            ..Encoded::default()
        })
    }

    fn decode(&self, stream: &[u8], _: &Path) -> Result<Decoded<Rgb>> {
        let start = Instant::now();
        let decoded = Decoder::new(stream).decode();
        let decoded = decoded.ok_or_else(|| EvalError::codec(NAME, "it is no WebP file"))?;
        let seconds = start.elapsed().as_secs_f64();
        Ok(Decoded {
            media: Rgb::new(decoded.width(), decoded.height(), decoded.to_vec())?,
            seconds,
            peak_bytes: peak_memory_of_this_process(),
            details: BTreeMap::new(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pictures::metrics::psnr_db;

    #[test]
    fn pictures_come_back_and_other_bytes_do_not() {
        let samples = (0..64 * 48 * 3).map(|i| (i / 40 % 256) as u8).collect();
        let picture = Rgb::new(64, 48, samples).unwrap();
        let codec = WebP::new(&[]).unwrap();
        let input = Input::new(&picture, Path::new("."));
        let encoded = codec.encode(&input, 90.0).unwrap();
        let decoded = codec.decode(&encoded.stream, Path::new(".")).unwrap();
        assert!(psnr_db(&picture, &decoded.media) > 25.0);
        assert!(codec.decode(b"RIFF....WEBP", Path::new(".")).is_err());
    }
}
