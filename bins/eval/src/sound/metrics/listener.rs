//! Metrics that Python packages compute: a process for each that answers one pair of sounds after the other, since the
//! packages take seconds to load.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Mutex;
use std::{env, fs};

use serde::Deserialize;

use crate::metric::Metric;
use crate::sound::Sound;
use crate::sound::resample::resample;
use crate::{EvalError, Result};

const SCRIPT: &str = include_str!("listener.py");
const VISQOL: &str = "install the Python package visqol-python[lattice] where python3 on the PATH finds it";
const PESQ: &str = "install the Python package pesq where python3 on the PATH finds it";
/// Names of the interpreter.
const INTERPRETERS: [&str; 2] = ["python3", "python"];
/// Each process computes on one thread; there is one for each file at a time.
const THREADS: [&str; 4] = [
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMBA_NUM_THREADS",
];

/// A metric that a Python package computes.
#[derive(Debug)]
pub(super) struct Listener {
    metric: Metric,
    rate: u32,
    version: String,
    /// Processes that wait for work.
    idle: Mutex<Vec<Process>>,
}

impl Listener {
    /// Starts the first process; nothing for metrics that this program computes itself.
    ///
    /// # Errors
    /// `Missing` with the package that is needed.
    pub(super) fn open(metric: Metric) -> Result<Option<Self>> {
        let (rate, package, hint) = match metric {
            Metric::Visqol => (48_000, "visqol-python", VISQOL),
            Metric::VisqolSpeech => (16_000, "visqol-python", VISQOL),
            Metric::Pesq => (16_000, "pesq", PESQ),
            _ => return Ok(None),
        };
        let missing = |reason: String| EvalError::Missing {
            program: format!("python3 with {package} ({reason})"),
            hint: hint.to_owned(),
        };
        let (process, version) = Process::start(metric).map_err(missing)?;
        Ok(Some(Self {
            metric,
            rate,
            version,
            idle: Mutex::new(vec![process]),
        }))
    }

    /// What computes it.
    pub(super) fn version(&self) -> &str {
        &self.version
    }

    /// The value for the means of the channels, at the rate of the metric.
    ///
    /// # Errors
    /// What the package said.
    pub(super) fn measure(&self, original: &Sound, decoded: &Sound) -> std::result::Result<f64, String> {
        let mut process = match self.idle.lock().map_err(|error| error.to_string())?.pop() {
            Some(process) => process,
            None => Process::start(self.metric)?.0,
        };
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let (x, y) = (folder.path().join("original"), folder.path().join("decoded"));
        for (path, sound) in [(&x, original), (&y, decoded)] {
            let samples = resample(&sound.mono(), sound.rate(), self.rate);
            let bytes: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
            fs::write(path, bytes).map_err(|error| error.to_string())?;
        }
        let answer = process.ask(&x, &y, self.rate)?;
        // One that failed to answer ends here, and another takes its place.
        self.idle.lock().map_err(|error| error.to_string())?.push(process);
        match answer {
            Answer { value: Some(value), .. } => Ok(value),
            answer => Err(answer.error.unwrap_or_else(|| "no value".to_owned())),
        }
    }
}

/// A running interpreter.
#[derive(Debug)]
struct Process {
    child: Child,
    /// Closed to end it.
    questions: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Answer {
    version: Option<String>,
    missing: Option<String>,
    value: Option<f64>,
    error: Option<String>,
}

impl Process {
    /// The process and its name.
    fn start(metric: Metric) -> std::result::Result<(Self, String), String> {
        let interpreter = INTERPRETERS
            .into_iter()
            .find(|name| crate::programs::on_path(name).is_some());
        let mut command = Command::new(interpreter.ok_or("python3 is not on the PATH")?);
        command
            .args(["-c", SCRIPT, metric.id()])
            .envs(THREADS.map(|name| (name, "1")));
        // A file of that name in the current folder must not stand for the package.
        command.current_dir(env::temp_dir()).env("PYTHONSAFEPATH", "1");
        let command = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command.spawn().map_err(|error| error.to_string())?;
        let (Some(questions), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
            return Err("no pipes".to_owned());
        };
        let mut process = Self {
            child,
            questions: Some(questions),
            answers: BufReader::new(answers),
        };
        match process.answer()? {
            Answer {
                version: Some(version), ..
            } => Ok((process, version)),
            answer => Err(answer.missing.unwrap_or_else(|| "it said nothing".to_owned())),
        }
    }

    fn ask(&mut self, original: &Path, decoded: &Path, rate: u32) -> std::result::Result<Answer, String> {
        let question = serde_json::json!({ "rate": rate, "original": original, "decoded": decoded });
        let questions = self.questions.as_mut().ok_or("it has ended")?;
        let asked = writeln!(questions, "{question}").and_then(|()| questions.flush());
        asked.map_err(|error| error.to_string())?;
        self.answer()
    }

    fn answer(&mut self) -> std::result::Result<Answer, String> {
        let mut line = String::new();
        let read = self.answers.read_line(&mut line).map_err(|error| error.to_string())?;
        if read == 0 {
            return Err("python3 ended without an answer".to_owned());
        }
        serde_json::from_str(&line).map_err(|error| error.to_string())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.questions.take());
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_of_this_program_need_no_other() {
        for metric in [Metric::Stoi, Metric::Mel, Metric::SiSdr, Metric::Psnr] {
            assert!(Listener::open(metric).unwrap().is_none());
        }
    }

    /// Where the packages are installed.
    #[test]
    fn packages_answer_again_and_again() {
        let tone = |height: f64| {
            let sample = |i: usize| (height * (i as f64 * 0.03).sin() * (i as f64 * 0.0004).sin()) as i16;
            Sound::new(16_000, 1, (0..32_000).map(sample).collect()).unwrap()
        };
        for metric in [Metric::Visqol, Metric::VisqolSpeech, Metric::Pesq] {
            let listener = match Listener::open(metric) {
                Ok(listener) => listener.unwrap(),
                Err(error) => {
                    assert!(matches!(error, EvalError::Missing { .. }), "{error}");
                    assert!(error.to_string().contains("Python package"), "{error}");
                    eprintln!("skipped: {error}");
                    continue;
                }
            };
            println!("{}", listener.version());
            for _ in 0..2 {
                let value = listener.measure(&tone(9000.0), &tone(9000.0));
                assert!(value.as_ref().is_ok_and(|value| *value > 4.0), "{value:?}");
            }
            let empty = Sound::new(16_000, 1, vec![0; 40]).unwrap();
            let refused = listener.measure(&empty, &empty);
            assert!(refused.is_err() || refused.is_ok_and(f64::is_nan), "{metric:?}");
            assert!(listener.measure(&tone(9000.0), &tone(9000.0)).is_ok());
        }
    }
}
