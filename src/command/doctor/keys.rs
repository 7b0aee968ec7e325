//! Checks whether the secret key and the tokens of the data folder can be read, if they exist, and whether the key is that of the database.

use super::Check;
use crate::config::Config;
use crate::secret_box::SecretBox;
use crate::store::{DatabaseState, Reads, StoreSettings, check, query};
use crate::tokens::Tokens;

/// Reports those that would keep the server from starting.
pub(super) fn examine(config: &Config) -> Vec<Check> {
    let mut checks = Vec::new();
    if let Err(error) = SecretBox::check(config) {
        let message = error.to_string();
        let (found, fix) =
            message.split_once("; ").unwrap_or((message.as_str(), "give the server that file"));
        checks.push(Check::bad("secret key", found.to_owned(), fix.to_owned()));
    }
    checks.extend(other_key(config));
    let tokens = [("admin_token", Tokens::admin_of(config)), ("dialplan_token", Tokens::dialplan_of(config))];
    for (name, token) in tokens {
        if let Err(error) = token {
            let file = config.data_dir.join(name);
            checks.push(Check::bad(
                "tokens",
                format!("{} can't be read: {error}", file.display()),
                format!("let the server's user read it, or set {name}"),
            ));
        }
    }
    checks
}

/// Reports that the database was used with another secret key than the one here. Returns nothing if either can't be read, which is reported already.
fn other_key(config: &Config) -> Option<Check> {
    let settings = StoreSettings::of(config.database());
    if !matches!(check(&settings), Ok(DatabaseState::Current)) {
        return None;
    }
    let mark = SecretBox::existing(config).ok()?.map(|secrets| secrets.mark());
    let reads = Reads::open(&settings).ok()?;
    let is_other = reads.run_blocking(|connection| {
        query::has_another_key(connection, mark.as_deref(), &SecretBox::common_mark())
    });
    is_other.ok()?.then(|| {
        let found = "the secrets in the database are sealed with another secret key than the one here";
        let fix = "set `secret_key`, or give data_dir the file secret.key that the database was used with";
        Check::bad("secret key", found.to_owned(), fix.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use diesel::Connection as _;
    use diesel::connection::SimpleConnection as _;

    use super::*;
    use crate::config::Secret;
    use crate::store::Store;

    #[test]
    fn a_database_of_another_key_is_reported() {
        let folder = tempfile::tempdir().unwrap();
        let secret_key = Some(Secret::new("0123456789abcdef0123456789abcdef"));
        let config = Config { data_dir: folder.path().to_owned(), secret_key, ..Config::default() };
        drop(Store::open(&StoreSettings::of(config.database())).unwrap());
        assert!(examine(&config).is_empty(), "nothing is sealed");
        let file = folder.path().join("cordboard.db").display().to_string();
        let mut sqlite = diesel::SqliteConnection::establish(&file).unwrap();
        sqlite
            .batch_execute(
                "INSERT INTO mails (id, organization_id, recipient, subject, sealed_text, link_hash, attempts, created_at, due_at, \
                 give_up_at) SELECT 'a', id, 'ada@example.com', 'A link', 's1.c2VydmVy.c2VhbGVk', 'hash', 0, created_at, created_at, \
                 created_at FROM organizations",
            )
            .unwrap();
        let checks = examine(&config);
        assert_eq!(checks.iter().map(|check| check.subject).collect::<Vec<_>>(), ["secret key"]);
        let mark = SecretBox::open(&config).unwrap().mark();
        sqlite.batch_execute(&format!("UPDATE mails SET sealed_text = '{mark}c2VhbGVk'")).unwrap();
        assert!(examine(&config).is_empty(), "it is sealed with the key here");
    }

    #[test]
    fn a_damaged_key_and_an_unreadable_token_are_reported() {
        let folder = tempfile::tempdir().unwrap();
        let config = Config { data_dir: folder.path().to_owned(), ..Config::default() };
        assert!(examine(&config).is_empty(), "missing files are created at the start");
        fs::write(folder.path().join("secret.key"), "half a k").unwrap();
        fs::create_dir(folder.path().join("dialplan_token")).unwrap();
        let checks = examine(&config);
        assert_eq!(checks.iter().map(|check| check.subject).collect::<Vec<_>>(), ["secret key", "tokens"]);
        let message = format!("{checks:?}");
        assert!(
            message.contains("restore it from a backup") && message.contains("set dialplan_token"),
            "{message}"
        );
        assert!(!message.contains("half a k"), "{message}");
    }
}
