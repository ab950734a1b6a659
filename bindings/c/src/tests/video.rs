//! Frames of videos, as C takes them.

use lmc::codec::video::{Ratio, SoundInput, VideoSource, encode_video};
use lmc::{Sound, SoundSpec, VideoFormat, VideoFrame};

use super::*;

/// Three frames of a slope that moves, of 4:2:0 with 8 bits, with or without a sound.
fn video_stream(has_sound: bool) -> (VideoFormat, Vec<u8>) {
    let format = VideoFormat::new(70, 50, Ratio::new(25, 1));
    let mut frames = Vec::new();
    for index in 0..3 {
        let plane = |plane: usize| {
            let [width, height] = format.plane_size(plane);
            (0..width * height)
                .map(|at| (60 + (at % width + index) % 90) as u16)
                .collect()
        };
        frames.push(VideoFrame::new(&format, (0..3).map(plane).collect(), index as u64).unwrap());
    }
    let mut source = Film(format, frames.into());
    let codec = Models::shared()
        .for_encoding("video", Default::default())
        .unwrap()
        .video()
        .unwrap();
    let spec = SoundSpec {
        rate: 48_000,
        channels: 2,
        format: lmc::SampleFormat::Int16,
    };
    let samples = (0..2 * 5760).map(|at| (at as f32 * 0.02).sin() * 0.4).collect();
    let mut sound = Sound::new(spec, samples).unwrap();
    let sound = has_sound.then(|| SoundInput {
        codec: Models::shared()
            .for_encoding("audio", Default::default())
            .unwrap()
            .sound()
            .unwrap(),
        source: &mut sound,
        offset: 0,
    });
    let out = std::io::Cursor::new(Vec::new());
    let encoded = encode_video(&*codec, &mut source, sound, &Default::default(), out, &mut Unwatched);
    (format, encoded.unwrap().0.into_inner())
}

/// Frames that are at hand.
struct Film(VideoFormat, std::collections::VecDeque<VideoFrame>);

impl VideoSource for Film {
    fn format(&self) -> &VideoFormat {
        &self.0
    }

    fn read(&mut self) -> lmc::Result<Option<VideoFrame>> {
        Ok(self.1.pop_front())
    }
}

