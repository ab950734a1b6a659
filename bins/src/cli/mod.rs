//! The command line as clap sees it: one struct for each subcommand, values checked for themselves alone.

mod decode;
mod encode;
mod inspect;
mod train;
mod values;

use clap::{Args, Parser, Subcommand};

pub(crate) use decode::DecodeArgs;
pub(crate) use encode::{Codec, EncodeArgs};
pub(crate) use inspect::{InfoArgs, ModelsArgs, SelftestArgs, VerifyArgs};
pub(crate) use train::{TrainArgs, TrainCommand, TrainWaveletArgs};

/// Learned media codecs: small files that decode to the same symbols on every machine.
#[derive(Debug, Parser)]
#[command(name = "lmc", version, max_term_width = 100, arg_required_else_help = true)]
pub(crate) struct Cli {
    /// How much to say.
    #[command(flatten)]
    pub(crate) talk: TalkArgs,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// How much goes to stderr.
#[derive(Debug, Clone, Copy, Default, Args)]
pub(crate) struct TalkArgs {
    /// Say more on stderr
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    pub(crate) verbose: bool,
    /// Say nothing on stderr but errors
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Encode pictures (PNG, JPEG, WebP, PPM, TIFF) to .lmc
    #[command(visible_alias = "e")]
    Encode(EncodeArgs),
    /// Decode .lmc to PNG, JPEG, PPM, WebP or TIFF
    #[command(visible_alias = "d")]
    Decode(DecodeArgs),
    /// Show what a stream holds and what is needed to decode it; decodes nothing
    Info(InfoArgs),
    /// Check streams: every CRC, every checksum, and the hash of all symbols; makes no pixels
    Verify(VerifyArgs),
    /// Decode the bundled streams on every device of this machine and compare
    Selftest(SelftestArgs),
    /// Train a model, or go on training it
    Train(TrainArgs),
    /// List the models that can be used
    Models(ModelsArgs),
}

/// Where to compute, shared by the subcommands that do.
#[derive(Debug, Clone, Args)]
pub(crate) struct DeviceArgs {
    /// Where to compute pixels: auto, cpu, gpu or gpu:N. Auto takes the GPU if a real one answers.
    #[arg(long, value_name = "DEVICE", default_value = "auto")]
    pub(crate) device: lmc_models::device::DeviceChoice,
    /// CPU threads to use [default: one for each core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;
    use clap::error::ErrorKind;

    fn refused(line: &str) -> ErrorKind {
        let parsed = Cli::try_parse_from(line.split(' '));
        parsed.err().map(|error| error.kind()).expect(line)
    }

    #[test]
    fn the_definition_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn flags_stand_anywhere_and_have_defaults() {
        let cli = Cli::try_parse_from("lmc encode a.png b.png -o out -q".split(' ')).unwrap();
        assert!(cli.talk.quiet);
        let Command::Encode(args) = cli.command else {
            panic!("not encode")
        };
        assert_eq!((args.inputs.len(), args.quality), (2, 60.0));
        assert_eq!(args.device.device, lmc_models::device::DeviceChoice::Auto);
        assert_eq!((args.tile_size, args.force, args.json), (None, false, false));
    }

    #[test]
    fn values_out_of_range_are_usage_errors() {
        for line in [
            "lmc encode a -o b --quality 100.5",
            "lmc encode a -o b --tile-size 100",
            "lmc encode a -o b --threads 0",
            "lmc encode a -o b --device tpu",
            "lmc train wavelet --data d --out o --steps 0",
        ] {
            assert_eq!(refused(line), ErrorKind::ValueValidation, "{line}");
        }
    }

    #[test]
    fn what_is_missing_or_contradicts_itself_is_refused() {
        assert_eq!(refused("lmc encode a.png"), ErrorKind::MissingRequiredArgument);
        assert_eq!(refused("lmc decode -o b.png"), ErrorKind::MissingRequiredArgument);
        assert_eq!(refused("lmc train wavelet --out o"), ErrorKind::MissingRequiredArgument);
        assert_eq!(refused("lmc info a -v -q"), ErrorKind::ArgumentConflict);
        assert_eq!(refused("lmc"), ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand);
    }
}
