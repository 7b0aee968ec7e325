//! Notices: events that a business wants to know about at once, by e-mail or text message, and their recipients.

mod words;

use std::collections::BTreeSet;

use chrono::{NaiveDate, Timelike};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use self::words::Words;
use crate::account::PageLanguage;
use crate::alarm::AlarmCause;
use crate::business::hours::first_moment;
use crate::delivery::{Channel, Letter};
use crate::ids::WebhookId;
use crate::limits::{NOTICE_GATHERED_CHARS_MAX, NOTICE_TEXT_HOURS};
use crate::phone::without_zero_before;
use crate::report::FigureChange;
use crate::time::UnixMs;
use crate::webhook::{AlarmPayload, CallPayload, HandoffPayload, LeadPayload, WebhookEvent};

/// Kinds of notices to people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// A caller's request to the business was recorded.
    NewLead,
    /// Somebody called, and was not connected with anybody.
    MissedCall,
    /// A person was asked to take over and could not be reached.
    FailedHandoff,
    /// A webhook was disabled because it had not answered for days.
    WebhookOff,
    /// A rule raised an alarm about a live call.
    Alarm,
    /// Figures of a day differ from the usual ones.
    FiguresChanged,
}

impl NoticeKind {
    /// All kinds.
    pub const ALL: [Self; 6] = [
        Self::NewLead,
        Self::MissedCall,
        Self::FailedHandoff,
        Self::WebhookOff,
        Self::Alarm,
        Self::FiguresChanged,
    ];

    /// Returns its word, as serde writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NewLead => "new_lead",
            Self::MissedCall => "missed_call",
            Self::FailedHandoff => "failed_handoff",
            Self::WebhookOff => "webhook_off",
            Self::Alarm => "alarm",
            Self::FiguresChanged => "figures_changed",
        }
    }

    /// Whether a text message of it waits for the morning if it is due at night. The others are about callers, who wait for somebody
    /// or call somebody else.
    pub const fn can_wait_for_morning(self) -> bool {
        match self {
            Self::WebhookOff | Self::FiguresChanged => true,
            Self::NewLead | Self::MissedCall | Self::FailedHandoff | Self::Alarm => false,
        }
    }

    /// Returns when a text message of it that is due at `at` is sent to people in this zone.
    pub fn text_time(self, at: UnixMs, zone: Tz) -> UnixMs {
        if !self.can_wait_for_morning() {
            return at;
        }
        let local = at.to_utc().with_timezone(&zone);
        let morning_of = match local.hour() {
            hour if hour < NOTICE_TEXT_HOURS.start => Some(local.date_naive()),
            hour if hour >= NOTICE_TEXT_HOURS.end => local.date_naive().succ_opt(),
            _ => None,
        };
        let morning =
            morning_of.and_then(|day| first_moment(zone, day.and_hms_opt(NOTICE_TEXT_HOURS.start, 0, 0)?));
        morning.map_or(at, |morning| at.max(morning.into()))
    }
}

/// Recipients of one kind of notice.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Recipients {
    /// E-mail addresses.
    #[cfg_attr(feature = "openapi", schema(max_items = 10, example = json!(["owner@example.com"])))]
    pub email: Vec<String>,
    /// Numbers that get a text message: `+` and digits.
    #[cfg_attr(feature = "openapi", schema(max_items = 10, example = json!(["+4930123456"])))]
    pub sms: Vec<String>,
}

impl Recipients {
    /// Whether there are no recipients.
    pub const fn is_empty(&self) -> bool {
        self.email.is_empty() && self.sms.is_empty()
    }

    /// Returns each recipient once by each channel: an address may be listed a second time, maybe in capital letters, and a number also with
    /// the zero that is dialled only within its country.
    pub fn each_once(&self) -> Vec<(Channel, &str)> {
        let emails = self.email.iter().map(|address| (Channel::Email, address, address.to_lowercase()));
        let plain = |number: &String| without_zero_before(number).unwrap_or_else(|| number.clone());
        let texts = self.sms.iter().map(|number| (Channel::Sms, number, plain(number)));
        let mut known = BTreeSet::new();
        emails
            .chain(texts)
            .filter_map(|(channel, target, same)| known.insert(same).then_some((channel, target.as_str())))
            .collect()
    }
}

/// Recipients of each kind of notice.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct NoticeSettings {
    /// Recipients for a new lead.
    pub new_lead: Recipients,
    /// Recipients for a missed call: one that ended before anybody, including the assistant, was connected.
    pub missed_call: Recipients,
    /// Recipients for a failed hand-off: a person was asked to take over and could not be reached.
    pub failed_handoff: Recipients,
    /// Recipients for a webhook that was disabled because it had not answered for days.
    pub webhook_off: Recipients,
    /// Recipients for an alarm about a live call.
    pub alarm: Recipients,
    /// Recipients for figures of a day that differ from the usual ones by more than chance.
    pub figures_changed: Recipients,
}

