//! Frames, times and sound come back.

use std::io::Cursor;

use lmc_codec::codecs::{Cpu, Registry};
use lmc_codec::container::{Header, Media, Mode, info};
use lmc_codec::media::video::{Chroma, ChromaSite, FrameKind, Ratio, VideoFormat};
use lmc_codec::video::{
    Range, SoundInput, VideoDecoder, VideoEncoder, encode_video, encode_video_to_pipe, list_frames, verify_video,
};
use lmc_codec::{CodecError, Limits, Quality, Unwatched};

use super::clips::*;
use super::toy::{ROW, Toy};

#[test]
fn every_format_comes_back() {
    let formats = [
        small(),
        ten_bits(),
        VideoFormat {
            width: 1,
            height: 1,
            ..small()
        },
        VideoFormat {
            chroma: Chroma::None,
            ..small()
        },
        VideoFormat {
            chroma: Chroma::Half,
            site: Some(ChromaSite::Centre),
            sample_aspect: Ratio::new(16, 15),
            frame_rate: Ratio::new(30_000, 1001),
            ..small()
        },
    ];
    for format in formats {
        for count in [1, 23] {
            let (bytes, stats) = encode(&mut Clip::new(format, count), &exact());
            assert_eq!((stats.frames, stats.bytes.total), (count, bytes.len() as u64));
            let (header, _) = Header::parse(&bytes).unwrap();
            let Media::Video(video) = header.media else {
                panic!("no video")
            };
            assert_eq!((video.format, video.frames), (format, Some(count)));
            let (shown, damage) = decode(&bytes, Mode::Strict, Range::default()).unwrap();
            assert!(damage.is_empty() && shown.len() as u64 == count);
            for (index, shown) in (0..).zip(shown) {
                assert_eq!(shown.frame, drawn(&format, index, index));
                assert_eq!(shown.kind == Some(FrameKind::Key), index % 10 == 0);
            }
        }
    }
}

#[test]
fn times_of_a_variable_rate_come_back() {
    let format = VideoFormat {
        timebase: Some(Ratio::new(1, 90_000)),
        ..small()
    };
    let clip = || {
        let mut clip = Clip::new(format, 40);
        clip.steps = vec![3000, 3600, 90_000, 1];
        clip
    };
    let (bytes, stats) = encode(&mut clip(), &exact());
    let (shown, _) = decode(&bytes, Mode::Strict, Range::default()).unwrap();
    let mut ticks = 0;
    for (index, shown) in shown.iter().enumerate() {
        assert_eq!(shown.frame.ticks, ticks);
        ticks += clip().steps[index % 4];
    }
    assert!((stats.seconds - (ticks - 1 + 3600) as f64 / 90_000.0).abs() < 1e-9);
    let wrong = drawn(&format, 0, 7);
    let mut encoder = VideoEncoder::new(&Toy, &format, &exact(), Cursor::new(Vec::new())).unwrap();
    encoder.push_frame(&wrong).unwrap();
    assert!(
        matches!(encoder.push_frame(&wrong), Err(CodecError::Parameter(_))),
        "times ascend"
    );
}

#[test]
fn a_cut_in_the_picture_is_a_key_frame_and_the_interval_begins_anew() {
    let (bytes, stats) = encode(&mut Clip::new(small(), 75), &exact().with_key_interval(Some(35)));
    let mut keys = Vec::new();
    let mut stream = reader(&bytes, Mode::Strict);
    let mut total = 0;
    list_frames(&mut stream, &mut |frame| {
        total += frame.bytes;
        keys.extend((frame.kind == FrameKind::Key).then_some(frame.index));
        Ok(())
    })
    .unwrap();
    assert_eq!(keys, [0, 35, 50], "the next would be at 85");
    assert_eq!(stats.keys, 3);
    assert!(total as u64 <= stats.bytes.total);
}

#[test]
fn any_number_of_threads_makes_the_same_bytes_and_verifies() {
    let bytes = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| encode_with(&mut Clip::new(small(), 30), &mut tone(16_000, 20_000), 5))
    };
    let (one, stats) = bytes(1);
    assert_eq!(one, bytes(4).0);
    let verified = verify_video(&Toy, Some(&audio()), reader(&one, Mode::Tolerant), &mut Unwatched).unwrap();
    assert!(verified.is_good() && verified.frames == 30);
    assert_eq!(verified.symbol_hash, Some(stats.symbol_hash));
    assert!(verified.packets > 0 && verified.sound_hash.is_some());
}

