//! Sounds as C reads them.

use lmc::{Sound, SoundSpec};

use super::*;

pub(super) fn sound_stream() -> Vec<u8> {
    let format = lmc::SampleFormat::Int16;
    let spec = SoundSpec {
        rate: 32_000,
        channels: 2,
        format,
    };
    let samples = (0..40_000).map(|i| (i as f32 * 0.03).sin() * 0.4).collect();
    let mut tags = lmc::codec::sound::Tags::default();
    tags.add(lmc::codec::sound::Tag::Title, "A tone");
    let mut source = Sound::new(spec, samples).unwrap().with_tags(tags);
    lmc::encode_sound(&mut source, "audio", &Default::default()).unwrap()
}

#[test]
fn samples_are_those_of_the_decoder_in_rust() {
    let stream = sound_stream();
    let wanted = lmc::decode(&stream).unwrap().sound().unwrap();
    let open = Open::new(
        &stream,
        Options {
            threads: 2,
            ..options()
        },
    );
    let info = open.info();
    assert_eq!(
        (info.kind, info.rate, info.channels, info.samples),
        (LMC_SOUND, 32_000, 2, 20_000)
    );
    let (mut key, mut text) = (ptr::null(), ptr::null());
    assert_eq!(unsafe { lmc_tag(open.0, 0, &mut key, &mut text) }, LMC_OK);
    let [key, text] = [key, text].map(|text| unsafe { CStr::from_ptr(text) }.to_str().unwrap());
    assert_eq!((info.tags, key, text), (1, "title", "A tone"));
    let (mut found, mut done) = (Vec::new(), 1);
    while done > 0 {
        let mut piece = vec![0.0; 2 * 777];
        let code = unsafe { lmc_read_f32(open.0, piece.as_mut_ptr(), 777, &mut done) };
        assert_eq!(code, LMC_OK, "{}", last());
        found.extend_from_slice(&piece[..2 * done]);
    }
    assert!(found == wanted.samples());
    let open = Open::new(&stream, options());
    let mut found = vec![0i16; 2 * 30_000];
    assert_eq!(
        unsafe { lmc_read_i16(open.0, found.as_mut_ptr(), 30_000, &mut done) },
        LMC_OK
    );
    assert_eq!(done, 20_000, "all at once");
    let near = |(found, wanted): (&i16, &f32)| (f32::from(*found) - wanted * 32_768.0).abs() <= 0.5;
    assert!(found.iter().zip(wanted.samples()).all(near));
}
