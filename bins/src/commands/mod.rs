//! The subcommands: from arguments to resolved jobs to work.

mod cut;
mod decode;
mod decode_sound;
mod decode_video;
mod desktop;
mod encode;
mod encode_picture;
mod encode_sound;
mod encode_video;
mod eval;
mod export_latents;
mod info;
mod info_sound;
mod info_video;
mod models;
mod selftest;
mod streams;
mod target;
mod thumbnail;
#[cfg(feature = "full")]
mod train;
#[cfg(feature = "full")]
mod train_watch;
mod verify;
mod video_output;
mod video_rate;

use std::process::ExitCode;

use anyhow::Result;
use lmc_codec::Isa;

use crate::cli::{Cli, Command};
use crate::report::print_refusal;
use crate::talk::Talk;
use crate::usage::{is_broken_pipe, usage};

/// Does what the command line says.
///
/// # Errors
/// What went wrong before or beside the files; failing files are reported and lead to an exit code of 1.
pub(crate) fn run(cli: &Cli) -> Result<ExitCode> {
    Isa::forced().map_err(|error| usage(error.to_string()))?;
    // Training stops at the next step instead, and keeps what it has.
    if !cli.command.saves_itself() {
        crate::signals::leave_nothing_behind()?;
    }
    let talk = |json| Talk::new(cli.talk, json);
    let outcome = dispatch(cli, talk);
    if let (Some(command), Err(error)) = (cli.command.reports_files(), &outcome)
        && !is_broken_pipe(error)
    {
        print_refusal(command, error);
    }
    outcome
}

fn dispatch(cli: &Cli, talk: impl Fn(bool) -> Talk) -> Result<ExitCode> {
    match &cli.command {
        Command::Encode(args) => encode::run(args, &talk(args.json)),
        Command::Decode(args) => decode::run(args, &talk(args.write.json)),
        Command::Info(args) => info::run(args, &talk(args.json)),
        Command::Verify(args) => verify::run(args, &talk(args.json)),
        Command::Cut(args) => cut::cut(args, &talk(args.write.json)),
        Command::Join(args) => cut::join(args, &talk(args.write.json)),
        Command::ExportLatents(args) => export_latents::run(args, &talk(args.json)),
        Command::Selftest(args) => selftest::run(args, &talk(args.json)),
        Command::Eval(args) => eval::run(args, &talk(args.json)),
        #[cfg(feature = "full")]
        Command::Train(args) => train::run(args, &talk(args.json)),
        Command::Models(args) => models::run(args, &talk(args.json)),
        Command::Thumbnail(args) => thumbnail::run(args, &talk(false)),
        Command::Completions(args) => desktop::completions(args),
        Command::Man(args) => desktop::man(args),
    }
}
