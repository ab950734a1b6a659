//! Random windows of packed sounds.

use super::PackedSounds;
use crate::rng::Rng;
use crate::{Error, Result};

/// How windows are drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct WindowOptions {
    /// Windows in a batch.
    pub batch: usize,
    /// Samples of a window.
    pub samples: usize,
    /// The loudness of a window is changed by a random number of decibels in this range.
    pub gain_db: (f64, f64),
    /// What places and loudness follow from.
    pub seed: u64,
}

impl PackedSounds {
    /// The windows of a step, `[batch * samples]`: the middle of each lies anywhere in the sounds with equal chance, and
    /// beyond the ends of its sound there is silence. They follow from `(options.seed, step)` and the file alone.
    ///
    /// # Errors
    ///
    /// [`Error::Parameter`] for options out of range, [`Error::Io`] where the file cannot be read.
    pub fn windows(&self, options: &WindowOptions, step: u64) -> Result<Vec<f32>> {
        if !(1..=4096).contains(&options.batch) {
            return Err(Error::parameter("batch", options.batch, "must be in 1..=4096"));
        }
        if !(1..=1 << 24).contains(&options.samples) {
            return Err(Error::parameter("samples", options.samples, "must be in 1..=16777216"));
        }
        let mut out = Vec::with_capacity(options.batch * options.samples);
        for slot in 0..options.batch as u64 {
            let mut rng = Rng::from_keys(&[options.seed, 2, step, slot]);
            let at = rng.below(self.samples());
            let (low, high) = options.gain_db;
            let gain = 10f64.powf((low + (high - low) * rng.unit()) / 20.0) as f32;
            let window = self.around(at, options.samples / 2, options.samples)?;
            out.extend(window.iter().map(|sample| (sample * gain).clamp(-1.0, 1.0)));
        }
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::SoundFiles;

    /// A file holds one byte for each sample, and `x` stands for a file that cannot be read.
    fn packed(folder: &tempfile::TempDir) -> PackedSounds {
        let path = |name: &str| folder.path().join(name);
        fs::write(path("a.wav"), [100; 50]).unwrap();
        fs::write(path("b.WAV"), [200; 150]).unwrap();
        fs::write(path("c.wav"), b"x").unwrap();
        fs::write(path("d.txt"), b"no sound").unwrap();
        let read = |path: &std::path::Path| {
            let bytes = fs::read(path).map_err(|error| error.to_string())?;
            match bytes.as_slice() {
                b"x" => Err("not readable".to_owned()),
                bytes => Ok(bytes.iter().map(|b| f32::from(*b) / 32_768.0).collect()),
            }
        };
        let files = SoundFiles::scan(&[folder.path()], &["wav"]).unwrap();
        let packed = PackedSounds::open_or_pack(path("run.sounds"), &files, 16_000, read, |_, _| {});
        let (sounds, report) = packed.unwrap();
        assert_eq!((report.sounds, report.skipped.len()), (2, 1));
        assert_eq!(sounds.sound(0).unwrap().len(), 50);
        assert!(sounds.sound(2).unwrap().is_empty());
        sounds
    }

    fn options() -> WindowOptions {
        WindowOptions {
            batch: 40,
            samples: 30,
            gain_db: (0.0, 0.0),
            seed: 5,
        }
    }

    #[test]
    fn windows_hold_one_sound_each_and_silence_around_it() {
        let folder = tempfile::tempdir().unwrap();
        let sounds = packed(&folder);
        assert_eq!((sounds.samples(), sounds.len()), (200, 2));
        let windows = sounds.windows(&options(), 3).unwrap();
        let mut seen = [0; 2];
        for window in windows.chunks_exact(30) {
            let values: Vec<i32> = window.iter().map(|v| (v * 32_768.0) as i32).collect();
            let inside: Vec<i32> = values.iter().copied().filter(|v| *v != 0).collect();
            assert!(
                !inside.is_empty() && inside.iter().all(|v| *v == inside[0]),
                "{values:?}"
            );
            seen[usize::from(inside[0] == 200)] += 1;
        }
        assert!(seen[0] > 2 && seen[1] > 20, "in proportion to their samples: {seen:?}");
    }

    #[test]
    fn the_same_step_gives_the_same_windows() {
        let folder = tempfile::tempdir().unwrap();
        let sounds = packed(&folder);
        let loud = WindowOptions {
            gain_db: (-6.0, 6.0),
            ..options()
        };
        let first = sounds.windows(&loud, 3).unwrap();
        let again = PackedSounds::open(folder.path().join("run.sounds")).unwrap();
        assert_eq!(first, again.windows(&loud, 3).unwrap());
        assert_ne!(first, sounds.windows(&loud, 4).unwrap());
        assert_ne!(first, sounds.windows(&options(), 3).unwrap());
    }

    #[test]
    fn files_cut_short_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        packed(&folder);
        let path = folder.path().join("run.sounds");
        let whole = fs::read(&path).unwrap();
        for end in [0, 30, 64, 100, whole.len() - 1] {
            fs::write(&path, &whole[..end]).unwrap();
            assert!(PackedSounds::open(&path).is_err(), "{end}");
        }
    }
}
