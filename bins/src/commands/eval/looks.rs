//! Metrics of looks: features of frozen networks, in builds with Burn.

use std::collections::BTreeMap;
use std::path::Path;

use lmc_eval::metric::Metric;
use lmc_eval::pictures::Rgb;
use lmc_eval::pictures::metrics::Meters as PictureMeters;

use super::kind::Meters;

/// The metrics that need networks.
const OF_LOOKS: [Metric; 3] = [Metric::StLpips, Metric::StLpipsAlex, Metric::DistsLike];

/// What computes the metrics of pictures; those of looks only with a file of networks.
pub(super) fn meters(metrics: &mut Vec<Metric>, file: Option<&Path>) -> Meters<Rgb> {
    let plain = Meters {
        meter: Box::new(PictureMeters),
        versions: BTreeMap::new(),
        notes: Vec::new(),
    };
    let wanted: Vec<Metric> = OF_LOOKS.into_iter().filter(|metric| metrics.contains(metric)).collect();
    if wanted.is_empty() {
        return plain;
    }
    let opened = file.ok_or_else(|| "--looks does not name their networks".to_owned());
    match opened.and_then(|file| networks::open(file, &wanted)) {
        Ok(meter) => Meters {
            meter: Box::new(meter),
            ..plain
        },
        Err(reason) => {
            metrics.retain(|metric| !wanted.contains(metric));
            let note = |metric: &Metric| format!("{} is left out: {reason}", metric.id());
            Meters {
                notes: wanted.iter().map(note).collect(),
                ..plain
            }
        }
    }
}

#[cfg(not(feature = "full"))]
mod networks {
    use super::{Metric, Path, PictureMeters};

    pub(super) fn open(_: &Path, _: &[Metric]) -> Result<PictureMeters, String> {
        Err("this build has no networks: build it with --features full".to_owned())
    }
}

#[cfg(feature = "full")]
mod networks {
    use std::collections::VecDeque;
    use std::sync::{Arc, Mutex};

    use lmc_eval::media::Meter;
    use lmc_models::looks::{Comparison, Looks, LooksNetwork, Picture};
    use lmc_models::zoo::read_tensors;

    use super::{Metric, Path, PictureMeters, Rgb};

    /// Originals whose features are kept: curves ask for the same one again and again.
    const KEPT: usize = 4;

    /// Metrics of looks, and all others.
    pub(super) struct LooksMeters {
        networks: Vec<(Looks, LooksNetwork)>,
        originals: Mutex<VecDeque<Original>>,
    }

    /// The features of an original.
    struct Original {
        looks: Looks,
        picture: Rgb,
        features: Arc<Picture>,
    }

    pub(super) fn open(file: &Path, metrics: &[Metric]) -> Result<LooksMeters, String> {
        let name = file.display();
        let bytes = std::fs::read(file).map_err(|error| format!("{name}: {error}"))?;
        let params = read_tensors(&bytes).map_err(|error| format!("{name}: {error}"))?.params;
        let both = [Looks::Vgg, Looks::Alex].into_iter();
        let networks = both.filter(|looks| metrics.iter().any(|metric| network_of(*metric) == Some(*looks)));
        let networks = networks.map(|looks| {
            let network = LooksNetwork::on_cpu(looks, &params).map_err(|error| format!("{name}: {error}"))?;
            Ok((looks, network))
        });
        Ok(LooksMeters {
            networks: networks.collect::<Result<_, String>>()?,
            originals: Mutex::default(),
        })
    }

    fn network_of(metric: Metric) -> Option<Looks> {
        match metric {
            Metric::StLpips | Metric::DistsLike => Some(Looks::Vgg),
            Metric::StLpipsAlex => Some(Looks::Alex),
            _ => None,
        }
    }

    impl Meter<Rgb> for LooksMeters {
        fn version(&self, metric: Metric) -> Option<String> {
            PictureMeters.version(metric)
        }

        fn measure(&self, metric: Metric, original: &Rgb, decoded: &Rgb) -> Result<Option<f64>, String> {
            let mut networks = self.networks.iter();
            let network = network_of(metric).and_then(|wanted| networks.find(|(looks, _)| *looks == wanted));
            let Some((looks, network)) = network else {
                return PictureMeters.measure(metric, original, decoded);
            };
            let sizes = [original, decoded].map(|rgb| (rgb.width(), rgb.height()));
            if sizes[0] != sizes[1] || sizes[0].0.min(sizes[0].1) < Comparison::LEAST_SIDE {
                return Ok(None);
            }
            let original = self.original(*looks, network, original);
            let decoded = picture(network, decoded);
            let comparison = Comparison::new(network, &original, &decoded);
            Ok(Some(match metric {
                Metric::DistsLike => comparison.dists_like(),
                _ => comparison.st_lpips(),
            }))
        }
    }

    impl LooksMeters {
        fn original(&self, looks: Looks, network: &LooksNetwork, rgb: &Rgb) -> Arc<Picture> {
            let lock = || self.originals.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            let known = lock()
                .iter()
                .find(|known| known.looks == looks && known.picture == *rgb)
                .map(|known| Arc::clone(&known.features));
            if let Some(known) = known {
                return known;
            }
            let features = Arc::new(picture(network, rgb));
            let mut originals = lock();
            originals.truncate(KEPT - 1);
            originals.push_front(Original {
                looks,
                picture: rgb.clone(),
                features: Arc::clone(&features),
            });
            features
        }
    }

    fn picture(network: &LooksNetwork, rgb: &Rgb) -> Picture {
        Picture::of_rgb8(network, rgb.samples(), [rgb.height() as usize, rgb.width() as usize])
    }
}
