//! Where weights are found.

use super::*;

#[test]
fn a_model_that_is_nowhere_is_named() {
    let weights = Weights::default();
    let hash = ModelHash([7; 16]);
    let error = weights.for_stream(hash).unwrap_err().to_string();
    assert!(
        error.contains(&hash.to_string()) && error.contains("--model"),
        "{error}"
    );
}

#[test]
fn weights_are_found_by_their_hash() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("a.safetensors"), b"one").unwrap();
    fs::write(dir.path().join("b.safetensors"), b"two").unwrap();
    fs::write(dir.path().join("c.txt"), b"three").unwrap();
    let weights = Weights {
        given: Some((hash_of(b"given"), b"given".to_vec())),
        folder: Some(dir.path().to_path_buf()),
    };
    assert_eq!(weights.for_stream(hash_of(b"two")).unwrap(), b"two");
    assert_eq!(weights.for_stream(hash_of(b"given")).unwrap(), b"given");
    assert_eq!(weights.for_encoding("wavelet", Tune::default()).unwrap().1, b"given");
    assert!(weights.for_stream(hash_of(b"three")).is_err());
}
