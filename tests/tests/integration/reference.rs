//! The second decoder of images, `tests/reference`, which was written from FORMAT.md alone, makes the same pixels.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, OnceLock};

use lmc_codec::{DecodeOptions, Image, ImageDecoder, Rect, Samples, Scale};
use lmc_models::wavelet::WaveletModel;
use lmc_models::zoo::{self, ShippedModel, Tune};
use lmc_tests::models::{shipped_on_cpu, with_model};
use lmc_tests::repository;
use rayon::prelude::*;

/// A Python with numpy: that which `PYTHON` names, or `python3`. Where CI runs without it, that is a failure and not a
/// reason to skip.
fn python() -> Option<&'static str> {
    static PYTHON: OnceLock<Option<String>> = OnceLock::new();
    let python = PYTHON.get_or_init(|| {
        let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
        let output = Command::new(&python).args(["-c", "import numpy"]).output();
        output.is_ok_and(|output| output.status.success()).then_some(python)
    });
    if python.is_none() {
        let help = "NO PYTHON WITH NUMPY ANSWERS, so the reference decoder did not run. See tests/reference/README.md";
        assert!(std::env::var_os("CI").is_none(), "{help}");
        eprintln!("\n!!!! SKIPPED: {help} !!!!\n");
    }
    python.as_deref()
}

/// Pixels in raster order, each its colours and then its alpha, samples of 16 bits in two bytes.
fn bytes(image: &Image) -> Vec<u8> {
    let bytes = |samples: &Samples| match samples {
        Samples::U8(samples) => samples.clone(),
        Samples::U16(samples) => samples.iter().flat_map(|sample| sample.to_le_bytes()).collect(),
    };
    let size = image.depth().bits() as usize / 8;
    let (colours, alpha) = (bytes(image.samples()), image.alpha().map(bytes));
    let alpha: Vec<&[u8]> = alpha.iter().flat_map(|alpha| alpha.chunks(size)).collect();
    let pixels = colours.chunks(size * image.color().channels());
    pixels
        .enumerate()
        .flat_map(|(at, pixel)| [pixel, alpha.get(at).copied().unwrap_or_default()].concat())
        .collect()
}

/// The bytes of the array of a `.npy` file: behind ten bytes, the last two of which are the length of the header.
fn array(file: &[u8]) -> &[u8] {
    let length = u16::from_le_bytes([file[8], file[9]]);
    &file[10 + usize::from(length)..]
}

/// A golden stream, and which part of it is decoded.
struct Case {
    model: &'static ShippedModel,
    name: &'static str,
    scale: Scale,
    region: Option<Rect>,
}

impl Case {
    fn options(&self) -> Vec<String> {
        let mut options = Vec::new();
        if self.scale != Scale::Full {
            options.push(format!("--small={}", self.scale.levels()));
        }
        if let Some(Rect { x, y, width, height }) = self.region {
            options.push(format!("--region={x},{y},{width},{height}"));
        }
        options
    }

    fn check(&self, python: &str, model: Arc<WaveletModel>, folder: &Path) {
        let (id, options) = (self.model.id, self.options());
        let case = format!("{} of {id} {options:?}", self.name);
        let stream = repository("tests/golden")
            .join(id)
            .join(self.name)
            .with_extension("lmc");
        let out = folder.join(format!("{}-{id}{}.npy", self.name, options.concat()));
        let output = Command::new(python)
            .arg(repository("tests/reference/decode.py"))
            .args([
                &stream,
                &repository("weights/files").join(id).with_extension("safetensors"),
                &out,
            ])
            .args(&options)
            // Threads of the matrix product would wait for one another.
            .env("OPENBLAS_NUM_THREADS", "1")
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .output()
            .expect("Python starts");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{case}: {errors}");
        let options = DecodeOptions::default().with_scale(self.scale).with_region(self.region);
        let decoder = ImageDecoder::new(with_model(model), options);
        let image = decoder
            .decode(&fs::read(stream).expect("the stream is read"))
            .expect("it is decoded")
            .picture;
        let file = fs::read(out).expect("the array is read");
        assert!(array(&file) == bytes(&image), "{case}: other pixels");
    }
}

fn cases(model: &'static ShippedModel) -> Vec<Case> {
    let case = |name| Case {
        model,
        name,
        scale: Scale::Full,
        region: None,
    };
    let mut cases: Vec<Case> = ["one-pixel", "odd", "16-bit", "gray", "alpha", "effort-7", "tiles-of-64"]
        .into_iter()
        .map(case)
        .collect();
    for scale in [Scale::Half, Scale::Quarter, Scale::Eighth] {
        cases.push(Case { scale, ..case("alpha") });
    }
    cases.push(Case {
        region: Some(Rect {
            x: 101,
            y: 33,
            width: 60,
            height: 50,
        }),
        ..case("effort-2")
    });
    cases
}

#[test]
fn a_decoder_written_from_the_format_makes_the_same_pixels() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().expect("a folder for arrays");
    for shipped in [Tune::Psnr, Tune::Perceptual].map(zoo::image_model) {
        let model = shipped_on_cpu(shipped);
        let check = |case: Case| case.check(python, model.clone(), folder.path());
        cases(shipped).into_par_iter().for_each(check);
    }
}
