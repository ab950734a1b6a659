//! The readers of weights files.

use lmc_codec::Quality;
use lmc_codec::sound::SoundCodec;
use lmc_codec::weights::{ManifestHead, Storage, read_tensors, write_tensors};
use lmc_models::zoo::{self, ModelFile};

/// Any bytes as a weights file: files that parse can be written, and models that load can be used.
pub fn weights(data: &[u8]) {
    let Ok(contents) = read_tensors(data) else {
        // Manifests are read without the tensors.
        drop(ManifestHead::parse(data));
        assert!(ModelFile::parse(data).is_err() && zoo::load_sound(data).is_err());
        return;
    };
    let written = write_tensors(
        &contents.params,
        Storage::Single,
        &contents.blobs,
        contents.metadata.clone(),
    );
    let again = read_tensors(&written.expect("what was read can be written")).expect("what was written can be read");
    assert_eq!((again.blobs, again.metadata), (contents.blobs, contents.metadata));
    assert!(again.params.keys().eq(contents.params.keys()));
    drop(ModelFile::parse(data));
    if let Ok(codec) = zoo::load_sound(data) {
        use_sound_codec(&*codec);
    }
}

/// Packets of a codec whose weights may be anything that its checks accept.
fn use_sound_codec(codec: &dyn SoundCodec) {
    let quality = Quality::from_hundredths(5000).expect("in range");
    for packet in [&[][..], &[0; 40], &[0x5a; 200]] {
        let Ok(symbols) = codec.read(packet, 1, quality) else {
            continue;
        };
        let samples = codec.synthesise(None, &symbols, None, 1, quality);
        let samples = samples.expect("what was read can be heard");
        assert_eq!(samples[0].len(), codec.packet_samples());
    }
}
