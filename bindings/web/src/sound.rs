//! Sounds: samples, packet by packet.

use std::cell::RefCell;
use std::io::Cursor;

use lmc::{DecodeOptions, Result, SoundDecoder, open_with};

use crate::answer::{Made, answer};
use crate::memory::input;
use crate::opened::Opened;
use crate::weights::models;

type Open = SoundDecoder<Cursor<Vec<u8>>>;

thread_local! {
    static OPEN: RefCell<Opened<Open>> = const { RefCell::new(Opened::new("sound")) };
}

/// Opens a sound, whose stream is copied. Returns its number, which is not negative, or a code times -1.
///
/// # Safety
/// `stream` holds `bytes` bytes.
#[unsafe(no_mangle)]
#[allow(unsafe_code)]
pub unsafe extern "C" fn lmc_open_sound(stream: *const u8, bytes: usize, conceal: u32) -> i32 {
    // SAFETY: the caller says so.
    match open(unsafe { input(stream, bytes) }, conceal != 0) {
        Ok(number) => number,
        Err(error) => -answer(Err(error)),
    }
}

fn open(stream: &[u8], conceal: bool) -> Result<i32> {
    let options = DecodeOptions::default().with_conceal(conceal);
    let decoder = open_with(Cursor::new(stream.to_vec()), &models(), options)?.sound()?;
    OPEN.with_borrow_mut(|open| open.add(decoder))
}

/// Decodes the next packet. The answer is its samples, `f32` of all channels in turn; none behind the last packet.
#[unsafe(no_mangle)]
#[allow(unsafe_code)]
pub extern "C" fn lmc_next_packet(number: i32) -> i32 {
    answer(next(number))
}

fn next(number: i32) -> Result<Made> {
    OPEN.with_borrow_mut(|open| Ok(Made::Samples(open.of(number)?.next_packet()?.unwrap_or_default())))
}

/// Closes a sound. One that is not open is left alone.
#[unsafe(no_mangle)]
#[allow(unsafe_code)]
pub extern "C" fn lmc_close_sound(number: i32) {
    OPEN.with_borrow_mut(|open| open.close(number));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_sound_does_not_open() {
        let image = include_bytes!("../../../tests/golden/lossless/rgb.lmc");
        assert!(open(image, false).is_err());
        assert!(open(b"no stream", true).is_err());
        assert!(next(0).is_err() && next(-1).is_err());
        lmc_close_sound(7);
    }
}
