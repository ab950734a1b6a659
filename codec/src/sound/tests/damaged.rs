//! Streams that are damaged: errors, or concealed and reported, and the rest as it was.

use super::*;
use crate::container::SoundWriter;

const PACKET: usize = 4000;

fn sound() -> Sound {
    let tags: Tags = [(Tag::Title, "A title".to_owned())].into_iter().collect();
    tones(spec(16_000, 3, SampleFormat::Float32), 4 * PACKET + 100).with_tags(tags)
}

/// A stream of five slots of two groups of channels.
fn good() -> (Arc<dyn SoundCodec>, Vec<u8>, Sound) {
    let codec = Rounding::at(16_000);
    let (bytes, _) = encode(&codec, &sound(), 30.0);
    let whole = decode(&codec, &bytes, Mode::Strict).unwrap().0;
    (codec, bytes, whole)
}

/// The slots of a group that are lost, as the damage says.
fn lost(damage: &[Damage]) -> Vec<(usize, usize)> {
    let packets = damage.iter().filter_map(|damage| match damage {
        Damage::Packets { first, count, .. } => Some(*first..first + count),
        _ => None,
    });
    packets
        .flatten()
        .map(|packet| (packet as usize / 2, packet as usize % 2))
        .collect()
}

/// Where nothing is lost, nothing may change but for what packets share.
fn check_rest(found: &Sound, whole: &Sound, lost: &[(usize, usize)]) {
    assert_eq!(
        (found.spec(), found.samples().len()),
        (whole.spec(), whole.samples().len())
    );
    for (at, (a, b)) in found.samples().iter().zip(whole.samples()).enumerate() {
        let (sample, group) = (at / 3, at % 3 / 2);
        let near = |&(slot, of): &(usize, usize)| {
            group == of && sample + 8 >= slot * PACKET && sample < (slot + 1) * PACKET + 8
        };
        assert!(
            a == b || lost.iter().any(near),
            "{a} for {b} at {sample} with {lost:?} lost"
        );
        assert!(a.abs() <= 2.0, "{a} at {sample}");
    }
}

/// The stream written anew, with each packet's checksum and bytes passed through `change`.
fn rewritten(bytes: &[u8], change: impl Fn(u32, &mut u32, &mut Vec<u8>)) -> Vec<u8> {
    let mut reader = SoundReader::new(bytes, &Limits::default(), Mode::Strict).unwrap();
    let header = reader.header().clone();
    let mut writer = SoundWriter::new(Cursor::new(Vec::new()), &header).unwrap();
    writer.tags(&reader.tags().clone()).unwrap();
    while let Some((index, part)) = reader.next_packet().unwrap() {
        let mut part = part.unwrap();
        change(index, &mut part.checksum, &mut part.bytes);
        writer.packet(part.checksum, &part.bytes).unwrap();
    }
    writer.finish(header.samples).unwrap().0.into_inner()
}

#[test]
fn other_symbols_than_encoded_are_a_desync() {
    let (codec, bytes, whole) = good();
    assert_eq!(rewritten(&bytes, |_, _, _| {}), bytes);
    let bad = rewritten(&bytes, |packet, checksum, _| *checksum ^= u32::from(packet == 5));
    let error = decode(&codec, &bad, Mode::Strict).unwrap_err();
    let CodecError::PacketDesync {
        packet: 5,
        offset,
        expected,
        found,
    } = error
    else {
        panic!("{error}");
    };
    assert!(
        expected == found ^ 1 && bad[offset as usize] == 5,
        "the segment is at {offset}"
    );
    let (sound, damage) = decode(&codec, &bad, Mode::Tolerant).unwrap();
    let [
        Damage::Packets {
            first: 5,
            count: 1,
            from_ms: 500,
            to_ms: 750,
            cause: Cause::Desync { .. },
        },
    ] = damage[..]
    else {
        panic!("{damage:?}");
    };
    assert!(
        damage[0]
            .to_string()
            .starts_with("packet 5 (0.500 s to 0.750 s): decodes to other symbols")
    );
    check_rest(&sound, &whole, &[(2, 1)]);
    let verified = verify(&codec, &bad).unwrap();
    assert_eq!((verified.symbol_hash, &verified.damage), (None, &damage));
}

#[test]
fn bytes_that_do_not_decode_name_their_packet() {
    let (codec, bytes, whole) = good();
    let bad = rewritten(&bytes, |packet, _, coded| {
        if packet == 0 || packet == 8 {
            coded.truncate(3);
        }
    });
    let error = decode(&codec, &bad, Mode::Strict).unwrap_err();
    assert!(matches!(&error, CodecError::Malformed { reason, offset } if reason.contains("packet 0") && *offset > 40));
    let (sound, damage) = decode(&codec, &bad, Mode::Tolerant).unwrap();
    assert_eq!(lost(&damage), [(0, 0), (4, 0)]);
    check_rest(&sound, &whole, &lost(&damage));
}

