//! The calls as C makes them, and what C can get wrong.

use std::ffi::{CStr, c_void};
use std::ptr;

use lmc::{Code, Color, DecodeOptions, Image, Models, PixelBuffers, Samples, Scale, Unwatched};

use super::*;

mod sound;
mod video;

use sound::sound_stream;

fn picture() -> Image {
    let sample = |at: u32| ((at % 97) * 2 + at / 300 % 50) as u8;
    let samples = Samples::U8((0..150 * 90 * 3).map(sample).collect());
    let alpha = Samples::U8((0..150 * 90).map(|at| (at / 60) as u8).collect());
    Image::new(150, 90, Color::Rgb, samples, Some(alpha))
        .unwrap()
        .with_icc(Some(b"profile".to_vec()))
}

fn image_stream() -> Vec<u8> {
    lmc::encode_image(&picture(), &Default::default()).unwrap()
}

fn options() -> Options {
    Options {
        x: 0,
        y: 0,
        width: 0,
        height: 0,
        scale: 0,
        threads: 0,
        conceal: 0,
        max_side: 0,
        max_pixels: 0,
        max_samples: 0,
        max_file_bytes: 0,
        max_metadata_bytes: 0,
        max_memory_bytes: 0,
        max_channels: 0,
        reserved_flags: 0,
        watch: None,
        user: ptr::null_mut(),
        reserved: [0; 8],
    }
}

/// An open decoder that is closed at the end.
struct Open(*mut Decoder);

impl Open {
    fn new(bytes: &[u8], options: Options) -> Self {
        let mut decoder = ptr::null_mut();
        let code = unsafe { lmc_open(bytes.as_ptr(), bytes.len(), &options, &mut decoder) };
        assert_eq!(code, LMC_OK, "{}", last());
        Self(decoder)
    }

    fn size(&self) -> [u32; 2] {
        let (mut width, mut height) = (0, 0);
        let code = unsafe { lmc_image_size(self.0, &mut width, &mut height) };
        assert_eq!(code, LMC_OK, "{}", last());
        [width, height]
    }

    fn info(&self) -> Info {
        let mut info = Info::default();
        assert_eq!(unsafe { lmc_get_info(self.0, &mut info) }, LMC_OK);
        info
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        unsafe { lmc_close(self.0) };
    }
}

fn last() -> String {
    unsafe { CStr::from_ptr(lmc_last_error()) }
        .to_string_lossy()
        .into_owned()
}

#[test]
fn codes_are_those_of_the_library() {
    let codes = [
        (LMC_ERROR_IO, Code::Io),
        (LMC_ERROR_MALFORMED, Code::Malformed),
        (LMC_ERROR_UNSUPPORTED, Code::Unsupported),
        (LMC_ERROR_LIMIT, Code::Limit),
        (LMC_ERROR_MODEL, Code::Model),
        (LMC_ERROR_DESYNC, Code::Desync),
        (LMC_ERROR_PARAMETER, Code::Parameter),
        (LMC_ERROR_FILE, Code::File),
        (LMC_ERROR_CANCELLED, Code::Cancelled),
        (LMC_ERROR_INTERNAL, Code::Internal),
    ];
    for (number, code) in codes {
        assert_eq!(number, code as i32);
        let name = unsafe { CStr::from_ptr(lmc_code_name(number)) };
        assert_eq!(name.to_str().unwrap(), format!("{code:?}").to_lowercase());
    }
    assert_eq!(
        env!("LMC_C_ABI"),
        LMC_ABI_VERSION.to_string(),
        "build.rs names the library"
    );
    assert_eq!(LMC_PROBE_BYTES, lmc::Header::START_BYTES);
}

