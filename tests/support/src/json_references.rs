//! References within a JSON document, to check that they all resolve.

use std::collections::BTreeSet;

use serde_json::Value;

/// The places that a JSON document refers to by `$ref`.
#[must_use]
pub fn references_in(document: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    collect(document, &mut found);
    found
}

fn collect(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match member.as_str() {
                    Some(target) if name == "$ref" => drop(into.insert(target.to_owned())),
                    _ => collect(member, into),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, into)),
        _ => {}
    }
}
