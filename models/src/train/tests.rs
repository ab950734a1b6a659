//! A task of a few lines, through the whole trainer: train, cancel, fail, go on, export.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use burn::tensor::{Device, Tensor, TensorData};
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use serde::{Deserialize, Serialize};

use super::*;
use crate::nn::{Linear, Precision};
use crate::wavelet::{NamedTensor, Params, export_params, import_params};
use crate::zoo::{Manifest, Storage, read_tensors, write_tensors};
use crate::{ModelError, Result};

/// Settings: the mean of five inputs is to be learned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct ToySettings {
    steps: u64,
    batch: usize,
    learning_rate: f64,
    optimiser: Optimiser,
}

impl Default for ToySettings {
    fn default() -> Self {
        Self {
            steps: 24,
            batch: 3,
            learning_rate: 0.049_921_956_056_175_55,
            optimiser: Optimiser::Soap,
        }
    }
}

impl Settings for ToySettings {
    fn check(&self) -> Result<()> {
        Ok(())
    }

    fn pace(&self) -> Pace {
        Pace {
            steps: self.steps,
            batch: self.batch,
            seed: 7,
            evaluate_every: 4,
            checkpoint_every: 5,
        }
    }
}

/// Random numbers that follow from the step; unreadable from the step on that a file in the folder of the run names.
struct ToyData {
    batch: usize,
    fails_at: Option<u64>,
}

impl Data for ToyData {
    type Batch = Vec<f32>;

    fn batches(&self, step: u64) -> Result<Batches<Vec<f32>>> {
        let (count, fails_at) = (5 * self.batch as u64, self.fails_at);
        Ok(Box::new((step..).map(move |step| {
            if fails_at.is_some_and(|at| step >= at) {
                return Err(ModelError::Parameter("the disk is gone".into()));
            }
            let mut random = SmallRng::seed_from_u64(step);
            Ok((0..count).map(|_| random.random_range(-1.0..1.0)).collect())
        })))
    }

    fn describe(&self) -> String {
        "made-up numbers".into()
    }
}

/// Besides the network, counts its steps: to be found in checkpoints.
struct Toy {
    settings: ToySettings,
    seen: Option<f32>,
}

const SEEN: &str = "toy.seen";

impl Network for Toy {
    const NAME: &'static str = "toy";
    const ABOUT: &'static str = "a mean";
    const ORIGIN: &'static str = "random weights";
    type Settings = ToySettings;
    type Data = ToyData;
    type Module = Linear;

    fn schedule(settings: &ToySettings) -> Schedule {
        Schedule {
            optimiser: settings.optimiser,
            learning_rate: settings.learning_rate,
            final_learning_rate: 1e-3,
            warmup: 3,
            steps: settings.steps,
            gradient_norm: 1.0,
            average: 0.9,
        }
    }

    fn open(settings: &ToySettings, sources: Sources<'_>, watch: &mut dyn Watch) -> Result<ToyData> {
        watch.part("packing numbers", 1, 1);
        let text = fs::read_to_string(sources.folder.join("fails-at")).unwrap_or_default();
        Ok(ToyData {
            batch: settings.batch,
            fails_at: text.parse().ok(),
        })
    }

    fn new(settings: &ToySettings) -> Result<Self> {
        let settings = settings.clone();
        Ok(Self { settings, seen: None })
    }

    fn module(&self, device: &Device) -> Linear {
        Linear::new(5, 1, device)
    }

    fn start(&mut self, fresh: Params, init: Option<&[u8]>, _data: &ToyData, _device: &Device) -> Result<Params> {
        let Some(init) = init else {
            return Ok(fresh);
        };
        let mut params = read_tensors(init)?.params;
        self.take_extra(&mut params)?;
        Ok(params)
    }

    fn prepare(&mut self, _module: &Linear, step: u64, _data: &ToyData, _device: &Device) -> Result<bool> {
        let begins = self.seen.is_none() && step >= 2;
        if begins {
            self.seen = Some(0.0);
        }
        Ok(begins)
    }

    fn loss(&mut self, module: &Linear, batch: Vec<f32>, _step: u64, device: &Device) -> Result<Loss> {
        self.seen = self.seen.map(|seen| seen + 1.0);
        let rows = self.settings.batch;
        let means: Vec<f32> = batch.chunks_exact(5).map(|row| row.iter().sum::<f32>() / 5.0).collect();
        let input = Tensor::<4>::from_data(TensorData::new(batch, [rows, 1, 1, 5]), device);
        let wanted = Tensor::<4>::from_data(TensorData::new(means, [rows, 1, 1, 1]), device);
        // Noise of the device: what follows from the step must not depend on when a run was started.
        let noise = Tensor::<4>::random([rows, 1, 1, 5], burn::tensor::Distribution::Normal(0.0, 0.01), device);
        let total = (module.forward(input + noise, 1.0, Precision::Float) - wanted)
            .powi_scalar(2)
            .mean();
        Ok(Loss {
            earlier: Vec::new(),
            value: total.clone().into_scalar(),
            total,
            scores: vec![Score::new("seen", self.seen.unwrap_or(0.0))],
        })
    }

