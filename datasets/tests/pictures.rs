//! Folders, packed crops and batches together, on pictures made here.

use std::fs;
use std::path::Path;

use image::{DynamicImage, ImageBuffer, Rgb};
use lmc_datasets::{BatchOptions, CropOptions, Error, ImageFolder, PackedCrops, pack};
use tempfile::TempDir;

/// A picture with detail everywhere; `tint` makes it differ from others.
fn picture(width: u32, height: u32, tint: u8) -> DynamicImage {
    let pixel = |x: u32, y: u32| {
        let wave = (x * 7 % 61 + y * 5 % 53) as u8;
        Rgb([wave, wave.wrapping_add(tint), tint])
    };
    DynamicImage::ImageRgb8(ImageBuffer::from_fn(width, height, pixel))
}

fn save(folder: &Path, name: &str, width: u32, height: u32, tint: u8) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    picture(width, height, tint).save(path).unwrap();
}

/// Five good pictures in five formats, one broken, one too small, one that is no picture.
fn folder() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    save(dir.path(), "b.png", 90, 70, 10);
    save(dir.path(), "sub/a.jpg", 80, 120, 60);
    save(dir.path(), "sub/deep/c.PPM", 64, 64, 110);
    save(dir.path(), "d.webp", 70, 64, 160);
    save(dir.path(), "e.tiff", 100, 64, 210);
    save(dir.path(), "small.png", 20, 200, 1);
    fs::write(dir.path().join("broken.png"), b"\x89PNG\r\n\x1a\nno more").unwrap();
    fs::write(dir.path().join("notes.txt"), b"no picture").unwrap();
    dir
}

fn options() -> CropOptions {
    CropOptions {
        size: 32,
        ..CropOptions::default()
    }
}

fn packed(dir: &TempDir, count: usize) -> PackedCrops {
    let folder = ImageFolder::scan(&[dir.path()]).unwrap();
    let path = dir.path().join("x.crops");
    PackedCrops::open_or_pack(path, &folder, &options(), count, |_, _| {}).unwrap()
}

#[test]
fn scan_finds_pictures_sorted_and_lists_broken_ones() {
    let dir = folder();
    let folder = ImageFolder::scan(&[dir.path(), &dir.path().join("sub")]).unwrap();
    let names: Vec<_> = folder
        .entries()
        .iter()
        .map(|e| e.path.strip_prefix(dir.path()).unwrap().to_str().unwrap())
        .map(|name| name.replace('\\', "/"))
        .collect();
    let expected = ["b.png", "d.webp", "e.tiff", "small.png", "sub/a.jpg", "sub/deep/c.PPM"];
    assert_eq!(names, expected);
    assert_eq!((folder.entries()[0].width, folder.entries()[0].height), (90, 70));
    assert_eq!(folder.skipped().len(), 1);
    assert!(folder.skipped()[0].path.ends_with("broken.png"));
}

#[test]
fn scan_says_what_is_missing() {
    let dir = tempfile::tempdir().unwrap();
    let empty = ImageFolder::scan(&[dir.path()]).unwrap_err();
    assert!(matches!(empty, Error::Empty { .. }), "{empty}");
    let missing = ImageFolder::scan(&[dir.path().join("nowhere")]).unwrap_err();
    assert!(missing.to_string().contains("nowhere"), "{missing}");
}

#[test]
fn splits_are_stable_and_complete() {
    let dir = folder();
    let folder = ImageFolder::scan(&[dir.path()]).unwrap();
    let (train, held_out) = folder.split(0.5, 1);
    assert_eq!(train.len() + held_out.len(), folder.len());
    let (again, _) = folder.split(0.5, 1);
    assert_eq!(train.entries(), again.entries());
    assert_eq!(folder.split(0.0, 1).1.len(), 0);
    assert_eq!(folder.split(1.0, 1).0.len(), 0);
}

#[test]
fn held_out_pictures_are_left_out_by_any_name() {
    let dir = folder();
    let folder = ImageFolder::scan(&[dir.path()]).unwrap();
    let held_out = ImageFolder::scan(&[dir.path().join("sub/../sub")]).unwrap();
    let rest = folder.without(&held_out);
    assert_eq!((held_out.len(), rest.len()), (2, folder.len() - 2));
}

