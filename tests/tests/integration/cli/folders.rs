//! Folders: what is taken of them and what is not, where outputs go, and what does not stop the rest.

use std::fs;
use std::time::{Duration, SystemTime};

use lmc_codec::sound::SampleFormat;
use lmc_tests::pictures::{part, sample};
use lmc_tests::sounds::{music, spec, wav};

use super::Bench;

fn small(bench: &Bench, name: &str) {
    bench.picture(name, &part(&sample(), 90, 70, 20, 20));
}

fn sound(bench: &Bench, name: &str) {
    bench.write(name, &wav(&music(spec(8000, 1, SampleFormat::Int16), 3000)));
}

#[test]
fn folders_give_all_that_can_be_read_and_the_rest_is_named() {
    let bench = Bench::new();
    for name in ["mix/a.png", "mix/b.jfif", "mix/c.jpe"] {
        small(&bench, name);
    }
    sound(&bench, "mix/d.wav");
    // By content alone.
    fs::copy(bench.path("mix/a.png"), bench.path("mix/nameless")).expect("the file is there");
    fs::copy(bench.path("mix/d.wav"), bench.path("mix/recording.bin")).expect("the file is there");
    bench.write("mix/page.pbm", b"P1 3 2 1 0 1 0 1 0");
    bench.write("mix/notes.txt", b"no picture");
    bench.write("mix/score.mid", b"MThd and more");
    bench.write("mix/nothing", b"");
    let said = bench.run("encode mix -o out --device cpu").good();
    assert_eq!(
        bench.names("out"),
        [
            "a.lmc",
            "b.lmc",
            "c.lmc",
            "d.lmc",
            "nameless.lmc",
            "page.lmc",
            "recording.lmc"
        ]
    );
    assert!(said.stderr.contains("3 files left out"), "{}", said.stderr);
    let said = bench.run("encode mix -o out -f -v --device cpu").good();
    for word in [
        "score.mid: left out: MIDI",
        "notes.txt: left out",
        "nothing: left out: it is empty",
    ] {
        assert!(said.stderr.contains(word), "'{word}' is not in: {}", said.stderr);
    }
    let report = bench.run("encode mix -o out -f --json --device cpu").good().json();
    let left_out = report["left_out"].as_array().expect("a list");
    assert_eq!((left_out.len(), &left_out[2]["input"]), (3, &"mix/score.mid".into()));
    // Of a codec of pictures, sounds are no matter.
    let report = bench.run("encode mix -o exact --lossless --json").good().json();
    assert_eq!(report["left_out"].as_array().map(Vec::len), Some(5));
    assert_eq!(bench.names("exact").len(), 5);
    fs::rename(bench.path("out/a.lmc"), bench.path("out/a.bin")).expect("it was written");
    bench.write("out/notes.txt", b"no stream");
    let report = bench.run("verify out --json").good().json();
    assert_eq!(
        report["files"].as_array().map(Vec::len),
        Some(7),
        "streams by content too"
    );
    assert_eq!(report["left_out"].as_array().map(Vec::len), Some(1));
}

#[test]
fn content_and_not_the_name_tells_what_a_file_is() {
    let bench = Bench::new();
    sound(&bench, "sound");
    small(&bench, "x.png");
    fs::rename(bench.path("x.png"), bench.path("picture.wav")).expect("it is there");
    let report = bench
        .run("encode sound picture.wav -o out --json --device cpu")
        .good()
        .json();
    let codecs = [&report["files"][0]["codec"], &report["files"][1]["codec"]];
    assert_eq!(codecs, ["audio", "wavelet"]);
    bench.write("page.pdf", b"%PDF-1.7 and more");
    for input in ["page.pdf", "page.pdf --codec lossless", "page.pdf --codec audio"] {
        bench
            .run(&format!("encode {input} -o x.lmc"))
            .bad(1, &["page.pdf", "readable are"]);
    }
    let said = bench.run("encode page.pdf -o x.lmc").bad(1, &["PNG", "WAV"]).stderr;
    assert!(!said.contains("picture file"), "{said}");
    bench.run("encode sound --codec lossless -o x.lmc").bad(1, &["picture"]);
}

#[test]
fn empty_files_are_named_as_empty() {
    let bench = Bench::new();
    for name in ["e.png", "e.wav", "e", "e.lmc"] {
        bench.write(name, b"");
        bench.run(&format!("encode {name} -o x.out")).bad(1, &[name, "empty"]);
    }
    for command in ["decode e.lmc -o x.out.png", "info e.lmc", "verify e.lmc"] {
        bench.run(command).bad(1, &["e.lmc", "empty"]);
    }
}

