//! Metrics: names, units, and the axis on which curves are compared.

use serde::{Deserialize, Serialize};

use crate::media::Medium;

/// How good a decoded file is, as one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Metric {
    /// Peak signal-to-noise ratio over all colour samples, in dB.
    Psnr,
    /// The same of luma alone, in dB.
    PsnrY,
    /// The mean of those of luma and of both colour differences, weighted 6:1:1, in dB.
    PsnrYuv,
    /// Multi-scale structural similarity, 0 to 1; curves use its dB form.
    MsSsim,
    /// SSIMULACRA2, at most 100.
    Ssimulacra2,
    /// Butteraugli distance, 3-norm; smaller is better.
    Butteraugli,
    /// Shift-tolerant LPIPS with features of VGG16; smaller is better.
    StLpips,
    /// The same with features of AlexNet.
    StLpipsAlex,
    /// Structure and texture of the features of [`Self::StLpips`], as DISTS has them but unweighted; smaller is better.
    DistsLike,
    /// VMAF, 0 to 100.
    Vmaf,
    /// ViSQOL in its mode for audio, a mean opinion score of 1 to 5.
    Visqol,
    /// ViSQOL in its mode for speech, a mean opinion score of 1 to 5.
    VisqolSpeech,
    /// Scale-invariant signal-to-distortion ratio, in dB.
    SiSdr,
    /// Distance of logarithmic mel spectra at several resolutions, in dB; smaller is better.
    Mel,
    /// Short-time objective intelligibility, about 0 to 1.
    Stoi,
    /// Wide-band PESQ, a mean opinion score of 1 to 4.64.
    Pesq,
}

