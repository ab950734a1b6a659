//! The rooms of the workspace and the arrows between them, as Cargo sees them; and the files that a clone must have.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

use lmc_tests::repository;
use serde_json::Value;

/// Folders of the crates, their names, and the crates of the workspace that each may depend on.
const ROOMS: [(&str, &str, &[&str]); 13] = [
    ("kernels", "lmc-kernels", &[]),
    ("entropy", "lmc-entropy", &["lmc-kernels"]),
    ("datasets", "lmc-datasets", &["lmc-codec"]),
    ("weights", "lmc-weights", &[]),
    (
        "models",
        "lmc-models",
        &["lmc-weights", "lmc-codec", "lmc-datasets", "lmc-entropy", "lmc-kernels"],
    ),
    ("codec", "lmc-codec", &["lmc-entropy", "lmc-kernels"]),
    ("lmc", "lmc", &["lmc-codec", "lmc-kernels", "lmc-models", "lmc-weights"]),
    ("bindings/c", "lmc-c", &["lmc"]),
    ("bindings/web", "lmc-web", &["lmc", "lmc-weights"]),
    (
        "bins",
        "lmc-cli",
        &[
            "lmc",
            "lmc-codec",
            "lmc-entropy",
            "lmc-eval",
            "lmc-models",
            "lmc-weights",
        ],
    ),
    ("bins/eval", "lmc-eval", &["lmc-codec", "lmc-kernels"]),
    (
        "tests",
        "lmc-tests",
        &["lmc-codec", "lmc-datasets", "lmc-entropy", "lmc-models"],
    ),
    (
        "benches",
        "lmc-benches",
        &["lmc-codec", "lmc-datasets", "lmc-entropy", "lmc-models", "lmc-tests"],
    ),
];

/// What `cargo metadata` says, for the platform that this runs on: all of it has been downloaded to build this test.
fn metadata() -> Value {
    let version = Command::new("rustc").arg("-vV").output().expect("rustc runs").stdout;
    let version = String::from_utf8(version).expect("rustc writes UTF-8");
    let host = version
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .expect("rustc names its host");
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version",
            "1",
            "--offline",
            "--filter-platform",
            host,
        ])
        .current_dir(repository(""))
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("cargo writes JSON")
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("no {key} in {value}"))
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

#[test]
fn arrows_between_crates_point_one_way() {
    let metadata = metadata();
    let members = list(&metadata, "workspace_members").len();
    assert_eq!(members, ROOMS.len(), "a crate that this test does not know");
    let packages = list(&metadata, "packages");
    for (folder, name, allowed) in ROOMS {
        let package = packages.iter().find(|package| package["name"] == name);
        let package = package.unwrap_or_else(|| panic!("there is no crate {name}"));
        let manifest = text(package, "manifest_path").replace('\\', "/");
        assert!(
            manifest.ends_with(&format!("/{folder}/Cargo.toml")),
            "{name} lies in {manifest}"
        );
        for dependency in list(package, "dependencies") {
            let dependency = text(dependency, "name");
            let ours = ROOMS.iter().any(|(_, name, _)| *name == dependency);
            assert!(
                !ours || allowed.contains(&dependency),
                "{name} must not depend on {dependency}"
            );
        }
    }
}

#[test]
fn only_models_and_what_stands_on_it_reach_burn() {
    let metadata = metadata();
    let names: BTreeMap<&str, &str> = list(&metadata, "packages")
        .iter()
        .map(|package| (text(package, "id"), text(package, "name")))
        .collect();
    let arrows: BTreeMap<&str, Vec<&str>> = list(&metadata["resolve"], "nodes")
        .iter()
        .map(|node| {
            (
                text(node, "id"),
                list(node, "dependencies").iter().filter_map(Value::as_str).collect(),
            )
        })
        .collect();
    let reached = |start: &str| -> BTreeSet<&str> {
        let mut open: Vec<&str> = names
            .iter()
            .filter(|(_, name)| **name == start)
            .map(|(id, _)| *id)
            .collect();
        let mut seen = BTreeSet::new();
        while let Some(id) = open.pop() {
            if seen.insert(id) {
                open.extend(arrows.get(id).into_iter().flatten());
            }
        }
        seen.into_iter().map(|id| names[id]).collect()
    };
    let heavy = |name: &&str| ["burn", "cubecl", "wgpu"].iter().any(|heavy| name.starts_with(heavy));
    for leaf in ["lmc-kernels", "lmc-entropy", "lmc-codec", "lmc-datasets", "lmc-eval"] {
        let reached = reached(leaf);
        assert!(reached.len() > 3, "{leaf} reaches {reached:?}");
        assert_eq!(
            reached.iter().find(|name| heavy(name)),
            None,
            "{leaf} must build without Burn"
        );
    }
    assert!(reached("lmc-models").contains("burn"), "this test can see Burn");
}

/// The most packages that the codecs may stand on, themselves among them: a decoder builds in seconds.
const CODEC_PACKAGES: usize = 35;

#[test]
fn codecs_stand_on_few_packages() {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "-p", "lmc-codec", "--no-default-features"])
        .args(["-e", "normal", "--prefix", "none", "--format", "{p}"])
        .current_dir(repository(""))
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let tree = String::from_utf8(output.stdout).expect("cargo writes UTF-8");
    let packages: BTreeSet<&str> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    assert!(packages.contains("lmc-kernels"), "{packages:?}");
    assert!(
        packages.len() <= CODEC_PACKAGES,
        "{} packages: {packages:?}",
        packages.len()
    );
    for heavy in ["burn", "wgpu", "cubecl", "image", "symphonia"] {
        let found = packages.iter().find(|name| name.starts_with(heavy));
        assert_eq!(found, None, "codecs must build without {heavy}");
    }
}

/// Nothing in the code tells of the machine it was written on, and the commands that are promised are the ones that run.
#[test]
fn promised_commands_are_the_ones_that_run() {
    let read = |path: &str| fs::read_to_string(repository(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    let (readme, ci) = (read("README.md"), read(".ci/run"));
    let test = "cargo test --release --workspace --features lmc-cli/full";
    assert!(
        ci.lines().any(|line| line == test),
        ".ci/run calls README's test command word for word"
    );
    assert!(readme.lines().any(|line| line == test), "README names the test command");
    let encode = "cargo run --release --bin lmc -- encode ";
    let sample = readme
        .lines()
        .find_map(|line| line.strip_prefix(encode))
        .expect("README begins with an encode");
    let sample = sample.split(' ').next().unwrap_or_default();
    assert!(repository(sample).is_file(), "README encodes {sample}");
    for file in [
        "LICENSE-MIT",
        "LICENSE-APACHE",
        "CONTRIBUTING.md",
        "GLOSSARY.md",
        "CHANGELOG.md",
        "FORMAT.md",
        "deny.toml",
    ] {
        assert!(!read(file).is_empty());
    }
    for word in ["/root", "/work", "/home"] {
        assert!(
            !ci.contains(word) && !readme.contains(word),
            "{word} is a path of one machine"
        );
    }
}
