//! The classical codecs of sound: installed programs, each at the rate that its encoder is asked for.

use std::sync::Arc;

use super::{Exchange, Sound};
use crate::Result;
use crate::codec::Codec;
use crate::programs::{Needs, Options, Program, Recipe, needs};

/// Names of the classical codecs.
pub fn names() -> Vec<&'static str> {
    RECIPES.iter().map(|recipe| recipe.name).collect()
}

/// The classical codec of that name; nothing where there is none. Its quality is the rate in kbit/s that it is asked for.
///
/// # Errors
/// `Parameter` for unknown settings, `Missing` when a program that it needs is not there, with the package that has it.
pub fn open(name: &str, options: &Options) -> Result<Option<Arc<dyn Codec<Sound>>>> {
    match RECIPES.iter().find(|recipe| recipe.name == name) {
        Some(recipe) => Ok(Some(Arc::new(Program::new(recipe, options)?))),
        None => Ok(None),
    }
}

const OPUS: &str = "install the Debian package opus-tools";
const LAME: Needs = needs(&["lame"], &["--version"], "install the Debian package lame");
const VORBIS: &str = "install the Debian package vorbis-tools";
const FFMPEG: Needs = Needs {
    names: &["ffmpeg"],
    version: &["-version"],
    able: Some((&["-hide_banner", "-encoders"], "AAC (Advanced Audio Coding)")),
    hint: "install the Debian package ffmpeg",
};

/// Encoders are called as their users call them, but for what would add bytes that hold no sound (opusenc leaves 512 for
/// tags) or noise (opusdec dithers).
const RECIPES: &[Recipe<Exchange>] = &[
    Recipe {
        name: "opus",
        encoder: needs(&["opusenc"], &["--version"], OPUS),
        decoder: needs(&["opusdec"], &["--version"], OPUS),
        ending: "opus",
        input: Exchange::Wav,
        output: Exchange::Wav,
        encode: "--quiet --padding 0 --serial 1 --{mode} --framesize {framesize} --bitrate {q} {in} {out}",
        decode: "--quiet --no-dither {in} {out}",
        phrases: &[],
        settings: &[
            ("mode", &["vbr", "cvbr", "hard-cbr"]),
            ("framesize", &["20", "60", "40", "10"]),
        ],
        qualities: &[6.0, 9.0, 12.0, 16.0, 24.0, 32.0, 48.0, 64.0, 96.0, 128.0],
        range: (6.0, 512.0),
        scales: &[],
    },
    Recipe {
        name: "mp3",
        encoder: LAME,
        decoder: LAME,
        ending: "mp3",
        input: Exchange::Wav,
        output: Exchange::Wav,
        encode: "--silent -q {algorithm} -b {q} {in} {out}",
        decode: "--silent --decode {in} {out}",
        phrases: &[],
        settings: &[("algorithm", &["3", "0", "2", "5", "7"])],
        qualities: &[32.0, 48.0, 64.0, 96.0, 128.0, 192.0],
        range: (8.0, 320.0),
        scales: &[],
    },
    Recipe {
        name: "aac",
        encoder: FFMPEG,
        decoder: FFMPEG,
        ending: "m4a",
        input: Exchange::Wav,
        output: Exchange::Wav,
        encode: "-v error -y -i {in} -c:a aac -b:a {q}k -threads 1 {out}",
        decode: "-v error -y -threads 1 -i {in} -c:a pcm_s16le {out}",
        phrases: &[],
        settings: &[],
        qualities: &[32.0, 48.0, 64.0, 96.0, 128.0, 192.0],
        range: (8.0, 512.0),
        scales: &[],
    },
    Recipe {
        name: "vorbis",
        encoder: needs(&["oggenc"], &["--version"], VORBIS),
        decoder: needs(&["oggdec"], &["--version"], VORBIS),
        ending: "ogg",
        input: Exchange::Wav,
        output: Exchange::Wav,
        encode: "--quiet --serial 1 --bitrate {q} --output {out} {in}",
        decode: "--quiet --output {out} {in}",
        phrases: &[],
        settings: &[],
        qualities: &[48.0, 64.0, 96.0, 128.0, 192.0],
        range: (8.0, 500.0),
        scales: &[],
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::Input;
    use crate::media::Media;
    use crate::sound::metrics::si_sdr_db;

    #[test]
    fn recipes_name_all_that_they_use() {
        crate::programs::check_all(RECIPES);
        assert_eq!(names(), ["opus", "mp3", "aac", "vorbis"]);
        assert!(open("flac", &[]).unwrap().is_none());
    }

    /// Chords that come and go.
    fn music(rate: u32, channels: u16) -> Sound {
        let frames = rate * 3 / 2 + 7;
        let sample = |i: u32, channel: u16| {
            let t = f64::from(i) / f64::from(rate);
            let chord = [220.0, 277.2, 329.6].map(|hertz| (t * hertz * std::f64::consts::TAU).sin());
            let swell = (t * 5.0 + f64::from(channel)).sin().powi(2);
            (swell * 7000.0 * chord.iter().sum::<f64>()) as i16
        };
        let samples = (0..frames).flat_map(|i| (0..channels).map(move |channel| sample(i, channel)));
        Sound::new(rate, channels, samples.collect()).unwrap()
    }

    /// With whatever programs this machine has.
    #[test]
    fn every_codec_at_hand_brings_sounds_back_in_time() {
        for (recipe, (rate, channels)) in RECIPES.iter().zip([(48_000, 2), (44_100, 1), (44_100, 2), (48_000, 1)]) {
            let codec = match Program::<Sound>::new(recipe, &[]) {
                Ok(codec) => codec,
                Err(error) => {
                    eprintln!("skipped: {error}");
                    continue;
                }
            };
            let (sound, work) = (music(rate, channels), tempfile::tempdir().unwrap());
            let input = Input::new(&sound, work.path());
            let encoded = codec.encode(&input, 64.0).unwrap_or_else(|error| panic!("{error}"));
            let decoded = codec
                .decode(&encoded.stream, work.path())
                .unwrap_or_else(|error| panic!("{error}"));
            let (fitted, details) = decoded.media.fit(&sound).unwrap();
            let ratio = si_sdr_db(&sound, &fitted);
            println!("{}: {ratio:.1} dB, {details:?}", recipe.name);
            assert!(ratio > 10.0, "{}: {ratio} dB, {details:?}", recipe.name);
            let damaged = codec.decode(b"no stream at all", work.path());
            assert!(damaged.is_err(), "{}", recipe.name);
        }
    }
}