#[test]
fn whole_pictures_come_as_they_are() {
    let dir = folder();
    let folder = ImageFolder::scan(&[dir.path().join("b.png")]).unwrap();
    let pictures: Vec<_> = folder.pictures().collect::<Result<_, _>>().unwrap();
    assert_eq!(pictures[0].rgb, picture(90, 70, 10).into_rgb8().into_raw());
}

#[test]
fn packing_is_deterministic_and_reports() {
    let dir = folder();
    // Its header is whole, so the scan takes it; only decoding finds out.
    let good = fs::read(dir.path().join("b.png")).unwrap();
    fs::write(dir.path().join("cut.png"), &good[..good.len() / 2]).unwrap();
    let folder = ImageFolder::scan(&[dir.path()]).unwrap();
    let pack_to = |name: &str, threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        let path = dir.path().join(name);
        let pool = pool.build().unwrap();
        let report = pool.install(|| pack(&path, &folder, &options(), 40, |_, _| {}));
        (report.unwrap(), path)
    };
    let (report, one) = pack_to("one.crops", 1);
    let (_, again) = pack_to("again.crops", 3);
    assert_eq!(fs::read(&one).unwrap(), fs::read(again).unwrap());
    assert_eq!((report.crops, report.pictures), (40, 5));
    let mut skipped: Vec<_> = report.skipped.iter().map(|s| s.path.clone()).collect();
    skipped.sort();
    assert!(skipped[0].ends_with("cut.png") && skipped[1].ends_with("small.png"));
    let crops = PackedCrops::open(one).unwrap();
    assert_eq!((crops.len(), crops.size()), (40, 32));
    assert_eq!(crops.crop(39).unwrap().len(), 32 * 32 * 3);
    assert!(crops.crop(40).is_err());
}

#[test]
fn a_packed_file_is_used_again_until_something_changes() {
    let dir = folder();
    let folder = ImageFolder::scan(&[dir.path()]).unwrap();
    let path = dir.path().join("x.crops");
    let mut packs = 0;
    let mut open = |options: &CropOptions| {
        let progress = |done, all| packs += usize::from(done == all);
        PackedCrops::open_or_pack(&path, &folder, options, 20, progress).unwrap();
        packs
    };
    assert_eq!(open(&options()), 1);
    assert_eq!(open(&options()), 1);
    let seeded = CropOptions { seed: 1, ..options() };
    assert_eq!(open(&seeded), 2);
}

#[test]
fn damaged_files_of_crops_are_refused() {
    let dir = folder();
    let bytes = fs::read(packed(&dir, 4).path()).unwrap();
    let path = dir.path().join("bad.crops");
    let mut version = bytes.clone();
    version[8] = 9;
    let mut huge = bytes.clone();
    huge[16..24].fill(0xff);
    for bad in [&bytes[..10], &bytes[..bytes.len() - 1], &version, &huge, &[7; 100]] {
        fs::write(&path, bad).unwrap();
        let error = PackedCrops::open(&path).unwrap_err();
        assert!(matches!(error, Error::Malformed { .. }), "{error}");
    }
}

#[test]
fn each_epoch_shows_each_crop_once_in_its_own_order() {
    let dir = folder();
    let crops = packed(&dir, 20);
    let options = BatchOptions {
        batch: 5,
        ..BatchOptions::default()
    };
    let batches: Vec<_> = crops.batches(options).unwrap().take(8).map(Result::unwrap).collect();
    let epoch =
        |batches: &[lmc_datasets::Batch]| -> Vec<u32> { batches.iter().flat_map(|b| b.sources.clone()).collect() };
    let (first, second) = (epoch(&batches[..4]), epoch(&batches[4..]));
    assert_ne!(first, second);
    for mut order in [first, second] {
        order.sort_unstable();
        assert_eq!(order, (0..20).collect::<Vec<_>>());
    }
}

