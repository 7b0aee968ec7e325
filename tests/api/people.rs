//! People who sign in.

use serde_json::{Value, json};

use crate::setup::{Answer, Setup};

pub(crate) const PASSWORD: &str = "correct horse battery";

/// A request without any token.
pub(crate) fn post(setup: &Setup, path: &str, body: Value) -> Answer {
    setup.send_as("POST", path, None, &body)
}

/// A request with this token.
pub(crate) fn bearer(setup: &Setup, method: &str, path: &str, token: &Value, body: &Value) -> Answer {
    setup.send_as(method, path, token.as_str(), body)
}

/// Returns a setup token as a starting server prints it.
pub(crate) fn setup_token(setup: &Setup) -> String {
    let made = setup.block_on(cordboard::web::setup_token(&setup.store));
    made.unwrap().expect("a setup token is only made before the first owner")
}

pub(crate) fn register(setup: &Setup, email: &str, setup_token: Value) -> Answer {
    let body = json!({
        "email": email, "password": PASSWORD, "name": "Ada", "organization": "Lovelace Plumbing", "setup_token": setup_token
    });
    post(setup, "/api/v1/auth/register", body)
}

/// Returns the access token of the first organization's owner.
pub(crate) fn owner(setup: &Setup, email: &str) -> Value {
    let made = register(setup, email, json!(setup_token(setup)));
    assert_eq!(made.status, 201, "{made:?}");
    made.json()["access_token"].clone()
}

/// Whether this text is in clear in a file of the database.
pub(crate) fn holds(setup: &Setup, text: &str) -> bool {
    let folder = setup.database().parent().unwrap().to_owned();
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files = files.filter(|path| path.to_string_lossy().contains("cordboard.db"));
    files.any(|path| {
        let bytes = std::fs::read(path).unwrap();
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    })
}
