//! Errors as exceptions.

use pyo3::create_exception;
use pyo3::exceptions::PyException;
use pyo3::prelude::*;

create_exception!(
    lmc,
    Error,
    PyException,
    "Why something could not be encoded or decoded."
);

/// The exception of an error, with the number of its kind as `code`.
pub(crate) fn raised(error: lmc::Error) -> PyErr {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(&error);
    while let Some(inner) = source {
        text = format!("{text}: {inner}");
        source = inner.source();
    }
    let code = lmc::code(&error) as i32;
    Python::attach(|py| {
        let raised = Error::new_err(text);
        match raised.value(py).setattr("code", code) {
            Ok(()) => raised,
            Err(other) => other,
        }
    })
}

/// The exception of an argument that makes no sense.
pub(crate) fn wrong(reason: impl Into<String>) -> PyErr {
    raised(lmc::Error::Parameter(reason.into()))
}
