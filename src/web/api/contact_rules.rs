//! Rules for a contact of a campaign's list, whichever way it is added.

use std::collections::BTreeMap;

use chrono_tz::Tz;
use cordboard_campaigns::callee::Callee;
use cordboard_campaigns::campaign::{Contact, ContactState};
use cordboard_campaigns::zone_names::are_one;
use cordboard_schema::contact_mapping::{ContactMapping, MappedContact};
use cordboard_schema::ids::{CampaignId, ContactId, OrganizationId};
use cordboard_schema::limits::{CONTACT_PATH_CHARS_MAX, EVIDENCE_CHARS_MAX};
use cordboard_schema::outbound::bad_variables;
use cordboard_schema::phone::{BadE164, E164, ZERO_OF_NUMBERS};
use cordboard_schema::plain::Lines;
use cordboard_schema::time::UnixMs;

use super::given::Faults;
use crate::web::problem::{ApiError, Fault};

/// Message about an unknown time zone.
pub(super) const NO_ZONE: &str = "is no time zone of the IANA database";
/// Why a zone that may come from a visitor is ignored.
const OTHER_ZONE: &str = "is no time zone in which the number may be";

/// The most digits that a number has within a country, without the prefix, by the country's code. North America is not listed, because its prefix is
/// its code; nor are countries where extensions make numbers longer.
const NATIONAL_DIGITS_MAX: [(&str, usize); 18] = [
    ("7", 10),
    ("27", 9),
    ("32", 9),
    ("33", 9),
    ("34", 9),
    ("39", 11),
    ("41", 9),
    ("44", 10),
    ("48", 9),
    ("49", 11),
    ("52", 10),
    ("55", 11),
    ("61", 9),
    ("64", 10),
    ("90", 10),
    ("91", 10),
    ("351", 9),
    ("353", 9),
];

/// The digits that people dial in place of the plus, by the code of the country that they dial in, where it is not `00` or Australia's `0011`,
/// which every number may have: North America, Russia and Kazakhstan, Japan, Kenya, Tanzania, Uganda, Belarus, Tajikistan and Turkmenistan. No number
/// of so many digits begins so within these countries. Countries are left out in which such digits can also be `00` and a country's code, such as
/// `001`.
const DIALLED_FOR_PLUS: [(&str, &str); 9] = [
    ("1", "011"),
    ("7", "810"),
    ("81", "010"),
    ("254", "000"),
    ("255", "000"),
    ("256", "000"),
    ("375", "810"),
    ("992", "810"),
    ("993", "810"),
];

/// Prefixes of calls within a country that lists still have beside its present one: the country's code, the prefix, and the digits of its numbers.
/// Lithuania's 8, and those of Mexico, where no prefix is dialled any more: for far calls, and for calls to mobile phones.
const FORMER_PREFIXES: [(&str, &str, usize); 4] =
    [("370", "8", 8), ("52", "01", 10), ("52", "044", 10), ("52", "045", 10)];

/// Characters that people write between the digits of a prefix, and after it.
const SEPARATORS: [char; 7] = [' ', '(', ')', '-', '.', '/', '\u{a0}'];

/// Zeros of the digits that people write numbers with: Arabic, Persian, Indian and Thai scripts, and full width.
const ZEROS: [char; 7] = ['\u{660}', '\u{6f0}', '\u{966}', '\u{9e6}', '\u{a66}', '\u{e50}', '\u{ff10}'];

/// A contact as given, unchecked.
#[derive(Clone, Debug, Default)]
pub(super) struct Given<'a> {
    pub(super) number: &'a str,
    pub(super) zone: &'a str,
    pub(super) consent: &'a str,
    pub(super) variables: BTreeMap<String, String>,
}

/// Parses a number as people and spreadsheets write it. A number without a country code gets `country_code`, digits such as `49`, if given. One that
/// begins with the digits for calls abroad from that country is one with a country code. Such a number loses the trunk prefix (a zero), so that a
/// number has the same text on all lists.
pub(super) fn number(text: &str, country_code: Option<&str>) -> Result<E164, BadE164> {
    // A text longer than any number is not examined.
    if text.chars().count() > 100 {
        return Err(BadE164);
    }
    let plain: String = text.chars().filter(|c| !is_mark(*c)).map(ascii).collect();
    let plain = without_decimals(plain.trim());
    if let Some(rest) = country_code.and_then(|code| after_prefix_abroad(code, plain)) {
        return format!("+{rest}").parse().map(E164::without_national_zero);
    }
    let (Some(code), false) = (country_code, plain.starts_with('+') || plain.starts_with("00")) else {
        return plain.parse().map(E164::without_national_zero);
    };
    if has_code(code, plain) {
        return format!("+{plain}").parse().map(E164::without_national_zero);
    }
    let rest = without_prefix(code, plain.trim_start_matches('('));
    format!("+{code}{rest}").parse().map(E164::without_national_zero)
}

