//! `cordboard user`: creates a user without an invitation, such as the first owner of an installation without mail, removes the second factor of
//! an owner who has lost it and whom no other user may change, and sets their e-mail address.

use std::fmt;
use std::io::{self, BufRead};

use clap::{Args, Subcommand, ValueEnum};
use cordboard_schema::audit::Actor;
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::permission::Role;

use super::migrate::refuse_while_server_runs;
use super::terminal;
use crate::config::{Config, Database};
use crate::error::CommandError;
use crate::mail::Mailer;
use crate::secret_box::SecretBox;
use crate::store::{Connection, DatabaseState, Store, StoreError, StoreSettings, check, query};
use crate::web::{AddressChange, FactorReset, NewAccount, add_user, reset_second_factor, set_address};

#[derive(Debug, Args)]
pub(super) struct UserArguments {
    #[command(subcommand)]
    command: UserCommand,
}

#[derive(Debug, Subcommand)]
enum UserCommand {
    /// Create a user who can sign in at once
    #[command(after_help = "\
The password is read from standard input, one line, so that it appears in no process list and no history. The command can run \
alongside a server of the same version.

Examples:
  cordboard user add ada@example.com --name Ada --role owner
  pass show cordboard/ada | cordboard user add ada@example.com --name Ada")]
    Add(AddArguments),

    /// Remove the second factor of a user who has lost it, and its recovery codes
    #[command(after_help = "\
The user signs in by their password alone from then on, and sets up a new second factor on the page of their account. Their sign-ins \
end, the audit log has a line about it, and they get a mail if `smtp.host` is set. Make sure that the request is really theirs. The command can run \
alongside a server of the same version.

Owners and administrators do the same for others on the page Team; this is for an owner whom no other user may change.

Example:
  cordboard user reset-second-factor ada@example.com")]
    ResetSecondFactor(ResetArguments),

    /// Set a new e-mail address for a user who has lost access to theirs
    #[command(after_help = "\
The user signs in with the new address and the same password from then on. Their sign-ins end, links that were mailed to the previous address no \
longer work, the audit log has a line about it, and the previous address gets a mail if `smtp.host` is set. Anybody who reads the mail of the new \
address can set a new password: make sure that it is really theirs. The command can run alongside a server of the same version.

Users change their own address on the page of their account, and owners and administrators that of others on the page Team; this is for an owner \
whom no other user may change.

Example:
  cordboard user set-email ada@example.com ada@example.net")]
    SetEmail(EmailArguments),
}

#[derive(Debug, Args)]
struct AddArguments {
    /// E-mail address, with which they sign in
    email: String,

    /// Display name
    #[arg(long)]
    name: String,

    /// Role
    #[arg(long, value_enum, default_value_t = RoleName::Owner)]
    role: RoleName,

    /// Id of the organization (GET /api/v1/organizations) [default: the installation's first]
    #[arg(long, value_name = "ID")]
    organization: Option<OrganizationId>,
}

#[derive(Debug, Args)]
struct ResetArguments {
    /// E-mail address, with which they sign in, in any organization
    email: String,
}

#[derive(Debug, Args)]
struct EmailArguments {
    /// E-mail address, with which they sign in so far, in any organization
    email: String,

    /// E-mail address, with which they sign in from now on
    new: String,
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
    match command {
        UserCommand::Add(arguments) => add(config, arguments),
        UserCommand::ResetSecondFactor(arguments) => reset(config, &arguments),
        UserCommand::SetEmail(arguments) => set_email(config, &arguments),
    }
}

fn add(config: &Config, arguments: AddArguments) -> Result<(), CommandError> {
    let AddArguments { email, name, role, organization } = arguments;
    let settings = StoreSettings::of(config.database());
    refuse_while_server_runs(config, &settings)?;
    if let Some(notice) = of_new_database(&settings.database, &check(&settings).map_err(failed)?) {
        terminal::print_notice(notice);
    }
    terminal::print_notice(format_args!("the password of {email}, one line:"));
    let mut password = String::new();
    let read = io::stdin().lock().read_line(&mut password);
    read.map_err(|cause| CommandError::System { what: "the password can't be read", cause })?;
    let password = password.trim_end_matches(['\r', '\n']).to_owned();
    let folder = std::fs::create_dir_all(&config.data_dir);
    folder.map_err(|cause| CommandError::System { what: "the data folder can't be made", cause })?;
    let store = Store::open(&settings).map_err(failed)?;
    let organization_id = organization.unwrap_or_else(|| store.organization_id());
    let account = NewAccount { organization_id, email, name, role: role.into(), password };
    let added = super::runtime()?.block_on(add_user(&store, account, Actor::Installation));
    let user = added.map_err(CommandError::Failed)?;
    terminal::print(format_args!(
        "{} is {} now, and signs in as {} (in {})\n",
        user.name,
        user.role.as_str(),
        user.email,
        settings.database
    ))
}

