//! VMAF, which the program ffmpeg computes where it was built with it.

use std::fs;

use serde::Deserialize;

use crate::media::Media;
use crate::programs::Tool;
use crate::videos::{Clip, Exchange};
use crate::{EvalError, Result};

/// The filter of the program.
const FILTER: &str = "libvmaf";
const HINT: &str = "install an ffmpeg that was built with libvmaf, as that of the Python package imageio-ffmpeg";
/// Where the filter writes, in the folder that it runs in.
const LOG: &str = "vmaf.json";

/// The program.
#[derive(Debug)]
pub(super) struct Vmaf {
    tool: Tool,
    version: String,
}

/// What the filter writes, as far as it is read.
#[derive(Deserialize)]
struct Log {
    pooled_metrics: Pooled,
}

#[derive(Deserialize)]
struct Pooled {
    vmaf: Pool,
}

#[derive(Deserialize)]
struct Pool {
    mean: f64,
}

impl Vmaf {
    /// Finds the program.
    ///
    /// # Errors
    /// `Missing` where there is none, or none that can do it.
    pub(super) fn find() -> Result<Self> {
        let tool = Tool::find(&["ffmpeg"], &["-version"], HINT)?;
        if !tool.says(&["-hide_banner", "-filters"]).contains(FILTER) {
            return Err(EvalError::Missing {
                program: format!("ffmpeg with {FILTER}"),
                hint: HINT.to_owned(),
            });
        }
        let version = format!("{FILTER} of {}", tool.version);
        Ok(Self { tool, version })
    }

    pub(super) fn version(&self) -> &str {
        &self.version
    }

    /// The mean over all frames.
    ///
    /// # Errors
    /// What the program said.
    pub(super) fn measure(&self, original: &Clip, decoded: &Clip) -> std::result::Result<f64, String> {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        for (name, clip) in [("original.y4m", original), ("decoded.y4m", decoded)] {
            let file = clip.to_file(Exchange::Y4m).map_err(|error| error.to_string())?;
            fs::write(folder.path().join(name), file).map_err(|error| error.to_string())?;
        }
        let filter = format!("[0:v][1:v]{FILTER}=n_threads=1:log_fmt=json:log_path={LOG}");
        let line = "-v error -nostdin -i decoded.y4m -i original.y4m -lavfi";
        let words = line.split(' ').chain([&*filter]).chain("-f null -".split(' '));
        let words: Vec<String> = words.map(str::to_owned).collect();
        self.tool
            .run(&words, folder.path())
            .map_err(|error| error.to_string())?;
        let log = fs::read(folder.path().join(LOG)).map_err(|error| error.to_string())?;
        let log: Log = serde_json::from_slice(&log).map_err(|error| error.to_string())?;
        Ok(log.pooled_metrics.vmaf.mean)
    }
}

#[cfg(test)]
mod tests {
    use lmc_codec::video::{Ratio, VideoFormat, VideoFrame};

    use super::*;

    /// Where a program is at hand.
    #[test]
    fn more_noise_is_worse() {
        let vmaf = match Vmaf::find() {
            Ok(vmaf) => vmaf,
            Err(error) => return eprintln!("skipped: {error}"),
        };
        let format = VideoFormat::new(192, 160, Ratio::new(25, 1));
        let clip = |strength: usize| {
            let mut clip = Clip::new(&format);
            for index in 0..4 {
                let plane = |plane: usize| {
                    let [width, height] = format.plane_size(plane);
                    let sample = |at: usize| {
                        let wave = 40 + (at % width + at / width / 3 + 2 * index) % 90;
                        (wave + (at * 7919 + index * 104_729) % 97 % strength) as u16
                    };
                    (0..width * height).map(sample).collect()
                };
                let planes = (0..3).map(plane).collect();
                clip.push(&VideoFrame::new(&format, planes, index as u64).unwrap())
                    .unwrap();
            }
            clip
        };
        let original = clip(1);
        let [same, little, much] = [1, 12, 60].map(|strength| vmaf.measure(&original, &clip(strength)).unwrap());
        assert!(same > 90.0 && same > little && little > much, "{same} {little} {much}");
    }
}
