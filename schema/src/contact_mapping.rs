//! Finds people in a body that another service sends: which of its fields is the number, the name, the time zone, the consent.
//! The values are not checked here.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::limits::{
    CONTACT_POST_CONTACTS_MAX, CONTACT_POST_FIELDS_MAX, OUTBOUND_VARIABLE_BYTES_MAX, OUTBOUND_VARIABLES_MAX,
};
use crate::outbound::variable_name;

/// Usual names of the field or column with the number; the first that exists counts.
pub const NUMBER_NAMES: [&str; 12] = [
    "number",
    "phone_number",
    "phone",
    "telephone",
    "mobile",
    "cell",
    "tel",
    "telefon",
    "telefonnummer",
    "rufnummer",
    "handy",
    "mobil",
];
/// Usual names of the time zone's field.
pub const ZONE_NAMES: [&str; 3] = ["zone", "time_zone", "timezone"];
/// Usual names of the field with the evidence of consent.
pub const CONSENT_NAMES: [&str; 6] =
    ["consent", "einwilligung", "zustimmung", "consentimiento", "consentimento", "consentement"];
/// Usual names of the field with a person's name.
const NAME_NAMES: [&str; 3] = ["name", "full_name", "fullname"];
/// Values of a form's check box, or of a cell, that mean that it is not ticked. Spreadsheets save truth values in their user's
/// language, PostgreSQL as one letter, and some programs as decimal numbers.
const NO: [&str; 18] = [
    "false", "falsch", "faux", "falso", "onwaar", "fałsz", "f", "no", "off", "0", "0.0", "n", "nein", "non",
    "nao", "não", "nee", "nie",
];
/// Further values for consent that mean that the person said no.
const REFUSED: [&str; 10] = [
    "refused",
    "declined",
    "denied",
    "withdrawn",
    "revoked",
    "opt out",
    "opt-out",
    "opted out",
    "opted-out",
    "unsubscribed",
];
/// Values that programs and people write where nothing is known. Taken for evidence, they would let somebody be called who never
/// agreed.
const NOTHING: [&str; 18] = [
    "null",
    "\\n",
    "none",
    "nil",
    "nan",
    "undefined",
    "n/a",
    "#n/a",
    "na",
    "-",
    "--",
    "–",
    "—",
    "?",
    "unknown",
    "unbekannt",
    "desconocido",
    "desconhecido",
];
/// Values that only mean that it is ticked.
const YES: [&str; 22] = [
    "true",
    "wahr",
    "vrai",
    "verdadero",
    "verdadeiro",
    "vero",
    "waar",
    "prawda",
    "t",
    "yes",
    "on",
    "1",
    "1.0",
    "y",
    "x",
    "checked",
    "agreed",
    "ja",
    "si",
    "sí",
    "sim",
    "oui",
];
/// Members of an object that is a field by itself, such as `{"name": "phone", "value": "+49..."}`: those with its name, and its
/// value.
const PAIR_NAMES: [&str; 4] = ["name", "key", "label", "field"];
const PAIR_VALUES: [&str; 3] = ["value", "values", "answer"];
/// Other members that such an object may have.
const PAIR_OTHERS: [&str; 5] = ["id", "type", "title", "required", "ref"];

/// Whether a value only says `no`, `false`, `nein` or the like. An empty value does not say anything.
pub fn says_no(said: &str) -> bool {
    NO.contains(&said.trim().to_lowercase().as_str())
}

/// Whether a value says nothing: it is empty, or a word for a missing value, such as `NULL` or `n/a`.
pub fn says_nothing(said: &str) -> bool {
    let said = said.trim().to_lowercase();
    said.is_empty() || NOTHING.contains(&said.as_str())
}

/// Whether a value for consent refuses it.
pub fn refuses_consent(said: &str) -> bool {
    let said = said.trim().to_lowercase();
    NO.contains(&said.as_str()) || REFUSED.contains(&said.as_str())
}

