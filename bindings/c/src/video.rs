//! Videos, frame by frame, into memory of the caller.

use lmc::{FrameKind, Image, Result, Shown, VideoDecoder, VideoFormat, image_of};

use crate::border::{buffer_of, c_text, call, left_out, target, wrong};
use crate::decoder::{Bytes, Decoder, State};
use crate::image::failed;
use crate::{LMC_KEY_FRAME, LMC_LOST_FRAME, LMC_PREDICTED_FRAME};

/// A video whose frames are being decoded.
pub(crate) struct Filming {
    decoder: VideoDecoder<Bytes>,
    shown: Option<Shown>,
    /// The frame that is shown in RGB, once that was asked for.
    picture: Option<Image>,
}

/// What is known of a frame.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Frame {
    /// LMC_KEY_FRAME, LMC_PREDICTED_FRAME, or LMC_LOST_FRAME where damage is concealed.
    pub kind: i32,
    /// Planes: luma and both colour differences, or luma alone.
    pub planes: u32,
    /// Its number, from 0.
    pub index: u64,
    /// When it is shown, in seconds from the beginning of the video.
    pub seconds: f64,
    /// 0.
    pub reserved: [u64; 4],
}

impl Frame {
    fn of(shown: &Shown, format: &VideoFormat) -> Self {
        Self {
            kind: match shown.kind {
                Some(FrameKind::Key) => LMC_KEY_FRAME,
                Some(FrameKind::Predicted) => LMC_PREDICTED_FRAME,
                None => LMC_LOST_FRAME,
            },
            planes: shown.frame.planes().len() as u32,
            index: shown.index,
            seconds: format.seconds(shown.frame.ticks),
            reserved: [0; 4],
        }
    }
}

impl Decoder {
    /// The format of a video.
    fn video_format(&self) -> Result<VideoFormat> {
        self.video.ok_or_else(|| wrong("the stream holds no video"))
    }

    /// Decodes the next frame; nothing behind the last.
    fn next_frame(&mut self) -> Result<Option<Frame>> {
        let format = self.video_format()?;
        if cfg!(not(feature = "videos")) {
            return Err(left_out("videos"));
        }
        let mut filming = match self.take_state() {
            State::Video(filming) => filming,
            State::Opened(stream) => Box::new(Filming {
                decoder: self.threads.run(move || stream.video())?,
                shown: None,
                picture: None,
            }),
            _ => return Err(failed()),
        };
        filming.picture = None;
        let decoder = &mut filming.decoder;
        filming.shown = self.threads.run(|| decoder.next_frame())?;
        if !filming.decoder.damage().is_empty() {
            let decoder = &filming.decoder;
            let lines: Vec<String> = decoder.damage().lines(&decoder.header().media).collect();
            self.damage = c_text(&lines.join("\n"));
        }
        let frame = filming.shown.as_ref().map(|shown| Frame::of(shown, &format));
        self.state = State::Video(filming);
        Ok(frame)
    }

    /// The frame of the last call.
    fn shown(&mut self) -> Result<(&mut Filming, VideoFormat)> {
        let format = self.video_format()?;
        match &mut self.state {
            State::Video(filming) if filming.shown.is_some() => Ok((filming, format)),
            State::Failed => Err(failed()),
            _ => Err(wrong("there is no frame: call lmc_next_frame first")),
        }
    }

    /// That frame as an image.
    pub(crate) fn frame_picture(&mut self) -> Result<&Image> {
        let (filming, format) = self.shown()?;
        let Filming { shown, picture, .. } = filming;
        let made = match (picture.take(), shown) {
            (Some(picture), _) => picture,
            (None, Some(shown)) => image_of(&shown.frame, &format)?,
            (None, None) => return Err(failed()),
        };
        Ok(picture.insert(made))
    }

