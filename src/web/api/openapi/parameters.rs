//! Limits of parameters that the handler's type does not express: the size of a page, the form of a key, and the range of a number.

use cordboard_schema::limits::{IDEMPOTENCY_KEY_CHARS_MAX, PAGE_ITEMS_MAX};
use serde_json::{Value, json};

use crate::web::once::KEY;

/// Completes every parameter of a document, after unsigned numbers have their formats.
pub(super) fn complete(document: &mut Value) {
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    let operations = paths.into_iter().flat_map(|paths| paths.values_mut()).filter_map(Value::as_object_mut);
    for operation in operations.flat_map(|item| item.values_mut()) {
        let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut);
        for parameter in parameters.into_iter().flatten() {
            let name = parameter.get("name").and_then(Value::as_str).unwrap_or_default();
            let more = match name {
                "limit" => json!({ "minimum": 1, "maximum": PAGE_ITEMS_MAX }),
                KEY => {
                    json!({ "minLength": 1, "maxLength": IDEMPOTENCY_KEY_CHARS_MAX, "pattern": "^[!-~]+$" })
                }
                _ => Value::Null,
            };
            if let Some(schema) = parameter.get_mut("schema").and_then(Value::as_object_mut) {
                if let Value::Object(more) = more {
                    schema.extend(more);
                }
                if let Some(largest) = schema.get("format").and_then(largest) {
                    schema.entry("maximum").or_insert(largest);
                }
            }
        }
    }
}

/// The largest number of a format.
fn largest(format: &Value) -> Option<Value> {
    match format.as_str()? {
        "int32" => Some(i32::MAX.into()),
        "int64" => Some(i64::MAX.into()),
        "uint32" => Some(u32::MAX.into()),
        "uint64" => Some(u64::MAX.into()),
        _ => None,
    }
}
