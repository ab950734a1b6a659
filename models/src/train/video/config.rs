//! Settings of the `video` task.

use lmc_codec::codecs::video::VideoConfig;
use serde::{Deserialize, Serialize};

use crate::train::{Pace, Settings, Training};
use crate::{ModelError, Result};

/// What of a model is trained.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VideoPart {
    /// All of it.
    #[default]
    All,
    /// The prior alone: hyper synthesis, context steps, side features, and the prior of the hyper-latents.
    Prior,
}

/// Everything that decides what a run computes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct VideoTrainConfig {
    /// Shape and rates of the model.
    pub model: VideoConfig,
    /// What is trained; all else stays as it is.
    pub part: VideoPart,
    /// Predicted frames of each clip in a row, at most those that are packed.
    pub frames: usize,
    /// Whether gradients go from each frame through its prediction into the frame before.
    pub through_loop: bool,
    /// Side of the square of a clip that is coded, in pixels, a multiple of 64.
    pub crop: usize,
    /// Side of the packed clips in pixels, a multiple of 64: what is around the square serves motion.
    pub clip_side: usize,
    /// Frames that are packed of each clip, besides its reference.
    pub clip_frames: usize,
    /// Clips that are made and packed once.
    pub clips: usize,
    /// Held-out clips.
    pub held_out_clips: usize,
    /// Share of the clips that are photographs in motion.
    pub staged: f64,
    /// Crops of photographs that these are made of.
    pub photographs: usize,
    /// Their side in pixels.
    pub photograph_side: usize,
    /// Least and greatest factor by which photographs are scaled before cropping.
    pub scale: [f64; 2],
    /// Least and greatest quality of the references.
    pub reference_quality: [f32; 2],
    /// Least and greatest difference of the quality of a clip to that of its reference, in anchor positions.
    pub offset: [f32; 2],
    /// What is added to that from frame to frame, over and over, from a random place on.
    pub cycle: Vec<f32>,
    /// Steps, batches and learning rates.
    #[serde(flatten)]
    pub training: Training,
}

impl Default for VideoTrainConfig {
    fn default() -> Self {
        Self {
            model: VideoConfig::default(),
            part: VideoPart::default(),
            frames: 2,
            through_loop: false,
            crop: 192,
            clip_side: 256,
            clip_frames: 3,
            clips: 3_000,
            held_out_clips: 48,
            staged: 0.6,
            photographs: 1_200,
            photograph_side: 384,
            scale: [0.4, 1.0],
            reference_quality: [4.0, 92.0],
            offset: [-1.5, 0.5],
            // Lambdas of 0.5, 1.3 and 0.8 of the mean.
            cycle: vec![-1.25, 0.45, -0.4],
            training: Training {
                batch: 4,
                learning_rate: 4e-4,
                final_learning_rate: 1e-5,
                ..Training::default()
            },
        }
    }
}

impl Settings for VideoTrainConfig {
    fn check(&self) -> Result<()> {
        self.model.check()?;
        self.training.check()?;
        let refuse = |text: &str| Err(ModelError::Parameter(text.to_owned()));
        if self.clips == 0 || self.photographs == 0 || self.held_out_clips == 0 {
            return refuse("clips, held_out_clips and photographs must be at least 1");
        }
        let is_side = |side: usize| side != 0 && side.is_multiple_of(64) && side <= 1024;
        if !is_side(self.crop) || !is_side(self.clip_side) || self.crop > self.clip_side {
            return refuse("crop and clip_side must be multiples of 64 up to 1024, and a crop no larger than a clip");
        }
        if !(1..=self.clip_frames).contains(&self.frames) || self.clip_frames > 16 {
            return refuse("frames must be in 1..=clip_frames, and clip_frames at most 16");
        }
        let ordered = |[low, high]: [f32; 2], least: f32, most: f32| least <= low && low <= high && high <= most;
        if !ordered(self.reference_quality, 0.0, 100.0) || !ordered(self.offset, -64.0, 64.0) {
            return refuse("reference_quality must be an interval within 0..=100, and offset one within -64..=64");
        }
        if self.cycle.is_empty() || self.cycle.iter().any(|offset| !(-64.0..=64.0).contains(offset)) {
            return refuse("cycle must hold at least one number, all within -64..=64");
        }
        Ok(())
    }

    fn pace(&self) -> Pace {
        self.training.pace()
    }
}

impl VideoTrainConfig {
    /// The last anchor position.
    pub(super) fn last_anchor(&self) -> f32 {
        (self.model.image.anchors - 1) as f32
    }
}
