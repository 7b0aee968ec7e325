//! utoipa describes unsigned numbers as `int32` and `int64`, so programs would reject the upper half of their range.

use serde_json::Value;

/// Sets the formats of unsigned numbers in a part of a document.
pub(in crate::web) fn name_unsigned(part: &mut Value) {
    match part {
        Value::Object(members) => {
            let is_unsigned = members.get("minimum").and_then(Value::as_i64).is_some_and(|least| least >= 0);
            if is_unsigned && let Some(Value::String(format)) = members.get_mut("format") {
                match format.as_str() {
                    "int32" => "uint32".clone_into(format),
                    "int64" => "uint64".clone_into(format),
                    _ => {}
                }
            }
            members.values_mut().for_each(name_unsigned);
        }
        Value::Array(items) => items.iter_mut().for_each(name_unsigned),
        _ => {}
    }
}
