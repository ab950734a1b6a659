//! Buffers of integers on a device.

use burn::backend::DispatchDevice;
use burn::tensor::Device;
use cubecl::client::Client;
use cubecl::prelude::*;
use cubecl::server::Handle;

use crate::{ModelError, Result};

/// Units of work that a cube has.
const UNITS: u32 = 64;

/// A device of Burn that runs kernels.
#[derive(Clone)]
pub(crate) struct Gpu {
    client: Client,
}

/// Integers on a device.
#[derive(Debug, Clone)]
pub(super) struct Buffer {
    handle: Handle,
    len: usize,
}

impl Gpu {
    /// The device, if it is one for kernels.
    pub(crate) fn of(device: &Device) -> Option<Self> {
        match device.as_dispatch() {
            DispatchDevice::Cube(device) => Some(Self {
                client: device.client(),
            }),
            _ => None,
        }
    }

    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    /// Moves values to the device.
    pub(super) fn upload(&self, values: &[i32]) -> Buffer {
        Buffer {
            handle: self.client.create_from_slice(bytemuck::cast_slice(values)),
            len: values.len(),
        }
    }

    /// As [`Self::upload`].
    pub(super) fn upload_short(&self, values: &[i16]) -> Buffer {
        let values: Vec<i32> = values.iter().copied().map(i32::from).collect();
        self.upload(&values)
    }

    /// Room for values.
    pub(super) fn room(&self, len: usize) -> Buffer {
        Buffer {
            handle: self.client.empty(len * size_of::<i32>()),
            len,
        }
    }

    /// Waits for the kernels that write a buffer, and reads it.
    ///
    /// # Errors
    /// [`ModelError::Device`] when a kernel or the device failed.
    pub(super) fn read(&self, buffer: Buffer) -> Result<Vec<i32>> {
        let bytes = self.client.read_one(buffer.handle);
        let bytes = bytes.map_err(|error| ModelError::Device(format!("the GPU failed: {error}")))?;
        Ok(bytemuck::pod_collect_to_vec(&bytes[..buffer.len * size_of::<i32>()]))
    }

    /// The size of a launch with at least this many units.
    pub(super) fn launch_of(&self, units: usize) -> (CubeCount, CubeDim) {
        let cube = CubeDim::new_1d(UNITS);
        (cubecl::calculate_cube_count_elemwise(&self.client, units, cube), cube)
    }
}

impl Buffer {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// The buffer as an argument of a kernel.
    #[expect(unsafe_code, reason = "kernel arguments have no other constructor")]
    pub(super) fn arg(&self) -> BufferArg {
        // SAFETY: `len` values of 4 bytes are what the handle was made for, and no one changes either.
        unsafe { BufferArg::from_raw_parts(self.handle.clone(), self.len) }
    }
}
