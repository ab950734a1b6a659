//! The classical codecs, by name.

mod recipes;
mod webp;

use std::sync::Arc;

use super::Rgb;
use crate::Result;
use crate::codec::Codec;
use crate::programs::{Options, Program};

/// Names of the classical codecs.
pub fn names() -> Vec<&'static str> {
    let recipes = recipes::RECIPES.iter().map(|recipe| recipe.name);
    recipes.chain([webp::NAME]).collect()
}

/// The classical codec of that name; nothing where there is none.
///
/// # Errors
/// `Parameter` for unknown settings, `Missing` when a program that it needs is not there, with the package that has it.
pub fn open(name: &str, options: &Options) -> Result<Option<Arc<dyn Codec<Rgb>>>> {
    if name == webp::NAME {
        return Ok(Some(Arc::new(webp::WebP::new(options)?)));
    }
    match recipes::RECIPES.iter().find(|recipe| recipe.name == name) {
        Some(recipe) => Ok(Some(Arc::new(Program::new(recipe, options)?))),
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(name: &str, value: &str) -> Vec<(String, String)> {
        vec![(name.to_owned(), value.to_owned())]
    }

    #[test]
    fn names_lead_to_codecs() {
        assert_eq!(names(), ["jpeg", "mozjpeg", "jxl", "avif", "heif", "vvc", "webp"]);
        assert!(open("gif", &[]).unwrap().is_none());
        assert!(open("webp", &options("method", "6")).unwrap().is_some());
        assert!(open("webp", &options("method", "7")).is_err());
    }
}
