//! Streams that are damaged: errors, or concealed and reported, and the rest as it was.

use super::*;
use crate::container::{Media, SegmentId};

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
fn lost(damage: &DamageReport) -> Vec<(usize, usize)> {
    let packets = damage
        .runs(PartKind::Symbols)
        .flat_map(|(first, count)| first..first + count);
    packets
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
    let mut reader = StreamReader::new(bytes, &Limits::default(), Mode::Strict).unwrap();
    let header = reader.header().clone();
    let mut writer = StreamWriter::deferred(Cursor::new(Vec::new()), &header).unwrap();
    writer.tags(&reader.metadata().tags.clone()).unwrap();
    while let Some(mut part) = reader.next_part().unwrap() {
        change(part.index, &mut part.checksum, &mut part.bytes);
        writer.part(part.index, part.checksum, &part.bytes).unwrap();
    }
    writer.finish_with(header.media).unwrap().0.into_inner()
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
        expected == found ^ 1 && bad[offset as usize] == SegmentId::PART.0,
        "the segment is at {offset}"
    );
    let (sound, damage) = decode(&codec, &bad, Mode::Tolerant).unwrap();
    let [
        Damage::Lost {
            kind: PartKind::Symbols,
            first: 5,
            count: 1,
            cause: Cause::Desync { .. },
        },
    ] = damage.entries()
    else {
        panic!("{damage:?}");
    };
    let line = damage.lines(&info(&bad).header.media).next().unwrap();
    assert!(
        line.starts_with("packet 5 (0.500 s to 0.750 s): decodes to other symbols"),
        "{line}"
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
    // What is damaged is the packet, not the model.
    assert!(error.to_string().contains("packet 0: malformed data") && !error.to_string().contains("model"));
    let (sound, damage) = decode(&codec, &bad, Mode::Tolerant).unwrap();
    assert_eq!(lost(&damage), [(0, 0), (4, 0)]);
    check_rest(&sound, &whole, &lost(&damage));
}

#[test]
fn every_changed_byte_is_an_error_and_costs_one_packet() {
    let (codec, bytes, whole) = good();
    let header = info(&bytes).header_bytes;
    // Every byte near the heads of segments, and some of what is coded.
    let mut segments = StreamReader::new(&bytes[..], &Limits::default(), Mode::Strict).unwrap();
    let mut places: Vec<usize> = (0..header + 40).chain(bytes.len() - 10..bytes.len()).collect();
    while let Some(part) = segments.next_part().unwrap() {
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
    let mut parts = StreamReader::new(&bytes[..], &Limits::default(), Mode::Strict).unwrap();
    let first = parts.next_part().unwrap().unwrap();
    // Behind the bytes of the first packet begins the segment of the second.
    let first_packet_end = parts.next_part().unwrap().unwrap().offset as usize;
    assert!(first.offset < first_packet_end as u64);
    for cut in (0..bytes.len()).filter(|cut| *cut < 200 || cut % 97 == 0 || *cut + 20 > bytes.len()) {
        assert!(decode(&codec, &bytes[..cut], Mode::Strict).is_err(), "{cut} bytes");
        let tolerant = decode(&codec, &bytes[..cut], Mode::Tolerant);
        if cut < header {
            assert!(tolerant.is_err());
            continue;
        }
        if cut < first_packet_end {
            let error = tolerant.unwrap_err().to_string();
            assert!(error.contains("too little is left of the sound"), "{cut}: {error}");
            continue;
        }
        let (sound, damage) = tolerant.unwrap();
        assert!(
            damage.entries().contains(&Damage::Truncated { offset: cut as u64 }),
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

/// A header that promises `samples` of one channel, and the first `packets` packets of them.
fn promise(codec: &Arc<dyn SoundCodec>, samples: u64, packets: usize) -> Vec<u8> {
    let (bytes, _) = encode(codec, &tones(spec(16_000, 1, SampleFormat::Int16), 3 * PACKET), 30.0);
    let mut reader = StreamReader::new(&bytes[..], &Limits::default(), Mode::Strict).unwrap();
    let mut header = reader.header().clone();
    if let Media::Sound(sound) = &mut header.media {
        sound.samples = samples;
    }
    let mut out = header.to_bytes().unwrap();
    let start = reader.header_bytes();
    let mut ends = Vec::new();
    while let Some(part) = reader.next_part().unwrap() {
        ends.push(part.offset as usize);
    }
    // A packet ends where the next one begins.
    out.extend_from_slice(&bytes[start..ends[packets]]);
    out
}

#[test]
fn a_few_bytes_that_promise_hours_are_an_error_at_once() {
    let codec = Rounding::at(16_000);
    let started = std::time::Instant::now();
    for packets in [0, 1] {
        let bytes = promise(&codec, 16_000 * 3600 * 100, packets);
        assert_eq!(info(&bytes).symbols.count, packets as u64);
        let reader = StreamReader::new(&bytes[..], &Limits::default(), Mode::Tolerant).unwrap();
        let mut decoder = SoundDecoder::new(codec.clone(), reader).unwrap();
        let error = decoder.next_packet().unwrap_err().to_string();
        assert!(error.contains("too little is left of the sound"), "{error}");
        let verified = verify(&codec, &bytes).unwrap();
        assert_eq!((verified.packets, verified.symbol_hash), (3600 * 400, None));
        assert!(verified.damage.entries().len() < 4);
    }
    assert!(started.elapsed().as_secs() < 3, "{:?}", started.elapsed());
}

#[test]
fn nothing_that_decodes_is_no_sound_and_little_is_said_to_be_little() {
    let (codec, bytes, _) = good();
    let none = rewritten(&bytes, |_, checksum, _| *checksum ^= 1);
    let error = decode(&codec, &none, Mode::Tolerant).unwrap_err();
    assert!(error.to_string().contains("10 of 10 packets are lost"), "{error}");
    for (kept, mostly) in [(6, true), (5, false)] {
        let bad = rewritten(&bytes, |packet, checksum, _| *checksum ^= u32::from(packet < kept));
        let reader = StreamReader::new(&bad[..], &Limits::default(), Mode::Tolerant).unwrap();
        let mut decoder = SoundDecoder::new(codec.clone(), reader).unwrap();
        while decoder.next_packet().unwrap().is_some() {}
        assert_eq!(decoder.is_mostly_lost(), mostly);
    }
}
