//! A codec of a folder and a row: the mean of each cell of 8 x 8 pixels, smoothed with its neighbours.

use std::sync::Arc;

use lmc_codec::codecs::image::{
    CodedImage, CodedTile, Geometry, Grid, ImageCodec, ImageStream, Painted, Planes, TileSymbols,
};
use lmc_codec::codecs::{AnyCodec, Backend, Fields, Row, Value};
use lmc_codec::container::{CodecId, ImageMedia, MediaKind};
use lmc_codec::weights::WeightsFile;
use lmc_codec::{CodecError, EncodeOptions, Image, ModelHash, Orientation, Rect, Result, Scale, TileGrid, Watch};
use lmc_entropy::checksum::Checksum;

const CELL: u32 = 8;

/// All that the rest of the library knows of it.
pub const ROW: Row = Row {
    summary: "Means of cells",
    ..Row::new(CodecId(200), "toy", MediaKind::Image, describe, open)
};

/// The codec block is the step of the quantiser.
fn step_of(block: &[u8]) -> Result<i16> {
    match block {
        [step @ 1..=26] => Ok(i16::from(*step)),
        _ => Err(CodecError::Unsupported(format!("a toy block of {block:?}"))),
    }
}

fn describe(block: &[u8]) -> Result<Fields> {
    Ok(vec![("step", Value::Integer(step_of(block)? as u64))])
}

fn open(_: Option<&WeightsFile<'_>>, _: &dyn Backend) -> Result<AnyCodec> {
    Ok(AnyCodec::Image(Arc::new(Toy)))
}

struct Toy;

struct ToyStream {
    step: i16,
    channels: usize,
}

fn symbols_of(cells: Vec<i16>) -> TileSymbols {
    let mut sum = Checksum::new();
    sum.update(&cells);
    TileSymbols {
        symbols: cells.len(),
        checksum: sum.finish32(),
        symbol_hash: sum.finish(),
        cells,
    }
}

/// Differences of neighbours in two bytes; a zero and a byte for how many of them are zero.
fn compress(cells: &[i16]) -> Vec<u8> {
    let (mut bytes, mut last, mut zeros) = (Vec::new(), 0, 0u8);
    for &cell in cells {
        let difference = cell - last;
        last = cell;
        if difference == 0 && zeros < u8::MAX {
            zeros += 1;
            continue;
        }
        if zeros > 0 {
            bytes.extend([0, 0, zeros]);
            zeros = 0;
        }
        bytes.extend(difference.to_be_bytes());
        // A difference of 0 behind a full run is a run of its own.
        if difference == 0 {
            bytes.push(1);
        }
    }
    if zeros > 0 {
        bytes.extend([0, 0, zeros]);
    }
    bytes
}

fn decompress(mut bytes: &[u8], count: usize) -> Result<Vec<i16>> {
    let wrong = || CodecError::Unsupported("toy bytes of another length".into());
    let (mut cells, mut last) = (Vec::new(), 0i16);
    while let Some((pair, rest)) = bytes.split_first_chunk::<2>() {
        let difference = i16::from_be_bytes(*pair);
        last = last.wrapping_add(difference);
        bytes = rest;
        let mut times = 1;
        if difference == 0 {
            let (&zeros, rest) = bytes.split_first().ok_or_else(wrong)?;
            (times, bytes) = (usize::from(zeros), rest);
        }
        cells.resize(cells.len() + times, last);
    }
    if cells.len() != count || !bytes.is_empty() {
        return Err(wrong());
    }
    Ok(cells)
}

/// The quantised means of the cells of a tile.
fn cells_of(picture: &Image, rect: &Rect, step: i16) -> Vec<i16> {
    let (channels, samples) = (picture.color().channels(), picture.samples().to_u8());
    let mut cells = Vec::new();
    for y in (rect.y..rect.y + rect.height).step_by(CELL as usize) {
        for x in (rect.x..rect.x + rect.width).step_by(CELL as usize) {
            for channel in 0..channels {
                let rows = y..picture.height().min(y + CELL);
                let columns = x..picture.width().min(x + CELL);
                let count = (rows.len() * columns.len()) as u32;
                let pixels = rows.flat_map(|y| columns.clone().map(move |x| (y * picture.width() + x) as usize));
                let sum: u32 = pixels.map(|at| u32::from(samples[at * channels + channel])).sum();
                cells.push((sum / count) as i16 / step);
            }
        }
    }
    cells
}

impl ImageCodec for Toy {
    fn id(&self) -> CodecId {
        ROW.id
    }

