//! Where networks run: the CPU in every build, the devices of Burn in a full one.

use std::sync::Arc;

use anyhow::Result;
use lmc_codec::codecs::{Backend, DeviceChoice};

use crate::talk::Talk;

/// The version, and what this build has.
pub(crate) const VERSION: &str = if cfg!(feature = "full") {
    concat!(
        env!("CARGO_PKG_VERSION"),
        "\nfull build: CPU, GPU, efforts 1 to 9, training"
    )
} else {
    concat!(
        env!("CARGO_PKG_VERSION"),
        "\ndefault build: CPU, effort 1; build with --features full for GPUs, efforts 2 to 9 and training"
    )
};

/// A device that answered.
#[derive(Clone)]
pub(crate) struct OpenDevice {
    /// Its name for people.
    pub(crate) description: String,
    /// Whether it makes pixels in floating point, nearly those of other machines.
    #[cfg(feature = "full")]
    is_fast: bool,
    #[cfg(feature = "full")]
    burn: lmc_models::device::OpenDevice,
}

impl OpenDevice {
    /// Whether it is the CPU itself.
    pub(crate) fn is_cpu(&self) -> bool {
        #[cfg(feature = "full")]
        return self.burn.is_cpu();
        #[cfg(not(feature = "full"))]
        true
    }

    /// The device, that makes pixels in floating point if `fast` is true. The CPU does not.
    pub(crate) fn with_fast(self, fast: bool) -> Self {
        #[cfg(feature = "full")]
        return Self { is_fast: fast, ..self };
        #[cfg(not(feature = "full"))]
        {
            let _ = fast;
            self
        }
    }

    /// What opens codecs on it.
    pub(crate) fn backend(&self) -> Arc<dyn Backend> {
        #[cfg(feature = "full")]
        return Arc::new(lmc_models::BurnBackend::new(self.burn.clone()).with_fast(self.is_fast));
        #[cfg(not(feature = "full"))]
        Arc::new(lmc_codec::codecs::Cpu)
    }

    /// The device for training.
    #[cfg(feature = "full")]
    pub(crate) fn burn(&self) -> &lmc_models::device::OpenDevice {
        &self.burn
    }
}

#[cfg(feature = "full")]
impl From<lmc_models::device::OpenDevice> for OpenDevice {
    fn from(burn: lmc_models::device::OpenDevice) -> Self {
        Self {
            description: burn.description.clone(),
            is_fast: false,
            burn,
        }
    }
}

/// All devices that answer, the CPU first.
#[cfg(feature = "full")]
pub(crate) fn available() -> Vec<OpenDevice> {
    lmc_models::device::available()
        .into_iter()
        .map(OpenDevice::from)
        .collect()
}

/// The CPU.
#[cfg(not(feature = "full"))]
pub(crate) fn available() -> Vec<OpenDevice> {
    vec![OpenDevice {
        description: "CPU".to_owned(),
    }]
}

#[cfg(feature = "full")]
fn choose(choice: DeviceChoice) -> Result<OpenDevice> {
    Ok(lmc_models::device::open(choice)?.into())
}

#[cfg(not(feature = "full"))]
fn choose(choice: DeviceChoice) -> Result<OpenDevice> {
    match choice {
        DeviceChoice::Auto | DeviceChoice::Cpu => available().pop().ok_or_else(|| anyhow::anyhow!("there is no CPU")),
        DeviceChoice::Gpu(_) | DeviceChoice::Cuda(_) => Err(crate::usage::usage(format!(
            "--device {choice}: this build has no GPU support; build with --features full, or use --device cpu"
        ))),
    }
}

/// Whether a panic of this thread comes from asking GPUs, and needs no words.
pub(crate) fn is_probing() -> bool {
    #[cfg(feature = "full")]
    return lmc_models::device::is_probing();
    #[cfg(not(feature = "full"))]
    false
}

/// Opens the device the user wants, and says which it is where that was left to chance.
///
/// # Errors
/// When there is no such device.
pub(crate) fn open(choice: DeviceChoice, talk: &Talk) -> Result<OpenDevice> {
    let device = choose(choice)?;
    let line = format!("device: {}", device.description);
    match choice {
        DeviceChoice::Auto => talk.note(line),
        _ => talk.detail(line),
    }
    Ok(device)
}
