//! Which inputs go where, and what is refused.

use super::*;
use crate::input::{Wanted, expand};
use crate::usage::UsageError;
use tempfile::TempDir;

fn files(names: &[&str]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for name in names {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, b"x").unwrap();
    }
    dir
}

/// Resolves inputs of a folder; no output is named by an empty one.
fn resolve(dir: &TempDir, inputs: &[&str], output: &str, force: bool) -> Result<Vec<Job>> {
    resolve_tree(dir, inputs, output, force, false)
}

fn resolve_tree(dir: &TempDir, inputs: &[&str], output: &str, force: bool, keep_tree: bool) -> Result<Vec<Job>> {
    let path = |name: &str| match name {
        "-" => PathBuf::from("-"),
        // Joined by hand: `join` would drop a final separator.
        name => PathBuf::from(format!("{}/{name}", dir.path().display())),
    };
    let names: Vec<PathBuf> = inputs.iter().map(|name| path(name)).collect();
    let wanted = Wanted::Endings(&["png", "jpg"]);
    let output = (!output.is_empty()).then(|| path(output));
    let request = Request {
        names: &names,
        inputs: &expand(&names, wanted),
        output: output.as_deref(),
        new_ending: &|_| "lmc",
        keep_tree,
        force,
        json: false,
    };
    request.resolve()
}

fn targets(dir: &TempDir, jobs: &[Job]) -> Vec<String> {
    let name = |job: &Job| match &job.target {
        Target::Stdout | Target::Descriptor(..) => job.target.name(),
        Target::File(path) => {
            let path = path.strip_prefix(dir.path()).unwrap();
            path.display().to_string()
        }
    };
    jobs.iter().map(name).collect()
}

fn is_usage(result: Result<Vec<Job>>, words: &str) -> bool {
    let error = result.unwrap_err();
    assert!(error.to_string().contains(words), "{error}");
    error.is::<UsageError>()
}

#[test]
fn one_input_goes_to_one_file() {
    let dir = files(&["a.png"]);
    let jobs = resolve(&dir, &["a.png"], "b.lmc", false).unwrap();
    assert_eq!(targets(&dir, &jobs), ["b.lmc"]);
    let jobs = resolve(&dir, &["-"], "b.lmc", false).unwrap();
    assert_eq!(jobs[0].source, Source::Stdin);
    // By force, lest the test depend on where its output goes.
    let jobs = resolve(&dir, &["a.png"], "-", true).unwrap();
    assert_eq!(targets(&dir, &jobs), ["-"]);
}

#[test]
fn one_input_goes_into_a_folder_that_is_there_or_ends_in_a_slash() {
    let dir = files(&["a.v2.png", "out/x"]);
    for output in ["out", "new/"] {
        let jobs = resolve(&dir, &["a.v2.png"], output, false).unwrap();
        let name = output.trim_end_matches('/');
        assert_eq!(targets(&dir, &jobs), [format!("{name}/a.v2.lmc")]);
    }
    assert!(dir.path().join("new").is_dir());
}

#[test]
fn several_inputs_and_folders_go_into_a_folder() {
    let dir = files(&["in/b.png", "in/sub/c.jpg", "in/notes.txt", "a.png"]);
    let jobs = resolve(&dir, &["a.png", "in"], "out", false).unwrap();
    assert_eq!(targets(&dir, &jobs), ["out/a.lmc", "out/b.lmc", "out/c.lmc"]);
    // A folder with a single picture is still a folder.
    let jobs = resolve(&dir, &["in/sub"], "out2", false).unwrap();
    assert_eq!(targets(&dir, &jobs), ["out2/c.lmc"]);
}

#[test]
fn without_a_name_outputs_lie_beside_their_inputs() {
    let dir = files(&["a.v2.png", "in/b.png", "in/sub/b.png", "nameless"]);
    let jobs = resolve(&dir, &["a.v2.png", "in", "nameless"], "", false).unwrap();
    assert_eq!(
        targets(&dir, &jobs),
        ["a.v2.lmc", "in/b.lmc", "in/sub/b.lmc", "nameless.lmc"]
    );
    assert!(is_usage(resolve(&dir, &["-"], "", false), "-o"));
    fs::write(dir.path().join("in/b.lmc"), b"precious").unwrap();
    let error = resolve(&dir, &["in"], "", false).unwrap_err();
    assert!(error.to_string().contains("--force"), "{error}");
}

