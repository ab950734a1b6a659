//! Made-up clips and sounds, and what tests do with them.

use std::io::{Cursor, Seek, SeekFrom, Write};
use std::sync::Arc;

use lmc_codec::codecs::audio::AudioModel;
use lmc_codec::container::{Mode, StreamReader, info};
use lmc_codec::media::video::{Chroma, Ratio, VideoFormat, VideoFrame, VideoSource};
use lmc_codec::sound::{SampleFormat, Sound, SoundCodec, SoundSource, SoundSpec};
use lmc_codec::video::{
    Range, Shown, SoundInput, VideoDecoder, VideoEncodeOptions, VideoSound, VideoStats, encode_video,
};
use lmc_codec::{DamageReport, Limits, Quality, Result, Unwatched};

use super::toy::Toy;

/// A clip that is drawn frame by frame: a slope that moves, and a cut in the middle of each hundred frames.
pub struct Clip {
    pub format: VideoFormat,
    pub count: u64,
    /// Ticks of each frame, in a circle; 1 at a constant rate.
    pub steps: Vec<u64>,
    /// Whether noise lies over it.
    pub noisy: bool,
    next: u64,
    ticks: u64,
}

impl Clip {
    pub fn new(format: VideoFormat, count: u64) -> Self {
        Self {
            format,
            count,
            steps: vec![1],
            noisy: false,
            next: 0,
            ticks: 0,
        }
    }
}

/// The frame `index` of a clip.
pub fn drawn(format: &VideoFormat, index: u64, ticks: u64) -> VideoFrame {
    let scene = index / 50 % 2 * 170;
    let planes = (0..format.chroma.planes()).map(|plane| {
        let [width, height] = format.plane_size(plane);
        let sample = |at: usize| {
            let (x, y) = ((at % width) as u64, (at / width) as u64);
            let value = (x * 3 + y * 2 + index * 2 + 40 * plane as u64) % 80 + scene;
            (value << (format.depth - 8)) as u16
        };
        (0..width * height).map(sample).collect()
    });
    VideoFrame::new(format, planes.collect(), ticks).unwrap()
}

/// The same frame under noise of 64 steps, which differs from frame to frame.
fn noisy(format: &VideoFormat, frame: &VideoFrame) -> VideoFrame {
    let mut state = frame.ticks.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut noise = |&sample: &u16| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (sample + (state >> 58) as u16).min(format.max_sample())
    };
    let planes = frame
        .planes()
        .iter()
        .map(|plane| plane.iter().map(&mut noise).collect());
    VideoFrame::new(format, planes.collect(), frame.ticks).unwrap()
}

impl VideoSource for Clip {
    fn format(&self) -> &VideoFormat {
        &self.format
    }

    fn frames(&self) -> Option<u64> {
        Some(self.count)
    }

    fn read(&mut self) -> Result<Option<VideoFrame>> {
        if self.next == self.count {
            return Ok(None);
        }
        let mut frame = drawn(&self.format, self.next, self.ticks);
        if self.noisy {
            frame = noisy(&self.format, &frame);
        }
        self.ticks += self.steps[self.next as usize % self.steps.len()];
        self.next += 1;
        Ok(Some(frame))
    }
}

pub fn small() -> VideoFormat {
    VideoFormat::new(31, 17, Ratio::new(25, 1))
}

pub fn ten_bits() -> VideoFormat {
    let (chroma, depth) = (Chroma::Full, 10);
    VideoFormat {
        chroma,
        depth,
        ..small()
    }
}

pub fn exact() -> VideoEncodeOptions {
    let mut options = VideoEncodeOptions::default().with_key_interval(Some(10));
    options.frames = options.frames.with_quality(Quality::new(100.0).unwrap());
    options
}

pub fn audio() -> Arc<dyn SoundCodec> {
    Arc::new(AudioModel::untrained().unwrap())
}

/// A tone whose loudness grows, so that its places can be told apart.
pub fn tone(rate: u32, samples: usize) -> Sound {
    let spec = SoundSpec {
        rate,
        channels: 1,
        format: SampleFormat::Int16,
    };
    let sample = |at: usize| (at as f32 * 0.05).sin() * (0.1 + 0.4 * (at % 7001) as f32 / 7001.0);
    Sound::new(spec, (0..samples).map(sample).collect()).unwrap()
}

pub fn encode(clip: &mut Clip, options: &VideoEncodeOptions) -> (Vec<u8>, VideoStats) {
    let out = Cursor::new(Vec::new());
    let (out, stats) = encode_video(&Toy, clip, None, options, out, &mut Unwatched).unwrap();
    (out.into_inner(), stats)
}

pub fn encode_with(clip: &mut Clip, sound: &mut Sound, offset: i64) -> (Vec<u8>, VideoStats) {
    let codec = audio();
    let input = SoundInput {
        codec,
        source: sound,
        offset,
    };
    let out = Cursor::new(Vec::new());
    let (out, stats) = encode_video(&Toy, clip, Some(input), &exact(), out, &mut Unwatched).unwrap();
    (out.into_inner(), stats)
}

pub fn reader(bytes: &[u8], mode: Mode) -> StreamReader<Cursor<&[u8]>> {
    StreamReader::new(Cursor::new(bytes), &Limits::default(), mode).unwrap()
}

pub fn decode(bytes: &[u8], mode: Mode, range: Range) -> Result<(Vec<Shown>, DamageReport)> {
    let stream = StreamReader::new(Cursor::new(bytes), &Limits::default(), mode)?;
    let mut decoder = VideoDecoder::new(&Toy, stream)?.with_range(range);
    let mut shown = Vec::new();
    while let Some(frame) = decoder.next_frame()? {
        shown.push(frame);
    }
    Ok((shown, decoder.damage().clone()))
}

/// All samples of the sound of a stream, in time with its frames.
pub fn sound_of(bytes: &[u8]) -> Vec<f32> {
    let samples = info(bytes, &Limits::default()).unwrap().sound_samples.unwrap();
    let mut sound = VideoSound::new(audio(), reader(bytes, Mode::Strict), samples).unwrap();
    let mut out = Vec::new();
    while sound.read(&mut out, 1000).unwrap() > 0 {}
    out
}

/// A file with a clip of so many frames, a key frame at least every fifty, each of which was decoded again.
pub fn streamed(format: VideoFormat, frames: u64) -> Result<(std::fs::File, VideoStats)> {
    let mut file = tempfile::tempfile()?;
    let mut clip = Clip::new(format, frames);
    let options = exact().with_key_interval(Some(50));
    let (_, stats) = encode_video(&Toy, &mut clip, None, &options, &mut file, &mut Unwatched)?;
    assert_eq!(stats.frames, frames);
    file.flush()?;
    file.seek(SeekFrom::Start(0))?;
    let mut decoder = VideoDecoder::new(&Toy, StreamReader::new(&mut file, &Limits::default(), Mode::Strict)?)?;
    let mut count = 0;
    while let Some(shown) = decoder.next_frame()? {
        assert_eq!(shown.frame.planes()[0][0], drawn(&format, count, count).planes()[0][0]);
        count += 1;
    }
    assert_eq!(count, frames);
    Ok((file, stats))
}
