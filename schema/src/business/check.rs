//! Validation of a business profile, beyond its types.

use std::collections::HashSet;
use std::ops::Range;

use chrono::{Datelike, NaiveDate};

use super::booking::BookingRules;
use super::hours::{DaySpan, TimeOfDay};
use super::{BusinessProfile, Question, Service, comparable};
use crate::dial::DialTarget;
use crate::limits::{
    BUFFER_MINUTES_MAX, BUSINESS_CHARS_MAX, BUSINESS_HOLIDAY_DAYS_MAX, BUSINESS_HOLIDAYS_MAX,
    BUSINESS_LANGUAGES_MAX, BUSINESS_LINE_CHARS_MAX, BUSINESS_ROWS_MAX, BUSINESS_SPANS_MAX,
    BUSINESS_TEXT_CHARS_MAX, CAPACITY_MAX, ESCALATION_TARGETS_MAX, HORIZON_DAYS_MAX, NAME_CHARS_MAX,
    NOTICE_HOURS_MAX, SERVICE_MINUTES_MAX, SMS_TEMPLATES_MAX,
};
use crate::sms::SmsTemplate;

/// The years of days that a person can mean.
const YEARS_OF_DAYS: Range<i32> = 1970..2200;

/// A fault of one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// The field's name.
    pub field: &'static str,
    /// The fault, worded to follow the field's name: `must have at most 100 rows`.
    pub reason: String,
}

/// Returns all faults of a profile.
pub fn check(profile: &BusinessProfile) -> Vec<Wrong> {
    let mut found = Found::default();
    let line = format!("must be one line of at most {BUSINESS_LINE_CHARS_MAX} characters");
    found.demand(is_line(&profile.trade), "trade", line.clone());
    found.demand(is_line(&profile.name), "name", line);
    found.services(&profile.services);
    let text = format!("must have at most {BUSINESS_TEXT_CHARS_MAX} characters");
    found.demand(is_text(&profile.area), "area", text.clone());
    found.hours(profile);
    found.bookings(&profile.bookings);
    found.words(profile);
    found.escalation(profile);
    found.sms_templates(&profile.sms_templates);
    found.demand(is_text(&profile.notes), "notes", text);
    found.demand(
        chars(profile) <= BUSINESS_CHARS_MAX,
        "body",
        format!("must have at most {BUSINESS_CHARS_MAX} characters in all its texts"),
    );
    found.0
}

/// The faults that were found so far, in the order of a profile's fields.
#[derive(Default)]
struct Found(Vec<Wrong>);

impl Found {
    fn demand(&mut self, holds: bool, field: &'static str, reason: String) {
        if !holds {
            self.0.push(Wrong { field, reason });
        }
    }

    fn services(&mut self, services: &[Service]) {
        let is_listed = |service: &Service| is_said_line(&service.name) && is_text(&service.description);
        self.demand(
            services.len() <= BUSINESS_ROWS_MAX && services.iter().all(is_listed),
            "services",
            format!(
                "must be at most {BUSINESS_ROWS_MAX}, each with a name of 1 to {BUSINESS_LINE_CHARS_MAX} characters and a \
                 description of at most {BUSINESS_TEXT_CHARS_MAX}"
            ),
        );
        let names = services.iter().map(|service| service.name.as_str());
        self.demand(are_different(names), "services", "must have each name once".to_owned());
        self.demand(
            services.iter().all(|service| service.price.is_sound()),
            "services",
            "must have prices of 0 or more, the lower one first".to_owned(),
        );
        let minutes = 1..=SERVICE_MINUTES_MAX;
        self.demand(
            services
                .iter()
                .all(|service| service.duration_minutes.is_none_or(|took| minutes.contains(&took))),
            "services",
            format!("must have durations of 1 to {SERVICE_MINUTES_MAX} minutes"),
        );
        let is_buffer = |minutes: u32| minutes <= BUFFER_MINUTES_MAX;
        self.demand(
            services.iter().all(|service| {
                is_buffer(service.buffer_before_minutes) && is_buffer(service.buffer_after_minutes)
            }),
            "services",
            format!("must keep at most {BUFFER_MINUTES_MAX} minutes free before and after an appointment"),
        );
        self.demand(
            services.iter().all(|service| (1..=CAPACITY_MAX).contains(&service.capacity)),
            "services",
            format!("must have capacities of 1 to {CAPACITY_MAX} appointments at the same time"),
        );
        let is_resource = |name: &String| is_said_line(name) && name.chars().count() <= NAME_CHARS_MAX;
        self.demand(
            services.iter().all(|service| service.resource.as_ref().is_none_or(is_resource)),
            "services",
            format!("must have a `resource` of 1 to {NAME_CHARS_MAX} characters, or none"),
        );
    }

