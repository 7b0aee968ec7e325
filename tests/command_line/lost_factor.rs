//! `user reset-second-factor` and `user set-email`: for the only owner, who has lost their phone and their recovery codes, or their mailbox.

use std::path::Path;
use std::time::Duration;

use cordboard::store::{Connection, Store, StoreError, StoreSettings, change, query};
use cordboard::web::{NewAccount, add_user};
use cordboard_schema::account::User;
use cordboard_schema::audit::Actor;
use cordboard_schema::permission::Role;
use tokio::runtime::Runtime;

use super::{FREE_PORTS, cordboard, stderr, stdout};

/// The settings of a mail server.
const MAIL: [(&str, &str); 3] = [
    ("CORDBOARD_SMTP__HOST", "127.0.0.1"),
    ("CORDBOARD_SMTP__FROM", "calls@example.com"),
    ("CORDBOARD_SMTP__TLS", "none"),
];

/// The file with the server's secret key.
const KEY_FILE: &str = "cordboard-data/secret.key";

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap()
}

fn store(folder: &Path) -> Store {
    Store::open(&StoreSettings::file(folder.join("cordboard-data/cordboard.db"))).unwrap()
}

/// The owner of a new database, who has a second factor. The server has run there before, and has made its secret key.
fn owner(folder: &Path) -> User {
    let (store, runtime) = (store(folder), runtime());
    std::fs::write(folder.join(KEY_FILE), "the secret key of this installation").unwrap();
    let account = NewAccount {
        organization_id: store.organization_id(),
        email: "ada@example.com".to_owned(),
        name: "Ada".to_owned(),
        role: Role::Owner,
        password: "correct horse battery".to_owned(),
    };
    let ada = runtime.block_on(add_user(&store, account, Actor::Installation)).unwrap();
    let (organization_id, id) = (ada.organization_id, ada.id);
    let add_factor = move |connection: &mut Connection| {
        change::offer_totp(connection, organization_id, id, Some("sealed"))?;
        change::confirm_totp(connection, organization_id, id, ("sealed", 1), &["a hash".to_owned()])
    };
    assert!(runtime.block_on(store.change(add_factor)).unwrap());
    runtime.block_on(store.close(Duration::from_secs(10)));
    ada
}

/// The exit code and the output of the command that removes this address's second factor.
fn reset(folder: &Path, email: &str, settings: &[(&str, &str)]) -> (Option<i32>, String) {
    user_command(folder, &["user", "reset-second-factor", email], settings)
}

fn user_command(folder: &Path, words: &[&str], settings: &[(&str, &str)]) -> (Option<i32>, String) {
    let output = cordboard(folder, words, &[&FREE_PORTS[..], settings].concat());
    (output.status.code(), format!("{}{}", stdout(&output), stderr(&output)))
}

#[test]
fn the_only_owners_lost_factor_is_removed_from_the_shell() {
    let folder = tempfile::tempdir().unwrap();
    let (code, said) = reset(folder.path(), "ada@example.com", &[]);
    assert!(code == Some(1) && said.contains("there is no database"), "{said}");
    let ada = owner(folder.path());
    let (code, said) = reset(folder.path(), "eve@example.com", &[]);
    assert!(code == Some(1) && said.contains("nobody signs in as eve@example.com"), "{said}");
    let (code, said) = reset(folder.path(), "Ada@Example.com", &MAIL);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("Ada signs in as ada@example.com with the password alone now"), "{said}");
    assert!(said.contains("they get a mail"), "{said}");
    let (code, said) = reset(folder.path(), "ada@example.com", &MAIL);
    assert!(code == Some(1) && said.contains("ada@example.com has no second factor"), "{said}");

    let (store, runtime) = (store(folder.path()), runtime());
    let read = move |connection: &mut Connection| {
        let row = query::user(connection, ada.organization_id, ada.id)?.unwrap();
        Ok::<_, StoreError>((row, query::next_mail_due(connection)?))
    };
    let (row, due) = runtime.block_on(store.reads().run(read)).unwrap();
    assert_eq!((row.totp_secret, row.totp_pending, row.recovery_codes.as_str()), (None, None, "[]"));
    assert!(due.is_some(), "the server sends a mail");
    runtime.block_on(store.close(Duration::from_secs(10)));
}

#[test]
fn the_only_owners_address_is_set_from_the_shell() {
    let folder = tempfile::tempdir().unwrap();
    let set = |email: &str, new: &str| user_command(folder.path(), &["user", "set-email", email, new], &MAIL);
    let (code, said) = set("ada@example.com", "ada@example.net");
    assert!(code == Some(1) && said.contains("there is no database"), "{said}");
    let ada = owner(folder.path());
    for (email, new, why) in [
        ("eve@example.com", "eve@example.net", "nobody signs in as eve@example.com"),
        ("ada@example.com", "Ada@Example.com", "ada@example.com is the address of an account already"),
        ("ada@example.com", "ada", "ada must be an e-mail address"),
    ] {
        let (code, said) = set(email, new);
        assert!(code == Some(1) && said.contains(why), "{said}");
    }
    let (code, said) = set("Ada@Example.com", "Ada@Example.net");
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("Ada signs in as ada@example.net now, with the same password"), "{said}");
    assert!(said.contains("the previous address gets a mail"), "{said}");

    let (store, runtime) = (store(folder.path()), runtime());
    let read = move |connection: &mut Connection| {
        let row = query::user(connection, ada.organization_id, ada.id)?.unwrap();
        Ok::<_, StoreError>((row.email, row.totp_secret, query::next_mail_due(connection)?.is_some()))
    };
    let found = runtime.block_on(store.reads().run(read)).unwrap();
    assert_eq!(found, ("ada@example.net".to_owned(), Some("sealed".to_owned()), true));
    runtime.block_on(store.close(Duration::from_secs(10)));
}

#[test]
fn no_mail_is_sealed_with_a_key_the_server_lacks() {
    let folder = tempfile::tempdir().unwrap();
    let ada = owner(folder.path());
    std::fs::remove_file(folder.path().join(KEY_FILE)).unwrap();
    let commands = [
        &["user", "reset-second-factor", "ada@example.com"][..],
        &["user", "set-email", "ada@example.com", "ada@example.net"],
    ];
    // Sealed by the server, whose key is elsewhere.
    let (store, runtime) = (store(folder.path()), runtime());
    let (organization_id, id) = (ada.organization_id, ada.id);
    let seal = move |connection: &mut Connection| {
        change::offer_totp(connection, organization_id, id, Some("s1.c2VydmVy.c2VhbGVk"))
    };
    runtime.block_on(store.change(seal)).unwrap();
    runtime.block_on(store.close(Duration::from_secs(10)));
    let another = [("CORDBOARD_SECRET_KEY", "0123456789abcdef0123456789abcdef")];
    for words in commands {
        for settings in [MAIL.to_vec(), [&MAIL[..], &another].concat()] {
            let (code, said) = user_command(folder.path(), words, &settings);
            assert_eq!(code, Some(1), "{said}");
            assert!(said.contains("another secret key") && said.contains("CORDBOARD_SECRET_KEY"), "{said}");
        }
    }
    assert!(!folder.path().join(KEY_FILE).exists(), "a stray key was made");
    for words in commands {
        let (code, said) = user_command(folder.path(), words, &[]);
        assert!(code == Some(0) && said.contains("no mail"), "without mail no key is needed: {said}");
    }
}
