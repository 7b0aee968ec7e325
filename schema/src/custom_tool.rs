//! Custom tools: an organization's own HTTP requests that an assistant may have made, such as a stock query.
//!
//! The address is a template. `{name}` in its path or query stands for the argument with that name, percent-encoded. Arguments
//! that it does not name go into the query (GET, DELETE) or into a JSON body. An argument can never change host or port.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::ids::{CustomToolId, OrganizationId, ProfileId};
use crate::integration::SealedSecret;

/// Maximum length of a custom tool's name in characters: the limit of realtime providers.
const NAME_CHARS_MAX: usize = 64;

/// The method of a custom tool's request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "UPPERCASE")]
pub enum ToolMethod {
    /// Looks something up.
    Get,
    /// Makes something.
    Post,
    /// Replaces something.
    Put,
    /// Changes something.
    Patch,
    /// Removes something.
    Delete,
}

impl ToolMethod {
    /// Returns its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    /// Whether arguments that are not part of the address go into a body.
    pub const fn has_body(self) -> bool {
        !matches!(self, Self::Get | Self::Delete)
    }
}

impl fmt::Display for ToolMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A header of a custom tool's request. Its value is treated as a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolHeader {
    /// Its name, in lower case.
    pub name: String,
    /// Its value.
    #[serde(flatten)]
    pub value: SealedSecret,
}

/// An HTTP request that the assistants of a profile may have made.
#[derive(Clone, Debug, PartialEq)]
pub struct CustomTool {
    /// Its id.
    pub id: CustomToolId,
    /// The organization that owns it.
    pub organization_id: OrganizationId,
    /// The profile whose assistants may use it.
    pub profile_id: ProfileId,
    /// The name by which a model calls it; unique in the profile, and different from those of built-in tools.
    pub name: String,
    /// When a model should use it.
    pub description: String,
    /// The request's method.
    pub method: ToolMethod,
    /// The template of its address.
    pub url: String,
    /// JSON schema of its arguments, which form an object.
    pub parameters: Value,
    /// Its headers.
    pub headers: Vec<ToolHeader>,
    /// Timeout, in ms.
    pub timeout_ms: u32,
}

impl CustomTool {
    /// Returns the context that a header's value is sealed for. It can be opened in no other context.
    pub fn seal_context(id: CustomToolId, header: &str) -> String {
        format!("custom_tool:{id}:{header}")
    }

    /// Returns the tool as a call knows it.
    pub fn offered(&self) -> OfferedTool {
        OfferedTool {
            id: self.id,
            name: self.name.clone(),
            description: self.description.clone(),
            parameters: Arc::new(self.parameters.clone()),
            timeout_ms: self.timeout_ms,
        }
    }
}

/// A custom tool as a call and its assistant know it: without its address and its secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OfferedTool {
    /// Its id.
    pub id: CustomToolId,
    /// Its name.
    pub name: String,
    /// When a model should use it.
    pub description: String,
    /// JSON schema of its arguments, shared by the calls that offer it.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub parameters: Arc<Value>,
    /// Timeout, in ms.
    pub timeout_ms: u32,
}

/// Whether a text can be a custom tool's name: lower case letters, digits and `_`, beginning with a letter.
pub fn is_tool_name(text: &str) -> bool {
    let is_letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    (1..=NAME_CHARS_MAX).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(is_letter)
}

/// Why a template or its arguments give no address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadTemplate {
    /// A brace is not closed, or is empty.
    #[error("has a brace that is not closed, or is empty: write {{name}}, and %7B for a brace itself")]
    Brace,
    /// An argument before the path: it could change the server.
    #[error("has an argument before its path: only the path and the query may contain arguments")]
    BeforePath,
    /// A required argument that was not given.
    #[error("the argument `{0}` is missing, and the address needs it")]
    Missing(String),
    /// An argument that is not a plain value, or that would change the structure of the address.
    #[error(
        "the argument `{0}` can't be used in an address: it must be a text, a number or a boolean, and neither empty nor only dots"
    )]
    Unfit(String),
}

/// A parsed template: texts alternating with the names of arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UrlTemplate {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Argument(String),
}

/// Result of filling a template.
#[derive(Clone, Debug, PartialEq)]
pub struct Filled {
    /// The address.
    pub url: String,
    /// The arguments that the address does not contain.
    pub rest: Map<String, Value>,
}

