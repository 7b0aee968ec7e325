//! Mailed links: who is delayed by a busy mailbox, and what happens to a mail while the mail server, or this server, is down.

use std::path::Path;
use std::time::Duration;

use chrono::TimeDelta;
use cordboard::store::fault::{self, DatabaseFault};
use cordboard_actors::world;
use cordboard_schema::limits::MAILS_WAITING_MAX;
use cordboard_test_support::desk::{PASSWORD, Person};
use cordboard_test_support::server::{Answer, Token};
use cordboard_test_support::smtp::{MailServer, Manner, Taken};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::desk::setup::Setup;
use crate::suites::book::until;
use crate::world::{Setting, Stage, calendar_goes_on, virtually};

/// The address of an agent.
const BEN: &str = "ben@example.com";
/// His new address.
const NEW: &str = "ben@example.net";
/// Nothing listens there.
const NO_SERVER: &str = "9";

/// The settings of a mail server at this port.
fn smtp(port: &str) -> [Setting<'_>; 4] {
    [
        ("smtp.host", "127.0.0.1"),
        ("smtp.port", port),
        ("smtp.tls", "none"),
        ("smtp.from", "Cordboard <calls@example.com>"),
    ]
}

async fn invite(setup: &Setup, email: &str) {
    let invitation = json!({ "email": email, "role": "agent" });
    setup.send("POST", "/api/v1/invitations", &invitation, 201).await;
}

async fn forgets(setup: &Setup, email: &str) {
    let body = json!({ "email": email });
    let forgotten = setup.server.post("/api/v1/auth/password/forgot", &body, Token::None).await;
    assert_eq!(forgotten.status, 202);
}

/// The first mail to an address, once it is accepted.
async fn mail_to(mails: &MailServer, email: &str) -> Taken {
    until(&format!("a mail to {email}"), async || mails.taken().into_iter().find(|mail| mail.to == [email]))
        .await
}

/// The text after `token=` in a mail, whose lines may be broken by quoted-printable.
fn token(mail: &Taken) -> String {
    let text = mail.lines.join("\n").replace("=\n", "").replace("=3D", "=");
    let after = text.split_once("#token=").unwrap_or_else(|| panic!("no link in {text}")).1;
    after.chars().take_while(|c| !c.is_whitespace()).collect()
}

/// The headers and text of each mail to an address, whose lines may be broken by quoted-printable.
fn texts_to(mails: &MailServer, email: &str) -> Vec<String> {
    let taken = mails.taken();
    let theirs = taken.iter().filter(|mail| mail.to == [email]);
    theirs.map(|mail| mail.lines.join("\n").replace("=\n", "")).collect()
}

/// Ben, who accepts his invitation.
async fn ben_joins(setup: &Setup, mails: &MailServer) -> Person {
    invite(setup, BEN).await;
    let invited = token(&mail_to(mails, BEN).await);
    let accept = json!({ "token": invited, "name": "Ben", "password": PASSWORD });
    let joined = setup.server.post("/api/v1/auth/invitations/accept", &accept, Token::None).await;
    assert_eq!(joined.status, 201, "{}", joined.text());
    Person::signed_in(&joined.json())
}

/// Sets up a user's second factor, and returns its secret and its recovery codes.
async fn sets_up_factor(setup: &Setup, person: &Person) -> Vec<String> {
    let password = json!({ "password": PASSWORD });
    let offer = setup.as_person(person, "POST", "/api/v1/auth/totp", &password, 200).await;
    let secret = offer["secret"].as_str().unwrap();
    let confirm = json!({ "code": code_now(secret) });
    let codes = setup.as_person(person, "POST", "/api/v1/auth/totp/confirm", &confirm, 200).await;
    let codes = codes["recovery_codes"].as_array().unwrap().iter().map(|code| code.as_str().unwrap());
    codes.chain([secret]).map(str::to_owned).collect()
}

/// Whether a file of the database contains this text in clear.
fn holds(folder: &Path, text: &str) -> bool {
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_string_lossy().contains("cordboard.db") {
                let bytes = std::fs::read(path).unwrap();
                if bytes.windows(text.len()).any(|window| window == text.as_bytes()) {
                    return true;
                }
            }
        }
    }
    false
}

