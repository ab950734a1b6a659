//! How programs of codecs are called, as tables.
//!
//! In the arguments `{in}` and `{out}` are files, `{q}` is the quality, and names of settings stand for their values, or
//! for the arguments that these values mean.

/// A program, by the names that it may have.
#[derive(Debug)]
pub(crate) struct Needs {
    pub(crate) names: &'static [&'static str],
    /// What makes it say its version.
    pub(crate) version: &'static [&'static str],
    /// What makes it say what it can do, and a word that must be in that.
    pub(crate) able: Option<(&'static [&'static str], &'static str)>,
    /// How to get it.
    pub(crate) hint: &'static str,
}

/// A placeholder, and what stands for it at a quality.
pub(crate) type Scale = (&'static str, fn(f64) -> i64);

/// A setting, one of its values, and the arguments that mean it.
pub(crate) type Phrase = (&'static str, &'static str, &'static str);

/// A codec as two command lines, with formats of exchange `E`.
#[derive(Debug)]
pub(crate) struct Recipe<E: 'static> {
    pub(crate) name: &'static str,
    pub(crate) encoder: Needs,
    pub(crate) decoder: Needs,
    /// Ending of its files.
    pub(crate) ending: &'static str,
    pub(crate) input: E,
    pub(crate) output: E,
    pub(crate) encode: &'static str,
    pub(crate) decode: &'static str,
    /// Settings with what they may be; the first is the default.
    pub(crate) settings: &'static [(&'static str, &'static [&'static str])],
    /// Arguments that stand for a setting, by its name and its value, where that is not the value itself.
    pub(crate) phrases: &'static [Phrase],
    pub(crate) qualities: &'static [f64],
    pub(crate) range: (f64, f64),
    /// The quality on other scales, by the placeholders that stand for it there.
    pub(crate) scales: &'static [Scale],
}

/// A program that does all that is wanted in every build.
pub(crate) const fn needs(
    names: &'static [&'static str],
    version: &'static [&'static str],
    hint: &'static str,
) -> Needs {
    Needs {
        names,
        version,
        able: None,
        hint,
    }
}

/// That recipes use and explain all that they name.
#[cfg(test)]
pub(crate) fn check_all<E>(recipes: &[Recipe<E>]) {
    for recipe in recipes {
        let name = recipe.name;
        for wanted in ["{in}", "{out}"] {
            assert!(
                recipe.encode.contains(wanted) && recipe.decode.contains(wanted),
                "{name}"
            );
        }
        let scaled = recipe.scales.iter().any(|(scale, _)| recipe.encode.contains(scale));
        assert!(recipe.encode.contains("{q}") || scaled, "{name}");
        for (setting, values) in recipe.settings {
            assert!(recipe.encode.contains(&format!("{{{setting}}}")), "{name} {setting}");
            assert!(!values.is_empty());
        }
        for (setting, value, _) in recipe.phrases {
            let is_known = |(name, values): &(&str, &[&str])| name == setting && values.contains(value);
            assert!(recipe.settings.iter().any(is_known), "{name} {setting} {value}");
        }
        let (low, high) = recipe.range;
        assert!(recipe.qualities.iter().all(|q| (low..=high).contains(q)), "{name}");
    }
}
