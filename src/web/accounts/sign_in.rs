//! Signing in: checks that e-mail, password and code belong together, and begins the sign-in.

use std::net::IpAddr;

use actix_web::HttpRequest;
use actix_web::http::header::USER_AGENT;
use chrono::{DateTime, TimeDelta, Utc};
use cordboard_actors::world;
use cordboard_schema::account::{EmailAddress, User, UserStatus};
use cordboard_schema::audit::Actor;
use cordboard_schema::ids::{OrganizationId, UserId};
use cordboard_schema::limits::{USER_AGENT_CHARS_MAX, USER_SESSIONS_MAX};
use cordboard_tables::rows::{LoginSessionRow, UserRow};
use tokio::time::Instant;

use super::guard::{Place, SignInAttempt, Wait};
use super::passwords::Turn;
use super::{Accounts, LoginKind, LoginToken, note, one_time, totp};
use crate::store::{Connection, Store, StoreError, change, query};
use crate::web::WebState;
use crate::web::arriving::arrival;
use crate::web::attempts::household;
use crate::web::caller;
use crate::web::problem::ApiError;
use crate::web::secure::Line;
use crate::web::session::DEVICE_COOKIE;

/// Source of a sign-in.
#[derive(Clone, Debug)]
pub(in crate::web) struct Client {
    pub(in crate::web) address: Option<IpAddr>,
    user_agent: Option<String>,
    /// The browser's device cookie, read by [`super::device`].
    device: Option<String>,
}

/// A user who signs in.
pub(in crate::web) struct SigningIn {
    /// The user.
    pub(in crate::web) user: User,
    /// The stored hash of the password with which they proved their identity.
    password_hash: String,
}

impl SigningIn {
    /// The user of this row, whose password was right or has just been set.
    pub(in crate::web) fn of(row: &UserRow) -> Result<Self, StoreError> {
        Ok(Self { user: row.user()?, password_hash: row.password_hash.clone() })
    }
}

impl Client {
    pub(in crate::web) fn of(request: &HttpRequest, state: &WebState) -> Self {
        let named = request.headers().get(USER_AGENT).and_then(|value| value.to_str().ok());
        let line = Line::of(request, &state.configuration.config);
        Self {
            address: arrival(request).client(),
            device: line.cookie(request.headers(), DEVICE_COOKIE).map(str::to_owned),
            user_agent: named.map(|name| name.chars().take(USER_AGENT_CHARS_MAX).collect()),
        }
    }

    fn household(&self) -> IpAddr {
        household(self.address.unwrap_or(IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED)))
    }
}

impl Accounts {
    /// Counts an attempt to use a link's token from this address; refuses one too many. Does not prevent a sign-in.
    pub(in crate::web) fn attempt(&self, client: &Client) -> Result<(), ApiError> {
        let (address, now) = (client.household(), Instant::now());
        let mut tried = self.tokens_tried();
        if let Some(retry_after_s) = tried.wait_s(&address, now) {
            return Err(ApiError::TooManyAttempts { retry_after_s });
        }
        tried.tried(address, now);
        Ok(())
    }

    /// A link's token was right: the attempt does not count.
    pub(in crate::web) fn was_right(&self, client: &Client) {
        self.tokens_tried().was_right(&client.household());
    }

    /// Counts a mail requested for this address; refuses one too many.
    pub(in crate::web) fn mail_asked(&self, to: &EmailAddress) -> Result<(), ApiError> {
        Ok(self.guard().begin_mail(to.as_str(), Instant::now())?)
    }

    /// Counts a mail with a link by this organization to an address of its choice: an invitation, or the link for a new address of a user. Refuses one
    /// too many.
    pub(in crate::web) fn invited(&self, by: OrganizationId, to: &EmailAddress) -> Result<(), ApiError> {
        Ok(self.guard().begin_invitation(by, to.as_str(), Instant::now())?)
    }

    /// Counts an organization that is registered from this address without a token; refuses one too many.
    pub(in crate::web) fn registered_by(&self, client: &Client) -> Result<(), ApiError> {
        Ok(self.guard().begin_registration(client.household(), Instant::now())?)
    }

    /// Counts an attempt of a signed-in user to prove their identity; refuses one too many.
    pub(in crate::web) fn proof_tried(&self, user: UserId) -> Result<(), ApiError> {
        Ok(self.guard().begin_proof(user, Instant::now())?)
    }

