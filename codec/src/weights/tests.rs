//! Weights files: what comes back, what is refused, and what damaged files do.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

/// A file of a header and data.
fn file(header: &str, data: &[u8]) -> Vec<u8> {
    let length = (header.len() as u64).to_le_bytes();
    [&length[..], header.as_bytes(), data].concat()
}

fn sample(storage: Storage) -> Vec<u8> {
    let tensor = |shape: &[usize], data: &[f32]| NamedTensor {
        shape: shape.to_vec(),
        data: data.to_vec(),
    };
    let params = Params::from([
        ("b".to_owned(), tensor(&[2, 2], &[0.5, -1.0, 2.25, 0.0])),
        ("a.weight".to_owned(), tensor(&[3], &[1.0, 2.0, -4.0])),
    ]);
    let blobs = BTreeMap::from([("prior".to_owned(), vec![1, 2, 3])]);
    let metadata = BTreeMap::from([("manifest".to_owned(), "{\"id\":\"x\"}".to_owned())]);
    write_tensors(&params, storage, &blobs, metadata).unwrap()
}

#[test]
fn files_come_back() {
    for storage in [Storage::Half, Storage::Single] {
        let bytes = sample(storage);
        let contents = read_tensors(&bytes).unwrap();
        assert_eq!(contents.params["b"].data, [0.5, -1.0, 2.25, 0.0]);
        assert_eq!(contents.params["a.weight"].shape, [3]);
        assert_eq!(contents.blobs["prior"], [1, 2, 3]);
        assert_eq!(contents.metadata["manifest"], "{\"id\":\"x\"}");
        let file = TensorFile::parse(&bytes).unwrap();
        assert_eq!(
            file.serialize().unwrap(),
            bytes,
            "the writer writes what the reader read"
        );
        assert_eq!(TensorFile::metadata_of(&bytes).unwrap(), contents.metadata);
    }
}

#[test]
fn the_bytes_are_those_of_the_format() {
    let header = concat!(
        r#"{"__metadata__":{"manifest":"{\"id\":\"x\"}"},"#,
        r#""a.weight":{"dtype":"F16","shape":[3],"data_offsets":[0,6]},"#,
        r#""b":{"dtype":"F16","shape":[2,2],"data_offsets":[6,14]},"#,
        r#""prior":{"dtype":"U8","shape":[3],"data_offsets":[14,17]}}"#,
    );
    let header = format!("{header:width$}", width = header.len().next_multiple_of(8));
    let data = [0, 60, 0, 64, 0, 196, 0, 56, 0, 188, 128, 64, 0, 0, 1, 2, 3];
    assert_eq!(sample(Storage::Half), file(&header, &data));
}

#[test]
fn malformed_files_are_refused() {
    let entry = |name: &str, dtype: &str, shape: &str, offsets: &str| {
        format!(r#""{name}":{{"dtype":"{dtype}","shape":{shape},"data_offsets":{offsets}}}"#)
    };
    let good = entry("a", "F32", "[1]", "[0,4]");
    let alone = |dtype: &str, shape: &str, offsets: &str| format!("{{{}}}", entry("a", dtype, shape, offsets));
    let one = 1f32.to_le_bytes();
    assert!(TensorFile::parse(&file(&format!("{{{good}}}"), &one)).is_ok());
    for (what, header, data) in [
        ("no object", "[]".to_owned(), &one[..]),
        ("cut JSON", format!("{{{good}"), &one),
        ("text behind", format!("{{{good}}}x"), &one),
        ("a name twice", format!("{{{good},{good}}}"), &one),
        (
            "an unknown field",
            format!("{{{}}}", good.replace("dtype", "type")),
            &one,
        ),
        ("another type", alone("I32", "[1]", "[0,4]"), &one),
        ("a wrong length", alone("F32", "[2]", "[0,4]"), &one),
        ("a hole", alone("U8", "[3]", "[1,4]"), &one),
        (
            "an overlap",
            format!(
                "{{{},{}}}",
                entry("a", "U8", "[3]", "[0,3]"),
                entry("b", "U8", "[2]", "[2,4]")
            ),
            &one,
        ),
        ("a rest", alone("U8", "[3]", "[0,3]"), &one),
        ("too little data", format!("{{{good}}}"), &one[..3]),
        ("offsets turned round", alone("U8", "[3]", "[4,1]"), &one),
        (
            "a product beyond memory",
            alone("U8", "[4294967296,4294967296]", "[0,4]"),
            &one,
        ),
        ("a number of axes", alone("U8", "[1,1,1,1,1,1,1,1,4]", "[0,4]"), &one),
        ("a negative size", alone("U8", "[-4]", "[0,4]"), &one),
        ("no number", format!("{{{good}}}"), &f32::NAN.to_le_bytes()),
        ("infinity", alone("F16", "[2]", "[0,4]"), &[0, 60, 0, 0xfc]),
        (
            "texts that are none",
            format!(r#"{{"__metadata__":{{"a":1}},{good}}}"#),
            &one,
        ),
    ] {
        let bytes = file(&header, data);
        let found = TensorFile::parse(&bytes);
        assert!(matches!(found, Err(crate::CodecError::Weights(_))), "{what}: {found:?}");
    }
    let mut long = sample(Storage::Half);
    long[..8].copy_from_slice(&u64::MAX.to_le_bytes());
    assert!(matches!(TensorFile::parse(&long), Err(crate::CodecError::Limit { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// Damaged files are read or refused; what is read is no larger than the file.
    #[test]
    fn damaged_files_do_no_harm(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut bytes = sample(Storage::Half);
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        if let Ok(file) = TensorFile::parse(&bytes) {
            let held: usize = file.tensors.values().map(|tensor| tensor.bytes.len()).sum();
            prop_assert!(held <= bytes.len());
            let again = file.serialize().unwrap();
            prop_assert_eq!(TensorFile::parse(&again).unwrap(), file);
        }
        let _ = read_tensors(&bytes);
    }
}