/// A number less the `.0` of a program that took it for a decimal one: as a digit, the zero would call somebody else. `030.1234.0` stays, because
/// such a program keeps no separators, and no zero in front.
fn without_decimals(text: &str) -> &str {
    let is_decimal =
        |whole: &&str| !whole.starts_with('0') && whole.bytes().all(|byte| byte.is_ascii_digit());
    text.strip_suffix(".0").filter(is_decimal).unwrap_or(text)
}

/// Whether a number without its plus begins with its country code, as spreadsheets leave it that read the plus as a sign: it has more digits than a
/// number has within the country. With the code once more, somebody else would be called.
fn has_code(code: &str, text: &str) -> bool {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let most = NATIONAL_DIGITS_MAX.iter().find(|(of, _)| *of == code).map(|(_, most)| *most);
    digits.starts_with(code) && most.is_some_and(|most| digits.len() > most)
}

/// A number without its country code, less the trunk prefix: usually a zero.
fn without_prefix<'a>(code: &str, text: &'a str) -> &'a str {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let mut former = FORMER_PREFIXES.iter().filter(|(of, ..)| *of == code);
    let after = |(_, prefix, most): &(_, &str, usize)| {
        after_digits(prefix, text).filter(|_| digits == prefix.len() + most)
    };
    if let Some(rest) = former.find_map(after) {
        return rest;
    }
    let prefix = match code {
        code if ZERO_OF_NUMBERS.contains(&code) => "",
        // In North America the prefix is a 1, with which no number begins there.
        "1" => "1",
        // In Russia, Kazakhstan, Belarus and Turkmenistan it is an 8. Numbers begin with 8, too: it is a prefix if there is a digit more than a
        // number has.
        "7" if digits == 11 => "8",
        "375" if digits == 11 => "80",
        "993" if digits == 9 => "8",
        "36" if text.starts_with("06") => "06",
        _ => "0",
    };
    after_digits(prefix, text).unwrap_or(text)
}

/// The rest of a number after the digits with which calls from this country to others begin, if these are not `00`. None if it has none of them.
fn after_prefix_abroad<'a>(code: &str, text: &'a str) -> Option<&'a str> {
    let (_, prefix) = DIALLED_FOR_PLUS.iter().find(|(of, _)| *of == code)?;
    // With an 8, a number within the country begins, of at most 11 digits.
    let is_within = prefix.starts_with('8') && text.chars().filter(char::is_ascii_digit).count() <= 11;
    after_digits(prefix, text).filter(|_| !is_within).map(|rest| rest.trim_start_matches(SEPARATORS))
}

/// The rest of a number after these digits, with separators between them. None if it begins with others.
fn after_digits<'a>(digits: &str, text: &'a str) -> Option<&'a str> {
    digits.chars().try_fold(text, |rest, digit| rest.trim_start_matches(SEPARATORS).strip_prefix(digit))
}

/// Converts a digit of any script to ASCII, and a full-width plus.
fn ascii(c: char) -> char {
    let of = |zero: &char| {
        let distance = u32::from(c).checked_sub(u32::from(*zero)).filter(|distance| *distance < 10)?;
        char::from_digit(distance, 10)
    };
    if c == '＋' { '+' } else { ZEROS.iter().find_map(of).unwrap_or(c) }
}

