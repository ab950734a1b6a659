//! Videos on the command line, with the codec and the weights of this build.

use std::io::Cursor;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use lmc_codec::codecs::Registry;
use lmc_codec::media::video::{Chroma, Ratio, VideoFormat, VideoFrame, VideoSource};
use lmc_codec::video::files::{Ffmpeg, Y4m, Y4mWriter};
use lmc_codec::{Limits, MediaKind};

/// Whether this build has a codec of videos and weights for it; tests say where they were skipped.
fn has_codec() -> bool {
    let registry = Registry::default();
    let ready = registry.of(MediaKind::Video).any(|row| {
        let is_shipped = lmc_weights::of_codec(row.name).is_some();
        row.model.is_none() || is_shipped
    });
    if !ready {
        println!("SKIPPED: this build has no codec of videos");
    }
    ready
}

/// Runs the program in a folder.
fn lmc(folder: &Path, line: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lmc"));
    command
        .args(line.split_whitespace())
        .current_dir(folder)
        .stdin(Stdio::null());
    command.output().expect("the program starts")
}

/// Runs it, and fails the test if it fails; returns what it says on stderr and stdout.
fn good(folder: &Path, line: &str) -> String {
    let output = lmc(folder, line);
    let said = [&output.stderr[..], &output.stdout]
        .map(String::from_utf8_lossy)
        .concat();
    assert!(output.status.success(), "lmc {line}: {said}");
    said
}

fn json(folder: &Path, line: &str) -> serde_json::Value {
    let output = lmc(folder, &format!("{line} --json"));
    let value: serde_json::Value = serde_json::from_slice(&output.stdout).expect("one JSON object");
    value["files"][0].clone()
}

/// A clip of a slope that moves, with a square before it.
fn clip(format: &VideoFormat, frames: u64) -> Vec<u8> {
    let mut writer = Y4mWriter::new(Vec::new(), format).expect("a writer");
    for index in 0..frames {
        let plane = |plane: usize| {
            let [width, height] = format.plane_size(plane);
            let sample = |at: usize| {
                let (x, y) = (at % width, at / width);
                let square = x.abs_diff(10 + index as usize) < 8 && y.abs_diff(20) < 8;
                let value = if square {
                    200
                } else {
                    60 + (x + 2 * y + index as usize) % 100
                };
                (value << (format.depth - 8)) as u16
            };
            (0..width * height).map(sample).collect()
        };
        let planes = (0..format.chroma.planes()).map(plane).collect();
        writer
            .write(&VideoFrame::new(format, planes, index).expect("a frame"))
            .expect("written");
    }
    writer.finish().expect("written").0
}

fn frames(bytes: &[u8]) -> (VideoFormat, Vec<VideoFrame>) {
    let mut source = Y4m::new(Cursor::new(bytes.to_vec()), &Limits::default()).expect("y4m");
    let mut all = Vec::new();
    while let Some(frame) = source.read().expect("a frame") {
        all.push(frame);
    }
    (*source.format(), all)
}

fn small() -> VideoFormat {
    VideoFormat::new(66, 50, Ratio::new(25, 1))
}

#[test]
fn a_clip_there_and_back_in_pieces() {
    if !has_codec() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    let file = |name: &str| std::fs::read(at.join(name)).expect("the file is there");
    std::fs::write(at.join("clip.y4m"), clip(&small(), 24)).expect("written");
    let said = good(at, "encode clip.y4m -o clip.lmc --quality 70 --keyint 8");
    assert!(said.contains("24 frames") && said.contains("frames/s"), "{said}");
    let info = good(at, "info --frames clip.lmc");
    for words in [
        "66x50 4:2:0 8-bit, 24 frames, 0.960 s",
        "frames   3 key",
        "an index is there",
        "23 at      0.920 s",
    ] {
        assert!(info.contains(words), "'{words}' is not in {info}");
    }
    assert!(good(at, "verify clip.lmc").contains("frames: 24"));
    good(at, "decode clip.lmc -o back.y4m");
    let (format, whole) = frames(&file("back.y4m"));
    assert_eq!((format, whole.len()), (small(), 24));
    good(at, "decode clip.lmc -o part.y4m --start 0.5 --frames 4");
    let (_, part) = frames(&file("part.y4m"));
    let planes = |frames: &[VideoFrame]| frames.iter().map(|frame| frame.planes().to_vec()).collect::<Vec<_>>();
    assert_eq!(planes(&part), planes(&whole[13..17]));
    good(at, "cut clip.lmc -o first.lmc --duration 0.32");
    good(at, "cut clip.lmc -o rest.lmc --start 0.4");
    good(at, "join first.lmc rest.lmc -o joined.lmc");
    good(at, "decode joined.lmc -o joined.y4m");
    assert_eq!(file("joined.y4m"), file("back.y4m"));
    good(at, "decode clip.lmc -o frames/%03d.png --frames 2");
    assert!(
        at.join("frames/001.png").exists() && at.join("frames/002.png").exists() && !at.join("frames/003.png").exists()
    );
    let piped = lmc(at, "decode clip.lmc -o -");
    assert!(piped.status.success() && piped.stdout == file("back.y4m"));
    let refused = lmc(at, "decode clip.lmc -o x.y4m --start 99");
    assert!(!refused.status.success() && !at.join("x.y4m").exists());
}

