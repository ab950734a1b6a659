//! Codes a raw video (YUV4MPEG2, 4:2:0, 8 bits) at some qualities and reports bits and PSNR of each: of luma and of both
//! colour differences, means over frames, and their 6:1:1 mean.
//!
//! ```text
//! cargo run --release -p lmc-codec --example video_rates -- WEIGHTS CLIP.y4m FRAMES EFFORT KEYINT QUALITY...
//! ```

use std::error::Error;

use lmc_codec::Quality;
use lmc_codec::codecs::frames::{FrameKind, FrameOptions, VideoCodec};
use lmc_codec::codecs::image::Effort;
use lmc_codec::codecs::video::{LatentVideoCodec, VideoFile, VideoModel};
use lmc_codec::media::video::{Ratio, VideoFormat, VideoFrame};

type Failure = Box<dyn Error>;

fn main() -> Result<(), Failure> {
    let mut args = std::env::args().skip(1);
    let mut next = |what: &str| args.next().ok_or_else(|| format!("{what} is missing"));
    let (weights, clip) = (next("the weights file")?, next("the clip")?);
    let limit: usize = next("the number of frames")?.parse()?;
    let effort = Effort::new(next("the effort")?.parse()?)?;
    let keyint: usize = next("the distance of key frames")?.parse()?;
    let (format, frames) = clip_of(&std::fs::read(&clip)?, limit)?;
    let codec = LatentVideoCodec::new(std::sync::Arc::new(VideoModel::new(VideoFile::parse(&std::fs::read(
        weights,
    )?)?)));
    let verbose = std::env::var_os("VIDEO_RATES_FRAMES").is_some();
    for quality in args {
        let quality = Quality::new(quality.parse()?)?;
        let options = FrameOptions::default().with_quality(quality).with_effort(effort);
        let block = codec.block(&options);
        let mut encoder = codec.encoder(&format, &block, &options)?;
        let mut decoder = codec.decoder(&format, &block)?;
        let (mut bytes, mut sums, mut times, mut keys) = (0, [0.0; 3], [0.0; 2], 0);
        for (index, frame) in frames.iter().enumerate() {
            let wanted = if index % keyint == 0 {
                FrameKind::Key
            } else {
                FrameKind::Predicted
            };
            let start = cpu_seconds();
            let coded = encoder.encode(frame, wanted)?;
            times[0] += cpu_seconds() - start;
            let start = cpu_seconds();
            let decoded = decoder.decode(&coded.bytes, coded.kind)?;
            times[1] += cpu_seconds() - start;
            if decoded.checksum != coded.checksum {
                return Err("the decoder found other symbols".into());
            }
            let found = psnr_db(frame, &decoded.frame);
            if verbose {
                println!(
                    "  {index} {} {} bytes {found:.2?}",
                    coded.kind.name(),
                    coded.bytes.len()
                );
            }
            sums.iter_mut().zip(found).for_each(|(sum, db)| *sum += db);
            bytes += coded.bytes.len();
            keys += usize::from(coded.kind == FrameKind::Key);
        }
        let count = frames.len() as f64;
        let [y, u, v] = sums.map(|sum| sum / count);
        let bpp = 8.0 * bytes as f64 / (count * f64::from(format.width) * f64::from(format.height));
        println!(
            "{clip} effort {} quality {} frames {} keys {keys} bytes {bytes} bpp {bpp:.5} y {y:.3} u {u:.3} v {v:.3} yuv {:.3} encode {:.2} fps decode {:.2} fps of CPU",
            effort.value(),
            quality.value(),
            frames.len(),
            (6.0 * y + u + v) / 8.0,
            count / times[0],
            count / times[1],
        );
    }
    Ok(())
}

fn clip_of(bytes: &[u8], limit: usize) -> Result<(VideoFormat, Vec<VideoFrame>), Failure> {
    let end = bytes.iter().position(|byte| *byte == b'\n').ok_or("no header")?;
    let header = std::str::from_utf8(&bytes[..end])?;
    let number = |key: char| -> Result<u32, Failure> {
        let field = header.split(' ').skip(1).find_map(|field| field.strip_prefix(key));
        Ok(field.ok_or("a field of the header is missing")?.parse()?)
    };
    let format = VideoFormat::new(number('W')?, number('H')?, Ratio::new(25, 1));
    let mut rest = &bytes[end + 1..];
    let mut frames = Vec::new();
    while frames.len() < limit && !rest.is_empty() {
        let line = rest
            .iter()
            .position(|byte| *byte == b'\n')
            .ok_or("a frame is cut short")?;
        rest = &rest[line + 1..];
        let mut planes = Vec::new();
        for plane in 0..3 {
            let count = format.plane_size(plane).into_iter().product();
            let (samples, more) = rest.split_at_checked(count).ok_or("a frame is cut short")?;
            planes.push(samples.iter().map(|sample| u16::from(*sample)).collect());
            rest = more;
        }
        frames.push(VideoFrame::new(&format, planes, frames.len() as u64)?);
    }
    Ok((format, frames))
}

/// Seconds of all processors that the program took so far; of the clock where there is no `/proc`.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<f64> = stat
        .split(' ')
        .skip(13)
        .take(2)
        .filter_map(|field| field.parse().ok())
        .collect();
    match fields[..] {
        [user, system] => (user + system) / 100.0,
        _ => std::time::UNIX_EPOCH.elapsed().map_or(0.0, |time| time.as_secs_f64()),
    }
}

fn psnr_db(own: &VideoFrame, other: &VideoFrame) -> [f64; 3] {
    [0, 1, 2].map(|plane| {
        let (own, other) = (&own.planes()[plane], &other.planes()[plane]);
        let squares = own.iter().zip(other).map(|(a, b)| u64::from(a.abs_diff(*b)).pow(2));
        let mse = squares.sum::<u64>() as f64 / own.len() as f64;
        10.0 * (255.0 * 255.0 / mse.max(1e-3)).log10()
    })
}
