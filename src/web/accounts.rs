//! User accounts: how a request is identified, and until when the sign-in is valid.
//!
//! | comes with | is |
//! | --- | --- |
//! | an access token | a user's sign-in (`login_sessions`), for 15 minutes; a refresh token makes the next one |
//! | a session's cookie | a user's sign-in on the pages; or the admin token's, as long as nobody owns the organization |
//! | an API token | a program of an organization |
//!
//! Each request reads the sign-in and the user again, by their keys. Disabling or removing a user, changing their role or signing them out therefore
//! takes effect at once, on every server that uses the database. Anything that lasts longer than a request, such as a socket, asks [`SignedIn`].

mod access_token;
pub(super) mod account_mail;
pub(super) mod by_operator;
mod device;
mod guard;
mod in_call;
mod known_tokens;
pub(super) mod link_letters;
pub(super) mod lost_factor;
pub(super) mod new_address;
pub(super) mod one_time;
pub(crate) mod passwords;
pub(super) mod sign_in;
pub(super) mod totp;

use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use cordboard_actors::sign_ins::{EndedSignIns, OpenedBy};
use cordboard_actors::web::AudioPasses;
use cordboard_actors::world;
use cordboard_schema::account::UserStatus;
use cordboard_schema::audit::Actor;
use cordboard_schema::ids::{OrganizationId, SignInId, UserId};
use cordboard_schema::limits::{ACCESS_TOKEN_MS, SESSION_POLL_MS, SIGN_IN_ATTEMPTS_MAX, USED_NOTE_MS};
use cordboard_schema::permission::{Permission, Permissions, Role};
use cordboard_schema::time::UnixMs;
use cordboard_tables::rows::{LoginSessionRow, UserRow};
use uuid::Uuid;

use self::access_token::AccessTokens;
use self::device::Devices;
use self::guard::Guard;
use self::known_tokens::KnownTokens;
use self::passwords::{PasswordRoom, Turn};
use super::attempts::Attempts;
use super::caller::Caller;
use super::problem::ApiError;
use crate::config::Operator;
use crate::mac::{mac, same};
use crate::secret_box::SecretBox;
use crate::store::{Connection, Store, StoreError, change, query};

/// Prefix of every API token.
pub(super) const API_TOKEN_PREFIX: &str = "cbt_";

/// The keys of all sign-ins, and the failed attempts.
pub(crate) struct Accounts {
    pub(super) secrets: SecretBox,
    operator: Operator,
    access: AccessTokens,
    csrf_key: [u8; 32],
    login_key: [u8; 32],
    devices: Devices,
    known_tokens: KnownTokens,
    tokens_tried: Mutex<Attempts<IpAddr>>,
    guard: Mutex<Guard>,
    /// Limits how many passwords are hashed at once.
    pub(super) passwords: PasswordRoom,
    ended: EndedSignIns,
}

/// A sign-in as the database stores it, with its user.
pub(super) type Login = (LoginSessionRow, Option<UserRow>);

/// How the sign-in of a row was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LoginKind {
    /// A page's cookie.
    Page,
    /// A family of refresh tokens.
    Program,
}

impl LoginKind {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Program => "program",
        }
    }
}

/// A sign-in's id and secret, as a cookie and a refresh token carry them.
pub(super) struct LoginToken {
    pub(super) id: Uuid,
    pub(super) secret: String,
}

impl LoginToken {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (id, secret) = text.split_once('.')?;
        Some(Self { id: id.parse().ok()?, secret: secret.to_owned() })
    }

    pub(super) fn text(&self) -> String {
        format!("{}.{}", self.id, self.secret)
    }

    pub(super) fn hash(&self) -> String {
        one_time::hash(&self.secret)
    }

    /// Whether this token is the newest of the sign-in.
    pub(super) fn is_of(&self, row: &LoginSessionRow) -> bool {
        same(&self.hash(), &row.secret_hash)
    }

    /// Whether this token is the one that the newest replaced. Its holder has a copy, or has missed an answer.
    pub(super) fn was_of(&self, row: &LoginSessionRow) -> bool {
        row.previous_hash.as_ref().is_some_and(|hash| same(&self.hash(), hash))
    }
}

impl Accounts {
    /// Creates the accounts. Sign-ins and tokens that end are reported to `ended`.
    pub(super) fn new(secrets: SecretBox, operator: Operator, ended: EndedSignIns) -> Self {
        Self {
            operator,
            access: AccessTokens::new(&secrets),
            csrf_key: secrets.key_for("csrf tokens"),
            login_key: secrets.key_for("sign-ins"),
            devices: Devices::new(&secrets),
            known_tokens: KnownTokens::default(),
            tokens_tried: Mutex::new(Attempts::new(SIGN_IN_ATTEMPTS_MAX)),
            guard: Mutex::new(Guard::new()),
            passwords: PasswordRoom::new(),
            ended,
            secrets,
        }
    }

