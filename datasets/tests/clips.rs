//! Clips: files of frames, packing, batches.

use std::fs;
use std::path::Path;

use lmc_datasets::{ClipFolder, ClipOptions, Error, FrameFile, PackedClips, Reference};

const WIDTH: usize = 40;
const HEIGHT: usize = 32;

/// A square that moves two pixels to the right with each frame.
fn frame(index: usize) -> Vec<u8> {
    let pixel = |at: usize| {
        let (x, y) = (at % WIDTH, at / WIDTH);
        let inside = (4 + 2 * index..14 + 2 * index).contains(&x) && (8..20).contains(&y);
        if inside {
            [200, (x * 9 % 50) as u8, 10]
        } else {
            [(x * 5) as u8, (y * 7) as u8, 60]
        }
    };
    (0..WIDTH * HEIGHT).flat_map(pixel).collect()
}

fn write_frames(path: &Path, count: usize) {
    let mut bytes = Vec::new();
    for index in 0..count {
        bytes.extend(format!("P6\n{WIDTH} {HEIGHT}\n255\n").into_bytes());
        bytes.extend(frame(index));
    }
    fs::write(path, bytes).unwrap();
}

fn options() -> ClipOptions {
    ClipOptions {
        side: 32,
        frames: 2,
        count: 5,
        staged: 0.0,
        seed: 4,
    }
}

fn coder(index: usize, rgb: &[u8], _side: usize) -> lmc_datasets::Result<Reference> {
    Ok(Reference {
        rgb: rgb.iter().map(|value| value / 2 * 2).collect(),
        quality: 100 * index as u16,
        price: 60,
    })
}

fn pack(path: &Path, folder: &ClipFolder, options: &ClipOptions, key: u64) -> lmc_datasets::Result<PackedClips> {
    PackedClips::open_or_pack(path, (None, folder), options, (&coder, key), |_, _| {})
}

#[test]
fn files_of_frames_are_read_by_squares() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.frames");
    write_frames(&path, 3);
    let file = FrameFile::open(&path).unwrap();
    assert_eq!((file.size(), file.len(), file.is_empty()), ([WIDTH, HEIGHT], 3, false));
    let square = file.square(2, [5, 7], 9).unwrap();
    let whole = frame(2);
    for (at, pixel) in square.chunks_exact(3).enumerate() {
        let from = 3 * ((7 + at / 9) * WIDTH + 5 + at % 9);
        assert_eq!(pixel, &whole[from..from + 3]);
    }
    assert!(file.square(3, [0, 0], 8).is_err() && file.square(0, [35, 0], 8).is_err());
    for bad in [
        &b"P6\n40 32\n255\n"[..],
        b"P5\n1 1\n255\n0",
        b"",
        b"P6\n0 4\n255\n",
        b"P6\n4\n255\n....",
    ] {
        fs::write(&path, bad).unwrap();
        assert!(FrameFile::open(&path).is_err());
    }
}

#[test]
fn clips_are_packed_once_and_read_back() {
    let folder = tempfile::tempdir().unwrap();
    write_frames(&folder.path().join("a.frames"), 6);
    let clips = ClipFolder::scan(&[folder.path()]).unwrap();
    assert_eq!(clips.frames(), 6);
    let path = folder.path().join("train.clips");
    let packed = pack(&path, &clips, &options(), 1).unwrap();
    assert_eq!((packed.len(), packed.side(), packed.frames()), (5, 32, 2));
    let clip = packed.clip(3).unwrap();
    assert_eq!(
        (clip.quality, clip.is_staged, clip.frames.len(), clip.fields.len()),
        (300, false, 3, 2)
    );
    assert!(clip.frames[0].iter().all(|value| value % 2 == 0));
    assert!(
        clip.fields
            .iter()
            .any(|field| field.vectors.iter().any(|vector| vector.x != 0))
    );
    assert!(packed.clip(5).is_err());

    let written = fs::metadata(&path).unwrap().modified().unwrap();
    pack(&path, &clips, &options(), 1).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), written);
    let before = fs::read(&path).unwrap();
    let other = ClipOptions { seed: 5, ..options() };
    pack(&path, &clips, &other, 1).unwrap();
    assert_ne!(fs::read(&path).unwrap(), before);
    fs::write(&path, &before[..before.len() - 1]).unwrap();
    assert!(matches!(PackedClips::open(&path), Err(Error::Malformed { .. })));
}

#[test]
fn a_flipped_clip_mirrors_frames_and_vectors() {
    let folder = tempfile::tempdir().unwrap();
    write_frames(&folder.path().join("a.frames"), 4);
    let clips = ClipFolder::scan(&[folder.path()]).unwrap();
    let clip = pack(&folder.path().join("c"), &clips, &options(), 1)
        .unwrap()
        .clip(0)
        .unwrap();
    let flipped = clip.clone().flipped();
    let pixel = |of: &[u8], x: usize| of[3 * (10 * 32 + x)..][..3].to_vec();
    assert_eq!(pixel(&flipped.frames[1], 3), pixel(&clip.frames[1], 28));
    let vector = |of: &lmc_datasets::Clip, column: usize| of.fields[0].vectors[column];
    assert_eq!(vector(&flipped, 0).x, -vector(&clip, 3).x);
    assert_eq!(vector(&flipped, 0).y, vector(&clip, 3).y);
    assert_eq!(flipped.flipped(), clip);
}

#[test]
fn batches_follow_from_seed_and_step() {
    let folder = tempfile::tempdir().unwrap();
    write_frames(&folder.path().join("a.frames"), 6);
    let clips = ClipFolder::scan(&[folder.path()]).unwrap();
    let packed = pack(&folder.path().join("c"), &clips, &options(), 1).unwrap();
    let take = |seed, from, count| {
        let batches = packed.batches(2, 16, seed, from).take(count);
        batches.collect::<Result<Vec<_>, _>>().unwrap()
    };
    let all = take(9, 0, 6);
    assert_eq!(all[4..], take(9, 4, 2));
    assert_ne!(all[..2], take(8, 0, 2));
    let samples = all.iter().flatten();
    assert!(
        samples
            .clone()
            .all(|sample| sample.place.iter().all(|at| [0, 16].contains(at)))
    );
    assert!(samples.clone().any(|sample| sample.place != [0, 0]));
}

#[test]
fn nothing_to_use_is_said() {
    let none = ClipFolder::default();
    let folder = tempfile::tempdir().unwrap();
    let refused = |options: &ClipOptions| pack(&folder.path().join("c"), &none, options, 1).unwrap_err();
    assert!(matches!(refused(&options()), Error::Empty { .. }));
    for bad in [
        ClipOptions { side: 20, ..options() },
        ClipOptions { frames: 0, ..options() },
        ClipOptions { count: 0, ..options() },
        ClipOptions {
            staged: f64::NAN,
            ..options()
        },
    ] {
        assert!(matches!(refused(&bad), Error::Parameter { .. }));
    }
}
