//! A campaign's filter: conditions on the facts about its contacts. Contacts who don't meet them are left out while they don't.

use chrono_tz::Tz;
use cordboard_schema::composed::composed;
use cordboard_schema::limits::{CAMPAIGN_CONDITION_CHARS_MAX, CAMPAIGN_CONDITIONS_MAX};
use cordboard_schema::outbound::is_variable_name;
use cordboard_schema::phone::{after_plus, without_zero_before};
use serde::{Deserialize, Serialize};

use crate::callee::Callee;
use crate::campaign::Contact;
use crate::countries::{COUNTRIES, STRICTEST};
use crate::zone_names::{are_one, named};

/// Conditions on the contacts that a campaign calls. Case and surrounding blanks are ignored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct ContactFilter {
    /// How many of the conditions a contact must meet.
    pub needs: FilterNeeds,
    /// The conditions. Without any, every contact is called.
    #[cfg_attr(feature = "openapi", schema(max_items = 10))]
    pub conditions: Vec<FilterCondition>,
}

/// How many of its conditions a filter requires.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum FilterNeeds {
    /// All of them.
    #[default]
    All,
    /// At least one.
    Any,
}

/// A condition on one fact about a contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct FilterCondition {
    /// Kind of the fact.
    #[serde(default)]
    pub of: FilterFact,
    /// With `of` `variable`, the variable's name; otherwise it is left out.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_length = 64, example = "city"))]
    pub variable: String,
    /// How the fact must compare.
    pub is: FilterRelation,
    /// The text or number with which the fact is compared. It is left out with `empty` and `not_empty`.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_length = 200, example = "Berlin"))]
    pub value: String,
}

/// Kind of a fact about a contact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum FilterFact {
    /// A variable of the list.
    #[default]
    Variable,
    /// The number, with `+` and its country code.
    Number,
    /// The number's country, by its two letters; empty if the table of countries has no row for it.
    Country,
    /// The time zone in the list; without one, each zone that the number may belong to. Different names of one clock, such as `US/Eastern` and
    /// `America/New_York`, are equal.
    Zone,
}

/// How a fact is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum FilterRelation {
    /// It equals the value.
    Equals,
    /// It does not equal the value, or does not exist.
    NotEquals,
    /// It contains the value.
    Contains,
    /// It begins with the value.
    BeginsWith,
    /// It does not exist, or has no text.
    Empty,
    /// It has a text.
    NotEmpty,
    /// It is a number greater than the value.
    Greater,
    /// It is a number less than the value.
    Less,
}

impl ContactFilter {
    /// Whether it leaves out nobody.
    pub const fn is_empty(&self) -> bool {
        self.conditions.is_empty()
    }

    /// Whether it includes a contact.
    pub fn admits(&self, contact: &Contact) -> bool {
        let mut conditions = self.conditions.iter();
        match self.needs {
            FilterNeeds::All => conditions.all(|condition| condition.holds(contact)),
            FilterNeeds::Any => self.is_empty() || conditions.any(|condition| condition.holds(contact)),
        }
    }

    /// Everything that is wrong with it: the value's name within it, and what is wrong in words that follow it.
    pub fn faults(&self) -> Vec<(String, String)> {
        let mut faults = Vec::new();
        if self.conditions.len() > CAMPAIGN_CONDITIONS_MAX {
            let why = format!("must have at most {CAMPAIGN_CONDITIONS_MAX} entries");
            faults.push(("conditions".to_owned(), why));
        }
        for (place, condition) in self.conditions.iter().take(CAMPAIGN_CONDITIONS_MAX).enumerate() {
            let below = |(field, why): (&str, String)| (format!("conditions[{place}].{field}"), why);
            faults.extend(condition.faults().into_iter().map(below));
        }
        faults
    }
}

impl FilterCondition {
    /// Whether it is true for a contact.
    fn holds(&self, contact: &Contact) -> bool {
        let facts = self.facts(contact);
        let value = self.compared();
        match self.is {
            FilterRelation::Equals => self.is_value(contact, &facts, &value),
            FilterRelation::NotEquals => !self.is_value(contact, &facts, &value),
            FilterRelation::Contains => facts.iter().any(|fact| fact.contains(&value)),
            FilterRelation::BeginsWith => facts.iter().any(|fact| fact.starts_with(&value)),
            FilterRelation::Empty => facts.is_empty(),
            FilterRelation::NotEmpty => !facts.is_empty(),
            FilterRelation::Greater => compares_as_number(&facts, &value, |fact, value| fact > value),
            FilterRelation::Less => compares_as_number(&facts, &value, |fact, value| fact < value),
        }
    }