#[test]
fn a_busy_mailbox_delays_nobody_else_and_gets_mail_later() {
    virtually(async || {
        let mails = MailServer::start_here().unwrap();
        let setup = Setup::open_with(&smtp(&mails.port().to_string())).await;
        let asked = Instant::now();
        invite(&setup, "busy-3@example.com").await;
        invite(&setup, "ben@example.com").await;
        mail_to(&mails, "ben@example.com").await;
        assert!(asked.elapsed() <= Duration::from_secs(1), "{:?}", asked.elapsed());
        let mail = mail_to(&mails, "busy-3@example.com").await;
        assert_eq!(token(&mail).len(), token(&mail_to(&mails, "ben@example.com").await).len());
        calendar_goes_on(Duration::from_secs(3_600)).await;
        assert_eq!(mails.taken().len(), 2, "each is delivered once");
    });
}

#[test]
fn password_links_outlive_the_server_and_are_never_in_clear() {
    let mut lives = Stage::new();
    let owner = lives.run(async |folder| {
        let setup = Setup::open_at(folder, &smtp(NO_SERVER)).await;
        forgets(&setup, "olga@example.com").await;
        sleep(Duration::from_secs(300)).await;
        assert!(!holds(folder, "#token="), "the link is in the database in clear");
        assert!(holds(folder, "olga@example.com"), "the search is in the wrong place");
        setup.left()
    });
    lives.run(async |folder| {
        let mails = MailServer::start_here().unwrap();
        let setup = Setup::again(folder, owner, &smtp(&mails.port().to_string())).await;
        let mail = mail_to(&mails, "olga@example.com").await;
        let reset = json!({ "token": token(&mail), "password": "another battery staple" });
        let answer = setup.server.post("/api/v1/auth/password/reset", &reset, Token::None).await;
        assert_eq!(answer.status, 204, "{}", answer.text());
        let login = json!({ "email": "olga@example.com", "password": "another battery staple" });
        assert_eq!(setup.server.post("/api/v1/auth/login", &login, Token::None).await.status, 200);
        calendar_goes_on(Duration::from_secs(3_600)).await;
        let taken = texts_to(&mails, "olga@example.com");
        assert_eq!(taken.iter().filter(|text| text.contains("#token=")).count(), 1, "it is delivered once");
        let told: Vec<_> = taken.iter().filter(|text| !text.contains("#token=")).collect();
        assert_eq!(told.len(), 1, "its use is reported once: {taken:?}");
        assert!(told[0].contains("with the link that was mailed to this address"), "{told:?}");
        assert!(!told[0].contains("another battery staple"), "{told:?}");
    });
}

/// The answer to a request for a new password with the token of a link.
async fn resets(setup: &Setup, token: &str) -> u16 {
    let body = json!({ "token": token, "password": "another battery staple" });
    setup.server.post("/api/v1/auth/password/reset", &body, Token::None).await.status
}

#[test]
fn password_links_last_an_hour_and_invitations_a_week() {
    virtually(async || {
        let mails = MailServer::start_here().unwrap();
        let setup = Setup::open_with(&smtp(&mails.port().to_string())).await;
        invite(&setup, "ben@example.com").await;
        let invited = token(&mail_to(&mails, "ben@example.com").await);
        forgets(&setup, "olga@example.com").await;
        let forgotten = token(&mail_to(&mails, "olga@example.com").await);
        world::set_calendar(TimeDelta::hours(1));
        assert_eq!(resets(&setup, &forgotten).await, 404);
        let look = json!({ "token": invited });
        let accept = json!({ "token": invited, "name": "Ben", "password": PASSWORD });
        world::set_calendar(TimeDelta::days(7) - TimeDelta::hours(2));
        let looked = setup.server.post("/api/v1/auth/invitations/look", &look, Token::None).await;
        assert_eq!(looked.status, 200, "{}", looked.text());
        world::set_calendar(TimeDelta::hours(1));
        let accepted = setup.server.post("/api/v1/auth/invitations/accept", &accept, Token::None).await;
        assert_eq!(accepted.status, 404, "{}", accepted.text());
        let login = json!({ "email": "olga@example.com", "password": PASSWORD });
        let signed_in = setup.server.post("/api/v1/auth/login", &login, Token::None).await;
        assert_eq!(signed_in.status, 200, "a link that is over changes nothing: {}", signed_in.text());
    });
}

