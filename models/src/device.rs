//! Choosing the device that the approximate world runs on.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};

use burn::tensor::{Device, DeviceType, Tensor};

pub use lmc_codec::codecs::DeviceChoice;

use crate::{ModelError, Result};

/// A device that answered.
#[derive(Debug, Clone)]
pub struct OpenDevice {
    /// For tensors and modules.
    pub device: Device,
    /// Its name for people.
    pub description: String,
    /// Whether it is a physical GPU (false for the CPU and for software adapters).
    pub hardware_gpu: bool,
}

impl OpenDevice {
    /// Whether it is the CPU itself, no adapter that the CPU stands in for.
    pub fn is_cpu(&self) -> bool {
        is_cpu(&self.device)
    }
}

/// Whether a device of tensors is the CPU itself.
pub(crate) fn is_cpu(device: &Device) -> bool {
    *device == Device::flex()
}

/// Opens the device that `choice` names.
///
/// # Errors
/// [`ModelError::Device`] if there is no such device or it does not compute; `Auto` never fails.
pub fn open(choice: DeviceChoice) -> Result<OpenDevice> {
    match choice {
        DeviceChoice::Cpu => Ok(cpu()),
        DeviceChoice::Auto => Ok(gpus()
            .into_iter()
            .find(|gpu| gpu.hardware_gpu && computes(&gpu.device))
            .unwrap_or_else(cpu)),
        DeviceChoice::Gpu(index) => {
            let gpus = gpus();
            let found = gpus.len();
            let gpu = gpus.into_iter().nth(index).ok_or_else(|| {
                ModelError::Device(format!(
                    "there is no GPU {index}: {found} adapters answer; use --device cpu, or install a Vulkan, Metal or DirectX 12 driver"
                ))
            })?;
            if computes(&gpu.device) {
                Ok(gpu)
            } else {
                Err(ModelError::Device(format!(
                    "{} answers but does not compute; use --device cpu",
                    gpu.description
                )))
            }
        }
        DeviceChoice::Cuda(index) => cuda(index),
    }
}

/// All devices that answer: the CPU first, then physical GPUs, then software adapters.
pub fn available() -> Vec<OpenDevice> {
    let mut devices = vec![cpu()];
    devices.extend(gpus().into_iter().filter(|gpu| computes(&gpu.device)));
    devices
}

fn cpu() -> OpenDevice {
    OpenDevice {
        device: Device::flex(),
        description: "cpu".into(),
        hardware_gpu: false,
    }
}

/// Adapters that the graphics API lists, physical ones first.
fn gpus() -> Vec<OpenDevice> {
    let list = || {
        let mut found: Vec<OpenDevice> = Device::enumerate(DeviceType::Wgpu)
            .into_vec()
            .into_iter()
            .map(|device| {
                let identity = device.identity();
                let name = identity.as_ref().map_or("unnamed", |id| id.name.as_str());
                OpenDevice {
                    description: format!("gpu ({name})"),
                    hardware_gpu: identity.as_ref().is_some_and(|id| id.physical.is_some()),
                    device,
                }
            })
            .collect();
        found.sort_by_key(|gpu| !gpu.hardware_gpu);
        found
    };
    probe(list).unwrap_or_default()
}

#[cfg(feature = "cuda")]
fn cuda(index: usize) -> Result<OpenDevice> {
    let device = Device::cuda(index);
    if computes(&device) {
        Ok(OpenDevice {
            device,
            description: format!("cuda:{index}"),
            hardware_gpu: true,
        })
    } else {
        Err(ModelError::Device(format!("CUDA device {index} does not compute")))
    }
}

#[cfg(not(feature = "cuda"))]
fn cuda(_index: usize) -> Result<OpenDevice> {
    Err(ModelError::Device(
        "this build has no CUDA: use --device gpu, or build with --features cuda".into(),
    ))
}

/// Whether a small product comes out right.
fn computes(device: &Device) -> bool {
    probe(|| {
        let ones = Tensor::<2>::ones([8, 8], device);
        let product = ones.clone().matmul(ones).into_data();
        product.iter::<f32>().all(|value| value == 8.0)
    })
    .unwrap_or(false)
}

/// How many calls of this module look for devices now.
static PROBES: AtomicUsize = AtomicUsize::new(0);

/// Whether a device is being probed. Graphics drivers and their bindings panic where others return errors, on threads of
/// their own too; those panics become errors here, and a program's panic hook need not report them.
pub fn is_probing() -> bool {
    PROBES.load(Ordering::SeqCst) > 0
}

/// Counts as a probe while it lives.
struct Probe;

impl Probe {
    fn start() -> Self {
        PROBES.fetch_add(1, Ordering::SeqCst);
        Self
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        PROBES.fetch_sub(1, Ordering::SeqCst);
    }
}

/// The result of `work`, or `None` where it panics: a broken driver must not end the program.
fn probe<T>(work: impl FnOnce() -> T) -> Option<T> {
    let _probe = Probe::start();
    catch_unwind(AssertUnwindSafe(work)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panics_of_drivers_become_errors_and_hooks_can_tell_them() {
        let probed = probe(|| -> bool {
            assert!(is_probing());
            // Unlike `panic!`, this does not call the hook.
            std::panic::resume_unwind(Box::new("a broken driver"))
        });
        assert_eq!(probed, None);
        assert_eq!(probe(is_probing), Some(true));
    }
}
