//! Our codec of videos among those measured: inside this process, its weights loaded.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::Result;
use lmc_codec::codecs::Row;
use lmc_codec::container::{Mode, StreamReader};
use lmc_codec::video::{VideoCodec, VideoDecoder, VideoEncodeOptions, encode_video, list_frames};
use lmc_codec::{Effort, Limits, Quality};
use lmc_eval::codec::{Codec, Decoded, Encoded, Input};
use lmc_eval::programs::peak_memory_of_this_process;
use lmc_eval::videos::{BITS_OF_FRAMES, Clip};
use lmc_eval::{EvalError, Result as EvalResult};

use super::ours::{Details, build, series_of};
use crate::usage::usage;

/// The most frames from one key frame to the next, where nothing else is said: the first frame alone is one, as of the
/// other codecs.
const KEYINT: u32 = 9999;

/// A codec of videos with one model and one set of options.
pub(super) struct OurVideos {
    /// Its name among codecs.
    name: String,
    codec: Arc<dyn VideoCodec>,
    effort: Effort,
    keyint: u32,
    version: String,
    /// How `lmc` is called for the same.
    flags: String,
}

impl OurVideos {
    /// The codec of a row, with weights of a file where one is named.
    ///
    /// # Errors
    /// Usage errors for settings that it does not have.
    pub(super) fn new(
        row: &Row,
        codec: Arc<dyn VideoCodec>,
        settings: &[(String, String)],
        path: Option<&Path>,
    ) -> Result<Self> {
        let (mut effort, mut keyint) = (1, KEYINT);
        for (key, value) in settings {
            let wrong = || usage(format!("{}@{key} cannot be '{value}'", series_of(row)));
            match &**key {
                "effort" => effort = value.parse().map_err(|_| wrong())?,
                "keyint" => keyint = value.parse().ok().filter(|&frames| frames > 0).ok_or_else(wrong)?,
                _ => {
                    let name = series_of(row);
                    return Err(usage(format!("{name} has no setting '{key}'; it has: effort, keyint")));
                }
            }
        }
        let model = path
            .map(|path| format!(" --model {}", path.display()))
            .unwrap_or_default();
        let hash = codec.model();
        Ok(Self {
            name: series_of(row),
            effort: Effort::new(effort).map_err(|error| usage(error.to_string()))?,
            keyint,
            // Another build may compute otherwise, so what it measured counts no more.
            version: format!("lmc {} (build {}), model {hash}", env!("CARGO_PKG_VERSION"), build()?),
            flags: format!(" --codec {}{model} --effort {effort} --keyint {keyint}", row.name),
            codec,
        })
    }

    fn failed(&self, error: impl ToString) -> EvalError {
        EvalError::codec(&self.name, error)
    }

    fn options(&self, quality: f64) -> EvalResult<VideoEncodeOptions> {
        let quality = Quality::new(quality as f32).map_err(|error| self.failed(error))?;
        let mut options = VideoEncodeOptions::default().with_key_interval(Some(self.keyint));
        options.frames = options.frames.with_quality(quality).with_effort(self.effort);
        Ok(options)
    }

    /// The bits of each frame in a stream.
    fn bits_of_frames(&self, stream: &[u8]) -> lmc_codec::Result<Vec<u64>> {
        let mut reader = StreamReader::new(stream, &Limits::default(), Mode::Strict)?;
        let mut bits = Vec::new();
        list_frames(&mut reader, &mut |frame| {
            bits.push(8 * frame.bytes as u64);
            Ok(())
        })?;
        Ok(bits)
    }
}

impl Codec<Clip> for OurVideos {
    fn version(&self) -> &str {
        &self.version
    }

    fn encode_command(&self) -> String {
        format!(
            "lmc encode{} --quality {{q}} {{in}} -o {{out}} (inside this program)",
            self.flags
        )
    }

    fn decode_command(&self) -> String {
        "lmc decode {in} -o {out} (inside this program)".to_owned()
    }

    fn default_qualities(&self) -> Vec<f64> {
        vec![20.0, 35.0, 50.0, 65.0]
    }