    fn extra(&self) -> Params {
        let seen = self.seen.map(|seen| NamedTensor {
            shape: vec![1],
            data: vec![seen],
        });
        seen.into_iter().map(|seen| (SEEN.to_owned(), seen)).collect()
    }

    fn take_extra(&mut self, params: &mut Params) -> Result<()> {
        self.seen = params.remove(SEEN).map(|tensor| tensor.data[0]);
        Ok(())
    }

    fn is_averaged(name: &str) -> bool {
        name != SEEN
    }

    fn evaluate(&self, average: &Params, _data: &ToyData, device: &Device) -> Result<Vec<Vec<Score>>> {
        let module = import_params(self.module(device), average, device)?;
        let weights = export_params(&module);
        Ok(vec![vec![Score::new("first", weights["weight"].data[0])]])
    }

    fn export(
        &self,
        manifest: Manifest<()>,
        average: &Params,
        _folder: &Path,
        _device: &Device,
        _watch: &mut dyn Watch,
    ) -> Result<Exported> {
        let manifest = manifest.with_config(self.settings.batch);
        Ok(Exported {
            bytes: write_tensors(average, Storage::Single, &BTreeMap::new(), manifest.to_metadata()?)?,
            summary: "a mean".into(),
        })
    }
}

/// Cancels after some steps; remembers what it saw.
#[derive(Default)]
struct Stop {
    after: Option<u64>,
    losses: Vec<f64>,
    begun: Option<(u64, u64)>,
}

impl Watch for Stop {
    fn begin(&mut self, step: u64, steps: u64) {
        self.begun = Some((step, steps));
    }

    fn step(&mut self, progress: &Progress) {
        self.losses.push(progress.scores[0].value);
    }

    fn is_cancelled(&self) -> bool {
        self.after.is_some_and(|after| self.losses.len() as u64 >= after)
    }
}

const SAME_BITS: &str = "train::tests::a_toy_task_is_stopped_and_killed_and_ends_with_the_same_bits_and_logs";

/// Whether this process runs the test of [`SAME_BITS`] alone; if not, another process has now done so. Random numbers of
/// a device belong to the whole process, and other tests draw some too.
fn is_alone() -> bool {
    const ALONE: &str = "LMC_TEST_ALONE";
    if std::env::var_os(ALONE).is_some() {
        return true;
    }
    let program = std::env::current_exe().unwrap();
    let mut command = std::process::Command::new(program);
    let done = command.args(["--exact", SAME_BITS]).env(ALONE, "1").output().unwrap();
    let text = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(done.status.success() && text.contains("1 passed"), "{text}");
    false
}

fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("lmc-toy-{name}-{}", std::process::id()));
    fs::remove_dir_all(&folder).ok();
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn order(folder: &Path) -> Run {
    Run {
        folder: folder.to_owned(),
        data: vec!["/somewhere/numbers".into()],
        held_out: Vec::new(),
        config: None,
        set: Vec::new(),
        init: None,
        device: Device::flex(),
        device_name: "cpu".into(),
        command: "lmc train toy".into(),
        commit: "abc".into(),
    }
}

fn train(run: &Run, watch: &mut Stop) -> Result<Ended> {
    (row::<Descent<Toy>>().train)(run, watch)
}

/// Files that differ between equal runs: in times, or in the order of a map, as Burn writes the state of optimisers.
const UNLIKE: [&str; 4] = ["state.json", "run.json", "fails-at", "optimizer.bpk"];

/// Everything else that a run left behind: names and contents.
fn traces(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            let inner = traces(&path).into_iter();
            found.extend(inner.map(|(inner, bytes)| (format!("{name}/{inner}"), bytes)));
        } else if name == "steps.csv" {
            found.push((name, without_seconds(&path).into_bytes()));
        } else if !UNLIKE.contains(&name.as_str()) {
            found.push((name, fs::read(&path).unwrap()));
        }
    }
    found.sort();
    found
}

fn without_seconds(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let rows = text.lines().map(|row| {
        let columns: Vec<&str> = row.split(',').collect();
        [&columns[..1], &columns[2..]].concat().join(",") + "\n"
    });
    rows.collect()
}

