//! Signing in: whether e-mail, password and code belong together, and the sign-in that begins where they do.

use std::net::IpAddr;

use actix_web::HttpRequest;
use actix_web::http::header::USER_AGENT;
use chrono::{DateTime, TimeDelta, Utc};
use cordboard_actors::world;
use cordboard_schema::account::{EmailAddress, User, UserStatus};
use cordboard_schema::audit::Actor;
use cordboard_schema::limits::{USER_AGENT_CHARS_MAX, USER_SESSIONS_MAX};
use cordboard_schema::rows::{LoginSessionRow, UserRow};
use tokio::time::Instant;

use super::{Accounts, LoginKind, LoginToken, note, one_time, passwords, totp};
use crate::store::{Connection, Store, StoreError, change, query};
use crate::web::attempts::household;
use crate::web::caller;
use crate::web::problem::ApiError;

/// Where a sign-in comes from. Behind a proxy all share its address: a header that names another one could be anybody's
/// invention.
#[derive(Clone, Debug)]
pub(in crate::web) struct Client {
    pub(in crate::web) address: Option<IpAddr>,
    user_agent: Option<String>,
}

impl Client {
    pub(in crate::web) fn of(request: &HttpRequest) -> Self {
        let named = request.headers().get(USER_AGENT).and_then(|value| value.to_str().ok());
        Self {
            address: request.peer_addr().map(|peer| peer.ip()),
            user_agent: named.map(|name| name.chars().take(USER_AGENT_CHARS_MAX).collect()),
        }
    }

    fn household(&self) -> IpAddr {
        household(self.address.unwrap_or(IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED)))
    }
}

impl Accounts {
    /// Counts an attempt from this address and, where it is for one, for this account; refuses one too many.
    pub(in crate::web) fn attempt(&self, client: &Client, account: Option<&str>) -> Result<(), ApiError> {
        let (address, now) = (client.household(), Instant::now());
        let mut attempts = self.attempts();
        let account = account.map(str::to_owned);
        let waits = [
            attempts.by_address.wait_s(&address, now),
            account.as_ref().and_then(|account| attempts.by_account.wait_s(account, now)),
        ];
        if let Some(retry_after_s) = waits.into_iter().flatten().max() {
            return Err(ApiError::TooManyAttempts { retry_after_s });
        }
        attempts.by_address.tried(address, now);
        if let Some(account) = account {
            attempts.by_account.tried(account, now);
        }
        Ok(())
    }

    /// An attempt was right: it does not count.
    pub(in crate::web) fn was_right(&self, client: &Client, account: Option<&str>) {
        let mut attempts = self.attempts();
        attempts.by_address.was_right(&client.household());
        if let Some(account) = account {
            attempts.by_account.was_right(&account.to_owned());
        }
    }

    /// The user to whom e-mail, password and code belong. It takes as long for an account that is not there.
    ///
    /// # Errors
    /// They belong to nobody, a code is asked for, or there were too many attempts.
    pub(in crate::web) async fn check(
        &self,
        store: &Store,
        client: &Client,
        (email, password, code): (&str, String, Option<&str>),
    ) -> Result<User, ApiError> {
        // What is no address is nobody's, and takes as long.
        let email = EmailAddress::parse(email).ok();
        let account = email.as_ref().map(EmailAddress::as_str);
        self.attempt(client, account)?;
        let found = match email.clone() {
            Some(email) => {
                store.reads().run(move |connection| query::user_by_email(connection, &email)).await?
            }
            None => None,
        };
        let is_right =
            passwords::is_right(password, found.as_ref().map(|row| row.password_hash.clone())).await?;
        let Some(row) = found else { return Err(ApiError::WrongCredentials) };
        let user = row.user().map_err(StoreError::from)?;
        let is_known = is_right && user.status == UserStatus::Active;
        if !is_known {
            return Err(failed(store, client, &user, "wrong password, or disabled"));
        }
        match (&row.totp_secret, code.map(str::trim).filter(|code| !code.is_empty())) {
            (None, _) => {}
            (Some(_), None) => {
                self.was_right(client, account);
                return Err(ApiError::TotpRequired);
            }
            (Some(sealed), Some(code)) => {
                if !self.takes_code(store, &user, sealed, code).await? {
                    return Err(failed(store, client, &user, "wrong code"));
                }
            }
        }
        self.was_right(client, account);
        Ok(user)
    }

    /// Whether this is a code of the user's app or a recovery code, which then is used up.
    async fn takes_code(
        &self,
        store: &Store,
        user: &User,
        sealed: &str,
        code: &str,
    ) -> Result<bool, ApiError> {
        let (organization_id, id) = (user.organization_id, user.id);
        let secret = totp::unseal(&self.secrets, id, sealed).map_err(|error| {
            tracing::error!(user = %id, %error, "a second factor can't be read");
            ApiError::Unavailable("the second factor can't be read; the server's log says why".to_owned())
        })?;
        if let Some(step) = totp::step_of(&secret, code, world::now()) {
            let take = move |connection: &mut Connection| {
                change::take_totp_step(connection, organization_id, id, step)
            };
            return Ok(store.change(take).await?);
        }
        let hash = one_time::hash(&code.to_ascii_lowercase());
        let take = move |connection: &mut Connection| {
            change::take_recovery_code(connection, organization_id, id, &hash)
        };
        Ok(store.change(take).await?)
    }

    /// Begins a sign-in of the user, or of the admin token; when it ends is `lifetime` from now.
    pub(in crate::web) async fn open(
        &self,
        store: &Store,
        client: &Client,
        user: Option<&User>,
        (kind, lifetime): (LoginKind, TimeDelta),
    ) -> Result<(LoginToken, DateTime<Utc>), ApiError> {
        let (token, now) = (LoginToken::new(), world::now());
        let organization_id = user.map_or(store.organization_id(), |user| user.organization_id);
        let row = LoginSessionRow {
            id: token.id.to_string(),
            organization_id: organization_id.to_string(),
            user_id: user.map(|user| user.id.to_string()),
            kind: kind.as_str().to_owned(),
            secret_hash: token.hash(),
            created_at: now.naive_utc(),
            used_at: now.naive_utc(),
            expires_at: (now + lifetime).naive_utc(),
            address: client.address.map(|address| address.to_string()),
            user_agent: client.user_agent.clone(),
        };
        let user_id = user.map(|user| user.id);
        let actor = user_id.map_or(Actor::Installation, Actor::User);
        let subject = user.map_or_else(|| "admin token".to_owned(), |user| user.id.to_string());
        let entry = caller::done(organization_id, actor, client.address, ("sign_in", subject, kind.as_str()));
        let open = move |connection: &mut Connection| {
            change::open_login(connection, &row, USER_SESSIONS_MAX)?;
            if let Some(user_id) = user_id {
                change::note_sign_in(connection, organization_id, user_id)?;
            }
            change::record_audit(connection, &entry)
        };
        store.change(open).await?;
        Ok((token, now + lifetime))
    }
}

/// Notes a failed sign-in of a known account, and says no more than of one that is not there, nor later.
fn failed(store: &Store, client: &Client, user: &User, why: &str) -> ApiError {
    tracing::warn!(user = %user.id, address = ?client.address, why, "a sign-in failed");
    let what = ("sign_in.failed", user.id, why);
    let entry = caller::done(user.organization_id, Actor::System, client.address, what);
    note(store, move |connection| change::record_audit(connection, &entry));
    ApiError::WrongCredentials
}

/// The user that a row is.
pub(in crate::web) fn user_of(row: &UserRow) -> Result<User, ApiError> {
    Ok(row.user().map_err(StoreError::from)?)
}