    /// Returns an access token for a user's sign-in, and when it expires.
    pub(super) fn access_token(&self, user_id: UserId, session: Uuid) -> Result<(String, UnixMs), ApiError> {
        let now = world::now();
        let until = UnixMs::from(now) + ACCESS_TOKEN_MS;
        let made = self.access.make(user_id, session, now).map(|token| (token, until));
        made.ok_or_else(|| ApiError::Unavailable("no access token could be made".to_owned()))
    }

    /// Makes a new token for the sign-in with this id. Its secret is `RANDOM.MAC`, so an old token is recognized however many came after it, and none
    /// has to be stored.
    pub(super) fn login_token(&self, id: Uuid) -> LoginToken {
        let random = one_time::secret();
        let secret = format!("{random}.{}", self.login_mac(id, &random));
        LoginToken { id, secret }
    }

    /// Whether this server has issued the token for its sign-in, now or earlier. Ids are no secrets, and nobody else can make such a token.
    pub(super) fn has_given(&self, token: &LoginToken) -> bool {
        let parts = token.secret.split_once('.');
        parts.is_some_and(|(random, given)| same(&self.login_mac(token.id, random), given))
    }

    fn login_mac(&self, id: Uuid, random: &str) -> String {
        mac(&self.login_key, &format!("{id}.{random}"))
    }

    /// Value of `X-CSRF-Token` for a page with this cookie. It is derived from the cookie, which the page can't read.
    pub(super) fn csrf_of(&self, cookie: &str) -> String {
        mac(&self.csrf_key, cookie)
    }

    pub(super) fn is_csrf_of(&self, cookie: &str, proof: &str) -> bool {
        same(&self.csrf_of(cookie), proof)
    }

    /// Returns the user and the session of a session cookie.
    pub(super) async fn by_cookie(
        &self,
        store: &Store,
        cookie: &str,
        address: Option<IpAddr>,
    ) -> Result<Option<(Caller, Login)>, ApiError> {
        let Some(token) = LoginToken::parse(cookie) else { return Ok(None) };
        let Some(login) = self.login_of(store, &token, LoginKind::Page).await? else { return Ok(None) };
        if !token.is_of(&login.0) {
            return Ok(None);
        }
        Ok(self.caller_of(store, &login, address)?.map(|caller| (caller, login)))
    }

    /// Returns the user of an access token.
    pub(super) async fn by_access_token(
        &self,
        store: &Store,
        token: &str,
        address: Option<IpAddr>,
    ) -> Result<Option<Caller>, ApiError> {
        let Some((user_id, session)) = self.access.read(token, world::now()) else { return Ok(None) };
        // Nobody else can make an access token.
        let Some(login) = login(store, session, LoginKind::Program, true).await? else { return Ok(None) };
        let caller = self.caller_of(store, &login, address)?;
        Ok(caller.filter(|caller| caller.user_id() == Some(user_id)))
    }

    /// Returns the user of an API token. A token that has never been found is looked up in the strangers' queue, so made-up tokens, however many,
    /// delay no program with a real one.
    pub(super) async fn by_api_token(
        &self,
        store: &Store,
        token: &str,
        address: Option<IpAddr>,
    ) -> Result<Option<Caller>, ApiError> {
        let (hash, now, since) = (one_time::hash(token), world::now(), self.ended.count());
        let asked = hash.clone();
        let read = move |connection: &mut Connection| query::api_token_by_hash(connection, &asked, now);
        let found = read_for(store, self.known_tokens.has(&hash), read).await?;
        self.known_tokens.note_lookup(&hash, found.is_some());
        let Some(found) = found else { return Ok(None) };
        if found.last_used_at.is_none_or(|used| is_long_ago(used.to_utc(), now)) {
            let id = found.id;
            note(store, move |connection| change::note_api_token_use(connection, id, now));
        }
        let until = found.expires_at.map(|at| at.to_utc());
        let permissions: Permissions = found.scopes.iter().copied().collect();
        let by = OpenedBy { sign_in: SignInId(found.id.0), since };
        let signed_in = self.signed_in(store, (by, Key::ApiToken(permissions)), until);
        let (actor, permissions) = (Actor::ApiToken(found.id), (permissions, None));
        let caller = Caller::of(found.organization_id, actor, permissions, address, signed_in);
        Ok(Some(caller.made_by(found.created_by)))
    }

