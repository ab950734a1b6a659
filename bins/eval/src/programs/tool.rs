//! Programs of this machine: finding them, their versions, running them, and what a run took.

use std::env;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use lmc_codec::video::files::Ffmpeg;
use wait4::Wait4;

use crate::{EvalError, Result};

/// A program and how it names its version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tool {
    /// Name on the PATH.
    pub name: &'static str,
    path: PathBuf,
    /// The first line that it says of its version.
    pub version: String,
}

/// What a run of a program took.
#[derive(Debug, Clone, PartialEq)]
pub struct Usage {
    /// Wall time, start of the process included.
    pub seconds: f64,
    /// Most memory it held.
    pub peak_bytes: Option<u64>,
}

/// The longest message of a program that is passed on.
const LONGEST_MESSAGE: usize = 300;

impl Tool {
    /// Finds the first of `names` on the PATH and asks for its version.
    ///
    /// # Errors
    /// `Missing` with `hint`, which says how to get it.
    pub fn find(names: &[&'static str], version: &[&str], hint: &str) -> Result<Self> {
        let found = names.iter().find_map(|name| Some((*name, on_path(name)?)));
        let Some((name, path)) = found else {
            return Err(EvalError::Missing {
                program: names.join(" or "),
                hint: hint.to_owned(),
            });
        };
        let version = version_line(&path, version);
        Ok(Self { name, path, version })
    }

    /// All that the program says when called with `args`.
    pub(crate) fn says(&self, args: &[&str]) -> String {
        output(&self.path, args)
    }

    /// Runs the program.
    ///
    /// # Errors
    /// `Codec` when it does not start or fails, with the end of what it said.
    pub fn run(&self, args: &[String], folder: &Path) -> Result<Usage> {
        let failed = |reason: String| EvalError::codec(self.name, reason);
        let start = Instant::now();
        let mut command = Command::new(&self.path);
        command
            .args(args)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        let mut child = command
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|e| failed(e.to_string()))?;
        let mut said = Vec::new();
        if let Some(mut stderr) = child.stderr.take() {
            // Until the program closes it, so that it never waits for us.
            let _ = stderr.read_to_end(&mut said);
        }
        let ended = child.wait4().map_err(|error| failed(error.to_string()))?;
        let seconds = start.elapsed().as_secs_f64();
        if !ended.status.success() {
            return Err(failed(format!("{}: {}", ended.status, tail(&said))));
        }
        let peak_bytes = Some(ended.rusage.maxrss).filter(|&bytes| bytes > 0);
        Ok(Usage { seconds, peak_bytes })
    }
}

/// Where a program is: where the environment says so of ffmpeg, else on the PATH.
pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    let named = env::var_os(Ffmpeg::VARIABLE).filter(|_| name == "ffmpeg");
    if let Some(path) = named.as_ref().map(PathBuf::from).filter(|path| is_program(path)) {
        return Some(path);
    }
    let name = named.unwrap_or_else(|| format!("{name}{}", env::consts::EXE_SUFFIX).into());
    let paths = env::var_os("PATH")?;
    let mut candidates = env::split_paths(&paths).map(|folder| folder.join(&name));
    candidates.find(|path| is_program(path))
}

fn is_program(path: &Path) -> bool {
    let Ok(metadata) = fs::metadata(path) else {
        return false;
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        metadata.is_file() && metadata.permissions().mode() & 0o111 != 0
    }
    #[cfg(not(unix))]
    metadata.is_file()
}

fn version_line(path: &Path, args: &[&str]) -> String {
    let text = output(path, args);
    let mut lines = text
        .lines()
        .map(str::trim)
        .filter(|line| line.contains(|c: char| c.is_ascii_digit()));
    lines.next().unwrap_or("unknown version").to_owned()
}

/// Both outputs, since programs disagree about where a version goes.
fn output(path: &Path, args: &[&str]) -> String {
    let output = Command::new(path).args(args).stdin(Stdio::null()).output();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    output
        .map(|output| text(&output.stdout) + &text(&output.stderr))
        .unwrap_or_default()
}

/// The end of a message, on one line.
fn tail(said: &[u8]) -> String {
    let text = String::from_utf8_lossy(said);
    let words: Vec<&str> = text.split_whitespace().collect();
    let text = words.join(" ");
    let from = text.len().saturating_sub(LONGEST_MESSAGE);
    let from = (from..=text.len())
        .find(|&i| text.is_char_boundary(i))
        .unwrap_or_default();
    if text.is_empty() {
        "it said nothing".to_owned()
    } else {
        text[from..].to_owned()
    }
}

/// The most memory that this process ever held, where the system tells.
pub fn peak_memory_of_this_process() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kilobytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_programs_are_named_with_their_package() {
        let error = Tool::find(&["no-such-codec"], &["--version"], "install the package nothing").unwrap_err();
        assert!(
            error
                .to_string()
                .contains("no-such-codec is not on the PATH: install the package nothing")
        );
    }

    #[cfg(unix)]
    #[test]
    fn runs_are_measured_and_failures_quoted() {
        let tool = Tool::find(&["sh"], &["-c", "echo sh 1.2"], "").unwrap();
        assert_eq!(tool.version, "sh 1.2");
        let run = |script: &str| tool.run(&["-c".into(), script.into()], Path::new("."));
        let usage = run("exit 0").unwrap();
        assert!(usage.seconds > 0.0 && usage.peak_bytes.is_none_or(|bytes| bytes > 1000));
        let error = run("echo bad header >&2; exit 3").unwrap_err().to_string();
        assert!(error.contains("bad header") && error.contains('3'), "{error}");
    }

    #[test]
    fn long_messages_are_cut_between_letters() {
        let long = "é".repeat(400);
        assert!(tail(long.as_bytes()).len() <= LONGEST_MESSAGE + 1);
        assert_eq!(tail(b" \n"), "it said nothing");
    }
}
