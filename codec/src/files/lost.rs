//! What a file does not hold of the image written into it.

use crate::container::{ExtraName, Extras};

/// What a file does not hold of the image written into it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Lost {
    /// The ICC profile: colours may look different.
    pub icc: bool,
    /// The code points of the colours: they look different.
    pub cicp: bool,
    /// Gamma and primaries: colours may look different.
    pub gamma: bool,
    /// The light levels of an HDR image.
    pub light: bool,
    /// The EXIF data.
    pub exif: bool,
    /// The XMP packet.
    pub xmp: bool,
    /// The IPTC data.
    pub iptc: bool,
    /// Title, comments and other texts.
    pub texts: bool,
    /// The density.
    pub density: bool,
    /// Other facts: when it was changed, how many bits of its samples tell something.
    pub other: bool,
    /// 16-bit samples were rounded to 8 bits.
    pub depth: bool,
    /// Alpha, which was opaque everywhere.
    pub alpha: bool,
}

impl Lost {
    /// The names of all that is lost.
    pub fn names(&self) -> Vec<&'static str> {
        let all = [
            (self.icc, "ICC profile"),
            (self.cicp, "meaning of the colours (CICP)"),
            (self.gamma, "gamma and primaries"),
            (self.light, "light levels of HDR"),
            (self.exif, "EXIF data"),
            (self.xmp, "XMP packet"),
            (self.iptc, "IPTC data"),
            (self.texts, "texts"),
            (self.density, "density"),
            (self.other, "time of change and significant bits"),
            (self.depth, "16-bit samples"),
            (self.alpha, "alpha (opaque everywhere)"),
        ];
        all.into_iter()
            .filter_map(|(lost, name)| lost.then_some(name))
            .collect()
    }

    /// Notes the loss of a fact.
    pub(super) fn extra(&mut self, name: ExtraName) {
        match name {
            Extras::DENSITY => self.density = true,
            Extras::GAMMA | Extras::CHROMATICITIES => self.gamma = true,
            Extras::MASTERING | Extras::LIGHT => self.light = true,
            Extras::IPTC => self.iptc = true,
            _ => self.other = true,
        }
    }
}