/// Paths of the values in a body. A path is names and list positions separated by dots, such as `contact.phone` or
/// `fields.0.value`. If it is empty, the value is searched for under its usual names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct ContactMapping {
    /// Path of the list of contacts in the body. If it is empty, the body is a contact, a list of contacts, or has the list as
    /// `contacts`.
    #[cfg_attr(feature = "openapi", schema(max_length = 200, example = "data.leads"))]
    pub contacts: String,
    /// Path of the number within a contact.
    #[cfg_attr(feature = "openapi", schema(max_length = 200, example = "contact.phone"))]
    pub number: String,
    /// Country code for numbers that have none, such as `49`. Without it such numbers are refused.
    #[cfg_attr(feature = "openapi", schema(max_length = 3, example = "49"))]
    pub country_code: String,
    /// Path of the person's name. It becomes the variable `name`.
    #[cfg_attr(feature = "openapi", schema(max_length = 200, example = "contact.full_name"))]
    pub name: String,
    /// Path of the time zone (IANA).
    #[cfg_attr(feature = "openapi", schema(max_length = 200, example = "contact.time_zone"))]
    pub zone: String,
    /// Path of the value that says whether the person agreed to be called: a text that is the evidence, or yes or no. A person who
    /// says no is not called.
    #[cfg_attr(feature = "openapi", schema(max_length = 200, example = "fields.consent"))]
    pub consent: String,
    /// Evidence that is stored if the value says yes, and for everybody if there is no such value. If the value says no, its word
    /// is stored instead.
    #[cfg_attr(feature = "openapi", schema(max_length = 500, example = "form of the shop, box ticked"))]
    pub evidence: String,
    /// Paths of the assistant's variables, by variable name. If it is empty, the contact's own fields and the fields next to the
    /// number become variables: at most 32, of at most 255 bytes each.
    #[cfg_attr(feature = "openapi", schema(example = json!({ "order": "order.id" })))]
    pub variables: BTreeMap<String, String>,
}

/// A person, as described in a body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MappedContact {
    /// The number, as it is written there; none if no value was found.
    pub number: Option<String>,
    /// The time zone; empty if not given.
    pub zone: String,
    /// The evidence of consent, or the word that refuses it; empty if not given.
    pub consent: String,
    /// The assistant's variables.
    pub variables: BTreeMap<String, String>,
}

/// Why no contacts can be read from a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoContacts {
    /// The path of the list leads nowhere.
    #[error("is not as it must be: no contacts are where the mapping says")]
    Missing,
    /// It is neither an object nor a list.
    #[error("is not as it must be: neither an object nor a list of objects")]
    Other,
    /// The list is empty.
    #[error("must not be empty")]
    Empty,
    /// There are too many.
    #[error("must have at most {CONTACT_POST_CONTACTS_MAX} entries")]
    TooMany,
}

/// A field of a contact that has a plain value.
struct Field<'a> {
    /// Its name as a variable's.
    name: String,
    value: &'a Value,
    /// Number of the object that has it; 0 is the contact itself.
    of: usize,
}

