//! All kinds of clients.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use cordboard::config::{Config, Secret};
use cordboard::secret_box::SecretBox;
use cordboard::web::{NewAccount, add_user};
use cordboard_schema::audit::Actor;
use cordboard_schema::permission::{Permission, Role};
use diesel::connection::SimpleConnection as _;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

use super::table::{Opens, Row};
use crate::isolation::another_organization;
use crate::people::PASSWORD;
use crate::setup::{ADMIN, Answer, DIALPLAN, SECRET_KEY, Setup};

/// Kind of an identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A client that is unknown, or no longer known.
    Nobody,
    /// A user, by an access token.
    User(Role),
    /// A user, by the cookie of one of our pages.
    Page(Role),
    /// A user's cookie, without the proof that the request comes from one of our pages.
    Unproven(Role),
    /// The owner of another organization, by an access token.
    OtherOwner,
    /// The owner of another organization, by the cookie of one of our pages.
    OtherPage,
    /// A program with a token of this scope only.
    Token(Permission),
    /// The admin token.
    Admin,
    /// The dialplan token.
    Dialplan,
    /// A calendar feed's link.
    Feed,
}

/// An identity, and how a request shows it.
#[derive(Clone, Debug)]
pub(super) struct Identity {
    pub(super) name: String,
    pub(super) kind: Kind,
    /// Lines of the request's head.
    pub(super) head: String,
    /// Its query.
    pub(super) query: String,
}

/// Expected answer to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Expected {
    /// The row's answer to admitted identities.
    In,
    /// The row's answer to programs.
    InAsProgram,
    /// This status, with the problem's code if it has one.
    Out(&'static str),
}

pub(super) const UNKNOWN: Expected = Expected::Out("401/unauthorized");
pub(super) const FORBIDDEN: Expected = Expected::Out("403/forbidden");
const UNPROVEN: Expected = Expected::Out("403/no_csrf_token");

impl Identity {
    fn new(name: impl Into<String>, kind: Kind, head: impl Into<String>) -> Self {
        Self { name: name.into(), kind, head: head.into(), query: String::new() }
    }

    /// An identity with this in the header `Authorization`.
    fn bearer(name: impl Into<String>, kind: Kind, token: &str) -> Self {
        Self::new(name, kind, format!("Authorization: Bearer {token}\r\n"))
    }

    fn with_query(name: impl Into<String>, kind: Kind, token: &str) -> Self {
        Self { query: format!("token={token}"), ..Self::new(name, kind, "") }
    }

    /// Returns this row's expectation for the identity.
    pub(super) fn expected(&self, row: &Row, is_passed_on: bool) -> Expected {
        let changes = !matches!(row.method.as_str(), "GET" | "HEAD");
        let is_known = !matches!(self.kind, Kind::Nobody | Kind::Dialplan | Kind::Feed);
        let asked = match row.opens {
            Opens::Everybody => return Expected::In,
            // A page's program part is not secret.
            Opens::Page => {
                let is_in = matches!(self.kind, Kind::Page(_) | Kind::Unproven(_) | Kind::OtherPage);
                return if is_in { Expected::In } else { Expected::Out("302") };
            }
            Opens::Local(..) if !is_passed_on => return Expected::In,
            Opens::Session => {
                return match self.kind {
                    Kind::Unproven(_) if changes => UNPROVEN,
                    Kind::Page(_) | Kind::Unproven(_) | Kind::OtherPage => Expected::In,
                    _ => UNKNOWN,
                };
            }
            Opens::Dialplan => {
                let is_in = matches!(self.kind, Kind::Dialplan | Kind::Admin);
                return if is_in { Expected::In } else { UNKNOWN };
            }
            Opens::Feed(..) if self.kind == Kind::Feed => return Expected::In,
            Opens::Known => None,
            Opens::Scope(scope, least)
            | Opens::Socket(scope, least)
            | Opens::Feed(scope, least)
            | Opens::Local(scope, least) => Some((scope, least)),
        };
        if !is_known {
            return UNKNOWN;
        }
        if changes && matches!(self.kind, Kind::Unproven(_)) {
            return UNPROVEN;
        }
        let (is_in, is_user) = match (self.kind, asked) {
            (Kind::Admin, _) => (true, false),
            (Kind::Token(has), Some((scope, _))) => (has == scope, false),
            (Kind::Token(_), None) => (true, false),
            (Kind::User(role) | Kind::Page(role) | Kind::Unproven(role), Some((_, least))) => {
                (least.is_some_and(|least| role >= least), true)
            }
            // Things of the installation belong to no other organization.
            (Kind::OtherOwner | Kind::OtherPage, Some((scope, _))) => {
                (scope != Permission::Installation, true)
            }
            (_, None) => (true, true),
            _ => (false, false),
        };
        match (is_in, is_user) {
            (true, true) => Expected::In,
            (true, false) => Expected::InAsProgram,
            (false, _) => FORBIDDEN,
        }
    }
}

const ROLES: [Role; 4] = [Role::Agent, Role::Supervisor, Role::Admin, Role::Owner];

