//! The weights that ship with the project. A leaf: bytes and names, each behind a feature.
//!
//! ```
//! let psnr = lmc_weights::by_id("wavelet-psnr-v2").ok_or("built without the feature wavelet-psnr")?;
//! assert_eq!(psnr.codec, "wavelet");
//! assert_eq!(lmc_weights::by_model(&psnr.model).map(|found| found.id), Some(psnr.id));
//! # Ok::<(), &str>(())
//! ```

/// One shipped weights file.
#[derive(Debug)]
pub struct Shipped {
    /// `<codec>-<variant>-v<n>`; never reused for other weights.
    pub id: &'static str,
    /// The codec that the weights are for.
    pub codec: &'static str,
    /// The model id by which streams name them. Written here, so that no program hashes megabytes to find it; a test
    /// compares it with the file.
    pub model: [u8; 16],
    /// The weights file.
    pub bytes: &'static [u8],
}

/// All weights of this build. Of one codec, the default comes first.
pub static SHIPPED: &[Shipped] = &[
    #[cfg(feature = "wavelet-psnr")]
    Shipped {
        id: "wavelet-psnr-v2",
        codec: "wavelet",
        model: model_id("feafbf6ac084a2a5309917d5a764fe3a"),
        bytes: include_bytes!("../files/wavelet-psnr-v2.safetensors"),
    },
    #[cfg(feature = "wavelet-perceptual")]
    Shipped {
        id: "wavelet-perceptual-v1",
        codec: "wavelet",
        model: model_id("e4f38aa79617e5686b319fa927d019ed"),
        bytes: include_bytes!("../files/wavelet-perceptual-v1.safetensors"),
    },
    #[cfg(feature = "audio")]
    Shipped {
        id: "audio-v1",
        codec: "audio",
        model: model_id("821cb5f84a1f7ea78bffc5fda0e36387"),
        bytes: include_bytes!("../files/audio-v1.safetensors"),
    },
    #[cfg(feature = "speech")]
    Shipped {
        id: "speech-v1",
        codec: "speech",
        model: model_id("85581f2b415ddcc71b35a2ddd565ecf8"),
        bytes: include_bytes!("../files/speech-v1.safetensors"),
    },
    #[cfg(feature = "vq")]
    Shipped {
        id: "vq-v1",
        codec: "vq",
        model: model_id("c30d881e67592bd7fc2e0fea38948e92"),
        bytes: include_bytes!("../files/vq-v1.safetensors"),
    },
    #[cfg(feature = "video")]
    Shipped {
        id: "video-v2",
        codec: "video",
        model: model_id("0747a679dd01196a043be5951c9c95d3"),
        bytes: include_bytes!("../files/video-v2.safetensors"),
    },
];

/// The weights that a stream names, if this build has them.
pub fn by_model(model: &[u8; 16]) -> Option<&'static Shipped> {
    SHIPPED.iter().find(|shipped| shipped.model == *model)
}

/// The weights of an id, if this build has them.
pub fn by_id(id: &str) -> Option<&'static Shipped> {
    SHIPPED.iter().find(|shipped| shipped.id == id)
}

/// The default weights of a codec, if this build has any.
pub fn of_codec(codec: &str) -> Option<&'static Shipped> {
    SHIPPED.iter().find(|shipped| shipped.codec == codec)
}

/// The weights of a codec whose id is `<codec>-<variant>-v<n>`, if this build has them.
///
/// ```
/// let of = |variant| lmc_weights::of_variant("wavelet", variant).map(|found| found.id);
/// assert_eq!(of("perceptual"), Some("wavelet-perceptual-v1"));
/// assert_eq!(of("percept"), None);
/// ```
pub fn of_variant(codec: &str, variant: &str) -> Option<&'static Shipped> {
    let is = |shipped: &&Shipped| {
        let rest = shipped.id.strip_prefix(codec).and_then(|rest| rest.strip_prefix('-'));
        let version = rest.and_then(|rest| rest.strip_prefix(variant)?.strip_prefix("-v"));
        shipped.codec == codec && version.is_some()
    };
    SHIPPED.iter().find(is)
}

/// 32 hexadecimal digits as bytes, at compile time. Builds without weights have no use for it.
#[allow(dead_code)]
const fn model_id(digits: &str) -> [u8; 16] {
    const fn value(digit: u8) -> u8 {
        match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            _ => panic!("a model id has lower-case hexadecimal digits"),
        }
    }
    let digits = digits.as_bytes();
    assert!(digits.len() == 32, "a model id has 32 digits");
    let mut id = [0; 16];
    let mut at = 0;
    while at < id.len() {
        id[at] = value(digits[2 * at]) << 4 | value(digits[2 * at + 1]);
        at += 1;
    }
    id
}
