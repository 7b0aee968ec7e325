//! Expectations, from `routes.txt` and the other tables.

use cordboard_schema::permission::{Permission, Role};

/// The admitted identities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opens {
    /// Everyone, with any credentials: a further requirement, such as a signature or a password, is in the request.
    Everybody,
    /// Every user and every token of an organization, and the admin token.
    Known,
    /// The dialplan token or the admin token.
    Dialplan,
    /// A page's session.
    Session,
    /// A page of a signed-in user: others are redirected to `/login`.
    Page,
    /// A token of this scope, users from this role up, and the admin token.
    Scope(Permission, Option<Role>),
    /// As `Scope`, over a WebSocket, which a browser opens with its cookie only from our pages.
    Socket(Permission, Option<Role>),
    /// As `Scope`, and a calendar feed's token.
    Feed(Permission, Option<Role>),
    /// Everyone on this machine; through a proxy, as `Scope`.
    Local(Permission, Option<Role>),
}

/// A row of `routes.txt`.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) opens: Opens,
    /// Answer to admitted identities: a status, followed by a slash and the problem's code if it has one; alternatives are separated by `|`.
    pub(super) answer: String,
    /// Answer to programs, if it differs: they are admitted, but are no users.
    pub(super) programs: Option<String>,
    /// Whether the request ends an identity, and is sent after all others.
    pub(super) is_last: bool,
}

/// Returns the text of a table. It is read when the test runs: a new row needs no build.
pub(super) fn text(name: &str) -> String {
    let path = format!("{}/tests/api/identities/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Returns the lines of a table without comments and empty lines.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

pub(super) fn permission(word: &str) -> Permission {
    let mut all = Permission::ALL.iter();
    *all.find(|permission| permission.as_str() == word)
        .unwrap_or_else(|| panic!("{word:?} is not a permission"))
}

/// Parses a role; `-` is none.
fn role(word: &str) -> Option<Role> {
    let all = [Role::Agent, Role::Supervisor, Role::Admin, Role::Owner];
    let found = all.into_iter().find(|role| role.as_str() == word);
    assert!(found.is_some() || word == "-", "{word:?} is not a role: `-` means none");
    found
}

/// Returns the rows of `routes.txt`.
pub(super) fn rows() -> Vec<Row> {
    lines(&text("routes.txt")).map(row).collect()
}

fn row(line: &str) -> Row {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [method, path, rest @ ..] = &words[..] else { panic!("this line is not a row: {line}") };
    let (opens, rest) = match rest {
        ["everybody", rest @ ..] => (Opens::Everybody, rest),
        ["known", rest @ ..] => (Opens::Known, rest),
        ["dialplan", rest @ ..] => (Opens::Dialplan, rest),
        ["session", rest @ ..] => (Opens::Session, rest),
        ["page", rest @ ..] => (Opens::Page, rest),
        ["socket", scope, least, rest @ ..] => (Opens::Socket(permission(scope), role(least)), rest),
        ["feed", scope, least, rest @ ..] => (Opens::Feed(permission(scope), role(least)), rest),
        ["local", scope, least, rest @ ..] => (Opens::Local(permission(scope), role(least)), rest),
        [scope, least, rest @ ..] => (Opens::Scope(permission(scope), role(least)), rest),
        _ => panic!("this line is not a row: {line}"),
    };
    let [answer, rest @ ..] = rest else { panic!("the answer to admitted identities is missing: {line}") };
    let mut found = Row {
        method: (*method).to_owned(),
        path: (*path).to_owned(),
        opens,
        answer: (*answer).to_owned(),
        programs: None,
        is_last: false,
    };
    for word in rest {
        match word.strip_prefix("programs=") {
            Some(answer) => found.programs = Some(answer.to_owned()),
            None => {
                assert_eq!(*word, "last", "{line}");
                found.is_last = true;
            }
        }
    }
    found
}

/// A row of `ids.txt`: what an owner does to a row of their own.
pub(super) struct OwnAction {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) status: u16,
    /// JSON; empty for no body.
    pub(super) body: String,
}

/// Returns the rows of `ids.txt`.
pub(super) fn actions() -> Vec<OwnAction> {
    let action = |line: &str| {
        // Paths have braces, too.
        let (row, body) = line.split_once("  {").unwrap_or((line, ""));
        let body = if body.is_empty() { String::new() } else { format!("{{{body}") };
        let words: Vec<&str> = row.split_whitespace().collect();
        let [method, path, status] = words[..] else { panic!("this line is not a row: {line}") };
        let status = status.parse().unwrap_or_else(|_| panic!("no status: {line}"));
        OwnAction { method: method.to_owned(), path: path.to_owned(), status, body }
    };
    lines(&text("ids.txt")).map(action).collect()
}

/// A row of `commands.txt`: the right that a command of the control socket requires besides that of the socket.
pub(super) struct CommandRow {
    pub(super) takes: Permission,
    pub(super) name: String,
    pub(super) body: String,
}

/// Returns the rows of `commands.txt`.
pub(super) fn commands() -> Vec<CommandRow> {
    let command = |line: &str| {
        let (name, rest) =
            line.split_once(char::is_whitespace).unwrap_or_else(|| panic!("this line is not a row: {line}"));
        let rest = rest.trim_start();
        let (takes, body) = rest.split_once(char::is_whitespace).unwrap_or((rest, "{}"));
        CommandRow { takes: permission(takes), name: name.to_owned(), body: body.trim().to_owned() }
    };
    lines(&text("commands.txt")).map(command).collect()
}
