//! What the reader of a format hands over, and how it becomes an upright image.

use image::metadata::Orientation;

use super::notes::{Notes, ReadOptions};
use super::{Format, exif, orient};
use crate::container::TagKey;
use crate::error::{CodecError, Result, check_limit};
use crate::media::image::{Color, Depth, Image, ImageMetadata, Samples};
use crate::memory::Shape;

/// The samples of a file as they lie in it.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) size: (u32, u32),
    pub(super) color: Color,
    /// The colours, interleaved.
    pub(super) samples: Samples,
    pub(super) alpha: Option<Samples>,
    pub(super) metadata: ImageMetadata,
    /// What makes it upright, unless the EXIF data tell it.
    pub(super) orientation: Option<Orientation>,
    pub(super) notes: Notes,
}

impl Loaded {
    /// Samples with their alpha interleaved: two or four channels have one.
    pub(super) fn interleaved(size: (u32, u32), channels: usize, samples: Samples) -> Self {
        let color = if channels < 3 { Color::Gray } else { Color::Rgb };
        let (samples, alpha) = match samples {
            samples if channels == color.channels() => (samples, None),
            Samples::U8(all) => {
                let (color, alpha) = split(all, channels);
                (Samples::U8(color), Some(Samples::U8(alpha)))
            }
            Samples::U16(all) => {
                let (color, alpha) = split(all, channels);
                (Samples::U16(color), Some(Samples::U16(alpha)))
            }
        };
        Self {
            size,
            color,
            samples,
            alpha,
            metadata: ImageMetadata::default(),
            orientation: None,
            notes: Notes::default(),
        }
    }

    /// Keeps a comment, unless it is empty.
    pub(super) fn comment(&mut self, text: &str) {
        if !text.is_empty() && !self.metadata.tags.push(TagKey::of_name("comment"), text) {
            self.notes.lose("a comment");
        }
    }

    /// The upright image, with metadata that fit it.
    pub(super) fn finish(mut self, options: &ReadOptions) -> Result<(Image, Notes)> {
        let told = self
            .metadata
            .exif
            .take()
            .map(exif::without_prefix)
            .filter(|exif| !exif.is_empty());
        let mut orientation = self.orientation.unwrap_or(Orientation::NoTransforms);
        if let Some(mut exif) = told {
            let of_exif = exif::take_orientation(&mut exif);
            if self.orientation.is_none() {
                orientation = of_exif;
            }
            self.metadata.exif = Some(exif);
        }
        self.metadata.icc = self.metadata.icc.take().filter(|icc| !icc.is_empty());
        super::color::settle(&mut self.metadata, self.color, &mut self.notes);
        let bytes = self.metadata.bytes() as u64;
        check_limit("the bytes of metadata", bytes, options.limits.max_metadata_bytes)?;
        if orientation != Orientation::NoTransforms {
            self.metadata.extras.turn_density(orient::swaps(orientation));
        }
        let alpha = self
            .alpha
            .map(|alpha| orient::upright(alpha, self.size, 1, orientation).0);
        let (samples, width, height) = orient::upright(self.samples, self.size, self.color.channels(), orientation);
        let image = Image::new(width, height, self.color, samples, alpha)?;
        Ok((image.with_metadata(self.metadata), self.notes))
    }
}

/// Takes the alpha out of interleaved samples. The colours stay where they are, for they are large.
fn split<T: Copy>(mut all: Vec<T>, channels: usize) -> (Vec<T>, Vec<T>) {
    let colors = channels - 1;
    let pixels = all.len() / channels;
    let alpha = all.iter().skip(colors).step_by(channels).copied().collect();
    for pixel in 1..pixels {
        let from = pixel * channels;
        all.copy_within(from..from + colors, pixel * colors);
    }
    all.truncate(pixels * colors);
    all.shrink_to_fit();
    (all, alpha)
}

/// Samples to fill, all of them gray, so that rows that are missing later look neutral.
pub(super) fn blank(depth: Depth, size: (u32, u32), channels: usize, options: &ReadOptions) -> Result<Samples> {
    let shape = Shape {
        pixels: u64::from(size.0) * u64::from(size.1),
        color: if channels < 3 { Color::Gray } else { Color::Rgb },
        alpha: channels.is_multiple_of(2),
        depth,
    };
    options.limits.check_memory(shape.encoding_bytes())?;
    let count = u64::from(size.0) * u64::from(size.1) * channels as u64;
    let count =
        usize::try_from(count).map_err(|_| CodecError::Parameter("the image does not fit into memory".into()))?;
    Ok(Samples::filled(depth, count, depth.max() / 2 + 1))
}

/// Refuses an image with missing rows, unless it is to be salvaged.
pub(super) fn check_rows(
    format: Format,
    (missing, height): (usize, u32),
    options: &ReadOptions,
    notes: &mut Notes,
) -> Result<()> {
    if missing == 0 {
        return Ok(());
    }
    let reason = format!("{missing} of {height} rows are missing or damaged");
    if !options.salvage {
        return Err(format.error(format!(
            "the file ends early or is damaged: {reason} (--salvage keeps the others)"
        )));
    }
    if missing as u64 >= u64::from(height) {
        return Err(format.error("all of its rows are missing or damaged"));
    }
    notes.warn(reason);
    Ok(())
}