    /// Whether the fact equals the value. A zone has several names. A value that is not a zone's name is compared as text.
    fn is_value(&self, contact: &Contact, facts: &[String], value: &str) -> bool {
        let zone = if self.of == FilterFact::Zone { named(value) } else { None };
        match zone {
            Some(zone) => zones(contact).iter().any(|own| are_one(*own, zone)),
            None => facts.iter().any(|fact| fact == value),
        }
    }

    /// The fact in the form for comparisons. A number may belong to several zones. A fact without a text does not exist.
    fn facts(&self, contact: &Contact) -> Vec<String> {
        let texts: Vec<&str> = match self.of {
            FilterFact::Variable => {
                let named = |name: &str| name.eq_ignore_ascii_case(self.variable.trim());
                contact
                    .variables
                    .iter()
                    .filter(|(name, _)| named(name))
                    .map(|(_, text)| text.as_str())
                    .collect()
            }
            FilterFact::Number => vec![contact.number.as_str()],
            FilterFact::Country => {
                let country = Callee::of(&contact.number).rule.country;
                if country == STRICTEST.country { Vec::new() } else { vec![country] }
            }
            FilterFact::Zone => zones(contact).iter().map(|zone| zone.name()).collect(),
        };
        texts.into_iter().map(plain).filter(|text| !text.is_empty()).collect()
    }

    /// The value in the form for comparisons.
    fn compared(&self) -> String {
        match self.of {
            FilterFact::Number => number_part(&self.value),
            _ => plain(&self.value),
        }
    }

    /// Everything that is wrong with it: the value's name, and what is wrong in words that follow it.
    fn faults(&self) -> Vec<(&'static str, String)> {
        let mut faults = Vec::new();
        let is_variable = self.of == FilterFact::Variable;
        if is_variable && !is_variable_name(self.variable.trim()) {
            let why = "must be a variable's name: letters without accents, digits and _, no digit first";
            faults.push(("variable", why.to_owned()));
        }
        if !is_variable && !self.variable.is_empty() {
            faults.push(("variable", "must be left out where `of` is not `variable`".to_owned()));
        }
        faults.extend(self.fault_of_value().map(|why| ("value", why)));
        faults
    }

    fn fault_of_value(&self) -> Option<String> {
        let value = self.compared();
        let has_value = !matches!(self.is, FilterRelation::Empty | FilterRelation::NotEmpty);
        let is_whole = matches!(self.is, FilterRelation::Equals | FilterRelation::NotEquals);
        let is_number = matches!(self.is, FilterRelation::Greater | FilterRelation::Less);
        let is_long = self.value.chars().count() > CAMPAIGN_CONDITION_CHARS_MAX;
        let begins = matches!(self.is, FilterRelation::BeginsWith) || is_whole;
        if !has_value {
            let is_left_out = self.value.is_empty();
            return (!is_left_out).then(|| "must be left out with `empty` and `not_empty`".to_owned());
        }
        if is_long {
            return Some(format!("must have at most {CAMPAIGN_CONDITION_CHARS_MAX} characters"));
        }
        if self.value.chars().any(char::is_control) {
            return Some("must have no control characters".to_owned());
        }
        if value.is_empty() {
            return Some("must not be empty".to_owned());
        }
        if is_number && number(&value).is_none() {
            return Some("must be a number, as 17 or 3.5".to_owned());
        }
        match self.of {
            FilterFact::Number if begins && !value.starts_with('+') => {
                Some("must be a number with its country code, as +49 30".to_owned())
            }
            FilterFact::Country
                if is_whole && !COUNTRIES.iter().any(|rule| rule.country.eq_ignore_ascii_case(&value)) =>
            {
                Some("must be a country of the table of countries by its two letters, as DE".to_owned())
            }
            _ => None,
        }
    }
}

/// The zone that the list has for a contact; without one, each zone that the number may belong to.
fn zones(contact: &Contact) -> &[Tz] {
    match &contact.zone {
        Some(zone) => std::slice::from_ref(zone),
        None => Callee::of(&contact.number).zones,
    }
}