/// Returns all clients of the first organization.
pub(super) fn everybody(setup: &Setup) -> Vec<Identity> {
    let (renewed, feed) = (feed(setup), feed(setup));
    let mut all = vec![
        Identity::new("nobody", Kind::Nobody, ""),
        Identity::bearer("a wrong token", Kind::Nobody, "cbt_guessed"),
        Identity::new(
            "the admin token as a password",
            Kind::Nobody,
            format!("Authorization: Basic {ADMIN}\r\n"),
        ),
        Identity::with_query("the admin token in the query", Kind::Nobody, ADMIN),
        Identity::new(
            "a wrong cookie",
            Kind::Nobody,
            "Cookie: cordboard_session=x.y; __Host-cordboard_session=x.y\r\n",
        ),
        Identity::bearer("the admin token", Kind::Admin, ADMIN),
        Identity::bearer("the dialplan token", Kind::Dialplan, DIALPLAN),
        Identity::with_query("the dialplan token in the query", Kind::Dialplan, DIALPLAN),
        Identity::bearer("the feed's token as a token", Kind::Nobody, &feed),
        Identity::with_query("the feed", Kind::Feed, &feed),
        Identity::with_query("a feed that was renewed", Kind::Nobody, &renewed),
    ];
    for role in ROLES {
        let name = role.as_str();
        let user = user(setup, name, role);
        all.push(Identity::bearer(name, Kind::User(role), &user.access(setup)));
        // Each has its own session: signing out ends one.
        let ((page, _), (_, unproven)) = (user.page(setup), user.page(setup));
        all.push(Identity::new(format!("{name} by cookie"), Kind::Page(role), page));
        all.push(Identity::new(format!("{name} by cookie, unproven"), Kind::Unproven(role), unproven));
    }
    for scope in Permission::ALL {
        let Some((_, token)) = token(setup, *scope) else {
            assert_eq!(*scope, Permission::Installation, "no token can have this scope");
            continue;
        };
        all.push(Identity::bearer(format!("a token of {scope}"), Kind::Token(*scope), &token));
    }
    make_other_owner(setup);
    let other = User::of(OTHER_OWNER);
    all.push(Identity::bearer("another organization's owner", Kind::OtherOwner, &other.access(setup)));
    let (page, _) = other.page(setup);
    all.push(Identity::new("another organization's owner by cookie", Kind::OtherPage, page));
    all.extend(revoked(setup));
    all
}

/// Returns the owner of an organization that is not the first.
const OTHER_OWNER: &str = "other-owner";

fn make_other_owner(setup: &Setup) {
    let account = NewAccount {
        organization_id: another_organization(setup),
        email: User::of(OTHER_OWNER).email,
        name: "Other".to_owned(),
        role: Role::Owner,
        password: PASSWORD.to_owned(),
    };
    setup.block_on(add_user(&setup.store, account, Actor::Installation)).unwrap();
}

/// Signs every page in again.
pub(super) fn sign_in_again(setup: &Setup, all: &mut [Identity]) {
    let (other, _) = User::of(OTHER_OWNER).page(setup);
    all.iter_mut()
        .filter(|identity| identity.kind == Kind::OtherPage)
        .for_each(|identity| identity.head.clone_from(&other));
    for role in ROLES {
        let user = User::of(role.as_str());
        let ((page, _), (_, unproven)) = (user.page(setup), user.page(setup));
        for identity in all.iter_mut() {
            match identity.kind {
                Kind::Page(of) if of == role => identity.head.clone_from(&page),
                Kind::Unproven(of) if of == role => identity.head.clone_from(&unproven),
                _ => {}
            }
        }
    }
}

/// Returns a new token of the organization's calendar.
fn feed(setup: &Setup) -> String {
    let made = setup.send("POST", "/api/v1/appointments/feed", &Value::Null);
    made.json()["token"].as_str().unwrap().to_owned()
}

