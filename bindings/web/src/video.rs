//! Videos: pixels, frame by frame, and the sound beside them.

use std::cell::RefCell;
use std::io::Cursor;

use lmc::{DecodeOptions, Limits, PixelBuffers, Result, SoundSource, VideoDecoder, image_of, open_with};

use crate::answer::{Made, answer};
use crate::memory::input;
use crate::opened::Opened;
use crate::weights::models;

type Open = VideoDecoder<Cursor<Vec<u8>>>;

/// Samples of a sound that are decoded at a time.
const PIECE: usize = 1 << 14;

thread_local! {
    static OPEN: RefCell<Opened<Open>> = const { RefCell::new(Opened::new("video")) };
}

/// Opens a video, whose stream is copied. Returns its number, which is not negative, or a code times -1.
///
/// # Safety
/// `stream` holds `bytes` bytes.
#[unsafe(no_mangle)]
#[allow(unsafe_code)]
pub unsafe extern "C" fn lmc_open_video(stream: *const u8, bytes: usize, conceal: u32) -> i32 {
    // SAFETY: the caller says so.
    match open(unsafe { input(stream, bytes) }, conceal != 0) {
        Ok(number) => number,
        Err(error) => -answer(Err(error)),
    }
}

fn open(stream: &[u8], conceal: bool) -> Result<i32> {
    let options = DecodeOptions::default().with_conceal(conceal);
    let decoder = open_with(Cursor::new(stream.to_vec()), &models(), options)?.video()?;
    OPEN.with_borrow_mut(|open| open.add(decoder))
}

/// Decodes the next frame. The answer is its pixels, RGBA of 8 bits; nothing behind the last frame.
#[unsafe(no_mangle)]
#[allow(unsafe_code)]
pub extern "C" fn lmc_next_frame(number: i32) -> i32 {
    answer(next(number))
}

fn next(number: i32) -> Result<Made> {
    OPEN.with_borrow_mut(|open| {
        let decoder = open.of(number)?;
        let Some(shown) = decoder.next_frame()? else {
            return Ok(Made::Nothing);
        };
        let image = image_of(&shown.frame, decoder.format())?;
        let size = [image.width(), image.height()];
        let row = 4 * size[0] as usize;
        let mut rgba = vec![0; row * size[1] as usize];
        image.write_rgba8(&mut rgba, row)?;
        Ok(Made::Pixels { rgba, size })
    })
}

/// Closes a video. One that is not open is left alone.
#[unsafe(no_mangle)]
#[allow(unsafe_code)]
pub extern "C" fn lmc_close_video(number: i32) {
    OPEN.with_borrow_mut(|open| open.close(number));
}

/// Decodes all of the sound of a video. The answer is its samples, `f32` of all channels in turn, from the first frame
/// on.
///
/// # Safety
/// `stream` holds `bytes` bytes.
#[unsafe(no_mangle)]
#[allow(unsafe_code)]
pub unsafe extern "C" fn lmc_video_sound(stream: *const u8, bytes: usize, conceal: u32) -> i32 {
    // SAFETY: the caller says so.
    answer(sound(unsafe { input(stream, bytes) }, conceal != 0))
}

fn sound(stream: &[u8], conceal: bool) -> Result<Made> {
    let found = lmc::info(stream, &Limits::default())?;
    let options = DecodeOptions::default().with_conceal(conceal);
    let mut sound = open_with(stream, &models(), options)?.video_sound(found.sound_samples.unwrap_or(0))?;
    let mut samples = Vec::new();
    while sound.read(&mut samples, PIECE)? > 0 {}
    Ok(Made::Samples(samples))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_video_does_not_open() {
        let image = include_bytes!("../../../tests/golden/lossless/rgb.lmc");
        assert!(open(image, false).is_err() && sound(image, false).is_err());
        assert!(open(b"no stream", true).is_err() && sound(b"no stream", true).is_err());
        assert!(next(0).is_err() && next(-1).is_err());
        lmc_close_video(7);
    }
}
