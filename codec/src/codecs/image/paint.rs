//! From cells to the pixels of an image, window by window.

use rayon::prelude::*;

use super::codec::{ImageStream, Painted};
use super::grid::Grid;
use super::view::View;
use crate::error::{CodecError, Result};
use crate::media::image::Image;
use crate::tiles::Rect;

/// Pixels of a window with its halo, and where in them the window begins.
struct Window {
    painted: Painted,
    left: usize,
    top: usize,
}

/// Paints all of what `view` works on, except windows inside `holes`. `cells` are those of [`View::cells`]. Calls `report`
/// with the number of windows done.
///
/// # Errors
/// As [`ImageStream::paint`], and those of `report`.
pub(crate) fn paint_windows(
    stream: &dyn ImageStream,
    cells: &Grid<i16>,
    view: &View,
    holes: &[Rect],
    image: &mut Image,
    report: &mut dyn FnMut(usize) -> Result<()>,
) -> Result<()> {
    let geometry = stream.geometry();
    let origin = view.cells();
    let make = |window: &Rect| {
        if holes.iter().any(|hole| hole.contains(window)) {
            return Ok(None);
        }
        paint(stream, cells, &origin, view, window).map(Some)
    };
    let mut done = 0;
    for group in view.windows(geometry.window).chunks(geometry.windows_at_a_time.max(1)) {
        let made: Vec<_> = match group {
            [window] => vec![make(window)],
            _ => group.par_iter().map(make).collect(),
        };
        for (window, made) in group.iter().zip(made) {
            if let Some(made) = made? {
                made.put(image, &view.place(window))?;
            }
            done += 1;
            report(done)?;
        }
    }
    Ok(())
}

/// Paints what of a single tile lies in what `view` works on, of a codec whose cells need no neighbours.
///
/// # Errors
/// As [`ImageStream::paint`].
pub(crate) fn paint_tile(
    stream: &dyn ImageStream,
    cells: &Grid<i16>,
    tile: &Rect,
    view: &View,
    image: &mut Image,
) -> Result<()> {
    let Some(part) = tile.common(&view.work) else {
        return Ok(());
    };
    let made = paint(stream, cells, &view.cells_of(tile), view, &part)?;
    made.put(image, &view.place(&part))
}

/// Paints a window from the cells of `origin`.
fn paint(stream: &dyn ImageStream, cells: &Grid<i16>, origin: &Rect, view: &View, window: &Rect) -> Result<Window> {
    let (inner, halo) = (view.cells_of(window), view.around(window));
    let piece = cells.piece(&halo.within(origin));
    let painted = stream.paint(&piece, view.scale)?;
    let [width, height] = [piece.width, piece.height].map(|cells| view.pixels(cells));
    painted.check(width, height)?;
    let [left, top] = [inner.x - halo.x, inner.y - halo.y].map(|cells| view.pixels(cells as usize));
    Ok(Window { painted, left, top })
}

impl Window {
    fn put(&self, image: &mut Image, place: &Rect) -> Result<()> {
        match &self.painted {
            Painted::Planes(planes) => image.put(place, &planes.data, planes.width, self.left, self.top),
            Painted::Samples { width, samples } => {
                let from = Rect {
                    x: self.left as u32,
                    y: self.top as u32,
                    ..*place
                };
                image.put_samples(place, samples, *width, &from)?;
            }
        }
        Ok(())
    }
}

impl Painted {
    /// Refuses pixels of another size than `width` x `height`.
    fn check(&self, width: usize, height: usize) -> Result<()> {
        let fits = match self {
            Self::Planes(planes) => planes.width == width && planes.data.len() == 3 * width * height,
            Self::Samples { width: own, samples } => {
                let area = width * height;
                *own as usize == width && [area, 3 * area].contains(&samples.len())
            }
        };
        if fits {
            return Ok(());
        }
        let found = format!("a codec did not paint {width}x{height} pixels");
        Err(CodecError::Internal(found))
    }
}
