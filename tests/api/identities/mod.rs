//! Everything that the server serves, against every kind of client: who is admitted, and the answers to the others.
//!
//! The expected answers are in three tables, written by hand and reviewed: `routes.txt` (who is admitted where), `ids.txt` (what an owner does to a
//! row of their own, and no one of another organization can) and `commands.txt` (the right that a command of the control socket requires). They are
//! compared with the router's own list: a route, a method, a page or a command without a row fails, and the message has the row as the server behaves
//! today. Review that row before you add it.

mod asker;
mod commands;
mod foreign;
mod pages;
mod table;
mod who;

use std::collections::BTreeSet;

use cordboard::config::{Config, Loaded, Sources};
use cordboard_schema::permission::{Permission, Role};
use uuid::Uuid;

use self::asker::{Asker, Request};
use self::table::{Opens, Row};
use self::who::{Expected, Identity, Kind};
use crate::admin::keep_log;
use crate::setup::Setup;

/// Clients at a time.
const AT_ONCE: usize = 4;

/// Headers with which a browser or a program opens a WebSocket.
const UPGRADE: &str = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                       Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

/// Header that a proxy adds.
const PASSED_ON: &str = "X-Forwarded-For: 203.0.113.7\r\n";

/// A server with a Twilio account, so that its routes exist.
fn setup() -> Setup {
    house_with(&[])
}

/// The same with more settings.
fn house_with(more: &[(&str, &str)]) -> Setup {
    keep_log();
    let environment = [
        ("TWILIO_ACCOUNT_SID", "AC0123456789abcdef0123456789abcdef"),
        ("TWILIO_AUTH_TOKEN", "an-auth-token"),
        ("CORDBOARD_HTTP__PUBLIC_BASE_URL", "http://localhost"),
    ];
    let environment =
        environment.iter().chain(more).map(|(name, value)| (name.into(), value.into())).collect();
    let loaded: Loaded = Config::load(&Sources { environment, ..Sources::default() }).unwrap();
    Setup::open_with(loaded)
}

/// Returns the path with values for its parameters that name nothing.
fn absent(path: &str) -> String {
    filled(path, |name| match name {
        "digits" => "0".to_owned(),
        "name" | "token" | "kind" => "absent".to_owned(),
        "number" => "+4930555999999".to_owned(),
        "port" | "version" => "1".to_owned(),
        "draft" => "b".to_owned(),
        _ => Uuid::now_v7().to_string(),
    })
}

/// Returns the path with these values for its parameters.
fn filled(path: &str, value: impl Fn(&str) -> String) -> String {
    let mut filled = path.to_owned();
    while let (Some(from), Some(to)) = (filled.find('{'), filled.find('}')) {
        let value = value(&filled[from + 1..to]);
        filled.replace_range(from..=to, &value);
    }
    filled
}

fn is_socket(path: &str) -> bool {
    path.starts_with("/ws/") || path == "/call"
}

/// Returns the answer to an identity: status and code. Checks that a refusal has the right form.
fn told(asker: &mut Asker, identity: &Identity, (method, path): (&str, &str), more: &str) -> String {
    let socket = if is_socket(path) { UPGRADE } else { "" };
    let head = format!("{}{socket}{more}", identity.head);
    let path = absent(path);
    let path = if identity.query.is_empty() { path } else { format!("{path}?{}", identity.query) };
    let body = if matches!(method, "GET" | "HEAD" | "DELETE") { "" } else { "{}" };
    let told = asker.ask(Request { method, path: &path, head: &head, body });
    if path.starts_with("/api/v1/") && !path.starts_with("/api/v1/appointments.ics") {
        for header in ["cache-control: no-store", "x-content-type-options: nosniff"] {
            assert!(told.head.contains(header), "{method} {path}: {told:?}");
        }
    }
    if told.short() == "401/unauthorized" {
        assert!(
            told.head.contains("www-authenticate: bearer realm=\"cordboard\""),
            "{method} {path}: {told:?}"
        );
    }
    told.short()
}

/// Returns every method of every route.
fn routed() -> Vec<(&'static str, &'static str)> {
    let all = cordboard::web::table().into_iter();
    all.flat_map(|(path, methods)| methods.split(", ").map(move |method| (method, path))).collect()
}

