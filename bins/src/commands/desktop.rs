//! `lmc completions` and `lmc man`: what shells and `man` want to know of the command line.

use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::CommandFactory;

use crate::cli::{Cli, CompletionsArgs, ManArgs};
use crate::output::write_stdout;
use crate::usage::usage;

/// Runs `lmc completions`.
pub(crate) fn completions(args: &CompletionsArgs) -> Result<ExitCode> {
    let mut command = Cli::command();
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "lmc", &mut script);
    write_stdout(&script)?;
    Ok(ExitCode::SUCCESS)
}

/// Runs `lmc man`.
pub(crate) fn man(args: &ManArgs) -> Result<ExitCode> {
    let page = page(args.command.as_deref())?;
    write_stdout(&page)?;
    Ok(ExitCode::SUCCESS)
}

fn page(name: Option<&str>) -> Result<Vec<u8>> {
    let mut command = Cli::command();
    command.build();
    if let Some(name) = name {
        let found = command.find_subcommand(name);
        let found = found.ok_or_else(|| usage(format!("there is no subcommand '{name}'")))?;
        // Built, it knows that its page is called lmc-encode.
        command = found.clone();
    }
    let mut page = Vec::new();
    clap_mangen::Man::new(command)
        .render(&mut page)
        .context("cannot make the page")?;
    Ok(page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_subcommand_has_a_page() {
        for command in Cli::command().get_subcommands() {
            let page = String::from_utf8(page(Some(command.get_name())).unwrap()).unwrap();
            assert!(
                page.contains(".TH") && page.contains("SYNOPSIS"),
                "{}",
                command.get_name()
            );
        }
        assert!(page(Some("transmogrify")).is_err());
        let all = String::from_utf8(page(None).unwrap()).unwrap();
        assert!(all.contains("thumbnail") && all.contains("Exit codes"), "{all}");
    }
}
