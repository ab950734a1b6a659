//! From names to codecs that can be run.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Result;
use lmc_eval::EvalError;
use lmc_eval::anchors::Anchor;
use lmc_eval::codec::Codec;
use lmc_eval::results::Series;
use lmc_eval::run::Planned;

use super::kind::{Host, Kind, Pace, Paces};
use super::names::{Named, Settings, bitrates, qualities};
use super::ours::Device;
use crate::cli::EvalArgs;
use crate::talk::Talk;
use crate::usage::usage;

/// Series to measure, and what there is to say of those that cannot be.
pub(super) struct Chosen<M: Kind> {
    pub(super) series: Vec<Planned<M>>,
    /// Those whose programs are not there.
    pub(super) missing: Vec<Series>,
    pub(super) notes: Vec<String>,
}

/// The codec of a series by its name.
pub(super) fn codec_of(name: &str) -> &str {
    name.split('@').next().unwrap_or(name)
}

/// What the user wants of the points of series.
struct Wanted {
    qualities: Vec<Settings>,
    bitrates: Vec<Settings>,
}

impl Wanted {
    fn read(args: &EvalArgs) -> Result<Self> {
        let read = |list: &[String], parse: fn(&str) -> Result<Settings>| -> Result<Vec<Settings>> {
            list.iter().map(|text| parse(text)).collect()
        };
        Ok(Self {
            qualities: read(&args.qualities, qualities)?,
            bitrates: read(&args.bitrates, bitrates)?,
        })
    }

    fn all(&self, pace: Pace) -> &[Settings] {
        match pace {
            Pace::Quality => &self.qualities,
            Pace::Bitrate => &self.bitrates,
        }
    }

    /// The settings of a series: what names the series counts before what names its codec, and that before what is for
    /// all. Whether they are for it alone.
    fn of(&self, name: &str, pace: Pace) -> Option<(&Settings, bool)> {
        let all = self.all(pace);
        let of = |wanted: Option<&str>| all.iter().rev().find(|settings| settings.of.as_deref() == wanted);
        let own = of(Some(name)).or_else(|| of(Some(codec_of(name))));
        own.map(|own| (own, true)).or_else(|| Some((of(None)?, false)))
    }

    /// Whether qualities or bit rates make the points of a series. If both can, its own setting decides, then one for all.
    fn pace(&self, name: &str, paces: Paces) -> Pace {
        let own = |pace| self.of(name, pace).is_some_and(|(_, own)| own);
        match paces {
            Paces::Only(pace) => pace,
            Paces::Either if own(Pace::Bitrate) => Pace::Bitrate,
            Paces::Either if self.of(name, Pace::Quality).is_some() => Pace::Quality,
            Paces::Either => Pace::Bitrate,
        }
    }
}

/// Opens what `--codecs` and `--model` name.
///
/// # Errors
/// Usage errors for unknown names and settings, and when no codec is left.
pub(super) fn choose<M: Kind>(named: &[Named], args: &EvalArgs, talk: &Talk) -> Result<Chosen<M>> {
    let wanted = Wanted::read(args)?;
    let mut chosen = Chosen {
        series: Vec::new(),
        missing: Vec::new(),
        notes: Vec::new(),
    };
    let mut paces = BTreeMap::new();
    let mut host = Host {
        device: Device::new(args.device),
        talk,
    };
    for named in named {
        let pace = wanted.pace(&named.name, M::paces(&named.codec));
        match open(named, pace, &mut host) {
            Ok(codec) => chosen.add(&named.name, codec, pace, &wanted)?,
            Err(error) => chosen.miss(named.name.clone(), error, talk)?,
        }
        paces.insert(named.name.clone(), pace);
    }
    for path in &args.model {
        let model = M::open_model(path, &|name, codec| wanted.pace(name, M::paces(codec)), &mut host)?;
        chosen.add(&model.name, model.codec, model.pace, &wanted)?;
        paces.insert(model.name, model.pace);
    }
    check_used(&wanted, &paces)?;
    if chosen.series.is_empty() {
        return Err(usage("none of the codecs is there: see the warnings"));
    }
    Ok(chosen)
}

/// That every list of settings is for a series that follows it.
fn check_used(wanted: &Wanted, paces: &BTreeMap<String, Pace>) -> Result<()> {
    for (flag, pace) in [("--qualities", Pace::Quality), ("--bitrates", Pace::Bitrate)] {
        for Settings { of, .. } in wanted.all(pace) {
            let is = |name: &str| of.as_deref().is_none_or(|of| name == of || codec_of(name) == of);
            let meant: Vec<&Pace> = paces
                .iter()
                .filter(|(name, _)| is(name))
                .map(|(_, follows)| follows)
                .collect();
            if meant.contains(&&pace) {
                continue;
            }
            let reason = match of {
                Some(of) if meant.is_empty() => format!("{flag} names {of}, which is not measured"),
                Some(of) => format!("{flag} names {of}, which does not follow them here"),
                None => format!("{flag} is given, and no codec of this run has them"),
            };
            return Err(usage(reason));
        }
    }
    Ok(())
}

