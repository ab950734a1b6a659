//! The classical codecs of videos: encoders of the program ffmpeg, in low delay or random access, at a constant quality.
//!
//! Streams are bare, without a file format around them, so that every byte counts and none is of a container.

use std::path::Path;
use std::sync::Arc;

use super::sizes::bits_of_packets;
use super::{BITS_OF_FRAMES, Clip, Exchange};
use crate::Result;
use crate::codec::{Codec, Decoded, Encoded, Input};
use crate::programs::{Needs, Options, Program, Recipe};

/// Names of the classical codecs.
pub fn names() -> Vec<&'static str> {
    RECIPES.iter().map(|recipe| recipe.name).collect()
}

/// The classical codec of that name; nothing where there is none. Its quality is that of its encoder, where less is
/// better: a constant rate factor, of VVenC a quantiser.
///
/// # Errors
/// `Parameter` for unknown settings, `Missing` when there is no ffmpeg with this encoder.
pub fn open(name: &str, options: &Options) -> Result<Option<Arc<dyn Codec<Clip>>>> {
    match RECIPES.iter().find(|recipe| recipe.name == name) {
        Some(recipe) => Ok(Some(Arc::new(Listed {
            program: Program::new(recipe, options)?,
            ending: recipe.ending,
        }))),
        None => Ok(None),
    }
}

/// A program whose streams are looked into.
struct Listed {
    program: Program<Clip>,
    ending: &'static str,
}

impl Codec<Clip> for Listed {
    fn version(&self) -> &str {
        self.program.version()
    }

    fn encode_command(&self) -> String {
        self.program.encode_command()
    }

    fn decode_command(&self) -> String {
        self.program.decode_command()
    }

    fn default_qualities(&self) -> Vec<f64> {
        self.program.default_qualities()
    }

    fn quality_range(&self) -> (f64, f64) {
        self.program.quality_range()
    }

    fn encode(&self, input: &Input<'_, Clip>, quality: f64) -> Result<Encoded> {
        let mut encoded = self.program.encode(input, quality)?;
        let bits = bits_of_packets(self.program.decoder(), &encoded.stream, input.work(), self.ending);
        encoded
            .details
            .extend(bits.map(|bits| (BITS_OF_FRAMES.to_owned(), bits.into())));
        Ok(encoded)
    }

    fn decode(&self, stream: &[u8], work: &Path) -> Result<Decoded<Clip>> {
        self.program.decode(stream, work)
    }
}

const fn ffmpeg(encoder: &'static str) -> Needs {
    Needs {
        names: &["ffmpeg"],
        version: &["-version"],
        able: Some((&["-hide_banner", "-encoders"], encoder)),
        hint: "install an ffmpeg with this encoder, or name one with LMC_FFMPEG",
    }
}

const DECODE: &str = "-v error -y -threads 1 -i {in} -fps_mode passthrough -strict -1 -f yuv4mpegpipe {out}";
/// The most frames from one key frame to the next; the first means that the first frame alone is one.
const KEYINT: (&str, &[&str]) = (
    "keyint",
    &["9999", "12", "24", "32", "48", "50", "64", "96", "128", "256"],
);
const DELAY: (&str, &[&str]) = ("delay", &["low", "random"]);
const TUNE: (&str, &[&str]) = ("tune", &["none", "psnr", "ssim"]);
/// Presets of x264 and x265.
const PRESET: (&str, &[&str]) = (
    "preset",
    &[
        "medium",
        "ultrafast",
        "superfast",
        "veryfast",
        "faster",
        "fast",
        "slow",
        "slower",
        "veryslow",
        "placebo",
    ],
);
/// Low delay is without frames that are predicted from later ones.
const NO_B_FRAMES: &[(&str, &str, &str)] = &[
    ("delay", "low", "-bf 0"),
    ("delay", "random", ""),
    ("tune", "none", ""),
    ("tune", "psnr", "-tune psnr"),
    ("tune", "ssim", "-tune ssim"),
];