/// Marks of direction, and of no width, which are invisible in cells.
const fn is_mark(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// Returns the contact, or all its faults.
pub(super) fn contact(
    (organization_id, campaign_id, id): (OrganizationId, CampaignId, ContactId),
    given: Given<'_>,
    country_code: Option<&str>,
    now: UnixMs,
) -> Result<Contact, Vec<Fault>> {
    let mut faults = Faults::default();
    let number = number(given.number, country_code).map_err(|fault| {
        faults.demand(false, "number", fault.to_string());
    });
    let zone = Some(given.zone.trim()).filter(|zone| !zone.is_empty());
    let zone: Result<Option<Tz>, _> = zone.map(str::parse).transpose();
    faults.demand(zone.is_ok(), "zone", NO_ZONE);
    faults.text("consent", Some(given.consent), EVIDENCE_CHARS_MAX, Lines::Many);
    for fault in bad_variables(&given.variables) {
        faults.demand(false, "variables", fault.to_string());
    }
    match (number, zone, faults.into_list()) {
        (Ok(number), Ok(zone), list) if list.is_empty() => Ok(Contact {
            id,
            organization_id,
            campaign_id,
            number,
            variables: given.variables,
            zone,
            // A word that only says no is kept: it outweighs the campaign's evidence.
            consent: given.consent.trim().to_owned(),
            state: ContactState::Waiting,
            end: None,
            next_at: now,
            tries: 0,
            last_outcome: None,
            created_at: now,
        }),
        (_, _, list) => Err(list),
    }
}

/// Returns a contact that a service sent, with the fault of a value that was ignored, or all its faults.
///
/// The zone decides when a contact is called. If the owner has named no path for it, it may come from a visitor of a form, who can type any number
/// and any field. Then it counts only if the number may be in that zone, or somebody would be called at night. Another zone, or a text that is no
/// zone, is ignored, because the number's zones do as well, and the link's owner is told. At a path of the owner's, every zone counts, and a text
/// that is none is refused.
pub(super) fn mapped(
    ids: (OrganizationId, CampaignId, ContactId),
    read: MappedContact,
    mapping: &ContactMapping,
    now: UnixMs,
) -> Result<(Contact, Option<Fault>), Vec<Fault>> {
    let MappedContact { number, mut zone, consent, variables } = read;
    let Some(number) = number else {
        return Err(vec![Fault::of("number", "must be there, or the mapping must say where it is")]);
    };
    let is_left_out = mapping.zone.is_empty() && !zone.is_empty() && zone.parse::<Tz>().is_err();
    if is_left_out {
        zone.clear();
    }
    let given = Given { number: &number, zone: &zone, consent: &consent, variables };
    let country_code = Some(mapping.country_code.as_str()).filter(|code| !code.is_empty());
    let mut contact = contact(ids, given, country_code, now)?;
    let mut left_out = is_left_out.then(|| Fault::of("zone", NO_ZONE));
    if mapping.zone.is_empty()
        && let Some(zone) = contact.zone
    {
        let of_number = Callee::of(&contact.number).zones;
        if !of_number.iter().any(|own| are_one(*own, zone)) {
            contact.zone = None;
            left_out = Some(Fault::of("zone", OTHER_ZONE));
        }
    }
    Ok((contact, left_out))
}

/// All faults of a mapping.
pub(super) fn mapping_faults(mapping: &ContactMapping) -> Vec<Fault> {
    let mut faults = Faults::default();
    for (field, path) in [
        ("contacts", &mapping.contacts),
        ("number", &mapping.number),
        ("name", &mapping.name),
        ("zone", &mapping.zone),
        ("consent", &mapping.consent),
    ] {
        faults.text(field, Some(path), CONTACT_PATH_CHARS_MAX, Lines::One);
    }
    faults.text("evidence", Some(&mapping.evidence), EVIDENCE_CHARS_MAX, Lines::Many);
    let code = &mapping.country_code;
    faults.demand(code.is_empty() || is_country_code(code), "country_code", "must have 1 to 3 digits");
    let mut variables = mapping.variables.clone();
    if !mapping.name.is_empty() && !variables.is_empty() {
        // The name is a variable, too. With more variables than a call may have, every contact would be refused.
        variables.entry("name".to_owned()).or_default();
    }
    for fault in bad_variables(&variables) {
        faults.demand(false, "variables", fault.to_string());
    }
    faults.into_list().into_iter().map(|fault| fault.below("mapping")).collect()
}

/// Fails if an import's parameter `country_code` is there and is none.
pub(super) fn demand_country_code(code: Option<&str>) -> Result<(), ApiError> {
    if code.is_none_or(is_country_code) {
        return Ok(());
    }
    Err(ApiError::BadInput("`country_code` must have 1 to 3 digits, such as 49".to_owned()))
}

/// Whether these are the digits that a country's numbers begin with.
fn is_country_code(code: &str) -> bool {
    (1..=3).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_digit()) && !code.starts_with('0')
}

#[cfg(test)]
mod tests {
    use cordboard_campaigns::judge::Consent;
    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_number_has_one_form_however_it_is_written() {
        for (text, code) in [
            ("+44 7911 123456", None),
            ("+44 07911 123456", None),
            ("0044 07911 123456", Some("49")),
            ("07911 123456", Some("44")),
            ("(0)7911 123456", Some("44")),
        ] {
            assert_eq!(number(text, code).map(String::from), Ok("+447911123456".to_owned()), "{text}");
        }
        assert_eq!(number("+39 06 12345678", None).map(String::from), Ok("+390612345678".to_owned()));
    }

