//! Writes the weights of the npm package: `package FOLDER` makes `FOLDER/weights.json` and `FOLDER/weights/`.
//!
//! The index tells the file of each model. Files hold what decoders need, and their names the model.

use std::error::Error;
use std::fs;
use std::path::PathBuf;

use lmc::codec::codecs::wavelet::ModelFile;
use lmc_weights::{SHIPPED, Shipped};
use serde_json::{Map, Value, json};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os().nth(1).ok_or("usage: package FOLDER")?;
    let folder = PathBuf::from(folder);
    fs::create_dir_all(folder.join("weights"))?;
    let mut index = Map::new();
    for shipped in SHIPPED {
        let model: String = shipped.model.iter().map(|byte| format!("{byte:02x}")).collect();
        let file = format!("weights/{}-{}.bin", shipped.id, &model[..8]);
        let bytes = for_decoders(shipped)?;
        fs::write(folder.join(&file), &bytes)?;
        index.insert(model, json!({ "id": shipped.id, "file": file, "bytes": bytes.len() }));
    }
    let mut text = serde_json::to_string_pretty(&Value::Object(index))?;
    text.push('\n');
    fs::write(folder.join("weights.json"), text)?;
    Ok(())
}

/// The file without what only encoders need, where its codec can leave that away.
fn for_decoders(shipped: &Shipped) -> lmc::Result<Vec<u8>> {
    match shipped.codec {
        "wavelet" => ModelFile::for_decoders(shipped.bytes),
        _ => Ok(shipped.bytes.to_vec()),
    }
}
