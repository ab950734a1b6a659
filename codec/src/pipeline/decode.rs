//! Streams to pictures.

use std::io::Read;
use std::sync::Arc;

use crate::Quality;
use rayon::prelude::*;

use super::Progress;
use super::latents::Latents;
use super::lossless;
use super::model::ImageModel;
use super::tile::{batches, cause_of, decompress, each_alpha, jobs};
use super::verify::{ImageVerifier, Verified, check_model};
use super::view::{Scale, View};
use crate::conceal;
use crate::container::{Container, Header, Limits, Mode, read_limited};
use crate::damage::Damage;
use crate::error::{CodecError, Result};
use crate::picture::{Picture, Samples};
use crate::restore::{CodedFilter, Filter, REACH, restore};
use crate::tiles::{DECODED_WINDOW, HALO, LATENT, Rect};

/// How to decode.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DecodeOptions {
    /// What a stream may claim, at most.
    pub limits: Limits,
    /// Whether to go on where a stream is damaged, filling what is lost from its surroundings.
    /// Default false: the first damage is an error.
    pub conceal: bool,
    /// The part to decode, in pixels of the whole picture. Default `None`: all of it. Tiles that it does not need are not
    /// decoded.
    pub region: Option<Rect>,
    /// The size to decode in; a region of odd place or size is grown to whole pixels of it. Default full.
    pub scale: Scale,
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
pub struct ImageDecoder<M> {
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
        let filters = self.filters(&container)?;
        let view = View::new(&container.header, &self.options, REACH * filters.len() as u32)?;
        let y_hat = self.latents(&container, &view, mode, &mut damage, progress)?;
        let holes: Vec<Rect> = damage.iter().filter_map(lost_colors).collect();
        let mut canvas = Canvas::new(&container.header, view)?;
        synthesise(&*self.model, &container.header, &y_hat, &holes, &mut canvas, progress)?;
        drop(y_hat);
        canvas.into_decoded(&container, &filters, mode, damage)
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

    /// The filter of the model, then those of the stream, as far as there are any; small versions have none.
    fn filters(&self, container: &Container<'_>) -> Result<Vec<Filter>> {
        if self.options.scale != Scale::Full {
            return Ok(Vec::new());
        }
        let own = |bytes: &[u8]| CodedFilter::parse(bytes, container.header.color).ok();
        let own = container.restorations.iter().copied().filter_map(own);
        let filters = filter_of_model(&*self.model, &container.header)?.into_iter();
        Ok(filters.chain(own.map(|own| own.filter())).collect())
    }