#[test]
fn damage_is_told_and_the_last_good_frame_goes_on() {
    if !has_codec() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    std::fs::write(at.join("clip.y4m"), clip(&small(), 12)).expect("written");
    good(at, "encode clip.y4m -o clip.lmc --keyint 4");
    let mut bytes = std::fs::read(at.join("clip.lmc")).expect("the stream");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x55;
    std::fs::write(at.join("broken.lmc"), bytes).expect("written");
    let refused = lmc(at, "decode broken.lmc -o x.y4m");
    assert!(
        !refused.status.success() && !at.join("x.y4m").exists(),
        "a strict decoder leaves nothing"
    );
    assert!(!lmc(at, "verify broken.lmc").status.success());
    let said = good(at, "decode broken.lmc -o x.y4m --conceal");
    assert!(said.contains("concealed: frame"), "{said}");
    assert_eq!(frames(&std::fs::read(at.join("x.y4m")).expect("written")).1.len(), 12);
}

#[test]
fn odd_formats_pipes_and_flags() {
    if !has_codec() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    let odd = VideoFormat {
        width: 35,
        height: 17,
        ..small()
    };
    std::fs::write(at.join("odd.y4m"), clip(&odd, 1)).expect("written");
    let deep = VideoFormat {
        chroma: Chroma::Full,
        depth: 10,
        ..small()
    };
    std::fs::write(at.join("deep.y4m"), clip(&deep, 3)).expect("written");
    for name in ["odd", "deep"] {
        good(at, &format!("encode {name}.y4m -o {name}.lmc"));
        good(at, &format!("decode {name}.lmc -o {name}-back.y4m"));
        let [before, behind] = [format!("{name}.y4m"), format!("{name}-back.y4m")];
        let [before, behind] = [before, behind].map(|name| frames(&std::fs::read(at.join(name)).expect("a file")));
        assert_eq!((before.0, before.1.len()), (behind.0, behind.1.len()));
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_lmc"));
    command.args(["encode", "-", "-o", "-"]).current_dir(at);
    let input = std::fs::File::open(at.join("deep.y4m")).expect("the clip");
    let piped = command.stdin(input).output().expect("the program starts");
    assert!(piped.status.success(), "{}", String::from_utf8_lossy(&piped.stderr));
    std::fs::write(at.join("piped.lmc"), piped.stdout).expect("written");
    assert_eq!(json(at, "info piped.lmc")["frames"], 3);
    let refused = lmc(at, "encode odd.y4m -o x.lmc --tile-size 128");
    assert_eq!(
        refused.status.code(),
        Some(2),
        "{}",
        String::from_utf8_lossy(&refused.stderr)
    );
    assert_eq!(lmc(at, "decode odd.lmc -o x.txt").status.code(), Some(2));
    assert_eq!(lmc(at, "cut odd.lmc -o x.lmc").status.code(), Some(2));
    std::fs::write(at.join("film.avi"), "RIFF....AVI LIST").expect("written");
    let missing = lmc(at, "encode film.avi -o x.lmc --ffmpeg no-such-program");
    let said = String::from_utf8_lossy(&missing.stderr).into_owned();
    assert!(
        !missing.status.success() && said.contains("no-such-program") && said.contains("--ffmpeg"),
        "{said}"
    );
}

#[test]
fn a_film_with_sound_there_and_back() {
    let ffmpeg = Ffmpeg::find(None);
    if !has_codec() || !ffmpeg.is_there() {
        println!("SKIPPED: there is no ffmpeg, or no codec");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    let program = std::env::var_os(Ffmpeg::VARIABLE).unwrap_or_else(|| "ffmpeg".into());
    let made = Command::new(program)
        .args([
            "-v",
            "error",
            "-f",
            "lavfi",
            "-i",
            "testsrc=s=96x64:r=25:d=1.2",
            "-f",
            "lavfi",
            "-i",
            "sine=r=44100:d=1.2",
        ])
        .args(["-c:v", "ffv1", "-pix_fmt", "yuv420p", "-c:a", "flac", "film.mkv"])
        .current_dir(at)
        .status();
    assert!(made.expect("ffmpeg starts").success());
    good(at, "encode film.mkv -o film.lmc --quality 50");
    let info = json(at, "info film.lmc");
    assert_eq!(
        (info["frames"].as_u64(), info["sound"]["samples"].as_u64()),
        (Some(30), Some(52_920))
    );
    assert_eq!(info["sound"]["offset_samples"], 0);
    good(at, "verify film.lmc");
    good(at, "decode film.lmc -o back.mp4");
    let sound = json(at, "decode film.lmc -o sound.wav --start 0.4 --duration 0.4");
    assert_eq!(sound["samples"], 17_640);
    let silent = json(at, "encode film.mkv -o silent.lmc --audio none");
    assert_eq!(
        (silent["samples"].as_u64(), silent["sound_bytes"].as_u64()),
        (Some(0), Some(0))
    );
    let video = ffmpeg
        .open(&at.join("back.mp4"), &Limits::default(), &|_, _| true)
        .expect("a video");
    assert!(video.has_sound() && video.frames() == Some(30));
}

#[test]
fn videos_are_measured_and_what_they_are_measured_by_is_told() {
    if !has_codec() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    let large = VideoFormat::new(192, 176, Ratio::new(25, 1));
    std::fs::create_dir(at.join("in")).expect("a folder");
    std::fs::write(at.join("in/large.y4m"), clip(&large, 7)).expect("written");
    std::fs::write(at.join("in/corrupt.y4m"), &clip(&small(), 2)[..99]).expect("written");
    let line = "eval in --out report --codecs lmc-video,lmc-video@keyint=2,x264 --qualities lmc-video=20,35,50,70 \
                --qualities x264=20,28,36,44 --metrics psnr-yuv,psnr,psnr-y,ms-ssim --frames 5 --json";
    let output = lmc(at, line);
    assert_eq!(output.status.code(), Some(1), "one file is corrupt");
    let read = |name: &str| std::fs::read(at.join(name)).expect("written");
    let results: serde_json::Value = serde_json::from_slice(&read("report/results.json")).expect("JSON");
    assert_eq!(
        (&results["medium"], &results["rate_unit"]),
        (&"video".into(), &"bpp".into())
    );
    let told = results["files"]
        .as_array()
        .expect("files")
        .iter()
        .find(|file| file["name"] == "large.y4m");
    let told = told.expect("the file");
    assert!(
        told["note"]
            .as_str()
            .is_some_and(|note| note.contains("the first 5 of 7 frames")),
        "{told}"
    );
    let records = results["records"].as_array().expect("records");
    let has_x264 = results["series"][2]["error"].is_null();
    assert_eq!(records.len(), if has_x264 { 12 } else { 8 });
    for record in records {
        assert!(record["error"].is_null(), "{record}");
        let bits = record["details"]["bits of frames"].as_array().expect("bits");
        let quality = record["details"]["psnr-yuv of frames"].as_array().expect("quality");
        assert_eq!((bits.len(), quality.len()), (5, 5));
        let mean = quality.iter().filter_map(|db| db.as_f64()).sum::<f64>() / 5.0;
        assert!((mean - record["values"]["psnr-yuv"].as_f64().expect("a value")).abs() < 0.01);
        let rate = record["bytes"].as_f64().expect("bytes") * 8.0 / (192.0 * 176.0 * 5.0);
        assert!((rate - record["rate"].as_f64().expect("a rate")).abs() < 1e-9);
    }
    let of = |series: &str| {
        records
            .iter()
            .find(|record| record["series"] == series)
            .expect("a record")
    };
    assert_eq!(of("lmc-video")["details"]["key frames"], 1);
    assert_eq!(of("lmc-video@keyint=2")["details"]["key frames"], 3);
    assert!(
        results["bd"][0]["average_curve"]["quality"].is_f64(),
        "{}",
        results["bd"]
    );
    let page = String::from_utf8(read("report/index.html")).expect("text");
    assert!(page.contains("frame-bits-1") && page.contains("192 x 176, 5 frames, 25.0 fps"));
    assert!(at.join("report/plots/frame-quality-1.svg").exists());
    for flags in [
        "--codecs opus",
        "--metrics stoi",
        "--codecs lmc-video@preset=slow",
        "--frames 0",
    ] {
        assert_eq!(
            lmc(at, &format!("eval in --out other {flags}")).status.code(),
            Some(2),
            "{flags}"
        );
    }
}

#[test]
fn sizes_are_met_and_folders_of_videos_encoded() {
    if !has_codec() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    std::fs::create_dir(at.join("in")).expect("a folder");
    for (name, frames) in [("a.y4m", 20), ("b.y4m", 3)] {
        std::fs::write(at.join("in").join(name), clip(&small(), frames)).expect("written");
    }
    std::fs::write(at.join("in/types.ts"), "export const x = 1;").expect("written");
    good(at, "encode in -o out");
    assert!(at.join("out/a.lmc").exists() && at.join("out/b.lmc").exists());
    let made = json(at, "encode in/a.y4m -o size.lmc --target-size 3k");
    let bytes = made["bytes"].as_u64().expect("bytes");
    assert!(
        (2_700..=3_000).contains(&bytes),
        "{bytes} bytes at quality {}",
        made["quality"]
    );
    assert_eq!(std::fs::metadata(at.join("size.lmc")).expect("the file").len(), bytes);
    let rate = json(at, "encode in/a.y4m -o rate.lmc --bitrate 40k")["kbps"]
        .as_f64()
        .expect("a rate");
    assert!((39.0..=40.0).contains(&rate), "{rate}");
    let names = std::fs::read_dir(at).expect("the folder").count();
    assert_eq!(names, 4, "no pass left a file behind");
}