#[test]
fn each_route_admits_exactly_the_identities_in_its_row() {
    let setup = setup();
    let mut everybody = who::everybody(&setup);
    let rows = table::rows();
    let routed = routed();
    let known: BTreeSet<(&str, &str)> = rows.iter().map(|row| (&*row.method, &*row.path)).collect();
    assert_eq!(known.len(), rows.len(), "routes.txt has two rows for one route");
    let mut wrong: Vec<String> = routed
        .iter()
        .filter(|route| !known.contains(*route))
        .map(|(method, path)| missing(&setup, &everybody, method, path))
        .collect();
    let gone = rows.iter().filter(|row| !routed.contains(&(&*row.method, &*row.path)) && !is_left_out(row));
    wrong.extend(gone.map(|row| format!("{} {} is in routes.txt, and no such route", row.method, row.path)));
    let rows: Vec<Row> = rows.into_iter().filter(|row| !is_left_out(row)).collect();

    let mut asked = 0;
    let share = everybody.len().div_ceil(AT_ONCE);
    std::thread::scope(|scope| {
        let rows = &rows;
        let work = |some: &'_ [Identity]| {
            let some = some.to_vec();
            let server = setup.address;
            scope.spawn(move || {
                let mut asker = Asker::at(server);
                let first = rows.iter().filter(|row| !row.is_last);
                let wrong: Vec<String> = first.flat_map(|row| wrong_at(&mut asker, &some, row)).collect();
                (wrong, asker.asked)
            })
        };
        let all: Vec<_> = everybody.chunks(share).map(work).collect();
        for done in all {
            let (found, by) = done.join().unwrap();
            wrong.extend(found);
            asked += by;
        }
    });
    let mut asker = Asker::at(setup.address);
    for row in rows.iter().filter(|row| row.is_last) {
        who::sign_in_again(&setup, &mut everybody);
        wrong.extend(wrong_at(&mut asker, &everybody, row));
    }
    asked += asker.asked;
    println!("{} routes, {} identities, {asked} requests", rows.len(), everybody.len());
    assert!(
        wrong.is_empty(),
        "{} are not as tests/api/identities/routes.txt says:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// With a customer as the first organization.
#[test]
fn owners_see_no_installation_that_only_the_token_operates() {
    let setup = house_with(&[("CORDBOARD_OPERATOR", "token")]);
    let everybody = who::everybody(&setup);
    let mut asker = Asker::at(setup.address);
    let is_of_installation =
        |row: &&Row| matches!(row.opens, Opens::Scope(Permission::Installation, _)) && row.method == "GET";
    let mut asked = 0;
    for row in table::rows().iter().filter(is_of_installation) {
        for identity in &everybody {
            let told = told(&mut asker, identity, (&row.method, &row.path), "");
            let is_in = !["401/unauthorized", "403/forbidden"].contains(&&*told);
            assert_eq!(is_in, identity.kind == Kind::Admin, "{} {}: {told}", identity.name, row.path);
            asked += 1;
        }
    }
    assert!(asked > 100, "{asked} were asked");
}

/// Rows that only exist in some builds.
fn is_left_out(row: &Row) -> bool {
    let is_of_pages = !row.path.starts_with("/api/") && !row.path.contains("/ws/");
    let is_routed = cordboard::web::table().iter().any(|(path, _)| *path == row.path);
    !is_routed
        && ((cfg!(not(feature = "pages")) && is_of_pages)
            || (cfg!(not(feature = "fault-injection")) && row.path == "/api/v1/admin/faults"))
}

/// Ends the other sign-ins of the client. The same users use tokens and cookies here, and the cookies have signed out before.
fn ends_others(row: &Row) -> bool {
    (&*row.method, &*row.path) == ("DELETE", "/api/v1/auth/sessions")
}

/// Returns every identity for which a route differs from its row.
fn wrong_at(asker: &mut Asker, identities: &[Identity], row: &Row) -> Vec<String> {
    let ways: &[&str] = if matches!(row.opens, Opens::Local(..)) { &["", PASSED_ON] } else { &[""] };
    let mut wrong = Vec::new();
    for identity in identities.iter().filter(|one| !(ends_others(row) && one.name.contains("by cookie"))) {
        for way in ways {
            let told = told(asker, identity, (&row.method, &row.path), way);
            let expected = match identity.expected(row, !way.is_empty()) {
                Expected::In => &row.answer,
                Expected::InAsProgram => row.programs.as_ref().unwrap_or(&row.answer),
                Expected::Out(refusal) => refusal,
            };
            if !expected.split('|').any(|one| one == told) {
                let Row { method, path, .. } = row;
                let name = &identity.name;
                wrong.push(format!("{method} {path}: {name} gets {told}, not {expected}"));
            }
        }
    }
    wrong
}

/// A route without a row: returns what to write.
fn missing(setup: &Setup, everybody: &[Identity], method: &str, path: &str) -> String {
    let mut asker = Asker::at(setup.address);
    let mut of = |kind: fn(&Kind) -> bool| -> Vec<(&Identity, String)> {
        let some = everybody.iter().filter(|identity| kind(&identity.kind));
        some.map(|identity| (identity, told(&mut asker, identity, (method, path), ""))).collect()
    };
    let is_out = |told: &str| ["401/unauthorized", "403/forbidden", "403/no_csrf_token"].contains(&told);
    let in_of = |all: &[(&Identity, String)]| -> Vec<Kind> {
        all.iter().filter(|(_, told)| !is_out(told)).map(|(identity, _)| identity.kind).collect()
    };
    let nobody = of(|kind| *kind == Kind::Nobody);
    let tokens = in_of(&of(|kind| matches!(kind, Kind::Token(_))));
    let users = of(|kind| matches!(kind, Kind::User(_)));
    let admin = of(|kind| *kind == Kind::Admin)[0].1.clone();
    let least = in_of(&users).into_iter().find_map(|kind| match kind {
        Kind::User(role) => Some(role),
        _ => None,
    });
    let role = least.map_or("-", Role::as_str);
    let opens = match &tokens[..] {
        _ if !in_of(&nobody).is_empty() => "everybody".to_owned(),
        [Kind::Token(scope)] => format!("{scope} {role}"),
        [] if is_out(&admin) => "session".to_owned(),
        [] if in_of(&of(|kind| *kind == Kind::Dialplan)).is_empty() => {
            format!("{} {role}", Permission::Installation)
        }
        [] => "dialplan".to_owned(),
        _ => "known".to_owned(),
    };
    let answer =
        users.iter().map(|(_, told)| told.clone()).find(|told| !is_out(told)).unwrap_or(admin.clone());
    let programs = if admin == answer { String::new() } else { format!(" programs={admin}") };
    format!(
        "{method} {path} has no row. Think who may do this, then write it into tests/api/identities/routes.txt. As the server \
         behaves today the row is:\n    {method} {path} {opens} {answer}{programs}"
    )
}
