//! Files come back, damage is told, and a real ffmpeg is asked where there is one.

use std::io::Cursor;
use std::path::PathBuf;

use super::said::{FrameLine, Listed, SoundLine};
use super::*;
use crate::error::CodecError;
use crate::limits::Limits;
use crate::media::image::Cicp;
use crate::media::sound::{SampleFormat, SoundSource};
use crate::media::video::{Chroma, ChromaSite, Ratio, VideoFormat, VideoFrame, VideoSource};
use crate::sound::files::WavWriter;
use crate::sound::{SoundSpec, Tags};

fn format() -> VideoFormat {
    VideoFormat::new(31, 17, Ratio::new(30_000, 1001))
}

fn frame(format: &VideoFormat, index: u64) -> VideoFrame {
    let plane = |plane: usize| {
        let samples = 0..format.plane_size(plane).into_iter().product::<usize>();
        samples
            .map(|at| (at as u16 * 7 + index as u16 * 31) % (format.max_sample() + 1))
            .collect()
    };
    VideoFrame::new(format, (0..format.chroma.planes()).map(plane).collect(), index).unwrap()
}

fn written(format: &VideoFormat, count: u64) -> Vec<u8> {
    let mut writer = Y4mWriter::new(Vec::new(), format).unwrap();
    (0..count).for_each(|index| writer.write(&frame(format, index)).unwrap());
    writer.finish().unwrap().0
}

fn read(bytes: &[u8]) -> crate::Result<(VideoFormat, Vec<VideoFrame>)> {
    let mut source = Y4m::new(Cursor::new(bytes.to_vec()), &Limits::default())?;
    let mut frames = Vec::new();
    while let Some(frame) = source.read()? {
        frames.push(frame);
    }
    Ok((*source.format(), frames))
}

#[test]
fn every_kind_of_y4m_comes_back() {
    let unknown = |full_range| Cicp {
        primaries: 2,
        transfer: 2,
        matrix: 2,
        full_range,
    };
    for chroma in [Chroma::None, Chroma::Quarter, Chroma::Half, Chroma::Full] {
        for depth in [8, 10, 12] {
            for cicp in [None, Some(unknown(true)), Some(unknown(false))] {
                let format = VideoFormat {
                    chroma,
                    depth,
                    cicp,
                    sample_aspect: Ratio::new(16, 15),
                    ..format()
                };
                let bytes = written(&format, 3);
                let (found, frames) = read(&bytes).unwrap();
                assert_eq!(found, format);
                assert!(
                    frames
                        .iter()
                        .zip(0..)
                        .all(|(found, index)| *found == frame(&format, index))
                );
                assert_eq!(frames.len(), 3);
                let source = Y4m::new(&bytes[..], &Limits::default()).unwrap();
                assert_eq!(source.with_file_bytes(bytes.len() as u64).frames(), Some(3));
            }
        }
    }
    for site in [ChromaSite::Left, ChromaSite::Centre, ChromaSite::TopLeft] {
        let format = VideoFormat {
            site: Some(site),
            ..format()
        };
        assert_eq!(read(&written(&format, 1)).unwrap().0, format);
    }
}

#[test]
fn what_y4m_leaves_out_is_assumed() {
    let bytes = [&b"YUV4MPEG2 H2 W2 F0:0 A0:0 It Xfoo\nFRAME Ip\n"[..], &[9; 6]].concat();
    let mut source = Y4m::new(&bytes[..], &Limits::default()).unwrap();
    let format = *source.format();
    assert_eq!(
        (format.frame_rate, format.sample_aspect),
        (Ratio::new(25, 1), Ratio::ONE)
    );
    assert_eq!(
        (format.chroma, format.site),
        (Chroma::Quarter, Some(ChromaSite::Centre))
    );
    assert_eq!(source.warnings().len(), 2);
    assert_eq!(source.read().unwrap().unwrap().planes()[1], [9]);
    assert!(source.read().unwrap().is_none() && source.read().unwrap().is_none());
}