#[test]
fn pixels_are_those_of_the_decoder_in_rust() {
    let stream = image_stream();
    let wanted = lmc::decode(&stream).unwrap().image().unwrap();
    for threads in [0, 1, 3] {
        let open = Open::new(&stream, Options { threads, ..options() });
        assert_eq!(open.size(), [150, 90]);
        let (mut found, mut expected) = (vec![1; 90 * 700], vec![1; 90 * 700]);
        wanted.write_rgba8(&mut expected, 700).unwrap();
        let pixels = |format, buffer: &mut Vec<u8>, stride| unsafe {
            lmc_decode_pixels(open.0, format, buffer.as_mut_ptr(), buffer.len(), stride)
        };
        assert_eq!(pixels(LMC_RGBA8, &mut found, 700), LMC_OK, "{}", last());
        assert!(found == expected);
        wanted.write_rgb8(&mut expected, 450).unwrap();
        assert_eq!(
            pixels(LMC_RGB8, &mut found, 450),
            LMC_OK,
            "the same image in another format"
        );
        assert!(found == expected);
        assert_eq!(
            pixels(LMC_RGB8, &mut found, 449),
            LMC_ERROR_PARAMETER,
            "too short a stride"
        );
        assert_eq!(pixels(99, &mut found, 450), LMC_ERROR_PARAMETER);
        assert_eq!(
            pixels(LMC_RGBA16, &mut found, 1201),
            LMC_ERROR_PARAMETER,
            "an odd stride"
        );
    }
    let open = Open::new(&stream, options());
    let (mut found, mut expected) = (vec![0u16; 90 * 600], vec![0u16; 90 * 600]);
    wanted.write_rgba16(&mut expected, 600).unwrap();
    let buffer = found.as_mut_ptr().cast();
    assert_eq!(
        unsafe { lmc_decode_pixels(open.0, LMC_RGBA16, buffer, 90 * 1200, 1200) },
        LMC_OK
    );
    assert!(found == expected);
    let odd = unsafe { buffer.add(1) };
    assert_eq!(
        unsafe { lmc_decode_pixels(open.0, LMC_RGBA16, odd, 90 * 1200 - 2, 1200) },
        LMC_ERROR_PARAMETER
    );
}

#[test]
fn regions_and_scales_are_those_of_the_decoder_in_rust() {
    let stream = image_stream();
    let region = lmc::Rect {
        x: 31,
        y: 7,
        width: 77,
        height: 50,
    };
    for (scale, chosen) in [(0, Scale::Full), (2, Scale::Half), (8, Scale::Eighth)] {
        for region in [None, Some(region)] {
            let (x, y, width, height) = region.map_or((0, 0, 0, 0), |r| (r.x, r.y, r.width, r.height));
            let open = Open::new(
                &stream,
                Options {
                    scale,
                    x,
                    y,
                    width,
                    height,
                    ..options()
                },
            );
            let decode = DecodeOptions::default().with_region(region).with_scale(chosen);
            let stream = lmc::open_with(&stream[..], &Models::default(), decode).unwrap();
            let wanted = stream.image(&mut Unwatched).unwrap().picture;
            assert_eq!(open.size(), [wanted.width(), wanted.height()]);
            let row = wanted.width() as usize * 3;
            let mut found = vec![0; row * wanted.height() as usize];
            let (buffer, length) = (found.as_mut_ptr(), found.len());
            assert_eq!(
                unsafe { lmc_decode_pixels(open.0, LMC_RGB8, buffer, length, row) },
                LMC_OK
            );
            assert!(found == wanted.to_rgb8());
        }
    }
}

#[test]
fn metadata_arrive() {
    let open = Open::new(&image_stream(), options());
    let (mut bytes, mut length) = (ptr::null(), 0);
    assert_eq!(
        unsafe { lmc_metadata(open.0, LMC_ICC, &mut bytes, &mut length) },
        LMC_OK
    );
    assert_eq!(unsafe { std::slice::from_raw_parts(bytes, length) }, b"profile");
    assert_eq!(
        unsafe { lmc_metadata(open.0, LMC_XMP, &mut bytes, &mut length) },
        LMC_OK
    );
    assert!(bytes.is_null() && length == 0);
    assert_eq!(
        unsafe { lmc_metadata(open.0, 77, &mut bytes, &mut length) },
        LMC_ERROR_PARAMETER
    );
    let info = open.info();
    assert_eq!((info.kind, info.colors, info.bits, info.alpha), (LMC_IMAGE, 3, 8, 1));
}