#[test]
fn mailed_links_come_in_the_language_of_the_user() {
    virtually(async || {
        let mails = MailServer::start_here().unwrap();
        let setup = Setup::open_with(&smtp(&mails.port().to_string())).await;
        setup.send("PATCH", "/api/v1/auth/me", &json!({ "language": "es" }), 200).await;
        let ben = ben_joins(&setup, &mails).await;
        let invited = texts_to(&mails, BEN);
        assert!(invited[0].contains("Cree su cuenta con este enlace"), "of the inviting user: {invited:?}");
        setup.as_person(&ben, "PATCH", "/api/v1/auth/me", &json!({ "language": "de" }), 200).await;
        for (email, words) in
            [(BEN, "Legen Sie es mit diesem Link fest"), ("olga@example.com", "puede ignorar este correo")]
        {
            forgets(&setup, email).await;
            until(&format!("a link in the language of {email}"), async || {
                texts_to(&mails, email).into_iter().find(|text| text.contains(words))
            })
            .await;
        }
    });
}

#[test]
fn a_password_link_opens_nothing_once_the_password_has_changed() {
    virtually(async || {
        let mails = MailServer::start_here().unwrap();
        let setup = Setup::open_with(&smtp(&mails.port().to_string())).await;
        forgets(&setup, "olga@example.com").await;
        let forgotten = token(&mail_to(&mails, "olga@example.com").await);
        let change = json!({ "present": PASSWORD, "password": "a third battery staple" });
        setup.send("POST", "/api/v1/auth/password", &change, 204).await;
        assert_eq!(resets(&setup, &forgotten).await, 404);
        let login = json!({ "email": "olga@example.com", "password": "a third battery staple" });
        assert_eq!(setup.server.post("/api/v1/auth/login", &login, Token::None).await.status, 200);
    });
}

#[test]
fn an_expired_link_is_no_longer_mailed() {
    let mut lives = Stage::new();
    let owner = lives.run(async |folder| {
        let setup = Setup::open_at(folder, &smtp(NO_SERVER)).await;
        forgets(&setup, "olga@example.com").await;
        calendar_goes_on(Duration::from_secs(3_700)).await;
        setup.left()
    });
    lives.run(async |folder| {
        let mails = MailServer::start_here().unwrap();
        let setup = Setup::again(folder, owner, &smtp(&mails.port().to_string())).await;
        calendar_goes_on(Duration::from_secs(7_200)).await;
        assert_eq!(mails.taken(), []);
        forgets(&setup, "olga@example.com").await;
        mail_to(&mails, "olga@example.com").await;
    });
}

#[test]
fn a_deferred_mail_comes_once_and_an_unanswered_one_again() {
    virtually(async || {
        let mails = MailServer::start_here().unwrap();
        let setup = Setup::open_with(&smtp(&mails.port().to_string())).await;
        let cases = [
            (Manner::Away, "away@example.com", 1),
            (Manner::Refuses, "refused@example.com", 1),
            (Manner::LosesAnswer, "lost@example.com", 2),
        ];
        for (manner, email, times) in cases {
            mails.behaves(manner);
            invite(&setup, email).await;
            sleep(Duration::from_secs(2)).await;
            mails.behaves(Manner::Takes);
            sleep(Duration::from_secs(60)).await;
            let taken: Vec<Taken> = mails.taken().into_iter().filter(|mail| mail.to == [email]).collect();
            let id = |mail: &Taken| mail.lines.iter().find(|line| line.starts_with("Message-ID: ")).cloned();
            let ids: std::collections::BTreeSet<_> = taken.iter().filter_map(id).collect();
            assert_eq!((taken.len(), ids.len()), (times, 1), "{manner:?}");
        }
    });
}

