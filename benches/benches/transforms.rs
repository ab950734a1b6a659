//! The approximate world on the CPU: wavelet packet and networks on a window of 768 x 512 pixels.

use std::hint::black_box;

use criterion::{Criterion, Throughput};
use lmc_benches::picture;
use lmc_codec::Scale;
use lmc_models::wavelet::{Planes, Quality, packet};
use lmc_tests::models::on_cpu;

const HEIGHT: usize = 512;
const WIDTH: usize = 768;

fn transforms(criterion: &mut Criterion) {
    let picture = picture();
    let samples = picture.samples().to_u8();
    let plane = |channel: usize| {
        samples
            .iter()
            .skip(channel)
            .step_by(3)
            .map(|&sample| f32::from(sample) / 255.0)
    };
    let window = Planes {
        height: HEIGHT,
        width: WIDTH,
        data: (0..3).flat_map(plane).collect(),
    };
    let (model, quality) = (on_cpu(), Quality::new(60.0).expect("60 is a quality"));
    let mut group = criterion.benchmark_group("transforms");
    group
        .throughput(Throughput::Elements((HEIGHT * WIDTH) as u64))
        .sample_size(20);

    let bands = packet::forward(&window.data, HEIGHT, WIDTH);
    group.bench_function("packet-forward", |bench| {
        bench.iter(|| black_box(packet::forward(&window.data, HEIGHT, WIDTH)));
    });
    group.bench_function("packet-inverse", |bench| {
        bench.iter(|| black_box(packet::inverse(&bands, HEIGHT, WIDTH)))
    });

    let field = model.analyse(&window, quality).expect("the CPU computes");
    group.bench_function("analyse", |bench| {
        bench.iter(|| black_box(model.analyse(&window, quality)))
    });
    group.bench_function("quantise", |bench| bench.iter(|| black_box(model.quantise(&field))));

    let (_, y) = model.quantise(&field).expect("the CPU computes");
    let y_hat: Vec<i16> = y.iter().map(|y| (y / 256 * 16) as i16).collect();
    group.bench_function("synthesise", |bench| {
        bench.iter(|| black_box(model.synthesise(&y_hat, HEIGHT / 16, WIDTH / 16, quality, Scale::Full)));
    });
    group.finish();
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    transforms(&mut criterion);
    criterion.final_summary();
}
