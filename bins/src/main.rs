//! `lmc`: learned media codecs on the command line.

mod batch;
mod cli;
mod commands;
mod golden;
mod input;
mod jobs;
mod models;
mod output;
mod report;
mod talk;
mod usage;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    commands::run(&cli::Cli::parse()).unwrap_or_else(|error| usage::report(&error))
}