#[test]
fn a_mail_postponed_by_a_clock_running_ahead_comes_soon() {
    virtually(async || {
        let mails = MailServer::start_here().unwrap();
        let mut setup = Setup::open_with(&smtp(&mails.port().to_string())).await;
        world::set_calendar(TimeDelta::days(3));
        setup.sign_in().await;
        mails.behaves(Manner::Away);
        invite(&setup, "ben@example.com").await;
        sleep(Duration::from_secs(2)).await;
        world::set_calendar(TimeDelta::days(-3));
        mails.behaves(Manner::Takes);
        sleep(Duration::from_secs(240)).await;
        assert_eq!(mails.taken().iter().filter(|mail| mail.to == ["ben@example.com"]).count(), 1);
    });
}

#[test]
fn an_invitation_without_room_for_its_mail_frees_its_key() {
    virtually(async || {
        let setup = Setup::open_with(&smtp(NO_SERVER)).await;
        let fill = format!(
            "WITH RECURSIVE mail(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM mail WHERE n < {MAILS_WAITING_MAX}) \
             INSERT INTO mails (id, organization_id, recipient, subject, sealed_text, link_hash, attempts, created_at, due_at, give_up_at) \
             SELECT 'mail-' || n, (SELECT min(id) FROM organizations), 'waits@example.com', '', '', 'a hash', 0, '2026-11-20 00:00:00', \
             '2100-01-01 00:00:00', '2100-01-01 00:00:00' FROM mail"
        );
        setup.world.sql(&fill).await;
        let invitation = json!({ "email": BEN, "role": "agent" });
        let invited =
            async || setup.server.post_keyed("invite-ben", "/api/v1/invitations", &invitation).await;
        let full = invited().await;
        assert_eq!((full.status, full.json()["code"].clone()), (503, json!("unavailable")));
        assert!(full.text().contains("too many mails"), "{}", full.text());
        setup.world.sql("DELETE FROM mails").await;
        let made = invited().await;
        assert_eq!(made.status, 201, "nothing was made under the key before: {}", made.text());
        assert_eq!(invited().await.json()["code"], "answer_not_kept", "it is made once");
    });
}

#[test]
fn a_finally_refused_mail_is_not_retried() {
    virtually(async || {
        let mails = MailServer::start_here().unwrap();
        let setup = Setup::open_with(&smtp(&mails.port().to_string())).await;
        invite(&setup, "nowhere@example.com").await;
        sleep(Duration::from_secs(800)).await;
        let said = setup.world.log();
        assert_eq!(said.matches("a mail was not sent").count(), 1, "{said}");
        assert!(!said.contains("#token="), "the link is in the log");
        let shown: Value = setup.send("GET", "/api/v1/invitations", &Value::Null, 200).await;
        assert_eq!(shown["items"][0]["email"], "nowhere@example.com", "it can be withdrawn, and made again");
    });
}

#[test]
fn a_user_is_notified_that_their_second_factor_was_removed() {
    virtually(async || {
        let mails = MailServer::start_here().unwrap();
        let setup = Setup::open_with(&smtp(&mails.port().to_string())).await;
        let ben = ben_joins(&setup, &mails).await;
        sets_up_factor(&setup, &ben).await;
        let password = json!({ "password": PASSWORD });
        mails.behaves(Manner::Away);
        let path = format!("/api/v1/users/{}/totp/remove", ben.id.as_str().unwrap());
        setup.send("POST", &path, &password, 204).await;
        sleep(Duration::from_secs(2)).await;
        mails.behaves(Manner::Takes);
        sleep(Duration::from_secs(60)).await;
        let taken = texts_to(&mails, BEN);
        let told: Vec<_> = taken
            .iter()
            .filter(|text| text.contains("Your second factor for Cordboard was removed"))
            .collect();
        assert_eq!(told.len(), 1, "{taken:?}");
        assert!(told[0].contains("Olga (olga@example.com) removed"), "{told:?}");
        assert_eq!(taken.len(), 3, "besides the invitation and the notice of the set-up: {taken:?}");
    });
}

