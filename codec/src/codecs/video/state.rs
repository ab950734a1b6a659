//! What a decoded frame leaves to the next one, and how a frame is made of its symbols. Encoders and decoders share it,
//! so that they never drift apart.

use lmc_entropy::checksum::Checksum;
use lmc_entropy::coder::{DecodeSymbols, RangeDecoder};
use lmc_entropy::mixing::{BitIo, Reading};
use lmc_entropy::prior::{Decompressed, Given};
use lmc_kernels::net::Activations;

use super::bytes::{Head, part};
use super::key;
use super::model::{Predicted, VideoModel};
use super::motion::{Frame, Motion, VectorField, compensate};
use super::side::SideSource;
use super::vectors::MotionCoder;
use crate::codecs::wavelet::{HYPER_BLOCK, LATENT_BLOCK, restore_frame};
use crate::quality::Quality;
use crate::{CodecError, Result};

/// Side of a tile that may be unchanged, in samples.
pub(super) const TILE: usize = LATENT_BLOCK * HYPER_BLOCK;

/// A decoded frame and what the next one needs of it.
#[derive(Debug, Clone)]
pub(super) struct Reference {
    /// Its pixels.
    pub(super) frame: Frame,
    quality: Quality,
    /// None after a key frame.
    last: Option<Last>,
    coder: MotionCoder,
}

/// What predicted frames leave besides.
#[derive(Debug, Clone)]
struct Last {
    latents: Vec<i16>,
    field: VectorField,
    unchanged: Vec<bool>,
}

/// Hashes of the symbols of a frame, and the number of those of latents.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Sums {
    pub(super) checksum: u32,
    pub(super) symbol_hash: u64,
    pub(super) symbols: usize,
}

/// The symbols of a predicted frame.
#[derive(Debug, Clone)]
pub(super) struct Symbols {
    pub(super) quality: Quality,
    pub(super) motion: Motion,
    /// Which tiles are those of the prediction; empty if none are.
    pub(super) unchanged: Vec<bool>,
    /// Decoded latents; empty if all tiles are those of the prediction.
    pub(super) y_hat: Vec<i16>,
}

impl Symbols {
    /// Whether nothing differs from the prediction.
    pub(super) fn is_unchanged(unchanged: &[bool]) -> bool {
        !unchanged.is_empty() && unchanged.iter().all(|tile| *tile)
    }
}

/// Rows and columns of tiles of a frame.
pub(super) fn tiles_of(frame: &Frame) -> [usize; 2] {
    [frame.height(), frame.width()].map(|side| side.div_ceil(TILE))
}

impl Reference {
    /// A decoded key frame.
    pub(super) fn of_key(model: &VideoModel, y_hat: &[i16], size: [usize; 2], quality: Quality) -> Result<Self> {
        Ok(Self {
            frame: key::painted(model.image(), y_hat, size, quality)?,
            quality,
            last: None,
            coder: MotionCoder::new()?,
        })
    }

    /// Decodes a key frame of `[height, width]` pixels.
    ///
    /// # Errors
    /// `Malformed`, `Symbols` and `Unsupported` for bytes that are none.
    pub(super) fn read_key(model: &VideoModel, bytes: &[u8], size: [usize; 2]) -> Result<(Self, Sums)> {
        let (head, bytes) = Head::parse(bytes)?;
        if head.has_unchanged {
            return Err(CodecError::malformed(0, "a key frame has no unchanged tiles"));
        }
        let cells = size.map(|side| side.div_ceil(LATENT_BLOCK));
        let found = key::decompressed(model.image(), bytes, cells, head.coding)?;
        let sums = Sums {
            checksum: found.checksum,
            symbol_hash: found.symbol_hash,
            symbols: found.symbols,
        };
        Ok((Self::of_key(model, &found.y_hat, size, head.quality)?, sums))
    }

    /// Decoded latents of the last frame, if it was predicted.
    pub(super) fn latents(&self) -> &[i16] {
        self.last.as_ref().map_or(&[], |last| &last.latents)
    }