/// Returns a notice for a database that this command will create. Without the settings of the server, that is another one than the server's.
fn of_new_database(database: &Database, state: &DatabaseState) -> Option<String> {
    matches!(state, DatabaseState::Missing).then(|| {
        format!(
            "there is no database {database}: it will be created. A server that runs already has another one, where this user can't sign in: \
             then end this command, and give it the server's settings (data_dir or DATABASE_URL)"
        )
    })
}

/// Opens the database of an installation that is there already.
fn open(config: &Config) -> Result<(StoreSettings, Store), CommandError> {
    let settings = StoreSettings::of(config.database());
    if matches!(check(&settings).map_err(failed)?, DatabaseState::Missing) {
        let database = &settings.database;
        let why = format!("there is no database {database}; set data_dir or DATABASE_URL to the right one");
        return Err(CommandError::Failed(why));
    }
    refuse_while_server_runs(config, &settings)?;
    let store = Store::open(&settings).map_err(failed)?;
    Ok((settings, store))
}

fn set_email(config: &Config, EmailArguments { email, new }: &EmailArguments) -> Result<(), CommandError> {
    let (settings, store) = open(config)?;
    let runtime = super::runtime()?;
    let mailer = runtime.block_on(mailer(config, &store, &settings))?;
    let set = runtime.block_on(set_address(&store, &mailer, (email, new), Actor::Installation));
    let AddressChange { user, ended, is_mailed } = set.map_err(CommandError::Failed)?;
    let mailed =
        if is_mailed { "the previous address gets a mail" } else { "the previous address gets no mail" };
    terminal::print(format_args!(
        "{} signs in as {} now, with the same password; sign-ins that have ended: {ended}; {mailed} (in {})\n",
        user.name, user.email, settings.database
    ))
}

fn reset(config: &Config, ResetArguments { email }: &ResetArguments) -> Result<(), CommandError> {
    let (settings, store) = open(config)?;
    let database = &settings.database;
    let runtime = super::runtime()?;
    let mailer = runtime.block_on(mailer(config, &store, &settings))?;
    let reset = runtime.block_on(reset_second_factor(&store, &mailer, email, Actor::Installation));
    let FactorReset { user, ended, is_mailed } = reset.map_err(CommandError::Failed)?;
    let mailed = if is_mailed { "they get a mail" } else { "they get no mail" };
    terminal::print(format_args!(
        "{} signs in as {} with the password alone now; sign-ins that have ended: {ended}; {mailed} (in {database})\n",
        user.name, user.email
    ))
}

/// Stores mails for the server, which sends them while it runs, or at its next start.
///
/// # Errors
/// The server could not read them: its secret key is not the one here.
async fn mailer(config: &Config, store: &Store, settings: &StoreSettings) -> Result<Mailer, CommandError> {
    if config.smtp.host.is_none() {
        return Ok(Mailer::disabled());
    }
    let secrets = match SecretBox::existing(config) {
        Ok(secrets) => secrets,
        Err(error) => return Ok(without_mail(&error)),
    };
    let mark = secrets.as_ref().map(SecretBox::mark);
    let read = move |connection: &mut Connection| {
        query::has_another_key(connection, mark.as_deref(), &SecretBox::common_mark())
    };
    if store.reads().run(read).await.map_err(failed)? {
        let database = &settings.database;
        return Err(CommandError::Failed(format!(
            "the secrets in {database} are sealed with another secret key than the one here, so the server could not read a mail of this command: \
             set `secret_key` (CORDBOARD_SECRET_KEY), or the data_dir with the file secret.key, as for the server, or leave out `smtp.host` to send \
             no mail"
        )));
    }
    let Some(secrets) = secrets else {
        return Ok(without_mail(&"there is no secret key here: the server makes it at its first start"));
    };
    let mailer = Mailer::of(&config.smtp, config.http.public_base_url.as_ref(), secrets);
    Ok(mailer.unwrap_or_else(|error| without_mail(&error)))
}

/// The change is made without a mail. It does not wait until mail is set up.
fn without_mail(why: &dyn fmt::Display) -> Mailer {
    terminal::print_notice(format_args!("no mail can be stored: {why}"));
    Mailer::disabled()
}

fn failed(error: StoreError) -> CommandError {
    CommandError::Failed(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_of_a_new_database_comes_with_a_notice() {
        let folder = tempfile::tempdir().unwrap();
        let settings = StoreSettings::file(folder.path().join("cordboard.db"));
        let notice = || of_new_database(&settings.database, &check(&settings).unwrap());
        let said = notice().unwrap_or_default();
        assert!(said.contains("cordboard.db: it will be created") && said.contains("data_dir"), "{said}");
        drop(Store::open(&settings).unwrap());
        assert_eq!(notice(), None);
    }
}
