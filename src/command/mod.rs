//! The command line: one file per command.

mod backup;
mod call;
mod config;
mod control;
mod demo;
mod doctor;
mod health;
mod migrate;
mod osdial;
mod reference;
mod replay;
mod running_server;
mod serve;
mod simulate;
mod support_bundle;
mod terminal;
mod timeline;
mod token;
mod user;

pub mod caller;

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::config::{Config, Loaded, Sources};
use crate::error::CommandError;
use crate::private_files;

const EXAMPLES: &str = "\
Examples:
  cordboard demo                         hear what it does: nothing to configure, no keys, no switch
  cordboard serve                        take calls from Asterisk on port 9092
  cordboard doctor                       find what would keep it from taking calls
  cordboard call --wav hello.wav         call it as Asterisk would, and say hello
  cordboard load --calls 200             measure the load of calls on this machine, and their latency
  cordboard control subscribe calls      print what happens on the calls of a running Cordboard
  cordboard config                       list every setting, its value and where it came from
  cordboard simulate campaign            show the likely outcome of a campaign, without calls
  cordboard backup monday.tar.gz         copy all records into one file, also while the server runs

Settings come from --config FILE (TOML), then .env in the working directory, then the environment; the later \
wins. A setting calls.max is CORDBOARD_CALLS__MAX in the environment. None is needed.

Exit codes: 0 done, 1 failed or found something wrong, 2 command line or configuration wrong (nothing started).";

/// A call centre in one binary: any switch, any voice AI, human desks.
#[derive(Debug, Parser)]
#[command(name = "cordboard", version, after_help = EXAMPLES, max_term_width = 110)]
pub struct CommandLine {
    /// Configuration file (TOML); optional [default: the file that CORDBOARD_CONFIG names]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,

    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Take calls, until Ctrl-C or SIGTERM
    #[command(after_help = "\
The first signal drains: no new calls, live ones may finish (calls.drain_timeout_s), then hear a goodbye.
A second signal ends now, with everything stored.

Examples:
  cordboard serve
  CORDBOARD_HTTP__LISTEN=127.0.0.1:0 cordboard serve --print-addresses")]
    Serve(ServeArguments),

    /// Show a whole call: server, simulated caller, live timeline, recording and transcript
    #[command(after_help = "\
It starts a server with default settings, with its records in the folder demo below data_dir, and on free ports if the usual \
ones are taken. From the configuration it takes the ports, the tokens, the extensions and the log, and with OPENAI_API_KEY \
OpenAI as the voice. After the call it serves until Ctrl-C.

Examples:
  cordboard demo
  cordboard demo --once && echo it works")]
    Demo(DemoArguments),

    /// Call a Cordboard server as Asterisk would, to try a set-up
    Call(call::CallArguments),

    /// Measure what calls cost: processor, memory and latency at a given number of calls at once
    Load(Box<cordboard_load::LoadArguments>),

    /// Check configuration, ports, folders, database, clock, limits and switches, and name a fix for each failure
    #[command(after_help = "\
If switches are configured (freeswitch.servers, asterisk.servers), it signs in to each, and prints what you have to \
copy there: the dialplan that leads callers to Cordboard, the user of manager.conf.

Examples:
  cordboard doctor
  cordboard doctor --json | jq '.checks[] | select(.ok | not)'
  cordboard doctor --snippet > /etc/freeswitch/dialplan/default/00_cordboard.xml")]
    Doctor(DoctorArguments),

    /// Check whether the running server is up
    Health(health::HealthArguments),

    /// Write a file for support: findings, settings and figures, without secrets and without callers' words
    SupportBundle(support_bundle::SupportBundleArguments),

    /// Send commands to a running Cordboard, and print what happens on its calls
    Control(control::ControlArguments),

    /// List every setting with its value, its source and its meaning
    Config(config::ConfigArguments),

    /// Print the reference of settings, HTTP API or control socket as Markdown, or the manual page
    Reference(reference::ReferenceArguments),

    /// Migrate the database to this version (serve does it too), or show what that would take
    Migrate(migrate::MigrateArguments),