    #[test]
    fn a_number_saved_as_a_decimal_gets_no_further_zero() {
        for (text, expected) in [
            ("3012345678.0", "+493012345678"),
            ("493012345678.0", "+493012345678"),
            ("030.12345.0", "+4930123450"),
            ("03012345.0", "+4930123450"),
            ("+49.30.12345.0", "+4930123450"),
        ] {
            assert_eq!(number(text, Some("49")).map(String::from), Ok(expected.to_owned()), "{text}");
        }
        let mapping = ContactMapping { country_code: "49".to_owned(), ..ContactMapping::default() };
        let read = mapping.read(&json!({ "phone": 3_012_345_678.0 }));
        let ids = (OrganizationId(Uuid::nil()), CampaignId(Uuid::nil()), ContactId(Uuid::nil()));
        let (contact, _) = mapped(ids, read, &mapping, UnixMs(0)).unwrap();
        assert_eq!(contact.number.as_str(), "+493012345678");
    }

    #[test]
    fn a_word_that_refuses_is_kept_and_is_no_evidence() {
        let ids = (OrganizationId(Uuid::nil()), CampaignId(Uuid::nil()), ContactId(Uuid::nil()));
        for (consent, kept, says) in [
            ("no", "no", Consent::Refused),
            (" FALSE ", "FALSE", Consent::Refused),
            ("Nein", "Nein", Consent::Refused),
            ("0", "0", Consent::Refused),
            ("0.0", "0.0", Consent::Refused),
            ("FALSCH", "FALSCH", Consent::Refused),
            ("f", "f", Consent::Refused),
            (" ", "", Consent::Unknown),
            (" yes ", "yes", Consent::Given),
            ("form 7", "form 7", Consent::Given),
            ("no objection, call 9", "no objection, call 9", Consent::Given),
        ] {
            let given = Given { number: "+493012345678", consent, ..Given::default() };
            let read = contact(ids, given, None, UnixMs(0)).unwrap();
            assert_eq!((&*read.consent, Consent::of(&read.consent)), (kept, says), "{consent:?}");
        }
    }

    #[test]
    fn an_unmapped_zone_counts_only_if_the_number_fits() {
        let ids = (OrganizationId(Uuid::nil()), CampaignId(Uuid::nil()), ContactId(Uuid::nil()));
        for (number, said, path, kept) in [
            ("+493012345678", "Pacific/Auckland", "", None),
            // Its old name, which browsers use.
            ("+541112345678", "America/Buenos_Aires", "", Some("America/Buenos_Aires")),
            ("+493012345678", "Europe/Berlin", "", Some("Europe/Berlin")),
            ("+12125550123", "Pacific/Honolulu", "", None),
            ("+79161234567", "Asia/Vladivostok", "", Some("Asia/Vladivostok")),
            ("+8581234567", "Europe/Berlin", "", None),
            ("+493012345678", "Pacific/Auckland", "timezone", Some("Pacific/Auckland")),
        ] {
            let mapping = ContactMapping { zone: path.to_owned(), ..ContactMapping::default() };
            let read = mapping.read(&json!({ "phone": number, "timezone": said }));
            let (contact, left_out) = mapped(ids, read, &mapping, UnixMs(0)).unwrap();
            assert_eq!(contact.zone.map(|zone| zone.name()), kept, "{number} {said} {path:?}");
            let is_left_out = left_out.is_some();
            assert_eq!(is_left_out, kept.is_none(), "{number} {said} {path:?}: whether it is reported");
            assert!(left_out.is_none_or(|fault| fault == Fault::of("zone", OTHER_ZONE)), "it is a zone");
        }
    }

    #[test]
    fn an_unmapped_invalid_zone_excludes_nobody() {
        let ids = (OrganizationId(Uuid::nil()), CampaignId(Uuid::nil()), ContactId(Uuid::nil()));
        let no_zone = Fault::of("zone", NO_ZONE);
        let mapped = |path: &str, number: &str| {
            let mapping = ContactMapping { zone: path.to_owned(), ..ContactMapping::default() };
            let read = mapping.read(&json!({ "phone": number, "timezone": "GMT+1 (Berlin)" }));
            mapped(ids, read, &mapping, UnixMs(0))
        };
        let (contact, left_out) = mapped("", "+493012345678").unwrap();
        assert_eq!((contact.zone, left_out), (None, Some(no_zone.clone())));
        assert_eq!(mapped("timezone", "+493012345678").unwrap_err(), [no_zone]);
        let faults = mapped("", "030").unwrap_err();
        assert_eq!(faults.iter().map(|fault| &*fault.field).collect::<Vec<_>>(), ["number"]);
    }

