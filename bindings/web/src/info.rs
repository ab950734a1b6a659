//! What a stream holds, as JSON.

use lmc::codec::codecs::{Need, Value as Field};
use lmc::{Color, Limits, Media, Registry, Result, StreamInfo};
use serde_json::{Map, Value, json};

use crate::answer::{Made, answer};
use crate::memory::input;

/// Tells what a stream holds: kind, size or length, codec, model, tags. Nothing is decoded and no weights are needed.
///
/// # Safety
/// `stream` holds `bytes` bytes.
#[unsafe(no_mangle)]
#[allow(unsafe_code)]
pub unsafe extern "C" fn lmc_info(stream: *const u8, bytes: usize) -> i32 {
    // SAFETY: the caller says so.
    answer(info(unsafe { input(stream, bytes) }))
}

fn info(stream: &[u8]) -> Result<Made> {
    let info = lmc::info(stream, &Limits::default())?;
    let mut fields = media(&info.header.media);
    let damage: Vec<String> = info.damage.lines(&info.header.media).collect();
    fields.insert("kind".into(), info.header.media.kind().name().into());
    fields.insert("bytes".into(), info.stream_bytes.into());
    fields.insert("parts".into(), info.parts.into());
    fields.insert("damage".into(), damage.into());
    fields.insert("tags".into(), tags(&info));
    if let Some((sound, samples)) = info
        .track
        .as_ref()
        .and_then(|track| track.sound())
        .zip(info.sound_samples)
    {
        let model = info.track.as_ref().map(|track| track.header().model.to_string());
        let sound = json!({ "sampleRate": sound.rate, "channels": sound.channels, "samples": samples, "model": model });
        fields.insert("sound".into(), sound);
    }
    codec(&info, &mut fields)?;
    Ok(Made::Text(Value::Object(fields).to_string()))
}

/// The fields of the media block.
fn media(media: &Media) -> Map<String, Value> {
    let fields = match media {
        Media::Image(image) => json!({
            "width": image.width,
            "height": image.height,
            "color": if image.color == Color::Gray { "gray" } else { "rgb" },
            "depth": image.depth.bits(),
            "alpha": image.alpha,
            "tileSize": image.tile_size,
        }),
        Media::Sound(sound) => json!({
            "sampleRate": sound.rate,
            "channels": sound.channels,
            "samples": sound.samples,
            "seconds": sound.seconds(),
        }),
        Media::Video(video) => {
            json!({
                "width": video.format.width,
                "height": video.format.height,
                "frames": video.frames,
                "framesPerSecond": video.format.frame_rate.value(),
                "depth": video.format.depth,
            })
        }
        // Media of a newer version: what they hold is not known.
        #[allow(unreachable_patterns)]
        _ => json!({}),
    };
    match fields {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// Title, artist and the like.
fn tags(info: &StreamInfo) -> Value {
    let tags = info.metadata.tags.iter();
    Value::Object(tags.map(|(key, value)| (key.name().to_owned(), value.into())).collect())
}

/// The name of the codec, the model that it needs or null, and what its block says: quality and the like.
fn codec(info: &StreamInfo, fields: &mut Map<String, Value>) -> Result<()> {
    let (registry, header) = (Registry::default(), &info.header);
    let row = registry.find(header.codec);
    let name = row.map_or_else(|| header.codec.to_string(), |row| row.name.to_owned());
    let needed = row.is_none_or(|row| row.weights == Need::Required);
    fields.insert("codec".into(), name.into());
    fields.insert("model".into(), needed.then(|| header.model.to_string()).into());
    let Some(row) = row else { return Ok(()) };
    for (name, value) in (row.describe)(&header.codec_block)? {
        let value = match value {
            Field::Integer(value) => value.into(),
            Field::Number(value) => value.into(),
            Field::Text(text) => text.into(),
        };
        fields.insert(name.into(), value);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_described() {
        let stream = include_bytes!("../../../tests/golden/lossless/alpha.lmc");
        let Made::Text(text) = info(stream).unwrap() else {
            panic!("no text");
        };
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["kind"], "image");
        assert_eq!(value["codec"], "lossless");
        assert_eq!(value["alpha"], true);
        assert_eq!(value["model"], Value::Null);
        assert!(info(&stream[..20]).is_err());
    }
}