impl NoticeSettings {
    /// Recipients of notices of this kind.
    pub const fn of(&self, kind: NoticeKind) -> &Recipients {
        match kind {
            NoticeKind::NewLead => &self.new_lead,
            NoticeKind::MissedCall => &self.missed_call,
            NoticeKind::FailedHandoff => &self.failed_handoff,
            NoticeKind::WebhookOff => &self.webhook_off,
            NoticeKind::Alarm => &self.alarm,
            NoticeKind::FiguresChanged => &self.figures_changed,
        }
    }

    /// Recipients of notices of this kind, to be changed.
    const fn of_mut(&mut self, kind: NoticeKind) -> &mut Recipients {
        match kind {
            NoticeKind::NewLead => &mut self.new_lead,
            NoticeKind::MissedCall => &mut self.missed_call,
            NoticeKind::FailedHandoff => &mut self.failed_handoff,
            NoticeKind::WebhookOff => &mut self.webhook_off,
            NoticeKind::Alarm => &mut self.alarm,
            NoticeKind::FiguresChanged => &mut self.figures_changed,
        }
    }

    /// Replaces an e-mail address by another one, or removes it. Returns whether it was named.
    pub fn readdress(&mut self, from: &str, to: Option<&str>) -> bool {
        let is_same = |one: &str, other: &str| one.to_lowercase() == other.to_lowercase();
        let mut was_named = false;
        for kind in NoticeKind::ALL {
            let emails = &mut self.of_mut(kind).email;
            let before = emails.len();
            emails.retain(|address| !is_same(address, from));
            if emails.len() == before {
                continue;
            }
            was_named = true;
            let added = to.filter(|to| !emails.iter().any(|known| is_same(known, to)));
            emails.extend(added.map(str::to_owned));
        }
        was_named
    }

    /// Returns all e-mail addresses that get notices; an address may be named several times.
    pub fn emails(&self) -> impl Iterator<Item = &String> {
        NoticeKind::ALL.into_iter().flat_map(move |kind| &self.of(kind).email)
    }
}

/// How a recipient reads notices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoticeForm {
    /// Their language.
    pub language: PageLanguage,
    /// The zone of their clocks.
    pub zone: Tz,
    /// Whether they get text messages, which are short.
    pub is_text: bool,
}

/// A notice to people.
#[derive(Clone, Debug, PartialEq)]
pub enum Notice {
    /// A caller's request to the business.
    NewLead(LeadPayload),
    /// A call that was missed.
    MissedCall(CallPayload),
    /// A person who could not be reached.
    FailedHandoff(HandoffPayload),
    /// A webhook that was disabled.
    WebhookOff {
        /// The webhook.
        id: WebhookId,
        /// The host of its address. The rest of the address may contain a secret, and anybody may receive notices.
        host: String,
        /// For how long it has accepted nothing.
        silent_ms: u64,
    },
    /// An alarm about a live call.
    Alarm(AlarmPayload),
    /// Figures of a day that differ from the usual ones.
    FiguresChanged {
        /// The day.
        day: NaiveDate,
        /// The figures.
        changes: Vec<FigureChange>,
        /// ISO 4217.
        currency: String,
        /// The address of the page that shows them.
        report: String,
    },
}

/// The parts of a letter.
struct Parts {
    subject: String,
    lines: Vec<String>,
}

impl Notice {
    /// Returns the notice of an event, if there are notices of that kind.
    pub fn of(event: &WebhookEvent) -> Option<Self> {
        Some(match event {
            WebhookEvent::LeadCreated(lead) => Self::NewLead(lead.clone()),
            WebhookEvent::CallEnded(call) if call.is_missed() => Self::MissedCall(call.clone()),
            WebhookEvent::HandoffFailed(handoff) => Self::FailedHandoff(handoff.clone()),
            WebhookEvent::AlarmRaised(alarm) => Self::Alarm(alarm.clone()),
            _ => return None,
        })
    }

    /// Returns its kind.
    pub const fn kind(&self) -> NoticeKind {
        match self {
            Self::NewLead(_) => NoticeKind::NewLead,
            Self::MissedCall(_) => NoticeKind::MissedCall,
            Self::FailedHandoff(_) => NoticeKind::FailedHandoff,
            Self::WebhookOff { .. } => NoticeKind::WebhookOff,
            Self::Alarm(_) => NoticeKind::Alarm,
            Self::FiguresChanged { .. } => NoticeKind::FiguresChanged,
        }
    }