impl ContactMapping {
    /// Returns the contacts of a body, unread.
    ///
    /// # Errors
    /// [`NoContacts`], as text that follows `body`.
    pub fn contacts<'a>(&self, body: &'a Value) -> Result<Vec<&'a Value>, NoContacts> {
        let found = if self.contacts.is_empty() {
            body.get("contacts").filter(|list| list.is_array()).unwrap_or(body)
        } else {
            at(body, &self.contacts).ok_or(NoContacts::Missing)?
        };
        match found {
            Value::Object(_) => Ok(vec![found]),
            Value::Array(all) if all.is_empty() => Err(NoContacts::Empty),
            Value::Array(all) if all.len() > CONTACT_POST_CONTACTS_MAX => Err(NoContacts::TooMany),
            Value::Array(all) => Ok(all.iter().collect()),
            _ => Err(NoContacts::Other),
        }
    }

    /// Reads a contact.
    pub fn read(&self, contact: &Value) -> MappedContact {
        let fields = fields(contact);
        let usual = |names: &[&str]| {
            let named =
                |name: &&str| fields.iter().position(|field| field.name == *name && is_said(field.value));
            names.iter().find_map(named)
        };
        let (number_at, zone_at, consent_at) = (
            usual(&NUMBER_NAMES).filter(|_| self.number.is_empty()),
            usual(&ZONE_NAMES).filter(|_| self.zone.is_empty()),
            // An unticked box may be present without a value.
            fields
                .iter()
                .position(|field| CONSENT_NAMES.contains(&field.name.as_str()))
                .filter(|_| self.consent.is_empty()),
        );
        let value = |path: &str, found: Option<usize>| match path {
            "" => found.and_then(|place| fields.get(place)).map(|field| field.value),
            path => at(contact, path),
        };
        let number = value(&self.number, number_at).map(text).filter(|number| !number.is_empty());
        let zone = value(&self.zone, zone_at).map(text).unwrap_or_default();
        let consent = self.evidence_of(value(&self.consent, consent_at).map(text));
        let mut variables = if self.variables.is_empty() {
            let taken = [number_at, zone_at, consent_at];
            let number_of = number_at.and_then(|place| fields.get(place)).map_or(0, |field| field.of);
            self.plain_variables(contact, &fields, (&taken[..], number_of))
        } else {
            let read = |(name, path): (&String, &String)| {
                let value = at(contact, path)
                    .map(|value| one_line(&text(value)))
                    .filter(|value| !value.is_empty())?;
                Some((name.clone(), value))
            };
            self.variables.iter().filter_map(read).collect()
        };
        let name = if self.name.is_empty() {
            usual(&NAME_NAMES).map(|place| text(fields[place].value)).or_else(|| {
                let [first, last] = ["first_name", "last_name"].map(|name| usual(&[name]));
                let parts = [first, last].into_iter().flatten().map(|place| text(fields[place].value));
                Some(parts.collect::<Vec<_>>().join(" ")).filter(|name| !name.is_empty())
            })
        } else {
            at(contact, &self.name).map(text)
        };
        let name = name.map(|name| one_line(&name)).filter(|name| fits(name));
        if let Some(name) = name {
            // A name is more important than one more unnamed field.
            if self.variables.is_empty() && variables.len() >= OUTBOUND_VARIABLES_MAX {
                variables.pop_last();
            }
            if !self.name.is_empty() {
                variables.insert("name".to_owned(), name);
            } else if variables.len() < OUTBOUND_VARIABLES_MAX {
                variables.entry("name".to_owned()).or_insert(name);
            }
        }
        MappedContact { number, zone, consent, variables }
    }

    /// Returns the evidence for this value of the consent field, or the word that refuses it; empty if it says neither.
    fn evidence_of(&self, said: Option<String>) -> String {
        let evidence = self.evidence.trim();
        let Some(said) = said else {
            // A missing value, if the mapping names its path, is not consent.
            return if self.consent.is_empty() { evidence.to_owned() } else { String::new() };
        };
        if says_nothing(&said) {
            return String::new();
        }
        if refuses_consent(&said) {
            return said;
        }
        let word = said.to_lowercase();
        match (evidence, YES.contains(&word.as_str())) {
            ("", true) => format!("consent: {said}"),
            ("", false) => said,
            (evidence, true) => evidence.to_owned(),
            (evidence, false) => format!("{evidence}: {said}"),
        }
    }

    /// Returns the variables if none are named: the fields of the contact itself, and those next to the number.
    fn plain_variables(
        &self,
        contact: &Value,
        fields: &[Field<'_>],
        (taken, number_of): (&[Option<usize>], usize),
    ) -> BTreeMap<String, String> {
        // A value that a path leads to does not become a variable as well.
        let paths = [&self.number, &self.zone, &self.consent, &self.name];
        let led_to: Vec<&Value> =
            paths.into_iter().filter(|path| !path.is_empty()).filter_map(|path| at(contact, path)).collect();
        let mut variables = BTreeMap::new();
        for (place, field) in fields.iter().enumerate() {
            let is_taken =
                taken.contains(&Some(place)) || led_to.iter().any(|value| std::ptr::eq(*value, field.value));
            let value = one_line(&text(field.value));
            let is_near = field.of == 0 || field.of == number_of;
            let is_wanted = is_near && !is_taken && !field.name.is_empty();
            if is_wanted && variables.len() < OUTBOUND_VARIABLES_MAX && fits(&value) {
                variables.entry(field.name.clone()).or_insert(value);
            }
        }
        variables
    }
}

