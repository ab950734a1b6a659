//! Flipped bits, cuts and splices: never wrong bytes, and nothing lost needlessly.

use super::*;

/// A small deterministic generator (xorshift), so that every failure can be repeated.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }
}

#[test]
fn every_flipped_bit_is_noticed_and_costs_one_segment() {
    let bytes = stream(true);
    let header_bytes = image_header(true).to_bytes().unwrap().len();
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1 << bit;
            assert!(strict(&damaged).is_err(), "byte {at}");
            let result = tolerant(&damaged);
            if at < header_bytes {
                assert!(result.is_err(), "byte {at} of the header");
                continue;
            }
            let parts = result.unwrap();
            let there = check_parts(&parts);
            let metadata = &parts.metadata;
            let blocks = [&metadata.icc, &metadata.exif, &metadata.xmp]
                .into_iter()
                .flatten()
                .count();
            let others = blocks + usize::from(!metadata.tags.is_empty()) + parts.codec_segments.len();
            assert!(
                there[0] + there[1] + others >= 8 + 8 + 4 + 2 - 1,
                "byte {at} cost {there:?}, {others}"
            );
            assert!(!parts.damage.is_empty(), "byte {at}");
            assert_eq!(info(&damaged[..], &Limits::default()).unwrap().damage, parts.damage);
        }
    }
}

#[test]
fn every_flipped_bit_of_a_sound_is_noticed() {
    let bytes = sound_stream();
    let whole = strict(&bytes).unwrap();
    for at in sound_header().to_bytes().unwrap().len()..bytes.len() {
        for bit in 0..8 {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1 << bit;
            assert!(strict(&damaged).is_err(), "byte {at}");
            let parts = tolerant(&damaged).unwrap();
            let (there, all) = (parts.all(PartKind::Symbols), whole.all(PartKind::Symbols));
            assert!(!parts.damage.is_empty() && !there.is_empty(), "byte {at}");
            assert!(there.iter().all(|part| all.contains(part)), "byte {at}");
        }
    }
}

#[test]
fn every_cut_is_noticed_and_keeps_what_is_before_it() {
    let bytes = stream(true);
    let whole = strict(&bytes).unwrap();
    let header_bytes = image_header(true).to_bytes().unwrap().len();
    for cut in 0..bytes.len() {
        assert!(strict(&bytes[..cut]).is_err());
        let result = tolerant(&bytes[..cut]);
        if cut < header_bytes {
            assert!(result.is_err());
            continue;
        }
        let parts = result.unwrap();
        check_parts(&parts);
        for kind in [PartKind::Symbols, PartKind::Alpha] {
            let before = |part: &&Part| part.offset as usize + 7 + 5 + part.bytes.len() <= cut;
            assert!(
                parts.all(kind).iter().eq(whole.all(kind).iter().filter(before)),
                "cut at {cut}"
            );
            let lost = 8 - parts.all(kind).len() as u64;
            assert_eq!(parts.damage.lost(kind), lost);
        }
        let offset = cut as u64;
        assert!(parts.damage.entries().contains(&Damage::Truncated { offset }));
    }
}

#[test]
fn lost_tiles_are_named_and_merged() {
    let bytes = stream(true);
    let whole = strict(&bytes).unwrap();
    let offset = |kind, tile| whole.get(kind, tile).map(|part| part.offset).unwrap() as usize;
    let (start, end) = (offset(PartKind::Alpha, 2), offset(PartKind::Symbols, 6));
    let without = [&bytes[..start], &bytes[end..]].concat();
    let parts = tolerant(&without).unwrap();
    let said: Vec<String> = parts.damage.lines(&parts.header.media).collect();
    assert_eq!(said, ["tiles 3 to 5: missing", "alpha of tiles 2 to 5: missing"]);
    assert_eq!(
        [PartKind::Symbols, PartKind::Alpha].map(|kind| parts.damage.lost(kind)),
        [3, 4]
    );

    let mut damaged = bytes.clone();
    damaged[start + 9] ^= 4;
    let damage = tolerant(&damaged).unwrap().damage;
    let length = (offset(PartKind::Symbols, 3) - start) as u64;
    let unreadable = Damage::Unreadable {
        offset: start as u64,
        bytes: length,
    };
    assert_eq!(damage.entries()[0], unreadable);
    assert_eq!(damage.entries()[1].to_string(), "alpha of part 2: missing");
}

#[test]
fn bytes_behind_the_end_are_reported() {
    let bytes = [&stream(false)[..], b"more"].concat();
    let parts = tolerant(&bytes).unwrap();
    let offset = bytes.len() as u64 - 4;
    assert_eq!(parts.damage.entries(), [Damage::Trailing { offset, bytes: 4 }]);
    assert_eq!(check_parts(&parts), [8, 0]);
}

#[test]
fn random_flips_cuts_and_splices_are_survived() {
    let sources = [stream(false), stream(true)];
    let mut random = Random(0x1234_5678_9abc_def1);
    for round in 0..6000 {
        let mut bytes = sources[round % 2].clone();
        for _ in 0..1 + random.below(4) {
            let (at, length) = (random.below(bytes.len()), 1 + random.below(80));
            let end = (at + length).min(bytes.len());
            match random.below(5) {
                0 => bytes[at] ^= 1 << random.below(8),
                1 => bytes[at..end].iter_mut().for_each(|byte| *byte = random.next() as u8),
                2 => drop(bytes.drain(at..end)),
                3 => bytes.truncate(at.max(1)),
                _ => {
                    let source = &sources[random.below(2)];
                    let from = random.below(source.len());
                    let piece = source[from..(from + length).min(source.len())].to_vec();
                    drop(bytes.splice(at..at, piece));
                }
            }
            if bytes.is_empty() {
                bytes.push(MAGIC[0]);
            }
        }
        let tolerant = tolerant(&bytes);
        if let Ok(parts) = strict(&bytes) {
            assert_eq!(check_parts(&parts)[0], 8);
            assert_eq!(
                tolerant.as_ref().ok(),
                Some(&parts),
                "both modes read a whole stream alike"
            );
        }
        if let Ok(parts) = tolerant {
            let there = check_parts(&parts);
            let lost = [PartKind::Symbols, PartKind::Alpha].map(|kind| parts.damage.lost(kind) as usize);
            assert_eq!(there[0] + lost[0], 8, "every part is there or reported");
            assert!(there[1] + lost[1] == if parts.header.media.has_alpha() { 8 } else { 0 });
        }
    }
}

#[test]
fn random_bytes_behind_a_header_are_survived() {
    let mut random = Random(42);
    for _ in 0..2000 {
        let mut bytes = image_header(random.below(2) == 1).to_bytes().unwrap();
        let length = random.below(300);
        // Small bytes make plausible ids and lengths.
        bytes.extend((0..length).map(|_| random.next() as u8 & if random.below(3) == 0 { 0xff } else { 7 }));
        assert!(strict(&bytes).is_err());
        assert_eq!(check_parts(&tolerant(&bytes).unwrap())[0], 0);
    }
}