    /// Write database and keys, and on request the recordings, into one file, also while the server runs
    Backup(backup::BackupArguments),

    /// Restore a backup into an empty database
    Restore(backup::RestoreArguments),

    /// Copy all records into another database, for example from SQLite to PostgreSQL
    Move(backup::MoveArguments),

    /// Repair a dialler's records, or watch over its remote agents
    Osdial(osdial::OsdialArguments),

    /// Replace the admin token with a new one, and print it
    #[command(after_help = "\
This works only if the token is kept in data_dir. Sign-ins of users and API tokens stay as they are.

Example:
  cordboard token > admin_token")]
    Token,

    /// Create users, remove a lost second factor, or set a new e-mail address
    User(user::UserArguments),

    /// Simulate a campaign in virtual time before anybody is called
    Simulate(simulate::SimulateArguments),

    /// Show a call's journal as a timeline
    #[command(after_help = "\
It reads the database and changes nothing, so it can run alongside a server. Every log line of the call has the same \
id: grep for it.

Examples:
  cordboard replay 019a9f0e-7c11-7d3a-9d2e-0c5b8f0e6a11
  cordboard replay --json 019a9f0e-7c11-7d3a-9d2e-0c5b8f0e6a11 | jq .kind")]
    Replay(replay::ReplayArguments),
}

impl Command {
    /// Returns whether it may write into the data folder or next to the database. The files that other commands write belong to the user who runs
    /// them.
    const fn writes_what_is_kept(&self) -> bool {
        match self {
            Self::Serve(_)
            | Self::Demo(_)
            | Self::Doctor(_)
            | Self::SupportBundle(_)
            | Self::Migrate(_)
            | Self::Backup(_)
            | Self::Restore(_)
            | Self::Move(_)
            | Self::Osdial(_)
            | Self::Token
            | Self::User(_)
            | Self::Replay(_) => true,
            Self::Call(_)
            | Self::Load(_)
            | Self::Control(_)
            | Self::Config(_)
            | Self::Health(_)
            | Self::Reference(_)
            | Self::Simulate(_) => false,
        }
    }
}

#[derive(Debug, Args)]
struct ServeArguments {
    /// Print the bound addresses as one line of JSON: {"http":"127.0.0.1:8080","audiosocket":"127.0.0.1:9092"}
    #[arg(long)]
    print_addresses: bool,
}

#[derive(Debug, Args)]
struct DoctorArguments {
    /// Print only the FreeSWITCH dialplan of freeswitch.mode, with the addresses of the configuration; check nothing
    #[arg(long)]
    snippet: bool,

    /// Print the results as JSON
    #[arg(long, conflicts_with = "snippet")]
    json: bool,
}

#[derive(Debug, Args)]
struct DemoArguments {
    /// Exit after the call; the exit code is 0 only if the call went as it should
    #[arg(long)]
    once: bool,
}

/// Runs the process's command line.
pub fn main() -> ExitCode {
    let command_line = CommandLine::parse();
    match run(command_line) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            terminal::complain(&error);
            error.exit_code()
        }
    }
}