    /// Hashes the password of a user who brings a token. The token is checked first: few passwords are hashed at once, and a made-up token must not
    /// take a place there.
    ///
    /// # Errors
    /// The token is not valid, or too many passwords are being hashed.
    pub(super) async fn hash_for_token(
        &self,
        store: &Store,
        read: impl FnOnce(&mut Connection) -> Result<Result<(), ApiError>, StoreError> + Send + 'static,
        password: String,
    ) -> Result<String, ApiError> {
        store.reads().run_for_stranger(read).await??;
        self.passwords.hash(password, Turn::Stranger).await
    }

    /// Returns the active sign-in of a token of this kind. A token that this server has not issued may be made up, so it is looked up in the
    /// strangers' queue.
    pub(super) async fn login_of(
        &self,
        store: &Store,
        token: &LoginToken,
        kind: LoginKind,
    ) -> Result<Option<Login>, ApiError> {
        login(store, token.id, kind, self.has_given(token)).await
    }

    fn caller_of(
        &self,
        store: &Store,
        (row, user): &Login,
        address: Option<IpAddr>,
    ) -> Result<Option<Caller>, ApiError> {
        let now = world::now();
        if is_long_ago(row.used_at.and_utc(), now) {
            let id = row.id.clone();
            note(store, move |connection| change::note_login_use(connection, &id, now));
        }
        // Each id is a UUID that we made.
        let Ok(sign_in) = row.id.parse::<SignInId>() else { return Ok(None) };
        let until = Some(row.expires_at.and_utc());
        let signed_in = self.signed_in(store, (OpenedBy { sign_in, since: 0 }, Key::Login), until);
        let organization_id = row.organization().map_err(StoreError::from)?;
        let Some(user) = user else {
            let mut caller = Caller::installation(organization_id, address);
            caller.signed_in = Some(signed_in);
            return Ok(Some(caller));
        };
        let user = user.user().map_err(StoreError::from)?;
        let is_first = organization_id == store.organization_id();
        let permissions = match (self.operator, user.role) {
            // The owners of the organization that set the server up see the installation. Owners of other organizations don't.
            (Operator::Owner, Role::Owner) if is_first => Permissions::all(),
            (Operator::Owner | Operator::Token, role) => role.permissions(),
        };
        let permissions = (permissions, Some(user.role));
        Ok(Some(Caller::of(organization_id, Actor::User(user.id), permissions, address, signed_in)))
    }

    fn signed_in(&self, store: &Store, (by, key): (OpenedBy, Key), until: Option<DateTime<Utc>>) -> SignedIn {
        let until = Arc::new(Mutex::new(until));
        SignedIn { store: store.clone(), ended: self.ended.clone(), by, key, until }
    }

    /// These sign-ins and API tokens have ended or have fewer permissions; everything that they opened ends now.
    pub(super) fn ended(&self, ids: impl IntoIterator<Item = String>) {
        ids.into_iter().filter_map(|id| id.parse::<SignInId>().ok()).for_each(|id| self.ended.add(id));
    }

    /// Whether the sign-in or API token that opened audio is still valid: another server, or a command, may have ended it. One that isn't is also
    /// ended here. A database that does not answer ends nothing.
    pub(super) async fn still_opens_audio(&self, store: &Store, sign_in: SignInId) -> bool {
        let (id, first) = (sign_in.to_string(), store.organization_id());
        let holds = store.reads().run(move |connection| {
            Ok(find_login(connection, &id, first)?.is_some()
                || query::api_token_opens(connection, &id, opens_audio(), world::now())?)
        });
        let is_over = matches!(holds.await, Ok(false));
        if is_over {
            self.ended.add(sign_in);
        }
        !is_over
    }

    /// Ends audio whose sign-in was ended elsewhere or has expired. Checks every 5 s, as sockets do, as long as the server runs.
    pub(super) async fn end_lost_audio(&self, store: &Store, passes: &AudioPasses) {
        loop {
            tokio::time::sleep(Duration::from_millis(SESSION_POLL_MS)).await;
            for sign_in in passes.sign_ins_in_use() {
                self.still_opens_audio(store, sign_in).await;
            }
        }
    }

    fn tokens_tried(&self) -> MutexGuard<'_, Attempts<IpAddr>> {
        self.tokens_tried.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn guard(&self) -> MutexGuard<'_, Guard> {
        self.guard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Finds an active sign-in of this kind by its id. `is_given` says whether this server issued the token; if not, anybody may have made it up.
async fn login(store: &Store, id: Uuid, kind: LoginKind, is_given: bool) -> Result<Option<Login>, ApiError> {
    let first = store.organization_id();
    let read = move |connection: &mut Connection| find_login(connection, &id.to_string(), first);
    let found = read_for(store, is_given, read).await?;
    Ok(found.filter(|(row, _)| row.kind == kind.as_str()))
}

/// Looks something up, at once for a known user or in the strangers' queue.
async fn read_for<T: Send + 'static>(
    store: &Store,
    is_known: bool,
    read: impl FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    match is_known {
        true => store.reads().run(read).await,
        false => store.reads().run_for_stranger(read).await,
    }
}

