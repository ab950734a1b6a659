//! Small facts of image files under the names that PNG gives them: density, gamma and the like.

/// The name of a fact, four bytes of ASCII.
pub type ExtraName = [u8; 4];

/// Facts of an image that have no other place, in the form of the PNG chunks of their names. A name occurs once.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Extras(pub(crate) Vec<(ExtraName, Vec<u8>)>);

impl Extras {
    /// Pixels a unit in x and y (4 bytes each, big-endian), and the unit: 0 unknown, 1 metre.
    pub const DENSITY: ExtraName = *b"pHYs";
    /// The gamma of the samples, times 100000 (4 bytes).
    pub const GAMMA: ExtraName = *b"gAMA";
    /// The chromaticities of white, red, green and blue, x and y, times 100000 (8 x 4 bytes).
    pub const CHROMATICITIES: ExtraName = *b"cHRM";
    /// The mastering display of an HDR image.
    pub const MASTERING: ExtraName = *b"mDCV";
    /// Light levels of an HDR image.
    pub const LIGHT: ExtraName = *b"cLLI";
    /// When the file was changed last.
    pub const TIME: ExtraName = *b"tIME";
    /// Significant bits of each channel.
    pub const BITS: ExtraName = *b"sBIT";
    /// IPTC-IIM data.
    pub const IPTC: ExtraName = *b"IPTC";

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The bytes of one.
    pub fn get(&self, name: ExtraName) -> Option<&[u8]> {
        self.entries().find(|(other, _)| *other == name).map(|(_, bytes)| bytes)
    }

    /// All names and bytes, in their order.
    pub fn entries(&self) -> impl Iterator<Item = (ExtraName, &[u8])> {
        self.0.iter().map(|(name, bytes)| (*name, bytes.as_slice()))
    }

    /// Sets one, in place of the one of the same name. They are sorted by name.
    pub fn set(&mut self, name: ExtraName, bytes: Vec<u8>) {
        self.remove(name);
        self.0.push((name, bytes));
        self.0.sort();
    }

    /// Removes one.
    pub fn remove(&mut self, name: ExtraName) {
        self.0.retain(|(other, _)| *other != name);
    }

    /// Exchanges the densities in x and y if an image was turned on its side.
    #[cfg(feature = "files")]
    pub(crate) fn turn_density(&mut self, swaps: bool) {
        let density = self
            .0
            .iter_mut()
            .find(|(name, bytes)| *name == Self::DENSITY && bytes.len() >= 8);
        if let Some((_, bytes)) = density.filter(|_| swaps) {
            bytes[..8].rotate_left(4);
        }
    }

    /// Bytes of all.
    pub(crate) fn bytes(&self) -> usize {
        self.0.iter().map(|(_, bytes)| bytes.len() + 4).sum()
    }
}
