//! The tool `send_sms`: a text message to the caller, from a template of the business or in the assistant's own words.

use cordboard_schema::limits::SMS_TEMPLATE_NAME_CHARS_MAX;
use cordboard_schema::phone::E164;
use cordboard_schema::plain::{Lines, text_fault};
use cordboard_schema::sms::TEXT_CHARS_MAX;
use cordboard_schema::tool::ToolName;
use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::plain_results;
use super::write::ToolWrite;
use super::{FunctionDefinition, Parameters};

/// Arguments of `send_sms`: either a template or a text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SendSms {
    /// The name of a template.
    pub template: String,
    /// The text.
    pub text: String,
    /// A number other than the caller's.
    pub to: String,
}

/// A text message for the store to write and a provider to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextRequest {
    /// The recipient; `None` for the party on the call. The call has checked that its dial policy allows the number.
    pub to: Option<E164>,
    /// The text.
    pub words: TextWords,
}

/// The text of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TextWords {
    /// The business's template of this name.
    Template(String),
    /// These words.
    Free(String),
}

/// The public definition of `send_sms`.
pub const SEND_SMS_FUNCTION_DEFINITION: FunctionDefinition = FunctionDefinition {
    tool: ToolName::SendSms,
    description: "Sends a text message to the caller's own number, when they want one: a template of the business, or your own words. Say only that it was sent when this says so.",
    parameters: Parameters::Fixed(parameters),
    results: plain_results,
};

fn parameters() -> Value {
    json!({
        "type": "object",
        "properties": {
            "template": { "type": "string", "maxLength": SMS_TEMPLATE_NAME_CHARS_MAX, "description": "The name of one of the business's templates; leave `text` out then." },
            "text": { "type": "string", "maxLength": TEXT_CHARS_MAX, "description": "Your own words, where no template fits. Short: 160 characters are one message." },
            "to": { "type": "string", "maxLength": 40, "description": "Another number with its country code, only where the business allows it. Leave it out for the caller's own." },
        },
        "additionalProperties": false,
    })
}

impl SendSms {
    /// Returns the message to send, or what is wrong with the arguments.
    pub(super) fn write(self) -> Result<ToolWrite, String> {
        let (template, text) = (self.template.trim(), self.text.trim());
        let words = match (template.is_empty(), text.is_empty()) {
            (true, true) => return Err("`text` or `template` is missing".to_owned()),
            (false, false) => return Err("`text` and `template` are both given: leave one out".to_owned()),
            (false, true) => match text_fault(template, SMS_TEMPLATE_NAME_CHARS_MAX, Lines::One) {
                Some(fault) => return Err(format!("`template` {fault}")),
                None => TextWords::Template(template.to_owned()),
            },
            (true, false) => match text_fault(text, TEXT_CHARS_MAX, Lines::Many) {
                Some(fault) => return Err(format!("`text` {fault}")),
                None => TextWords::Free(text.to_owned()),
            },
        };
        let to = match self.to.trim() {
            "" => None,
            said => {
                let number = said.parse::<E164>().map_err(|fault| format!("`to` {fault}"))?;
                // No network knows a number with the zero that is dialled only within its country.
                Some(number.without_national_zero())
            }
        };
        Ok(ToolWrite::Text(TextRequest { to, words }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(arguments: Value) -> Result<ToolWrite, String> {
        serde_json::from_value::<SendSms>(arguments).map_err(|fault| fault.to_string())?.write()
    }

    #[test]
    fn send_sms_takes_a_template_or_a_text() {
        for (arguments, wanted) in [
            (json!({}), "missing"),
            (json!({ "text": " " }), "missing"),
            (json!({ "text": "a", "template": "b" }), "both"),
            (json!({ "text": "x".repeat(1_601) }), "`text`"),
            (json!({ "text": "a\u{0}" }), "`text`"),
            (json!({ "template": "x".repeat(61) }), "`template`"),
            (json!({ "text": "a", "to": "12345" }), "country code"),
            (json!({ "text": "a", "from": "+15550100001" }), "from"),
        ] {
            let fault = read(arguments.clone()).unwrap_err();
            assert!(fault.contains(wanted), "{arguments}: {fault}");
        }
    }

    #[test]
    fn phone_numbers_are_normalized() {
        let request = read(json!({ "text": "Hello 🦊", "to": "+1 (555) 010-0001" }));
        let Ok(ToolWrite::Text(TextRequest { to: Some(to), words })) = request else { panic!("{request:?}") };
        assert_eq!((to.as_str(), words), ("+15550100001", TextWords::Free("Hello 🦊".to_owned())));
        let request = read(json!({ "text": "Hello", "to": "+44 07911 123456" }));
        let Ok(ToolWrite::Text(TextRequest { to: Some(to), .. })) = request else { panic!("{request:?}") };
        assert_eq!(to.as_str(), "+447911123456");
    }
}