/// Each on one thread, as all programs.
const RECIPES: &[Recipe<Exchange>] = &[
    Recipe {
        name: "x264",
        encoder: ffmpeg("libx264 "),
        decoder: ffmpeg("libx264 "),
        ending: "264",
        input: Exchange::Y4m,
        output: Exchange::Y4m,
        encode: "-v error -y -i {in} -c:v libx264 -preset {preset} {tune} {delay} -g {keyint} -crf {q} -threads 1 {out}",
        decode: DECODE,
        settings: &[DELAY, PRESET, TUNE, KEYINT],
        phrases: NO_B_FRAMES,
        qualities: &[18.0, 22.0, 26.0, 30.0, 34.0, 38.0],
        range: (0.0, 51.0),
        scales: &[],
    },
    Recipe {
        name: "x265",
        encoder: ffmpeg("libx265 "),
        decoder: ffmpeg("libx265 "),
        ending: "265",
        input: Exchange::Y4m,
        output: Exchange::Y4m,
        encode: "-v error -y -i {in} -c:v libx265 -preset {preset} {tune} {delay} -g {keyint} -crf {q} -x265-params \
                 log-level=error:pools=none:frame-threads=1 {out}",
        decode: DECODE,
        settings: &[DELAY, PRESET, TUNE, KEYINT],
        phrases: NO_B_FRAMES,
        qualities: &[18.0, 22.0, 26.0, 30.0, 34.0, 38.0],
        range: (0.0, 51.0),
        scales: &[],
    },
    Recipe {
        name: "svt-av1",
        encoder: ffmpeg("libsvtav1 "),
        decoder: ffmpeg("libsvtav1 "),
        ending: "obu",
        input: Exchange::Y4m,
        output: Exchange::Y4m,
        encode: "-v error -y -i {in} -c:v libsvtav1 -preset {preset} -g {keyint} -crf {q} -svtav1-params {delay}:lp=1 {out}",
        decode: DECODE,
        settings: &[
            DELAY,
            (
                "preset",
                &["8", "0", "1", "2", "3", "4", "5", "6", "7", "9", "10", "11", "12"],
            ),
            KEYINT,
        ],
        phrases: &[("delay", "low", "pred-struct=1"), ("delay", "random", "pred-struct=2")],
        qualities: &[20.0, 28.0, 36.0, 44.0, 52.0, 60.0],
        range: (1.0, 63.0),
        scales: &[],
    },
    Recipe {
        name: "vvenc",
        encoder: ffmpeg("libvvenc "),
        decoder: ffmpeg("libvvenc "),
        ending: "266",
        input: Exchange::Y4m,
        output: Exchange::Y4m,
        // Without its perceptual choice of quantisers, which costs PSNR.
        encode: "-v error -y -i {in} -c:v libvvenc -preset {preset} -qpa 0 -g {keyint} -qp {q} {delay} -threads 1 {out}",
        decode: DECODE,
        settings: &[
            // Its low delay cannot be had by way of ffmpeg.
            ("delay", &["random"]),
            ("preset", &["faster", "fast", "medium", "slow", "slower"]),
            KEYINT,
        ],
        phrases: &[("delay", "random", "")],
        qualities: &[22.0, 27.0, 32.0, 37.0, 42.0],
        range: (0.0, 63.0),
        scales: &[],
    },
];

#[cfg(test)]
mod tests {
    use lmc_codec::video::{Ratio, VideoFormat, VideoFrame};

    use super::*;
    use crate::media::Media;
    use crate::videos::metrics::psnr_yuv_of_frames;

    #[test]
    fn recipes_name_all_that_they_use() {
        crate::programs::check_all(RECIPES);
        assert_eq!(names(), ["x264", "x265", "svt-av1", "vvenc"]);
        assert!(open("vp8", &[]).unwrap().is_none());
    }

    /// A slope that moves, with a square before it.
    fn clip(frames: usize) -> Clip {
        let format = VideoFormat::new(96, 80, Ratio::new(25, 1));
        let mut clip = Clip::new(&format);
        for index in 0..frames {
            let plane = |plane: usize| {
                let [width, height] = format.plane_size(plane);
                let sample = |at: usize| {
                    let (x, y) = (at % width, at / width);
                    let is_square = x.abs_diff(10 + index) < 8 && y.abs_diff(20) < 8;
                    if is_square {
                        200
                    } else {
                        60 + ((x + 2 * y + index) % 100) as u16
                    }
                };
                (0..width * height).map(sample).collect()
            };
            let planes = (0..3).map(plane).collect();
            clip.push(&VideoFrame::new(&format, planes, index as u64).unwrap())
                .unwrap();
        }
        clip
    }

    /// With whatever encoders this machine has.
    #[test]
    fn every_codec_at_hand_brings_all_frames_back() {
        let clip = clip(9);
        for name in names() {
            for delay in ["low", "random"] {
                let codec = match open(name, &[("delay".to_owned(), delay.to_owned())]) {
                    Ok(codec) => codec.unwrap(),
                    Err(crate::EvalError::Parameter(_)) if name == "vvenc" && delay == "low" => continue,
                    Err(error) => {
                        eprintln!("skipped: {error}");
                        continue;
                    }
                };
                let work = tempfile::tempdir().unwrap();
                let input = Input::new(&clip, work.path());
                let encoded = codec
                    .encode(&input, 24.0)
                    .unwrap_or_else(|error| panic!("{name}: {error}"));
                let decoded = codec.decode(&encoded.stream, work.path());
                let decoded = decoded.unwrap_or_else(|error| panic!("{name}: {error}"));
                let (fitted, _) = decoded.media.fit(&clip).unwrap();
                let worst = psnr_yuv_of_frames(&clip, &fitted)
                    .into_iter()
                    .fold(f64::INFINITY, f64::min);
                assert!(worst > 30.0, "{name} {delay}: {worst} dB");
                let bits: Vec<u64> = serde_json::from_value(encoded.details[BITS_OF_FRAMES].clone()).unwrap();
                assert_eq!(bits.len(), clip.len(), "{name} {delay}");
                assert!(
                    bits.iter().sum::<u64>() <= 8 * encoded.stream.len() as u64,
                    "{name} {delay}"
                );
                assert!(codec.decode(b"no stream at all", work.path()).is_err(), "{name}");
            }
        }
    }
}
