//! People who sign in.

use serde_json::{Value, json};

use crate::house::{Answer, House};

pub(crate) const PASSWORD: &str = "correct horse battery";

/// A request without any token.
pub(crate) fn post(house: &House, path: &str, body: Value) -> Answer {
    house.send_as("POST", path, None, &body)
}

/// A request with this token.
pub(crate) fn bearer(house: &House, method: &str, path: &str, token: &Value, body: &Value) -> Answer {
    house.send_as(method, path, token.as_str(), body)
}

/// A setup token as the start of a server prints it.
pub(crate) fn setup_token(house: &House) -> String {
    let made = house.block_on(cordboard::web::setup_token(&house.store));
    made.unwrap().expect("there is an owner already")
}

pub(crate) fn register(house: &House, email: &str, setup_token: Value) -> Answer {
    let body = json!({
        "email": email, "password": PASSWORD, "name": "Ada", "organization": "Lovelace Plumbing", "setup_token": setup_token
    });
    post(house, "/api/v1/auth/register", body)
}

/// The access token of the first organization's owner.
pub(crate) fn owner(house: &House, email: &str) -> Value {
    let made = register(house, email, json!(setup_token(house)));
    assert_eq!(made.status, 201, "{made:?}");
    made.json()["access_token"].clone()
}

/// Whether this text lies in clear in a file of the database.
pub(crate) fn holds(house: &House, text: &str) -> bool {
    let folder = house.database().parent().unwrap().to_owned();
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files = files.filter(|path| path.to_string_lossy().contains("cordboard.db"));
    files.any(|path| {
        let bytes = std::fs::read(path).unwrap();
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    })
}
