//! A codec that is two programs.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::recipe::{Needs, Recipe};
use super::tool::Tool;
use super::{Options, resolve};
use crate::codec::{Codec, Decoded, Encoded, Input};
use crate::media::Media;
use crate::{EvalError, Result};

/// A recipe with its programs found and its settings known.
pub(crate) struct Program<M: Media> {
    recipe: &'static Recipe<M::Exchange>,
    encoder: Tool,
    decoder: Tool,
    settings: Vec<(&'static str, String)>,
    version: String,
}

impl<M: Media> Program<M> {
    /// Finds the programs.
    pub(crate) fn new(recipe: &'static Recipe<M::Exchange>, options: &Options) -> Result<Self> {
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

    /// The program that decodes.
    pub(crate) fn decoder(&self) -> &Tool {
        &self.decoder
    }

    /// The arguments of the encoder, where only file names and the quality are open.
    fn encode_line(&self) -> String {
        let mut line = self.recipe.encode.to_owned();
        for (name, value) in &self.settings {
            let phrase = self.recipe.phrases.iter().find(|(of, is, _)| of == name && is == value);
            line = line.replace(&format!("{{{name}}}"), phrase.map_or(value, |(_, _, phrase)| phrase));
        }
        line.split_whitespace().collect::<Vec<_>>().join(" ")
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
fn words(line: &str, replacements: &[(&str, String)]) -> Vec<String> {
    let replaced = |word: &str| {
        let fill = |word: String, (from, to): &(&str, String)| word.replace(from, to);
        replacements.iter().fold(word.to_owned(), fill)
    };
    line.split_whitespace().map(replaced).collect()
}

impl<M: Media> Codec<M> for Program<M> {
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

    fn encode(&self, input: &Input<'_, M>, quality: f64) -> Result<Encoded> {
        let file = input.file(self.recipe.input)?.display().to_string();
        let out = input.work().join("stream").with_extension(self.recipe.ending);
        let mut replacements = vec![
            ("{q}", format!("{quality}")),
            ("{in}", file),
            ("{out}", out.display().to_string()),
        ];
        for (name, scale) in self.recipe.scales {
            replacements.push((name, scale(quality).to_string()));
        }
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

    fn decode(&self, stream: &[u8], work: &Path) -> Result<Decoded<M>> {
        let file = work.join("stream").with_extension(self.recipe.ending);
        let out = work.join("decoded").with_extension(M::ending(self.recipe.output));
        fs::write(&file, stream).map_err(EvalError::io("write", &file))?;
        let replacements = [
            ("{in}", file.display().to_string()),
            ("{out}", out.display().to_string()),
        ];
        let usage = self.decoder.run(&words(self.recipe.decode, &replacements), work)?;
        let bytes = take(&self.decoder, &out)?;
        Ok(Decoded {
            media: M::from_file(self.recipe.output, &bytes)?,
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
        let replacements = [("{q}", "5".to_owned()), ("{in}", "/a b/c.png".to_owned())];
        let words = words("-q {q} -a cq={q} {in}", &replacements);
        assert_eq!(words, ["-q", "5", "-a", "cq=5", "/a b/c.png"]);
    }
}
