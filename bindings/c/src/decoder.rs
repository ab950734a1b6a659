//! A stream that is open, and what it is asked before it is decoded.

use std::ffi::{CString, c_char};
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::sync::Arc;

use lmc::codec::container::Metadata;
use lmc::{DecodeOptions, Image, Media, Result, Threads, VideoFormat};

use crate::border::{buffer_of, bytes_of, c_text, call, null, target, wrong};
use crate::info::Info;
use crate::options::{Options, Watcher};
use crate::sound::{Playing, Track};
use crate::video::Filming;
use crate::weights::models;
use crate::{LMC_EXIF, LMC_ICC, LMC_XMP};

/// A copy of the caller's bytes.
pub(crate) type Bytes = Cursor<Arc<[u8]>>;

/// A stream that is open. One thread may use it at a time; different ones may be used at the same time.
pub struct Decoder {
    pub(crate) info: Info,
    /// The format of a video.
    pub(crate) video: Option<VideoFormat>,
    metadata: Metadata,
    /// Keys and texts in the order of the stream.
    tags: Vec<(CString, CString)>,
    pub(crate) options: DecodeOptions,
    pub(crate) watcher: Watcher,
    pub(crate) threads: Threads,
    pub(crate) state: State,
    /// The bytes, and the sound of a video, which is decoded beside its frames.
    pub(crate) bytes: Arc<[u8]>,
    pub(crate) track: Track,
    /// What was concealed, a line for each damage.
    pub(crate) damage: CString,
}

/// How far the decoder is.
pub(crate) enum State {
    /// The header was read.
    Opened(Box<lmc::Decoder<Bytes>>),
    /// The image is decoded.
    Image(Box<Image>),
    /// A sound is being decoded.
    Sound(Box<Playing>),
    /// The frames of a video are being decoded.
    Video(Box<Filming>),
    /// A call failed; also while one is under way, so that a panic leaves nothing half done behind.
    Failed,
}

impl Decoder {
    fn open(bytes: &[u8], options: Option<&Options>) -> Result<Self> {
        let (chosen, watcher, threads) = match options {
            Some(given) => (given.decode_options()?, given.watcher(), given.threads),
            None => (DecodeOptions::default(), Watcher::none(), 0),
        };
        let threads = Threads::new(usize::try_from(threads).unwrap_or(usize::MAX))?;
        let bytes: Arc<[u8]> = bytes.into();
        let stream = lmc::open_with(Cursor::new(Arc::clone(&bytes)), &models(), chosen.clone())?;
        let metadata = stream.metadata().clone();
        let tags = metadata.tags.entries();
        Ok(Self {
            video: match &stream.header().media {
                Media::Video(video) => Some(video.format),
                _ => None,
            },
            info: Info::new(stream.header(), &metadata, stream.track()),
            tags: tags.map(|(key, text)| (c_text(key.name()), c_text(text))).collect(),
            metadata,
            options: chosen,
            watcher,
            threads,
            state: State::Opened(Box::new(stream)),
            bytes,
            track: Track::default(),
            damage: CString::default(),
        })
    }

    /// Takes the state to work with. Until one is put back, the decoder has failed.
    pub(crate) fn take_state(&mut self) -> State {
        std::mem::replace(&mut self.state, State::Failed)
    }
}

/// Opens a stream in memory: reads its header and metadata. The bytes are copied; close the decoder with lmc_close.
/// `options` may be NULL for the defaults. After a failure `*decoder` is NULL.
///
/// # Safety
/// `bytes` is NULL or points to `length` bytes, `options` is NULL or valid, `decoder` is NULL or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lmc_open(
    bytes: *const u8,
    length: usize,
    options: *const Options,
    decoder: *mut *mut Decoder,
) -> i32 {
    call(|| {
        // SAFETY: as promised by the caller.
        let out = unsafe { target(decoder, "the place for the decoder") }?;
        *out = ptr::null_mut();
        // SAFETY: as promised by the caller.
        let (bytes, options) = unsafe { (bytes_of(bytes, length)?, options.as_ref()) };
        *out = Box::into_raw(Box::new(Decoder::open(bytes, options)?));
        Ok(())
    })
}