    /// The vectors of the last frame, if it was predicted.
    pub(super) fn field(&self) -> Option<&VectorField> {
        self.last.as_ref().map(|last| &last.field)
    }

    /// The prediction by vectors.
    pub(super) fn predicted(&self, model: &VideoModel, field: &VectorField) -> Result<Predicted> {
        Ok(model.predicted(compensate(&self.frame, field)?))
    }

    /// What the prior is told.
    pub(super) fn side(
        &self,
        model: &VideoModel,
        predicted: &Predicted,
        (field, quality): (&VectorField, Quality),
    ) -> Result<Option<Activations>> {
        let source = SideSource {
            field,
            qualities: [quality, self.quality],
            latents: self.last.as_ref().map(|last| &last.latents[..]),
            size: predicted.size,
        };
        model.side(predicted, source)
    }

    /// Codes motion and the map of tiles: the coder as it is afterwards.
    pub(super) fn code_motion(
        &self,
        io: &mut impl BitIo,
        motion: &mut Motion,
        unchanged: &mut [bool],
    ) -> Result<MotionCoder> {
        let mut coder = self.coder.clone();
        coder.code(io, motion, self.field())?;
        if !unchanged.is_empty() {
            let columns = self.frame.width().div_ceil(TILE);
            let last = self.last.as_ref().map(|last| &last.unchanged[..]);
            coder.code_unchanged(io, (unchanged, columns), last.unwrap_or_default())?;
        }
        Ok(coder)
    }

    /// Decodes the frame behind this one.
    ///
    /// # Errors
    /// `Malformed`, `Symbols` and `Unsupported` for bytes that are none.
    pub(super) fn read(&self, model: &VideoModel, bytes: &[u8]) -> Result<(Self, Sums)> {
        let (head, bytes) = Head::parse(bytes)?;
        let (coded, bytes) = part(bytes)?;
        let mut motion = Motion::still(self.frame.width(), self.frame.height());
        let tiles = tiles_of(&self.frame).into_iter().product();
        let mut unchanged = vec![false; if head.has_unchanged { tiles } else { 0 }];
        let mut decoder = RangeDecoder::new(coded)?;
        let coder = self.code_motion(&mut Reading(&mut decoder), &mut motion, &mut unchanged)?;
        decoder.finish()?;
        let predicted = self.predicted(model, &motion.field)?;
        let quality = head.quality;
        let latents = if Symbols::is_unchanged(&unchanged) {
            if !bytes.is_empty() {
                return Err(CodecError::malformed(0, "latents of a frame without changes"));
            }
            None
        } else {
            let side = self.side(model, &predicted, (&motion.field, quality))?;
            let given = Given {
                coding: head.coding,
                side: side.as_ref(),
                skipped: head.has_unchanged.then_some(&unchanged[..]),
            };
            let [rows, columns] = predicted.size;
            Some(model.prior().decompress(bytes, rows, columns, given)?)
        };
        let sums = sums_of(&motion, &unchanged, latents.as_ref().map(sums_of_latents));
        let y_hat = latents.map(|Decompressed { y_hat, .. }| y_hat).unwrap_or_default();
        let symbols = Symbols {
            quality,
            motion,
            unchanged,
            y_hat,
        };
        Ok((Self::rebuilt(model, &predicted, symbols, coder)?, sums))
    }

    /// The frame that symbols make of a prediction.
    pub(super) fn rebuilt(
        model: &VideoModel,
        predicted: &Predicted,
        symbols: Symbols,
        coder: MotionCoder,
    ) -> Result<Self> {
        let quality = symbols.quality;
        let frame = if symbols.y_hat.is_empty() {
            predicted.frame.clone()
        } else {
            let painted = model.painted(predicted, &symbols.y_hat, quality)?;
            let filtered = match model.filter(quality) {
                Some(filter) => restore_frame(&painted, &filter)?,
                None => painted,
            };
            with_tiles(filtered, &predicted.frame, &symbols.unchanged)?
        };
        let [rows, columns] = predicted.size;
        let mut latents = symbols.y_hat;
        latents.resize(rows * columns * model.prior().channels(), 0);
        Ok(Self {
            frame,
            quality,
            last: Some(Last {
                latents,
                field: symbols.motion.field,
                unchanged: symbols.unchanged,
            }),
            coder,
        })
    }
}

