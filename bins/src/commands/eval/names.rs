//! Names of series as users write them: `NAME[@KEY=VALUE,...]`, separated by commas, and qualities.

use anyhow::Result;

use crate::cli::values;
use crate::usage::usage;

/// A series as named on the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named {
    /// All of it.
    pub(super) name: String,
    /// What stands before the @.
    pub(super) codec: String,
    /// Keys and values.
    pub(super) options: Vec<(String, String)>,
}

/// Reads a list. A part with = but without @ is a further setting of the series before it.
pub(super) fn parse(list: &str) -> Result<Vec<Named>> {
    let mut all: Vec<Named> = Vec::new();
    for part in list.split(',').map(str::trim) {
        match (part.split_once('@'), all.last_mut()) {
            (Some((codec, setting)), _) => {
                let options = vec![option(setting)?];
                all.push(Named {
                    name: part.to_owned(),
                    codec: codec.to_owned(),
                    options,
                });
            }
            (None, Some(last)) if part.contains('=') && last.name.contains('@') => {
                last.options.push(option(part)?);
                last.name = format!("{},{part}", last.name);
            }
            (None, _) => all.push(Named {
                name: part.to_owned(),
                codec: part.to_owned(),
                options: Vec::new(),
            }),
        }
    }
    for (i, named) in all.iter().enumerate() {
        if all[..i].contains(named) {
            return Err(usage(format!("{} is named twice", named.name)));
        }
    }
    Ok(all)
}

fn option(text: &str) -> Result<(String, String)> {
    let (key, value) = text
        .split_once('=')
        .ok_or_else(|| usage(format!("'{text}' is not KEY=VALUE")))?;
    Ok((key.to_owned(), value.to_owned()))
}

/// Settings of all series, or of those of a name: qualities, or rates in kbit/s.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Settings {
    /// A series or a codec; nothing for all.
    pub(super) of: Option<String>,
    /// In rising order, each once.
    pub(super) values: Vec<f64>,
}

/// Reads `20,50,80` or `jpeg=20,50,80`. The name of a series may hold = itself, so the last one counts.
pub(super) fn qualities(text: &str) -> Result<Settings> {
    settings(text, "quality", |word| word.parse().ok())
}

/// Reads `6k,9k` or `opus=6k,9k`, in kbit/s.
pub(super) fn bitrates(text: &str) -> Result<Settings> {
    settings(text, "bit rate", |word| {
        let bits = values::bitrate(word).ok()?;
        Some(bits / 1000.0)
    })
}

fn settings(text: &str, what: &str, parse: impl Fn(&str) -> Option<f64>) -> Result<Settings> {
    let (of, list) = match text.rsplit_once('=') {
        Some((of, list)) => (Some(of.to_owned()), list),
        None => (None, text),
    };
    let mut values = Vec::new();
    for word in list.split(',') {
        let value = parse(word.trim()).filter(|value| value.is_finite());
        values.push(value.ok_or_else(|| usage(format!("'{word}' is no {what}")))?);
    }
    values.sort_by(f64::total_cmp);
    values.dedup();
    Ok(Settings { of, values })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_belong_to_the_series_before_them() {
        let all = parse("lmc-wavelet@tile-size=64,effort=1,jpeg,avif@speed=8").unwrap();
        let names: Vec<&str> = all.iter().map(|named| named.name.as_str()).collect();
        assert_eq!(names, ["lmc-wavelet@tile-size=64,effort=1", "jpeg", "avif@speed=8"]);
        assert_eq!(all[0].options[1], ("effort".to_owned(), "1".to_owned()));
        assert!(parse("jpeg,jpeg").is_err());
        assert!(parse("jpeg@sample").is_err());
    }

    #[test]
    fn qualities_are_for_all_or_for_one() {
        assert_eq!(
            qualities("50,20,50").unwrap(),
            Settings {
                of: None,
                values: vec![20.0, 50.0]
            }
        );
        let one = qualities("avif@speed=8=10,30").unwrap();
        assert_eq!((one.of.as_deref(), one.values.len()), (Some("avif@speed=8"), 2));
        for bad in ["", "a", "jpeg=", "NaN", "1,,2"] {
            assert!(qualities(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn bit_rates_are_in_thousands() {
        assert_eq!(bitrates("6k,1.5k,64000").unwrap().values, [1.5, 6.0, 64.0]);
        assert_eq!(
            bitrates("opus@framesize=60=6k").unwrap().of.as_deref(),
            Some("opus@framesize=60")
        );
        for bad in ["k", "-6k", "0", "6k,", "opus="] {
            assert!(bitrates(bad).is_err(), "{bad}");
        }
    }
}
