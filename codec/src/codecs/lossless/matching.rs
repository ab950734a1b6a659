//! What a sample was the last time that all its neighbours were the very same: letters, icons, patterns, areas of one
//! colour.

use super::plane::Plane;
use super::predict::OTHER;

/// Bits of the index of a table.
const INDEX_BITS: u32 = 16;
/// Multiplies hashes: the golden ratio of 2^64, odd.
const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
/// Added to every value that is hashed.
const OFFSET: u64 = 0x9e37_79b9;
/// Levels of trust.
pub(super) const TRUSTS: usize = 16;
/// Trust ends here inside, beyond the levels, so that it takes several misses to lose it.
const TRUST_MAX: u8 = 30;
/// A miss at less trust than this replaces the sample.
const TRUST_TO_STAY: u8 = 4;

/// Places in the own plane and in those before it.
pub(super) type Places = (&'static [(isize, isize)], &'static [(isize, isize)]);

/// Places of the own plane, a few of them first.
const PLACES: [(isize, isize); 12] = [
    (0, -1),
    (-1, 0),
    (-1, -1),
    (-1, 1),
    (0, -2),
    (-2, 0),
    (-2, 1),
    (-2, -1),
    (-1, -2),
    (-1, 2),
    (0, -3),
    (-1, 3),
];
/// Many neighbours: they seldom agree, but then all is as it was.
pub(super) const MANY: Places = (&PLACES, OTHER.split_at(5).0);
/// A few.
pub(super) const FEW: Places = (PLACES.split_at(6).0, OTHER.split_at(1).0);

/// A sample that came after a neighbourhood.
#[derive(Debug, Clone, Copy, Default)]
struct Entry {
    /// Further bits of the hash; 0 for an entry that is empty.
    check: u16,
    sample: u16,
    trust: u8,
}

/// The samples after all neighbourhoods so far; later ones replace earlier ones of the same index.
#[derive(Debug)]
pub(super) struct Matching {
    places: Places,
    entries: Vec<Entry>,
    /// The entry of the current neighbourhood, and its check.
    at: usize,
    check: u16,
}

/// The sample that is expected, and how much that is to be trusted, under [`TRUSTS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Match {
    pub(super) sample: i32,
    pub(super) trust: usize,
}

impl Matching {
    /// Nothing has been seen; neighbourhoods are those of `places`.
    pub(super) fn new(places: Places) -> Self {
        Self {
            places,
            entries: vec![Entry::default(); 1 << INDEX_BITS],
            at: 0,
            check: 1,
        }
    }

    /// Looks up the neighbourhood of a sample of the plane `own`.
    #[inline(always)]
    pub(super) fn find(&mut self, own: &Plane, before: &[Plane], at: usize) -> Option<Match> {
        let (in_own, in_others) = self.places;
        let mut hash = in_own
            .iter()
            .fold(0, |hash, &(dy, dx)| mixed(hash, own.near(at, dy, dx)));
        for plane in before {
            hash = in_others
                .iter()
                .fold(hash, |hash, &(dy, dx)| mixed(hash, plane.near(at, dy, dx)));
        }
        self.at = (hash >> (64 - INDEX_BITS)) as usize;
        self.check = (hash >> 8) as u16 | 1;
        let entry = self.entries[self.at];
        (entry.check == self.check).then(|| Match {
            sample: entry.sample.into(),
            trust: usize::from(entry.trust).min(TRUSTS - 1),
        })
    }

    /// Learns the sample of the neighbourhood that was looked up.
    #[inline(always)]
    pub(super) fn learn(&mut self, sample: i32) {
        let (check, sample) = (self.check, sample as u16);
        let entry = &mut self.entries[self.at];
        let trust = match entry.check == check {
            true if entry.sample == sample => (entry.trust + 1).min(TRUST_MAX),
            true if entry.trust / 2 >= TRUST_TO_STAY => {
                entry.trust /= 2;
                return;
            }
            _ => 0,
        };
        *entry = Entry { check, sample, trust };
    }
}

/// A hash with one value more.
#[inline(always)]
fn mixed(hash: u64, value: i32) -> u64 {
    let hash = (hash ^ (value as u64 & 0xffff))
        .wrapping_add(OFFSET)
        .wrapping_mul(FACTOR);
    hash ^ (hash >> 29)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_again_is_expected_until_it_often_fails() {
        let plane = Plane::new(8, 8, 7);
        let mut matching = Matching::new(FEW);
        let mut after = |sample| {
            let found = matching.find(&plane, &[], plane.at(3, 3));
            matching.learn(sample);
            found
        };
        assert_eq!(after(5), None);
        for trust in 0..40 {
            let trust = trust.min(TRUSTS - 1);
            assert_eq!(after(5), Some(Match { sample: 5, trust }));
        }
        // From a trust of 30: 15, 7, and then another sample.
        for sample in [5, 5, 5] {
            assert_eq!(after(9).map(|found| found.sample), Some(sample));
        }
        assert_eq!(after(9), Some(Match { sample: 9, trust: 0 }));
    }

    #[test]
    fn other_neighbours_are_told_apart() {
        let mut plane = Plane::new(8, 8, 7);
        let mut matching = Matching::new(MANY);
        matching.find(&plane, &[], plane.at(3, 3));
        matching.learn(5);
        let before = plane.at(2, 6);
        plane.set(before, 8);
        assert_eq!(matching.find(&plane, &[], plane.at(3, 3)), None);
    }
}