#[test]
fn null_is_an_error_and_never_a_crash() {
    let stream = image_stream();
    let (none, mut decoder) = (ptr::null_mut::<Decoder>(), ptr::dangling_mut());
    unsafe {
        assert_eq!(lmc_open(ptr::null(), 9, ptr::null(), &mut decoder), LMC_ERROR_PARAMETER);
        assert!(decoder.is_null(), "a failure leaves no decoder");
        assert_eq!(lmc_open(ptr::null(), 0, ptr::null(), &mut decoder), LMC_ERROR_MALFORMED);
        assert_eq!(
            lmc_open(stream.as_ptr(), stream.len(), ptr::null(), ptr::null_mut()),
            LMC_ERROR_PARAMETER
        );
        lmc_close(none);
        assert_eq!(CStr::from_ptr(lmc_damage(none)), c"");
        assert_eq!(lmc_probe(ptr::null(), 40), LMC_NONE);
        assert_eq!(lmc_add_weights(ptr::null(), 40), LMC_ERROR_PARAMETER);
        let (mut a, mut b, mut done) = (0, 0, 0);
        assert_eq!(lmc_image_size(none, &mut a, &mut b), LMC_ERROR_PARAMETER);
        assert_eq!(
            lmc_decode_pixels(none, LMC_RGB8, ptr::null_mut(), 0, 0),
            LMC_ERROR_PARAMETER
        );
        assert_eq!(lmc_read_f32(none, ptr::null_mut(), 0, &mut done), LMC_ERROR_PARAMETER);
        assert_eq!(lmc_read_i16(none, ptr::null_mut(), 0, &mut done), LMC_ERROR_PARAMETER);
        assert_eq!(lmc_get_info(none, ptr::null_mut()), LMC_ERROR_PARAMETER);
        let open = Open::new(&stream, options());
        assert_eq!(lmc_image_size(open.0, ptr::null_mut(), &mut b), LMC_ERROR_PARAMETER);
        assert_eq!(lmc_get_info(open.0, ptr::null_mut()), LMC_ERROR_PARAMETER);
        assert_eq!(
            lmc_decode_pixels(open.0, LMC_RGB8, ptr::null_mut(), 9, 9),
            LMC_ERROR_PARAMETER
        );
        assert!(last().contains("NULL"), "{}", last());
        assert_eq!(
            lmc_read_f32(open.0, ptr::dangling_mut(), 0, &mut done),
            LMC_ERROR_PARAMETER,
            "no sound"
        );
    }
    assert_eq!(Open::new(&stream, options()).size(), [150, 90]);
    assert_eq!(last(), "", "a call that succeeds leaves no message");
}

#[test]
fn damage_is_an_error_or_concealed() {
    let mut stream = image_stream();
    let at = stream.len() - 40;
    stream[at] ^= 1;
    let mut row = vec![0; 450 * 90];
    let broken = Open::new(&stream, options());
    let pixels = |open: &Open, row: &mut Vec<u8>| unsafe {
        lmc_decode_pixels(open.0, LMC_RGB8, row.as_mut_ptr(), row.len(), 450)
    };
    assert_eq!(pixels(&broken, &mut row), LMC_ERROR_MALFORMED);
    assert!(last().starts_with("malformed stream at byte"), "{}", last());
    assert_eq!(pixels(&broken, &mut row), LMC_ERROR_PARAMETER, "and it stays so");
    let mended = Open::new(
        &stream,
        Options {
            conceal: 1,
            ..options()
        },
    );
    assert_eq!(pixels(&mended, &mut row), LMC_OK);
    let damage = unsafe { CStr::from_ptr(lmc_damage(mended.0)) };
    assert!(!damage.is_empty());
}