/// Returns the fields of a contact that have plain values, outer objects first; at most [`CONTACT_POST_FIELDS_MAX`].
fn fields(contact: &Value) -> Vec<Field<'_>> {
    let mut found = Vec::new();
    let mut waiting = VecDeque::from([(contact, 0)]);
    let mut objects = 0;
    while let Some((value, of)) = waiting.pop_front() {
        let members = match value {
            Value::Object(members) => members,
            Value::Array(items) => {
                waiting.extend(items.iter().take(CONTACT_POST_FIELDS_MAX).map(|item| (item, of)));
                continue;
            }
            _ => continue,
        };
        if found.len() >= CONTACT_POST_FIELDS_MAX {
            break;
        }
        if let Some((name, value)) = pair(members) {
            found.push(Field { name: variable_name(&plain_name(name)), value, of });
            continue;
        }
        for (name, value) in members.iter().take(CONTACT_POST_FIELDS_MAX) {
            if is_plain(value) {
                found.push(Field { name: variable_name(&plain_name(name)), value, of });
            } else if name == "variables" || value.is_array() {
                // The members of `variables`, and pairs in a list, are fields of the object that contains them.
                waiting.push_back((value, of));
            } else {
                objects += 1;
                waiting.push_back((value, objects));
            }
        }
    }
    found.truncate(CONTACT_POST_FIELDS_MAX);
    found
}

/// Returns name and value of an object that is a field by itself.
fn pair(members: &Map<String, Value>) -> Option<(&str, &Value)> {
    let is_known =
        |name: &str| PAIR_NAMES.contains(&name) || PAIR_VALUES.contains(&name) || PAIR_OTHERS.contains(&name);
    if !members.keys().all(|name| is_known(name)) {
        return None;
    }
    let name = PAIR_NAMES.iter().find_map(|name| members.get(*name)?.as_str())?;
    let value = PAIR_VALUES.iter().find_map(|name| members.get(*name))?;
    is_plain(value).then_some((name, value))
}

/// Returns a field's name without the wrapping that forms add, in words: `contact[phoneNumber]` becomes `phone_number`.
fn plain_name(name: &str) -> String {
    let inner = name.strip_suffix(']').and_then(|rest| rest.rsplit('[').next());
    let name = inner.filter(|inner| !inner.is_empty()).unwrap_or(name);
    let mut plain = String::with_capacity(name.len());
    let mut is_small = false;
    for letter in name.chars() {
        if letter.is_uppercase() && is_small {
            plain.push('_');
        }
        is_small = letter.is_lowercase();
        plain.push(letter);
    }
    plain
}

/// Returns the value at a path. A name that itself contains dots is tried first.
fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    if let Some(found) = value.get(path) {
        return Some(found);
    }
    path.split('.').try_fold(value, |value, step| match value {
        Value::Object(members) => members.get(step),
        Value::Array(items) => items.get(step.parse::<usize>().ok()?),
        _ => None,
    })
}

/// Whether a value is one text, or a list of such.
fn is_plain(value: &Value) -> bool {
    match value {
        Value::Object(_) => false,
        Value::Array(items) => {
            !items.is_empty() && items.iter().all(|item| !item.is_object() && !item.is_array())
        }
        _ => true,
    }
}

fn is_said(value: &Value) -> bool {
    !text(value).is_empty()
}

/// Returns a value as trimmed text; empty for an object.
fn text(value: &Value) -> String {
    match value {
        Value::Null | Value::Object(_) => String::new(),
        Value::Bool(said) => said.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.trim().to_owned(),
        Value::Array(items) => {
            let texts = items.iter().filter(|item| !item.is_array()).map(text);
            texts.filter(|text| !text.is_empty()).collect::<Vec<_>>().join(", ")
        }
    }
}

