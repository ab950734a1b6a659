//! The top-level modules of the codec depend on one another one way: no circles.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src");

/// The Rust files below a folder that are part of the library, tests left out.
fn files(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_str().unwrap();
        if stem.ends_with("tests") || stem == "testing" {
            continue;
        }
        match path.is_dir() {
            true => files(&path, out),
            false => out.push(path),
        }
    }
}

/// Code without comments and the test module at its end.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let lines = text.lines().take_while(|line| *line != "#[cfg(test)]");
    lines
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// The names that follow `crate::`, alone or in braces.
fn names_after_crate(code: &str) -> Vec<String> {
    let mut names = Vec::new();
    for rest in code.split("crate::").skip(1) {
        let word = |text: &str| -> String {
            let end = text.find(|c: char| !c.is_alphanumeric() && c != '_');
            text[..end.unwrap_or(text.len())].to_owned()
        };
        let Some(group) = rest.strip_prefix('{') else {
            names.push(word(rest));
            continue;
        };
        let mut depth = 0;
        let mut start = true;
        for (at, c) in group.char_indices() {
            match c {
                '}' if depth == 0 => break,
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 0 => start = true,
                c if start && depth == 0 && !c.is_whitespace() => {
                    names.push(word(&group[at..]));
                    start = false;
                }
                _ => {}
            }
        }
    }
    names
}

/// The module that each name of `lib.rs` comes from, modules themselves included.
fn exports(modules: &BTreeSet<String>) -> BTreeMap<String, String> {
    let text = code(&Path::new(SOURCES).join("lib.rs"));
    let mut exports: BTreeMap<String, String> = modules.iter().map(|name| (name.clone(), name.clone())).collect();
    for statement in text.split("pub use ").skip(1) {
        let statement = statement.split(';').next().unwrap();
        let module = statement.split("::").next().unwrap();
        let (_, list) = statement.rsplit_once("::").unwrap();
        for name in list.trim_matches(['{', '}']).split(',') {
            exports.insert(name.trim().to_owned(), module.to_owned());
        }
    }
    exports
}

/// Which modules each module uses.
fn edges() -> BTreeMap<String, BTreeSet<String>> {
    let root = Path::new(SOURCES);
    let mut all = Vec::new();
    files(root, &mut all);
    let module_of = |path: &Path| {
        let first = path.strip_prefix(root).unwrap().iter().next().unwrap();
        first.to_str().unwrap().trim_end_matches(".rs").to_owned()
    };
    all.retain(|path| module_of(path) != "lib");
    let modules: BTreeSet<String> = all.iter().map(|path| module_of(path)).collect();
    let exports = exports(&modules);
    let mut edges = BTreeMap::<String, BTreeSet<String>>::new();
    for path in all {
        let from = module_of(&path);
        let used = names_after_crate(&code(&path));
        let used = used.iter().filter_map(|name| exports.get(name));
        let used = used.filter(|to| **to != from).cloned();
        edges.entry(from.clone()).or_default().extend(used);
    }
    edges
}

/// A path that ends where it begins, if there is one.
fn circle(edges: &BTreeMap<String, BTreeSet<String>>, path: &mut Vec<String>) -> bool {
    let last = path.last().unwrap().clone();
    for next in &edges[&last] {
        let known = path.contains(next);
        path.push(next.clone());
        if known || circle(edges, path) {
            return true;
        }
        path.pop();
    }
    false
}

#[test]
fn modules_have_no_circles() {
    let edges = edges();
    assert!(
        edges["pipeline"].contains("codecs") && edges["codecs"].contains("container"),
        "{edges:?}"
    );
    for module in edges.keys() {
        let mut path = vec![module.clone()];
        assert!(!circle(&edges, &mut path), "a circle: {}", path.join(" -> "));
    }
}

#[test]
fn container_and_media_know_no_codec() {
    let edges = edges();
    let uses = |module: &str| edges[module].iter().map(String::as_str).collect::<Vec<_>>();
    for module in ["codecs", "pipeline", "sound", "files", "selftest", "weights"] {
        assert!(
            !uses("container").contains(&module) && !uses("media").contains(&module),
            "{module}"
        );
    }
    assert!(!uses("media").contains(&"container"));
}

#[test]
fn circles_are_seen() {
    let names = names_after_crate("use crate::{Limits, media::{image, sound}, tiles::Rect};\ncrate::sound::x()");
    assert_eq!(names, ["Limits", "media", "tiles", "sound"]);
    let of = |pairs: &[(&str, &[&str])]| -> BTreeMap<String, BTreeSet<String>> {
        let set = |to: &[&str]| to.iter().map(|name| (*name).to_owned()).collect();
        pairs.iter().map(|(from, to)| ((*from).to_owned(), set(to))).collect()
    };
    let round = of(&[("a", &["b"]), ("b", &["c"]), ("c", &["b"])]);
    assert!(circle(&round, &mut vec!["a".to_owned()]));
    let straight = of(&[("a", &["b", "c"]), ("b", &["c"]), ("c", &[])]);
    assert!(!circle(&straight, &mut vec!["a".to_owned()]));
}
