//! Decodes streams on this machine, for tests of the module to compare with: `expected FOLDER STREAM...`.
//!
//! Writes `FOLDER/cases.json`, and for each case a file of raw values: RGBA of 8 bits, of videos of
//! all frames, or `f32` of all channels in turn.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use lmc::{DecodeOptions, Media, Models, PixelBuffers, Rect, Scale, Unwatched, image_of, open_with};
use serde_json::{Value, json};

const SCALES: [(u32, Scale); 4] = [
    (1, Scale::Full),
    (2, Scale::Half),
    (4, Scale::Quarter),
    (8, Scale::Eighth),
];

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args_os().skip(1).map(PathBuf::from);
    let folder = args.next().ok_or("usage: expected FOLDER STREAM...")?;
    fs::create_dir_all(&folder)?;
    let models = Models::default();
    let mut cases = Vec::new();
    for path in args {
        let stream = fs::read(&path)?;
        match lmc::open(&stream[..])?.header().media.clone() {
            Media::Image(media) => {
                for (region, divisor, scale) in views([media.width, media.height]) {
                    let options = DecodeOptions::default().with_region(region).with_scale(scale);
                    let picture = open_with(&stream[..], &models, options)?.image(&mut Unwatched)?.picture;
                    let row = 4 * picture.width() as usize;
                    let mut rgba = vec![0; row * picture.height() as usize];
                    picture.write_rgba8(&mut rgba, row)?;
                    let region = region.map(|Rect { x, y, width, height }| json!([x, y, width, height]));
                    let mut case = json!({
                        "region": region,
                        "scale": divisor,
                        "width": picture.width(),
                        "height": picture.height(),
                    });
                    add(&folder, &path, &mut case, cases.len(), &rgba)?;
                    cases.push(case);
                }
            }
            Media::Sound(media) => {
                let mut decoder = open_with(&stream[..], &models, DecodeOptions::default())?.sound()?;
                let mut bytes = Vec::new();
                while let Some(packet) = decoder.next_packet()? {
                    bytes.extend(packet.iter().flat_map(|sample| sample.to_le_bytes()));
                }
                let mut case = json!({ "sampleRate": media.rate, "channels": media.channels });
                add(&folder, &path, &mut case, cases.len(), &bytes)?;
                cases.push(case);
            }
            Media::Video(_) => {
                let mut decoder = open_with(&stream[..], &models, DecodeOptions::default())?.video()?;
                let (mut bytes, mut frames, mut size) = (Vec::new(), 0, [0; 2]);
                while let Some(shown) = decoder.next_frame()? {
                    let image = image_of(&shown.frame, decoder.format())?;
                    size = [image.width(), image.height()];
                    let row = 4 * size[0] as usize;
                    let mut rgba = vec![0; row * size[1] as usize];
                    image.write_rgba8(&mut rgba, row)?;
                    bytes.extend(rgba);
                    frames += 1;
                }
                let mut case = json!({ "frames": frames, "width": size[0], "height": size[1] });
                add(&folder, &path, &mut case, cases.len(), &bytes)?;
                cases.push(case);
            }
            #[allow(unreachable_patterns)]
            other => return Err(format!("{}: a {}", path.display(), other.kind().name()).into()),
        }
    }
    fs::write(folder.join("cases.json"), serde_json::to_string_pretty(&cases)?)?;
    Ok(())
}

/// Writes the values of a case.
fn add(folder: &Path, stream: &Path, case: &mut Value, number: usize, values: &[u8]) -> std::io::Result<()> {
    let file = format!("{number}.raw");
    fs::write(folder.join(&file), values)?;
    case["stream"] = stream.to_string_lossy().into();
    case["values"] = file.into();
    Ok(())
}

/// The parts and sizes of an image that are compared: the whole in all sizes, and a part at odd places in two.
fn views([width, height]: [u32; 2]) -> Vec<(Option<Rect>, u32, Scale)> {
    let mut views: Vec<_> = SCALES.map(|(divisor, scale)| (None, divisor, scale)).to_vec();
    let (x, y) = (width / 3, height / 4);
    let region = Rect {
        x,
        y,
        width: (width - x).div_ceil(2),
        height: (height - y).div_ceil(3),
    };
    let parts = SCALES.iter().take(2);
    views.extend(parts.map(|&(divisor, scale)| (Some(region), divisor, scale)));
    views
}
