//! Cutting and joining at key frames.

use std::io::Cursor;

use lmc_codec::container::Mode;
use lmc_codec::media::video::{Ratio, VideoFormat};
use lmc_codec::video::{Cut, Opener, Range, cut_video, join_videos, verify_video};
use lmc_codec::{CodecError, Limits, Result, Unwatched};

use super::clips::*;
use super::toy::Toy;

fn cut(bytes: &[u8], range: Range) -> Result<(Vec<u8>, lmc_codec::video::CutStats)> {
    let limits = Limits::default();
    let planned = Cut::plan(&mut || Ok(bytes), range, &limits)?;
    cut_video(bytes, &planned, &limits, Vec::new())
}

#[test]
fn a_cut_begins_with_a_key_frame_and_keeps_the_frames() {
    for timebase in [None, Some(Ratio::new(1, 1000))] {
        let step = if timebase.is_some() { 40 } else { 1 };
        let mut clip = Clip::new(VideoFormat { timebase, ..small() }, 48);
        clip.steps = vec![step];
        let (bytes, _) = encode(&mut clip, &exact());
        let all = decode(&bytes, Mode::Strict, Range::default()).unwrap().0;
        for (start, end, most, first, count) in [
            (0, None, None, 0, 48),
            (25, Some(31), None, 20, 11),
            (20, None, Some(1), 20, 1),
            (39, Some(1000), None, 30, 18),
        ] {
            let range = Range::from_ticks(start * step)
                .until(end.map(|end: u64| end * step))
                .at_most(most);
            let (piece, stats) = cut(&bytes, range).unwrap();
            assert_eq!((stats.first, stats.frames), (first, count), "{range:?}");
            assert!((stats.seconds - count as f64 / 25.0).abs() < 1e-9);
            let (shown, _) = decode(&piece, Mode::Strict, Range::default()).unwrap();
            assert_eq!(shown.len() as u64, count);
            for (index, shown) in shown.iter().enumerate() {
                assert_eq!(shown.frame.planes(), all[index + first as usize].frame.planes());
                assert_eq!(shown.frame.ticks, index as u64 * step);
            }
        }
        assert!(matches!(
            cut(&bytes, Range::from_ticks(48 * step)),
            Err(CodecError::Parameter(_))
        ));
    }
}

#[test]
fn the_sound_of_a_cut_stays_in_time_to_the_sample() {
    for (rate, offset) in [(44_100u32, 0i64), (44_100, 500), (16_000, -300)] {
        let (bytes, _) = encode_with(&mut Clip::new(small(), 150), &mut tone(rate, 6 * rate as usize), offset);
        let whole = sound_of(&bytes);
        let (piece, stats) = cut(&bytes, Range::from_ticks(83).until(Some(120))).unwrap();
        assert_eq!((stats.first, stats.frames), (80, 40));
        let found = sound_of(&piece);
        let start = 80 * rate as usize / 25;
        assert_eq!(found.len(), 40 * rate as usize / 25);
        // All but what overlaps with the packet behind the end, which is gone.
        let same = found.len() - rate as usize / 10;
        for at in 0..same {
            let difference = (found[at] - whole[start + at]).abs();
            assert!(
                difference < 1e-4,
                "{rate} Hz, offset {offset}, sample {at}: {difference}"
            );
        }
    }
}

#[test]
fn joined_pieces_are_the_whole() {
    let (bytes, stats) = encode_with(&mut Clip::new(small(), 60), &mut tone(16_000, 38_400), 0);
    let all = decode(&bytes, Mode::Strict, Range::default()).unwrap().0;
    let (first, _) = cut(&bytes, Range::default().until(Some(20))).unwrap();
    let (second, _) = cut(&bytes, Range::from_ticks(20)).unwrap();
    let join = |pieces: &[&[u8]]| {
        let mut opens: Vec<_> = pieces.iter().map(|piece| move || Ok(*piece)).collect();
        let mut openers: Vec<Opener<'_, &[u8]>> = opens.iter_mut().map(|open| open as Opener<'_, &[u8]>).collect();
        let codec = audio();
        join_videos(&mut openers, Some(&codec), &Limits::default(), Cursor::new(Vec::new()))
    };
    let (joined, found) = join(&[&first, &second]).unwrap();
    let joined = joined.into_inner();
    assert_eq!((found.frames, found.samples, stats.samples), (60, 38_400, 38_400));
    let shown = decode(&joined, Mode::Strict, Range::default()).unwrap().0;
    assert_eq!(shown, all);
    let verified = verify_video(&Toy, Some(&audio()), reader(&joined, Mode::Tolerant), &mut Unwatched).unwrap();
    assert!(verified.is_good() && verified.symbol_hash == Some(stats.symbol_hash));
    let (before, behind) = (sound_of(&bytes), sound_of(&joined));
    assert_eq!(before.len(), behind.len());
    let energy = |samples: &mut dyn Iterator<Item = f32>| samples.map(|sample| f64::from(sample * sample)).sum::<f64>();
    let noise = energy(&mut before.iter().zip(&behind).map(|(a, b)| a - b));
    assert!(
        noise < energy(&mut before.iter().copied()) / 4.0,
        "the sound is not in time"
    );
    let (other, _) = encode(&mut Clip::new(ten_bits(), 3), &exact());
    assert!(matches!(join(&[&first, &other]), Err(CodecError::Parameter(_))));
    assert!(join(&[]).is_err());
}
