//! The classical codecs, by name.

mod program;
mod recipes;
mod tools;
mod webp;

pub use tools::{Tool, Usage, peak_memory_of_this_process};

use std::sync::Arc;

use super::Codec;
use crate::{EvalError, Result};

/// Settings of a series: names and values, as the user wrote them.
pub type Options = [(String, String)];

/// Names of the classical codecs.
pub fn names() -> Vec<&'static str> {
    let recipes = recipes::RECIPES.iter().map(|recipe| recipe.name);
    recipes.chain([webp::NAME]).collect()
}

/// The classical codec of that name; nothing where there is none.
///
/// # Errors
/// `Parameter` for unknown settings, `Missing` when a program that it needs is not there, with the package that has it.
pub fn open(name: &str, options: &Options) -> Result<Option<Arc<dyn Codec>>> {
    if name == webp::NAME {
        return Ok(Some(Arc::new(webp::WebP::new(options)?)));
    }
    match recipes::RECIPES.iter().find(|recipe| recipe.name == name) {
        Some(recipe) => Ok(Some(Arc::new(program::Program::new(recipe, options)?))),
        None => Ok(None),
    }
}

/// The value of each setting that a codec has: what the user says, else its default (the first allowed value).
fn resolve<'a>(
    codec: &str,
    known: &[(&'static str, &'a [&'a str])],
    options: &Options,
) -> Result<Vec<(&'static str, String)>> {
    let mut values: Vec<(&'static str, String)> = Vec::new();
    for (name, allowed) in known {
        values.push((name, allowed.first().copied().unwrap_or_default().to_owned()));
    }
    for (name, value) in options {
        let names = || known.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
        let Some(place) = known.iter().position(|(known, _)| known == name) else {
            let reason = format!("{codec} has no setting '{name}'; it has: {}", names());
            return Err(EvalError::Parameter(reason));
        };
        if !known[place].1.contains(&value.as_str()) {
            let allowed = known[place].1.join(", ");
            return Err(EvalError::Parameter(format!(
                "{codec}@{name} may be {allowed}, not '{value}'"
            )));
        }
        values[place].1.clone_from(value);
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(name: &str, value: &str) -> Vec<(String, String)> {
        vec![(name.to_owned(), value.to_owned())]
    }

    #[test]
    fn settings_are_checked() {
        let known: &[(&'static str, &[&str])] = &[("speed", &["4", "8"]), ("yuv", &["420"])];
        let values = resolve("x", known, &options("speed", "8")).unwrap();
        assert_eq!(values, [("speed", "8".to_owned()), ("yuv", "420".to_owned())]);
        assert!(resolve("x", known, &options("speed", "9")).is_err());
        let error = resolve("x", known, &options("effort", "1")).unwrap_err().to_string();
        assert!(error.contains("speed, yuv"), "{error}");
    }

    #[test]
    fn names_lead_to_codecs() {
        assert_eq!(names(), ["jpeg", "mozjpeg", "jxl", "avif", "heif", "vvc", "webp"]);
        assert!(open("gif", &[]).unwrap().is_none());
        assert!(open("webp", &options("method", "6")).unwrap().is_some());
        assert!(open("webp", &options("method", "7")).is_err());
    }
}
