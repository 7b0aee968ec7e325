//! The tool `create_lead`: writes down the caller's request for the business. A call has one lead, which later calls of the tool change.

use cordboard_schema::phone::E164;
use cordboard_schema::tool::ToolName;
use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::plain_results;
use super::write::{LeadWords, ToolWrite, line, name, notes};
use super::{FunctionDefinition, Parameters};

/// Arguments of `create_lead`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CreateLead {
    /// The caller's name.
    pub name: String,
    /// The number to call back.
    pub phone: String,
    /// What they need.
    pub need: String,
    /// How urgent it is.
    pub urgency: String,
    /// The budget.
    pub budget: String,
    /// Where the work is to be done.
    pub address: String,
}

/// The public definition of `create_lead`.
pub const CREATE_LEAD_FUNCTION_DEFINITION: FunctionDefinition = FunctionDefinition {
    tool: ToolName::CreateLead,
    description: "Writes down what the caller wants, for the business to follow up. Use it again on the same call when they say more: what you leave out stays as it was.",
    parameters: Parameters::Fixed(parameters),
    results: plain_results,
};

fn parameters() -> Value {
    json!({
        "type": "object",
        "properties": {
            "name": { "type": "string", "maxLength": 120 },
            "phone": { "type": "string", "maxLength": 40, "description": "The number to call back, with its country code, as +493012345678. Leave it out where it is the one that they call from." },
            "need": { "type": "string", "maxLength": 4000, "description": "What they want, in a sentence or two." },
            "urgency": { "type": "string", "maxLength": 300 },
            "budget": { "type": "string", "maxLength": 300 },
            "address": { "type": "string", "maxLength": 300 },
        },
        "additionalProperties": false,
    })
}

impl CreateLead {
    /// Returns the record for the store, or what is wrong with the arguments.
    pub(super) fn write(self) -> Result<ToolWrite, String> {
        let Self { name: who, phone, need, urgency, budget, address } = self;
        let phone = match phone.trim() {
            "" => None,
            said => {
                let number = said.parse::<E164>().map_err(|fault| format!("`phone` {fault}"))?;
                // Models put the country code before a number as the caller says it, with the zero that nobody dials then.
                Some(number.without_national_zero())
            }
        };
        Ok(ToolWrite::Lead(LeadWords {
            name: name("name", who)?,
            phone,
            need: notes("need", need)?,
            urgency: line("urgency", urgency)?,
            budget: line("budget", budget)?,
            address: line("address", address)?,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phone_numbers_get_one_form_and_wrong_ones_are_refused() {
        let lead = |phone: &str| CreateLead { phone: phone.to_owned(), ..CreateLead::default() }.write();
        let Ok(ToolWrite::Lead(words)) = lead("+49 30 / 1234-5678") else { panic!("no lead") };
        assert_eq!(words.phone.unwrap().as_str(), "+493012345678");
        for (said, stored) in [("+49 030 12345678", "+493012345678"), ("+39 06 12345678", "+390612345678")] {
            let Ok(ToolWrite::Lead(words)) = lead(said) else { panic!("no lead: {said}") };
            assert_eq!(words.phone.unwrap().as_str(), stored, "{said}");
        }
        assert!(matches!(lead(""), Ok(ToolWrite::Lead(LeadWords { phone: None, .. }))));
        assert!(lead("1234").unwrap_err().contains("country code"));
    }

    #[test]
    fn words_too_long_or_not_text_are_refused() {
        let need = |need: String| CreateLead { need, ..CreateLead::default() }.write();
        assert!(need("x".repeat(4_001)).unwrap_err().contains("`need`"));
        assert!(need("\u{0}".to_owned()).is_err());
        assert!(need("'; DROP TABLE leads; -- 🦊".to_owned()).is_ok());
    }
}