#[test]
fn frames_of_videos_come_one_by_one_with_their_sound_beside() {
    let (format, stream) = video_stream(true);
    let open = Open::new(&stream, options());
    let info = open.info();
    assert_eq!(
        (info.kind, info.width, info.height, info.colors, info.bits),
        (LMC_VIDEO, 70, 50, 3, 8)
    );
    assert_eq!((info.frames, info.rate, info.channels), (3, 48_000, 2));
    assert_eq!((info.frame_rate_numerator, info.frame_rate_denominator), (25, 1));
    assert_eq!(open.size(), [70, 50]);
    let mut pixels = vec![0; 70 * 50 * 3];
    let write = |pixels: &mut Vec<u8>| unsafe { lmc_decode_pixels(open.0, LMC_RGB8, pixels.as_mut_ptr(), 10_500, 210) };
    assert_eq!(write(&mut pixels), LMC_ERROR_PARAMETER, "no frame was decoded");
    let mut wanted = lmc::open(&stream[..]).unwrap().video().unwrap();
    let (mut frame, mut more, mut samples) = (Frame::default(), 0, vec![0f32; 2 * 1920]);
    while let Some(shown) = wanted.next_frame().unwrap() {
        assert_eq!(
            (unsafe { lmc_next_frame(open.0, &mut frame, &mut more) }, more),
            (LMC_OK, 1),
            "{}",
            last()
        );
        let kind = if shown.index == 0 {
            LMC_KEY_FRAME
        } else {
            LMC_PREDICTED_FRAME
        };
        assert_eq!((frame.kind, frame.planes, frame.index), (kind, 3, shown.index));
        assert!((frame.seconds - 0.04 * shown.index as f64).abs() < 1e-9);
        for plane in 0..3 {
            let (mut width, mut height) = (0, 0);
            assert_eq!(
                unsafe { lmc_plane_size(open.0, plane, &mut width, &mut height) },
                LMC_OK
            );
            let stride = width as usize + 3;
            let mut rows = vec![7u8; stride * height as usize];
            let code = unsafe { lmc_plane(open.0, plane, rows.as_mut_ptr(), rows.len(), stride) };
            assert_eq!(code, LMC_OK, "{}", last());
            let found: Vec<u16> = rows
                .chunks(stride)
                .flat_map(|row| &row[..width as usize])
                .map(|&s| u16::from(s))
                .collect();
            assert_eq!(found, shown.frame.planes()[plane as usize]);
            assert!(rows.chunks(stride).all(|row| row[width as usize..] == [7; 3]));
            let short = unsafe { lmc_plane(open.0, plane, rows.as_mut_ptr(), 9, stride) };
            assert_eq!(short, LMC_ERROR_PARAMETER);
        }
        assert_eq!(
            unsafe { lmc_plane(open.0, 3, pixels.as_mut_ptr(), pixels.len(), 70) },
            LMC_ERROR_PARAMETER
        );
        assert_eq!(write(&mut pixels), LMC_OK, "{}", last());
        assert_eq!(
            pixels,
            lmc::image_of(&shown.frame, &format).unwrap().samples().to_u8()[..]
        );
        let mut done = 0;
        assert_eq!(
            unsafe { lmc_read_f32(open.0, samples.as_mut_ptr(), 1920, &mut done) },
            LMC_OK,
            "{}",
            last()
        );
        assert_eq!(done, 1920);
    }
    assert!(
        samples.iter().any(|sample| sample.abs() > 0.1),
        "the sound is no silence"
    );
    for _ in 0..2 {
        assert_eq!(
            (unsafe { lmc_next_frame(open.0, &mut frame, &mut more) }, more),
            (LMC_OK, 0)
        );
    }
    assert_eq!(write(&mut pixels), LMC_ERROR_PARAMETER, "the video is over");
    let mut done = 1;
    assert_eq!(
        unsafe { lmc_read_f32(open.0, samples.as_mut_ptr(), 1920, &mut done) },
        LMC_OK
    );
    assert_eq!(done, 0);
}

#[test]
fn what_is_no_video_has_no_frames_and_damage_ends_one() {
    let (mut frame, mut more) = (Frame::default(), 1);
    let image = Open::new(&image_stream(), options());
    assert_eq!(
        unsafe { lmc_next_frame(image.0, &mut frame, &mut more) },
        LMC_ERROR_PARAMETER
    );
    assert_eq!(
        unsafe { lmc_next_frame(ptr::null_mut(), &mut frame, &mut more) },
        LMC_ERROR_PARAMETER
    );
    let (_, stream) = video_stream(false);
    let (half, mut none) = (&stream[..stream.len() / 2], ptr::null_mut());
    assert_eq!(
        unsafe { lmc_open(half.as_ptr(), half.len(), &options(), &mut none) },
        LMC_ERROR_MALFORMED,
        "it ends early"
    );
    let mut damaged = stream.clone();
    let at = 2 * damaged.len() / 3;
    damaged[at] ^= 1;
    let cut = Open::new(&damaged, options());
    assert_eq!(cut.info().channels, 0);
    let mut samples = [0f32; 8];
    let mut done = 1;
    assert_eq!(
        unsafe { lmc_read_f32(cut.0, samples.as_mut_ptr(), 4, &mut done) },
        LMC_ERROR_PARAMETER
    );
    let codes: Vec<i32> = (0..4)
        .map(|_| unsafe { lmc_next_frame(cut.0, &mut frame, &mut more) })
        .collect();
    assert!(codes.contains(&LMC_ERROR_MALFORMED), "{codes:?}");
    assert_eq!(
        *codes.last().unwrap(),
        LMC_ERROR_PARAMETER,
        "it cannot go on behind an error"
    );
}