/// Returns a text as one line, as variables require.
fn one_line(text: &str) -> String {
    let parts = text.split(char::is_control).map(str::trim).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join(" ")
}

/// Whether a variable can have this value.
fn fits(value: &str) -> bool {
    !value.is_empty() && value.len() <= OUTBOUND_VARIABLE_BYTES_MAX
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::outbound::bad_variables;

    fn guessed(contact: &Value) -> MappedContact {
        ContactMapping::default().read(contact)
    }

    fn variables(of: &[(&str, &str)]) -> BTreeMap<String, String> {
        of.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn usual_forms_are_understood_without_a_mapping() {
        let ada = |more: &[(&str, &str)]| MappedContact {
            number: Some("+493012345678".to_owned()),
            variables: variables(&[&[("name", "Ada Berg")][..], more].concat()),
            ..MappedContact::default()
        };
        for (contact, wanted) in [
            // Our own form.
            (
                json!({ "number": "+493012345678", "variables": { "name": "Ada Berg", "order": "17" } }),
                ada(&[("order", "17")]),
            ),
            // Flat, with names of other programs.
            (
                json!({ "phoneNumber": " +493012345678 ", "fullName": "Ada Berg", "Order No.": 17, "empty": "" }),
                ada(&[("full_name", "Ada Berg"), ("order_no", "17")]),
            ),
            // Split and nested.
            (
                json!({ "event": "lead.created", "contact": { "Phone": "+493012345678", "firstName": "Ada", "last_name": "Berg" },
                        "shop": { "city": "Ulm" } }),
                ada(&[("event", "lead.created"), ("first_name", "Ada"), ("last_name", "Berg")]),
            ),
            // Pairs of name and value.
            (
                json!({ "form": "f1", "fields": [
                    { "name": "phone_number", "values": ["+493012345678"] },
                    { "name": "full_name", "values": ["Ada Berg"] } ] }),
                ada(&[("form", "f1"), ("full_name", "Ada Berg")]),
            ),
            // A form of the web.
            (json!({ "lead[phone]": "+493012345678", "lead[name]": "Ada Berg" }), ada(&[])),
        ] {
            assert_eq!(guessed(&contact), wanted, "{contact}");
        }
        assert_eq!(guessed(&json!({ "name": "Ada" })).number, None);
        assert_eq!(guessed(&json!("+493012345678")), MappedContact::default());
    }

    #[test]
    fn a_mapping_finds_each_value_by_its_path() {
        let mapping = ContactMapping {
            number: "answers.1.phone".to_owned(),
            name: "who.name".to_owned(),
            zone: "who.tz".to_owned(),
            consent: "agree.to.calls".to_owned(),
            evidence: "form 7".to_owned(),
            variables: variables(&[("order", "order.id"), ("note", "note"), ("absent", "order.none")]),
            ..ContactMapping::default()
        };
        let contact = json!({
            "answers": [{ "text": "x" }, { "phone": 4930 }], "who": { "name": "Ada\nBerg", "tz": "Europe/Berlin" },
            "agree.to.calls": true, "order": { "id": 17 }, "note": "after\r\nsix", "phone": "+491",
        });
        let read = mapping.read(&contact);
        assert_eq!(
            (read.number.as_deref(), &*read.zone, &*read.consent),
            (Some("4930"), "Europe/Berlin", "form 7")
        );
        assert_eq!(
            read.variables,
            variables(&[("name", "Ada Berg"), ("note", "after six"), ("order", "17")])
        );
        // A value that a path leads to does not become a variable as well.
        let mapping = ContactMapping { number: "whatsapp".to_owned(), ..ContactMapping::default() };
        let read = mapping.read(&json!({ "whatsapp": "+4930", "phone": "+4931" }));
        assert_eq!(
            (read.number.as_deref(), read.variables),
            (Some("+4930"), variables(&[("phone", "+4931")]))
        );
    }

    #[test]
    fn consent_needs_a_yes_or_a_text() {
        let of = |path: &str, evidence: &str, contact: Value| {
            let mapping = ContactMapping {
                consent: path.to_owned(),
                evidence: evidence.to_owned(),
                ..ContactMapping::default()
            };
            mapping.read(&contact).consent
        };
        for (path, evidence, contact, kept) in [
            ("", "", json!({ "consent": "form 7" }), "form 7"),
            ("", "", json!({ "consent": true }), "consent: true"),
            ("", "shop", json!({ "consent": "on" }), "shop"),
            ("", "shop", json!({ "consent": "on 3 May" }), "shop: on 3 May"),
            ("", "shop", json!({}), "shop"),
            ("", "shop", json!({ "consent": false }), "false"),
            ("", "shop", json!({ "Einwilligung": "nein" }), "nein"),
            ("", "shop", json!({ "consent": "FALSCH" }), "FALSCH"),
            ("", "shop", json!({ "consent": "f" }), "f"),
            ("", "shop", json!({ "consent": 0.0 }), "0.0"),
            ("", "shop", json!({ "consent": "WAHR" }), "shop"),
            ("", "shop", json!({ "consent": 1.0 }), "shop"),
            ("", "shop", json!({ "consent": null }), ""),
            ("", "shop", json!({ "consent": " " }), ""),
            ("", "shop", json!({ "consent": " Nein " }), "Nein"),
            ("", "shop", json!({ "consent": "Opted out" }), "Opted out"),
            ("", "shop", json!({ "consent": "undefined" }), ""),
            ("box", "shop", json!({ "box": " N/A " }), ""),
            ("box", "shop", json!({}), ""),
            ("box", "shop", json!({ "box": "off", "consent": "yes" }), "off"),
            ("box", "", json!({ "box": "yes" }), "consent: yes"),
        ] {
            assert_eq!(of(path, evidence, contact.clone()), kept, "{path:?} {evidence:?} {contact}");
        }
    }

    #[test]
    fn a_body_is_a_contact_or_a_list_of_them() {
        let named = ContactMapping { contacts: "data.leads".to_owned(), ..ContactMapping::default() };
        let plain = ContactMapping::default();
        let many = Value::Array(vec![json!({}); CONTACT_POST_CONTACTS_MAX + 1]);
        for (mapping, body, wanted) in [
            (&plain, json!({ "phone": "1" }), Ok(1)),
            (&plain, json!([{}, {}]), Ok(2)),
            (&plain, json!({ "contacts": [{}, {}, {}] }), Ok(3)),
            (&named, json!({ "data": { "leads": [{}] } }), Ok(1)),
            (&named, json!({ "phone": "1" }), Err(NoContacts::Missing)),
            (&plain, json!([]), Err(NoContacts::Empty)),
            (&plain, json!("x"), Err(NoContacts::Other)),
            (&plain, many, Err(NoContacts::TooMany)),
        ] {
            assert_eq!(mapping.contacts(&body).map(|all| all.len()), wanted);
        }
    }

    /// Any JSON of some depth.
    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::Bool),
            any::<i64>().prop_map(|number| json!(number)),
            ".{0,300}".prop_map(Value::String),
        ];
        leaf.prop_recursive(4, 60, 12, |inner| {
            let name = prop_oneof!["[a-zA-Z_.0-9]{0,12}", Just("phone".to_owned()), Just("value".to_owned())];
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..12).prop_map(Value::Array),
                prop::collection::btree_map(name, inner, 0..12)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        /// Variables that are made without a mapping are valid, whatever a service sends, and no value comes from elsewhere.
        #[test]
        fn any_contact_becomes_valid_variables(contact in any_json(), path in "[a-z.0-9]{0,9}") {
            let read = ContactMapping { number: path, ..ContactMapping::default() }.read(&contact);
            prop_assert_eq!(bad_variables(&read.variables), vec![]);
            prop_assert!(read.number.is_none_or(|number| !number.is_empty() && number.trim() == number));
        }
    }
}