/// Finds a sign-in whose user may sign in. Sign-ins by the admin token are valid as long as the first organization has no owner.
fn find_login(
    connection: &mut Connection,
    id: &str,
    first: OrganizationId,
) -> Result<Option<Login>, StoreError> {
    let Some((row, user)) = query::login_session(connection, id, world::now())? else { return Ok(None) };
    let holds = match &user {
        Some(user) => user.user()?.status == UserStatus::Active,
        None => row.user_id.is_none() && query::count_owners(connection, first)? == 0,
    };
    Ok(holds.then_some((row, user)))
}

/// Permissions that let an API token open audio, for which it needs only to try an assistant.
fn opens_audio() -> Permissions {
    [Permission::ProfilesWrite].into_iter().collect()
}

fn is_long_ago(used: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    now - used >= TimeDelta::milliseconds(i64::try_from(USED_NOTE_MS).unwrap_or(i64::MAX))
}

/// Writes a note that no answer waits for.
fn note(store: &Store, note: impl FnOnce(&mut Connection) -> Result<(), StoreError> + Send + 'static) {
    let store = store.clone();
    actix_web::rt::spawn(async move {
        if let Err(error) = store.change(note).await {
            tracing::debug!(%error, "the use of a token could not be noted");
        }
    });
}

#[derive(Clone, Copy)]
enum Key {
    Login,
    /// An API token, with the permissions that it had when it was accepted.
    ApiToken(Permissions),
}

/// Sign-in of a client that stays longer than its request. It says whether the sign-in is still valid.
#[derive(Clone)]
pub(super) struct SignedIn {
    store: Store,
    ended: EndedSignIns,
    by: OpenedBy,
    key: Key,
    /// When it expires, as last known. A sign-in may be prolonged while its clones are used.
    until: Arc<Mutex<Option<DateTime<Utc>>>>,
}

impl fmt::Debug for SignedIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignedIn")
    }
}

impl SignedIn {
    /// When it expires.
    pub(super) fn until(&self) -> Option<DateTime<Utc>> {
        *self.until.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// It expires then.
    fn expires(&self, until: DateTime<Utc>) {
        *self.until.lock().unwrap_or_else(PoisonError::into_inner) = Some(until);
    }

    /// Whether it is known to have ended.
    pub(super) fn is_over(&self) -> bool {
        // An access token may end: the sign-in is what a socket lives by.
        self.until().is_some_and(|until| until <= world::now()) || self.ended.has(Some(self.by))
    }

    /// Waits until the sign-in is known to have ended.
    pub(super) async fn over(&self) {
        self.ended.over(Some(self.by)).await;
    }

    /// The sign-in's identity, for everything that this client opens.
    pub(super) fn opened_by(&self) -> OpenedBy {
        self.by
    }

    /// The sign-in's id, if it has one.
    pub(super) fn login_id(&self) -> Option<String> {
        match self.key {
            Key::Login => Some(self.by.sign_in.to_string()),
            Key::ApiToken(_) => None,
        }
    }

    /// Checks whether it was ended elsewhere, or has fewer permissions than when it was accepted. A database that does not answer ends nothing.
    pub(super) async fn recheck(self) {
        let (id, key, first) = (self.by.sign_in.to_string(), self.key, self.store.organization_id());
        let holds = self.store.reads().run(move |connection| match key {
            Key::Login => {
                let found = find_login(connection, &id, first)?;
                Ok((found.is_some(), found.map(|(row, _)| row.expires_at.and_utc())))
            }
            Key::ApiToken(permissions) => {
                Ok((query::api_token_opens(connection, &id, permissions, world::now())?, None))
            }
        });
        match holds.await {
            Ok((false, _)) => self.ended.add(self.by.sign_in),
            Ok((true, Some(until))) => self.expires(until),
            Ok((true, None)) | Err(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_in_token_survives_writing_and_reading() {
        let token = LoginToken { id: Uuid::from_u128(7), secret: "random.mac".to_owned() };
        let read = LoginToken::parse(&token.text()).unwrap();
        assert_eq!((read.id, read.hash()), (token.id, token.hash()));
        for bad in ["", ".", "x.y", &token.id.to_string()] {
            assert!(LoginToken::parse(bad).is_none(), "{bad:?}");
        }
    }
}
