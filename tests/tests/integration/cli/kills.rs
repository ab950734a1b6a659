//! Programs killed at any moment leave what was there, or the whole of what they wrote, and nothing else. `KILLS=200` sets
//! how often; the moments follow from their number.
#![cfg(target_os = "linux")]

use std::process::Stdio;
use std::time::{Duration, Instant};

use lmc_codec::sound::SampleFormat;
use lmc_tests::damage::Damager;
use lmc_tests::pictures::{part, sample};
use lmc_tests::sounds::{music, spec, wav};

use super::Bench;

fn kills() -> usize {
    std::env::var("KILLS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(12)
}

#[test]
fn a_killed_program_leaves_no_half_file() {
    let bench = Bench::new();
    bench.picture("p.png", &part(&sample(), 0, 0, 384, 256));
    bench.write("s.wav", &wav(&music(spec(48_000, 2, SampleFormat::Int16), 200_000)));
    bench.run("encode p.png s.wav -o streams --device cpu").good();
    let lines = [
        ("encode p.png -o out/x --device cpu -f", "x"),
        ("encode s.wav -o out/x -f", "x"),
        ("decode streams/p.lmc -o out/x.tif --device cpu -f", "x.tif"),
        ("decode streams/s.lmc -o out/x.wav -f", "x.wav"),
    ];
    let mut damager = Damager::new(7);
    let mut ended = [0, 0];
    for (line, name) in lines {
        let target = format!("out/{name}");
        bench.write(&target, b"old");
        let start = Instant::now();
        bench.run(line).good();
        let (whole, time) = (bench.read(&target), start.elapsed());
        for _ in 0..kills().div_ceil(lines.len()) {
            bench.write(&target, b"old");
            let mut command = bench.command(line);
            let mut child = command.stderr(Stdio::null()).spawn().expect("the program starts");
            std::thread::sleep(
                time.mul_f64(damager.below(1200) as f64 / 1000.0)
                    .min(Duration::from_secs(5)),
            );
            child.kill().expect("it can be killed");
            child.wait().expect("it ends");
            let left = bench.read(&target);
            assert!(left == b"old" || left == whole, "{line}: {} bytes are left", left.len());
            assert_eq!(bench.names("out"), [name], "{line}");
            ended[usize::from(left == whole)] += 1;
        }
        std::fs::remove_file(bench.path(&target)).expect("it is there");
    }
    println!("{} kills before and {} after the output was there", ended[0], ended[1]);
}