    fn bookings(&mut self, rules: &BookingRules) {
        self.demand(
            rules.notice_hours <= NOTICE_HOURS_MAX,
            "bookings",
            format!("must require at most {NOTICE_HOURS_MAX} hours of notice"),
        );
        self.demand(
            rules.horizon_days.is_none_or(|days| (1..=HORIZON_DAYS_MAX).contains(&days)),
            "bookings",
            format!("must be limited to 1 to {HORIZON_DAYS_MAX} days ahead, or not at all"),
        );
    }

    /// Checks the hours of the week, and the days with other hours.
    fn hours(&mut self, profile: &BusinessProfile) {
        let days = profile.hours.as_ref().map(|hours| hours.days());
        for (day, spans) in days.into_iter().flatten() {
            if let Err(reason) = spans_of_day(spans) {
                self.demand(false, "hours", format!("on {day} {reason}"));
            }
        }
        let holidays = &profile.holidays;
        self.demand(
            holidays.len() <= BUSINESS_HOLIDAYS_MAX && holidays.iter().all(|holiday| is_line(&holiday.name)),
            "holidays",
            format!(
                "must be at most {BUSINESS_HOLIDAYS_MAX}, with names of at most {BUSINESS_LINE_CHARS_MAX} characters"
            ),
        );
        // A year of two digits is a mistake, and such a holiday would never come.
        let is_year = |day: NaiveDate| YEARS_OF_DAYS.contains(&day.year());
        self.demand(
            holidays.iter().all(|holiday| is_year(holiday.from) && is_year(holiday.last())),
            "holidays",
            "must be between the years 1970 and 2200".to_owned(),
        );
        let lasts = |days: i64| (0..BUSINESS_HOLIDAY_DAYS_MAX).contains(&days);
        self.demand(
            holidays.iter().all(|holiday| lasts((holiday.last() - holiday.from).num_days())),
            "holidays",
            format!("must each end on or after its first day, within {BUSINESS_HOLIDAY_DAYS_MAX} days"),
        );
        if let Some(reason) = holidays.iter().find_map(|holiday| spans_of_day(&holiday.hours).err()) {
            self.demand(false, "holidays", format!("with hours of their own: the day {reason}"));
        }
    }

    /// Checks languages, answers and promises.
    fn words(&mut self, profile: &BusinessProfile) {
        let languages = &profile.languages;
        self.demand(
            languages.len() <= BUSINESS_LANGUAGES_MAX && languages.iter().all(|tag| is_language_tag(tag)),
            "languages",
            format!("must be at most {BUSINESS_LANGUAGES_MAX} BCP 47 tags, as `en` or `pt-BR`"),
        );
        let is_answered = |row: &Question| {
            is_said_line(&row.question) && is_text(&row.answer) && !row.answer.trim().is_empty()
        };
        self.demand(
            profile.faq.len() <= BUSINESS_ROWS_MAX && profile.faq.iter().all(is_answered),
            "faq",
            format!(
                "must be at most {BUSINESS_ROWS_MAX} questions of 1 to {BUSINESS_LINE_CHARS_MAX} characters with answers \
                 of 1 to {BUSINESS_TEXT_CHARS_MAX}"
            ),
        );
        let are_lines =
            |list: &[String]| list.len() <= BUSINESS_ROWS_MAX && list.iter().all(|line| is_said_line(line));
        let lines = format!(
            "must have at most {BUSINESS_ROWS_MAX} lines of 1 to {BUSINESS_LINE_CHARS_MAX} characters each"
        );
        self.demand(are_lines(&profile.may_promise), "may_promise", lines.clone());
        self.demand(are_lines(&profile.never_promise), "never_promise", lines);
    }