/// Returns identities that were once admitted.
fn revoked(setup: &Setup) -> Vec<Identity> {
    let gone = |name: &str, head: String| Identity::new(name, Kind::Nobody, head);
    let by = |access: &str| format!("Authorization: Bearer {access}\r\n");
    let users = [("removed", "DELETE"), ("disabled", "PUT")].map(|(name, method)| {
        let user = user(setup, name, Role::Owner);
        let (access, (page, _)) = (user.access(setup), user.page(setup));
        let body = json!({ "name": name, "role": "owner", "status": "disabled" });
        let body = if method == "PUT" { body } else { Value::Null };
        let path = format!("/api/v1/users/{}", user.id);
        let ended = setup.send(method, &path, &body);
        assert!(matches!(ended.status, 200 | 204), "{ended:?}");
        [gone(&format!("a {name} user"), by(&access)), gone(&format!("a {name} user by cookie"), page)]
    });
    let signed_out = user(setup, "signed-out", Role::Owner);
    let (access, (page, _)) = (signed_out.access(setup), signed_out.page(setup));
    let ended = setup.send_as("POST", "/api/v1/auth/logout", Some(&access), &Value::Null);
    assert_eq!(ended.status, 204, "{ended:?}");
    let headers: Vec<(&str, &str)> = page.lines().filter_map(|line| line.split_once(": ")).collect();
    let ended = setup.request("DELETE", "/api/v1/auth/session", &headers);
    assert_eq!(ended.status, 204, "{ended:?}");
    let mut all: Vec<Identity> = users.into_iter().flatten().collect();
    all.push(gone("a sign-in that was ended", by(&access)));
    all.push(gone("a session that was ended", page));

    let over = user(setup, "over", Role::Owner);
    let (access, (page, _)) = (over.access(setup), over.page(setup));
    let past = "UPDATE login_sessions SET expires_at = '2020-01-01 00:00:00' WHERE user_id = ";
    setup.stranger().batch_execute(&format!("{past}'{}'", over.id)).unwrap();
    all.push(gone("a sign-in that is over", by(&access)));
    all.push(gone("a session that is over", page));

    let late = user(setup, "late", Role::Owner).access(setup);
    let same = ended_at(&late, None);
    assert_eq!(
        setup.send_as("GET", "/api/v1/auth/me", Some(&same), &Value::Null).status,
        200,
        "signed wrongly"
    );
    all.push(gone("an access token that is over", by(&ended_at(&late, Some(1_600_000_000)))));

    let (id, deleted) = token(setup, Permission::CallsRead).unwrap();
    assert_eq!(setup.send("DELETE", &format!("/api/v1/api-tokens/{id}"), &Value::Null).status, 204);
    all.push(gone("a deleted token", by(&deleted)));
    let (id, expired) = token(setup, Permission::CallsRead).unwrap();
    let past = "UPDATE api_tokens SET expires_at = '2020-01-01 00:00:00' WHERE id = ";
    setup.stranger().batch_execute(&format!("{past}'{id}'")).unwrap();
    all.push(gone("a token that is over", by(&expired)));
    all
}

/// Returns the access token, signed again, with another expiry if given.
fn ended_at(token: &str, ends_at: Option<i64>) -> String {
    let [header, claims] = [0, 1].map(|part| token.split('.').nth(part).unwrap());
    let mut claims: Value = serde_json::from_slice(&BASE64.decode(claims).unwrap()).unwrap();
    if let Some(ends_at) = ends_at {
        claims["exp"] = json!(ends_at);
    }
    let signed = format!("{header}.{}", BASE64.encode(claims.to_string()));
    let secret_key = Some(Secret::new(SECRET_KEY));
    let key = SecretBox::open(&Config { secret_key, ..Config::default() }).unwrap().key_for("access tokens");
    let mac = Hmac::<Sha256>::new_from_slice(&key).unwrap().chain_update(&signed);
    format!("{signed}.{}", BASE64.encode(mac.finalize().into_bytes()))
}

/// A user with an account.
pub(super) struct User {
    pub(super) id: String,
    email: String,
}

impl User {
    /// Returns the identity created under this name.
    fn of(name: &str) -> Self {
        Self { id: String::new(), email: format!("{name}@identities.example") }
    }

    /// Returns an access token of theirs.
    pub(super) fn access(&self, setup: &Setup) -> String {
        let body = json!({ "email": self.email, "password": PASSWORD });
        let answer = setup.send_as("POST", "/api/v1/auth/login", None, &body);
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()["access_token"].as_str().unwrap().to_owned()
    }

    /// Returns the headers of one of our pages for each request, and of a page of another site.
    pub(super) fn page(&self, setup: &Setup) -> (String, String) {
        let body = json!({ "email": self.email, "password": PASSWORD });
        let answer = setup.send_as("POST", "/api/v1/auth/session", None, &body);
        let cookie = cookie(&answer);
        let session = setup.request("GET", "/api/v1/auth/session", &[("Cookie", &cookie)]).json();
        let csrf = session["csrf"].as_str().unwrap();
        let unproven = format!("Cookie: {cookie}\r\nOrigin: http://localhost\r\n");
        (format!("{unproven}X-CSRF-Token: {csrf}\r\n"), unproven)
    }
}

fn cookie(answer: &Answer) -> String {
    let set = answer.header("set-cookie").unwrap_or_else(|| panic!("no cookie: {answer:?}"));
    set.split(';').next().unwrap().to_owned()
}

/// Creates a user of the first organization.
pub(super) fn user(setup: &Setup, name: &str, role: Role) -> User {
    let email = User::of(name).email;
    let account = NewAccount {
        organization_id: setup.store.organization_id(),
        email: email.clone(),
        name: name.to_owned(),
        role,
        password: PASSWORD.to_owned(),
    };
    let made = setup.block_on(add_user(&setup.store, account, Actor::Installation)).unwrap();
    User { id: made.id.to_string(), email }
}

/// Returns a token of this scope, and its id; none if there can be none.
pub(super) fn token(setup: &Setup, scope: Permission) -> Option<(String, String)> {
    let body = json!({ "name": scope, "scopes": [scope] });
    let answer = setup.send("POST", "/api/v1/api-tokens", &body);
    let text = |member: &str| answer.json()[member].as_str().unwrap().to_owned();
    (answer.status == 201).then(|| (text("id"), text("token")))
}
