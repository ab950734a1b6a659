//! Times packing and reading: `cargo run --release -p lmc-datasets --example pack_timing FOLDER FILE COUNT`.

use std::time::Instant;

use lmc_datasets::{BatchOptions, CropOptions, ImageFolder, PackedCrops, pack};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [folder, file, count] = args.as_slice() else {
        return Err("give FOLDER FILE COUNT".into());
    };
    let start = Instant::now();
    let folder = ImageFolder::scan(&[folder])?;
    println!(
        "{} pictures, {} skipped, {:.1} Mpixel: scanned in {:.2?}",
        folder.len(),
        folder.skipped().len(),
        folder.pixels() as f64 / 1e6,
        start.elapsed()
    );
    let start = Instant::now();
    let report = pack(file, &folder, &CropOptions::default(), count.parse()?, |_, _| {})?;
    println!(
        "{} crops of {} pictures, {} skipped: packed in {:.2?}",
        report.crops,
        report.pictures,
        report.skipped.len(),
        start.elapsed()
    );
    let crops = PackedCrops::open(file)?;
    let options = BatchOptions {
        workers: 1,
        ahead: 0,
        ..BatchOptions::default()
    };
    let start = Instant::now();
    for batch in crops.batches(options)?.take(200) {
        batch?;
    }
    println!("a batch of 8 in {:.2?}", start.elapsed() / 200);
    Ok(())
}
