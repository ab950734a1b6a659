//! What joins the program to shells and desktops: completions, pages, thumbnails, and the files in `share/`.

use std::fs;
use std::process::Command;

use lmc_tests::pictures::{part, psnr_db, sample};
use lmc_tests::repository;

use super::Bench;

#[test]
fn thumbnails_are_small_and_look_like_the_picture() {
    let bench = Bench::new();
    let picture = part(&sample(), 0, 0, 384, 256);
    bench.picture("p.png", &picture);
    for flags in ["--quality 90", "--lossless", "--tile-size 64"] {
        bench
            .run(&format!("encode p.png -o p.lmc -f --device cpu {flags}"))
            .good();
        for (side, size) in [(100, (100, 67)), (48, (48, 32)), (7, (7, 5)), (1000, (384, 256))] {
            bench.run(&format!("thumbnail -s {side} p.lmc t.png")).good();
            let small = bench.read_picture("t.png");
            assert_eq!((small.width(), small.height()), size, "{flags}");
        }
        let psnr = psnr_db(&bench.read_picture("t.png"), &picture);
        assert!(psnr > 28.0, "{psnr:.1} dB");
        // Over what is there, as file managers want it; its mean colour is that of the picture.
        bench.run("thumbnail --size 1 p.lmc t.png").good();
        let mean = |bytes: &[u8]| bytes.iter().map(|&b| f64::from(b)).sum::<f64>() / bytes.len() as f64;
        let (one, all) = (bench.read_picture("t.png"), picture.samples().to_u8().into_owned());
        assert!((mean(&one.samples().to_u8()) - mean(&all)).abs() < 4.0);
    }
    let stream = bench.read("p.lmc");
    let piped = bench.run_with_stdin("thumbnail -s 64 - -", &stream).good().stdout;
    assert!(piped.starts_with(b"\x89PNG"));
    bench.write("cut.lmc", &stream[..stream.len() / 2]);
    bench.run("thumbnail cut.lmc no.png").bad(1, &["cut"]);
    bench.run("thumbnail p.png no.png").bad(1, &["no lmc stream"]);
    bench.run("thumbnail -s 0 p.lmc no.png").bad(2, &["--size"]);
    assert!(!bench.path("no.png").exists());
}

#[test]
fn completions_and_pages_name_every_subcommand() {
    let bench = Bench::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = bench.run(&format!("completions {shell}")).good().stdout;
        let script = String::from_utf8(script).expect("scripts are text");
        assert!(
            ["encode", "thumbnail", "max-memory"]
                .iter()
                .all(|word| script.contains(word)),
            "{shell}"
        );
    }
    let page = String::from_utf8(bench.run("man").good().stdout).expect("pages are text");
    assert!(page.contains(".TH") && page.contains("Exit codes"), "{page}");
    let page = String::from_utf8(bench.run("man encode").good().stdout).expect("pages are text");
    assert!(page.contains("keep\\-tree"), "{page}");
    bench.run("man transmogrify").bad(2, &["transmogrify"]);
}

/// The entry for file(1) knows every golden stream, where there is such a program.
#[test]
fn the_magic_entry_knows_the_golden_streams() {
    if Command::new("file").arg("--version").output().is_err() {
        return;
    }
    let golden = repository("tests/golden");
    let mut seen = 0;
    for folder in fs::read_dir(golden).expect("there are golden streams") {
        for stream in fs::read_dir(folder.expect("it is a folder").path()).expect("it can be read") {
            let path = stream.expect("it is a file").path();
            if path.extension().is_none_or(|ending| ending != "lmc") {
                continue;
            }
            let ask = |flags: &[&str]| {
                let mut command = Command::new("file");
                command
                    .args(flags)
                    .arg("-m")
                    .arg(repository("share/magic/lmc"))
                    .arg(&path);
                String::from_utf8_lossy(&command.output().expect("it runs").stdout).into_owned()
            };
            let bytes = fs::read(&path).expect("it can be read");
            let (header, _) = lmc_codec::Header::parse(&bytes).expect("it is a stream");
            let media = header.media.kind().name();
            let said = ask(&["-b"]);
            assert!(
                said.contains("lmc stream, format version 1") && said.contains(media),
                "{said}"
            );
            let kind = match media {
                "sound" => "audio/x-lmc",
                "video" => "video/x-lmc",
                _ => "image/x-lmc",
            };
            assert_eq!(ask(&["-b", "--mime-type"]).trim(), kind, "{}", path.display());
            seen += 1;
        }
    }
    assert!(seen > 5, "{seen}");
}
