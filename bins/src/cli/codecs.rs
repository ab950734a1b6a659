//! The codecs of the registry as the command line names them.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use lmc_codec::codecs::{Registry, Row};
use lmc_codec::{MediaKind, Quality};

/// The value of `--codec`.
#[derive(Debug, Clone)]
pub(crate) enum Asked {
    /// What suits the input.
    Auto,
    /// This one.
    Row(Box<Row>),
}

impl Asked {
    /// The codec, if one was named.
    pub(super) fn row(&self) -> Option<&Row> {
        match self {
            Self::Auto => None,
            Self::Row(row) => Some(row),
        }
    }
}

/// Leaves the codec to the input.
const AUTO: &str = "auto";

/// `--codec`: the name of a codec, or none.
pub(super) fn parser() -> impl TypedValueParser<Value = Asked> {
    let registry = Registry::default();
    let known = registry.rows().iter();
    let auto = PossibleValue::new(AUTO).help("What suits the input: drawn pictures exactly where that costs no more");
    let known: Vec<_> = [auto]
        .into_iter()
        .chain(known.map(|row| PossibleValue::new(row.name).help(row.summary)))
        .collect();
    PossibleValuesParser::new(known).try_map(move |name| {
        if name == AUTO {
            return Ok(Asked::Auto);
        }
        let row = registry.named(&name).cloned();
        row.map(|row| Asked::Row(Box::new(row))).ok_or("no codec has this name")
    })
}

/// The help of `--codec`.
pub(super) fn help() -> String {
    let registry = Registry::default();
    let usual = |(media, of)| {
        let row = registry.usual(media, Quality::default())?;
        Some(format!("{} for {of}", row.name))
    };
    let all = [
        (MediaKind::Image, "pictures"),
        (MediaKind::Sound, "sounds"),
        (MediaKind::Video, "videos"),
    ];
    let usual: Vec<String> = all.into_iter().filter_map(usual).collect();
    format!("The codec [default: auto, which is {}]", usual.join(", "))
}

/// Our codecs of these media as `lmc eval` names them, separated by commas.
pub(super) fn series(media: MediaKind) -> String {
    let registry = Registry::default();
    let names: Vec<String> = registry.of(media).map(|row| format!("lmc-{}", row.name)).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_codec_has_a_line_of_help() {
        for row in Registry::default().rows() {
            assert!(row.summary.len() > 10 && !row.summary.ends_with('.'), "{}", row.name);
            let sure = help().contains(row.name);
            assert_eq!(sure, row.takes(Quality::default()), "{}", row.name);
        }
    }
}
