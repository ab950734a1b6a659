//! Metrics: names, units, and the axis on which curves are compared.

use serde::{Deserialize, Serialize};

/// How good a decoded file is, as one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Metric {
    /// Peak signal-to-noise ratio over all colour samples, in dB.
    Psnr,
    /// The same of luma alone, in dB.
    PsnrY,
    /// Multi-scale structural similarity, 0 to 1; curves use its dB form.
    MsSsim,
    /// SSIMULACRA2, at most 100.
    Ssimulacra2,
    /// Butteraugli distance, 3-norm; smaller is better.
    Butteraugli,
}

impl Metric {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Psnr,
        Self::PsnrY,
        Self::MsSsim,
        Self::Ssimulacra2,
        Self::Butteraugli,
    ];

    /// Its name on the command line and in files.
    pub fn id(self) -> &'static str {
        match self {
            Self::Psnr => "psnr",
            Self::PsnrY => "psnr-y",
            Self::MsSsim => "ms-ssim",
            Self::Ssimulacra2 => "ssimulacra2",
            Self::Butteraugli => "butteraugli",
        }
    }

    /// The metric of that name.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|metric| metric.id() == id)
    }

    /// Its name for people, with the unit of [`Self::axis`].
    pub fn label(self) -> &'static str {
        match self {
            Self::Psnr => "PSNR RGB (dB)",
            Self::PsnrY => "PSNR Y (dB)",
            Self::MsSsim => "MS-SSIM (dB)",
            Self::Ssimulacra2 => "SSIMULACRA2",
            Self::Butteraugli => "Butteraugli 3-norm",
        }
    }

    /// How it is computed and averaged, in a sentence.
    pub fn explanation(self) -> &'static str {
        match self {
            Self::Psnr => {
                "From the mean squared error over all samples of red, green and blue of a picture; averages are means of the pictures' dB."
            }
            Self::PsnrY => "As PSNR RGB, of unrounded BT.601 luma (0.299 R + 0.587 G + 0.114 B, full range).",
            Self::MsSsim => {
                "Wang et al. 2003, five scales, on red, green and blue, then their mean. Averages are means of the plain value; dB is -10 log10(1 - value) of what it stands beside. Needs sides of 176 pixels."
            }
            Self::Ssimulacra2 => "SSIMULACRA 2.1; averages are means. Needs sides of 8 pixels.",
            Self::Butteraugli => {
                "Butteraugli of libjxl, 3-norm, at 80 nits; smaller is better, and BD-rates use its negative. Averages are means. Needs sides of 8 pixels."
            }
        }
    }

    /// The value on the axis of plots.
    pub fn axis(self, value: f64) -> f64 {
        match self {
            Self::MsSsim => db_of_similarity(value),
            _ => value,
        }
    }

    /// The value as a quality that rises, which curves are compared by.
    pub fn quality(self, value: f64) -> f64 {
        match self {
            Self::Butteraugli => -value,
            _ => self.axis(value),
        }
    }

    /// Whether smaller is better.
    pub fn falls(self) -> bool {
        self == Self::Butteraugli
    }

    /// Digits after the point that tables show of values.
    pub fn digits(self) -> usize {
        match self {
            Self::MsSsim => 5,
            _ => 3,
        }
    }
}

/// A similarity of 0 to 1 in dB: `-10 log10(1 - value)`.
pub fn db_of_similarity(value: f64) -> f64 {
    -10.0 * (1.0 - value).log10()
}

/// The similarity of a value in dB.
pub fn similarity_of_db(db: f64) -> f64 {
    1.0 - 10f64.powf(-db / 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_those_of_serde() {
        for metric in Metric::ALL {
            let json = serde_json::to_string(&metric).unwrap();
            assert_eq!(json, format!("\"{}\"", metric.id()));
            assert_eq!(Metric::from_id(metric.id()), Some(metric));
        }
    }

    #[test]
    fn decibels_of_similarities_go_both_ways() {
        assert!((db_of_similarity(0.99) - 20.0).abs() < 1e-9);
        assert!((similarity_of_db(db_of_similarity(0.973)) - 0.973).abs() < 1e-12);
        assert!(Metric::Butteraugli.quality(2.0) < Metric::Butteraugli.quality(1.0));
    }
}
