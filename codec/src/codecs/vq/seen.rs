//! What the network of a decoder sees of pictures, for training, and from trained parameters to integers.

use lmc_kernels::packet::{BANDS, exact};

use super::encode::Encoder;
use super::network::{inputs, inputs_of_network, log_gain, shape};
use super::stream::VqStream;
use super::synthesis::Manner;
use super::{CELL, CELL_VALUES, NetworkConfig, NetworkParts, VqConfig, VqModel};
use crate::codecs::image::{EncodeOptions, Grid, Planes, Scale};
use crate::codecs::wavelet::{Calibration, INVERSE_GAIN, SeenInputs, integer_synthesis_of, patterns};
use crate::error::{CodecError, Result};
use crate::media::image::{Color, Image, Samples};
use crate::quality::Quality;
use crate::watch::Unwatched;
use crate::weights::{NamedTensor, Params};

/// A picture that was coded, as the network of the decoder gets it.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// Rows and columns of cells.
    pub size: [usize; 2],
    /// `[cells, inputs]`: code vector, texture and depth, as [`inputs_of_network`] takes them.
    pub inputs: Vec<i16>,
    /// `[2 rows, 2 columns, 192]`: the bands before the network, texture included, as [`band_values`] takes them.
    pub bands: Vec<i16>,
    /// Bytes of the indices.
    pub bytes: usize,
}

impl VqModel {
    /// Codes planar RGB of 0..1, whose sides are multiples of 16, and says what the network of a decoder would see.
    ///
    /// # Errors
    /// [`CodecError::Parameter`] for other sides; a model without the part for encoders.
    pub fn see(&self, picture: &Planes, quality: Quality) -> Result<Seen> {
        let sides = [picture.height, picture.width];
        if sides.iter().any(|side| *side == 0 || !side.is_multiple_of(CELL)) {
            return Err(CodecError::Parameter(
                "the sides of a picture must be multiples of 16".into(),
            ));
        }
        let image = image_of(picture)?;
        let tile_size = sides[0].max(sides[1]).next_multiple_of(64) as u32;
        let options = EncodeOptions::default().with_quality(quality).with_tile_size(tile_size);
        let encoder = Encoder::new(self, &image, &options)?;
        let mut coded = encoder.run(&mut Unwatched)?;
        let (Some(coded), true) = (coded.pop(), coded.is_empty()) else {
            return Err(CodecError::Internal("a picture became several tiles".into()));
        };
        let size = sides.map(|side| side / CELL);
        let cells = Grid::new(size[0], size[1], CELL_VALUES, coded.cells)?;
        let manner = Manner {
            layer: VqStream::new(self, encoder.params)?.layer(),
            strength: encoder.params.texture,
            scale: Scale::Full,
        };
        Ok(Seen {
            inputs: inputs(&self.prior, &self.textures, &cells, manner.layer),
            bands: self.synthesis.bands(&self.prior, &self.textures, &cells, manner)?,
            size,
            bytes: coded.tile.bytes.len(),
        })
    }
}

/// Bands as floating point, as [`lmc_kernels::packet::forward`] makes them.
pub fn band_values(bands: &[i16]) -> Vec<f32> {
    let steps = (0..BANDS).map(|band| ((-f64::from(exact::BAND_BITS)).exp2() / exact::unscaled(band)) as f32);
    let steps: Vec<f32> = steps.collect();
    let pairs = bands.iter().zip(steps.iter().cycle());
    pairs.map(|(value, step)| f32::from(*value) * step).collect()
}

impl NetworkParts {
    /// The network of trained parameters in integers, with steps from what it makes of pictures as `model` codes them.
    ///
    /// Parameters are named as those of the wavelet codec: `g_s.up`, `g_s.blocks.0.a` and so on, `seen.synthesis`.
    ///
    /// # Errors
    /// [`CodecError::Weights`] if parameters are missing, [`CodecError::Parameter`] without pictures.
    pub fn convert(
        model: &VqModel,
        network: NetworkConfig,
        params: &Params,
        pictures: impl IntoIterator<Item = (Planes, Quality)>,
    ) -> Result<Self> {
        let config = VqConfig {
            network: Some(network),
            ..*model.config()
        };
        let shape = shape(&config).ok_or_else(|| CodecError::Internal("a network has no shape".into()))?;
        let mut params = params.clone();
        let gains = NamedTensor {
            shape: vec![shape.anchors, shape.latents],
            data: vec![log_gain(); shape.anchors * shape.latents],
        };
        params.insert(INVERSE_GAIN.to_owned(), gains);
        let photographs = pictures.into_iter().map(|(picture, quality)| (picture, quality, false));
        let fine = Quality::new(100.0)?;
        let examples = photographs.chain(patterns().map(|pattern| (pattern, fine, true)));
        let examples = examples.map(|(picture, quality, is_extreme)| {
            let seen = model.see(&picture, quality)?;
            Ok(SeenInputs {
                size: seen.size,
                inputs: inputs_of_network(&seen.inputs),
                bands: band_values(&seen.bands),
                is_extreme,
            })
        });
        let (synthesis, seen) = integer_synthesis_of(&shape, &params, examples, &Calibration::default())?;
        Ok(Self { synthesis, seen })
    }
}

fn image_of(picture: &Planes) -> Result<Image> {
    let plane = picture.height * picture.width;
    let value = |at: usize| {
        (picture.data[at % 3 * plane + at / 3] * 255.0)
            .round()
            .clamp(0.0, 255.0) as u8
    };
    if picture.data.len() != 3 * plane {
        return Err(CodecError::Parameter("a picture has no three planes".into()));
    }
    let samples = (0..3 * plane).map(value).collect();
    Image::new(
        picture.width as u32,
        picture.height as u32,
        Color::Rgb,
        Samples::U8(samples),
        None,
    )
}
