//! Walks over the segments of a stream and, where it is damaged, finds the next whole one.

use super::segment::{FIRST_ANCILLARY, Fault, Raw, SegmentId};

/// Bytes of checksums that the search for whole segments may compute, over the whole stream: a
/// hostile stream of false headers costs a fraction of a second and no more. Honest damage needs a
/// thousandth.
pub(super) const SEARCH_BUDGET: usize = 512 << 20;
/// What looking at one false header costs of the budget.
pub(super) const HEADER_COST: usize = 8;

/// What lies at a place of the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// A whole segment.
    Segment(Raw),
    /// No whole segment from `start` to `end`, where the next one or the end of the stream is.
    Damage { start: usize, end: usize, fault: Fault },
}

/// A cursor over segments.
pub(crate) struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
    budget: usize,
}

impl<'a> Scanner<'a> {
    /// Starts at the byte `at`, behind the header.
    pub(crate) fn new(bytes: &'a [u8], at: usize) -> Self {
        Self {
            bytes,
            at,
            budget: SEARCH_BUDGET,
        }
    }

    /// Offset of the next step.
    pub(crate) fn position(&self) -> usize {
        self.at
    }

    /// Finds where a whole segment starts behind the damage at `start`; the stream's length if
    /// nowhere.
    fn resynchronise(&mut self, start: usize, fault: Fault) -> usize {
        if let Fault::Crc { end } = fault {
            // The payload alone is damaged if a header, or nothing at all, follows it.
            if end == self.bytes.len() || Raw::parse(self.bytes, end).is_ok() {
                return end;
            }
        }
        let mut at = start + 1;
        while at < self.bytes.len() {
            if self.whole_at(at) {
                return at;
            }
            if self.budget == 0 {
                break;
            }
            at += 1;
        }
        self.bytes.len()
    }

    /// Whether a whole segment of a known kind starts at `at`.
    fn whole_at(&mut self, at: usize) -> bool {
        // Unknown ancillary ids would make every second byte a candidate.
        let known = self.bytes.get(at).is_some_and(|&id| id <= SegmentId::Exif.to_byte());
        if !known {
            return false;
        }
        self.budget = self.budget.saturating_sub(HEADER_COST);
        let Ok(raw) = Raw::parse(self.bytes, at) else {
            return false;
        };
        let cost = raw.end - at;
        if cost > self.budget {
            self.budget = 0;
            return false;
        }
        let whole = raw.verify(self.bytes).is_ok();
        if !whole {
            self.budget -= cost;
        }
        whole
    }
}

impl Iterator for Scanner<'_> {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        let start = self.at;
        if start >= self.bytes.len() {
            return None;
        }
        let found = Raw::parse(self.bytes, start).and_then(|raw| raw.verify(self.bytes).map(|()| raw));
        let step = match found {
            Ok(raw) => {
                self.at = raw.end;
                Step::Segment(raw)
            }
            Err(fault) => {
                if let Fault::Crc { end } = fault {
                    self.budget = self.budget.saturating_sub(end - start);
                }
                self.at = self.resynchronise(start, fault);
                Step::Damage {
                    start,
                    end: self.at,
                    fault,
                }
            }
        };
        Some(step)
    }
}

/// Whether `id` is neither of pictures nor skippable.
pub(crate) fn is_unknown(id: SegmentId) -> bool {
    id == SegmentId::Packet || matches!(id, SegmentId::Other(byte) if byte < FIRST_ANCILLARY)
}
