//! Streams to pictures.

use std::io::Read;
use std::sync::Arc;

use lmc_models::wavelet::{Quality, WaveletModel};

use super::Progress;
use super::latents::Latents;
use super::lossless;
use super::model::ImageModel;
use super::tile::{batches, cause_of, decompress, each_alpha, jobs};
use super::verify::{ImageVerifier, Verified, check_model};
use crate::conceal;
use crate::container::{Container, Header, Limits, Mode, read_limited};
use crate::damage::Damage;
use crate::error::{CodecError, Result};
use crate::lossless::Tile;
use crate::picture::{Picture, Samples};
use crate::tiles::{HALO, LATENT, Rect, WINDOW};

/// How to decode.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DecodeOptions {
    /// What a stream may claim, at most.
    pub limits: Limits,
    /// Whether to go on where a stream is damaged, filling what is lost from its surroundings.
    /// Default false: the first damage is an error.
    pub conceal: bool,
}

impl DecodeOptions {
    pub(super) fn mode(&self) -> Mode {
        if self.conceal { Mode::Tolerant } else { Mode::Strict }
    }
}

/// What a decoder made.
#[derive(Debug, Clone, PartialEq)]
pub struct Decoded {
    /// The picture, with its metadata.
    pub picture: Picture,
    /// The header of the stream.
    pub header: Header,
    /// What is wrong with the stream and was concealed; empty without `conceal`.
    pub damage: Vec<Damage>,
}

/// Turns streams into pictures with one model, and lossless ones without.
#[derive(Debug)]
pub struct ImageDecoder<M = WaveletModel> {
    model: Arc<M>,
    options: DecodeOptions,
}

impl<M: ImageModel> ImageDecoder<M> {
    /// A decoder that may be used for many streams.
    pub fn new(model: Arc<M>, options: DecodeOptions) -> Self {
        Self { model, options }
    }

    /// Decodes a stream.
    ///
    /// # Errors
    /// `ModelMismatch` when it needs another model; `Unsupported` and `Limit`; `Malformed` for
    /// damage and `Desync` for symbols other than those encoded, unless they are to be concealed; a
    /// damaged header always; `Model` when the network or its device fails.
    pub fn decode(&self, bytes: &[u8]) -> Result<Decoded> {
        self.decode_with_progress(bytes, &mut |_, _| {})
    }

    /// As [`ImageDecoder::decode`], from all that `reader` gives.
    ///
    /// # Errors
    /// As [`ImageDecoder::decode`], and `Io`.
    pub fn decode_from(&self, reader: impl Read) -> Result<Decoded> {
        self.decode(&read_limited(reader, &self.options.limits)?)
    }

    /// As [`ImageDecoder::decode`]; `progress` is told how many of how many steps are done.
    ///
    /// # Errors
    /// As [`ImageDecoder::decode`].
    pub fn decode_with_progress(&self, bytes: &[u8], progress: Progress<'_>) -> Result<Decoded> {
        if !check_model(bytes, &self.options.limits, self.model.hash())? {
            return lossless::decode(bytes, &self.options, progress);
        }
        let mode = self.options.mode();
        let mut container = Container::parse(bytes, &self.options.limits, mode)?;
        let mut damage = std::mem::take(&mut container.damage);
        let y_hat = self.latents(&container, mode, &mut damage, progress)?;
        let holes: Vec<Rect> = damage.iter().filter_map(lost_colors).collect();
        let mut canvas = Canvas::new(&container.header)?;
        synthesise(&*self.model, &container.header, &y_hat, &holes, &mut canvas, progress)?;
        drop(y_hat);
        let alpha = decode_alpha(&container, mode, &mut damage)?;
        let mut picture = canvas
            .finish(alpha)?
            .with_icc(container.icc.map(<[u8]>::to_vec))
            .with_exif(container.exif.map(<[u8]>::to_vec));
        conceal::fill(&mut picture, &holes);
        Ok(Decoded {
            picture,
            header: container.header,
            damage,
        })
    }

    /// Decodes the symbols only and compares checksums; no network runs. See [`ImageVerifier`] for
    /// the same without a device.
    ///
    /// # Errors
    /// As [`ImageVerifier::verify`].
    pub fn verify(&self, bytes: &[u8]) -> Result<Verified> {
        let prior = Arc::clone(self.model.prior());
        ImageVerifier::new(prior, self.model.hash(), self.options.limits.clone()).verify(bytes)
    }