    /// The user proved their identity: the attempt does not count.
    pub(in crate::web) fn was_proven(&self, user: UserId) {
        self.guard().was_proven(user);
    }

    /// Device cookie for the browser of a user who has just signed in.
    pub(in crate::web) fn device_of(&self, client: &Client, account: &str) -> String {
        self.devices.with(account, client.device.as_deref(), world::now())
    }

    /// Somebody has proved that this account is theirs: their place is familiar from now on.
    pub(in crate::web) fn is_familiar_now(&self, client: &Client, account: &EmailAddress) {
        self.guard().is_familiar_now(account.as_str(), client.household(), Instant::now());
    }

    /// Counts an attempt at the password of an account; refuses it if it has to wait.
    async fn begin(
        &self,
        store: &Store,
        client: &Client,
        email: Option<&EmailAddress>,
    ) -> Result<SignInAttempt, ApiError> {
        let account = email.map(EmailAddress::as_str);
        let device = account
            .zip(client.device.as_deref())
            .and_then(|(account, value)| self.devices.read(value, account, world::now()));
        let place = Place { address: client.household(), device };
        let begun = self.guard().begin(account, place, Instant::now());
        let (wait, email) = match (begun, email) {
            (Ok(begun), _) => return Ok(begun),
            (Err(wait), None) => return Err(wait.into()),
            (Err(wait), Some(email)) => (wait, email),
        };
        if !self.has_signed_in_from(store, client, email).await? {
            return Err(wait.into());
        }
        // Not seen by this process, but by an earlier one or by another server of the database.
        self.is_familiar_now(client, email);
        Ok(self.guard().begin(account, place, Instant::now())?)
    }

    /// Whether an active sign-in of the account began at this address. This is checked for every attempt that has to wait, and counts nowhere, so
    /// such attempts wait in the strangers' queue, however many there are.
    async fn has_signed_in_from(
        &self,
        store: &Store,
        client: &Client,
        email: &EmailAddress,
    ) -> Result<bool, ApiError> {
        let (email, now) = (email.clone(), world::now());
        let read = move |connection: &mut Connection| query::login_addresses(connection, &email, now);
        let addresses = store.reads().run_for_stranger(read).await?;
        let known = addresses.iter().filter_map(|address| address.parse().ok()).map(household);
        Ok(known.into_iter().any(|address| address == client.household()))
    }

    /// Returns the user to whom e-mail, password and code belong. It takes as long for an account that does not exist.
    ///
    /// # Errors
    /// They don't belong together, a code is required, or there were too many attempts.
    pub(in crate::web) async fn check(
        &self,
        store: &Store,
        client: &Client,
        (email, password, code): (&str, String, Option<&str>),
    ) -> Result<SigningIn, ApiError> {
        // A text that is no address belongs to no account, and takes as long.
        let email = EmailAddress::parse(email).ok();
        let begun = self.begin(store, client, email.as_ref()).await?;
        let found = match email.clone() {
            Some(email) => {
                store.reads().run(move |connection| query::user_by_email(connection, &email)).await?
            }
            None => None,
        };
        let kept = found.as_ref().map(|row| row.password_hash.clone());
        let familiar = found.as_ref().filter(|_| begun.is_familiar());
        let of = familiar.and_then(|row| row.organization_id.parse().ok());
        let turn = of.map_or(Turn::Stranger, Turn::Familiar);
        let is_right = self.passwords.is_right(password, kept, turn).await?;
        let Some(row) = found else { return Err(ApiError::WrongCredentials) };
        let user = row.user().map_err(StoreError::from)?;
        let is_known = is_right && user.status == UserStatus::Active;
        if !is_known {
            return Err(failed(store, client, &user, "wrong password, or the user is disabled"));
        }
        match (&row.totp_secret, code.map(str::trim).filter(|code| !code.is_empty())) {
            (None, _) => {}
            (Some(_), None) => {
                self.guard().password_was_right(&begun);
                return Err(ApiError::TotpRequired);
            }
            (Some(sealed), Some(code)) => {
                let may_try = self.guard().begin_code(&begun, Instant::now());
                if let Err(wait) = may_try {
                    self.guard().password_was_right(&begun);
                    return Err(wait.into());
                }
                if !self.accepts_code(store, &user, sealed, code).await? {
                    return Err(failed(store, client, &user, "wrong code"));
                }
                self.guard().code_was_right(&begun);
            }
        }
        self.guard().password_was_right(&begun);
        let organization_id = user.organization_id;
        let read = move |connection: &mut Connection| query::is_suspended(connection, organization_id);
        if store.reads().run(read).await? {
            return Err(ApiError::OrganizationSuspended);
        }
        Ok(SigningIn { user, password_hash: row.password_hash })
    }

