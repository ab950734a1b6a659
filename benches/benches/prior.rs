//! The integer prior on the latents of a picture of 768 x 512 pixels: networks, coder and checksum together.

use std::hint::black_box;

use criterion::{Criterion, Throughput};
use lmc_entropy::prior::{Coding, Context, LatentPrior, synthetic, synthetic_latents, with_hyper_context};
use lmc_entropy::trellis::{Machine, Quantisation};
use rayon::ThreadPoolBuilder;

fn prior(criterion: &mut Criterion) {
    // The sizes of the shipped model.
    let spec = with_hyper_context(3, synthetic(1, 320, 64, 256));
    let latents = synthetic_latents(2, &spec, 32, 48);
    let prior = LatentPrior::new(spec).expect("synthetic priors are valid");
    let mut group = criterion.benchmark_group("prior");
    group.throughput(Throughput::Elements(latents.y.len() as u64));
    let trellis = Quantisation::Trellis(Machine::SMALLEST);
    for threads in [1, 2] {
        let pool = ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .expect("threads start");
        for (name, how) in [
            ("rounding", Quantisation::Rounding.into()),
            ("trellis", trellis.into()),
            (
                "four-steps",
                Coding {
                    quantisation: trellis,
                    context: Context::Four,
                },
            ),
        ] {
            let coded = prior.compress(&latents, how).expect("the latents fit");
            group.bench_function(format!("compress-{name}-{threads}-threads"), |bench| {
                pool.install(|| bench.iter(|| black_box(prior.compress(&latents, how))));
            });
            group.bench_function(format!("decompress-{name}-{threads}-threads"), |bench| {
                pool.install(|| bench.iter(|| black_box(prior.decompress(&coded.bytes, 32, 48, how))));
            });
        }
    }
    group.finish();
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    prior(&mut criterion);
    criterion.final_summary();
}
