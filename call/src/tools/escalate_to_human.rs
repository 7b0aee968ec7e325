//! The tool `escalate_to_human`: a caller who needs a person gets one, by the business's own rules. The assistant gives the reason. The
//! business has defined the people, their order and their hours.

use cordboard_schema::tool::ToolName;
use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::handoff_results;
use super::{FunctionDefinition, Parameters};

/// The longest reason that is kept, in characters.
const REASON_CHARS_MAX: usize = 300;

/// Arguments of `escalate_to_human`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EscalateToHuman {
    /// The reason, for the person who is rung.
    pub reason: String,
    /// How urgent it is.
    pub urgency: Urgency,
}

/// How urgent a caller's matter is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Urgency {
    /// It can wait for days.
    Low,
    /// It should be handled soon.
    Normal,
    /// People or property are in danger.
    Emergency,
}

impl EscalateToHuman {
    /// Returns the reason with its urgency, for the person and the journal.
    pub(crate) fn reason_with_urgency(&self) -> String {
        let urgency = match self.urgency {
            Urgency::Low => "low",
            Urgency::Normal => "normal",
            Urgency::Emergency => "emergency",
        };
        let reason: String = self.reason.chars().take(REASON_CHARS_MAX).collect();
        format!("{reason} (urgency: {urgency})")
    }
}

/// The public definition of `escalate_to_human`.
pub const ESCALATE_TO_HUMAN_FUNCTION_DEFINITION: FunctionDefinition = FunctionDefinition {
    tool: ToolName::EscalateToHuman,
    description: "Rings the people whom the business has named for callers who need a person, and joins who answers with the caller. You go on with the caller meanwhile; where nobody can be reached the answer says why, and what you may offer instead.",
    parameters: Parameters::Fixed(reason_and_urgency),
    results: handoff_results,
};

fn reason_and_urgency() -> Value {
    json!({
        "type": "object",
        "properties": {
            "reason": { "type": "string", "maxLength": REASON_CHARS_MAX },
            "urgency": { "type": "string", "enum": ["low", "normal", "emergency"] },
        },
        "required": ["reason", "urgency"],
        "additionalProperties": false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::ToolRequest;

    fn parse(arguments: &Value) -> Result<ToolRequest, String> {
        let parsed = ToolRequest::parse("escalate_to_human", arguments, &ToolName::ALL);
        parsed.map_err(|error| error.to_string())
    }

    #[test]
    fn a_model_gives_reason_and_urgency_but_never_the_person() {
        let request = EscalateToHuman { reason: "water".to_owned(), urgency: Urgency::Emergency };
        let arguments = json!({ "reason": "water", "urgency": "emergency" });
        assert_eq!(parse(&arguments), Ok(ToolRequest::EscalateToHuman(request)));
        for wrong in [
            json!({ "reason": "water" }),
            json!({ "reason": "water", "urgency": "now" }),
            json!({ "reason": "water", "urgency": "low", "target": "+49900123" }),
        ] {
            assert!(parse(&wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_long_reason_is_cut() {
        let request = EscalateToHuman { reason: "x".repeat(1_000), urgency: Urgency::Low };
        assert_eq!(request.reason_with_urgency(), format!("{} (urgency: low)", "x".repeat(300)));
    }
}
