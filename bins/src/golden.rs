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
        }
    }
}
