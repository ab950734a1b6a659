//! How the programs of classical codecs are called: on one thread, as is fair beside the others. `{q63}` is the quality
//! on the scale of AV1 quantisers (63 is the worst).

use crate::pictures::Exchange;
use crate::programs::{Needs, Recipe, needs};

const PERCENT: (f64, f64) = (0.0, 100.0);
const TURBO: &str = "install the Debian package libjpeg-turbo-progs";
const JXL: &str = "install the Debian package libjxl-tools";
const AVIF: &str = "install the Debian package libavif-bin";
const HEIF: &str = "install the Debian package libheif-examples";
const FFMPEG: &str = "it must be built with libvvenc and a VVC decoder: the static one of the Python package \
                      imageio-ffmpeg is, under the name ffmpeg";
const MOZJPEG: &str = "build mozjpeg, which Debian does not have, and put its cjpeg on the PATH as mozjpeg-cjpeg";

const DJPEG: Needs = needs(&["djpeg"], &["-version"], TURBO);

pub(super) const RECIPES: &[Recipe<Exchange>] = &[
    Recipe {
        name: "jpeg",
        encoder: needs(&["cjpeg"], &["-version"], TURBO),
        decoder: DJPEG,
        ending: "jpg",
        input: Exchange::Ppm,
        output: Exchange::Ppm,
        encode: "-optimize -sample {sample} -quality {q} -outfile {out} {in}",
        decode: "-rgb -pnm -outfile {out} {in}",
        phrases: &[],
        settings: &[("sample", &["2x2", "1x1", "2x1"])],
        qualities: &[10.0, 20.0, 35.0, 55.0, 75.0, 90.0],
        range: (1.0, 100.0),
        scales: &[],
    },
    Recipe {
        name: "mozjpeg",
        encoder: needs(&["mozjpeg-cjpeg", "mozcjpeg"], &["-version"], MOZJPEG),
        decoder: DJPEG,
        ending: "jpg",
        input: Exchange::Ppm,
        output: Exchange::Ppm,
        encode: "-sample {sample} -quality {q} -outfile {out} {in}",
        decode: "-rgb -pnm -outfile {out} {in}",
        phrases: &[],
        settings: &[("sample", &["2x2", "1x1", "2x1"])],
        qualities: &[10.0, 20.0, 35.0, 55.0, 75.0, 90.0],
        range: (1.0, 100.0),
        scales: &[],
    },
    Recipe {
        name: "jxl",
        encoder: needs(&["cjxl"], &["--version"], JXL),
        decoder: needs(&["djxl"], &["--version"], JXL),
        ending: "jxl",
        input: Exchange::Png,
        output: Exchange::Ppm,
        encode: "{in} {out} -q {q} -e {effort} --num_threads=0",
        decode: "{in} {out} --num_threads=0",
        phrases: &[],
        settings: &[("effort", &["7", "1", "2", "3", "4", "5", "6", "8", "9"])],
        qualities: &[10.0, 30.0, 50.0, 70.0, 85.0, 92.0],
        range: PERCENT,
        scales: &[],
    },
    Recipe {
        name: "avif",
        encoder: needs(&["avifenc"], &["--version"], AVIF),
        decoder: needs(&["avifdec"], &["--version"], AVIF),
        ending: "avif",
        input: Exchange::Png,
        output: Exchange::Png,
        encode: "-s {speed} -j 1 -y {yuv} --min 0 --max 63 -a end-usage=q -a cq-level={q63} {in} {out}",
        decode: "-j 1 {in} {out}",
        phrases: &[],
        settings: &[
            ("speed", &["4", "0", "1", "2", "3", "5", "6", "7", "8", "9", "10"]),
            ("yuv", &["420", "444"]),
        ],
        qualities: &[8.0, 24.0, 40.0, 56.0, 70.0, 82.0],
        range: PERCENT,
        scales: &[("{q63}", av1_quantizer)],
    },
    Recipe {
        name: "heif",
        encoder: needs(&["heif-enc"], &["--version"], HEIF),
        decoder: needs(&["heif-dec", "heif-convert"], &["--version"], HEIF),
        ending: "heic",
        input: Exchange::Png,
        output: Exchange::Png,
        encode: "-q {q} -p chroma={yuv} -o {out} {in}",
        decode: "{in} {out}",
        phrases: &[],
        settings: &[("yuv", &["420", "444"])],
        qualities: &[10.0, 25.0, 38.0, 48.0, 58.0, 68.0],
        range: PERCENT,
        scales: &[],
    },
    Recipe {
        name: "vvc",
        encoder: Needs {
            names: &["ffmpeg"],
            version: &["-version"],
            able: Some((&["-hide_banner", "-encoders"], "libvvenc")),
            hint: FFMPEG,
        },
        decoder: Needs {
            names: &["ffmpeg"],
            version: &["-version"],
            able: Some((&["-hide_banner", "-decoders"], "vvc")),
            hint: FFMPEG,
        },
        // A raw stream: the Matroska muxer of ffmpeg spoils VVC.
        ending: "266",
        input: Exchange::Ppm,
        output: Exchange::Ppm,
        encode: "-v error -y -i {in} -vf scale=out_color_matrix=bt709:out_range=tv:flags=bicubic+accurate_rnd+full_chroma_int \
                 -pix_fmt yuv420p10le -c:v libvvenc -preset {preset} -qp {q} -threads 1 -frames:v 1 {out}",
        decode: "-v error -y -i {in} -vf scale=in_color_matrix=bt709:in_range=tv:flags=bicubic+accurate_rnd+full_chroma_int \
                 -pix_fmt rgb24 -frames:v 1 {out}",
        phrases: &[],
        settings: &[("preset", &["medium", "faster", "fast", "slow", "slower"])],
        qualities: &[22.0, 27.0, 32.0, 37.0, 42.0, 47.0],
        range: (0.0, 63.0),
        scales: &[],
    },
];