#[test]
fn the_tree_of_a_folder_is_kept_where_that_is_wanted() {
    let dir = files(&["in/i.png", "in/x/i.png", "in/y/deep/i.png", "a.png"]);
    assert!(is_usage(resolve(&dir, &["in"], "out", false), "--keep-tree"));
    let jobs = resolve_tree(&dir, &["in", "a.png"], "out", false, true).unwrap();
    assert_eq!(
        targets(&dir, &jobs),
        ["out/i.lmc", "out/x/i.lmc", "out/y/deep/i.lmc", "out/a.lmc"]
    );
    assert!(dir.path().join("out/y/deep").is_dir());
}

#[test]
fn a_missing_input_is_a_job_all_the_same() {
    let dir = files(&["a.png"]);
    let jobs = resolve(&dir, &["a.png", "missing.png"], "out", false).unwrap();
    assert_eq!(jobs.len(), 2);
}

#[test]
fn colliding_names_are_refused_before_work() {
    let dir = files(&["a.png", "a.jpg", "sub/a.png"]);
    for inputs in [["a.png", "a.png"], ["a.png", "sub/a.png"]] {
        assert!(is_usage(resolve(&dir, &inputs, "out", true), "both become"));
    }
    assert!(!dir.path().join("out").exists());
}

#[test]
fn names_that_differ_in_their_endings_keep_them() {
    let dir = files(&["a.png", "a.jpg", "sub/b.png"]);
    let inputs = ["a.png", "a.jpg", "sub/b.png"];
    for (output, folder, other) in [("out", "out/", "out/b.lmc"), ("", "", "sub/b.lmc")] {
        let jobs = resolve(&dir, &inputs, output, false).unwrap();
        let apart = ["a.png.lmc", "a.jpg.lmc"].map(|name| format!("{folder}{name}"));
        assert_eq!(targets(&dir, &jobs), [&apart[0], &apart[1], other]);
    }
    // An output that has its ending already does not get it twice.
    let dir = files(&["a.lmc.png"]);
    let jobs = resolve(&dir, &["a.lmc.png"], "", false).unwrap();
    assert_eq!(targets(&dir, &jobs), ["a.lmc"]);
}

#[test]
fn several_inputs_do_not_go_into_one_file_or_stdout() {
    let dir = files(&["a.png", "b.png", "x.lmc"]);
    let inputs = ["a.png", "b.png"];
    assert!(is_usage(resolve(&dir, &inputs, "x.lmc", true), "is a file"));
    assert!(is_usage(resolve(&dir, &inputs, "-", true), "folder"));
    assert!(is_usage(resolve(&dir, &["-", "a.png"], "out", true), "no name"));
}

#[test]
fn an_output_that_is_an_input_is_refused_even_by_force() {
    let dir = files(&["a.png"]);
    assert!(is_usage(resolve(&dir, &["a.png"], "a.png", true), "is the input"));
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(dir.path().join("a.png"), dir.path().join("link")).unwrap();
        assert!(is_usage(resolve(&dir, &["a.png"], "link", true), "is the input"));
    }
}

#[test]
fn what_exists_is_not_overwritten_without_force() {
    let dir = files(&["a.png", "b.png", "out/a.lmc", "out/b.lmc"]);
    let error = resolve(&dir, &["a.png"], "out/a.lmc", false).unwrap_err();
    assert!(error.to_string().contains("--force") && !error.is::<UsageError>());
    let error = resolve(&dir, &["a.png", "b.png"], "out", false).unwrap_err();
    assert!(error.to_string().contains("1 more"), "{error}");
    assert_eq!(resolve(&dir, &["a.png", "b.png"], "out", true).unwrap().len(), 2);
}

#[test]
fn a_report_and_an_output_do_not_share_stdout() {
    for output in ["-", "/dev/stdout"] {
        let names = ["-".into()];
        let request = Request {
            names: &names,
            inputs: &expand(&names, Wanted::Streams),
            output: Some(Path::new(output)),
            new_ending: &|_| "lmc",
            keep_tree: false,
            force: false,
            json: true,
        };
        assert!(is_usage(request.resolve(), "--json"), "{output}");
    }
}