#[test]
fn the_same_name_in_two_folders() {
    let bench = Bench::new();
    for name in ["in/i.png", "in/x/i.png", "in/y/i.png"] {
        small(&bench, name);
    }
    bench.run("encode in -o out --device cpu").bad(2, &["--keep-tree"]);
    bench.run("encode in -o out --keep-tree --device cpu").good();
    bench.run("decode out -o back --keep-tree --device cpu").good();
    for name in ["back/i.png", "back/x/i.png", "back/y/i.png"] {
        assert_eq!(bench.read_picture(name).width(), 20);
    }
}

#[test]
fn without_a_name_the_output_lies_beside_the_input() {
    let bench = Bench::new();
    small(&bench, "in/a.png");
    sound(&bench, "in/b.wav");
    bench.run("encode in --device cpu").good();
    assert_eq!(bench.names("in"), ["a.lmc", "a.png", "b.lmc", "b.wav"]);
    // Never over what is there.
    let picture = bench.read("in/a.png");
    bench.run("decode in/a.lmc --device cpu").bad(1, &["a.png", "--force"]);
    assert_eq!(bench.read("in/a.png"), picture);
    fs::remove_file(bench.path("in/a.png")).expect("it is there");
    fs::remove_file(bench.path("in/b.wav")).expect("it is there");
    bench.run("decode in --device cpu").good();
    assert_eq!(bench.names("in"), ["a.lmc", "a.png", "b.lmc", "b.wav"]);
    bench.run("encode - --device cpu").bad(2, &["-o"]);
}

#[test]
fn times_are_preserved_where_that_is_wanted() {
    let bench = Bench::new();
    small(&bench, "old.png");
    let then = SystemTime::UNIX_EPOCH + Duration::from_secs(981_173_106);
    let file = fs::File::options()
        .write(true)
        .open(bench.path("old.png"))
        .expect("it is there");
    file.set_modified(then).expect("the system allows that");
    let time = |name: &str| {
        fs::metadata(bench.path(name))
            .and_then(|file| file.modified())
            .expect("it is there")
    };
    bench.run("encode old.png -o new.lmc --device cpu").good();
    assert_ne!(time("new.lmc"), then);
    bench.run("encode old.png -o kept.lmc --preserve --device cpu").good();
    bench.run("decode kept.lmc -o back.png --preserve --device cpu").good();
    bench.run("encode old.png -o many/ --preserve --device cpu").good();
    bench
        .run("decode kept.lmc many/old.lmc -o more --preserve --device cpu")
        .good();
    for name in ["kept.lmc", "back.png", "many/old.lmc", "more/kept.png", "more/old.png"] {
        assert_eq!(time(name), then, "{name}");
    }
}

#[test]
fn a_folder_without_use_does_not_stop_the_rest() {
    let bench = Bench::new();
    small(&bench, "in/a.png");
    bench.write("empty/notes.txt", b"no picture");
    let outcome = bench
        .run("encode empty in -o out --device cpu --json")
        .bad(1, &["empty"]);
    let report = outcome.json();
    assert_eq!(bench.names("out"), ["a.lmc"]);
    assert_eq!(
        (&report["files"][0]["ok"], &report["files"][1]["ok"]),
        (&false.into(), &true.into())
    );
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_read_does_not_stop_the_rest() {
    use std::os::unix::fs::PermissionsExt;
    let bench = Bench::new();
    small(&bench, "in/a.png");
    small(&bench, "in/locked/b.png");
    let locked = bench.path("in/locked");
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o000)).expect("it is ours");
    // Root may read everything.
    let is_locked = fs::read_dir(&locked).is_err();
    let outcome = bench.run("encode in -o out --device cpu --json");
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o755)).expect("it is ours");
    if is_locked {
        let report = outcome.bad(1, &["locked"]).json();
        assert_eq!(report["failed"], 1);
        assert_eq!(bench.names("out"), ["a.lmc"]);
    }
}

#[test]
fn a_run_that_ends_early_reports_so() {
    let bench = Bench::new();
    small(&bench, "a.png");
    bench.write("a.lmc", b"precious");
    let report = bench.run("encode a.png --json").bad(1, &["exists"]).json();
    assert_eq!(
        (&report["command"], report["files"].as_array().map(Vec::len)),
        (&"encode".into(), Some(0))
    );
    assert!(
        report["error"].as_str().is_some_and(|error| error.contains("exists")),
        "{report}"
    );
}