impl UrlTemplate {
    /// Reads a template.
    ///
    /// # Errors
    /// [`BadTemplate::Brace`] and [`BadTemplate::BeforePath`].
    pub fn read(template: &str) -> Result<Self, BadTemplate> {
        let mut parts = Vec::new();
        let mut rest = template;
        let mut before = String::new();
        while let Some((text, after)) = rest.split_once('{') {
            let (name, after) = after.split_once('}').ok_or(BadTemplate::Brace)?;
            if name.is_empty() || name.contains('{') || text.contains('}') {
                return Err(BadTemplate::Brace);
            }
            before.push_str(text);
            // The first argument must come after the slash that ends the host, or else it could lengthen the host.
            let has_path = before.split_once("://").is_some_and(|(_, place)| place.contains('/'));
            if !has_path {
                return Err(BadTemplate::BeforePath);
            }
            parts.push(Part::Text(text.to_owned()));
            parts.push(Part::Argument(name.to_owned()));
            rest = after;
        }
        if rest.contains('}') {
            return Err(BadTemplate::Brace);
        }
        parts.push(Part::Text(rest.to_owned()));
        Ok(Self { parts })
    }

    /// Returns the names of the arguments that it contains.
    pub fn arguments(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Argument(name) => Some(name.as_str()),
            Part::Text(_) => None,
        })
    }

    /// Returns the address for these arguments. No argument can end a segment of the path or a value of the query.
    ///
    /// # Errors
    /// [`BadTemplate::Missing`] and [`BadTemplate::Unfit`].
    pub fn fill(&self, mut arguments: Map<String, Value>) -> Result<Filled, BadTemplate> {
        let mut url = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => url.push_str(text),
                Part::Argument(name) => {
                    let value = arguments.get(name).ok_or_else(|| BadTemplate::Missing(name.clone()))?;
                    let text = plain(value).ok_or_else(|| BadTemplate::Unfit(name.clone()))?;
                    // Readers of an address treat `.` and `..` as steps, even percent-encoded, and even if several arguments
                    // together form them.
                    if text.trim_matches('.').is_empty() {
                        return Err(BadTemplate::Unfit(name.clone()));
                    }
                    encode(&text, &mut url);
                }
            }
        }
        for name in self.arguments() {
            arguments.remove(name);
        }
        Ok(Filled { url, rest: arguments })
    }
}

/// Returns a plain value as text.
pub fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Percent-encodes everything except the characters that RFC 3986 calls unreserved.
fn encode(text: &str, into: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            into.push(char::from(byte));
        } else {
            into.push_str(&format!("%{byte:02X}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fill(template: &str, arguments: Value) -> Result<Filled, BadTemplate> {
        let Value::Object(arguments) = arguments else { panic!("not an object") };
        UrlTemplate::read(template)?.fill(arguments)
    }

    #[test]
    fn arguments_fill_path_and_query_and_the_rest_is_returned() {
        let filled = fill(
            "https://shop.example/orders/{order}/items?q={q}",
            json!({ "order": 17, "q": "blue & green/ü", "page": 2 }),
        )
        .unwrap();
        assert_eq!(filled.url, "https://shop.example/orders/17/items?q=blue%20%26%20green%2F%C3%BC");
        assert_eq!(Value::Object(filled.rest), json!({ "page": 2 }));
    }

    #[test]
    fn an_argument_cant_change_the_rest_of_the_address() {
        let template = "https://shop.example/orders/{order}";
        for bad in [json!(".."), json!("."), json!(""), json!(null), json!([1]), json!({ "a": 1 })] {
            let fault = fill(template, json!({ "order": bad })).unwrap_err();
            assert_eq!(fault, BadTemplate::Unfit("order".to_owned()), "{bad}");
        }
        assert_eq!(fill(template, json!({})).unwrap_err(), BadTemplate::Missing("order".to_owned()));
        for text in
            ["../admin", "a/../../b", "x?admin=1", "x#y", "x@evil.example", "%2e%2e", "a\\b", "\r\nX: y"]
        {
            let url = fill(template, json!({ "order": text })).unwrap().url;
            let place = url.strip_prefix("https://shop.example/orders/").unwrap();
            assert!(!place.contains(['/', '?', '#', '@', '\\', '\r', '\n']), "{url}");
        }
    }

    #[test]
    fn arguments_cant_change_the_host() {
        for template in
            ["https://{host}/x", "https://shop.example{x}/", "https://shop.example:{port}/", "{url}"]
        {
            assert_eq!(UrlTemplate::read(template), Err(BadTemplate::BeforePath), "{template}");
        }
        for template in ["https://a/{", "https://a/}", "https://a/{}", "https://a/{{x}}", "https://a/x}{y}"] {
            assert_eq!(UrlTemplate::read(template), Err(BadTemplate::Brace), "{template}");
        }
        let template = UrlTemplate::read("https://a/{x}?y={y}").unwrap();
        assert_eq!(template.arguments().collect::<Vec<_>>(), ["x", "y"]);
    }

    #[test]
    fn tool_names_are_accepted_by_providers() {
        for name in ["stock", "look_up_2"] {
            assert!(is_tool_name(name), "{name}");
        }
        for name in ["", "2x", "_x", "Stock", "a-b", "a b", &"x".repeat(65)] {
            assert!(!is_tool_name(name), "{name}");
        }
    }
}