    fn name(&self) -> &'static str {
        ROW.name
    }

    fn model(&self) -> ModelHash {
        ModelHash([0; 16])
    }

    fn stream<'a>(&'a self, media: &ImageMedia, block: &[u8], _: &[Vec<u8>]) -> Result<Box<dyn ImageStream + 'a>> {
        Ok(Box::new(ToyStream {
            step: step_of(block)?,
            channels: media.color.channels(),
        }))
    }

    fn encode(
        &self,
        picture: &Image,
        options: &EncodeOptions,
        reconstruct: bool,
        watch: &mut dyn Watch,
    ) -> Result<CodedImage> {
        let step = 1 + ((100.0 - options.quality.value()) / 4.0) as u8;
        let grid = TileGrid::new(picture.width(), picture.height(), options.tile_size)?;
        let mut tiles = Vec::new();
        for rect in (0..grid.count() as u32).filter_map(|tile| grid.rect(tile)) {
            let coded = symbols_of(cells_of(picture, &rect, i16::from(step)));
            tiles.push(CodedTile {
                bytes: compress(&coded.cells),
                checksum: coded.checksum,
                symbol_hash: coded.symbol_hash,
                symbols: coded.symbols,
                cost: None,
            });
            watch.progress(tiles.len() as u64, grid.count());
        }
        let reconstruction = reconstruct.then(|| paint_whole(picture, step)).transpose()?;
        Ok(CodedImage {
            block: vec![step],
            segments: Vec::new(),
            tiles,
            orientation: Orientation::default(),
            reconstruction,
        })
    }
}

/// The colours that decoders make of a picture.
fn paint_whole(picture: &Image, step: u8) -> Result<Image> {
    let (width, height) = (picture.width(), picture.height());
    let whole = Rect {
        x: 0,
        y: 0,
        width,
        height,
    };
    let stream = ToyStream {
        step: i16::from(step),
        channels: picture.color().channels(),
    };
    let cells = cells_of(picture, &whole, stream.step);
    let [rows, columns] = [height, width].map(|side| side.div_ceil(CELL) as usize);
    let cells = Grid::new(rows, columns, stream.channels, cells)?;
    let planes = stream.planes(&cells, Scale::Full).in_integers();
    let value = |at: usize| {
        let (pixel, channel) = (at / stream.channels, at % stream.channels);
        let (y, x) = (pixel / width as usize, pixel % width as usize);
        planes.data[(channel * planes.height + y) * planes.width + x]
    };
    let samples = (0..picture.samples().len()).map(|at| ((value(at) as u32 * 255 + (1 << 15)) >> 16) as u8);
    let samples = lmc_codec::Samples::U8(samples.collect());
    Image::new(width, height, picture.color(), samples, None)
}

impl ToyStream {
    /// Each pixel is the mean of its cell and the cells around.
    fn planes(&self, cells: &Grid<i16>, scale: Scale) -> Planes {
        let (rows, columns) = (cells.height(), cells.width());
        let [height, width] = [rows, columns].map(|side| scale.of(side * CELL as usize));
        let mean = |row: usize, column: usize, channel: usize| {
            let near = |at: usize, end: usize| at.saturating_sub(1)..end.min(at + 2);
            let places = near(row, rows).flat_map(|row| near(column, columns).map(move |column| (row, column)));
            let values = places.map(|(row, column)| cells.data()[(row * columns + column) * self.channels + channel]);
            let (sum, count) = values.fold((0, 0), |(sum, count), value| (sum + i32::from(value), count + 1));
            (sum as f32 / count as f32 + 0.5) * f32::from(self.step) / 255.0
        };
        let side = scale.of(CELL as usize);
        let pixel = |at: usize| {
            let (channel, y, x) = (at / (height * width), at / width % height, at % width);
            mean(y / side, x / side, channel.min(self.channels - 1))
        };
        Planes {
            height,
            width,
            data: (0..3 * height * width).map(pixel).collect(),
        }
    }
}

impl ImageStream for ToyStream {
    fn geometry(&self) -> Geometry {
        Geometry {
            cell: CELL,
            channels: self.channels,
            halo: 1,
            window: 128,
            windows_at_a_time: 2,
            cells_at_a_time: 1 << 16,
            reach: 0,
            orientation: Orientation::default(),
        }
    }

    fn read(&self, bytes: &[u8], [rows, columns]: [usize; 2]) -> Result<TileSymbols> {
        Ok(symbols_of(decompress(bytes, rows * columns * self.channels)?))
    }

    fn paint(&self, cells: &Grid<i16>, scale: Scale) -> Result<Painted> {
        Ok(Painted::Planes(self.planes(cells, scale).in_integers()))
    }
}
