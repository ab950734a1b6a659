//! Runs the program in a folder of its own.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use lmc_codec::files::{self, Format};
use lmc_codec::{Image, Limits};
use serde_json::Value;
use tempfile::TempDir;

/// A folder to work in, removed at the end.
pub(crate) struct Bench {
    folder: TempDir,
}

/// What a call of the program left behind.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: i32,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

/// The program, which Cargo puts beside the folder of the tests.
pub(crate) fn program() -> PathBuf {
    let test = std::env::current_exe().expect("a test knows where it is");
    let folder = test
        .parent()
        .and_then(Path::parent)
        .expect("tests lie in a folder of the target");
    let program = folder.join("lmc").with_extension(std::env::consts::EXE_EXTENSION);
    assert!(
        program.is_file(),
        "{} is missing: build it with cargo build --release --workspace, or run all of cargo test --release --workspace",
        program.display()
    );
    program
}

impl Bench {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("there is room for temporary files");
        Self { folder }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("files lie in folders")).expect("the folder can be made");
        fs::write(path, bytes).expect("the file can be written");
    }

    /// Writes a picture, in the format of its ending.
    pub(crate) fn picture(&self, name: &str, picture: &Image) {
        let format = Format::from_path(Path::new(name)).expect("a known ending");
        let (bytes, _) = files::to_bytes(picture, format).expect("the format holds the picture");
        self.write(name, &bytes);
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    pub(crate) fn read_picture(&self, name: &str) -> Image {
        files::read_bytes(&self.read(name), &Limits::default()).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Names in the folder, or in a folder of it.
    pub(crate) fn names(&self, folder: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(folder)).expect("the folder can be read");
        let name = |entry: std::io::Result<fs::DirEntry>| entry.expect("the folder can be read").file_name();
        let mut names: Vec<String> = entries
            .map(|entry| name(entry).to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    /// A command that runs the program here.
    pub(crate) fn command(&self, line: &str) -> Command {
        let mut command = Command::new(program());
        command
            .args(line.split_whitespace())
            .current_dir(self.folder.path())
            .env_remove("LMC_MODELS");
        command
    }

    /// Runs the program with the words of `line`.
    pub(crate) fn run(&self, line: &str) -> Outcome {
        self.run_with_stdin(line, &[])
    }

    /// The same, with bytes on stdin.
    pub(crate) fn run_with_stdin(&self, line: &str, stdin: &[u8]) -> Outcome {
        Self::finish(self.command(line), stdin)
    }

    /// The same as [`Self::run`], with a variable of the environment.
    pub(crate) fn run_with(&self, variable: &str, value: &str, line: &str) -> Outcome {
        let mut command = self.command(line);
        command.env(variable, value);
        Self::finish(command, &[])
    }

    fn finish(mut command: Command, stdin: &[u8]) -> Outcome {
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let mut pipe = child.stdin.take().expect("stdin is a pipe");
        let output = std::thread::scope(|scope| {
            // A program that refuses its call closes the pipe unread.
            scope.spawn(move || drop(pipe.write_all(stdin)));
            child.wait_with_output().expect("the program ends")
        });
        Outcome {
            code: output.status.code().unwrap_or(-1),
            stdout: output.stdout,
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Outcome {
    /// Checks that all went well.
    pub(crate) fn good(self) -> Self {
        assert_eq!(self.code, 0, "{}", self.stderr);
        self
    }

    /// Checks the exit code of a failure and that the message has all of `words`.
    pub(crate) fn bad(self, code: i32, words: &[&str]) -> Self {
        assert_eq!(self.code, code, "{}", self.stderr);
        assert!(!self.stderr.contains("panicked"), "{}", self.stderr);
        for word in words {
            assert!(self.stderr.contains(word), "'{word}' is not in: {}", self.stderr);
        }
        self
    }

    /// Stdout as one JSON object.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.stdout).unwrap_or_else(|error| {
            panic!("{error}: {}\n{}", String::from_utf8_lossy(&self.stdout), self.stderr);
        })
    }
}
