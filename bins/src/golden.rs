//! Streams bundled with the program for `lmc selftest`, with the hashes of their symbols.

use lmc_codec::PixelHash;

/// A bundled stream.
pub(crate) struct Golden {
    /// The folder that it lies in: the id of its model, or its codec.
    pub(crate) model: &'static str,
    pub(crate) name: &'static str,
    pub(crate) bytes: &'static [u8],
    /// The list of the streams of its model.
    index: &'static str,
}

/// The streams that the folders of golden streams list in `bundled.txt`. Those of networks name shipped models, and stay as
/// long as those do.
const BUNDLED: &[Golden] = include!(concat!(env!("OUT_DIR"), "/golden.rs"));

/// All bundled streams.
pub(crate) fn all() -> impl Iterator<Item = &'static Golden> {
    BUNDLED.iter()
}

impl Golden {
    /// The hash of the stream's symbols, on every machine and for ever; `None` if the index does not list it.
    pub(crate) fn symbol_hash(&self) -> Option<u64> {
        u64::from_str_radix(self.fields()?.next()?, 16).ok()
    }

    /// The hash of its pixels or samples, the same on every machine; `None` where they are the symbols.
    pub(crate) fn hash(&self) -> Option<PixelHash> {
        let digits = self.fields()?.nth(3).filter(|digits| digits.len() == 32)?;
        Some(PixelHash(u128::from_str_radix(digits, 16).ok()?.to_be_bytes()))
    }

    /// The fields of its line: the hash of symbols, their number, PSNR or SNR, for most the hash of pixels or samples, the name.
    fn fields(&self) -> Option<impl Iterator<Item = &'static str> + use<>> {
        let of_this = |line: &&str| line.split_whitespace().next_back() == Some(self.name);
        Some(self.index.lines().find(of_this)?.split_whitespace())
    }
}

#[cfg(test)]
mod tests {
    use lmc_codec::codecs::Registry;

    use super::*;

    #[test]
    fn every_codec_has_streams_and_every_stream_a_hash() {
        for row in Registry::default().rows() {
            let of_row = |golden: &Golden| golden.model.split('-').next() == Some(row.name);
            assert!(all().any(of_row), "no stream of the codec {}", row.name);
        }
        for golden in all() {
            assert!(golden.symbol_hash().is_some(), "{} is not in the index", golden.name);
            assert_eq!(golden.hash().is_some(), golden.model != "lossless", "{}", golden.name);
        }
    }
}