/// The hashes of decoded latents.
fn sums_of_latents(latents: &Decompressed) -> Sums {
    Sums {
        checksum: latents.checksum,
        symbol_hash: latents.symbol_hash,
        symbols: latents.symbols,
    }
}

/// The hashes of a predicted frame: of vectors, tiles, and the hash of the latents.
pub(super) fn sums_of(motion: &Motion, unchanged: &[bool], latents: Option<Sums>) -> Sums {
    let vectors: Vec<i16> = motion
        .field
        .vectors
        .iter()
        .flat_map(|vector| [vector.x, vector.y])
        .collect();
    let tiles: Vec<i16> = unchanged.iter().map(|tile| i16::from(*tile)).collect();
    let mut sum = Checksum::new();
    sum.update(&vectors);
    sum.update(&tiles);
    let latents = latents.unwrap_or_default();
    let mut hash = sum.clone();
    sum.update(&shorts(latents.checksum.into()));
    hash.update(&shorts(latents.symbol_hash));
    Sums {
        checksum: sum.finish32(),
        symbol_hash: hash.finish(),
        symbols: latents.symbols,
    }
}

/// A number in four parts, the lowest first.
fn shorts(value: u64) -> [i16; 4] {
    [0, 16, 32, 48].map(|shift| (value >> shift) as i16)
}

/// A frame with the unchanged tiles of its prediction.
fn with_tiles(frame: Frame, predicted: &Frame, unchanged: &[bool]) -> Result<Frame> {
    if !unchanged.contains(&true) {
        return Ok(frame);
    }
    let (width, height) = (frame.width(), frame.height());
    let columns = width.div_ceil(TILE);
    let mut planes = frame.into_planes();
    for (plane, from) in planes.iter_mut().zip(predicted.planes()) {
        for (at, _) in unchanged.iter().enumerate().filter(|(_, tile)| **tile) {
            let (left, top) = (at % columns * TILE, at / columns * TILE);
            let count = TILE.min(width - left);
            for row in top..(top + TILE).min(height) {
                let start = row * width + left;
                plane.data[start..start + count].copy_from_slice(&from.data[start..start + count]);
            }
        }
    }
    Frame::new(planes)
}

#[cfg(test)]
mod tests {
    use super::super::motion::Plane;
    use super::*;

    #[test]
    fn unchanged_tiles_are_those_of_the_prediction() {
        let frame = |value: i16| {
            let plane = || Plane::new(130, 70, vec![value; 130 * 70]).unwrap();
            Frame::new([plane(), plane(), plane()]).unwrap()
        };
        let tiles = [false, true, false, false, false, true];
        let found = with_tiles(frame(1), &frame(2), &tiles).unwrap();
        let at = |x: usize, y: usize| found.planes()[1].data[y * 130 + x];
        assert_eq!([at(63, 0), at(64, 0), at(127, 63), at(128, 0)], [1, 2, 2, 1]);
        assert_eq!([at(127, 64), at(128, 64), at(129, 69)], [1, 2, 2]);
    }

    #[test]
    fn every_part_counts_in_the_hashes() {
        let motion = Motion::still(64, 64);
        let sums = |checksum| {
            Some(Sums {
                checksum,
                symbol_hash: u64::from(checksum),
                symbols: 1,
            })
        };
        let base = sums_of(&motion, &[], sums(1));
        let mut other = motion.clone();
        other.field.vectors[5].y = 1;
        for changed in [
            sums_of(&other, &[], sums(1)),
            sums_of(&motion, &[true], sums(1)),
            sums_of(&motion, &[], sums(2)),
        ] {
            assert_ne!(base.checksum, changed.checksum);
            assert_ne!(base.symbol_hash, changed.symbol_hash);
        }
    }
}
