//! The models that ship with the project, by purpose.

pub use lmc_weights::{SHIPPED, Shipped as ShippedModel};

/// All shipped models; ids are never reused, and models that released streams name stay.
pub fn shipped() -> &'static [ShippedModel] {
    SHIPPED
}

/// The shipped model that a stream names.
pub fn find(model: &[u8; 16]) -> Option<&'static ShippedModel> {
    lmc_weights::by_model(model)
}

/// What a model of pictures was trained to keep.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Tune {
    /// The mean squared error.
    #[default]
    Psnr,
    /// What people see.
    Perceptual,
}

/// The shipped model that pictures are encoded with.
pub fn image_model(tune: Tune) -> &'static ShippedModel {
    match tune {
        Tune::Psnr => &SHIPPED[0],
        Tune::Perceptual => &SHIPPED[1],
    }
}

/// The shipped weights that a codec of this name encodes pictures with, if any ship.
pub fn for_images(codec: &str, tune: Tune) -> Option<&'static ShippedModel> {
    let tuned = image_model(tune);
    match tuned.codec == codec {
        true => Some(tuned),
        false => lmc_weights::of_codec(codec),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_model_ids_are_those_of_the_files() {
        assert_eq!(shipped().len(), 6);
        for model in shipped() {
            assert_eq!(
                lmc_codec::codecs::model_of(model.bytes).unwrap().0,
                model.model,
                "{}",
                model.id
            );
        }
    }
}
