//! `directvm completions` and `directvm man`: shell completions and the manual page.

use super::output::write_output;
use clap::Command;
use clap_complete::Shell;
use clap_mangen::Man;
use std::io::Write;

/// Writes the completions for a shell.
pub fn completions(command: &mut Command, shell: Shell, output: &mut impl Write) -> anyhow::Result<()> {
    let mut text = Vec::new();
    clap_complete::generate(shell, command, "directvm", &mut text);
    Ok(write_output(output, &text)?)
}

/// Writes the manual page: first the program, then every subcommand that is not hidden.
pub fn manual(mut command: Command, output: &mut impl Write) -> anyhow::Result<()> {
    command.build();
    let mut text = Vec::new();
    let shown: Vec<Command> = command
        .get_subcommands()
        .filter(|sub| !sub.is_hide_set() && sub.get_name() != "help")
        .cloned()
        .collect();
    Man::new(command).render(&mut text)?;
    for sub in shown {
        let name = format!("directvm {}", sub.get_name());
        let man = Man::new(sub.bin_name(&name).display_name(&name));
        man.render_name_section(&mut text)?;
        man.render_synopsis_section(&mut text)?;
        man.render_options_section(&mut text)?;
    }
    Ok(write_output(output, &text)?)
}