    /// The latents of all tiles in one plane; those of lost tiles continue their surroundings.
    fn latents(
        &self,
        container: &Container<'_>,
        mode: Mode,
        damage: &mut Vec<Damage>,
        progress: Progress<'_>,
    ) -> Result<Latents<i16>> {
        let (grid, prior) = (container.header.grid()?, self.model.prior());
        let size = grid.bounds().latents();
        let (height, width) = (size.height as usize, size.width as usize);
        let mut plane = Latents::zeros(height, width, prior.channels());
        let jobs = jobs(&grid, &container.tiles);
        let total = container.tiles.len() + grid.bounds().pieces(WINDOW).len();
        let mut done = container.tiles.len() - jobs.len();
        for batch in batches(&jobs) {
            for ((tile, rect, _), decoded) in decompress(prior, batch) {
                match decoded {
                    Ok(decoded) => {
                        let at = rect.latents();
                        let (height, width) = (at.height as usize, at.width as usize);
                        let piece = Latents::new(height, width, plane.channels, decoded.y_hat)?;
                        plane.put(at.x as usize, at.y as usize, &piece);
                    }
                    Err(error) => {
                        let cause = cause_of(error, mode)?;
                        damage.push(Damage::Tile { tile, rect, cause });
                    }
                }
                done += 1;
                progress(done, total);
            }
        }
        let holes: Vec<Rect> = damage
            .iter()
            .filter_map(lost_colors)
            .map(|hole| hole.latents())
            .collect();
        plane.extend_into(&holes, HALO / LATENT);
        Ok(plane)
    }
}

/// The pixels whose colours are lost.
pub(super) fn lost_colors(damage: &Damage) -> Option<Rect> {
    match damage {
        Damage::Tile { rect, .. } => Some(*rect),
        _ => None,
    }
}

/// The alpha plane of a stream that has one; opaque where it is lost.
pub(super) fn decode_alpha(container: &Container<'_>, mode: Mode, damage: &mut Vec<Damage>) -> Result<Option<Samples>> {
    let Header {
        width,
        height,
        depth,
        alpha,
        ..
    } = container.header;
    if !alpha {
        return Ok(None);
    }
    let count = width as usize * height as usize;
    let mut plane = Samples::filled(depth, count, depth.max());
    let grid = container.header.grid()?;
    each_alpha(container, &grid, mode, damage, |rect, piece| {
        plane.put_plane(width, [0, 1], rect, piece);
    })?;
    Ok(Some(plane))
}

/// A picture whose colours are being filled in.
pub(super) struct Canvas {
    picture: Picture,
}

impl Canvas {
    /// A black picture.
    pub(super) fn new(header: &Header) -> Result<Self> {
        let pixels = header.width as usize * header.height as usize;
        let samples = Samples::filled(header.depth, pixels * header.color.channels(), 0);
        let picture = Picture::new(header.width, header.height, header.color, samples, None)?;
        Ok(Self { picture })
    }

    /// Takes over the exact samples of a tile.
    pub(super) fn put(&mut self, rect: &Rect, tile: &Tile) {
        let channels = tile.planes.len();
        for (channel, plane) in tile.planes.iter().enumerate() {
            self.picture.put_plane(rect, [channel, channels], plane);
        }
    }

    /// The picture, with its alpha.
    pub(super) fn finish(self, alpha: Option<Samples>) -> Result<Picture> {
        self.picture.with_alpha(alpha)
    }
}

/// Makes the pixels of all latents, window by window, except inside `holes`.
pub(super) fn synthesise<M: ImageModel>(
    model: &M,
    header: &Header,
    y_hat: &Latents<i16>,
    holes: &[Rect],
    canvas: &mut Canvas,
    progress: Progress<'_>,
) -> Result<()> {
    let quality =
        Quality::from_hundredths(header.quality).map_err(|error| CodecError::model("quality of the stream", error))?;
    // Windows of one size, whatever the tiles are: that bounds the memory and keeps seams away.
    let windows = canvas.picture.bounds().pieces(WINDOW);
    let tiles = header.grid()?.count() as usize;
    for (index, cell) in windows.iter().enumerate() {
        if !holes.iter().any(|hole| hole.contains(cell)) {
            let latents = cell.latents();
            let halo = latents.grown(HALO / LATENT, y_hat.width as u32, y_hat.height as u32);
            let piece = y_hat.piece(&halo);
            let planes = model.synthesise(&piece.data, piece.height, piece.width, quality)?;
            let (width, height) = (piece.width * LATENT as usize, piece.height * LATENT as usize);
            if planes.width != width || planes.data.len() != 3 * width * height {
                let found = format!("{} values for {width}x{height} pixels", planes.data.len());
                return Err(CodecError::model("shape of the pixels", found));
            }
            let left = (latents.x - halo.x) * LATENT;
            let top = (latents.y - halo.y) * LATENT;
            canvas
                .picture
                .put(cell, &planes.data, width, left as usize, top as usize);
        }
        progress(tiles + index + 1, tiles + windows.len());
    }
    Ok(())
}