#[test]
fn a_user_is_notified_of_changes_that_they_make() {
    virtually(async || {
        let mails = MailServer::start_here().unwrap();
        let setup = Setup::open_with(&smtp(&mails.port().to_string())).await;
        let business = json!({ "revision": 0, "name": "Olga Plumbing", "time_zone": "Europe/Berlin" });
        setup.send("PUT", "/api/v1/business-profile", &business, 200).await;
        let ben = ben_joins(&setup, &mails).await;
        let german = json!({ "language": "de" });
        setup.as_person(&ben, "PATCH", "/api/v1/auth/me", &german, 200).await;
        let mut secrets = sets_up_factor(&setup, &ben).await;
        let password = json!({ "password": PASSWORD });
        for _ in 0..2 {
            // The second time there is none to remove.
            setup.as_person(&ben, "POST", "/api/v1/auth/totp/remove", &password, 204).await;
        }
        let change = json!({ "present": PASSWORD, "password": "a third battery staple" });
        setup.as_person(&ben, "POST", "/api/v1/auth/password", &change, 204).await;
        sleep(Duration::from_secs(60)).await;
        let taken = texts_to(&mails, BEN);
        let told: Vec<_> = taken.iter().filter(|text| text.contains("(Europe/Berlin)")).collect();
        assert_eq!((told.len(), taken.len()), (3, 4), "after the invitation: {taken:?}");
        for words in [
            "ein zweiter Faktor eingerichtet",
            "wurden der zweite Faktor Ihres Kontos und seine Wiederherstellungscodes entfernt",
            "wurde das Passwort Ihres Kontos",
        ] {
            assert_eq!(told.iter().filter(|text| text.contains(words)).count(), 1, "{words}: {told:?}");
        }
        secrets.extend([PASSWORD.to_owned(), "a third battery staple".to_owned()]);
        for secret in secrets {
            assert!(!told.iter().any(|text| text.contains(&secret)), "{secret} is in {told:?}");
        }
        assert_eq!(texts_to(&mails, "olga@example.com").len(), 0, "nobody else is notified");
    });
}

#[test]
fn a_new_password_is_announced_once_despite_lost_commits() {
    for (database, is_made) in [(DatabaseFault::AnswerLost, true), (DatabaseFault::CommitLost, false)] {
        virtually(async || {
            fault::set(None);
            let mails = MailServer::start_here().unwrap();
            let setup = Setup::open_with(&smtp(&mails.port().to_string())).await;
            let ben = ben_joins(&setup, &mails).await;
            // The invitation is no longer among the waiting mails.
            sleep(Duration::from_secs(5)).await;
            let change = json!({ "present": PASSWORD, "password": "a third battery staple" });
            let ask = async || {
                let path = "/api/v1/auth/password";
                setup.server.send("POST", path, Some(&ben.token), &change).await.status
            };
            fault::set(Some(database));
            assert_eq!(ask().await, 503, "{database:?}");
            fault::set(None);
            // The password in the request is no longer the current one where the new one was stored.
            assert_eq!(ask().await, if is_made { 401 } else { 204 }, "{database:?}");
            sleep(Duration::from_secs(120)).await;
            let taken = texts_to(&mails, BEN);
            let told = taken.iter().filter(|text| text.contains("the password of your account was changed"));
            assert_eq!(told.count(), 1, "{database:?}: {taken:?}");
            let login = json!({ "email": BEN, "password": "a third battery staple" });
            assert_eq!(setup.server.post("/api/v1/auth/login", &login, Token::None).await.status, 200);
        });
    }
}

/// The token of the newest link to this page that was mailed to an address.
async fn link_to(mails: &MailServer, email: &str, page: &str) -> String {
    let mark = format!("/{page}#token=");
    let look = async || {
        let mut texts = texts_to(mails, email).into_iter().map(|text| text.replace("=3D", "="));
        let newest = texts.rfind(|text| text.contains(mark.as_str()))?;
        let after = newest.split_once(mark.as_str())?.1;
        Some(after.chars().take_while(|c| !c.is_whitespace()).collect::<String>())
    };
    until(&format!("a link to {page} for {email}"), look).await
}

/// Waits for a mail to an address that says this.
async fn mailed(mails: &MailServer, email: &str, words: &str) {
    until(&format!("{words:?} to {email}"), async || {
        texts_to(mails, email).into_iter().find(|text| text.contains(words))
    })
    .await;
}

/// The status of Ben's request for a new address.
async fn requests(setup: &Setup, ben: &Person, email: &str, password: &str) -> u16 {
    let body = json!({ "email": email, "password": password });
    setup.server.send("POST", "/api/v1/auth/email", Some(&ben.token), &body).await.status
}

