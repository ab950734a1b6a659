//! How the programs of classical codecs are called.
//!
//! In the arguments `{in}` and `{out}` are files, `{q}` is the quality, `{q63}` the same on the scale of AV1 quantisers
//! (63 is the worst), and names of settings stand for their values. All run on one thread, as is fair beside the others.

use crate::pictures::codec::Exchange;

/// A program, by the names that it may have.
#[derive(Debug)]
pub(super) struct Needs {
    pub(super) names: &'static [&'static str],
    /// What makes it say its version.
    pub(super) version: &'static [&'static str],
    /// What makes it say what it can do, and a word that must be in that.
    pub(super) able: Option<(&'static [&'static str], &'static str)>,
    /// How to get it.
    pub(super) hint: &'static str,
}

/// A codec as two command lines.
#[derive(Debug)]
pub(super) struct Recipe {
    pub(super) name: &'static str,
    pub(super) encoder: Needs,
    pub(super) decoder: Needs,
    /// Ending of its files.
    pub(super) ending: &'static str,
    pub(super) input: Exchange,
    pub(super) output: Exchange,
    pub(super) encode: &'static str,
    pub(super) decode: &'static str,
    /// Settings with what they may be; the first is the default.
    pub(super) settings: &'static [(&'static str, &'static [&'static str])],
    pub(super) qualities: &'static [f64],
    pub(super) range: (f64, f64),
}

const PERCENT: (f64, f64) = (0.0, 100.0);
const TURBO: &str = "install the Debian package libjpeg-turbo-progs";
const JXL: &str = "install the Debian package libjxl-tools";
const AVIF: &str = "install the Debian package libavif-bin";
const HEIF: &str = "install the Debian package libheif-examples";
const FFMPEG: &str = "it must be built with libvvenc and a VVC decoder: the static one of the Python package \
                      imageio-ffmpeg is, under the name ffmpeg";
const MOZJPEG: &str = "build mozjpeg, which Debian does not have, and put its cjpeg on the PATH as mozjpeg-cjpeg";

const fn needs(names: &'static [&'static str], version: &'static [&'static str], hint: &'static str) -> Needs {
    Needs {
        names,
        version,
        able: None,
        hint,
    }
}

const DJPEG: Needs = needs(&["djpeg"], &["-version"], TURBO);

pub(super) const RECIPES: &[Recipe] = &[
    Recipe {
        name: "jpeg",
        encoder: needs(&["cjpeg"], &["-version"], TURBO),
        decoder: DJPEG,
        ending: "jpg",
        input: Exchange::Ppm,
        output: Exchange::Ppm,
        encode: "-optimize -sample {sample} -quality {q} -outfile {out} {in}",
        decode: "-rgb -pnm -outfile {out} {in}",
        settings: &[("sample", &["2x2", "1x1", "2x1"])],
        qualities: &[10.0, 20.0, 35.0, 55.0, 75.0, 90.0],
        range: (1.0, 100.0),
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
        settings: &[("sample", &["2x2", "1x1", "2x1"])],
        qualities: &[10.0, 20.0, 35.0, 55.0, 75.0, 90.0],
        range: (1.0, 100.0),
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
        settings: &[("effort", &["7", "1", "2", "3", "4", "5", "6", "8", "9"])],
        qualities: &[10.0, 30.0, 50.0, 70.0, 85.0, 92.0],
        range: PERCENT,
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
        settings: &[
            ("speed", &["4", "0", "1", "2", "3", "5", "6", "7", "8", "9", "10"]),
            ("yuv", &["420", "444"]),
        ],
        qualities: &[8.0, 24.0, 40.0, 56.0, 70.0, 82.0],
        range: PERCENT,
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
        settings: &[("yuv", &["420", "444"])],
        qualities: &[10.0, 25.0, 38.0, 48.0, 58.0, 68.0],
        range: PERCENT,
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
        settings: &[("preset", &["medium", "faster", "fast", "slow", "slower"])],
        qualities: &[22.0, 27.0, 32.0, 37.0, 42.0, 47.0],
        range: (0.0, 63.0),
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recipes_name_all_that_they_use() {
        for recipe in RECIPES {
            for wanted in ["{in}", "{out}"] {
                assert!(
                    recipe.encode.contains(wanted) && recipe.decode.contains(wanted),
                    "{}",
                    recipe.name
                );
            }
            assert!(
                recipe.encode.contains("{q}") || recipe.encode.contains("{q63}"),
                "{}",
                recipe.name
            );
            for (setting, values) in recipe.settings {
                assert!(
                    recipe.encode.contains(&format!("{{{setting}}}")),
                    "{} {setting}",
                    recipe.name
                );
                assert!(!values.is_empty());
            }
            assert!(
                recipe
                    .qualities
                    .iter()
                    .all(|q| (recipe.range.0..=recipe.range.1).contains(q))
            );
        }
    }
}