#[test]
fn sound_begins_at_its_sample() {
    for rate in [44_100, 16_000] {
        let original = tone(rate, 30_000);
        let alone = {
            let (bytes, _) = encode_with(&mut Clip::new(small(), 30), &mut original.clone(), 0);
            sound_of(&bytes)
        };
        assert_eq!(alone.len(), 30_000);
        for offset in [1234, -777] {
            let (bytes, stats) = encode_with(&mut Clip::new(small(), 30), &mut original.clone(), offset);
            assert_eq!(stats.samples, 30_000);
            let found = sound_of(&bytes);
            assert_eq!(found.len() as i64, 30_000 + offset);
            for (at, sample) in found.iter().enumerate() {
                let from = at as i64 - offset;
                let expected = usize::try_from(from).map_or(0.0, |from| alone[from]);
                assert_eq!(*sample, expected, "{rate} Hz, offset {offset}, sample {at}");
            }
        }
    }
}

#[test]
fn a_stream_of_a_pipe_decodes_as_that_of_a_file() {
    let mut sound = tone(44_100, 50_000);
    let input = SoundInput {
        codec: audio(),
        source: &mut sound,
        offset: 0,
    };
    let mut clip = Clip::new(small(), 33);
    let (piped, stats) =
        encode_video_to_pipe(&Toy, &mut clip, Some(input), &exact(), Vec::new(), &mut Unwatched).unwrap();
    let (filed, _) = encode_with(&mut Clip::new(small(), 33), &mut tone(44_100, 50_000), 0);
    assert_eq!((stats.frames, piped.len()), (33, filed.len()));
    let frames = |bytes: &[u8]| decode(bytes, Mode::Strict, Range::default()).unwrap();
    assert_eq!(frames(&piped), frames(&filed));
    let found = info(&piped[..], &Limits::default()).unwrap();
    assert_eq!((found.parts, found.sound_samples), (33, Some(50_000)));
    assert!(found.damage.is_empty());
    assert_eq!(sound_of(&piped), sound_of(&filed));
    for cut in [piped.len() - 1, piped.len() / 2] {
        assert!(
            decode(&piped[..cut], Mode::Strict, Range::default()).is_err(),
            "the end is missing"
        );
    }
}

#[test]
fn any_range_is_found_by_reading_and_by_the_index() {
    let format = VideoFormat {
        timebase: Some(Ratio::new(1, 1000)),
        ..small()
    };
    let mut clip = Clip::new(format, 60);
    clip.steps = vec![40, 30];
    let (bytes, _) = encode(&mut clip, &exact());
    let all = decode(&bytes, Mode::Strict, Range::default()).unwrap().0;
    for (start, end, most) in [
        (0, None, Some(3)),
        (1, Some(71), None),
        (700, None, None),
        (705, Some(1400), Some(99)),
    ] {
        let range = Range::from_ticks(start).until(end).at_most(most);
        let inside = |ticks: u64| ticks >= start && end.is_none_or(|end| ticks < end);
        let expected = all.iter().filter(|shown| inside(shown.frame.ticks));
        let expected: Vec<_> = expected.take(most.unwrap_or(999) as usize).cloned().collect();
        assert_eq!(decode(&bytes, Mode::Strict, range).unwrap().0, expected, "{range:?}");
        let mut decoder = VideoDecoder::new(&Toy, reader(&bytes, Mode::Strict))
            .unwrap()
            .with_range(range);
        decoder.jump().unwrap();
        let mut found = Vec::new();
        while let Some(shown) = decoder.next_frame().unwrap() {
            found.push(shown);
        }
        assert_eq!(found, expected, "{range:?} by the index");
    }
}

#[test]
fn a_bit_rate_is_met() {
    let at = |quality: f32, kbps: Option<f64>| {
        let mut options = exact().with_bitrate(kbps.map(|kbps| kbps * 1000.0));
        options.frames = options.frames.with_quality(Quality::new(quality).unwrap());
        let mut clip = Clip::new(VideoFormat::new(64, 48, Ratio::new(25, 1)), 900);
        clip.noisy = true;
        encode(&mut clip, &options).1.kbps
    };
    let (low, high) = (at(20.0, None), at(90.0, None));
    let between = (low * high).sqrt();
    assert!(high > 1.5 * low);
    for start in [10.0, 60.0, 100.0] {
        let found = at(start, Some(between));
        assert!(
            (found / between - 1.0).abs() < 0.15,
            "{found} for {between}, between {low} and {high}"
        );
    }
}

#[test]
fn what_can_not_be_is_refused() {
    let twelve = VideoFormat { depth: 12, ..small() };
    let encode = |format, count| {
        let out = Cursor::new(Vec::new());
        encode_video(&Toy, &mut Clip::new(format, count), None, &exact(), out, &mut Unwatched).map(|_| ())
    };
    assert!(matches!(encode(twelve, 1), Err(CodecError::Unsupported(_))));
    assert!(matches!(encode(small(), 0), Err(CodecError::Parameter(_))));
    let registry = Registry::default().with(ROW);
    let row = registry.named("toy-video").unwrap();
    assert!((row.open)(None, &Cpu).unwrap().video().is_ok());
    assert!((row.open)(None, &Cpu).unwrap().sound().is_err());
}
