//! A codec that is two programs.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::recipes::{Needs, Recipe};
use super::tools::Tool;
use super::{Options, resolve};
use crate::pictures::codec::Exchange;
use crate::pictures::{Codec, Decoded, Encoded, Input, png_file, pnm};
use crate::{EvalError, Result};

/// A recipe with its programs found and its settings known.
pub(super) struct Program {
    recipe: &'static Recipe,
    encoder: Tool,
    decoder: Tool,
    settings: Vec<(&'static str, String)>,
    version: String,
}

impl Program {
    pub(super) fn new(recipe: &'static Recipe, options: &Options) -> Result<Self> {
        let settings = resolve(recipe.name, recipe.settings, options)?;
        let (encoder, decoder) = (find(&recipe.encoder)?, find(&recipe.decoder)?);
        let version = if encoder.version == decoder.version {
            encoder.version.clone()
        } else {
            format!("{}; {}", encoder.version, decoder.version)
        };
        Ok(Self {
            recipe,
            encoder,
            decoder,
            settings,
            version,
        })
    }

    fn encode_line(&self) -> String {
        let mut line = self.recipe.encode.to_owned();
        for (name, value) in &self.settings {
            line = line.replace(&format!("{{{name}}}"), value);
        }
        line
    }
}

fn find(needs: &Needs) -> Result<Tool> {
    let tool = Tool::find(needs.names, needs.version, needs.hint)?;
    match needs.able {
        Some((args, word)) if !tool.says(args).contains(word) => Err(EvalError::Missing {
            program: format!("{} with {word}", tool.name),
            hint: needs.hint.to_owned(),
        }),
        _ => Ok(tool),
    }
}

/// What a program wrote. That it wrote nothing though it ended well is its failure and concerns this point alone.
fn take(tool: &Tool, path: &Path) -> Result<Vec<u8>> {
    let bytes = fs::read(path).and_then(|bytes| fs::remove_file(path).map(|()| bytes));
    bytes.map_err(|error| EvalError::codec(tool.name, format!("no output: {error}")))
}

/// The words of a command line. Files go in last, so that spaces in their names do no harm.
fn words(line: &str, replacements: &[(&str, &str)]) -> Vec<String> {
    let replaced = |word: &str| {
        let fill = |word: String, (from, to): &(&str, &str)| word.replace(from, to);
        replacements.iter().fold(word.to_owned(), fill)
    };
    line.split_whitespace().map(replaced).collect()
}

/// As `avifenc` maps 0..=100 to its quantisers, 63 for 0.
fn av1_quantizer(quality: f64) -> i64 {
    ((100.0 - quality) * 63.0 / 100.0).round() as i64
}

impl Codec for Program {
    fn version(&self) -> &str {
        &self.version
    }

    fn encode_command(&self) -> String {
        format!("{} {}", self.encoder.name, self.encode_line())
    }

    fn decode_command(&self) -> String {
        format!("{} {}", self.decoder.name, self.recipe.decode)
    }

    fn default_qualities(&self) -> Vec<f64> {
        self.recipe.qualities.to_vec()
    }

    fn quality_range(&self) -> (f64, f64) {
        self.recipe.range
    }

    fn encode(&self, input: &Input<'_>, quality: f64) -> Result<Encoded> {
        let file = input.file(self.recipe.input)?.display().to_string();
        let out = input.work().join("stream").with_extension(self.recipe.ending);
        let (q, q63) = (format!("{quality}"), av1_quantizer(quality).to_string());
        let replacements = [
            ("{q}", &*q),
            ("{q63}", &*q63),
            ("{in}", &*file),
            ("{out}", &*out.display().to_string()),
        ];
        let usage = self
            .encoder
            .run(&words(&self.encode_line(), &replacements), input.work())?;
        let stream = take(&self.encoder, &out)?;
        Ok(Encoded {
            stream,
            seconds: usage.seconds,
            peak_bytes: usage.peak_bytes,
            ..Encoded::default()
        })
    }

    fn decode(&self, stream: &[u8], work: &Path) -> Result<Decoded> {
        let file = work.join("stream").with_extension(self.recipe.ending);
        let ending = match self.recipe.output {
            Exchange::Ppm => "ppm",
            Exchange::Png => "png",
        };
        let out = work.join("decoded").with_extension(ending);
        fs::write(&file, stream).map_err(EvalError::io("write", &file))?;
        let replacements = [
            ("{in}", &*file.display().to_string()),
            ("{out}", &*out.display().to_string()),
        ];
        let usage = self.decoder.run(&words(self.recipe.decode, &replacements), work)?;
        let bytes = take(&self.decoder, &out)?;
        let picture = match self.recipe.output {
            Exchange::Ppm => pnm::parse(&bytes)?,
            Exchange::Png => png_file::parse(&bytes)?,
        };
        Ok(Decoded {
            picture,
            seconds: usage.seconds,
            peak_bytes: usage.peak_bytes,
            details: BTreeMap::new(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_with_spaces_stay_one_word() {
        let words = words("-q {q} -a cq={q} {in}", &[("{q}", "5"), ("{in}", "/a b/c.png")]);
        assert_eq!(words, ["-q", "5", "-a", "cq=5", "/a b/c.png"]);
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
        let picture = crate::pictures::Rgb::new(96, 80, samples).unwrap();
        for recipe in super::super::recipes::RECIPES {
            let codec = match Program::new(recipe, &[]) {
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
            let psnr = crate::pictures::metrics::psnr_db(&picture, &decoded.picture);
            assert!(psnr > 20.0, "{}: {psnr} dB", recipe.name);
            assert!(
                codec.decode(b"no stream at all", work.path()).is_err(),
                "{}",
                recipe.name
            );
        }
    }
}
