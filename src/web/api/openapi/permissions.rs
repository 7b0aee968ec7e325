//! The permission that each operation needs, as `x-permission`: who makes a token finds there what its scopes must have.

use serde_json::Value;

use crate::web::routes;

/// Adds it to every operation of a document that needs one.
pub(super) fn complete(document: &mut Value) {
    for (path, method, permission) in routes::permissions() {
        let method = method.to_ascii_lowercase();
        let item = document.get_mut("paths").and_then(|paths| paths.get_mut(path));
        let operation = item.and_then(|item| item.get_mut(method.as_str())).and_then(Value::as_object_mut);
        if let Some(operation) = operation {
            operation.insert("x-permission".to_owned(), permission.as_str().into());
        }
    }
}
