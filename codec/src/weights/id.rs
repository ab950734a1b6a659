//! The identity of a model: a hash of all that decides what its decoder makes of a stream, and of nothing else.
//!
//! # Canonical form
//!
//! A model id is the first 16 bytes of the BLAKE3 hash of the bytes below. Numbers are little-endian; a *text* is its length in bytes
//! (32 bits) and its UTF-8.
//!
//! 1. The text `lmc model 1`, and the name of the codec as a text.
//! 2. The configuration as a text of JSON: the members of each object sorted by the bytes of their names, no spaces, numbers whole and
//!    in decimal, strings escaped no more than JSON demands.
//! 3. The number of tensors (32 bits) and the tensors, sorted by the bytes of their names. For each: the name as a text, the number of
//!    axes (32 bits), the size of each axis (64 bits), and the values in row-major order as 32-bit floats. Values that a file
//!    stores in 16 bits are widened, which is exact.
//! 4. The number of blobs (32 bits) and the blobs, sorted by the bytes of their names. For each: the name as a text, the number of
//!    bytes (64 bits), and the bytes.
//!
//! Which members, tensors and blobs decide decoding is for each codec to say.

use blake3::Hasher;
use serde_json::Value;

use crate::error::ModelHash;
use crate::{CodecError, Result};

/// The first text of the canonical form.
const DOMAIN: &str = "lmc model 1";

/// The id of a model from the parts that decide decoding, in any order.
///
/// ```
/// use lmc_codec::weights::model_id;
///
/// let config = serde_json::json!({ "latents": 2, "anchors": 4 });
/// let (gains, prior) = ([0.5, -2.0], [1, 2, 3]);
/// let id = model_id("toy", &config, [("gains", &[2][..], &gains[..])], [("prior", &prior[..])])?;
/// assert_eq!(id.to_string(), "399ac2e142a3d7ffd1a2719493162dee");
/// # Ok::<(), lmc_codec::CodecError>(())
/// ```
///
/// # Errors
/// [`CodecError::Parameter`] if the configuration has a number that is not whole.
pub fn model_id<'a>(
    codec: &str,
    config: &Value,
    params: impl IntoIterator<Item = (&'a str, &'a [usize], &'a [f32])>,
    blobs: impl IntoIterator<Item = (&'a str, &'a [u8])>,
) -> Result<ModelHash> {
    let mut hasher = Hasher::new();
    text(&mut hasher, DOMAIN);
    text(&mut hasher, codec);
    let mut json = String::new();
    canonical(config, &mut json)?;
    text(&mut hasher, &json);
    let mut params: Vec<_> = params.into_iter().collect();
    params.sort_by_key(|(name, ..)| *name);
    count(&mut hasher, params.len());
    for (name, shape, values) in params {
        text(&mut hasher, name);
        count(&mut hasher, shape.len());
        for side in shape {
            hasher.update(&(*side as u64).to_le_bytes());
        }
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        hasher.update(&bytes);
    }
    let mut blobs: Vec<_> = blobs.into_iter().collect();
    blobs.sort_by_key(|(name, _)| *name);
    count(&mut hasher, blobs.len());
    for (name, bytes) in blobs {
        text(&mut hasher, name);
        hasher.update(&(bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    }
    let mut id = [0; 16];
    id.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    Ok(ModelHash(id))
}

fn count(hasher: &mut Hasher, count: usize) {
    hasher.update(&(count as u32).to_le_bytes());
}

fn text(hasher: &mut Hasher, text: &str) {
    count(hasher, text.len());
    hasher.update(text.as_bytes());
}

/// Writes a configuration in its canonical form.
fn canonical(value: &Value, out: &mut String) -> Result<()> {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(name, _)| *name);
            list(out, ['{', '}'], members, |(name, value), out| {
                out.push_str(&Value::from(name.as_str()).to_string());
                out.push(':');
                canonical(value, out)
            })
        }
        Value::Array(items) => list(out, ['[', ']'], items, canonical),
        Value::Number(number) if number.is_f64() => Err(CodecError::Parameter(format!(
            "{number} in the configuration of a model is not whole"
        ))),
        plain => {
            out.push_str(&plain.to_string());
            Ok(())
        }
    }
}

fn list<T>(
    out: &mut String,
    [open, close]: [char; 2],
    items: impl IntoIterator<Item = T>,
    mut write: impl FnMut(T, &mut String) -> Result<()>,
) -> Result<()> {
    out.push(open);
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write(item, out)?;
    }
    out.push(close);
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn id(codec: &str, config: Value, params: &[(&str, &[usize], &[f32])], blobs: &[(&str, &[u8])]) -> ModelHash {
        model_id(codec, &config, params.iter().copied(), blobs.iter().copied()).unwrap()
    }

    #[test]
    fn the_canonical_form_is_the_documented_one() {
        let mut bytes = Vec::new();
        let text = |bytes: &mut Vec<u8>, text: &str| {
            bytes.extend((text.len() as u32).to_le_bytes());
            bytes.extend(text.as_bytes());
        };
        text(&mut bytes, "lmc model 1");
        text(&mut bytes, "toy");
        text(&mut bytes, r#"{"a":[1,true],"b":{"c":"x\"y"}}"#);
        bytes.extend([2, 0, 0, 0]);
        text(&mut bytes, "first");
        bytes.extend([1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 128, 63]);
        text(&mut bytes, "second");
        bytes.extend([2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0]);
        bytes.extend([0, 0, 0, 192, 0, 0, 0, 128]);
        bytes.extend([1, 0, 0, 0]);
        text(&mut bytes, "prior");
        bytes.extend([3, 0, 0, 0, 0, 0, 0, 0, 7, 8, 9]);
        let hash = blake3::hash(&bytes);
        let params: [(&str, &[usize], &[f32]); 2] = [("second", &[1, 2], &[-2.0, -0.0]), ("first", &[1], &[1.0])];
        let config = json!({ "b": { "c": "x\"y" }, "a": [1, true] });
        assert_eq!(
            id("toy", config, &params, &[("prior", &[7, 8, 9])]).0,
            hash.as_bytes()[..16]
        );
    }

    #[test]
    fn every_part_counts_and_their_order_does_not() {
        let (one, two) = (("a", &[2][..], &[1.0, 2.0][..]), ("b", &[1][..], &[3.0][..]));
        let (x, y) = (("x", &[1, 2][..]), ("y", &[3][..]));
        let config = || json!({ "n": 1 });
        let base = id("toy", config(), &[one, two], &[x, y]);
        assert_eq!(base, id("toy", config(), &[two, one], &[y, x]));
        for other in [
            id("toys", config(), &[one, two], &[x, y]),
            id("toy", json!({ "n": 2 }), &[one, two], &[x, y]),
            id("toy", config(), &[one], &[x, y]),
            id("toy", config(), &[one, ("b", &[1], &[4.0])], &[x, y]),
            id("toy", config(), &[one, ("c", &[1], &[3.0])], &[x, y]),
            id("toy", config(), &[("a", &[1, 2], &[1.0, 2.0]), two], &[x, y]),
            id("toy", config(), &[one, two], &[x]),
            id("toy", config(), &[one, two], &[x, ("y", &[4])]),
        ] {
            assert_ne!(base, other);
        }
    }

    #[test]
    fn fractions_have_no_canonical_form() {
        let found = model_id("toy", &json!({ "step": 0.5 }), [], []);
        assert!(matches!(found, Err(CodecError::Parameter(_))));
    }
}
