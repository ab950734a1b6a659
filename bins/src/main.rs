//! `lmc`: learned media codecs on the command line.

mod batch;
mod cli;
mod commands;
mod damage;
mod device;
mod golden;
mod input;
mod jobs;
mod models;
mod output;
mod overlap;
mod report;
mod shrink;
mod signals;
mod talk;
mod usage;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    keep_memory();
    quiet_graphics();
    quiet_libraries();
    commands::run(&cli::Cli::parse()).unwrap_or_else(|error| usage::report(&error))
}

/// Lets the allocator keep what is freed for what comes next: it would give larger blocks back to the kernel, which clears
/// them anew page by page, and a picture needs many of them.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[allow(unsafe_code)]
fn keep_memory() {
    /// The largest that the allocator accepts.
    const LARGEST_KEPT: i32 = 32 << 20;
    const KEPT: i32 = 256 << 20;
    // SAFETY: this only sets limits of the allocator, on the only thread.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, LARGEST_KEPT);
        libc::mallopt(libc::M_TRIM_THRESHOLD, KEPT);
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn keep_memory() {}

/// Decoders of damaged sound files and graphics drivers may panic where others return errors. The libraries turn those
/// panics into errors, so the hook does not report them.
fn quiet_libraries() {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !lmc_codec::sound::files::is_guarded() && !device::is_probing() {
            report(panic);
        }
    }));
}

/// Where no desktop runs, graphics libraries that only look for adapters print errors about a variable that nothing here
/// needs: give it a value.
#[cfg(target_os = "linux")]
#[allow(unsafe_code)]
fn quiet_graphics() {
    const NAME: &str = "XDG_RUNTIME_DIR";
    if std::env::var_os(NAME).is_none() {
        // SAFETY: this is the first thing the program does, on its only thread.
        unsafe { std::env::set_var(NAME, std::env::temp_dir()) };
    }
}

#[cfg(not(target_os = "linux"))]
fn quiet_graphics() {}
