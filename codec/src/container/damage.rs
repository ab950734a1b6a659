//! The damage report of a stream that was read in spite of it. Its size is bounded.

use std::fmt;

/// The most entries of a report; further damage is only counted.
pub const MAX_DAMAGE: usize = 4096;

/// What a part carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PartKind {
    /// The coded symbols of a tile, a packet or a frame.
    Symbols,
    /// The alpha plane of a tile.
    Alpha,
    /// The coded symbols of a packet of the sound of a video.
    Sound,
}

/// One thing that is wrong with a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Damage {
    /// Bytes in which no whole segment was found; they were skipped.
    Unreadable {
        /// Offset of the first byte skipped.
        offset: u64,
        /// How many bytes were skipped.
        bytes: u64,
    },
    /// A whole segment that is out of place or repeated; it was ignored.
    Ignored {
        /// Offset of the segment.
        offset: u64,
        /// The name of its kind, and the fault.
        reason: String,
    },
    /// The segment that ends every stream is missing: the stream was cut.
    Truncated {
        /// Where the stream ends.
        offset: u64,
    },
    /// Bytes behind the end of the stream; they were ignored.
    Trailing {
        /// Offset of the first of them.
        offset: u64,
        /// How many there are.
        bytes: u64,
    },
    /// Parts in a row that are lost; what they hold was filled in.
    Lost {
        /// Whether their symbols or their alpha are lost.
        kind: PartKind,
        /// Index of the first.
        first: u32,
        /// How many there are in a row.
        count: u32,
        /// Why.
        cause: Cause,
    },
}

/// Why a part is lost.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// No whole segment of it is in the stream.
    Missing,
    /// Its bytes are whole but do not decode.
    Undecodable(String),
    /// It decodes to other symbols than were encoded.
    Desync {
        /// The checksum in the stream.
        expected: u32,
        /// The checksum of what was decoded.
        found: u32,
    },
}

/// Where parts lie in the decoded image, sound or video, for messages.
pub trait Places {
    /// The name of one part: tile, packet, frame.
    fn part_name(&self) -> &'static str;

    /// Where `count` parts from `first` on lie, for example `64x36 at 64,64`; `None` if there is nothing to say.
    fn place(&self, first: u32, count: u32) -> Option<String>;
}

/// The damage of one stream: at most [`MAX_DAMAGE`] entries, and the number of further ones.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DamageReport {
    entries: Vec<Damage>,
    more: u64,
    /// The newest entry of lost parts of each kind, which the next may continue.
    newest: [Option<usize>; 3],
    lost: [u64; 3],
}

impl DamageReport {
    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// What was found, in the order in which it was found.
    pub fn entries(&self) -> &[Damage] {
        &self.entries
    }

    /// The number of entries that were left out.
    pub fn more(&self) -> u64 {
        self.more
    }

    /// The number of parts of a kind that are lost, whether they have an entry or not.
    pub fn lost(&self, kind: PartKind) -> u64 {
        self.lost[kind as usize]
    }

    /// The entries of lost parts of a kind, as index of the first and number in a row.
    pub fn runs(&self, kind: PartKind) -> impl Iterator<Item = (u32, u32)> {
        self.entries.iter().filter_map(move |damage| match damage {
            Damage::Lost {
                kind: other,
                first,
                count,
                ..
            } if *other == kind => Some((*first, *count)),
            _ => None,
        })
    }

    /// Adds an entry. Lost parts that continue the run before them, with the same cause, become one entry with it.
    pub fn push(&mut self, damage: Damage) {
        if let Damage::Lost { kind, count, .. } = damage {
            self.lost[kind as usize] += u64::from(count);
            if self.continues(&damage, kind) {
                return;
            }
            self.newest[kind as usize] = (self.entries.len() < MAX_DAMAGE).then_some(self.entries.len());
        }
        if self.entries.len() < MAX_DAMAGE {
            self.entries.push(damage);
        } else {
            self.more += 1;
        }
    }

    /// Adds lost parts.
    pub fn lose(&mut self, kind: PartKind, first: u32, count: u32, cause: Cause) {
        if count > 0 {
            self.push(Damage::Lost {
                kind,
                first,
                count,
                cause,
            });
        }
    }

