//! Damage of every frame and packet: the last good frame goes on until the next key frame.

use lmc_codec::container::{Mode, SegmentId, info};
use lmc_codec::media::video::{Ratio, VideoFormat};
use lmc_codec::video::{Range, VideoDecoder, verify_video};
use lmc_codec::{CodecError, Limits, Unwatched};

use super::clips::*;
use super::toy::Toy;

/// Offsets and bytes of the segments of a kind.
fn segments(bytes: &[u8], id: SegmentId) -> Vec<(usize, usize)> {
    let found = info(bytes, &Limits::default()).unwrap();
    let of_kind = found.log.listed().iter().filter(|segment| segment.id == id);
    of_kind
        .map(|segment| (segment.offset as usize, segment.bytes as usize))
        .collect()
}

#[test]
fn every_damaged_frame_is_replaced_until_the_next_key_frame() {
    for timebase in [None, Some(Ratio::new(1, 1000))] {
        let format = VideoFormat { timebase, ..small() };
        let mut clip = Clip::new(format, 25);
        clip.steps = vec![if timebase.is_some() { 40 } else { 1 }];
        let (good, _) = encode(&mut clip, &exact());
        let all = decode(&good, Mode::Strict, Range::default()).unwrap().0;
        for (frame, (offset, length)) in segments(&good, SegmentId::PART).into_iter().enumerate() {
            let mut flipped = good.clone();
            flipped[offset + length - 1] ^= 0x55;
            let removed = [&good[..offset], &good[offset + length..]].concat();
            for bytes in [flipped, removed] {
                assert!(matches!(
                    decode(&bytes, Mode::Strict, Range::default()),
                    Err(CodecError::Malformed { .. })
                ));
                let (shown, damage) = decode(&bytes, Mode::Tolerant, Range::default()).unwrap();
                assert!(!damage.is_empty());
                assert_eq!(shown.len(), 25, "frame {frame}");
                let key = (frame / 10 + 1) * 10;
                for (index, (shown, good)) in shown.iter().zip(&all).enumerate() {
                    let is_lost = (frame..key).contains(&index);
                    assert_eq!(shown.kind.is_none(), is_lost, "frame {frame}, {index}");
                    assert_eq!(shown.frame.ticks, good.frame.ticks, "frame {frame}, {index}");
                    if !is_lost {
                        assert_eq!(shown, good);
                    } else if frame > 0 {
                        assert_eq!(shown.frame.planes(), all[frame - 1].frame.planes());
                    }
                }
                let verified = verify_video(&Toy, None, reader(&bytes, Mode::Tolerant), &mut Unwatched).unwrap();
                assert!(!verified.is_good() && verified.symbol_hash.is_none());
            }
        }
    }
}

#[test]
fn frames_that_are_whole_and_wrong_are_found() {
    // The second of two streams has other symbols: one of its frames, with a right CRC, in the place of another.
    let (mut bytes, _) = encode(&mut Clip::new(small(), 9), &exact());
    let (offset, length) = segments(&bytes, SegmentId::PART)[4];
    let at = offset + length - 20;
    // A checksum of symbols that is not the frame's: bytes 1 to 4 behind the head of seven or eight bytes.
    let head = if length > 135 { 8 } else { 7 };
    let payload = offset + head;
    bytes[payload + 1] ^= 1;
    let crc_at = offset + head - 4;
    let mut crc = crc32fast::Hasher::new();
    crc.update(&bytes[offset..crc_at - 1]);
    crc.update(&bytes[payload..offset + length]);
    let crc = crc.finalize().to_le_bytes();
    bytes[crc_at..crc_at + 4].copy_from_slice(&crc);
    assert!(at > payload);
    let error = decode(&bytes, Mode::Strict, Range::default()).unwrap_err();
    assert!(matches!(error, CodecError::FrameDesync { frame: 4, .. }), "{error}");
    let (shown, damage) = decode(&bytes, Mode::Tolerant, Range::default()).unwrap();
    assert_eq!(shown.iter().filter(|shown| shown.kind.is_none()).count(), 5);
    let lines: Vec<String> = damage
        .lines(&reader(&bytes, Mode::Tolerant).header().media.clone())
        .collect();
    assert!(
        lines[0].starts_with("frame 4 (0.160 s to 0.200 s): decodes to other symbols"),
        "{lines:?}"
    );
    assert!(lines[1].contains("predicted from is lost"), "{lines:?}");
}

#[test]
fn cut_streams_give_what_is_there() {
    let (good, _) = encode_with(&mut Clip::new(small(), 40), &mut tone(16_000, 25_600), 0);
    for share in 1..20 {
        let bytes = &good[..good.len() * share / 20];
        assert!(decode(bytes, Mode::Strict, Range::default()).is_err());
        match decode(bytes, Mode::Tolerant, Range::default()) {
            Ok((shown, damage)) => assert!(shown.len() == 40 && !damage.is_empty()),
            Err(error) => assert!(share < 4 && error.to_string().contains("too little is left"), "{error}"),
        }
    }
    let claimed = {
        // A header that promises four thousand million frames, and one frame.
        let (one, _) = encode(&mut Clip::new(small(), 1), &exact());
        let (offset, _) = segments(&one, SegmentId::PART)[0];
        let mut head = one[..offset].to_vec();
        let frames_at = head.windows(5).position(|five| five == [1, 0, 0, 0, 0]).unwrap();
        head[frames_at..frames_at + 4].copy_from_slice(&[0xfe, 0xff, 0xff, 0xff]);
        let crc = crc32fast::hash(&head[..offset - 4]).to_le_bytes();
        head[offset - 4..].copy_from_slice(&crc);
        [&head[..], &one[offset..]].concat()
    };
    let mut decoder = VideoDecoder::new(&Toy, reader(&claimed, Mode::Tolerant)).unwrap();
    let error = loop {
        match decoder.next_frame() {
            Ok(Some(_)) => {}
            Ok(None) => panic!("all frames were made"),
            Err(error) => break error,
        }
    };
    assert!(error.to_string().contains("too little is left of the video"), "{error}");
    assert!(decoder.given() < 5000);
}

#[test]
fn damaged_sound_leaves_the_frames_alone() {
    let (good, _) = encode_with(&mut Clip::new(small(), 60), &mut tone(16_000, 40_000), 0);
    let all = decode(&good, Mode::Strict, Range::default()).unwrap().0;
    for (offset, length) in segments(&good, SegmentId::SOUND) {
        let removed = [&good[..offset], &good[offset + length..]].concat();
        let (shown, damage) = decode(&removed, Mode::Tolerant, Range::default()).unwrap();
        assert_eq!(shown, all);
        assert!(!damage.is_empty());
        let found = verify_video(&Toy, Some(&audio()), reader(&removed, Mode::Tolerant), &mut Unwatched).unwrap();
        assert!(found.symbol_hash.is_some() && found.sound_hash.is_none());
    }
}

#[test]
fn flipped_bits_end_in_errors_or_frames() {
    let (good, _) = encode_with(&mut Clip::new(small(), 12), &mut tone(16_000, 8000), 100);
    for at in (0..good.len()).step_by(7) {
        let mut bytes = good.clone();
        bytes[at] ^= 1 << (at % 8);
        if let Ok((shown, _)) = decode(&bytes, Mode::Tolerant, Range::from_ticks(3)) {
            assert!(shown.len() <= 9, "byte {at}");
        }
        let _ = decode(&bytes, Mode::Strict, Range::default());
    }
}
