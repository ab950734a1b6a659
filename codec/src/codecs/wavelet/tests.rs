//! The shipped weights: what files hold, which model they are, and what damaged ones do.

use super::*;
use crate::error::ModelHash;
use crate::weights::{StoredTensor, TensorFile};
use crate::{CodecError, ImageModel, Quality, Scale};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../weights/files");

fn shipped(name: &str) -> Vec<u8> {
    std::fs::read(format!("{FOLDER}/{name}.safetensors")).unwrap()
}

fn id_of(bytes: &[u8]) -> ModelHash {
    crate::codecs::model_of(bytes).unwrap()
}

#[test]
fn shipped_files_are_what_the_writer_writes() {
    for name in [
        "wavelet-psnr-v2",
        "wavelet-perceptual-v1",
        "audio-v1",
        "speech-v1",
        "vq-v1",
    ] {
        let bytes = shipped(name);
        assert!(
            TensorFile::parse(&bytes).unwrap().serialize().unwrap() == bytes,
            "{name}"
        );
    }
}

#[test]
fn shipped_models_of_all_codecs_have_an_id_without_their_encoders() {
    let encoders: [(&str, &[&str]); 2] = [
        ("audio-v1", &["encoder"]),
        ("speech-v1", &["encoder.first.weight", "encoder.gain"]),
    ];
    for (name, encoder) in encoders {
        let bytes = shipped(name);
        let id = crate::codecs::model_of(&bytes).unwrap();
        let mut file = TensorFile::parse(&bytes).unwrap();
        for name in encoder {
            assert!(file.tensors.remove(*name).is_some());
        }
        assert_eq!(
            crate::codecs::model_of(&file.serialize().unwrap()).unwrap(),
            id,
            "{name}"
        );
        let decoder = file.tensors.iter_mut().find(|(name, _)| name.starts_with("decoder"));
        decoder.unwrap().1.bytes.to_mut()[0] ^= 1;
        assert_ne!(
            crate::codecs::model_of(&file.serialize().unwrap()).unwrap(),
            id,
            "{name}"
        );
    }
}

#[test]
fn a_file_for_decoders_is_the_same_model() {
    let whole = shipped("wavelet-psnr-v2");
    let part = ModelFile::for_decoders(&whole).unwrap();
    assert!(part.len() + 3_000_000 < whole.len());
    assert_eq!(id_of(&part), id_of(&whole));
    let [whole, part] = [whole, part].map(|bytes| WaveletCpu::load(&bytes).unwrap());
    assert!(whole.can_encode() && !part.can_encode());
    let y_hat: Vec<i16> = (0..3 * 2 * 320).map(|at| (at * 7 % 31) as i16 - 15).collect();
    let quality = Quality::default();
    let paint = |model: &WaveletCpu| model.synthesise(&y_hat, 3, 2, quality, Scale::Full).unwrap();
    assert_eq!(paint(&part), paint(&whole));
    let window = Planes {
        height: 64,
        width: 64,
        data: vec![0.5; 3 * 64 * 64],
    };
    assert!(matches!(
        part.analyse(&window, quality),
        Err(CodecError::Unsupported(_))
    ));
    assert!(whole.analyse(&window, quality).is_ok());
}

#[test]
fn the_id_is_of_what_decides_decoding() {
    let bytes = shipped("wavelet-psnr-v2");
    let id = id_of(&bytes);
    assert_ne!(id, id_of(&shipped("wavelet-perceptual-v1")));
    let changed = |change: &dyn Fn(&mut TensorFile<'_>)| {
        let mut file = TensorFile::parse(&bytes).unwrap();
        change(&mut file);
        id_of(&file.serialize().unwrap())
    };
    let other_value = |name: &'static str| {
        move |file: &mut TensorFile<'_>| {
            let tensor: &mut StoredTensor<'_> = file.tensors.get_mut(name).unwrap();
            tensor.bytes.to_mut()[0] ^= 1;
        }
    };
    let notes = |file: &mut TensorFile<'_>| {
        let manifest = file.metadata.get_mut("manifest").unwrap();
        *manifest = manifest.replace("\"notes\":\"", "\"notes\":\"another note; ");
    };
    assert_eq!(changed(&notes), id, "notes decide nothing");
    for name in [
        "g_a.input.weight",
        "h_a.down1.bias",
        "gains.log_gain",
        "gains.log_inverse",
        "g_s.up.weight",
    ] {
        assert_eq!(changed(&other_value(name)), id, "{name} is the encoder's");
    }
    for name in ["synthesis", "prior"] {
        assert_ne!(changed(&other_value(name)), id, "{name} is the decoder's");
    }
}

#[test]
fn incomplete_and_foreign_tensors_are_refused() {
    let bytes = shipped("wavelet-psnr-v2");
    let changed = |change: &dyn Fn(&mut TensorFile<'_>)| {
        let mut file = TensorFile::parse(&bytes).unwrap();
        change(&mut file);
        ModelFile::parse(&file.serialize().unwrap())
    };
    let removed = |name: &'static str| move |file: &mut TensorFile<'_>| drop(file.tensors.remove(name));
    for name in [
        "g_s.up.weight",
        "g_a.skip.bias",
        "gains.log_inverse",
        "gains.log_gain",
        "synthesis",
        "prior",
    ] {
        let found = changed(&removed(name));
        assert!(matches!(found, Err(CodecError::Weights(_))), "{name} is missing");
    }
    let renamed = |file: &mut TensorFile<'_>| {
        let tensor = file.tensors.remove("h_a.down2.bias").unwrap();
        file.tensors.insert("other".into(), tensor);
    };
    assert!(matches!(changed(&renamed), Err(CodecError::Weights(_))));
}

/// Damage in the header and at the start of the data, where shapes, names and the manifest are.
#[test]
fn damaged_weights_are_errors_or_models() {
    let bytes = ModelFile::for_decoders(&shipped("wavelet-psnr-v2")).unwrap();
    let mut state = 7u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as usize
    };
    for _ in 0..60 {
        let mut bytes = bytes.clone();
        let at = next() % 9_000;
        bytes[at] = next() as u8;
        if next() % 8 == 0 {
            bytes.truncate(next() % bytes.len());
        }
        let _ = ModelFile::parse(&bytes);
    }
}
