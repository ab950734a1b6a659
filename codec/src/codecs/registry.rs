//! The only list of codecs.

use super::row::Row;
use super::{lossless, overfit, vq, wavelet};
use crate::container::{CodecId, MediaKind};
use crate::quality::Quality;

/// The codecs that a program knows. The default are those of this crate.
///
/// ```
/// use lmc_codec::codecs::Registry;
///
/// let registry = Registry::default();
/// let lossless = registry.named("lossless").ok_or("not there")?;
/// assert_eq!(registry.find(lossless.id).map(|row| row.name), Some("lossless"));
/// # Ok::<(), &str>(())
/// ```
#[derive(Debug, Clone)]
pub struct Registry {
    rows: Vec<Row>,
}

impl Default for Registry {
    fn default() -> Self {
        Self {
            rows: Vec::from([
                wavelet::ROW,
                #[cfg(feature = "sounds")]
                super::audio::ROW,
                #[cfg(feature = "sounds")]
                super::speech::ROW,
                lossless::ROW,
                vq::ROW,
                #[cfg(feature = "video")]
                super::video::ROW,
                overfit::ROW,
            ]),
        }
    }
}

impl Registry {
    /// With one codec more. One with a number that is taken replaces the codec that had it.
    pub fn with(mut self, row: Row) -> Self {
        self.rows.retain(|other| other.id != row.id);
        self.rows.push(row);
        self
    }

    /// All codecs.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The codec of a header.
    pub fn find(&self, id: CodecId) -> Option<&Row> {
        self.rows.iter().find(|row| row.id == id)
    }

    /// The codec that users call by this name.
    pub fn named(&self, name: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.name == name)
    }

    /// The codec that codes one kind of media at a quality where none was asked for by name.
    pub fn usual(&self, media: MediaKind, quality: Quality) -> Option<&Row> {
        self.of(media).find(|row| row.takes(quality))
    }

    /// The codec that codes one kind of media at rates below those of the usual codecs.
    pub fn extreme(&self, media: MediaKind) -> Option<&Row> {
        self.of(media).find(|row| row.is_for_extreme_rates)
    }

    /// The codecs of one kind of media.
    pub fn of(&self, media: MediaKind) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(move |row| row.media == media)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_names_are_unique() {
        let registry = Registry::default();
        for row in registry.rows() {
            assert_eq!(registry.find(row.id).map(|found| found.name), Some(row.name));
            assert_eq!(registry.named(row.name).map(|found| found.id), Some(row.id));
        }
        let count = registry.rows().len();
        assert_eq!(registry.clone().with(lossless::ROW).rows().len(), count);
    }

    #[test]
    fn every_quality_has_one_codec() {
        let registry = Registry::default();
        for quality in 0..=Quality::MAX {
            let quality = Quality::from_hundredths(quality).unwrap();
            for media in [MediaKind::Image, MediaKind::Sound] {
                assert_eq!(
                    registry.of(media).filter(|row| row.takes(quality)).count(),
                    1,
                    "{quality:?}"
                );
            }
        }
    }
}