/// As `avifenc` maps 0..=100 to its quantisers, 63 for 0.
fn av1_quantizer(quality: f64) -> i64 {
    ((100.0 - quality) * 63.0 / 100.0).round() as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::{Codec, Input};
    use crate::pictures::Rgb;
    use crate::programs::Program;

    #[test]
    fn recipes_name_all_that_they_use() {
        crate::programs::check_all(RECIPES);
    }

    #[test]
    fn av1_quantizers_fall_with_quality() {
        assert_eq!([0.0, 50.0, 100.0].map(av1_quantizer), [63, 32, 0]);
    }

    /// With whatever programs this machine has.
    #[test]
    fn every_codec_at_hand_brings_pictures_back() {
        let samples = (0..96 * 80 * 3)
            .map(|i| (128.0 + 90.0 * (f64::from(i) * 0.004).sin()) as u8)
            .collect();
        let picture = Rgb::new(96, 80, samples).unwrap();
        for recipe in RECIPES {
            let codec = match Program::<Rgb>::new(recipe, &[]) {
                Ok(codec) => codec,
                Err(error) => {
                    eprintln!("skipped: {error}");
                    continue;
                }
            };
            let work = tempfile::tempdir().unwrap();
            let input = Input::new(&picture, work.path());
            let quality = recipe.qualities[recipe.qualities.len() / 2];
            let encoded = codec.encode(&input, quality).unwrap_or_else(|error| panic!("{error}"));
            let decoded = codec
                .decode(&encoded.stream, work.path())
                .unwrap_or_else(|error| panic!("{error}"));
            let psnr = crate::pictures::metrics::psnr_db(&picture, &decoded.media);
            assert!(psnr > 20.0, "{}: {psnr} dB", recipe.name);
            let damaged = codec.decode(b"no stream at all", work.path());
            assert!(damaged.is_err(), "{}", recipe.name);
        }
    }
}
