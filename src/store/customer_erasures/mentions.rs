//! Whether a text names a person: by a number, by their e-mail address, or by the id of a record about them.

use std::collections::BTreeSet;

use cordboard_schema::phone::{after_plus, searched_number};
use serde_json::{Map, Value};

/// Letters of an id, a UUID with hyphens.
const ID_LETTERS: usize = 36;

/// Tells whether a text contains one of these numbers: not as a part of a longer number.
pub(super) fn names_number(text: &str, numbers: &[String]) -> bool {
    let ends = |after: usize| !text[after..].starts_with(|letter: char| letter.is_ascii_digit());
    numbers.iter().any(|number| text.match_indices(number.as_str()).any(|(at, _)| ends(at + number.len())))
}

/// Tells whether the filters of a list, as JSON, are one of these numbers, with anything between its digits that a search accepts.
pub(super) fn searches_number(filters: &str, numbers: &[String]) -> bool {
    let Ok(filters) = serde_json::from_str::<Map<String, Value>>(filters) else { return false };
    let mut typed = filters.values().filter_map(Value::as_str).filter_map(searched_number);
    typed.any(|typed| {
        let digits = after_plus(&typed).unwrap_or(&typed);
        numbers.iter().any(|number| number.strip_prefix('+') == Some(digits))
    })
}

/// Tells whether a text contains this e-mail address in lower or upper case: not as a part of a longer address. `email` is in lower case; if it is
/// empty, no text contains it.
pub(super) fn names_email(text: &str, email: &str) -> bool {
    if email.is_empty() {
        return false;
    }
    let text = text.to_lowercase();
    let is_of_name = |letter: char| letter.is_alphanumeric() || matches!(letter, '.' | '_' | '%' | '+' | '-');
    let is_of_host = |letter: char| letter.is_alphanumeric() || letter == '-';
    text.match_indices(email).any(|(at, _)| {
        let mut after = text[at + email.len()..].chars();
        let goes_on = match after.next() {
            // The end of a sentence, or a longer host.
            Some('.') => after.next().is_some_and(is_of_host),
            next => next.is_some_and(is_of_host),
        };
        !text[..at].ends_with(is_of_name) && !goes_on
    })
}

/// Tells whether a text contains one of these ids.
pub(super) fn names_id(text: &str, ids: &BTreeSet<String>) -> bool {
    let words = text.split(|letter: char| !letter.is_ascii_hexdigit() && letter != '-');
    words.filter(|word| word.len() == ID_LETTERS).any(|word| ids.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_found_unless_it_goes_on() {
        let numbers = ["+493012345".to_owned(), "+4903012345".to_owned()];
        for text in [
            "+493012345",
            r#"{"from":"+493012345","to":"1"}"#,
            "from +4903012345.",
            "+49301234567 +493012345",
        ] {
            assert!(names_number(text, &numbers), "{text}");
        }
        for text in ["", "+4930123456", "493012345", "+49301234"] {
            assert!(!names_number(text, &numbers), "{text}");
        }
    }

    #[test]
    fn a_number_is_found_in_filters_as_people_type_it() {
        let numbers = ["+493012345".to_owned()];
        for typed in ["+493012345", "+49 (30) 123-45", "+49 (0)30 / 12345", "49.30.12345", "0049 30 12345"] {
            assert!(searches_number(&format!(r#"{{"limit":5,"q":"{typed}"}}"#), &numbers), "{typed}");
        }
        for filters in [r#"{"q":"+49 30 123456"}"#, r#"{"q":"ada"}"#, r#"{"limit":493012345}"#, "{}", "", "1"]
        {
            assert!(!searches_number(filters, &numbers), "{filters}");
        }
    }

    #[test]
    fn an_address_is_found_unless_it_is_part_of_another() {
        for text in [
            "ada@example.com",
            r#""email":"Ada@Example.com""#,
            "To ada@example.com.",
            "<ada@example.com>, bob",
        ] {
            assert!(names_email(text, "ada@example.com"), "{text}");
        }
        for text in
            ["", "wada@example.com", "x.ada@example.com", "ada@example.com.au", "ada@example.community"]
        {
            assert!(!names_email(text, "ada@example.com"), "{text}");
        }
        assert!(!names_email("anything", ""), "a customer without an address");
    }

    #[test]
    fn an_id_is_found_in_json_and_in_links() {
        let id = "0193a000-0000-7000-8000-000000000002";
        let ids = BTreeSet::from([id.to_owned()]);
        for text in
            [format!(r#"{{"call_id":"{id}"}}"#), format!("https://calls.example/calls/{id}?x"), id.to_owned()]
        {
            assert!(names_id(&text, &ids), "{text}");
        }
        assert!(!names_id(&id.replace('2', "3"), &ids));
    }
}