/// Returns a text in the form for comparisons.
fn plain(text: &str) -> String {
    composed(text.trim()).to_lowercase()
}

/// Normalizes a number, or a part of one, as people write it: `0049 (0)30` becomes `+4930`. Numbers of lists don't have this zero.
fn number_part(text: &str) -> String {
    let digits: String = text.chars().filter(|c| *c == '+' || c.is_ascii_alphanumeric()).collect();
    let number = match after_plus(&digits) {
        Some(rest) => format!("+{rest}"),
        None => digits,
    };
    without_zero_before(&number).unwrap_or(number)
}

/// Parses a number, with a point or a comma before its fraction.
fn number(text: &str) -> Option<f64> {
    let with_point = if text.contains('.') { text.to_owned() } else { text.replacen(',', ".", 1) };
    with_point.parse().ok().filter(|number: &f64| number.is_finite())
}

/// Whether one of the facts is a number for which `is_so` holds with the value.
fn compares_as_number(facts: &[String], value: &str, is_so: fn(f64, f64) -> bool) -> bool {
    let Some(value) = number(value) else { return false };
    facts.iter().filter_map(|fact| number(fact)).any(|fact| is_so(fact, value))
}

#[cfg(test)]
mod tests {
    use cordboard_schema::time::UnixMs;
    use serde_json::{Value, json};

    use super::*;
    use crate::campaign::ContactState;

    fn contact(number: &str, variables: &[(&str, &str)]) -> Contact {
        let id = "0197a000-0000-7000-8000-000000000001";
        Contact {
            id: id.parse().unwrap(),
            organization_id: id.parse().unwrap(),
            campaign_id: id.parse().unwrap(),
            number: number.parse().unwrap(),
            variables: variables
                .iter()
                .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
                .collect(),
            zone: None,
            consent: String::new(),
            state: ContactState::Waiting,
            end: None,
            next_at: UnixMs(0),
            tries: 0,
            last_outcome: None,
            created_at: UnixMs(0),
        }
    }

    fn filter(conditions: Value) -> ContactFilter {
        serde_json::from_value(json!({ "conditions": conditions })).unwrap()
    }

    #[test]
    fn conditions_hold_as_people_expect() {
        let ada = contact("+493012345678", &[("city", " Köln "), ("orders", "10"), ("note", "")]);
        for (condition, holds) in [
            (json!({ "variable": "city", "is": "equals", "value": "köln" }), true),
            (json!({ "variable": "City", "is": "equals", "value": "KÖLN " }), true),
            (json!({ "variable": "city", "is": "equals", "value": "Berlin" }), false),
            (json!({ "variable": "city", "is": "not_equals", "value": "Berlin" }), true),
            (json!({ "variable": "street", "is": "not_equals", "value": "Berlin" }), true),
            (json!({ "variable": "city", "is": "contains", "value": "öl" }), true),
            (json!({ "variable": "city", "is": "begins_with", "value": "öl" }), false),
            (json!({ "variable": "city", "is": "begins_with", "value": "Kö" }), true),
            (json!({ "variable": "note", "is": "empty" }), true),
            (json!({ "variable": "street", "is": "empty" }), true),
            (json!({ "variable": "city", "is": "not_empty" }), true),
            (json!({ "variable": "street", "is": "not_empty" }), false),
            // Compared as numbers, not as texts.
            (json!({ "variable": "orders", "is": "greater", "value": "9" }), true),
            (json!({ "variable": "orders", "is": "less", "value": "9" }), false),
            (json!({ "variable": "orders", "is": "less", "value": "10,5" }), true),
            (json!({ "variable": "orders", "is": "greater", "value": "10" }), false),
            (json!({ "variable": "city", "is": "greater", "value": "1" }), false),
            (json!({ "variable": "street", "is": "less", "value": "1" }), false),
            (json!({ "of": "number", "is": "begins_with", "value": "0049 (30)" }), true),
            (json!({ "of": "number", "is": "begins_with", "value": "0011 49 30" }), true),
            (json!({ "of": "number", "is": "begins_with", "value": "+49 (0)30" }), true),
            (json!({ "of": "number", "is": "equals", "value": "+49 030 12345678" }), true),
            (json!({ "of": "number", "is": "begins_with", "value": "+49 89" }), false),
            (json!({ "of": "country", "is": "equals", "value": "de" }), true),
            (json!({ "of": "country", "is": "not_equals", "value": "AT" }), true),
            (json!({ "of": "zone", "is": "contains", "value": "berlin" }), true),
        ] {
            let filter = filter(json!([condition]));
            assert_eq!(filter.faults(), [], "{condition}");
            assert_eq!(filter.admits(&ada), holds, "{condition}");
        }
        let nowhere = contact("+81312345678", &[]);
        assert!(filter(json!([{ "of": "country", "is": "empty" }])).admits(&nowhere));
    }

