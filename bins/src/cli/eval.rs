//! Arguments of `lmc eval`.

use std::path::PathBuf;

use clap::Args;
use lmc_codec::MediaKind;

use super::codecs;

fn help() -> String {
    format!(
        "\
Codecs of pictures: {}, jpeg, mozjpeg, webp, jxl, avif, heif, vvc [default: the first of ours, jpeg, webp, jxl, avif]. \
Codecs of sounds: {}, opus, mp3, aac, vorbis [default: the first of ours and all others]. Codecs of videos: {}, x264, \
x265, svt-av1, vvenc, by ffmpeg, with one key frame and all but vvenc in low delay, unless settings say otherwise [default: the first \
of ours, x264, x265, svt-av1]. Settings follow an @: avif@speed=6,yuv=444, opus@framesize=60, x264@delay=random,keyint=48; \
ours take those of lmc encode, such as tile-size=512, effort=2, max-error=1. All but ours and webp are programs that \
must be on the PATH, or that LMC_FFMPEG names; one that is missing is noted, and the run goes on with the rest.

Metrics of pictures: psnr, psnr-y, ms-ssim, ssimulacra2, butteraugli, st-lpips, st-lpips-alex, dists-like [default: psnr,ms-ssim,ssimulacra2]. \
Metrics of sounds: visqol, visqol-speech, si-sdr, mel, stoi, pesq [default: visqol,mel,si-sdr]. \
visqol and visqol-speech need the Python package visqol-python[lattice], pesq the package pesq. \
Those of looks (st-lpips, st-lpips-alex, dists-like) need a build with the feature full, and --looks with the file that \
datasets/looks/convert.py makes. Metrics of videos: psnr-yuv, psnr, psnr-y, ms-ssim, vmaf [default: \
psnr-yuv,psnr,ms-ssim]. vmaf needs an ffmpeg that was built with libvmaf.",
        codecs::series(MediaKind::Image),
        codecs::series(MediaKind::Sound),
        codecs::series(MediaKind::Video),
    )
}

/// Arguments of `lmc eval`.
#[derive(Debug, Args)]
#[command(after_help = help())]
pub(crate) struct EvalArgs {
    /// Pictures, sounds or videos, or folders of them
    #[arg(value_name = "INPUT", required_unless_present = "check")]
    pub(crate) inputs: Vec<PathBuf>,
    /// Folder of the report: results.json, results.csv, bd.md, plots/, index.html, cache/
    #[arg(short, long, value_name = "DIR", required_unless_present = "check")]
    pub(crate) out: Option<PathBuf>,
    /// What to measure, separated by commas, each with its settings
    #[arg(long, value_name = "NAME[@KEY=VALUE,...],...")]
    pub(crate) codecs: Option<String>,
    /// Qualities, of all codecs or of one: 20,50,80 or jpeg=20,50,80; may be given again
    #[arg(long, value_name = "[NAME=]Q,...")]
    pub(crate) qualities: Vec<String>,
    /// Frames of a video to measure, at most: the first ones
    #[arg(long, value_name = "N", default_value_t = 96, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) frames: u32,
    /// Bit rates of codecs of sounds, of all or of one: 6k,9k,64k or opus=6k,9k; may be given again
    #[arg(long, value_name = "[NAME=]RATE,...")]
    pub(crate) bitrates: Vec<String>,
    /// Metrics, separated by commas
    #[arg(long, value_name = "NAME,...")]
    pub(crate) metrics: Option<String>,
    /// The networks that see how pictures look, for st-lpips and dists-like: what datasets/looks/convert.py makes
    #[arg(long, value_name = "FILE")]
    pub(crate) looks: Option<PathBuf>,
    /// Weights of one of our codecs to measure as a further series; may be given again
    #[arg(long, value_name = "FILE")]
    pub(crate) model: Vec<PathBuf>,
    /// The series that the others are compared with [default: the first classical codec]
    #[arg(long, value_name = "NAME")]
    pub(crate) anchor: Option<String>,
    /// Published curves as further series: JSON of CompressAI or DCVC, Cool-Chic's TSV, or a folder of them; may be given again
    #[arg(long, value_name = "PATH")]
    pub(crate) anchors: Vec<PathBuf>,
    /// Files at a time [default: one for each core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) jobs: Option<u16>,
    /// CPU threads of our codecs for a file; the programs have one
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: u16,
    /// Where our codecs compute pixels and samples: auto, cpu, gpu or gpu:N
    #[arg(long, value_name = "DEVICE", default_value = "cpu")]
    pub(crate) device: lmc_codec::codecs::DeviceChoice,
    /// Go on with a report that is there: what it measured is not measured again
    #[arg(long, conflicts_with = "force")]
    pub(crate) resume: bool,
    /// Replace a report that is there, and all that it measured
    #[arg(short, long)]
    pub(crate) force: bool,
    /// Measure nothing; fail where a results.json is worse than --against
    #[arg(long, value_name = "FILE", requires = "against", conflicts_with_all = ["inputs", "out"])]
    pub(crate) check: Option<PathBuf>,
    /// The results.json to compare with
    #[arg(long, value_name = "FILE", requires = "check")]
    pub(crate) against: Option<PathBuf>,
    /// What may be lost: rate in percent, metrics in their units, such as rate=1%,psnr=0.05
    #[arg(long, value_name = "NAME=VALUE,...", requires = "check")]
    pub(crate) tolerance: Option<String>,
    /// Report on stdout as one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}