    fn escalation(&mut self, profile: &BusinessProfile) {
        let Some(escalation) = &profile.escalation else { return };
        let targets = &escalation.targets;
        self.demand(
            (1..=ESCALATION_TARGETS_MAX).contains(&targets.len())
                && targets.iter().all(|target| DialTarget::could_be(target).is_ok()),
            "escalation",
            format!(
                "must have 1 to {ESCALATION_TARGETS_MAX} targets, each the name of an extension or a number as +15550100001"
            ),
        );
    }

    fn sms_templates(&mut self, templates: &[SmsTemplate]) {
        self.demand(
            templates.len() <= SMS_TEMPLATES_MAX,
            "sms_templates",
            format!("must be at most {SMS_TEMPLATES_MAX}"),
        );
        let names = templates.iter().map(|template| template.name.as_str());
        self.demand(are_different(names), "sms_templates", "must have each name once".to_owned());
        if let Some(fault) = templates.iter().find_map(SmsTemplate::fault) {
            self.demand(false, "sms_templates", fault);
        }
    }
}

/// Whether all names differ, ignoring case.
fn are_different<'n>(mut names: impl Iterator<Item = &'n str>) -> bool {
    let mut seen = HashSet::new();
    names.all(|name| seen.insert(comparable(name)))
}