/// The answer to the use of a link for a new address.
async fn confirms(setup: &Setup, token: &str) -> Answer {
    let body = json!({ "token": token });
    setup.server.post("/api/v1/auth/email/confirm", &body, Token::None).await
}

async fn signs_in(setup: &Setup, email: &str) -> Answer {
    let login = json!({ "email": email, "password": PASSWORD });
    setup.server.post("/api/v1/auth/login", &login, Token::None).await
}

/// The address of the user with this access token; none if it is not valid.
async fn address_of(setup: &Setup, token: &str) -> Option<String> {
    let me = setup.server.send("GET", "/api/v1/auth/me", Some(token), &Value::Null).await;
    (me.status == 200).then(|| me.json()["user"]["email"].as_str().unwrap().to_owned())
}

#[test]
fn a_new_address_counts_once_its_link_is_confirmed() {
    virtually(async || {
        let mails = MailServer::start_here().unwrap();
        let setup = Setup::open_with(&smtp(&mails.port().to_string())).await;
        let ben = ben_joins(&setup, &mails).await;
        let elsewhere = Person::signed_in(&signs_in(&setup, BEN).await.json());
        // The attempts at links of the first minute no longer count.
        sleep(Duration::from_secs(61)).await;
        assert_eq!(requests(&setup, &ben, NEW, "a guessed one").await, 401);
        assert_eq!(requests(&setup, &ben, "ben", PASSWORD).await, 422);
        assert_eq!(requests(&setup, &ben, "Ben@Example.com", PASSWORD).await, 422, "it is his already");
        assert_eq!(requests(&setup, &ben, "Ben@Example.NET", PASSWORD).await, 202);
        let link = link_to(&mails, NEW, "email").await;
        mailed(&mails, BEN, "requested a new e-mail address for your account: ben@example.net").await;
        // Anybody may request a new password for him: that does not end his link.
        forgets(&setup, BEN).await;
        let forgotten = link_to(&mails, BEN, "reset").await;
        assert_eq!(signs_in(&setup, NEW).await.status, 401, "nothing has changed");
        assert_eq!(resets(&setup, &link).await, 404, "a link for an address sets no password");
        assert_eq!(confirms(&setup, &forgotten).await.status, 404, "nor the other way round");
        assert_eq!(address_of(&setup, &elsewhere.token).await.as_deref(), Some(BEN));

        let confirmed = confirms(&setup, &link).await;
        assert_eq!(confirmed.status, 200, "{}", confirmed.text());
        assert_eq!(confirmed.json(), json!({ "email": NEW }));
        assert_eq!(address_of(&setup, &ben.token).await.as_deref(), Some(NEW), "his sign-in stays");
        assert_eq!(address_of(&setup, &elsewhere.token).await, None, "other sign-ins end");
        assert_eq!(signs_in(&setup, BEN).await.status, 401);
        assert_eq!(signs_in(&setup, NEW).await.status, 200);
        assert_eq!(confirms(&setup, &link).await.status, 404, "a link works once");
        assert_eq!(resets(&setup, &forgotten).await, 404, "links to the previous address end");
        mailed(&mails, BEN, "You now sign in as ben@example.net, with the same password").await;
        sleep(Duration::from_secs(60)).await;
        assert_eq!(texts_to(&mails, NEW).len(), 1, "only the link");
        let log = setup.send("GET", "/api/v1/audit-log", &Value::Null, 200).await;
        for (action, detail) in [
            ("user.email_requested", "ben@example.net"),
            ("user.email_changed", "from ben@example.com to ben@example.net, by a mailed link"),
        ] {
            let lines = log["items"].as_array().unwrap().iter().filter(|line| line["action"] == action);
            let details: Vec<_> = lines.map(|line| line["detail"].clone()).collect();
            assert_eq!(details, [json!(detail)], "{action}");
        }
    });
}

