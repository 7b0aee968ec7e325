//! The manual page cordboard(1): the commands and options of `--help`, in the macros of man(7). The Debian package contains it.

use clap::{Arg, Command, CommandFactory as _};

use crate::command::CommandLine;

/// The sections about files and further documents.
const ENDING: &str = include_str!("manual.roff");

/// Returns the page of this version. It has no date, so the same version gives the same page.
pub(super) fn text() -> String {
    let mut command = CommandLine::command();
    // Subcommands get their whole paths as names.
    command.build();
    let mut page = format!(
        ".TH CORDBOARD 1 \"\" \"Cordboard {}\" \"User Commands\"\n.SH NAME\ncordboard \\- {}\n",
        escaped(env!("CARGO_PKG_VERSION")),
        escaped(&shown(command.get_about())),
    );
    page.push_str(&format!(".SH SYNOPSIS\n{}.SH DESCRIPTION\n", usage(&mut command)));
    page.push_str(&lines(&shown(command.get_after_help())));
    page.push_str(".SH OPTIONS\n");
    page.extend(command.get_arguments().map(item));
    page.push_str(".SH COMMANDS\n");
    add_commands(&mut command, &mut page);
    page.push_str(ENDING);
    page
}

/// Adds a section for each command below this one that has no subcommands.
fn add_commands(command: &mut Command, page: &mut String) {
    for subcommand in command.get_subcommands_mut() {
        // It only repeats the other sections.
        if subcommand.get_name() == "help" {
            continue;
        }
        if subcommand.has_subcommands() {
            add_commands(subcommand, page);
            continue;
        }
        let path = subcommand.get_bin_name().unwrap_or_default().to_owned();
        page.push_str(&format!(".SS {}\n{}.PP\n", escaped(&path), usage(subcommand)));
        page.push_str(&lines(&format!("{}.", shown(subcommand.get_about()))));
        let of_every_command = |arg: &&Arg| arg.is_global_set() || arg.get_id() == "help";
        page.extend(subcommand.get_arguments().filter(|arg| !of_every_command(arg)).map(item));
        let after = shown(subcommand.get_after_help());
        if !after.is_empty() {
            page.push_str(&format!(".PP\n{}", lines(&after)));
        }
    }
}

/// Returns the line after `Usage:`, in bold.
fn usage(command: &mut Command) -> String {
    let rendered = command.render_usage().to_string();
    format!("\\fB{}\\fR\n", escaped(rendered.trim_start_matches("Usage:").trim()))
}

/// Returns an argument with its help, the values that it takes, and its default.
fn item(arg: &Arg) -> String {
    let takes_values = arg.get_action().takes_values();
    let short = arg.get_short().map(|short| format!("\\fB\\-{short}\\fR"));
    let long = arg.get_long().map(|long| format!("\\fB\\-\\-{}\\fR", escaped(long)));
    let mut label = short.into_iter().chain(long).collect::<Vec<_>>().join(", ");
    for name in arg.get_value_names().filter(|_| takes_values).unwrap_or_default() {
        label.push_str(&format!(" \\fI{}\\fR", escaped(name)));
    }
    let mut help = format!("{}.", shown(arg.get_help()));
    let values = arg.get_possible_values();
    if !values.is_empty() {
        let names: Vec<&str> = values.iter().map(|value| value.get_name()).collect();
        help.push_str(&format!(" One of: {}.", names.join(", ")));
    }
    let defaults = arg.get_default_values();
    if takes_values && !defaults.is_empty() {
        let defaults: Vec<_> = defaults.iter().map(|value| value.to_string_lossy()).collect();
        help.push_str(&format!(" Default: {}.", defaults.join(",")));
    }
    format!(".TP\n{}\n{}", label.trim_start(), lines(&help))
}

/// Returns a help text of clap, empty if there is none.
fn shown(text: Option<&clap::builder::StyledStr>) -> String {
    text.map(ToString::to_string).unwrap_or_default()
}

/// Formats lines of text: indented ones as they are, the others as paragraphs, separated by empty lines.
fn lines(text: &str) -> String {
    let mut page = String::new();
    let mut is_example = false;
    for line in text.lines() {
        if line.starts_with(' ') != is_example {
            is_example = !is_example;
            page.push_str(if is_example { ".EX\n" } else { ".EE\n" });
        }
        if line.is_empty() {
            page.push_str(".PP\n");
        } else {
            // A dot at the beginning of a line starts a macro.
            page.push_str(if line.starts_with('.') { "\\&" } else { "" });
            page.push_str(&escaped(line));
            page.push('\n');
        }
    }
    page.push_str(if is_example { ".EE\n" } else { "" });
    page
}

/// Escapes a text so that its characters are printed as they are and commands can be copied. Otherwise troff makes some of them typographic.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' => escaped.push_str("\\(rs"),
            '-' => escaped.push_str("\\-"),
            '\'' => escaped.push_str("\\(aq"),
            '`' => escaped.push_str("\\(ga"),
            '^' => escaped.push_str("\\(ha"),
            '~' => escaped.push_str("\\(ti"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_printed_as_it_is() {
        assert_eq!(
            lines("a 'b'\n\n.c\n  cordboard --d\n  e\\f\n\ng"),
            "a \\(aqb\\(aq\n.PP\n\\&.c\n.EX\n  cordboard \\-\\-d\n  e\\(rsf\n.EE\n.PP\ng\n"
        );
    }

    #[test]
    fn every_command_has_a_section() {
        let page = text();
        for path in ["serve", "support\\-bundle", "user add", "osdial repair\\-charset"] {
            assert!(page.contains(&format!("\n.SS cordboard {path}\n")), "{path} is missing in {page}");
        }
        assert!(!page.contains(".SS cordboard help"), "{page}");
    }
}
