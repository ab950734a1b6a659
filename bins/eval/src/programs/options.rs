//! Settings of codecs.

use crate::{EvalError, Result};

/// Settings of a series: names and values, as the user wrote them.
pub type Options = [(String, String)];

/// The value of each setting that a codec has: what the user says, else its default (the first allowed value).
pub(crate) fn resolve(
    codec: &str,
    known: &[(&'static str, &[&str])],
    options: &Options,
) -> Result<Vec<(&'static str, String)>> {
    let mut values: Vec<(&'static str, String)> = Vec::new();
    for (name, allowed) in known {
        values.push((name, allowed.first().copied().unwrap_or_default().to_owned()));
    }
    for (name, value) in options {
        let Some(place) = known.iter().position(|(known, _)| known == name) else {
            return Err(unknown(codec, known, name));
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

fn unknown(codec: &str, known: &[(&'static str, &[&str])], name: &str) -> EvalError {
    let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
    let it_has = match names.join(", ") {
        none if none.is_empty() => "none".to_owned(),
        names => names,
    };
    EvalError::Parameter(format!("{codec} has no setting '{name}'; it has: {it_has}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_checked() {
        let options = |name: &str, value: &str| vec![(name.to_owned(), value.to_owned())];
        let known: &[(&'static str, &[&str])] = &[("speed", &["4", "8"]), ("yuv", &["420"])];
        let values = resolve("x", known, &options("speed", "8")).unwrap();
        assert_eq!(values, [("speed", "8".to_owned()), ("yuv", "420".to_owned())]);
        assert!(resolve("x", known, &options("speed", "9")).is_err());
        let error = resolve("x", known, &options("effort", "1")).unwrap_err().to_string();
        assert!(error.contains("speed, yuv"), "{error}");
    }
}