unsafe extern "C" fn stop(user: *mut c_void, _: u64, _: u64) -> i32 {
    let calls = unsafe { &*user.cast::<std::sync::atomic::AtomicU32>() };
    calls.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    1
}

#[test]
fn watchers_cancel() {
    let calls = std::sync::atomic::AtomicU32::new(0);
    let user = ptr::from_ref(&calls).cast_mut().cast();
    let open = Open::new(
        &image_stream(),
        Options {
            watch: Some(stop),
            user,
            threads: 1,
            ..options()
        },
    );
    let mut row = vec![0; 450 * 90];
    let code = unsafe { lmc_decode_pixels(open.0, LMC_RGB8, row.as_mut_ptr(), row.len(), 450) };
    assert_eq!(code, LMC_ERROR_CANCELLED);
    assert_eq!(calls.into_inner(), 1);
}

#[test]
fn options_out_of_range_are_refused() {
    let stream = image_stream();
    let mut reserved = [0; 8];
    reserved[7] = 1;
    for (wrong, code) in [
        (Options { scale: 3, ..options() }, LMC_ERROR_PARAMETER),
        (
            Options {
                threads: 5000,
                ..options()
            },
            LMC_ERROR_PARAMETER,
        ),
        (Options { reserved, ..options() }, LMC_ERROR_PARAMETER),
        (
            Options {
                max_pixels: 100,
                ..options()
            },
            LMC_ERROR_LIMIT,
        ),
    ] {
        let mut decoder = ptr::null_mut();
        assert_eq!(
            unsafe { lmc_open(stream.as_ptr(), stream.len(), &wrong, &mut decoder) },
            code
        );
    }
    let outside = Open::new(
        &stream,
        Options {
            x: 149,
            width: 2,
            height: 1,
            ..options()
        },
    );
    let (mut width, mut height) = (0, 0);
    assert_eq!(
        unsafe { lmc_image_size(outside.0, &mut width, &mut height) },
        LMC_ERROR_PARAMETER
    );
}

#[test]
fn probes_tell_media() {
    let probe = |bytes: &[u8]| unsafe { lmc_probe(bytes.as_ptr(), bytes.len()) };
    assert_eq!(probe(&image_stream()), LMC_IMAGE);
    assert_eq!(probe(&sound_stream()), LMC_SOUND);
    assert_eq!(probe(&sound_stream()[..LMC_PROBE_BYTES - 3]), LMC_NONE);
    assert_eq!(probe(b"\x89PNG\r\n\x1a\n-----------------------"), LMC_NONE);
}

#[test]
fn panics_do_not_cross_the_border() {
    assert_eq!(border::call(|| panic!("of a test")), LMC_ERROR_INTERNAL);
    assert!(last().contains("of a test"));
}

/// The header, as far as one can tell without the program that makes it.
#[test]
fn the_header_has_every_call() {
    let header = include_str!("../include/lmc.h");
    let sources = [
        include_str!("lib.rs"),
        include_str!("code.rs"),
        include_str!("decoder.rs"),
        include_str!("image.rs"),
        include_str!("info.rs"),
        include_str!("sound.rs"),
        include_str!("text.rs"),
        include_str!("weights.rs"),
    ];
    let lines = sources.iter().flat_map(|source| source.lines());
    let calls = lines
        .filter_map(|line| line.split_once("extern \"C\" fn "))
        .map(|(_, call)| call);
    let names: Vec<&str> = calls.filter_map(|call| call.split('(').next()).collect();
    assert!(names.len() > 12, "{names:?}");
    for name in names {
        assert!(header.contains(&format!("{name}(")), "{name} is not in the header");
    }
    assert!(header.contains("#define LMC_ERROR_INTERNAL 10"));
}