    fn quality_range(&self) -> (f64, f64) {
        (0.0, 100.0)
    }

    fn encode(&self, input: &Input<'_, Clip>, quality: f64) -> EvalResult<Encoded> {
        let clip = input.original();
        let (options, start) = (self.options(quality)?, Instant::now());
        let out = Cursor::new(Vec::new());
        let encoded = encode_video(&*self.codec, &mut clip.source(), None, &options, out, &mut |_, _| ());
        let (out, stats) = encoded.map_err(|error| self.failed(error))?;
        let seconds = start.elapsed().as_secs_f64();
        let stream = out.into_inner();
        let bits = self.bits_of_frames(&stream).map_err(|error| self.failed(error))?;
        let details = Details::from([
            ("key frames".to_owned(), stats.keys.into()),
            ("key frame bytes".to_owned(), stats.bytes.keys.into()),
            ("symbols".to_owned(), stats.symbols.into()),
            (
                "frames encoded in a second".to_owned(),
                (clip.len() as f64 / seconds).into(),
            ),
            (BITS_OF_FRAMES.to_owned(), bits.into()),
        ]);
        Ok(Encoded {
            stream,
            seconds,
            peak_bytes: peak_memory_of_this_process(),
            details,
        })
    }

    fn decode(&self, stream: &[u8], _: &Path) -> EvalResult<Decoded<Clip>> {
        let start = Instant::now();
        let reader = StreamReader::new(stream, &Limits::default(), Mode::Strict);
        let decoder = reader.and_then(|reader| VideoDecoder::new(&*self.codec, reader));
        let mut decoder = decoder.map_err(|error| self.failed(error))?;
        let mut clip = Clip::new(decoder.format());
        while let Some(shown) = decoder.next_frame().map_err(|error| self.failed(error))? {
            clip.push(&shown.frame)?;
        }
        let seconds = start.elapsed().as_secs_f64();
        let speed = clip.len() as f64 / seconds;
        Ok(Decoded {
            media: clip,
            seconds,
            peak_bytes: peak_memory_of_this_process(),
            details: BTreeMap::from([("frames decoded in a second".to_owned(), speed.into())]),
        })
    }
}

#[cfg(test)]
mod tests {
    use lmc::{Models, Tune};
    use lmc_codec::video::{Ratio, VideoFormat, VideoFrame};
    use lmc_eval::media::Media;

    use super::super::ours;
    use super::*;

    #[test]
    fn settings_are_checked_and_all_frames_come_back() {
        let row = ours::named(lmc_codec::MediaKind::Video, "lmc-video").expect("a codec of videos");
        let codec = || {
            Models::shared()
                .for_encoding(row.name, Tune::default())
                .unwrap()
                .video()
                .unwrap()
        };
        let with = |key: &str, value: &str| OurVideos::new(&row, codec(), &[(key.to_owned(), value.to_owned())], None);
        for (key, value) in [("effort", "0"), ("effort", "x"), ("keyint", "0"), ("preset", "slow")] {
            assert!(with(key, value).is_err(), "{key}={value}");
        }
        let ours = with("keyint", "2").unwrap();
        assert!(ours.encode_command().contains("--effort 1 --keyint 2"));
        let format = VideoFormat::new(64, 48, Ratio::new(25, 1));
        let mut clip = Clip::new(&format);
        for luma in [60, 61, 62] {
            clip.push(&VideoFrame::flat(&format, luma, 0).unwrap()).unwrap();
        }
        let encoded = ours.encode(&Input::new(&clip, Path::new(".")), 40.0).unwrap();
        assert_eq!(encoded.details["key frames"], 2);
        assert_eq!(encoded.details[BITS_OF_FRAMES].as_array().unwrap().len(), 3);
        let decoded = ours.decode(&encoded.stream, Path::new(".")).unwrap();
        assert_eq!(decoded.media.fit(&clip).unwrap().0.len(), 3);
        assert!(
            ours.decode(&encoded.stream[..encoded.stream.len() / 2], Path::new("."))
                .is_err()
        );
    }
}