    #[test]
    fn a_number_is_read_as_people_write_it() {
        for (text, code, wanted) in [
            ("+49 30 1234-5678", None, Some("+493012345678")),
            ("0049 (30) 12345678", None, Some("+493012345678")),
            ("\u{200e}+٤٩ ٣٠ ١٢٣٤٥٦٧٨\u{200e}", None, Some("+493012345678")),
            ("+۴۹۳۰۱۲۳۴۵۶۷۸", None, Some("+493012345678")),
            ("＋４９３０１２３４５６７８", None, Some("+493012345678")),
            ("030 12345678", Some("49"), Some("+493012345678")),
            ("(030) 12345678", Some("49"), Some("+493012345678")),
            ("212 555 0123", Some("1"), Some("+12125550123")),
            ("1-212-555-0123", Some("1"), Some("+12125550123")),
            ("1 (212) 555 0123", Some("1"), Some("+12125550123")),
            ("06 1234 5678", Some("39"), Some("+390612345678")),
            ("07 01 02 03 04", Some("225"), Some("+2250701020304")),
            ("01 97 12 34 56", Some("229"), Some("+2290197123456")),
            ("8 (912) 345-67-89", Some("7"), Some("+79123456789")),
            ("(812) 345-67-89", Some("7"), Some("+78123456789")),
            ("8 (0 29) 123-45-67", Some("375"), Some("+375291234567")),
            ("029 123-45-67", Some("375"), Some("+375291234567")),
            ("06-30-123-4567", Some("36"), Some("+36301234567")),
            ("011 49 (0)30 12345678", Some("1"), Some("+493012345678")),
            ("(011) 44-7911-123456", Some("1"), Some("+447911123456")),
            ("011 1 212 555 0123", Some("1"), Some("+12125550123")),
            ("(011) 39 (0)6 1234 5678", Some("1"), Some("+390612345678")),
            ("011 555 1234", Some("27"), Some("+27115551234")),
            ("0011 49 30 12345678", Some("61"), Some("+493012345678")),
            ("0011 49 30 12345678", None, Some("+493012345678")),
            ("010-49-30-12345678", Some("81"), Some("+493012345678")),
            ("03-1234-5678", Some("81"), Some("+81312345678")),
            ("8 (10) 49 30 12345678", Some("7"), Some("+493012345678")),
            ("8-10-49-30-12345678", Some("375"), Some("+493012345678")),
            ("000 49 30 12345678", Some("254"), Some("+493012345678")),
            ("0712 345678", Some("254"), Some("+254712345678")),
            ("00 1 212 555 0123", Some("49"), Some("+12125550123")),
            ("8-029-123-45-67", Some("375"), Some("+375291234567")),
            ("8 12 345678", Some("993"), Some("+99312345678")),
            ("8 (612) 34567", Some("370"), Some("+37061234567")),
            ("0-612-34567", Some("370"), Some("+37061234567")),
            ("800 12345", Some("370"), Some("+37080012345")),
            ("01 55 1234 5678", Some("52"), Some("+525512345678")),
            ("(044) 55-1234-5678", Some("52"), Some("+525512345678")),
            ("045 55 1234 5678", Some("52"), Some("+525512345678")),
            ("55 1234 5678", Some("52"), Some("+525512345678")),
            ("493012345678", Some("49"), Some("+493012345678")),
            ("49 (0)30 12345678", Some("49"), Some("+493012345678")),
            ("4407911 123456", Some("44"), Some("+447911123456")),
            ("79123456789", Some("7"), Some("+79123456789")),
            ("393931234567", Some("39"), Some("+393931234567")),
            ("3931234567", Some("39"), Some("+393931234567")),
            ("493112345", Some("49"), Some("+49493112345")),
            ("n/a 030 12345678", Some("49"), None),
            ("+12125550123", Some("49"), Some("+12125550123")),
            ("030 12345678", None, None),
            ("493012345678", None, None),
            ("4.93012E+11", None, None),
            ("4.93012E+11", Some("49"), None),
            ("1234567890123456789012345678901234567890", Some("1"), None),
            ("+1234567890123456789012345678901234567890", None, None),
            ("", Some("49"), None),
            ("+49\u{0}3012345678", None, None),
        ] {
            let read = number(text, code).ok();
            assert_eq!(read.as_ref().map(E164::as_str), wanted, "{text:?} {code:?}");
        }
    }
}