fn run(command_line: CommandLine) -> Result<(), CommandError> {
    if command_line.command.writes_what_is_kept() {
        private_files::keep();
    }
    let sources = Sources::of_process(command_line.config);
    match command_line.command {
        Command::Call(arguments) => {
            let Loaded { config, .. } = Config::load(&sources)?;
            runtime()?.block_on(call::run(&config, arguments))
        }
        Command::Control(arguments) => {
            let Loaded { config, .. } = Config::load(&sources)?;
            runtime()?.block_on(control::run(&config, &arguments))
        }
        Command::Load(arguments) => Ok(cordboard_load::run(&arguments)?),
        Command::Doctor(DoctorArguments { snippet: true, .. }) => {
            doctor::print_snippet(&Config::load(&sources)?.config)
        }
        Command::Doctor(DoctorArguments { json: true, .. }) => doctor::run(&sources, doctor::Form::Json),
        Command::Doctor(_) => doctor::run(&sources, doctor::Form::Table),
        Command::Health(arguments) => health::run(&Config::load(&sources)?.config, &arguments),
        Command::SupportBundle(arguments) => support_bundle::run(&sources, &arguments),
        Command::Config(arguments) => config::run(&sources, &arguments),
        Command::Reference(arguments) => reference::run(&arguments),
        Command::Migrate(arguments) => migrate::run(&Config::load(&sources)?.config, &arguments),
        Command::Backup(arguments) => backup::back_up(&Config::load(&sources)?.config, &arguments),
        Command::Restore(arguments) => backup::restore(&Config::load(&sources)?.config, &arguments),
        Command::Move(arguments) => backup::move_rows(&Config::load(&sources)?.config, &arguments),
        Command::Osdial(arguments) => osdial::run(&Config::load(&sources)?.config, &arguments),
        Command::Token => token::run(&Config::load(&sources)?.config),
        Command::User(arguments) => user::run(&Config::load(&sources)?.config, arguments),
        Command::Replay(arguments) => replay::run(&Config::load(&sources)?.config, &arguments),
        Command::Simulate(arguments) => simulate::run(&arguments),
        Command::Serve(arguments) => serve::run(&Config::load(&sources)?, &arguments),
        Command::Demo(arguments) => demo::run(&Config::load(&sources)?.config, &arguments),
    }
}

/// A runtime with one thread, for commands that are not a server.
fn runtime() -> Result<tokio::runtime::Runtime, CommandError> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|cause: io::Error| CommandError::System { what: "the runtime can't be started", cause })
}

/// Returns the address at which a server that listens on `listen` can be reached from this machine. For a server on all addresses it is loopback.
fn reachable(listen: SocketAddr) -> SocketAddr {
    // Where IPv6 is switched off, a server can still listen on `[::]`, and there is no `::1`.
    reachable_where(listen, || UdpSocket::bind((Ipv6Addr::LOCALHOST, 0)).is_ok())
}

fn reachable_where(listen: SocketAddr, has_ipv6: impl FnOnce() -> bool) -> SocketAddr {
    let address = match listen.ip() {
        IpAddr::V4(address) if address.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(address) if address.is_unspecified() && has_ipv6() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        IpAddr::V6(address) if address.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        address => address,
    };
    SocketAddr::new(address, listen.port())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn a_server_on_all_addresses_is_reached_without_ipv6_too() {
        let reached =
            |listen: &str, has_ipv6: bool| reachable_where(listen.parse().unwrap(), || has_ipv6).to_string();
        assert_eq!(reached("[::]:8080", true), "[::1]:8080");
        assert_eq!(reached("[::]:8080", false), "127.0.0.1:8080");
        assert_eq!(reached("0.0.0.0:8080", true), "127.0.0.1:8080");
        assert_eq!(reached("[2001:db8::7]:8080", false), "[2001:db8::7]:8080");
    }

    #[test]
    fn the_command_line_is_consistent_and_teaches() {
        CommandLine::command().debug_assert();
        let help = CommandLine::command().render_long_help().to_string();
        for part in
            ["Examples:", "cordboard demo", "CORDBOARD_CALLS__MAX", "Exit codes: 0 done", "--config <FILE>"]
        {
            assert!(help.contains(part), "{part:?} is missing in:\n{help}");
        }
    }

    /// Returns the commands below `command` whose help has no example.
    fn without_example(command: &clap::Command) -> Vec<String> {
        if command.has_subcommands() {
            return command.get_subcommands().flat_map(without_example).collect();
        }
        let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        if help.contains("Example") { Vec::new() } else { vec![command.get_name().to_owned()] }
    }

    #[test]
    fn the_help_of_every_command_has_an_example() {
        assert_eq!(without_example(&CommandLine::command()), Vec::<String>::new());
    }

    #[test]
    fn a_configuration_file_may_precede_or_follow_the_command() {
        for words in
            [["cordboard", "--config", "x.toml", "doctor"], ["cordboard", "doctor", "--config", "x.toml"]]
        {
            let parsed = CommandLine::try_parse_from(words).unwrap();
            assert_eq!(parsed.config, Some(PathBuf::from("x.toml")));
        }
    }
}
