//! The operator's work on accounts without HTTP: the first user, their setup token, a lost second factor, and a lost e-mail address.

use chrono::TimeDelta;
use cordboard_actors::world;
use cordboard_schema::account::{EmailAddress, Invitation, User};
use cordboard_schema::audit::Actor;
use cordboard_schema::ids::{InvitationId, OrganizationId};
use cordboard_schema::limits::INVITATION_MS;
use cordboard_schema::permission::Role;

use super::account_mail::{AddressEvent, Changer};
use super::{lost_factor, new_address, one_time, passwords};
use crate::mail::Mailer;
use crate::priority;
use crate::store::{Connection, Store, StoreError, change, query};
use crate::web::api::auth::NewUser;
use crate::web::caller;

/// A user that the operator adds.
pub struct NewAccount {
    /// Organization of the user.
    pub organization_id: OrganizationId,
    /// E-mail address for signing in.
    pub email: String,
    /// Name of the user.
    pub name: String,
    /// Their role.
    pub role: Role,
    /// Password for signing in.
    pub password: String,
}

#[cfg(test)]
impl NewAccount {
    /// An owner of this organization, for tests.
    pub(in crate::web) fn ada(organization_id: OrganizationId) -> Self {
        Self {
            organization_id,
            email: "ada@example.com".to_owned(),
            name: "Ada".to_owned(),
            role: Role::Owner,
            password: "correct horse battery".to_owned(),
        }
    }
}

/// Adds a user.
///
/// # Errors
/// A value is not accepted, or the user can't be stored; in words.
pub async fn add_user(store: &Store, account: NewAccount, by: Actor) -> Result<User, String> {
    let NewAccount { organization_id, email, name, role, password } = account;
    let user = NewUser::check((&email, &name, password), Vec::new()).map_err(|error| error.to_string())?;
    let password = user.password.clone();
    let hash = priority::blocking(move || passwords::hash_now(&password)).await;
    let hash = hash.ok().flatten().ok_or("the password can't be hashed")?;
    let make = move |connection: &mut Connection| {
        if query::organization(connection, organization_id)?.is_none() {
            return Ok(Err("there is no organization of that id".to_owned()));
        }
        let row = user.row(organization_id, role, hash)?;
        let made = row.user()?;
        change::create_user(connection, &row)?;
        let what = ("user.joined", made.id, format!("{} as {}, by the operator", made.email, role.as_str()));
        change::record_audit(connection, &caller::done(organization_id, by, None, what))?;
        Ok(Ok(made))
    };
    match store.change(make).await {
        Err(error) if error.is_taken_name() => {
            Err("this e-mail address is taken: use another one".to_owned())
        }
        outcome => outcome.map_err(|error| error.to_string())?,
    }
}

/// A user whose second factor the operator has removed.
pub struct FactorReset {
    /// The user.
    pub user: User,
    /// How many of their sign-ins have ended.
    pub ended: usize,
    /// Whether they are notified by mail.
    pub is_mailed: bool,
}

/// Removes the second factor of the user with this address, including its recovery codes, and ends their sign-ins.
///
/// # Errors
/// There is no such user, they have no second factor, or the change can't be stored; in words.
pub async fn reset_second_factor(
    store: &Store,
    mailer: &Mailer,
    email: &str,
    by: Actor,
) -> Result<FactorReset, String> {
    let email = EmailAddress::parse(email).map_err(|reason| format!("{email} {reason}"))?;
    let mailer = mailer.clone();
    let reset = move |connection: &mut Connection| {
        let Some(row) = query::user_by_email(connection, &email)? else {
            return Ok(Err(format!("nobody signs in as {email}")));
        };
        let user = row.user()?;
        if !user.has_totp {
            return Ok(Err(format!("{email} has no second factor: the password alone opens the account")));
        }
        let what = ("totp.reset", user.id, format!("{email}, by the operator"));
        let entry = caller::done(user.organization_id, by, None, what);
        let gone = lost_factor::take_away(connection, &mailer, (&user, Changer::Operator), &entry)?;
        Ok(Ok(FactorReset { ended: gone.ended.len(), is_mailed: gone.notice.is_some(), user }))
    };
    store.change(reset).await.map_err(|error| error.to_string())?
}

/// A user whose e-mail address the operator has changed.
pub struct AddressChange {
    /// The user, with the new address.
    pub user: User,
    /// How many of their sign-ins have ended.
    pub ended: usize,
    /// Whether the previous address is notified by mail.
    pub is_mailed: bool,
}

/// Sets a new e-mail address for the user with this one, and ends their sign-ins.
///
/// # Errors
/// There is no such user, the new address is taken or invalid, or the change can't be stored; in words.
pub async fn set_address(
    store: &Store,
    mailer: &Mailer,
    (email, new): (&str, &str),
    by: Actor,
) -> Result<AddressChange, String> {
    let parsed = |email: &str| EmailAddress::parse(email).map_err(|reason| format!("{email} {reason}"));
    let (email, new, mailer) = (parsed(email)?, parsed(new)?, mailer.clone());
    let taken = format!("{new} is the address of an account already");
    let is_taken = taken.clone();
    let set = move |connection: &mut Connection| {
        let Some(row) = query::user_by_email(connection, &email)? else {
            return Ok(Err(format!("nobody signs in as {email}")));
        };
        if query::user_by_email(connection, &new)?.is_some() {
            return Ok(Err(is_taken));
        }
        let user = row.user()?;
        let what = ("user.email_set", user.id, format!("from {email} to {new}, by the operator"));
        let entry = caller::done(user.organization_id, by, None, what);
        let event = (AddressEvent::Set(Changer::Operator, new.as_str()), None);
        let set = new_address::set(connection, &mailer, (&user, &new), event, &entry)?;
        let (ended, is_mailed) = (set.ended.len(), set.notice.is_some());
        Ok(Ok(AddressChange { user: User { email: new, ..user }, ended, is_mailed }))
    };
    match store.change(set).await {
        Err(error) if error.is_taken_name() => Err(taken),
        outcome => outcome.map_err(|error| error.to_string())?,
    }
}

/// Makes a new setup token if the first organization has no owner yet. The user who registers with it becomes the owner. The token of an earlier
/// start is void.
///
/// # Errors
/// The database can't be read or written.
pub async fn setup_token(store: &Store) -> Result<Option<String>, StoreError> {
    let (token, now, organization_id) = (one_time::secret(), world::now(), store.organization_id());
    let hash = one_time::hash(&token);
    let lifetime = TimeDelta::milliseconds(i64::try_from(INVITATION_MS).unwrap_or(0));
    let make = move |connection: &mut Connection| {
        if query::count_owners(connection, organization_id)? > 0 {
            return Ok(false);
        }
        let setup = Invitation {
            id: InvitationId(world::new_id()),
            organization_id,
            email: None,
            role: Role::Owner,
            created_at: now.into(),
            expires_at: (now + lifetime).into(),
        };
        change::set_setup_token(connection, &setup, hash)?;
        Ok(true)
    };
    Ok(store.change(make).await?.then_some(token))
}