#[test]
fn damage_of_y4m_is_told() {
    let good = written(&format(), 2);
    let first = good.iter().position(|&byte| byte == b'\n').unwrap() + 1;
    for (bytes, words) in [
        (good[..good.len() - 1].to_vec(), "it ends inside frame 1"),
        (good[..first + 3].to_vec(), "does not end"),
        (good[..5].to_vec(), "does not end"),
        (Vec::new(), "it is empty"),
        (b"YUV4MPEG2 W0 H2 F25:1\n".to_vec(), "0x2 pixels"),
        (b"YUV4MPEG2 W-3 H2 F25:1\n".to_vec(), "is no number"),
        (b"YUV4MPEG2 W4 H2 F25\n".to_vec(), "is no fraction"),
        (b"RIFF\n".to_vec(), "does not begin"),
        (vec![b'x'; 10_000], "does not end"),
        (
            [&good[..first], b"FRAMES\n"].concat(),
            "no frame begins where frame 0 should",
        ),
    ] {
        let error = read(&bytes).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
    let deep = VideoFormat { depth: 10, ..format() };
    let mut loud = written(&deep, 1);
    *loud.last_mut().unwrap() = 4;
    assert!(read(&loud).unwrap_err().to_string().contains("there may be 1023"));
    for kind in ["444alpha", "411", "420p16"] {
        let bytes = format!("YUV4MPEG2 W4 H2 F25:1 C{kind}\n");
        assert!(
            matches!(read(bytes.as_bytes()), Err(CodecError::Unsupported(_))),
            "{kind}"
        );
    }
    let large = b"YUV4MPEG2 W60000 H60000 F25:1\n";
    assert!(matches!(read(large), Err(CodecError::Limit { .. })));
}

#[test]
fn lines_of_the_program_are_understood() {
    let listed = Listed::parse(
        "Input #0, mov, from 'x':\n  Duration: 01:02:03.50, start: 0.0, bitrate: 1 kb/s\n  Stream #0:0[0x1](und): Video: hevc \
         (Main 10) (hvc1 / 0x1), yuv420p10le(tv, bt2020nc/bt2020/smpte2084), 1280x720 [SAR 1:1 DAR 16:9], 1205 kb/s, \
         29.97 fps, 30 tbr\n  Stream #0:1: Audio: aac, 48000 Hz\n",
    );
    assert_eq!(listed.seconds, Some(3723.5));
    assert_eq!(
        (listed.samples(), listed.has_sound, listed.rate),
        ((Chroma::Quarter, 10), true, Some(29.97))
    );
    for (pixels, samples) in [
        ("gray", (Chroma::None, 8)),
        ("nv12", (Chroma::Quarter, 8)),
        ("gbrp", (Chroma::Full, 8)),
        ("yuv422p10le", (Chroma::Half, 10)),
    ] {
        let listed = Listed {
            pixels: Some(pixels.to_owned()),
            ..Listed::default()
        };
        assert_eq!(listed.samples(), samples, "{pixels}");
    }
    let line = |text: &str| FrameLine::parse(&format!("[Parsed_showinfo_0 @ 0x1] {text}"));
    assert_eq!(
        line("config in time_base: 1/12800, frame_rate: 25/1"),
        Some(FrameLine::Timebase([1, 12_800]))
    );
    assert_eq!(
        line("n:   1 pts:    512 pts_time:0.04 duration: 512"),
        Some(FrameLine::Time(1, Some(512)))
    );
    assert_eq!(line("n:   1 pts: NOPTS pts_time:NOPTS"), Some(FrameLine::Time(1, None)));
    // Another thread was not done with its line.
    let broken = "  Stream #0:0(und): Video: wrapped_avframe, yuv420p, n:  12 pts:   6144 pts_time:0.48";
    assert_eq!(FrameLine::parse(broken), Some(FrameLine::Time(12, Some(6144))));
    assert_eq!(FrameLine::parse("  duration: 3, start pts: 5"), None);
    let colors = "color_range:pc color_space:bt2020nc color_primaries:bt2020 color_trc:smpte2084";
    let hdr = Cicp {
        primaries: 9,
        transfer: 16,
        matrix: 9,
        full_range: true,
    };
    assert_eq!(line(colors), Some(FrameLine::Colors(Some(hdr))));
    let unknown = "color_range:unknown color_space:unknown color_primaries:unknown color_trc:unknown";
    assert_eq!(line(unknown), Some(FrameLine::Colors(None)));
    assert_eq!(FrameLine::parse("Stream mapping:"), None);
    let sound = SoundLine::parse(
        "[Parsed_ashowinfo_0 @ 0x1] n:0 pts:-1024 pts_time:-0.0213333 fmt:fltp channels:6 chlayout:5.1 rate:48000 \
         nb_samples:1024",
    );
    let sound = sound.unwrap();
    assert_eq!((sound.start, sound.rate, sound.channels), (-1024, 48_000, 6));
    assert_eq!((sound.format, sound.channel_mask), (SampleFormat::Int16, Some(0x3f)));
}

#[test]
fn a_program_that_is_not_there_is_named() {
    let mp4 = container_of(Path::new("x.mp4")).unwrap();
    assert!(container_of(Path::new("x.gif")).is_err());
    let ffmpeg = Ffmpeg::find(Some(Path::new("no-such-program")));
    assert!(!ffmpeg.is_there());
    let file = tempfile::NamedTempFile::new().unwrap();
    let error = ffmpeg
        .open(file.path(), &Limits::default(), &|_, _| true)
        .err()
        .unwrap()
        .to_string();
    assert!(
        error.contains("no-such-program") && error.contains("--ffmpeg"),
        "{error}"
    );
    assert!(ffmpeg.create(Path::new("x.mp4"), mp4, &format(), None, &[]).is_err());
}

/// The program of this machine; tests that need it say where they were skipped.
fn real() -> Option<Ffmpeg> {
    let ffmpeg = Ffmpeg::find(None);
    if !ffmpeg.is_there() {
        println!("SKIPPED: there is no ffmpeg");
        return None;
    }
    Some(ffmpeg)
}

fn path_in(folder: &tempfile::TempDir, name: &str) -> PathBuf {
    folder.path().join(name)
}

#[test]
fn frames_and_sound_pass_through_the_program_in_time() {
    let Some(ffmpeg) = real() else { return };
    let folder = tempfile::tempdir().unwrap();
    let cicp = Some(Cicp {
        primaries: 9,
        transfer: 16,
        matrix: 9,
        full_range: false,
    });
    let format = VideoFormat {
        width: 64,
        height: 48,
        cicp,
        sample_aspect: Ratio::new(4, 3),
        ..format()
    };
    let spec = SoundSpec {
        rate: 44_100,
        channels: 1,
        format: SampleFormat::Int16,
    };
    let samples: Vec<f32> = (0..30_000).map(|at| ((at % 8000) as f32 - 4000.0) / 8192.0).collect();
    let wav = path_in(&folder, "a.wav");
    let file = std::fs::File::create(&wav).unwrap();
    let mut writer = WavWriter::with_mask(file, spec, None, 30_000, &Tags::default()).unwrap();
    writer.write(&samples).unwrap();
    writer.finish().unwrap();
    let out = path_in(&folder, "a.mkv");
    let mut writer = ffmpeg
        .create(&out, container_of(&out).unwrap(), &format, Some(&wav), &[])
        .unwrap();
    (0..20).for_each(|index| writer.write(&frame(&format, index)).unwrap());
    writer.finish().unwrap();
    let mut video = ffmpeg.open(&out, &Limits::default(), &|_, _| true).unwrap();
    let found = *video.format();
    assert_eq!(
        VideoFormat { site: None, ..found },
        VideoFormat { site: None, ..format }
    );
    assert!(video.has_sound() && video.frames() == Some(20));
    let mut sound = ffmpeg.open_sound(&out).unwrap();
    assert_eq!((sound.offset(&video), sound.spec().rate), (0, 44_100));
    for index in 0..20 {
        assert_eq!(
            video.read().unwrap().unwrap(),
            frame(&format, index),
            "FFV1 loses nothing"
        );
    }
    assert!(video.read().unwrap().is_none());
    let mut heard = Vec::new();
    while sound.read(&mut heard, 999).unwrap() > 0 {}
    let rounded: Vec<f32> = samples
        .iter()
        .map(|&sample| SampleFormat::Int16.rounded(sample))
        .collect();
    assert_eq!(heard, rounded);
}

#[test]
fn other_programs_delays_and_rates_are_found() {
    let Some(ffmpeg) = real() else { return };
    let folder = tempfile::tempdir().unwrap();
    let out = path_in(&folder, "late.mkv");
    let made = ffmpeg
        .command()
        .args(["-v", "error", "-f", "lavfi", "-i", "testsrc=s=64x48:r=25:d=2"])
        .args(["-itsoffset", "0.3", "-f", "lavfi", "-i", "sine=r=48000:d=1"])
        .args([
            "-vf",
            "setpts='if(gt(N,20),PTS+3/25/TB,PTS)'",
            "-fps_mode",
            "vfr",
            "-c:v",
            "ffv1",
            "-pix_fmt",
            "yuv444p10le",
        ])
        .args(["-c:a", "pcm_s16le"])
        .arg(&out)
        .status();
    assert!(made.unwrap().success());
    let takes = |chroma, depth| (chroma, depth) == (Chroma::Quarter, 10);
    let mut video = ffmpeg.open(&out, &Limits::default(), &takes).unwrap();
    assert_eq!((video.format().chroma, video.format().depth), (Chroma::Quarter, 10));
    assert_eq!(video.format().timebase, Some(Ratio::new(1, 1000)));
    assert!(video.warnings()[0].contains("4:4:4 of 10 bits became 4:2:0"));
    let sound = ffmpeg.open_sound(&out).unwrap();
    assert_eq!(sound.offset(&video), 14_400);
    let mut times = Vec::new();
    while let Some(frame) = video.read().unwrap() {
        times.push(frame.ticks);
    }
    assert_eq!(times.len(), 50);
    assert_eq!((times[0], times[20], times[21]), (0, 800, 960));
    let text = path_in(&folder, "text.mp4");
    std::fs::write(&text, "no video").unwrap();
    let error = ffmpeg.open(&text, &Limits::default(), &takes).err().unwrap();
    assert!(matches!(error, CodecError::Media { .. }), "{error}");
}

#[test]
fn a_variable_rate_keeps_its_times_and_all_samples() {
    let Some(ffmpeg) = real() else { return };
    let folder = tempfile::tempdir().unwrap();
    let ticks = [7, 47, 48, 187, 227, 1227];
    for (chroma, depth) in [
        (Chroma::None, 8),
        (Chroma::Quarter, 8),
        (Chroma::Quarter, 10),
        (Chroma::Full, 8),
        (Chroma::Full, 10),
    ] {
        let format = VideoFormat {
            chroma,
            depth,
            site: None,
            timebase: Some(Ratio::new(1, 1000)),
            ..VideoFormat::new(34, 18, Ratio::new(25, 1))
        };
        let frames: Vec<VideoFrame> = ticks
            .map(|time| VideoFrame::flat(&format, 60 + time as u16 % 50, time).unwrap())
            .into();
        for name in ["a.mkv", "a.mp4"] {
            let out = path_in(&folder, name);
            let container = container_of(&out).unwrap();
            let mut writer = ffmpeg.create(&out, container, &format, None, &[]).unwrap();
            frames.iter().for_each(|frame| writer.write(frame).unwrap());
            writer.finish().unwrap();
            let mut video = ffmpeg.open(&out, &Limits::default(), &|_, _| true).unwrap();
            let mut found = Vec::new();
            while let Some(frame) = video.read().unwrap() {
                found.push(frame);
            }
            let format = video.format();
            let seconds = |frame: &VideoFrame| (format.seconds(frame.ticks) * 1000.0).round() as u64;
            let times: Vec<u64> = found.iter().map(seconds).collect();
            assert_eq!(times, ticks.map(|time| time - 7), "{chroma:?} {depth} {name}");
            if name == "a.mkv" {
                let planes =
                    |frames: &[VideoFrame]| frames.iter().map(|frame| frame.planes().to_vec()).collect::<Vec<_>>();
                assert_eq!(planes(&found), planes(&frames), "{chroma:?} {depth}");
            }
        }
    }
}