    fn plane_size(&self, plane: u32) -> Result<[usize; 2]> {
        let format = self.video_format()?;
        let plane = usize::try_from(plane)
            .ok()
            .filter(|&plane| plane < format.chroma.planes());
        let plane = plane.ok_or_else(|| wrong(format!("a frame has {} planes", format.chroma.planes())))?;
        Ok(format.plane_size(plane))
    }

    /// Writes the rows of a plane, in one byte for each sample or in two.
    fn write_plane(&mut self, plane: u32, out: &mut [u8], stride: usize) -> Result<()> {
        let [width, height] = self.plane_size(plane)?;
        let (filming, format) = self.shown()?;
        let bytes = if format.depth > 8 { 2 } else { 1 };
        let rows = height.saturating_sub(1).checked_mul(stride);
        let needed = rows.and_then(|rows| rows.checked_add(width * bytes));
        if stride < width * bytes || needed.is_none_or(|needed| needed > out.len()) {
            let held = out.len();
            return Err(wrong(format!(
                "{held} bytes of stride {stride} do not hold {height} rows of {width} samples"
            )));
        }
        let planes = filming.shown.as_ref().map_or(&[][..], |shown| shown.frame.planes());
        let samples = planes.get(plane as usize).map_or(&[][..], |plane| &plane[..]);
        for (row, out) in samples.chunks(width).zip(out.chunks_mut(stride)) {
            match bytes {
                1 => out.iter_mut().zip(row).for_each(|(out, &sample)| *out = sample as u8),
                _ => {
                    let out = out.as_chunks_mut::<2>().0.iter_mut();
                    out.zip(row).for_each(|(out, sample)| *out = sample.to_ne_bytes());
                }
            }
        }
        Ok(())
    }
}

/// Decodes the next frame of a video. `*more` becomes 1, or 0 behind the last frame, where `frame` stays as it is.
/// Then lmc_plane and lmc_decode_pixels write this frame, as often as they are called.
///
/// # Safety
/// `decoder` is NULL or open, `frame` and `more` are NULL or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lmc_next_frame(decoder: *mut Decoder, frame: *mut Frame, more: *mut i32) -> i32 {
    call(|| {
        // SAFETY: as promised by the caller.
        let (decoder, frame, more) = unsafe {
            (
                target(decoder, "the decoder")?,
                target(frame, "the place for the frame")?,
                target(more, "the place for the answer")?,
            )
        };
        *more = 0;
        if let Some(found) = decoder.next_frame()? {
            (*frame, *more) = (found, 1);
        }
        Ok(())
    })
}

/// The size of a plane of frames, in samples: 0 is luma, 1 is the difference of blue, 2 that of red.
///
/// # Safety
/// `decoder` is NULL or open, `width` and `height` are NULL or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lmc_plane_size(decoder: *mut Decoder, plane: u32, width: *mut u32, height: *mut u32) -> i32 {
    call(|| {
        // SAFETY: as promised by the caller.
        let (decoder, width, height) = unsafe {
            (
                target(decoder, "the decoder")?,
                target(width, "the place for the width")?,
                target(height, "the place for the height")?,
            )
        };
        let size = decoder.plane_size(plane)?;
        [*width, *height] = size.map(|side| side as u32);
        Ok(())
    })
}

/// Writes the samples of a plane of the frame of the last lmc_next_frame, as the video stores them: one byte each where
/// `bits` of lmc_info is 8, else two in the order of the machine's bytes. `stride` is the distance of rows in bytes.
///
/// # Safety
/// `decoder` is NULL or open; `buffer` is NULL or points to `length` bytes that nobody else uses during the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lmc_plane(
    decoder: *mut Decoder,
    plane: u32,
    buffer: *mut u8,
    length: usize,
    stride: usize,
) -> i32 {
    call(|| {
        // SAFETY: as promised by the caller.
        let (decoder, buffer) = unsafe { (target(decoder, "the decoder")?, buffer_of(buffer, length)?) };
        decoder.write_plane(plane, buffer, stride)
    })
}