    /// The latents of all tiles that are needed in one plane; those of lost tiles continue their surroundings.
    fn latents(
        &self,
        container: &Container<'_>,
        view: &View,
        mode: Mode,
        damage: &mut Vec<Damage>,
        progress: Progress<'_>,
    ) -> Result<Latents<i16>> {
        let (grid, prior) = (container.header.grid()?, self.model.prior());
        let size = view.latents();
        let (height, width) = (size.height as usize, size.width as usize);
        let mut plane = Latents::zeros(height, width, prior.channels());
        let mut jobs = jobs(&grid, &container.tiles);
        jobs.retain(|(_, rect, _)| rect.latents().common(&size).is_some());
        let total = jobs.len() + view.work.even_pieces(DECODED_WINDOW).len();
        let mut done = 0;
        for batch in batches(&jobs) {
            for ((tile, rect, _), decoded) in decompress(prior, container.header.coding, batch) {
                match decoded {
                    Ok(decoded) => {
                        let at = rect.latents();
                        let (height, width) = (at.height as usize, at.width as usize);
                        let piece = Latents::new(height, width, plane.channels, decoded.y_hat)?;
                        if let Some(common) = at.common(&size) {
                            let place = common.within(&size);
                            plane.put(place.x as usize, place.y as usize, &piece.piece(&common.within(&at)));
                        }
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
            .filter_map(|hole| Some(hole.latents().common(&size)?.within(&size)))
            .collect();
        plane.extend_into(&holes, HALO / LATENT);
        Ok(plane)
    }
}

/// The filter that a model has for a stream.
///
/// # Errors
/// `Model` for one that this version cannot use.
pub(super) fn filter_of_model<M: ImageModel>(model: &M, header: &Header) -> Result<Option<Filter>> {
    let Some(values) = model.restoration(quality_of(header)?) else {
        return Ok(None);
    };
    match Filter::of_model(&values, header.color) {
        Some(filter) => Ok(Some(filter)),
        None => Err(CodecError::model(
            "restoration filter",
            format!("{} values", values.len()),
        )),
    }
}

fn quality_of(header: &Header) -> Result<Quality> {
    Quality::from_hundredths(header.quality).map_err(|error| CodecError::model("quality of the stream", error))
}

/// The pixels whose colours are lost.
fn lost_colors(damage: &Damage) -> Option<Rect> {
    match damage {
        Damage::Tile { rect, .. } => Some(*rect),
        _ => None,
    }
}

/// The alpha plane of a stream that has one, in the size of the view; opaque where it is lost.
fn decode_alpha(
    container: &Container<'_>,
    view: &View,
    mode: Mode,
    damage: &mut Vec<Damage>,
) -> Result<Option<Samples>> {
    let Header { depth, alpha, .. } = container.header;
    if !alpha {
        return Ok(None);
    }
    let work = view.work;
    let mut plane = Samples::filled(depth, work.area(), depth.max());
    each_alpha(container, &work, mode, damage, |rect, piece| {
        if let Some(common) = rect.common(&work) {
            let piece = Samples::U16(piece.to_vec()).plane(rect.width, [0, 1], &common.within(rect));
            plane.put_plane(work.width, [0, 1], &common.within(&work), &piece);
        }
    })?;
    Ok(Some(plane.reduced(work.width, 1, view.scale.levels())))
}

/// A picture whose colours are being filled in.
pub(super) struct Canvas {
    view: View,
    picture: Picture,
}

impl Canvas {
    /// A black picture of what `view` works on.
    pub(super) fn new(header: &Header, view: View) -> Result<Self> {
        let size = view.place(&view.work);
        let samples = Samples::filled(header.depth, size.area() * header.color.channels(), 0);
        Self::of(header, view, samples)
    }

    /// The picture of the `samples` of what `view` works on, in its scale.
    pub(super) fn of(header: &Header, view: View, samples: Samples) -> Result<Self> {
        let size = view.place(&view.work);
        let picture = Picture::new(size.width, size.height, header.color, samples, None)?;
        Ok(Self { view, picture })
    }

    /// The picture, filtered, with alpha and metadata, and with what was lost filled in.
    pub(super) fn into_decoded(
        self,
        container: &Container<'_>,
        filters: &[Filter],
        mode: Mode,
        mut damage: Vec<Damage>,
    ) -> Result<Decoded> {
        let alpha = decode_alpha(container, &self.view, mode, &mut damage)?;
        let holes: Vec<Rect> = damage.iter().filter_map(lost_colors).collect();
        let mut picture = self.picture.with_alpha(alpha)?;
        conceal::fill(&mut picture, &self.view.places(&holes));
        filters.iter().for_each(|filter| restore(&mut picture, filter));
        let header = &container.header;
        let picture = self.view.finish(picture)?.shown(header.orientation)?;
        Ok(Decoded {
            picture: picture
                .with_icc(container.icc.map(<[u8]>::to_vec))
                .with_exif(container.exif.map(<[u8]>::to_vec)),
            header: header.clone(),
            damage: damage.into_iter().map(|damage| damage.shown(header)).collect(),
        })
    }

    /// The picture that `view` works on, as it is.
    pub(super) fn into_picture(self) -> Picture {
        self.picture
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
    let quality = quality_of(header)?;
    // Windows of one size, whatever the tiles are: that bounds the memory and keeps seams away.
    let view = canvas.view;
    let windows = view.work.even_pieces(DECODED_WINDOW);
    let (origin, levels) = (view.latents(), view.scale.levels());
    let tiles = header.grid()?.count() as usize;
    let make = |cell: &Rect| {
        if holes.iter().any(|hole| hole.contains(cell)) {
            return Ok(None);
        }
        let (latents, halo) = (cell.latents(), view.around(cell));
        let piece = y_hat.piece(&halo.within(&origin));
        let planes = model.synthesise(&piece.data, piece.height, piece.width, quality, view.scale)?;
        let size = |latents: usize| (latents * LATENT as usize) >> levels;
        let (width, height) = (size(piece.width), size(piece.height));
        if planes.width != width || planes.data.len() != 3 * width * height {
            let found = format!("{} values for {width}x{height} pixels", planes.data.len());
            return Err(CodecError::model("shape of the pixels", found));
        }
        let place = [latents.x - halo.x, latents.y - halo.y].map(|side| size(side as usize));
        Ok(Some((planes, place)))
    };
    let mut done = tiles;
    for group in windows.chunks(model.windows_at_a_time().max(1)) {
        let made: Vec<_> = match group {
            [cell] => vec![make(cell)],
            _ => group.par_iter().map(make).collect(),
        };
        for (cell, made) in group.iter().zip(made) {
            if let Some((planes, [left, top])) = made? {
                let place = view.place(cell);
                canvas.picture.put(&place, &planes.data, planes.width, left, top);
            }
            done += 1;
            progress(done, tiles + windows.len());
        }
    }
    Ok(())
}
