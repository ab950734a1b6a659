//! Sound files of random layouts, against the samples that they hold, and with damage.
//!
//! `generate.py` makes the files, if there is a Python with its libraries: `LMC_PYTHON` names it, else `python3`. The
//! number of files is `LMC_LAYOUTS`, 300 by default; `LMC_LAYOUTS_SEED` changes them, `LMC_LAYOUTS_ONLY` names kinds of
//! them, and `LMC_LAYOUTS_DAMAGES` says how often each is damaged. Without such a Python the comparison is skipped, and
//! says so.

use std::collections::BTreeMap;
use std::fs;
use std::io::Cursor;
use std::path::Path;
use std::process::Command;

use lmc_codec::sound::files::{ReadOptions, open_with};
use lmc_codec::sound::{Sound, SoundNotes, SoundSource};

fn setting(name: &str, default: u64) -> u64 {
    let value = std::env::var(name).ok().and_then(|value| value.parse().ok());
    value.unwrap_or(default)
}

/// Makes the files in `folder`; false without the libraries for it.
fn generate(folder: &Path) -> bool {
    let python = std::env::var("LMC_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let probe = Command::new(&python).args(["-c", "import numpy, soundfile"]).output();
    if !probe.is_ok_and(|output| output.status.success()) {
        return false;
    }
    let output = Command::new(python)
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sound_layouts/generate.py"))
        .arg(folder)
        .arg(setting("LMC_LAYOUTS", 300).to_string())
        .arg(setting("LMC_LAYOUTS_SEED", 1).to_string())
        .output()
        .expect("Python runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    true
}

fn read(bytes: &[u8], salvage: bool) -> Result<(Sound, SoundNotes), String> {
    let options = ReadOptions::default().with_salvage(salvage);
    let read = || {
        let mut source = open_with(Cursor::new(bytes.to_vec()), &options)?;
        let sound = Sound::read_all(&mut *source)?;
        Ok((sound, source.notes()))
    };
    read().map_err(|error: lmc_codec::CodecError| error.to_string())
}

/// A line of the index.
struct Line<'a> {
    name: &'a str,
    /// In 2^-24.
    tolerance: f32,
    rate: u32,
    channels: u16,
    samples: usize,
    /// Whether the file says where it ends.
    is_told: bool,
}

impl<'a> Line<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        let mut fields = line.split(' ');
        Some(Self {
            name: fields.next()?,
            tolerance: fields.next()?.parse().ok()?,
            rate: fields.next()?.parse().ok()?,
            channels: fields.next()?.parse().ok()?,
            samples: fields.next()?.parse().ok()?,
            is_told: fields.next()? == "told",
        })
    }

    /// What is wrong with the reading of a whole file.
    fn judge(&self, bytes: &[u8], reference: &[u8]) -> Option<String> {
        let (sound, _) = match read(bytes, false) {
            Ok(read) => read,
            Err(error) => return Some(error),
        };
        let found = (sound.spec().rate, sound.spec().channels, sound.samples_per_channel());
        let wanted = (self.rate, self.channels, self.samples);
        if found != wanted {
            return Some(format!("is {found:?} and not {wanted:?}"));
        }
        let wanted = reference
            .chunks_exact(4)
            .map(|bytes| bytes.first_chunk().copied().unwrap_or_default());
        let distances = sound.samples().iter().zip(wanted.map(f32::from_le_bytes));
        let most = distances.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        (most > (self.tolerance + 1.0) / (1 << 24) as f32).then(|| format!("differs by {most}"))
    }

    /// What is wrong with the reading of a file that is cut: nothing is lost without a word.
    fn judge_cut(&self, bytes: &[u8], salvage: bool) -> Option<String> {
        let (sound, notes) = read(bytes, salvage).ok()?;
        let is_told = !notes.warnings.is_empty() || !notes.lost.is_empty();
        let is_whole = sound.samples_per_channel() == self.samples;
        (self.is_told && !is_told && !is_whole).then(|| format!("cut after {} bytes without a word", bytes.len()))
    }

    /// The kind of the file, for counts.
    fn kind(&self) -> &'a str {
        let name = self.name.split_once('_').map_or(self.name, |(_, kind)| kind);
        name.split('.').next().unwrap_or(name)
    }
}

/// Numbers that look random.
struct Random(u32);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) as usize % bound.max(1)
    }

    /// Zeroed, removed, replaced or flipped bytes.
    fn damage(&mut self, bytes: &mut Vec<u8>) {
        let at = self.below(bytes.len());
        match self.below(4) {
            0 => {
                let count = self.below(400);
                bytes.iter_mut().skip(at).take(count).for_each(|byte| *byte = 0);
            }
            1 => drop(bytes.drain(at..(at + self.below(200)).min(bytes.len()))),
            2 => {
                let at = self.below(bytes.len().min(200));
                bytes[at] = self.below(256) as u8;
            }
            _ => {
                for _ in 0..1 + self.below(6) {
                    let at = self.below(bytes.len());
                    bytes[at] ^= 1 << self.below(8);
                }
            }
        }
    }
}

#[test]
fn sounds_of_random_layouts_are_read_whole_or_refused() {
    let folder = tempfile::tempdir().expect("there is room for files");
    if !generate(folder.path()) {
        eprintln!("SKIPPED: there is no Python with numpy and soundfile (LMC_PYTHON)");
        return;
    }
    let index = fs::read_to_string(folder.path().join("index.txt")).expect("there is an index");
    let (mut counts, mut wrong) = (BTreeMap::<&str, [usize; 3]>::new(), Vec::new());
    let mut random = Random(9);
    for line in index.lines() {
        let line = Line::parse(line).expect("lines have six fields");
        let good = fs::read(folder.path().join(line.name)).expect("the file is there");
        let reference = fs::read(folder.path().join(format!("{}.ref", line.name))).expect("there is a reference");
        let [files, cuts, damages] = counts.entry(line.kind()).or_default();
        *files += 1;
        let mut faults: Vec<_> = line.judge(&good, &reference).into_iter().collect();
        for at in 0..setting("LMC_LAYOUTS_DAMAGES", 4) {
            let end = random.below(good.len());
            *cuts += 1;
            faults.extend(line.judge_cut(&good[..end], at % 2 == 1));
            let mut bytes = good.clone();
            random.damage(&mut bytes);
            *damages += 1;
            // Whatever it is read as: it does not panic.
            let _ = read(&bytes, at % 2 == 1);
        }
        if let (Some(keep), false) = (std::env::var_os("LMC_LAYOUTS_KEEP"), faults.is_empty()) {
            let _ = fs::write(Path::new(&keep).join(line.name), &good);
        }
        wrong.extend(faults.into_iter().map(|fault| format!("{}: {fault}", line.name)));
    }
    eprintln!("files, cuts, damages: {counts:?}");
    let first = &wrong[..wrong.len().min(40)];
    assert!(wrong.is_empty(), "{} wrong: {first:#?}", wrong.len());
}