    /// Returns it as a letter for a recipient with this form.
    pub fn letter(&self, form: NoticeForm) -> Letter {
        let words = words::of(form.language);
        let Parts { subject, lines } =
            if form.is_text { self.in_short(words, form) } else { self.at_length(words, form) };
        let text = lines.iter().map(|line| format!("{}\n", one_line(line))).collect();
        Letter::new(one_line(&subject), text)
    }

    /// Returns one letter for a waiting letter and this notice, which is of its kind.
    pub fn gathered(&self, waiting: &Letter, form: NoticeForm) -> Letter {
        let words = words::of(form.language);
        let added = self.letter(form);
        let stands_for = waiting.stands_for.saturating_add(added.stands_for);
        let mut text = waiting.text.clone();
        if text.chars().count() < NOTICE_GATHERED_CHARS_MAX {
            let between = if form.is_text { "" } else { "\n" };
            text = format!("{text}{between}{}", added.text);
        } else {
            let more = format!("\n{}\n", words.more);
            if !text.ends_with(&more) {
                text.push_str(&more);
            }
        }
        let place = NoticeKind::ALL.into_iter().position(|kind| kind == self.kind());
        let [_, several] = place.and_then(|place| words.gathered.get(place)).copied().unwrap_or_default();
        Letter { subject: format!("{stands_for} {several}"), text, stands_for }
    }

    /// The letter of an e-mail: one line for each thing that is known.
    fn at_length(&self, words: &Words, form: NoticeForm) -> Parts {
        let language = form.language;
        let moment = |at: UnixMs| Some(language.weekday_and_moment(at.to_utc(), form.zone));
        let (subject, lines) = match self {
            Self::NewLead(lead) => (
                format!("{}: {}", words.new_lead, who(lead, words)),
                vec![
                    (words.name, lead.name.clone()),
                    (words.phone, lead.phone.clone()),
                    (words.need, lead.need.clone()),
                    (words.urgency, lead.urgency.clone()),
                    (words.budget, lead.budget.clone()),
                    (words.address, lead.address.clone()),
                ],
            ),
            Self::MissedCall(call) => (
                put(words.missed_call_from, call.from.as_deref().unwrap_or(words.unknown_caller)),
                vec![
                    (words.from, call.from.clone()),
                    (words.to, call.to.clone()),
                    (words.at, moment(call.started_at)),
                ],
            ),
            Self::FailedHandoff(handoff) => (
                put(words.was_not_reached, handoff.target.as_deref().unwrap_or(words.a_person)),
                vec![
                    (words.asked_for, handoff.target.clone()),
                    (words.caller, handoff.party.clone()),
                    (words.reason, Some(words::of_failure(handoff.failure, language).to_owned())),
                    (words.at, moment(handoff.at)),
                ],
            ),
            Self::WebhookOff { id, host, silent_ms } => (
                words.webhook_off.to_owned(),
                vec![
                    (words.address, Some(host.clone())),
                    ("Webhook", Some(id.to_string())),
                    (words.reason, Some(silence(*silent_ms, words))),
                ],
            ),
            Self::Alarm(alarm) => (
                format!("{}: {}", words.alarm, alarm.rule),
                vec![
                    (words.reason, Some(why(&alarm.cause, words))),
                    (words.call, Some(alarm.call_id.to_string())),
                    (words.at, moment(alarm.at)),
                ],
            ),
            Self::FiguresChanged { day, changes, currency, report } => {
                let names: Vec<&str> = changes.iter().map(|change| change.figure.name(language)).collect();
                let of_day = put(words.figures_of, &language.weekday_and_day(*day));
                let mut lines = figures(changes, currency, words, language);
                lines.push(format!("{}: {report}", words.report));
                return Parts { subject: format!("{of_day}: {}", names.join(", ")), lines };
            }
        };
        let line = |(name, value): (&str, Option<String>)| Some(format!("{name}: {}", value?));
        Parts { subject, lines: lines.into_iter().filter_map(line).collect() }
    }

