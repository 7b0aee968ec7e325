//! Checks whether the secret key and the tokens of the data folder can be read, if they exist.

use super::Check;
use crate::config::Config;
use crate::secret_box::SecretBox;
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

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

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
