//! Rules for a custom tool.

use std::collections::BTreeSet;

use cordboard_schema::custom_tool::{UrlTemplate, is_tool_name};
use cordboard_schema::limits::{
    CUSTOM_TOOL_DESCRIPTION_CHARS_MAX, CUSTOM_TOOL_HEADERS_MAX, CUSTOM_TOOL_MS_MAX, OUTSIDE_SECRET_BYTES_MAX,
};
use cordboard_schema::tool::ToolName;
use http::{HeaderName, HeaderValue};
use serde_json::Value;

use super::custom_tools::CustomToolBody;
use crate::tool_schemas::SchemaFault;
use crate::web::caller::Caller;
use crate::web::outside::{Outside, Typed};
use crate::web::problem::{ApiError, Fault};

/// Headers that the client writes itself, or that would redirect an answer or a connection.
const HEADERS_OF_OURS: [&str; 12] = [
    "host",
    "content-length",
    "content-type",
    "transfer-encoding",
    "connection",
    "keep-alive",
    "te",
    "trailer",
    "upgrade",
    "expect",
    "proxy-authorization",
    "proxy-connection",
];

/// Reports everything that is wrong at once, as a form shows it.
pub(super) async fn check(outside: &Outside, caller: &Caller, tool: &CustomToolBody) -> Result<(), ApiError> {
    let mut faults = Vec::new();
    if !is_tool_name(&tool.name) || ToolName::ALL.iter().any(|built_in| built_in.as_str() == tool.name) {
        let reason = "must have 1 to 64 lower case letters, digits and `_`, a letter first, and be none of a built-in tool";
        faults.push(Fault::of("name", reason));
    }
    let described = tool.description.trim().chars().count();
    let has_odd = tool.description.chars().any(|c| c.is_control() && !c.is_whitespace());
    if !(1..=CUSTOM_TOOL_DESCRIPTION_CHARS_MAX).contains(&described) || has_odd {
        let reason = format!("must have 1 to {CUSTOM_TOOL_DESCRIPTION_CHARS_MAX} characters");
        faults.push(Fault::of("description", reason));
    }
    if !(100..=CUSTOM_TOOL_MS_MAX).contains(&tool.timeout_ms) {
        faults.push(Fault::of("timeout_ms", format!("must be 100 to {CUSTOM_TOOL_MS_MAX}")));
    }
    faults.extend(url_fault(outside, tool));
    faults.extend(schema_fault(outside, caller, &tool.parameters).await?);
    faults.extend(header_faults(tool));
    if faults.is_empty() { Ok(()) } else { Err(ApiError::Invalid(faults)) }
}

fn url_fault(outside: &Outside, tool: &CustomToolBody) -> Option<Fault> {
    let template = match UrlTemplate::read(&tool.url) {
        Ok(template) => template,
        Err(bad) => return Some(Fault::of("url", bad.to_string())),
    };
    let known = tool.parameters["properties"].as_object();
    if let Some(unknown) =
        template.arguments().find(|name| known.is_none_or(|known| !known.contains_key(*name)))
    {
        return Some(Fault::of("url", format!("names `{unknown}`, which is no property of parameters")));
    }
    // A placeholder for an argument can only change the path and query of the address.
    outside.http.address(&tool.url).err().map(|bad| Fault::of("url", bad.to_string()))
}

/// Fault of a schema. It is not compiled on this thread, because that takes time.
async fn schema_fault(
    outside: &Outside,
    caller: &Caller,
    parameters: &Value,
) -> Result<Option<Fault>, ApiError> {
    let is_object = parameters["type"] == "object";
    if !is_object {
        return Ok(Some(Fault::of("parameters", "must be the JSON schema of an object")));
    }
    match outside.schemas.check(caller.organization_id, parameters.clone()).await {
        Ok(()) => Ok(None),
        Err(SchemaFault::Bad(fault)) => {
            Ok(Some(Fault::of("parameters", format!("must be a JSON schema that can be read: it {fault}"))))
        }
        Err(full @ SchemaFault::ShareUsedUp { .. }) => Err(ApiError::ShareUsedUp(full.to_string())),
        Err(busy @ SchemaFault::Busy) => Err(ApiError::Unavailable(busy.to_string())),
    }
}

fn header_faults(tool: &CustomToolBody) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut fault = |reason: String| faults.push(Fault::of("headers", reason));
    if tool.headers.len() > CUSTOM_TOOL_HEADERS_MAX {
        fault(format!("must be at most {CUSTOM_TOOL_HEADERS_MAX}"));
    }
    let names: BTreeSet<String> =
        tool.headers.iter().map(|header| header.name.to_ascii_lowercase()).collect();
    if names.len() < tool.headers.len() {
        fault("must be named once each".to_owned());
    }
    for name in &names {
        if HeaderName::from_bytes(name.as_bytes()).is_err() || HEADERS_OF_OURS.contains(&name.as_str()) {
            fault(format!("can't have the name `{}`", name.escape_debug().take(64).collect::<String>()));
        }
    }
    let is_value = |Typed(value): &Typed| {
        (1..=OUTSIDE_SECRET_BYTES_MAX).contains(&value.len())
            && value.is_ascii()
            && HeaderValue::from_str(value).is_ok()
    };
    if !tool.headers.iter().filter_map(|header| header.value.as_ref()).all(is_value) {
        fault(format!(
            "must have values of 1 to {OUTSIDE_SECRET_BYTES_MAX} characters that can stand in a header"
        ));
    }
    faults
}
