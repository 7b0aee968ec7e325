//! Browsers: they add a cookie to the requests of any page, so a cookie alone changes nothing and opens no socket.

use cordboard_schema::permission::Role;

use super::asker::{Asker, Request};
use super::table::{Opens, rows};
use super::{UPGRADE, absent, setup, who};

#[test]
fn a_cookie_without_the_proof_of_our_pages_changes_nothing() {
    let setup = setup();
    let (page, _) = who::user(&setup, "ada", Role::Owner).page(&setup);
    let (other, _) = who::user(&setup, "eve", Role::Owner).page(&setup);
    let line = |head: &str, name: &str| {
        let found = head.lines().find(|line| line.starts_with(name)).unwrap();
        format!("{found}\r\n")
    };
    let cookie = line(&page, "Cookie: ");
    let proofs = [
        ("none", String::new()),
        ("an empty one", "X-CSRF-Token: \r\n".to_owned()),
        ("a guessed one", "X-CSRF-Token: 0123456789abcdef\r\n".to_owned()),
        ("another session's", line(&other, "X-CSRF-Token: ")),
    ];
    let mut asker = Asker::at(setup.address);
    let mut asked = 0;
    for row in rows() {
        let by_cookie =
            !matches!(row.opens, Opens::Everybody | Opens::Dialplan | Opens::Page | Opens::Local(..));
        if row.method == "GET" || !by_cookie || super::is_left_out(&row) {
            continue;
        }
        for (which, proof) in &proofs {
            let head = format!("{cookie}{proof}");
            let path = absent(&row.path);
            let told = asker.ask(Request { method: &row.method, path: &path, head: &head, body: "{}" });
            assert_eq!(told.short(), "403/no_csrf_token", "{} {path} with {which}", row.method);
            asked += 1;
        }
    }
    assert!(asked > 200, "{asked}");
    let me = asker.ask(Request { method: "GET", path: "/api/v1/auth/me", head: &page, body: "" });
    assert_eq!(me.status, 200, "the session continues");
}

#[test]
fn a_cookie_opens_sockets_only_for_pages_of_this_site() {
    let setup = setup();
    let (page, _) = who::user(&setup, "ada", Role::Owner).page(&setup);
    let cookie = page.lines().find(|line| line.starts_with("Cookie: ")).unwrap();
    let mut asker = Asker::at(setup.address);
    for row in rows().iter().filter(|row| matches!(row.opens, Opens::Socket(..))) {
        for (origin, is_in) in [
            ("", false),
            ("Origin: \r\n", false),
            ("Origin: null\r\n", false),
            ("Origin: https://elsewhere.example\r\n", false),
            ("Origin: http://localhost.elsewhere.example\r\n", false),
            ("Origin: http://elsewhere.example/?://localhost\r\n", false),
            ("Origin: http://localhost:8081\r\n", false),
            ("Origin: localhost\r\n", false),
            ("Origin: http://localhost\r\n", true),
        ] {
            let head = format!("{cookie}\r\n{origin}{UPGRADE}");
            let told = asker.ask(Request { method: "GET", path: &row.path, head: &head, body: "" });
            let expected = if is_in { "101" } else { "403/foreign_origin" };
            assert_eq!(told.short(), expected, "{} {origin:?}", row.path);
        }
    }
}

#[test]
fn a_method_without_a_row_is_refused() {
    let setup = setup();
    let (head, mut asker) =
        (format!("Authorization: Bearer {}\r\n", crate::setup::ADMIN), Asker::at(setup.address));
    let rows = rows();
    for row in rows.iter().filter(|row| !matches!(row.opens, Opens::Page) && !super::is_left_out(row)) {
        let path = absent(&row.path);
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"] {
            let has_row = |other: &super::Row| other.path == row.path && other.method == method;
            // At an address of a page, every other method is not found.
            if rows.iter().any(has_row) {
                continue;
            }
            let told = asker.ask(Request { method, path: &path, head: &head, body: "" });
            assert!(matches!(told.status, 404 | 405), "{method} {path}: {}", told.short());
        }
    }
}
