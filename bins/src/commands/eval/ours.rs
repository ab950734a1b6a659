//! Our codecs among those measured, as the registry lists them: `lmc-` and the name of the codec.

use std::collections::BTreeMap;
use std::env;
use std::sync::Mutex;
use std::time::Duration;

use anyhow::{Context, Result};
use lmc_codec::codecs::image::Clock;
use lmc_codec::codecs::{DeviceChoice, Registry, Row};
use lmc_codec::{MediaKind, Quality};
use lmc_eval::cache::hash_of_file;

use crate::device::{self, OpenDevice};
use crate::talk::Talk;

/// Further facts about a point or a codec, by name.
pub(super) type Details = BTreeMap<String, serde_json::Value>;

const PREFIX: &str = "lmc-";
/// Letters of hashes that are shown.
const SHORT: usize = 16;

/// The series of a codec without settings.
pub(super) fn series_of(row: &Row) -> String {
    format!("{PREFIX}{}", row.name)
}

/// The codec of a series.
pub(super) fn named(media: MediaKind, series: &str) -> Option<Row> {
    let registry = Registry::default();
    let row = registry.named(series.strip_prefix(PREFIX)?)?;
    (row.media == media).then(|| row.clone())
}

/// All series of these media.
pub(super) fn names(media: MediaKind) -> Vec<String> {
    Registry::default().of(media).map(series_of).collect()
}

/// The codec that is measured where none is named, and these.
pub(super) fn usual_and(media: MediaKind, others: &str) -> String {
    let registry = Registry::default();
    let usual = registry.usual(media, Quality::default()).map(series_of);
    usual
        .into_iter()
        .chain([others.to_owned()])
        .collect::<Vec<_>>()
        .join(",")
}

/// What tells this build of the program from others.
pub(super) fn build() -> Result<String> {
    let program = env::current_exe().context("cannot find this program")?;
    let mut hash = hash_of_file(&program)?;
    hash.truncate(SHORT);
    Ok(hash)
}

/// The device, opened when first needed.
pub(super) struct Device {
    choice: DeviceChoice,
    open: Option<OpenDevice>,
}

impl Device {
    pub(super) fn new(choice: DeviceChoice) -> Self {
        Self { choice, open: None }
    }

    pub(super) fn open(&mut self, talk: &Talk) -> Result<&OpenDevice> {
        if self.open.is_none() {
            self.open = Some(device::open(self.choice, talk)?);
        }
        self.open.as_ref().context("no device")
    }
}

/// Time in the parts of a codec. Tiles that are coded at the same time, on several threads, count each.
#[derive(Debug, Default)]
pub(super) struct Clocks(Mutex<BTreeMap<&'static str, Duration>>);

impl Clock for Clocks {
    fn spent(&self, part: &'static str, time: Duration) {
        let mut parts = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *parts.entry(part).or_default() += time;
    }
}

impl Clocks {
    /// Where the time went: into the parts that have clocks, and into the rest, which is container, colours and copying.
    /// Parts that ran on several threads at a time may together have taken more than the whole; nothing is left for the
    /// rest then. Empty for codecs without clocks.
    pub(super) fn split(&self, what: &str, seconds: f64) -> Details {
        let parts = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let known: f64 = parts.values().map(Duration::as_secs_f64).sum();
        let rest = (!parts.is_empty()).then_some(("rest", (seconds - known).max(0.0)));
        let parts = parts.iter().map(|(&part, time)| (part, time.as_secs_f64()));
        let all = parts.chain(rest);
        all.map(|(part, seconds)| (format!("{what} seconds in {part}"), seconds.into()))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn series_are_those_of_the_registry() {
        let registry = Registry::default();
        for row in registry.rows() {
            let series = series_of(row);
            assert_eq!(named(row.media, &series).map(|row| row.name), Some(row.name));
            assert!(names(row.media).contains(&series));
            assert!(named(row.media, row.name).is_none());
        }
        let media = [MediaKind::Image, MediaKind::Sound, MediaKind::Video];
        assert_eq!(
            media.map(|media| names(media).len()).iter().sum::<usize>(),
            registry.rows().len()
        );
    }

    #[test]
    fn times_add_up() {
        let clocks = Clocks::default();
        assert!(clocks.split("encode", 1.0).is_empty());
        for _ in 0..2 {
            clocks.spent("coder", Duration::from_millis(250));
        }
        let split = clocks.split("encode", 2.0);
        assert_eq!(split["encode seconds in coder"], 0.5);
        assert_eq!(split["encode seconds in rest"], 1.5);
        assert_eq!(clocks.split("encode", 0.25)["encode seconds in rest"], 0.0);
    }
}
