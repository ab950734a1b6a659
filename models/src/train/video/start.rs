//! What a run starts from where it does not start anew.

use lmc_codec::codecs::video::VideoConfig;
use lmc_entropy::prior::{PriorSpec, SideSpec};

use crate::Result;
use crate::export::side_twin_params;
use crate::train::wavelet::{fitted_to, start_params, with_prior};
use crate::wavelet::Params;
use crate::zoo::read_tensors;

/// Parameters that a model of images does not have.
const OWN: [&str; 2] = ["seen.", "side."];

/// The parameters in `bytes`, the file of a checkpoint or a weights file of images or of video, with fresh ones in
/// place of what they lack and without what is not wanted.
///
/// # Errors
/// [`ModelError::Weights`](crate::ModelError::Weights) if it is none of these.
pub(super) fn started(config: &VideoConfig, fresh: Params, bytes: &[u8]) -> Result<Params> {
    let found = match video_params(bytes)? {
        Some(params) => params,
        None => start_params(bytes)?,
    };
    Ok(completed(config, fresh, found))
}

/// The parameters of a weights file of video.
fn video_params(bytes: &[u8]) -> Result<Option<Params>> {
    let contents = read_tensors(bytes)?;
    let is_video = contents.params.keys().any(|name| name.starts_with(OWN[0]));
    let Some(prior) = contents.blobs.get("prior").filter(|_| is_video) else {
        return Ok(None);
    };
    let mut params = with_prior(contents.params, &PriorSpec::from_bytes(prior)?)?;
    if let Some(side) = contents.blobs.get("side") {
        let twin = side_twin_params(&SideSpec::from_bytes(side)?)?.into_iter();
        params.extend(twin.map(|(name, tensor)| (format!("side.{name}"), tensor)));
    }
    Ok(Some(params))
}

pub(super) fn completed(config: &VideoConfig, fresh: Params, found: Params) -> Params {
    let mut params = fitted_to(&config.image, found);
    let is_own = |name: &str| OWN.iter().any(|part| name.starts_with(part));
    params.retain(|name, _| !is_own(name) || fresh.contains_key(name));
    for (name, tensor) in fresh {
        if is_own(&name) {
            params.entry(name).or_insert(tensor);
        }
    }
    params
}