    /// The letter of a text message: the event, and a line without names of values. Its subject is the same for all of its kind, because
    /// the line stays if several are gathered.
    fn in_short(&self, words: &Words, form: NoticeForm) -> Parts {
        let language = form.language;
        let moment = |at: UnixMs| language.short_moment(at.to_utc(), form.zone);
        let (subject, line) = match self {
            Self::NewLead(lead) => {
                let known = [&lead.phone, &lead.need, &lead.urgency, &lead.budget, &lead.address];
                let known = known.into_iter().flatten().map(String::as_str);
                let named = lead.name.as_deref().or(lead.phone.is_none().then_some(words.unknown_caller));
                (words.new_lead, named.into_iter().chain(known).collect::<Vec<_>>().join(", "))
            }
            Self::MissedCall(call) => {
                let from = call.from.as_deref().unwrap_or(words.unknown_caller);
                let to = call.to.as_ref().map(|to| format!(", {}: {to}", words.to)).unwrap_or_default();
                (words.missed_call, format!("{from}, {}{to}", moment(call.started_at)))
            }
            Self::FailedHandoff(handoff) => {
                let target = handoff.target.as_deref().unwrap_or(words.a_person);
                let failure = words::of_failure(handoff.failure, language);
                let caller = handoff.party.as_ref().map(|party| format!(", {}: {party}", words.caller));
                let line =
                    format!("{target}: {failure}, {}{}", moment(handoff.at), caller.unwrap_or_default());
                (words.not_reached, line)
            }
            Self::WebhookOff { host, silent_ms, .. } => {
                (words.webhook_off, format!("{host}: {}", silence(*silent_ms, words)))
            }
            Self::Alarm(alarm) => {
                (words.alarm, format!("{}: {}, {}", alarm.rule, why(&alarm.cause, words), moment(alarm.at)))
            }
            Self::FiguresChanged { day, changes, currency, report } => {
                let mut lines = figures(changes, currency, words, language);
                lines.push(report.clone());
                return Parts { subject: format!("{}, {}", words.figures, language.short_day(*day)), lines };
            }
        };
        Parts { subject: subject.to_owned(), lines: vec![line] }
    }
}

impl Letter {
    /// Returns a gathered letter without those of its notices that `is_left_out` says, as a text message (`is_text`) or an e-mail.
    /// None if it is for one notice, if it has none of these, or if nothing is left.
    pub fn without(&self, is_text: bool, is_left_out: impl Fn(&str) -> bool) -> Option<Self> {
        // As `Notice::gathered` joins them.
        let (end, between) = if is_text { ("\n", "") } else { ("\n\n", "\n") };
        let all = self.text.split(end).map(|notice| notice.trim_matches('\n'));
        let all: Vec<&str> = all.filter(|notice| !notice.is_empty()).collect();
        let kept: Vec<&str> = all.iter().copied().filter(|notice| !is_left_out(notice)).collect();
        let left_out = u32::try_from(all.len() - kept.len()).ok().filter(|left_out| *left_out > 0)?;
        let stands_for = self.stands_for.checked_sub(left_out).filter(|left| *left > 0)?;
        let (_, several) = self.subject.split_once(' ')?;
        let counted = if stands_for == 1 { words::one_of(several).unwrap_or(several) } else { several };
        let kept: Vec<String> = kept.iter().map(|notice| format!("{notice}\n")).collect();
        let is_any_left = self.stands_for > 1 && !kept.is_empty();
        let subject = format!("{stands_for} {counted}");
        is_any_left.then(|| Self { subject, text: kept.join(between), stands_for })
    }
}

/// Puts a value into a sentence.
fn put(sentence: &str, value: &str) -> String {
    sentence.replacen("{}", value, 1)
}

/// Returns the person of a lead as a subject names them.
fn who<'a>(lead: &'a LeadPayload, words: &Words) -> &'a str {
    lead.name.as_deref().or(lead.phone.as_deref()).unwrap_or(words.unknown_caller)
}

/// Returns for how long a webhook has accepted nothing.
fn silence(ms: u64, words: &Words) -> String {
    let [day, days] = words.days;
    let long = match ms / (24 * 3_600_000) {
        0 => format!("{} s", ms / 1_000),
        1 => format!("1 {day}"),
        several => format!("{several} {days}"),
    };
    put(words.took_nothing, &long)
}

/// Returns why an alarm was raised.
fn why(cause: &AlarmCause, words: &Words) -> String {
    let time = |s: u32| if s.is_multiple_of(60) { format!("{} min", s / 60) } else { format!("{s} s") };
    match cause {
        AlarmCause::CallerWaits { longer_than_s } => put(words.caller_waited, &time(*longer_than_s)),
        AlarmCause::Silence { longer_than_s } => put(words.nobody_spoke, &time(*longer_than_s)),
        AlarmCause::AssistantFailed { failure } => put(words.assistant_failed, failure.as_str()),
        AlarmCause::WordsSaid { phrase } => put(words.was_said, phrase),
    }
}

/// Returns one line for each figure.
fn figures(changes: &[FigureChange], currency: &str, words: &Words, language: PageLanguage) -> Vec<String> {
    let line = |FigureChange { figure, usual, now }: &FigureChange| {
        let (now, usual) = (figure.shown(*now, language, currency), figure.shown(*usual, language, currency));
        format!("{}: {now}, {}", figure.name(language), put(words.usually, &usual))
    };
    changes.iter().map(line).collect()
}

/// Replaces line breaks, so that words of callers and models can't form a header or a line of their own.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(500).collect()
}

#[cfg(test)]
mod tests;
