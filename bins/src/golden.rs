//! Streams bundled with the program for `lmc selftest`, with the hashes of their symbols.

/// A bundled stream.
pub(crate) struct Golden {
    /// The folder that it lies in: the id of its model, or its codec.
    pub(crate) model: &'static str,
    pub(crate) name: &'static str,
    pub(crate) bytes: &'static [u8],
    /// The list of the streams of its model.
    index: &'static str,
}

macro_rules! golden {
    ($model:literal: $($name:literal),*) => {
        [$(Golden {
            model: $model,
            name: $name,
            bytes: include_bytes!(concat!("../../tests/golden/", $model, "/", $name, ".lmc")),
            index: include_str!(concat!("../../tests/golden/", $model, "/index.txt")),
        }),*]
    };
}

/// Bundled pictures of the model for the squared error. Those of networks name shipped models, and stay as long as those do.
pub(crate) const PICTURES: [Golden; 5] =
    golden!["wavelet-psnr-v1": "sample-60", "alpha", "16-bit", "tiles-of-64", "effort-2"];

/// Bundled pictures of the model for what people see.
pub(crate) const PERCEPTUAL: [Golden; 2] = golden!["wavelet-perceptual-v1": "sample-60", "effort-2"];

/// Bundled lossless pictures.
pub(crate) const LOSSLESS: [Golden; 3] = golden!["lossless": "rgb", "alpha", "16-bit"];

/// All bundled sounds.
pub(crate) const SOUNDS: [Golden; 4] = {
    let [music, chords] = golden!["audio-v1": "mono-20", "stereo-60"];
    let [voice, other] = golden!["speech-v1": "voice-40", "mono-20"];
    [music, chords, voice, other]
};

/// All bundled streams.
pub(crate) fn all() -> impl Iterator<Item = &'static Golden> {
    PICTURES.iter().chain(&PERCEPTUAL).chain(&LOSSLESS).chain(&SOUNDS)
}

impl Golden {
    /// The hash of the stream's symbols, on every machine and for ever; `None` if the index does not list it.
    pub(crate) fn symbol_hash(&self) -> Option<u64> {
        // A line is: hash, symbols, PSNR or SNR, name.
        let line = self
            .index
            .lines()
            .find(|line| line.split_whitespace().next_back() == Some(self.name))?;
        u64::from_str_radix(line.split_whitespace().next()?, 16).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stream_has_a_hash() {
        for golden in all() {
            assert!(golden.symbol_hash().is_some(), "{} is not in the index", golden.name);
        }
    }
}
