//! Pictures, clips and sounds for training and evaluation: folders, splits, packed random crops and windows, prefetched batches.
//!
//! Training reads in one way only: a folder is scanned, random crops of its pictures are packed once into a `.crops`
//! file, and batches are read from that file by background threads. Decoding a large JPEG costs more than a training
//! step, so it happens once per picture and not once per crop.
//!
//! ```no_run
//! use lmc_datasets::{BatchOptions, CropOptions, ImageFolder, PackedCrops};
//! # fn main() -> lmc_datasets::Result<()> {
//! let folder = ImageFolder::scan(&["photographs"])?;
//! let crops = PackedCrops::open_or_pack("run.crops", &folder, &CropOptions::default(), 10_000, |_, _| {})?;
//! for batch in crops.batches(BatchOptions::default())?.starting_at(1200).take(10) {
//!     let batch = batch?;
//!     println!("step {}: {} crops", batch.step, batch.len());
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Everything random follows from a seed and a position: the crops of a picture from `(seed, picture)`, the batch of a
//! step from `(seed, step)`. Thread counts and timing change nothing, and a run taken up again reads on where it stopped.

mod batches;
mod clips;
mod crop;
mod error;
mod folder;
mod grain;
mod pack;
mod packed;
mod picture;
mod resample;
mod rng;
mod sound;

pub use batches::{Batch, BatchOptions, Batches};
pub use clips::{Clip, ClipBatches, ClipFolder, ClipOptions, ClipSample, FrameFile, PackedClips, Reference};
pub use crop::CropOptions;
pub use error::{Error, Result};
pub use folder::{Entry, ImageFolder, Skipped};
pub use pack::{PackReport, pack};
pub use packed::PackedCrops;
pub use picture::Image;
pub use sound::{PackedSounds, SoundFiles, SoundReport, WindowOptions};
