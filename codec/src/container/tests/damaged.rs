//! Flipped bits, cuts, splices and hostile streams: no panic, no slow reading, and nothing lost
//! needlessly.

use super::*;
use std::time::{Duration, Instant};

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

/// Tiles that were read must be those that were written: never wrong bytes.
fn check_parts(container: &Container<'_>) -> usize {
    for (tile, part) in (0u32..).zip(&container.tiles) {
        if let Some(part) = part {
            assert_eq!((part.checksum, part.bytes), (tile * 1000, &coded(tile)[..]));
        }
    }
    assert!(container.icc.is_none_or(|icc| icc == b"a profile"));
    container.tiles.iter().flatten().count()
}

#[test]
fn every_flipped_byte_is_noticed_and_costs_one_segment() {
    let bytes = stream(true).unwrap();
    let header_bytes = header(true).to_bytes().unwrap().len();
    for at in 0..bytes.len() {
        for flip in [0x01, 0x80, 0xff] {
            let mut damaged = bytes.clone();
            damaged[at] ^= flip;
            assert!(strict(&damaged).is_err(), "byte {at}");
            let result = tolerant(&damaged);
            if at < header_bytes {
                assert!(result.is_err(), "byte {at} of the header");
                continue;
            }
            let container = result.unwrap();
            let tiles = check_parts(&container);
            let alpha = container.alpha.iter().flatten().count();
            assert!(tiles + alpha >= 15, "byte {at} cost {tiles} + {alpha}");
            assert!(!container.damage.is_empty(), "byte {at}");
            let listed = info(&damaged, &Limits::default()).unwrap();
            assert_eq!(listed.damage, container.damage);
        }
    }
}

#[test]
fn every_cut_is_noticed_and_keeps_what_is_before_it() {
    let bytes = stream(false).unwrap();
    let whole = strict(&bytes).unwrap();
    let header_bytes = header(false).to_bytes().unwrap().len();
    for cut in 0..bytes.len() {
        assert!(strict(&bytes[..cut]).is_err());
        let result = tolerant(&bytes[..cut]);
        if cut < header_bytes {
            assert!(result.is_err());
            continue;
        }
        let container = result.unwrap();
        check_parts(&container);
        for (kept, part) in container.tiles.iter().zip(&whole.tiles) {
            let part = part.unwrap();
            let end = part.bytes.as_ptr() as usize + part.bytes.len() - bytes.as_ptr() as usize;
            assert_eq!(kept.is_some(), end <= cut);
        }
        assert!(container.damage.contains(&Damage::Truncated { offset: cut as u64 }));
    }
}

#[test]
fn a_lost_tile_is_named() {
    let bytes = stream(true).unwrap();
    let part = strict(&bytes).unwrap().tiles[5].unwrap();
    let mut damaged = bytes.clone();
    damaged[part.offset + 20] ^= 4;
    let container = tolerant(&damaged).unwrap();
    let rect = container.header.grid().unwrap().rect(5).unwrap();
    let length = 8 + 1 + 4 + coded(5).len() as u64 - 1;
    let unreadable = Damage::Unreadable {
        offset: part.offset as u64,
        bytes: length,
    };
    let missing = Damage::Tile {
        tile: 5,
        rect,
        cause: Cause::Missing,
    };
    assert_eq!(container.damage, [unreadable, missing]);
    assert_eq!(container.damage[1].to_string(), "tile 5 (64x36 at 64,64): missing");

    let mut without = bytes[..part.offset].to_vec();
    without.extend_from_slice(&bytes[part.offset + length as usize..]);
    assert_eq!(tolerant(&without).unwrap().damage, container.damage[1..]);
    assert!(strict(&without).is_err());
}

#[test]
fn random_flips_cuts_and_splices_are_survived() {
    let sources = [stream(false).unwrap(), stream(true).unwrap()];
    let mut random = Random(0x1234_5678_9abc_def1);
    let started = Instant::now();
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
        if let Ok(container) = strict(&bytes) {
            assert_eq!(check_parts(&container), 8);
        }
        if let Ok(container) = tolerant(&bytes) {
            check_parts(&container);
        }
        let _ = info(&bytes, &Limits::default());
    }
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
}

#[test]
fn random_bytes_behind_a_header_are_survived() {
    let mut random = Random(42);
    for _ in 0..2000 {
        let mut bytes = header(random.below(2) == 1).to_bytes().unwrap();
        let length = random.below(300);
        // Small bytes make plausible ids and lengths.
        bytes.extend((0..length).map(|_| random.next() as u8 & if random.below(3) == 0 { 0xff } else { 7 }));
        assert!(strict(&bytes).is_err());
        let container = tolerant(&bytes).unwrap();
        assert_eq!(container.tiles.iter().flatten().count(), 0);
    }
}

/// Megabytes of valid segment headers whose checksums all are wrong and reach over the rest of the
/// stream: a reader that followed each would need hours.
#[test]
fn a_hostile_stream_takes_no_time() {
    const SIZE: usize = 24 << 20;
    let mut head = vec![SegmentId::Tile.to_byte()];
    super::super::leb::write_leb(&mut head, (SIZE / 2) as u32);
    let check = crc32fast::hash(&head) as u8;
    head.extend_from_slice(&[check, 0, 0, 0, 0]);
    let mut bytes = header(false).to_bytes().unwrap();
    while bytes.len() < SIZE {
        bytes.extend_from_slice(&head);
    }
    let zeros = [&header(false).to_bytes().unwrap()[..], &vec![0; SIZE]].concat();
    for bytes in [bytes, zeros] {
        let started = Instant::now();
        let container = tolerant(&bytes).unwrap();
        assert_eq!(container.tiles.iter().flatten().count(), 0);
        assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    }
}

#[test]
fn repeated_segments_are_ignored_and_bounded() {
    let tile: (SegmentId, &[u8]) = (SegmentId::Tile, &[0, 1, 2, 3, 4, 99]);
    let header = Header {
        codec: ImageCodec::Wavelet,
        width: 1,
        height: 1,
        ..header(false)
    };
    let bytes = assemble(
        &header,
        &[tile, tile, (SegmentId::Tile, &[7, 1, 2, 3, 4]), (SegmentId::End, &[])],
    );
    let container = tolerant(&bytes).unwrap();
    assert_eq!(container.tiles[0].map(|part| part.bytes), Some(&[99][..]));
    let said: Vec<String> = container.damage.iter().map(ToString::to_string).collect();
    assert!(
        said[0].ends_with("ignored: tile segment: the tile came before"),
        "{said:?}"
    );
    assert!(
        said[1].ends_with("ignored: tile segment: the picture has no such tile"),
        "{said:?}"
    );
    assert_eq!(said.len(), 2);

    let many = assemble(&header, &vec![tile; 10_000]);
    assert!(tolerant(&many).unwrap().damage.len() < 5000);
    assert!(matches!(info(&many, &Limits::default()), Err(CodecError::Limit { .. })));
}