#[test]
fn a_toy_task_is_stopped_and_killed_and_ends_with_the_same_bits_and_logs() {
    if !is_alone() {
        return;
    }
    let whole = folder("whole");
    let mut watch = Stop::default();
    let ended = train(&order(&whole), &mut watch).unwrap();
    assert!(!ended.is_cancelled() && ended.step == 24 && watch.begun == Some((0, 24)));
    let sum = |losses: &[f64]| losses.iter().sum::<f64>();
    let (first, last) = (sum(&watch.losses[..4]), sum(&watch.losses[20..]));
    assert!(last < 0.7 * first, "{first} {last}");
    let expected = traces(&whole);
    let names: Vec<&str> = expected.iter().map(|(name, _)| name.as_str()).collect();
    assert!(names.contains(&"checkpoint-000000020/weights.safetensors"), "{names:?}");
    assert!(names.contains(&"checkpoint-000000024/average.safetensors"), "{names:?}");
    assert!(
        !names.iter().any(|name| name.starts_with("checkpoint-000000015")),
        "{names:?}"
    );

    // Cancelled between two checkpoints, and then the data fail: rows behind the last checkpoint are there twice if not cut.
    let broken = folder("broken");
    let mut stop = Stop {
        after: Some(7),
        ..Stop::default()
    };
    assert!(train(&order(&broken), &mut stop).unwrap().is_cancelled());
    assert_eq!(last_step(&broken).unwrap(), Some(7));
    fs::write(broken.join("fails-at"), "18").unwrap();
    let error = train(&order(&broken), &mut Stop::default()).unwrap_err();
    assert!(error.to_string().contains("the disk is gone"), "{error}");
    assert_eq!(last_step(&broken).unwrap(), Some(15));
    assert!(without_seconds(&broken.join("steps.csv")).contains("\n18,"));
    fs::remove_file(broken.join("fails-at")).unwrap();
    let mut again = Stop::default();
    train(&order(&broken), &mut again).unwrap();
    assert_eq!((again.begun, again.losses.len()), (Some((15, 24)), 9));
    let found = traces(&broken);
    assert_eq!(found.iter().map(|(name, _)| name).collect::<Vec<_>>(), names);
    for (found, expected) in found.iter().zip(&expected) {
        assert!(found == expected, "{} differs", found.0);
    }
    for folder in [whole, broken] {
        fs::remove_dir_all(folder).unwrap();
    }
}

#[test]
fn a_toy_task_is_exported_and_started_from_its_weights() {
    let folder = folder("export");
    let row = row::<Descent<Toy>>();
    let name = Export {
        id: "toy-small-v1".into(),
        notes: "for tests".into(),
    };
    let error = (row.export)(&order(&folder), &name, &mut Stop::default()).unwrap_err();
    assert!(error.to_string().contains("train first"), "{error}");
    let mut run = order(&folder);
    run.set = vec![("steps".into(), "6".into()), ("optimiser".into(), "adam".into())];
    train(&run, &mut Stop::default()).unwrap();
    let exported = (row.export)(&run, &name, &mut Stop::default()).unwrap();
    let contents = read_tensors(&exported.bytes).unwrap();
    assert!(!contents.params.contains_key(SEEN));
    let manifest: Manifest<usize> = contents.manifest("toy").unwrap();
    assert_eq!((manifest.id.as_str(), manifest.config), ("toy-small-v1", 3));
    let training = manifest.training;
    assert_eq!(training.data, "numbers: made-up numbers");
    assert_eq!((training.steps, training.seed, training.batch), (6, 7, 3));
    assert_eq!(
        (training.start.as_str(), training.notes.as_str()),
        ("random weights", "for tests")
    );

    let weights = folder.join("toy.safetensors");
    fs::write(&weights, &exported.bytes).unwrap();
    let next = Run {
        folder: folder.join("next"),
        init: Some(weights),
        set: vec![("steps".into(), "1".into()), ("learning_rate".into(), "1e-12".into())],
        ..order(&folder)
    };
    train(&next, &mut Stop::default()).unwrap();
    let record = fs::read_to_string(folder.join("next/run.json")).unwrap();
    assert!(record.contains("\"start\": \"toy.safetensors\""), "{record}");
    let trained = fs::read(folder.join("next/checkpoint-000000001/weights.safetensors")).unwrap();
    for (name, tensor) in read_tensors(&trained).unwrap().params {
        let start = &contents.params[&name];
        let near = tensor.data.iter().zip(&start.data).all(|(a, b)| (a - b).abs() < 1e-6);
        assert!(near, "{name} does not start from the weights");
    }
    fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn settings_that_are_not_there_are_refused() {
    let folder = folder("settings");
    let refused = |set: (&str, &str)| {
        let run = Run {
            set: vec![(set.0.into(), set.1.into())],
            ..order(&folder)
        };
        train(&run, &mut Stop::default()).unwrap_err().to_string()
    };
    assert!(refused(("stepps", "3")).contains("'stepps'"));
    assert!(refused(("steps", "many")).contains("settings"));
    assert!(refused(("batch", "0")).contains("batch"));
    fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn tasks_have_names_of_their_own() {
    let names: Vec<&str> = TASKS.iter().map(|task| task.name).collect();
    assert_eq!(names, ["wavelet", "audio", "speech", "video", "vq"]);
}