#[test]
fn every_changed_byte_is_an_error_and_costs_one_packet() {
    let (codec, bytes, whole) = good();
    let header = info(&bytes).header_bytes;
    // Every byte near the heads of segments, and some of what is coded.
    let mut segments = SoundReader::new(&bytes[..], &Limits::default(), Mode::Strict).unwrap();
    let mut places: Vec<usize> = (0..header + 40).chain(bytes.len() - 10..bytes.len()).collect();
    while let Some((_, Some(part))) = segments.next_packet().unwrap() {
        places.extend(part.offset as usize..part.offset as usize + 16);
        places.push(part.offset as usize + part.bytes.len() / 2);
    }
    for at in places {
        let mut bad = bytes.clone();
        bad[at] ^= 1 << (at % 8);
        assert!(decode(&codec, &bad, Mode::Strict).is_err(), "byte {at}");
        let tolerant = decode(&codec, &bad, Mode::Tolerant);
        if at < header {
            assert!(tolerant.is_err(), "byte {at} of the header");
            continue;
        }
        let (sound, damage) = tolerant.unwrap();
        assert!(!damage.is_empty() && lost(&damage).len() <= 1, "byte {at}: {damage:?}");
        check_rest(&sound, &whole, &lost(&damage));
        assert!(!verify(&codec, &bad).unwrap().is_good(), "byte {at}");
    }
}

#[test]
fn every_cut_is_an_error_and_keeps_what_is_before_it() {
    let (codec, bytes, whole) = good();
    let header = info(&bytes).header_bytes;
    for cut in (0..bytes.len()).filter(|cut| *cut < 200 || cut % 97 == 0 || *cut + 20 > bytes.len()) {
        assert!(decode(&codec, &bytes[..cut], Mode::Strict).is_err(), "{cut} bytes");
        let tolerant = decode(&codec, &bytes[..cut], Mode::Tolerant);
        if cut < header {
            assert!(tolerant.is_err());
            continue;
        }
        let (sound, damage) = tolerant.unwrap();
        assert!(
            damage.contains(&Damage::Truncated { offset: cut as u64 }),
            "{cut}: {damage:?}"
        );
        check_rest(&sound, &whole, &lost(&damage));
    }
}

#[test]
fn a_gap_fades_out_and_in() {
    let (codec, bytes, whole) = good();
    let bad = rewritten(&bytes, |packet, checksum, _| *checksum ^= u32::from(packet / 2 == 2));
    let (sound, damage) = decode(&codec, &bad, Mode::Tolerant).unwrap();
    assert_eq!(lost(&damage), [(2, 0), (2, 1)]);
    check_rest(&sound, &whole, &lost(&damage));
    let gap = sound.channel(0);
    let steps = gap[2 * PACKET - 50..3 * PACKET + 50]
        .windows(2)
        .map(|pair| (pair[1] - pair[0]).abs());
    assert!(steps.fold(0.0, f32::max) < 0.2, "no step is heard");
    assert!(
        gap[2 * PACKET + 1000..3 * PACKET - 1000]
            .iter()
            .all(|&sample| sample == 0.0)
    );
    assert!(
        gap[2 * PACKET..2 * PACKET + 400]
            .iter()
            .any(|sample| sample.abs() > 0.1)
    );
}

#[test]
fn random_damage_is_survived() {
    let (codec, bytes, whole) = good();
    let mut state = 7u32;
    let mut random = |bound: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as usize % bound
    };
    for _ in 0..300 {
        let mut bad = bytes.clone();
        for _ in 0..1 + random(3) {
            let at = random(bad.len());
            let end = (at + 1 + random(300)).min(bad.len());
            match random(4) {
                0 => bad[at] ^= 1 << random(8),
                1 => drop(bad.drain(at..end)),
                2 => {
                    let copy = bad[at..end].to_vec();
                    let place = random(bad.len());
                    drop(bad.splice(place..place, copy));
                }
                _ => bad[at..end].fill(random(256) as u8),
            }
        }
        if bad == bytes {
            continue;
        }
        assert!(decode(&codec, &bad, Mode::Strict).is_err());
        if let Ok((sound, damage)) = decode(&codec, &bad, Mode::Tolerant) {
            assert!(!damage.is_empty());
            check_rest(&sound, &whole, &lost(&damage));
        }
    }
}