/// Closes a decoder and frees all that it gave out. NULL is fine.
///
/// # Safety
/// `decoder` is NULL or came from lmc_open, and is not used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lmc_close(decoder: *mut Decoder) {
    if !decoder.is_null() {
        // SAFETY: it came from `Box::into_raw` in `lmc_open`, and the caller gives it back.
        let decoder = unsafe { Box::from_raw(decoder) };
        // Nobody could do anything about a failure here.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(decoder)));
    }
}

/// What the stream holds.
///
/// # Safety
/// `decoder` is NULL or open, `info` is NULL or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lmc_get_info(decoder: *const Decoder, info: *mut Info) -> i32 {
    call(|| {
        // SAFETY: as promised by the caller.
        let (decoder, info) = unsafe { (decoder.as_ref(), buffer_of(info, 1)?) };
        info.fill(decoder.ok_or_else(|| null("the decoder"))?.info);
        Ok(())
    })
}

/// The bytes of LMC_ICC, LMC_EXIF or LMC_XMP; NULL and 0 where there are none. Valid until lmc_close.
///
/// # Safety
/// `decoder` is NULL or open, `bytes` and `length` are NULL or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lmc_metadata(
    decoder: *const Decoder,
    kind: i32,
    bytes: *mut *const u8,
    length: *mut usize,
) -> i32 {
    call(|| {
        // SAFETY: as promised by the caller.
        let (decoder, bytes, length) = unsafe {
            let decoder = decoder.as_ref();
            (
                decoder,
                target(bytes, "the place for the bytes")?,
                target(length, "the place for the length")?,
            )
        };
        (*bytes, *length) = (ptr::null(), 0);
        let metadata = &decoder.ok_or_else(|| null("the decoder"))?.metadata;
        let found = match kind {
            LMC_ICC => &metadata.icc,
            LMC_EXIF => &metadata.exif,
            LMC_XMP => &metadata.xmp,
            other => return Err(wrong(format!("metadata of kind {other}"))),
        };
        if let Some(found) = found {
            (*bytes, *length) = (found.as_ptr(), found.len());
        }
        Ok(())
    })
}

/// The text of a tag and its key, such as "title", in UTF-8, for `index` from 0 to `tags` of lmc_info. Valid until
/// lmc_close.
///
/// # Safety
/// `decoder` is NULL or open, `key` and `text` are NULL or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lmc_tag(
    decoder: *const Decoder,
    index: u32,
    key: *mut *const c_char,
    text: *mut *const c_char,
) -> i32 {
    call(|| {
        // SAFETY: as promised by the caller.
        let (decoder, key, text) = unsafe {
            let decoder = decoder.as_ref();
            (
                decoder,
                target(key, "the place for the key")?,
                target(text, "the place for the text")?,
            )
        };
        (*key, *text) = (c"".as_ptr(), c"".as_ptr());
        let tags = &decoder.ok_or_else(|| null("the decoder"))?.tags;
        let found = usize::try_from(index).ok().and_then(|index| tags.get(index));
        let found = found.ok_or_else(|| wrong(format!("tag {index} of {}", tags.len())))?;
        (*key, *text) = (found.0.as_ptr(), found.1.as_ptr());
        Ok(())
    })
}

/// What was damaged and concealed so far, a line for each; empty for a stream that is whole. Valid until the next call
/// with this decoder.
///
/// # Safety
/// `decoder` is NULL or open.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lmc_damage(decoder: *const Decoder) -> *const c_char {
    // SAFETY: as promised by the caller.
    unsafe { decoder.as_ref() }.map_or(c"".as_ptr(), |decoder| decoder.damage.as_ptr())
}