#[test]
fn the_sequence_does_not_depend_on_workers_and_can_be_taken_up() {
    let dir = folder();
    let crops = packed(&dir, 7);
    let batches = |workers, ahead| {
        let options = BatchOptions {
            batch: 3,
            size: Some(24),
            seed: 11,
            workers,
            ahead,
            ..BatchOptions::default()
        };
        crops.batches(options).unwrap()
    };
    let all: Vec<_> = batches(1, 0).take(12).map(Result::unwrap).collect();
    for workers in 2..5 {
        let other: Vec<_> = batches(workers, workers).take(12).map(Result::unwrap).collect();
        assert_eq!(all, other);
        let resumed: Vec<_> = batches(workers, 1).starting_at(5).take(7).map(Result::unwrap).collect();
        assert_eq!(all[5..], resumed);
    }
    assert_eq!(all[5].step, 5);
}

#[test]
fn batches_are_planes_of_the_crops() {
    let dir = folder();
    let crops = packed(&dir, 6);
    let options = BatchOptions {
        batch: 6,
        flip: false,
        ..BatchOptions::default()
    };
    let batch = crops.batches(options).unwrap().next().unwrap().unwrap();
    assert_eq!((batch.len(), batch.height, batch.width), (6, 32, 32));
    for (slot, &index) in batch.sources.iter().enumerate() {
        let rgb = crops.crop(index as usize).unwrap();
        for (i, &value) in rgb.iter().enumerate() {
            let (pixel, colour) = (i / 3, i % 3);
            let planar = batch.data[(slot * 3 + colour) * 32 * 32 + pixel];
            assert_eq!(planar, f32::from(value) / 255.0);
        }
    }
}

#[test]
fn bad_batch_options_are_refused() {
    let dir = folder();
    let crops = packed(&dir, 4);
    let refused = |options| matches!(crops.batches(options), Err(Error::Parameter { .. }));
    let with = BatchOptions::default;
    assert!(refused(BatchOptions { batch: 0, ..with() }));
    assert!(refused(BatchOptions { workers: 0, ..with() }));
    assert!(refused(BatchOptions {
        size: Some(33),
        ..with()
    }));
}

/// A JPEG of 40 x 20 pixels, red on the left and blue on the right, that is to be turned right by a quarter.
fn turned_jpeg(path: &Path) {
    let color = |x: u32, _| Rgb(if x < 20 { [230, 20, 20] } else { [20, 20, 230] });
    let picture = DynamicImage::ImageRgb8(ImageBuffer::from_fn(40, 20, color));
    picture.save(path).unwrap();
    let jpeg = fs::read(path).unwrap();
    let mut exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0".to_vec();
    let length = (exif.len() as u16 + 2).to_be_bytes();
    let mut file = vec![0xff, 0xd8, 0xff, 0xe1, length[0], length[1]];
    file.append(&mut exif);
    file.extend(&jpeg[2..]);
    fs::write(path, file).unwrap();
}

#[test]
fn the_exif_orientation_is_applied() {
    let dir = tempfile::tempdir().unwrap();
    turned_jpeg(&dir.path().join("a.jpg"));
    let folder = ImageFolder::scan(&[dir.path()]).unwrap();
    assert_eq!((folder.entries()[0].width, folder.entries()[0].height), (20, 40));
    let picture = folder.pictures().next().unwrap().unwrap();
    assert_eq!((picture.width, picture.height), (20, 40));
    let rows: Vec<&[u8]> = picture.rgb.chunks_exact(20 * 3).collect();
    let is_red = |row: &[u8]| row.chunks_exact(3).all(|pixel| pixel[0] > 180 && pixel[2] < 70);
    let is_blue = |row: &[u8]| row.chunks_exact(3).all(|pixel| pixel[0] < 70 && pixel[2] > 180);
    assert!(rows[..16].iter().all(|row| is_red(row)) && rows[24..].iter().all(|row| is_blue(row)));
}

#[test]
fn deep_samples_are_rounded_and_alpha_is_dropped() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.png");
    let values = |x: u32, _| image::Rgba([x as u16 * 257 + 128, x as u16 * 257 + 129, 65_535, 0]);
    let picture: ImageBuffer<image::Rgba<u16>, Vec<u16>> = ImageBuffer::from_fn(255, 1, values);
    DynamicImage::ImageRgba16(picture).save(&path).unwrap();
    let rgb = lmc_datasets::Image::read(&path).unwrap().rgb;
    assert!(
        (0..255u8)
            .zip(rgb.chunks_exact(3))
            .all(|(x, pixel)| pixel == [x, x + 1, 255])
    );
}
