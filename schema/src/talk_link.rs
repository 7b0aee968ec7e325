//! Talk links: addresses at which anybody can talk with an organization's assistant in their browser.

use serde::{Deserialize, Serialize};

use crate::ids::{OrganizationId, ProfileId, TalkLinkId};
use crate::limits::{
    TALK_LINK_CALLS_MAX, TALK_LINK_CALLS_PER_HOUR_MAX, TALK_LINK_ORIGINS_MAX, WIDGET_GREETING_CHARS_MAX,
};
use crate::page_origin::{NoPageOrigin, PageOrigin};
use crate::plain::{Lines, text_fault};
use crate::time::{UnixMs, rfc3339};

/// A talk link, without the token in its address. Only a hash of the token is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TalkLink {
    /// Its id.
    pub id: TalkLinkId,
    /// The organization that owns it.
    #[serde(skip)]
    pub organization_id: OrganizationId,
    /// Display name, such as `Our website`.
    pub name: String,
    /// The profile that answers.
    pub profile_id: ProfileId,
    /// Whether it accepts calls.
    pub enabled: bool,
    /// Maximum number of its calls at once.
    pub calls_max: u32,
    /// Maximum number of its calls in an hour from one IP address.
    pub calls_per_hour_max: u32,
    /// Origins of other sites whose pages may show its widget. If empty, only this server's own page can.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>, example = json!(["https://www.example.com"])))]
    pub origins: Vec<PageOrigin>,
    /// Appearance of the widget.
    pub widget: WidgetLook,
    /// When it was made.
    #[serde(with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub created_at: UnixMs,
    /// When it was last used for a call.
    #[serde(with = "rfc3339::option")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub last_used_at: Option<UnixMs>,
    /// When its signing secret was made, with which a website's server signs a visitor's identity; null if it has no secret.
    #[serde(with = "rfc3339::option")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub signing_secret_made_at: Option<UnixMs>,
}

impl TalkLink {
    /// Returns the context that the signing secret of that link is sealed for.
    pub fn secret_context(id: TalkLinkId) -> String {
        format!("talk_link:{id}:signing_secret")
    }
}

/// Appearance of a link's widget on the pages of other sites.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct WidgetLook {
    /// Corner of the window in which its button is shown.
    pub position: WidgetPosition,
    /// The colour of its button, `#` and six hexadecimal digits; null means Cordboard's own colour.
    #[cfg_attr(feature = "openapi", schema(pattern = "^#[0-9a-fA-F]{6}$", example = "#0b6e4f"))]
    pub accent: Option<String>,
    /// Text of its button. If it is empty, the button offers to talk, in the language of the page.
    #[cfg_attr(feature = "openapi", schema(max_length = 60, example = "Questions? Talk to us"))]
    pub greeting: String,
}

/// Corner of a window in which a widget is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum WidgetPosition {
    /// At the bottom right.
    #[default]
    Right,
    /// At the bottom left.
    Left,
}

impl WidgetPosition {
    /// Returns its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Right => "right",
            Self::Left => "left",
        }
    }
}

/// Returns the origins that these texts name, each once.
///
/// # Errors
/// The fault, as text that follows the field's name: a text is not an origin, or there are too many.
pub fn checked_origins(texts: &[String]) -> Result<Vec<PageOrigin>, String> {
    if texts.len() > TALK_LINK_ORIGINS_MAX {
        return Err(format!("must be at most {TALK_LINK_ORIGINS_MAX}"));
    }
    let mut origins: Vec<PageOrigin> = Vec::with_capacity(texts.len());
    for text in texts {
        let origin: PageOrigin = text.parse().map_err(|fault: NoPageOrigin| fault.to_string())?;
        if !origins.contains(&origin) {
            origins.push(origin);
        }
    }
    Ok(origins)
}

/// Returns the colour of a widget, in lower case.
///
/// # Errors
/// The text is not a colour; the error follows the field's name.
pub fn checked_accent(text: &str) -> Result<String, String> {
    let digits = text.trim().strip_prefix('#').unwrap_or_default();
    if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err("must be a colour of # and six hexadecimal digits, as #0b6e4f".to_owned());
    }
    Ok(format!("#{}", digits.to_ascii_lowercase()))
}

/// Returns the text of a widget's button.
///
/// # Errors
/// The text is too long, or has more than one line; the error follows the field's name.
pub fn checked_greeting(text: &str) -> Result<String, String> {
    let text = text.trim();
    text_fault(text, WIDGET_GREETING_CHARS_MAX, Lines::One).map_or_else(|| Ok(text.to_owned()), Err)
}

/// Checks a number of calls. The fault is text that follows the field's name.
///
/// # Errors
/// It is zero, or too large.
pub fn checked_calls_max(calls: u32) -> Result<u32, String> {
    within(calls, TALK_LINK_CALLS_MAX)
}

/// Checks a number of calls in an hour.
///
/// # Errors
/// It is zero, or too large.
pub fn checked_calls_per_hour_max(calls: u32) -> Result<u32, String> {
    within(calls, TALK_LINK_CALLS_PER_HOUR_MAX)
}

fn within(calls: u32, max: u32) -> Result<u32, String> {
    if (1..=max).contains(&calls) { Ok(calls) } else { Err(format!("must be 1 to {max}")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_allows_one_call_up_to_a_limit() {
        assert_eq!(checked_calls_max(1), Ok(1));
        assert_eq!(
            checked_calls_per_hour_max(TALK_LINK_CALLS_PER_HOUR_MAX),
            Ok(TALK_LINK_CALLS_PER_HOUR_MAX)
        );
        for bad in [0, TALK_LINK_CALLS_MAX + 1] {
            assert_eq!(checked_calls_max(bad), Err(format!("must be 1 to {TALK_LINK_CALLS_MAX}")));
        }
    }

    #[test]
    fn origins_are_kept_once_each_up_to_a_limit() {
        let texts = |texts: &[&str]| texts.iter().map(ToString::to_string).collect::<Vec<_>>();
        let kept =
            checked_origins(&texts(&["https://a.example", "https://A.example/", "http://localhost:1"]));
        let kept: Vec<String> = kept.unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(kept, ["https://a.example", "http://localhost:1"]);
        assert!(checked_origins(&texts(&["https://a.example", "a.example"])).is_err());
        let many: Vec<String> = (0..=TALK_LINK_ORIGINS_MAX).map(|n| format!("https://{n}.example")).collect();
        assert_eq!(checked_origins(&many), Err(format!("must be at most {TALK_LINK_ORIGINS_MAX}")));
    }

    #[test]
    fn a_widget_takes_a_colour_and_one_line_of_text() {
        assert_eq!(checked_accent(" #0B6E4f"), Ok("#0b6e4f".to_owned()));
        for bad in ["", "red", "#fff", "#12345g", "0b6e4f", "#0b6e4f;}", "url(//x)"] {
            assert!(checked_accent(bad).is_err(), "{bad}");
        }
        assert_eq!(checked_greeting(" Talk to us "), Ok("Talk to us".to_owned()));
        assert!(checked_greeting("two\nlines").is_err());
        assert!(checked_greeting(&"x".repeat(WIDGET_GREETING_CHARS_MAX + 1)).is_err());
    }
}