/// Whether a text has the form of a BCP 47 tag: a language of 2 to 8 letters, then subtags of 1 to 8 letters and digits.
pub fn is_language_tag(text: &str) -> bool {
    let mut subtags = text.split('-');
    let language = subtags.next().unwrap_or_default();
    text.len() <= 35
        && (2..=8).contains(&language.len())
        && language.bytes().all(|byte| byte.is_ascii_alphabetic())
        && subtags
            .all(|tag| (1..=8).contains(&tag.len()) && tag.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

fn is_line(text: &str) -> bool {
    text.chars().count() <= BUSINESS_LINE_CHARS_MAX && !text.chars().any(char::is_control)
}

fn is_said_line(text: &str) -> bool {
    is_line(text) && !text.trim().is_empty()
}

fn is_text(text: &str) -> bool {
    let is_odd = |c: char| c.is_control() && !c.is_whitespace();
    text.chars().count() <= BUSINESS_TEXT_CHARS_MAX && !text.chars().any(is_odd)
}

/// Returns the fault of a day's spans, if any.
pub(crate) fn spans_of_day(spans: &[DaySpan]) -> Result<(), String> {
    if spans.len() > BUSINESS_SPANS_MAX {
        return Err(format!("must have at most {BUSINESS_SPANS_MAX} spans"));
    }
    let mut sorted = spans.to_vec();
    sorted.sort_by_key(|span| span.from);
    let is_span = |span: &DaySpan| span.from != span.to && span.from < TimeOfDay::END;
    if !sorted.iter().all(is_span) {
        return Err("must not close when it opens; around the clock is 00:00 to 24:00".to_owned());
    }
    let overlap = |pair: &[DaySpan]| matches!(pair, [a, b] if a.is_over_night() || b.from < a.to);
    match sorted.windows(2).any(overlap) {
        true => Err("must have spans that do not overlap".to_owned()),
        false => Ok(()),
    }
}

/// Returns the number of characters of all texts.
fn chars(profile: &BusinessProfile) -> usize {
    let services = profile.services.iter().flat_map(|service| [&service.name, &service.description]);
    let faq = profile.faq.iter().flat_map(|row| [&row.question, &row.answer]);
    let lists = profile.may_promise.iter().chain(&profile.never_promise);
    let holidays = profile.holidays.iter().map(|holiday| &holiday.name);
    let templates = profile.sms_templates.iter().flat_map(|template| [&template.name, &template.text]);
    let plain = [&profile.trade, &profile.name, &profile.area, &profile.notes];
    let resources = profile.services.iter().filter_map(|service| service.resource.as_ref());
    services
        .chain(resources)
        .chain(faq)
        .chain(lists)
        .chain(templates)
        .chain(holidays)
        .chain(plain)
        .map(|text| text.chars().count())
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::business::hours::Holiday;

    fn fields(profile: &BusinessProfile) -> Vec<&'static str> {
        check(profile).into_iter().map(|wrong| wrong.field).collect()
    }

    /// A service about which nothing is said.
    fn plain_service() -> Service {
        serde_json::from_value(serde_json::json!({ "name": "Service" })).unwrap()
    }

    fn read(json: serde_json::Value) -> Result<BusinessProfile, serde_json::Error> {
        serde_json::from_value(json)
    }

    #[test]
    fn every_script_is_accepted_and_all_faults_are_reported() {
        let any = BusinessProfile {
            name: "👩‍🔧 سباكة الأمانة 'DROP TABLE calls; --' <script>alert(1)</script>".to_owned(),
            trade: "שרברבות".to_owned(),
            ..Default::default()
        };
        assert_eq!(check(&any), []);

        let service =
            |name: &str| Service { name: name.to_owned(), duration_minutes: Some(0), ..plain_service() };
        let bad = BusinessProfile {
            name: "a\nb".to_owned(),
            trade: "x".repeat(201),
            services: vec![service("Repair"), service(" repair ")],
            languages: vec!["german please".to_owned()],
            faq: vec![Question { question: "Why?".to_owned(), answer: " ".to_owned() }],
            may_promise: vec![String::new()],
            never_promise: vec!["x".to_owned(); 101],
            notes: "\u{0}".to_owned(),
            ..Default::default()
        };
        assert_eq!(
            fields(&bad),
            [
                "trade",
                "name",
                "services",
                "services",
                "languages",
                "faq",
                "may_promise",
                "never_promise",
                "notes"
            ]
        );
    }

    #[test]
    fn spans_of_a_day_do_not_overlap() {
        let hours = |spans: serde_json::Value| {
            fields(&read(serde_json::json!({ "hours": { "friday": spans } })).unwrap())
        };
        let span = |from: &str, to: &str| serde_json::json!({ "from": from, "to": to });
        assert!(hours(serde_json::json!([span("13:00", "18:00"), span("08:00", "13:00")])).is_empty());
        assert!(hours(serde_json::json!([span("08:00", "12:00"), span("22:00", "02:00")])).is_empty());
        let eight: Vec<_> = (0..8).map(|hour| span(&format!("0{hour}:00"), &format!("0{hour}:30"))).collect();
        assert!(hours(serde_json::json!(eight)).is_empty());
        for wrong in [
            serde_json::json!([span("08:00", "13:00"), span("12:59", "18:00")]),
            serde_json::json!([span("20:00", "02:00"), span("22:00", "23:00")]),
            serde_json::json!([span("08:00", "08:00")]),
            serde_json::json!([span("24:00", "08:00")]),
            serde_json::json!(
                (0..9).map(|hour| span(&format!("0{hour}:00"), &format!("0{hour}:30"))).collect::<Vec<_>>()
            ),
        ] {
            assert_eq!(hours(wrong.clone()), ["hours"], "{wrong}");
        }
    }

    #[test]
    fn a_profile_must_name_an_existing_time_zone() {
        let error = read(serde_json::json!({ "time_zone": "Europe/Berlinn" })).unwrap_err().to_string();
        assert!(error.contains("the nearest is `Europe/Berlin`"), "{error}");
        assert!(read(serde_json::json!({ "colour": "red" })).is_err());
        let holiday = |from: &str, to: &str| {
            let holiday = serde_json::json!({ "name": "Holiday", "from": from, "to": to });
            fields(&read(serde_json::json!({ "holidays": [holiday] })).unwrap())
        };
        assert!(holiday("2026-12-24", "2026-12-26").is_empty());
        assert_eq!(holiday("2026-12-24", "2026-12-23"), ["holidays"]);
        assert_eq!(holiday("2026-12-24", "2028-12-23"), ["holidays"]);
    }

    #[test]
    fn a_holiday_in_a_year_of_two_digits_is_refused() {
        let of = |day: &str| {
            let holidays = serde_json::json!([{ "name": "Christmas", "from": day }]);
            check(&read(serde_json::json!({ "holidays": holidays })).unwrap())
        };
        let reason = "must be between the years 1970 and 2200".to_owned();
        for day in ["0026-12-24", "1969-12-31", "2200-01-01"] {
            assert_eq!(of(day), [Wrong { field: "holidays", reason: reason.clone() }], "{day}");
        }
        for day in ["1970-01-01", "2199-12-31"] {
            assert!(of(day).is_empty(), "{day}");
        }
    }

    #[test]
    fn escalation_targets_must_be_names_or_numbers() {
        let of = |targets: &[&str]| {
            fields(&read(serde_json::json!({ "escalation": { "targets": targets } })).unwrap())
        };
        assert!(of(&["operator", "+15550100001"]).is_empty());
        for wrong in [&[][..], &["sip:me@example.com"], &["a b"], &["1"; 11]] {
            assert_eq!(of(wrong), ["escalation"], "{wrong:?}");
        }
    }

    #[test]
    fn all_texts_together_are_bounded() {
        let long = BusinessProfile {
            faq: vec![Question { question: "q".to_owned(), answer: "a".repeat(2_000) }; 11],
            ..Default::default()
        };
        assert_eq!(fields(&long), ["body"]);
    }

    #[test]
    fn lists_are_accepted_up_to_their_limit() {
        let question = |number: usize| Question { question: format!("q{number}"), answer: "a".to_owned() };
        let service = |number: usize| Service { name: format!("s{number}"), ..plain_service() };
        let holiday = |number: u64| Holiday {
            name: String::new(),
            from: chrono::NaiveDate::default() + chrono::Days::new(number),
            to: None,
            hours: Vec::new(),
        };
        let template = |number: usize| SmsTemplate { name: format!("t{number}"), text: "Hi.".to_owned() };
        let line = "x".repeat(BUSINESS_LINE_CHARS_MAX);
        let of = |more: usize| BusinessProfile {
            name: format!("{line}{}", "x".repeat(more)),
            services: (0..BUSINESS_ROWS_MAX + more).map(service).collect(),
            holidays: (0..(BUSINESS_HOLIDAYS_MAX + more) as u64).map(holiday).collect(),
            languages: vec!["de".to_owned(); BUSINESS_LANGUAGES_MAX + more],
            faq: (0..BUSINESS_ROWS_MAX + more).map(question).collect(),
            may_promise: vec!["p".to_owned(); BUSINESS_ROWS_MAX + more],
            sms_templates: (0..SMS_TEMPLATES_MAX + more).map(template).collect(),
            ..Default::default()
        };
        assert_eq!(check(&of(0)), []);
        let refused = ["name", "services", "holidays", "languages", "faq", "may_promise", "sms_templates"];
        assert_eq!(fields(&of(1)), refused);
    }

    #[test]
    fn a_row_with_invalid_text_is_refused() {
        let service = |name: &str, description: &str| BusinessProfile {
            services: vec![Service {
                name: name.to_owned(),
                description: description.to_owned(),
                ..plain_service()
            }],
            ..Default::default()
        };
        assert_eq!(fields(&service("Repair", "a\nb")), [""; 0]);
        assert_eq!(fields(&service("Repair", "\u{0}")), ["services"]);
        assert_eq!(fields(&service(" ", "")), ["services"]);
        let faq = |question: &str, answer: &str| BusinessProfile {
            faq: vec![Question { question: question.to_owned(), answer: answer.to_owned() }],
            ..Default::default()
        };
        assert_eq!(fields(&faq("", "a")), ["faq"]);
        assert_eq!(fields(&faq("q", &"a".repeat(BUSINESS_TEXT_CHARS_MAX + 1))), ["faq"]);
        let holiday = Holiday {
            name: "a\nb".to_owned(),
            from: chrono::NaiveDate::default(),
            to: None,
            hours: Vec::new(),
        };
        assert_eq!(fields(&BusinessProfile { holidays: vec![holiday], ..Default::default() }), ["holidays"]);
        let texts = |chars: usize| BusinessProfile {
            faq: (0..10)
                .map(|number| {
                    let answer = "a".repeat(if number == 0 { chars } else { 1_999 });
                    Question { question: number.to_string(), answer }
                })
                .collect(),
            ..Default::default()
        };
        // Ten questions of one character, and nine answers of 1,999.
        let left = BUSINESS_CHARS_MAX - 10 - 9 * 1_999;
        assert_eq!(fields(&texts(left)), [""; 0]);
        assert_eq!(fields(&BusinessProfile { trade: "x".to_owned(), ..texts(left) }), ["body"]);
    }

    #[test]
    fn booking_rules_are_bounded() {
        let service = |field: &str, value: serde_json::Value| {
            let mut service = serde_json::json!({ "name": "Repair" });
            service[field] = value;
            fields(&read(serde_json::json!({ "services": [service] })).unwrap())
        };
        for (field, most) in
            [("buffer_before_minutes", 720), ("buffer_after_minutes", 720), ("capacity", 100)]
        {
            assert_eq!(service(field, most.into()), [""; 0], "{field}");
            assert_eq!(service(field, (most + 1).into()), ["services"], "{field}");
        }
        assert_eq!(service("capacity", 0.into()), ["services"]);
        assert_eq!(service("resource", "Anna".into()), [""; 0]);
        assert_eq!(service("resource", " ".into()), ["services"]);
        let rules =
            |rules: serde_json::Value| fields(&read(serde_json::json!({ "bookings": rules })).unwrap());
        assert_eq!(rules(serde_json::json!({ "notice_hours": 0, "horizon_days": 730 })), [""; 0]);
        assert_eq!(rules(serde_json::json!({ "notice_hours": 721 })), ["bookings"]);
        assert_eq!(rules(serde_json::json!({ "horizon_days": 0 })), ["bookings"]);
    }

    /// The server of the previous version reads what this one writes.
    #[test]
    fn unset_booking_rules_are_not_written() {
        let profile = read(serde_json::json!({ "services": [{ "name": "Repair" }] })).unwrap();
        let written = serde_json::to_value(&profile).unwrap();
        assert_eq!(written.get("bookings"), None);
        let mut members: Vec<_> = written["services"][0].as_object().unwrap().keys().cloned().collect();
        members.sort();
        assert_eq!(members, ["description", "duration_minutes", "name", "price"]);
        assert_eq!(read(written).unwrap(), profile);
    }

    #[test]
    fn language_tags_are_checked_by_their_form() {
        let longest = "en-abcdefgh-abcdefgh-abcdefgh-abcde";
        assert!(longest.len() == 35 && is_language_tag(longest) && !is_language_tag(&format!("{longest}f")));
        for tag in ["en", "pt-BR", "zh-Hant-TW", "de-1996", "sl-rozaj-biske"] {
            assert!(is_language_tag(tag), "{tag}");
        }
        for tag in ["", "e", "english language", "en_US", "en-", "-en", "en-toolongsubtag", "1e"] {
            assert!(!is_language_tag(tag), "{tag:?}");
        }
    }
}
