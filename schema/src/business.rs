//! The business behind the numbers: the facts that an assistant may know about it, and its hours.

pub mod booking;
pub mod calendar;
pub(crate) mod check;
pub mod escalation;
pub mod hours;
pub mod money;
pub mod zone;

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use booking::BookingRules;
pub use check::{Wrong, check, is_language_tag};
use escalation::{Escalation, EscalationRules};
use hours::{Holiday, OpenSpan, WeekHours};
use money::Price;

use crate::appointment::MAIN_RESOURCE;
use crate::composed::composed;
use crate::sms::SmsTemplate;

/// An organization's business, as its assistants know it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct BusinessProfile {
    /// Trade of the business, such as `plumber`.
    #[cfg_attr(feature = "openapi", schema(max_length = 200))]
    pub trade: String,
    /// Its name, as it is spoken.
    #[cfg_attr(feature = "openapi", schema(max_length = 200))]
    pub name: String,
    /// Services on offer.
    pub services: Vec<Service>,
    /// Area that it serves, such as `Berlin and up to 30 km around`.
    #[cfg_attr(feature = "openapi", schema(max_length = 2000))]
    pub area: String,
    /// Opening hours. If null, callers are told no hours, calls are answered at all times, and nothing can be booked.
    pub hours: Option<WeekHours>,
    /// Days with other hours.
    pub holidays: Vec<Holiday>,
    /// How early and how far ahead appointments are offered. Left out if nothing was set.
    #[serde(skip_serializing_if = "BookingRules::is_usual")]
    pub bookings: BookingRules,
    /// Time zone of hours and bookings, by its IANA name.
    #[serde(with = "zone")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, example = "Europe/Berlin"))]
    pub time_zone: Tz,
    /// BCP 47 tags of the languages that its staff speak.
    pub languages: Vec<String>,
    /// Questions of callers, with their answers.
    pub faq: Vec<Question>,
    /// Promises that the assistant may make.
    pub may_promise: Vec<String>,
    /// Promises that the assistant must never make.
    pub never_promise: Vec<String>,
    /// People to reach when a caller needs a person, and when. If null, the assistant can't call anybody by itself.
    pub escalation: Option<Escalation>,
    /// Texts that assistants send.
    pub sms_templates: Vec<SmsTemplate>,
    /// Further facts for the assistant.
    #[cfg_attr(feature = "openapi", schema(max_length = 2000))]
    pub notes: String,
}

/// A service of the business.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// Its name, unique among the services.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 200))]
    pub name: String,
    /// Description.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_length = 2000))]
    pub description: String,
    /// Price.
    #[serde(default)]
    pub price: Price,
    /// Duration, in minutes. A service without a duration can't be booked.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 10080))]
    pub duration_minutes: Option<u32>,
    /// Minutes that are kept free before each appointment, for instance for travel. They don't count as part of the appointment.
    #[serde(default, skip_serializing_if = "is_zero")]
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 720))]
    pub buffer_before_minutes: u32,
    /// Minutes that are kept free after each appointment, for instance for cleaning. They don't count as part of the appointment.
    #[serde(default, skip_serializing_if = "is_zero")]
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 720))]
    pub buffer_after_minutes: u32,
    /// How many appointments there may be at the same time if this service is one of them; 1 if left out. It counts all appointments
    /// of its `resource`.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 100))]
    pub capacity: u32,
    /// Whether appointments of this service can be at the same time only if they begin together, as in a class. Such a class shares
    /// its time with no other service of its `resource`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub begins_together: bool,
    /// The person or thing that its appointments take, such as `Anna` or `Room 2`. Services of the same one share its time. If left
    /// out, it is `main`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 120))]
    pub resource: Option<String>,
}

impl Service {
    /// Returns the person or thing that its appointments take.
    pub fn resource(&self) -> &str {
        self.resource.as_deref().map_or(MAIN_RESOURCE, str::trim)
    }
}

const fn one() -> u32 {
    1
}

/// A reference, because serde passes one.
const fn is_one(number: &u32) -> bool {
    *number == 1
}

/// A reference, because serde passes one.
const fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// A question that callers ask.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// The question.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 200))]
    pub question: String,
    /// The answer.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 2000))]
    pub answer: String,
}

impl Default for BusinessProfile {
    fn default() -> Self {
        Self {
            trade: String::new(),
            name: String::new(),
            services: Vec::new(),
            area: String::new(),
            hours: None,
            holidays: Vec::new(),
            bookings: BookingRules::default(),
            time_zone: Tz::UTC,
            languages: Vec::new(),
            faq: Vec::new(),
            may_promise: Vec::new(),
            never_promise: Vec::new(),
            escalation: None,
            sms_templates: Vec::new(),
            notes: String::new(),
        }
    }
}

impl BusinessProfile {
    /// Whether it is open. A business without hours is always open.
    pub fn is_open(&self, at: DateTime<Utc>) -> bool {
        self.hours.as_ref().is_none_or(|hours| hours::is_open(hours, &self.holidays, self.time_zone, at))
    }

    /// Returns when it closes, if it has hours and is open.
    pub fn closes_at(&self, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        hours::closes_at(self.hours.as_ref()?, &self.holidays, self.time_zone, at)
    }

    /// Returns when it next opens after `at`, if it has hours.
    pub fn next_opening(&self, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        hours::next_opening(self.hours.as_ref()?, &self.holidays, self.time_zone, at)
    }

    /// Returns the people whom assistants may contact for callers, with the details that a call needs.
    pub fn escalation_rules(&self) -> Option<EscalationRules> {
        self.escalation.as_ref().map(|escalation| EscalationRules::of(escalation, self))
    }

    /// Returns the open periods that begin on that date of its zone; none without hours.
    pub fn open_spans(&self, date: NaiveDate) -> Vec<OpenSpan> {
        let spans = |hours| hours::open_spans(hours, &self.holidays, self.time_zone, date);
        self.hours.as_ref().map(spans).unwrap_or_default()
    }

    /// Returns the service with that name, ignoring case.
    pub fn service(&self, name: &str) -> Option<&Service> {
        let name = comparable(name);
        self.services.iter().find(|service| comparable(&service.name) == name)
    }

    /// Writes each person or thing as the first service does that has the same one, ignoring case. Otherwise `Anna` and `anna` would have a calendar each,
    /// and both could be booked at the same time.
    pub fn unify_resources(&mut self) {
        let main = (comparable(MAIN_RESOURCE), MAIN_RESOURCE.to_owned());
        let mut known = HashMap::from([main]);
        for resource in self.services.iter_mut().filter_map(|service| service.resource.as_mut()) {
            let first = known.entry(comparable(resource)).or_insert_with(|| resource.trim().to_owned());
            resource.clone_from(first);
        }
    }

    /// Returns the template with that name, ignoring case.
    pub fn sms_template(&self, name: &str) -> Option<&SmsTemplate> {
        let name = comparable(name);
        self.sms_templates.iter().find(|template| comparable(&template.name) == name)
    }
}

/// Returns a name as it is compared: in lower case, with composed letters.
fn comparable(name: &str) -> String {
    composed(name.trim()).to_lowercase()
}