#[test]
fn address_links_end_by_a_newer_one_passwords_and_time() {
    virtually(async || {
        let mails = MailServer::start_here().unwrap();
        let setup = Setup::open_with(&smtp(&mails.port().to_string())).await;
        let ben = ben_joins(&setup, &mails).await;
        assert_eq!(requests(&setup, &ben, "first@example.net", PASSWORD).await, 202);
        let replaced = link_to(&mails, "first@example.net", "email").await;
        assert_eq!(requests(&setup, &ben, NEW, PASSWORD).await, 202);
        let link = link_to(&mails, NEW, "email").await;
        assert_eq!(confirms(&setup, &replaced).await.status, 404);
        let password = "a third battery staple";
        let change = json!({ "present": PASSWORD, "password": password });
        setup.as_person(&ben, "POST", "/api/v1/auth/password", &change, 204).await;
        assert_eq!(confirms(&setup, &link).await.status, 404, "its requester knew the old password");
        assert_eq!(requests(&setup, &ben, "late@example.net", password).await, 202);
        let late = link_to(&mails, "late@example.net", "email").await;
        for status in [202, 202, 202, 429] {
            assert_eq!(requests(&setup, &ben, "again@example.net", password).await, status);
        }
        let again = link_to(&mails, "again@example.net", "email").await;
        world::set_calendar(TimeDelta::hours(1));
        for link in [late, again] {
            assert_eq!(confirms(&setup, &link).await.status, 404);
        }
        let login = json!({ "email": BEN, "password": password });
        assert_eq!(setup.server.post("/api/v1/auth/login", &login, Token::None).await.status, 200);
    });
}

#[test]
fn only_its_user_learns_that_an_address_is_taken() {
    virtually(async || {
        let mails = MailServer::start_here().unwrap();
        let setup = Setup::open_with(&smtp(&mails.port().to_string())).await;
        let ben = ben_joins(&setup, &mails).await;
        assert_eq!(requests(&setup, &ben, "olga@example.com", PASSWORD).await, 202, "as for any address");
        mailed(&mails, "olga@example.com", "this address as the new e-mail address of another account").await;
        mailed(&mails, BEN, "requested a new e-mail address for your account: olga@example.com").await;
        assert!(!texts_to(&mails, "olga@example.com").iter().any(|text| text.contains("#token")));
        assert_eq!(requests(&setup, &ben, NEW, PASSWORD).await, 202);
        let bens = link_to(&mails, NEW, "email").await;
        let body = json!({ "email": NEW, "password": PASSWORD });
        setup.send("POST", "/api/v1/auth/email", &body, 202).await;
        let olgas = until("another link", async || {
            Some(link_to(&mails, NEW, "email").await).filter(|link| *link != bens)
        })
        .await;
        assert_eq!(confirms(&setup, &bens).await.status, 200);
        let late = confirms(&setup, &olgas).await;
        assert_eq!((late.status, late.json()["code"].clone()), (409, json!("email_taken")));
        assert_eq!(signs_in(&setup, "olga@example.com").await.status, 200, "hers stays");
    });
}

#[test]
fn the_previous_address_learns_who_set_another_one() {
    virtually(async || {
        let mails = MailServer::start_here().unwrap();
        let setup = Setup::open_with(&smtp(&mails.port().to_string())).await;
        let ben = ben_joins(&setup, &mails).await;
        let body = json!({ "email": NEW, "password": PASSWORD });
        let path = format!("/api/v1/users/{}/email", ben.id.as_str().unwrap());
        assert_eq!(setup.send("POST", &path, &body, 200).await["email"], NEW);
        assert_eq!(address_of(&setup, &ben.token).await, None, "he is signed out");
        mailed(&mails, BEN, "Olga (olga@example.com) set a new e-mail address for your account").await;
        assert_eq!(signs_in(&setup, NEW).await.status, 200);
        let me = setup.send("GET", "/api/v1/auth/me", &Value::Null, 200).await;
        let own = format!("/api/v1/users/{}/email", me["user"]["id"].as_str().unwrap());
        let body = json!({ "email": "olga@example.net", "password": PASSWORD });
        let refused = setup.send("POST", &own, &body, 403).await;
        assert_eq!(refused["code"], "not_allowed", "one's own is confirmed by a link");
    });
}

/// The code that an app shows at this moment for a secret in base32.
fn code_now(secret: &str) -> String {
    let secret = totp_rs::Secret::try_from_base32(secret).unwrap();
    let second = u64::try_from(world::now().timestamp()).unwrap();
    totp_rs::Builder::new().with_secret(secret).build().unwrap().generate(second).to_string()
}