    /// Lengthens the newest run by `damage` if that follows it.
    fn continues(&mut self, damage: &Damage, kind: PartKind) -> bool {
        let newest = self.newest[kind as usize].and_then(|at| self.entries.get_mut(at));
        let Some(Damage::Lost {
            first, count, cause, ..
        }) = newest
        else {
            return false;
        };
        match damage {
            Damage::Lost {
                first: next,
                count: added,
                cause: other,
                ..
            } if u64::from(*next) == u64::from(*first) + u64::from(*count) && other == cause => {
                *count += added;
                true
            }
            _ => false,
        }
    }

    /// The entries as messages, with the places of parts, and one line more if entries were left out.
    pub fn lines<'a>(&'a self, places: &'a dyn Places) -> impl Iterator<Item = String> + 'a {
        let more = (self.more > 0).then(|| format!("{} more", self.more));
        self.entries.iter().map(move |damage| damage.line(places)).chain(more)
    }
}

impl Damage {
    /// The message, with the places of parts.
    pub fn line(&self, places: &dyn Places) -> String {
        match self {
            Self::Lost {
                kind,
                first,
                count,
                cause,
            } => {
                let name = run(places.part_name(), *kind, *first, *count);
                let place = if *kind == PartKind::Sound {
                    None
                } else {
                    places.place(*first, *count)
                };
                match place {
                    Some(place) => format!("{name} ({place}): {cause}"),
                    None => format!("{name}: {cause}"),
                }
            }
            other => other.to_string(),
        }
    }
}

/// The name of parts in a row.
fn run(part: &str, kind: PartKind, first: u32, count: u32) -> String {
    let (before, part) = match kind {
        PartKind::Symbols => ("", part),
        PartKind::Alpha => ("alpha of ", part),
        PartKind::Sound => ("sound ", "packet"),
    };
    let last = u64::from(first) + u64::from(count).saturating_sub(1);
    match count {
        1 => format!("{before}{part} {first}"),
        _ => format!("{before}{part}s {first} to {last}"),
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("missing"),
            Self::Undecodable(reason) => write!(f, "does not decode: {reason}"),
            Self::Desync { expected, found } => {
                write!(
                    f,
                    "decodes to other symbols (checksum {found:08x}, expected {expected:08x})"
                )
            }
        }
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { offset, bytes } => write!(f, "{bytes} unreadable bytes from byte {offset} on"),
            Self::Ignored { offset, reason } => write!(f, "segment at byte {offset} ignored: {reason}"),
            Self::Truncated { offset } => write!(f, "the stream is cut at byte {offset}"),
            Self::Trailing { offset, bytes } => {
                write!(f, "{bytes} bytes behind the end of the stream, from byte {offset} on")
            }
            Self::Lost {
                kind,
                first,
                count,
                cause,
            } => {
                write!(f, "{}: {cause}", run("part", *kind, *first, *count))
            }
        }
    }
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn neighbours_become_one_entry_and_the_rest_is_counted() {
        let mut report = DamageReport::default();
        for tile in 0..10_000 {
            report.lose(PartKind::Symbols, tile, 1, Cause::Missing);
            report.lose(PartKind::Alpha, tile, 1, Cause::Missing);
        }
        assert_eq!((report.entries().len(), report.more()), (2, 0));
        assert_eq!(report.runs(PartKind::Alpha).collect::<Vec<_>>(), [(0, 10_000)]);
        for tile in 0..10_000 {
            report.lose(PartKind::Symbols, 2 * tile, 1, Cause::Missing);
        }
        assert_eq!(
            (report.entries().len() as u64 + report.more(), report.entries().len()),
            (10_002, MAX_DAMAGE)
        );
        assert_eq!(report.lost(PartKind::Symbols), 20_000);
        let other = Cause::Undecodable("x".to_owned());
        let mut report = DamageReport::default();
        report.lose(PartKind::Symbols, 3, 2, Cause::Missing);
        report.lose(PartKind::Symbols, 5, 1, other);
        let said: Vec<String> = report.entries().iter().map(ToString::to_string).collect();
        assert_eq!(said, ["parts 3 to 4: missing", "part 5: does not decode: x"]);
    }
}
