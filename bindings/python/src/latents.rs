//! Latents of images as integers in the order of the machine's bytes.

use lmc::codec::codecs::image::Grid;
use lmc::{Models, Threads, open};
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyDict};

use crate::error::raised;

/// The latents and hyper-latents of an image, and what they mean.
#[pyfunction]
#[pyo3(signature = (data, threads))]
pub(crate) fn latents<'py>(py: Python<'py>, data: &[u8], threads: usize) -> PyResult<Bound<'py, PyDict>> {
    let found = py.detach(|| {
        let threads = Threads::new(threads)?;
        threads.run(|| open(data)?.latents())
    });
    let found = found.map_err(raised)?;
    let dict = PyDict::new(py);
    dict.set_item("latents", bytes_of(py, &found.latents)?)?;
    dict.set_item("latents_shape", shape_of(&found.latents))?;
    dict.set_item("hyper", bytes_of(py, &found.hyper)?)?;
    dict.set_item("hyper_shape", shape_of(&found.hyper))?;
    dict.set_item("step", found.layout.step)?;
    dict.set_item("gains", found.layout.gains)?;
    dict.set_item("orientation", found.orientation.number())?;
    dict.set_item("model", found.header.model.to_string())?;
    let row = Models::shared().registry().find(found.header.codec);
    dict.set_item("codec", row.map(|row| row.name))?;
    Ok(dict)
}

fn shape_of(grid: &Grid<i16>) -> (usize, usize, usize) {
    (grid.height(), grid.width(), grid.channels())
}

fn bytes_of<'py>(py: Python<'py>, grid: &Grid<i16>) -> PyResult<Bound<'py, PyByteArray>> {
    let values = grid.data();
    PyByteArray::new_with(py, values.len() * 2, |out| {
        let out = out.as_chunks_mut::<2>().0.iter_mut();
        out.zip(values).for_each(|(to, value)| *to = value.to_ne_bytes());
        Ok(())
    })
}