fn open<M: Kind>(named: &Named, pace: Pace, host: &mut Host<'_>) -> Result<Arc<dyn Codec<M>>> {
    match M::open(named, pace, host) {
        Ok(Some(codec)) => Ok(codec),
        Ok(None) => {
            let classical = M::classical().into_iter().map(str::to_owned);
            let known: Vec<String> = M::ours().into_iter().chain(classical).collect();
            let known = known.join(", ");
            let files = M::MEDIUM.files();
            let reason = format!("there is no codec '{}' of {files}: there are {known}", named.codec);
            Err(usage(reason))
        }
        Err(error) => match error.downcast::<EvalError>() {
            Ok(EvalError::Parameter(reason)) => Err(usage(reason)),
            Ok(error) => Err(error.into()),
            Err(error) => Err(error),
        },
    }
}

/// That `--anchor` names a series, found before hours of work.
pub(super) fn check_anchor<M: Kind>(args: &EvalArgs, chosen: &Chosen<M>, published: &[Anchor]) -> Result<()> {
    let mut names = chosen
        .all_names()
        .chain(published.iter().map(|anchor| &anchor.series.name));
    match &args.anchor {
        Some(anchor) if !names.any(|name| name == anchor) => {
            let measured: Vec<&str> = chosen.all_names().map(String::as_str).collect();
            let reason = format!("--anchor {anchor} is no series: there are {}", measured.join(", "));
            Err(usage(reason))
        }
        _ => Ok(()),
    }
}

impl<M: Kind> Chosen<M> {
    fn all_names(&self) -> impl Iterator<Item = &String> {
        self.series.iter().map(|series| &series.name)
    }

    fn add(&mut self, name: &str, codec: Arc<dyn Codec<M>>, pace: Pace, wanted: &Wanted) -> Result<()> {
        if self.all_names().any(|other| other == name) {
            return Err(usage(format!("{name} is there twice")));
        }
        let (low, high) = codec.quality_range();
        let inside = |value: &f64| (low..=high).contains(value);
        let mut values = match wanted.of(name, pace) {
            Some((settings, own)) if own || low < high => settings.values.clone(),
            // A list for all codecs says nothing to one that has a single quality.
            _ => codec.default_qualities(),
        };
        // A list of rates for all codecs holds some that are not for each; a quality out of range is a mistake.
        let for_all = pace == Pace::Bitrate && wanted.of(name, pace).is_some_and(|(_, own)| !own);
        if for_all {
            values.retain(inside);
        }
        let what = match pace {
            Pace::Quality => "qualities",
            Pace::Bitrate => "bit rates in kbit/s",
        };
        if let Some(bad) = values.iter().find(|value| !inside(value)) {
            return Err(usage(format!("{name} has {what} of {low} to {high}, not {bad}")));
        }
        if values.is_empty() {
            return Err(usage(format!(
                "{name} has {what} of {low} to {high}, and none of those given"
            )));
        }
        self.series.push(Planned {
            name: name.to_owned(),
            codec,
            qualities: values,
        });
        Ok(())
    }

    /// A codec whose program is not there is noted; any other error ends the run.
    fn miss(&mut self, name: String, error: anyhow::Error, talk: &Talk) -> Result<()> {
        if !matches!(error.downcast_ref(), Some(EvalError::Missing { .. })) {
            return Err(error);
        }
        let note = format!("{name} is left out: {error}");
        talk.warn(&note);
        self.notes.push(note);
        self.missing.push(Series {
            name,
            error: Some(error.to_string()),
            ..Series::default()
        });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(quality_lists: &[&str], bitrate_lists: &[&str]) -> Wanted {
        Wanted {
            qualities: quality_lists.iter().map(|text| qualities(text).unwrap()).collect(),
            bitrates: bitrate_lists.iter().map(|text| bitrates(text).unwrap()).collect(),
        }
    }

    #[test]
    fn what_is_said_of_a_series_counts_most() {
        let pace = |wanted: &Wanted, name: &str| wanted.pace(name, Paces::Either);
        assert_eq!(pace(&wanted(&[], &[]), "a"), Pace::Bitrate);
        assert_eq!(pace(&wanted(&["20"], &["6k"]), "a"), Pace::Quality);
        assert_eq!(pace(&wanted(&["20"], &["a=6k"]), "a@x=1"), Pace::Bitrate);
        assert_eq!(pace(&wanted(&["b=20"], &["6k"]), "a"), Pace::Bitrate);
        let both = wanted(&["a=20", "30", "a@x=1=40"], &[]);
        let values = |name| both.of(name, Pace::Quality).unwrap().0.values.clone();
        assert_eq!(
            (values("a@x=1"), values("a"), values("b")),
            (vec![40.0], vec![20.0], vec![30.0])
        );
    }

    #[test]
    fn lists_that_nothing_follows_are_refused() {
        let paces = BTreeMap::from([("a".to_owned(), Pace::Quality), ("b".to_owned(), Pace::Bitrate)]);
        assert!(check_used(&wanted(&["20", "a=30"], &["b=6k"]), &paces).is_ok());
        for (q, b) in [(&["c=20"][..], &[][..]), (&["b=20"], &[]), (&[], &["a=6k"])] {
            assert!(check_used(&wanted(q, b), &paces).is_err(), "{q:?} {b:?}");
        }
        let pictures = BTreeMap::from([("a".to_owned(), Pace::Quality)]);
        assert!(check_used(&wanted(&[], &["6k"]), &pictures).is_err());
    }
}
