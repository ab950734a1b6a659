//! What is said of damage: the first of it in words, and how much there is.

use lmc_codec::DamageReport;
use lmc_codec::container::{PartKind, Places};
use serde::Serialize;

use crate::talk::Talk;

/// The most lines of damage that are said of a stream.
pub(crate) const SHOWN: usize = 20;

/// What is wrong with a stream. Its size is bounded, however much there is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Faults {
    /// The first of it.
    damage: Vec<String>,
    /// How much there is, counting a run of lost parts as one.
    damage_count: u64,
    /// Tiles, packets or frames that are lost.
    lost_parts: u64,
    /// Tiles whose alpha is lost.
    #[serde(skip_serializing_if = "is_zero")]
    lost_alpha: u64,
    /// Packets of the sound of a video that are lost.
    #[serde(skip_serializing_if = "is_zero")]
    lost_sound: u64,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl Faults {
    /// What a report lists.
    pub(crate) fn new(report: &DamageReport, places: &dyn Places) -> Self {
        let entries = report.entries();
        Self {
            damage: entries.iter().take(SHOWN).map(|damage| damage.line(places)).collect(),
            damage_count: entries.len() as u64 + report.more(),
            lost_parts: report.lost(PartKind::Symbols),
            lost_alpha: report.lost(PartKind::Alpha),
            lost_sound: report.lost(PartKind::Sound),
        }
    }

    /// Whether nothing is wrong.
    pub(crate) fn is_empty(&self) -> bool {
        self.damage_count == 0
    }

    /// The first of it, and a last line that counts the rest.
    pub(crate) fn lines(&self) -> impl Iterator<Item = String> {
        let rest = self.damage_count - self.damage.len() as u64;
        let rest = (rest > 0).then(|| format!("and {rest} more of such, {} parts lost in all", self.lost_parts));
        self.damage.iter().cloned().chain(rest)
    }

    /// Says it as warnings about `name`.
    pub(crate) fn warn(&self, name: &str, what: &str, talk: &Talk) {
        for line in self.lines() {
            talk.warn(format_args!("{name}: {what}{line}"));
        }
    }

    /// The first of it and how much more there is, in one line.
    pub(crate) fn summary(&self) -> String {
        let first = self.damage.first().cloned().unwrap_or_default();
        match self.damage_count {
            0 | 1 => first,
            count => format!("{first} and {} more", count - 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lmc_codec::container::{Cause, MediaKind};

    struct Nowhere;

    impl Places for Nowhere {
        fn part_name(&self) -> &'static str {
            MediaKind::Sound.part_name()
        }

        fn place(&self, _: u32, _: u32) -> Option<String> {
            None
        }
    }

    #[test]
    fn much_damage_is_counted_and_not_listed() {
        let mut report = DamageReport::default();
        for packet in 0..100_000 {
            report.lose(PartKind::Symbols, 2 * packet, 1, Cause::Missing);
        }
        let found = Faults::new(&report, &Nowhere);
        let lines: Vec<String> = found.lines().collect();
        assert_eq!(
            (lines.len(), found.damage_count, found.lost_parts),
            (SHOWN + 1, 100_000, 100_000)
        );
        assert_eq!(lines[SHOWN], "and 99980 more of such, 100000 parts lost in all");
        assert_eq!(found.summary(), "packet 0: missing and 99999 more");
        assert!(Faults::default().is_empty() && !found.is_empty());
    }
}
