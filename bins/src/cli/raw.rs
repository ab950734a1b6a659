//! Arguments that tell what samples without a header are.

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use lmc_codec::sound::files::{RawFormat, RawSound};

/// What the samples of a file without a header are.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct RawArgs {
    /// The inputs are samples of sounds without a header, in this format; --rate and --channels tell the rest
    #[arg(long, value_name = "FORMAT", requires = "rate", requires = "channels", conflicts_with = "via",
        value_parser = PossibleValuesParser::new(RawFormat::NAMES).try_map(|name| RawFormat::named(&name).ok_or("unknown")))]
    raw_format: Option<RawFormat>,
    /// Samples a second of inputs without a header
    #[arg(long, value_name = "HZ", requires = "raw_format", value_parser = clap::value_parser!(u32).range(1..))]
    rate: Option<u32>,
    /// Channels of inputs without a header, whose samples come in turn
    #[arg(long, value_name = "N", requires = "raw_format", value_parser = clap::value_parser!(u16).range(1..))]
    channels: Option<u16>,
}

impl RawArgs {
    /// What the inputs are, if they have no header.
    pub(crate) fn sound(&self) -> Option<RawSound> {
        let (format, rate, channels) = (self.raw_format?, self.rate?, self.channels?);
        Some(RawSound { format, rate, channels })
    }
}