    /// Whether this is a code of the user's app or a recovery code. A recovery code is used up.
    async fn accepts_code(
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
        let hash = one_time::hash(&one_time::recovery_code_of(code));
        let take = move |connection: &mut Connection| {
            change::take_recovery_code(connection, organization_id, id, &hash)
        };
        Ok(store.change(take).await?)
    }

    /// Begins a sign-in of the user, or of the admin token. It expires after `lifetime`.
    ///
    /// # Errors
    /// The password was changed meanwhile, or the user may no longer sign in: whatever ended their sign-ins ends this one.
    pub(in crate::web) async fn open(
        &self,
        store: &Store,
        client: &Client,
        signing_in: Option<&SigningIn>,
        (kind, lifetime): (LoginKind, TimeDelta),
    ) -> Result<(LoginToken, DateTime<Utc>), ApiError> {
        let user = signing_in.map(|signing_in| &signing_in.user);
        let (token, now) = (self.login_token(world::new_id()), world::now());
        let organization_id = user.map_or(store.organization_id(), |user| user.organization_id);
        let row = LoginSessionRow {
            id: token.id.to_string(),
            organization_id: organization_id.to_string(),
            user_id: user.map(|user| user.id.to_string()),
            kind: kind.as_str().to_owned(),
            secret_hash: token.hash(),
            previous_hash: None,
            created_at: now.naive_utc(),
            used_at: now.naive_utc(),
            expires_at: (now + lifetime).naive_utc(),
            address: client.address.map(|address| address.to_string()),
            user_agent: client.user_agent.clone(),
        };
        let by = signing_in.map(|signing_in| (signing_in.user.id, signing_in.password_hash.clone()));
        let actor = user.map_or(Actor::Installation, |user| Actor::User(user.id));
        let subject = user.map_or_else(|| "admin token".to_owned(), |user| user.id.to_string());
        let entry = caller::done(organization_id, actor, client.address, ("sign_in", subject, kind.as_str()));
        let open = move |connection: &mut Connection| {
            if let Some((user_id, password_hash)) = &by {
                let row = query::user(connection, organization_id, *user_id)?;
                let row = row.filter(|row| row.password_hash == *password_hash);
                let user = row.map(|row| row.user()).transpose()?;
                let is_out = user.is_none_or(|user| user.status != UserStatus::Active);
                if is_out || query::is_suspended(connection, organization_id)? {
                    return Ok(None);
                }
                change::note_sign_in(connection, organization_id, *user_id)?;
            }
            let ended = change::open_login(connection, &row, USER_SESSIONS_MAX)?;
            change::record_audit(connection, &entry)?;
            Ok(Some(ended))
        };
        match (store.change(open).await?, user) {
            (Some(ended), user) => {
                self.ended(ended);
                if let Some(user) = user {
                    self.is_familiar_now(client, &user.email);
                }
                Ok((token, now + lifetime))
            }
            (None, Some(user)) => Err(failed(
                store,
                client,
                user,
                "the password was changed meanwhile, or the user is disabled",
            )),
            (None, None) => Err(ApiError::WrongCredentials),
        }
    }
}

impl From<Wait> for ApiError {
    fn from(Wait(retry_after_s): Wait) -> Self {
        Self::TooManyAttempts { retry_after_s }
    }
}

/// Logs a failed sign-in of a known account. The answer is the same, and takes as long, as for an account that does not exist.
fn failed(store: &Store, client: &Client, user: &User, why: &str) -> ApiError {
    tracing::warn!(user = %user.id, address = ?client.address, why, "a sign-in failed");
    let what = ("sign_in.failed", user.id, why);
    let entry = caller::done(user.organization_id, Actor::System, client.address, what);
    note(store, move |connection| change::record_audit(connection, &entry));
    ApiError::WrongCredentials
}

