//! `cordboard user add`: a user without an invitation, as the first owner of an installation without mail.

use std::io::{self, BufRead};

use clap::{Args, Subcommand, ValueEnum};
use cordboard_schema::audit::Actor;
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::permission::Role;

use super::migrate::refuse_beside_server;
use super::terminal;
use crate::config::Config;
use crate::error::CommandError;
use crate::store::{Store, StoreError, StoreSettings};
use crate::web::{NewAccount, add_user};

#[derive(Debug, Args)]
pub(super) struct UserArguments {
    #[command(subcommand)]
    command: UserCommand,
}

#[derive(Debug, Subcommand)]
enum UserCommand {
    /// Make a user who can sign in at once
    #[command(after_help = "\
The password is read from standard input, one line, so that it stands in no list of processes and no history. It may be \
asked beside a running server of the same version.

Examples:
  cordboard user add ada@example.com --name Ada --role owner
  pass show cordboard/ada | cordboard user add ada@example.com --name Ada")]
    Add(AddArguments),
}

#[derive(Debug, Args)]
struct AddArguments {
    /// E-mail address, by which they sign in
    email: String,

    /// Display name
    #[arg(long)]
    name: String,

    /// Role
    #[arg(long, value_enum, default_value_t = RoleName::Owner)]
    role: RoleName,

    /// Organization, by its id (GET /api/v1/organizations); the installation's first where it is left out
    #[arg(long, value_name = "ID")]
    organization: Option<OrganizationId>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum RoleName {
    Owner,
    Admin,
    Supervisor,
    Agent,
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Owner => Self::Owner,
            RoleName::Admin => Self::Admin,
            RoleName::Supervisor => Self::Supervisor,
            RoleName::Agent => Self::Agent,
        }
    }
}

pub(super) fn run(config: &Config, UserArguments { command }: UserArguments) -> Result<(), CommandError> {
    let UserCommand::Add(AddArguments { email, name, role, organization }) = command;
    let settings = StoreSettings::of(config.database());
    refuse_beside_server(config, &settings)?;
    terminal::tell(format_args!("the password of {email}, one line:"));
    let mut password = String::new();
    let read = io::stdin().lock().read_line(&mut password);
    read.map_err(|cause| CommandError::System { what: "the password can't be read", cause })?;
    let password = password.trim_end_matches(['\r', '\n']).to_owned();
    let failed = |error: StoreError| CommandError::Failed(error.to_string());
    let folder = std::fs::create_dir_all(&config.data_dir);
    folder.map_err(|cause| CommandError::System { what: "the data folder can't be made", cause })?;
    let store = Store::open(&settings).map_err(failed)?;
    let organization_id = organization.unwrap_or_else(|| store.organization_id());
    let account = NewAccount { organization_id, email, name, role: role.into(), password };
    let added = super::runtime()?.block_on(add_user(&store, account, Actor::Installation));
    let user = added.map_err(CommandError::Failed)?;
    terminal::say(format_args!(
        "{} is {} now, and signs in as {} (in {})\n",
        user.name,
        user.role.as_str(),
        user.email,
        settings.database
    ))
}
