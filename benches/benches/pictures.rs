//! Whole pictures of 768 x 512 pixels on the CPU, from samples to stream and back, one process, warm.

use std::hint::black_box;

use criterion::{Criterion, Throughput};
use lmc_benches::picture;
use lmc_tests::models::{decoder, encoder, verifier};

fn pictures(criterion: &mut Criterion) {
    let picture = picture();
    let mut group = criterion.benchmark_group("picture");
    group.throughput(Throughput::Elements(768 * 512)).sample_size(20);
    for quality in [30.0, 60.0, 90.0] {
        let (encoder, decoder, verifier) = (encoder(quality, 1024), decoder(false), verifier());
        let stream = encoder.encode(&picture).expect("the picture is encoded").bytes;
        group.bench_function(format!("encode-{quality}"), |bench| {
            bench.iter(|| black_box(encoder.encode(&picture)))
        });
        group.bench_function(format!("decode-{quality}"), |bench| {
            bench.iter(|| black_box(decoder.decode(&stream)))
        });
        group.bench_function(format!("verify-{quality}"), |bench| {
            bench.iter(|| black_box(verifier.verify(&stream)))
        });
    }
    group.finish();
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    pictures(&mut criterion);
    criterion.final_summary();
}
