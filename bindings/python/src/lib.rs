//! The native half of the Python package `lmc`: bytes in, bytes out. The Python half makes arrays of them.
//!
//! All work is done without the interpreter's lock, so that threads of Python decode side by side.

mod error;
mod image;
mod info;
mod latents;
mod sound;
mod video;

use pyo3::prelude::*;

/// The functions behind `lmc`; see `_native.pyi` for their types.
#[pymodule]
mod _native {
    #[pymodule_export]
    use crate::error::Error;
    #[pymodule_export]
    use crate::image::{decode_image, encode_image};
    #[pymodule_export]
    use crate::info::{fast_paths, info, media};
    #[pymodule_export]
    use crate::latents::latents;
    #[pymodule_export]
    use crate::sound::{decode_sound, encode_sound};
    #[pymodule_export]
    use crate::video::{Frame, Video};

    use super::*;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
