//! Images into memory of the caller.

use lmc::{Error, Image, PixelBuffers, Result, Scale};

use crate::border::{buffer_of, c_text, call, target, wrong};
use crate::decoder::{Decoder, State};
use crate::{LMC_IMAGE, LMC_RGB8, LMC_RGBA8, LMC_RGBA16, LMC_VIDEO};

impl Decoder {
    /// The image, decoded when it is first asked for; of a video, the frame that is shown.
    fn picture(&mut self) -> Result<&Image> {
        if self.info.kind == LMC_VIDEO {
            return self.frame_picture();
        }
        if self.info.kind != LMC_IMAGE {
            return Err(wrong("the stream holds no image"));
        }
        let picture = match self.take_state() {
            State::Image(picture) => picture,
            State::Opened(stream) => {
                let mut watcher = self.watcher;
                let decoded = self.threads.run(move || stream.image(&mut watcher))?;
                let lines: Vec<String> = decoded.damage.lines(&decoded.places).collect();
                self.damage = c_text(&lines.join("\n"));
                Box::new(decoded.picture)
            }
            State::Sound(_) | State::Video(_) | State::Failed => return Err(failed()),
        };
        self.state = State::Image(picture);
        match &self.state {
            State::Image(picture) => Ok(picture),
            _ => Err(failed()),
        }
    }

    /// The size of what is decoded.
    fn size(&mut self) -> Result<[u32; 2]> {
        let whole = [self.info.width, self.info.height];
        match (&self.state, self.options.region, self.options.scale) {
            (State::Opened(_), None, scale) if self.info.kind == LMC_IMAGE => {
                Ok(whole.map(|side| reduced(scale, side)))
            }
            _ if self.info.kind == LMC_VIDEO => Ok(whole),
            // How a region of a small version is grown to whole pixels is for the codec to say.
            _ => self.picture().map(|picture| [picture.width(), picture.height()]),
        }
    }
}

/// A side of an image in a small version, rounded up.
fn reduced(scale: Scale, side: u32) -> u32 {
    side.div_ceil(1 << scale.levels())
}

/// The error of calls behind one that failed.
pub(crate) fn failed() -> Error {
    wrong("an earlier call with this decoder failed: open the stream again")
}

/// The size of the image that lmc_decode_pixels writes, in pixels: that of the region in the scale. Where both are
/// given, this call decodes the image. Of a video it is the size of frames.
///
/// # Safety
/// `decoder` is NULL or open, `width` and `height` are NULL or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lmc_image_size(decoder: *mut Decoder, width: *mut u32, height: *mut u32) -> i32 {
    call(|| {
        // SAFETY: as promised by the caller.
        let (decoder, width, height) = unsafe {
            (
                target(decoder, "the decoder")?,
                target(width, "the place for the width")?,
                target(height, "the place for the height")?,
            )
        };
        [*width, *height] = decoder.size()?;
        Ok(())
    })
}

/// Decodes the image, if that is not done yet, and writes its pixels; of a video, those of the frame of the last
/// lmc_next_frame, all of it and in full size, in LMC_RGBA8, LMC_RGB8 or LMC_RGBA16. Gray
/// becomes three equal colours, a missing alpha is opaque, depths are scaled. `stride` is the distance of rows in
/// bytes; what lies between rows stays as it is. Further calls write the same image again, without decoding it.
///
/// # Safety
/// `decoder` is NULL or open; `buffer` is NULL or points to `length` bytes, for LMC_RGBA16 at a multiple of 2, that
/// nobody else uses during the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lmc_decode_pixels(
    decoder: *mut Decoder,
    format: i32,
    buffer: *mut u8,
    length: usize,
    stride: usize,
) -> i32 {
    call(|| {
        // SAFETY: as promised by the caller.
        let decoder = unsafe { target(decoder, "the decoder") }?;
        match format {
            // SAFETY: as promised by the caller.
            LMC_RGBA8 => decoder
                .picture()?
                .write_rgba8(unsafe { buffer_of(buffer, length) }?, stride),
            // SAFETY: as promised by the caller.
            LMC_RGB8 => decoder
                .picture()?
                .write_rgb8(unsafe { buffer_of(buffer, length) }?, stride),
            LMC_RGBA16 if !stride.is_multiple_of(2) => Err(wrong("a stride of 16-bit samples is a multiple of 2")),
            LMC_RGBA16 => {
                // SAFETY: as promised by the caller; `buffer_of` checks that it is aligned.
                let buffer = unsafe { buffer_of(buffer.cast::<u16>(), length / 2) }?;
                decoder.picture()?.write_rgba16(buffer, stride / 2)
            }
            other => Err(wrong(format!("{other} is no format of pixels"))),
        }
    })
}