    #[test]
    fn names_of_one_zone_are_equal_but_parts_are_text() {
        let listed = |zone: Option<Tz>| Contact { zone, ..contact("+12125550123", &[]) };
        let (new, old, of_number) =
            (listed(Some(Tz::America__New_York)), listed(Some(Tz::US__Eastern)), listed(None));
        let toronto = listed(Some(Tz::America__Toronto));
        let admitted = |is: &str, value: &str| {
            let filter = filter(json!([{ "of": "zone", "is": is, "value": value }]));
            [&new, &old, &of_number, &toronto].map(|contact| filter.admits(contact))
        };
        for name in ["US/Eastern", "America/New_York", " us/eastern ", "EST5EDT"] {
            assert_eq!(admitted("equals", name), [true, true, true, false], "{name}");
            assert_eq!(admitted("not_equals", name), [false, false, false, true], "{name}");
        }
        assert_eq!(admitted("equals", "New York"), [false; 4]);
        assert_eq!(admitted("not_equals", "New York"), [true; 4]);
        assert_eq!(admitted("begins_with", "US/"), [false, true, false, false]);
        assert_eq!(admitted("contains", "new_york"), [true, false, true, false]);
    }

    #[test]
    fn all_or_any_conditions_must_hold_unless_there_are_none() {
        let ada = contact("+493012345678", &[("city", "Köln")]);
        let two = json!([
            { "variable": "city", "is": "equals", "value": "Köln" },
            { "variable": "city", "is": "equals", "value": "Berlin" },
        ]);
        let all = filter(two);
        let any = ContactFilter { needs: FilterNeeds::Any, ..all.clone() };
        assert_eq!((all.admits(&ada), any.admits(&ada)), (false, true));
        let none = ContactFilter { needs: FilterNeeds::Any, conditions: Vec::new() };
        assert!(none.admits(&ada) && ContactFilter::default().admits(&ada));
    }

    #[test]
    fn invalid_conditions_are_named_by_their_place() {
        for (condition, field) in [
            (json!({ "is": "equals", "value": "x" }), "variable"),
            (json!({ "variable": "7a", "is": "equals", "value": "x" }), "variable"),
            (json!({ "of": "zone", "variable": "city", "is": "not_empty" }), "variable"),
            (json!({ "variable": "city", "is": "equals" }), "value"),
            (json!({ "variable": "city", "is": "equals", "value": " " }), "value"),
            (json!({ "variable": "city", "is": "empty", "value": "x" }), "value"),
            (json!({ "variable": "city", "is": "equals", "value": "x".repeat(201) }), "value"),
            (json!({ "variable": "city", "is": "equals", "value": "a\nb" }), "value"),
            (json!({ "variable": "orders", "is": "greater", "value": "many" }), "value"),
            (json!({ "of": "number", "is": "begins_with", "value": "030" }), "value"),
            (json!({ "of": "country", "is": "equals", "value": "Germany" }), "value"),
        ] {
            let good = json!({ "variable": "city", "is": "not_empty" });
            let fields: Vec<String> =
                filter(json!([good, condition])).faults().into_iter().map(|(field, _)| field).collect();
            assert_eq!(fields, [format!("conditions[1].{field}")], "{condition}");
        }
        let many = filter(json!(vec![json!({ "variable": "city", "is": "not_empty" }); 11]));
        let fields: Vec<String> = many.faults().into_iter().map(|(field, _)| field).collect();
        assert_eq!(fields, ["conditions"]);
        for unknown in [json!({ "variable": "city", "is": "like" }), json!({ "is": "empty", "what": 1 })] {
            assert!(serde_json::from_value::<FilterCondition>(unknown).is_err());
        }
    }
}
