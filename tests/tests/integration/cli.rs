//! The program `lmc`: good calls and bad ones, exit codes, reports and messages.

mod bench;
mod desktop;
mod folders;
mod inputs;
mod kills;
mod limits;
mod pipes;
mod pixels;
mod reports;
mod sounds;
mod streams;
mod usage;

pub(crate) use bench::Bench;