/// Converts a row to a user.
pub(in crate::web) fn user_of(row: &UserRow) -> Result<User, ApiError> {
    Ok(row.user().map_err(StoreError::from)?)
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::time::Duration;

    use cordboard_actors::sign_ins::EndedSignIns;
    use cordboard_schema::limits::{DATABASE_READ_WAIT_MS, DATABASE_READS_OF_STRANGERS_MAX};

    use super::*;
    use crate::config::{Config, Operator};
    use crate::secret_box::SecretBox;
    use crate::store::StoreSettings;
    use crate::web::{NewAccount, add_user};

    /// Time after which a read that waits for the test continues anyway: a failing test must end.
    const GATE_WAIT: Duration = Duration::from_secs(20);

    #[actix_web::test]
    async fn a_sign_in_fails_if_its_password_changes_meanwhile() {
        let folder = tempfile::tempdir().unwrap();
        let config = Config { data_dir: folder.path().to_owned(), ..Config::default() };
        let secrets = SecretBox::open(&config).unwrap();
        let accounts = Accounts::new(secrets, Operator::Token, EndedSignIns::default());
        let store = Store::open(&StoreSettings::file(folder.path().join("cordboard.db"))).unwrap();
        let account = NewAccount::ada(store.organization_id());
        let asked = ("ada@example.com", account.password.clone(), None);
        let ada = add_user(&store, account, Actor::Installation).await.unwrap();
        let client = Client { address: None, user_agent: None, device: None };
        let signing_in = accounts.check(&store, &client, asked).await.unwrap();
        let kind = (LoginKind::Page, TimeDelta::hours(1));
        assert!(accounts.open(&store, &client, Some(&signing_in), kind).await.is_ok());
        let (organization_id, id) = (ada.organization_id, ada.id);
        let change = move |connection: &mut Connection| {
            change::set_password(connection, organization_id, id, "another one")?;
            change::end_logins(connection, id)
        };
        assert_eq!(store.change(change).await.unwrap().len(), 1);
        let late = accounts.open(&store, &client, Some(&signing_in), kind).await;
        assert!(matches!(late.err(), Some(ApiError::WrongCredentials)));
        let left = store.reads().run(move |connection| query::logins_of(connection, id, world::now()));
        assert!(left.await.unwrap().is_empty(), "the old password still signs in");
    }

    /// The clock only advances by the test while a read is running.
    #[tokio::test(start_paused = true)]
    async fn delayed_guesses_are_looked_up_in_the_strangers_queue() {
        let folder = tempfile::tempdir().unwrap();
        let config = Config { data_dir: folder.path().to_owned(), ..Config::default() };
        let secrets = SecretBox::open(&config).unwrap();
        let accounts = Accounts::new(secrets, Operator::Token, EndedSignIns::default());
        let store = Store::open(&StoreSettings::file(folder.path().join("cordboard.db"))).unwrap();
        let (begins, mut begun) = tokio::sync::mpsc::unbounded_channel();
        let (mut gates, mut reads_waiting) = (Vec::new(), Vec::new());
        for _ in 0..DATABASE_READS_OF_STRANGERS_MAX {
            let (gate, opened) = std::sync::mpsc::channel::<()>();
            gates.push(gate);
            let (store, begins) = (store.clone(), begins.clone());
            let read = move |_: &mut Connection| {
                begins.send(()).unwrap();
                // Until the gate is dropped.
                let _ = opened.recv_timeout(GATE_WAIT);
                Ok(())
            };
            reads_waiting.push(tokio::spawn(async move { store.reads().run_for_stranger(read).await }));
        }
        for _ in 0..DATABASE_READS_OF_STRANGERS_MAX {
            begun.recv().await.unwrap();
        }
        let email = EmailAddress::parse("ada@example.com").unwrap();
        let client = Client { address: None, user_agent: None, device: None };
        let mut asked = pin!(accounts.has_signed_in_from(&store, &client, &email));
        tokio::select! {
            biased;
            answer = &mut asked => panic!("{answer:?} without a turn"),
            () = tokio::task::yield_now() => {}
        }
        tokio::time::advance(Duration::from_millis(DATABASE_READ_WAIT_MS + 1)).await;
        let refused = asked.await.unwrap_err();
        assert!(matches!(refused, ApiError::Store(StoreError::ReadsTaken)), "{refused:?}");
        drop(gates);
        for read in reads_waiting {
            read.await.unwrap().unwrap();
        }
    }
}