impl Metric {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::Psnr,
        Self::PsnrY,
        Self::PsnrYuv,
        Self::MsSsim,
        Self::Ssimulacra2,
        Self::Butteraugli,
        Self::StLpips,
        Self::StLpipsAlex,
        Self::DistsLike,
        Self::Vmaf,
        Self::Visqol,
        Self::VisqolSpeech,
        Self::SiSdr,
        Self::Mel,
        Self::Stoi,
        Self::Pesq,
    ];

    /// Those of a medium.
    pub fn of(medium: Medium) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |metric| metric.is_of(medium))
    }

    /// Whether it measures files of a medium.
    pub fn is_of(self, medium: Medium) -> bool {
        match self {
            Self::Psnr | Self::PsnrY | Self::MsSsim => medium != Medium::Sound,
            Self::Ssimulacra2 | Self::Butteraugli => medium == Medium::Pictures,
            Self::StLpips | Self::StLpipsAlex | Self::DistsLike => medium == Medium::Pictures,
            Self::PsnrYuv | Self::Vmaf => medium == Medium::Video,
            Self::Visqol | Self::VisqolSpeech | Self::SiSdr | Self::Mel | Self::Stoi | Self::Pesq => {
                medium == Medium::Sound
            }
        }
    }

    /// Its name on the command line and in files.
    pub fn id(self) -> &'static str {
        match self {
            Self::Psnr => "psnr",
            Self::PsnrY => "psnr-y",
            Self::PsnrYuv => "psnr-yuv",
            Self::MsSsim => "ms-ssim",
            Self::Ssimulacra2 => "ssimulacra2",
            Self::Butteraugli => "butteraugli",
            Self::StLpips => "st-lpips",
            Self::StLpipsAlex => "st-lpips-alex",
            Self::DistsLike => "dists-like",
            Self::Vmaf => "vmaf",
            Self::Visqol => "visqol",
            Self::VisqolSpeech => "visqol-speech",
            Self::SiSdr => "si-sdr",
            Self::Mel => "mel",
            Self::Stoi => "stoi",
            Self::Pesq => "pesq",
        }
    }

    /// The metric of that name.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|metric| metric.id() == id)
    }

    /// Its name for people, with the unit of [`Self::axis`].
    pub const fn label(self) -> &'static str {
        match self {
            Self::Psnr => "PSNR RGB (dB)",
            Self::PsnrY => "PSNR Y (dB)",
            Self::PsnrYuv => "PSNR YUV 6:1:1 (dB)",
            Self::MsSsim => "MS-SSIM (dB)",
            Self::Ssimulacra2 => "SSIMULACRA2",
            Self::Butteraugli => "Butteraugli 3-norm",
            Self::StLpips => "ST-LPIPS (VGG16)",
            Self::StLpipsAlex => "ST-LPIPS (AlexNet)",
            Self::DistsLike => "DISTS-like (VGG16)",
            Self::Vmaf => "VMAF",
            Self::Visqol => "ViSQOL audio (MOS-LQO)",
            Self::VisqolSpeech => "ViSQOL speech (MOS-LQO)",
            Self::SiSdr => "SI-SDR (dB)",
            Self::Mel => "mel distance (dB)",
            Self::Stoi => "STOI",
            Self::Pesq => "PESQ wide band (MOS-LQO)",
        }
    }

    /// How it is computed and averaged for files of a medium, in a sentence.
    pub fn explanation(self, medium: Medium) -> &'static str {
        match self {
            Self::Psnr if medium == Medium::Video => {
                "From the mean squared error over all samples of red, green and blue of 8 bits of a frame, at most 78.1 dB; mean over the frames' dB, then over the files'."
            }
            Self::PsnrY if medium == Medium::Video => {
                "From the mean squared error of a frame's luma as it is stored, at most 78.1 dB at 8 bits; mean over the frames' dB, then over the files'."
            }
            Self::PsnrYuv => {
                "The mean, weighted 6:1:1, of the PSNR of luma and of both colour differences of a frame as they are stored, each at most 78.1 dB at 8 bits; mean over the frames, then over the files. Of gray, that of luma."
            }
            Self::MsSsim if medium == Medium::Video => {
                "Wang et al. 2003, five scales, on red, green and blue of each frame; mean over the frames, then over the files, of the plain value. dB is -10 log10(1 - value). Needs sides of 176 pixels."
            }
            Self::Vmaf => {
                "VMAF by the filter libvmaf of the program ffmpeg with its default model, mean over the frames, then over the files."
            }
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
            Self::StLpips => {
                "Shift-tolerant LPIPS (Ghildyal and Liu 2022) with the weights of the Python package stlpips-pytorch 0.0.2, VGG16: squared differences of unit features, weighted by channel, averaged over places, summed over five layers, of whole pictures. Smaller is better, and BD-rates use its negative. Averages are means. Needs sides of 32 pixels."
            }
            Self::StLpipsAlex => "As ST-LPIPS (VGG16), with the features of AlexNet.",
            Self::DistsLike => {
                "Not DISTS: 1 minus the mean, over the channels of five layers of the VGG16 of ST-LPIPS, of how much means and structures of features agree (Ding et al. 2020, equations 3 and 4), without learned weights. Smaller is better, and BD-rates use its negative. Averages are means. Needs sides of 32 pixels."
            }
            Self::Visqol => {
                "ViSQOL 3 in its mode for audio, by the Python package visqol-python, on the mean of the channels at 48 kHz: the opinion score that listeners would give, 1 to 5. Averages are means."
            }
            Self::VisqolSpeech => {
                "ViSQOL 3 in its mode for speech, by the Python package visqol-python, on the mean of the channels at 16 kHz. The version says which mapping to opinion scores is meant: lattice is the default of ViSQOL itself, polynomial is much kinder to distortion. Averages are means."
            }
            Self::SiSdr => {
                "Le Roux et al. 2019: power of the original, scaled to fit, over that of what is left, all channels as one signal, means not removed. Averages are means of dB."
            }
            Self::Mel => {
                "Mean difference of the levels in mel bands, in dB, levels under -100 dB of full scale raised to that; over windows of 128, 256, 512, 1024 and 2048 samples (Hann, a quarter of a window apart) with 8, 16, 32, 64 and 128 triangular bands from 0 Hz to half of the rate, and all channels. Smaller is better, and BD-rates use its negative. Averages are means."
            }
            Self::Stoi => {
                "Taal et al. 2011 (plain, not extended), on the mean of the channels at 10 kHz. Averages are means. Needs about half a second of sound that is not silent."
            }
            Self::Pesq => {
                "ITU-T P.862.2 (wide band) by the Python package pesq, on the mean of the channels at 16 kHz. Averages are means."
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
        if self.falls() { -value } else { self.axis(value) }
    }

    /// Whether smaller is better.
    pub fn falls(self) -> bool {
        matches!(
            self,
            Self::Butteraugli | Self::StLpips | Self::StLpipsAlex | Self::DistsLike | Self::Mel
        )
    }

    /// Digits after the point that tables show of values.
    pub fn digits(self) -> usize {
        match self {
            Self::MsSsim => 5,
            Self::Stoi | Self::StLpips | Self::StLpipsAlex | Self::DistsLike => 4,
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
    fn every_metric_is_of_a_medium() {
        let media = [Medium::Pictures, Medium::Sound, Medium::Video];
        let count = |metric: Metric| media.iter().filter(|&&medium| metric.is_of(medium)).count();
        assert!(Metric::ALL.into_iter().all(|metric| count(metric) > 0));
        assert!(Metric::of(Medium::Sound).all(|metric| count(metric) == 1));
        assert_eq!(Metric::of(Medium::Video).count(), 5);
    }

    #[test]
    fn decibels_of_similarities_go_both_ways() {
        assert!((db_of_similarity(0.99) - 20.0).abs() < 1e-9);
        assert!((similarity_of_db(db_of_similarity(0.973)) - 0.973).abs() < 1e-12);
        for falling in [Metric::Butteraugli, Metric::Mel] {
            assert!(falling.quality(2.0) < falling.quality(1.0));
        }
    }
}
