//! Troubles of the services that the server needs besides its database, and their shares of worlds.

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde::{Deserialize, Serialize};

use crate::plan::{Assistant, Happening, Line, Plan, Timed, ToolPlan};
use crate::stage::SERVICES;

/// Services that a server has besides its database and its disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PlannedServices {
    /// A mail server.
    pub mail: bool,
    /// A Redis.
    pub redis: bool,
    /// Twilio, over which assistants send text messages.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub texts: bool,
    /// A business with bookings, in each organization.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub bookings: bool,
}

impl PlannedServices {
    /// Whether there is no such service.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

/// Each service mixes a salt of its own into the seed, so that its draws don't change the rest of a plan.
const DISK_CHANCE: u64 = 0xD15C_0000_0000_0001;
const MAIL_CHANCE: u64 = 0x3A11_0000_0000_0001;
const REDIS_CHANCE: u64 = 0x4ED1_0000_0000_0001;
const TEXTS_CHANCE: u64 = 0x7E87_0000_0000_0001;
const BOOKINGS_CHANCE: u64 = 0xB00C_0000_0000_0001;

/// Number of slots that models and programs request; each overlaps its neighbours.
const SLOTS: u8 = 4;

/// Trouble of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServiceTrouble {
    /// Trouble of the disk under everything except the database.
    Disk(DiskTrouble),
    /// Trouble of the mail server.
    Mail(MailTrouble),
    /// Trouble of the Redis.
    Redis(RedisTrouble),
    /// Trouble of Twilio in worlds in which it sends text messages and carries no calls.
    Texts(TextTrouble),
}

/// Trouble of the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DiskTrouble {
    /// No file grows.
    Full,
    /// Nothing can be opened or written.
    Failing,
    /// The writer of recordings waits for a second before each turn.
    Slow,
}

/// Trouble of the mail server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailTrouble {
    /// It closes each connection without a message.
    Away,
    /// It refuses mails for now.
    Refuses,
    /// It accepts a mail, and closes the connection before it has confirmed that.
    LosesAnswer,
    /// Each session with it takes a quarter of a minute longer.
    Slow,
}

/// Trouble of the Redis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RedisTrouble {
    /// It closes each connection without a message, and comes back empty.
    Away,
    /// It accepts every request and answers none.
    Hangs,
    /// Each answer takes some time.
    Slow,
}

/// Trouble of Twilio with requests for text messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextTrouble {
    /// There are too many requests; none is sent.
    TooMany,
    /// Each message is sent, and the answer is that of a failing web server.
    Fails,
    /// Each message is sent, and the connection ends without an answer.
    LosesAnswer,
}

impl DiskTrouble {
    /// Whether it accepts nothing meanwhile.
    #[must_use]
    pub fn refuses(self) -> bool {
        !matches!(self, Self::Slow)
    }
}

impl Plan {
    /// Returns the disk's trouble, with its beginning and end in ms from the beginning of the world.
    #[must_use]
    pub fn disk_trouble(&self) -> Option<(DiskTrouble, u64, u64)> {
        self.happenings.iter().find_map(|timed| match timed.what {
            Happening::Service { trouble: ServiceTrouble::Disk(trouble), ms } => {
                Some((trouble, timed.at_ms, timed.at_ms + ms))
            }
            _ => None,
        })
    }

    /// Returns the Redis's trouble, with its beginning and end in ms from the beginning of the world.
    #[must_use]
    pub fn redis_trouble(&self) -> Option<(RedisTrouble, u64, u64)> {
        self.happenings.iter().find_map(|timed| match timed.what {
            Happening::Service { trouble: ServiceTrouble::Redis(trouble), ms } => {
                Some((trouble, timed.at_ms, timed.at_ms + ms))
            }
            _ => None,
        })
    }

    /// Whether Twilio ever has trouble with text messages.
    #[must_use]
    pub fn has_trouble_of_texts(&self) -> bool {
        self.happenings
            .iter()
            .any(|timed| matches!(timed.what, Happening::Service { trouble: ServiceTrouble::Texts(_), .. }))
    }

    /// Whether a mail may arrive twice: over SMTP the sender can't know that it was accepted if the answer is lost, or the process, or the database
    /// in which that would be stored.
    #[must_use]
    pub fn mails_may_repeat(&self) -> bool {
        self.happenings.iter().any(|timed| match timed.what {
            Happening::Service { trouble: ServiceTrouble::Mail(MailTrouble::LosesAnswer), .. }
            | Happening::Database { .. } => true,
            _ => timed.what.ends_a_life(),
        })
    }

    /// Whether the disk has trouble at a moment, or had trouble up to a time before it, in ms.
    #[must_use]
    pub fn disk_had_trouble(&self, at_ms: u64, until_ms_before: u64) -> bool {
        self.disk_trouble()
            .is_some_and(|(_, from_ms, until_ms)| (from_ms..until_ms + until_ms_before).contains(&at_ms))
    }
}

/// Adds troubles of services to a plan.
pub(crate) fn add(plan: &mut Plan) {
    disk(plan);
    mail(plan);
    redis(plan);
    texts(plan);
    bookings(plan);
    plan.happenings.sort_by_key(|timed| timed.at_ms);
}

fn disk(plan: &mut Plan) {
    const TROUBLES: [DiskTrouble; 3] = [DiskTrouble::Full, DiskTrouble::Failing, DiskTrouble::Slow];
    let mut chance = StdRng::seed_from_u64(plan.seed ^ DISK_CHANCE);
    if chance.random_bool(0.75) {
        return;
    }
    let trouble = TROUBLES[chance.random_range(0..TROUBLES.len())];
    happens(&mut chance, plan, ServiceTrouble::Disk(trouble));
}

fn mail(plan: &mut Plan) {
    const TROUBLES: [MailTrouble; 4] =
        [MailTrouble::Away, MailTrouble::Refuses, MailTrouble::LosesAnswer, MailTrouble::Slow];
    let mut chance = StdRng::seed_from_u64(plan.seed ^ MAIL_CHANCE);
    if chance.random_bool(0.8) {
        return;
    }
    plan.services.mail = true;
    for guest in 0..chance.random_range(2..6) {
        let at_ms = chance.random_range(500..plan.length_ms);
        plan.happenings.push(Timed { at_ms, what: Happening::Invites { guest } });
    }
    if chance.random_bool(0.85) {
        let trouble = TROUBLES[chance.random_range(0..TROUBLES.len())];
        happens(&mut chance, plan, ServiceTrouble::Mail(trouble));
    }
}

fn redis(plan: &mut Plan) {
    const TROUBLES: [RedisTrouble; 3] = [RedisTrouble::Away, RedisTrouble::Hangs, RedisTrouble::Slow];
    let mut chance = StdRng::seed_from_u64(plan.seed ^ REDIS_CHANCE);
    if chance.random_bool(0.8) {
        return;
    }
    plan.services.redis = true;
    if chance.random_bool(0.85) {
        let trouble = TROUBLES[chance.random_range(0..TROUBLES.len())];
        happens(&mut chance, plan, ServiceTrouble::Redis(trouble));
    }
}

/// Has a model send text messages instead of some of its other tools.
fn texts(plan: &mut Plan) {
    const TROUBLES: [TextTrouble; 3] = [TextTrouble::TooMany, TextTrouble::Fails, TextTrouble::LosesAnswer];
    let mut chance = StdRng::seed_from_u64(plan.seed ^ TEXTS_CHANCE);
    if plan.assistant != Assistant::Openai || chance.random_bool(0.5) {
        return;
    }
    plan.services.texts = true;
    for answer in plan.script.turns.iter_mut().chain(&mut plan.script.after_tools) {
        for tool in &mut answer.tools {
            if chance.random_bool(0.5) {
                *tool = ToolPlan::Text;
            }
        }
    }
    // Otherwise its calls would have the trouble, too.
    if !plan.has_line(Line::Twilio) && chance.random_bool(0.6) {
        let trouble = TROUBLES[chance.random_range(0..TROUBLES.len())];
        happens(&mut chance, plan, ServiceTrouble::Texts(trouble));
    }
}

/// Has a model book one of a few slots instead of some of its other tools.
fn bookings(plan: &mut Plan) {
    let mut chance = StdRng::seed_from_u64(plan.seed ^ BOOKINGS_CHANCE);
    if plan.assistant != Assistant::Openai || chance.random_bool(0.5) {
        return;
    }
    plan.services.bookings = true;
    for answer in plan.script.turns.iter_mut().chain(&mut plan.script.after_tools) {
        for tool in answer.tools.iter_mut().filter(|tool| **tool != ToolPlan::Text) {
            if chance.random_bool(0.5) {
                let (slot, service) = (slot(&mut chance), service(&mut chance));
                *tool = ToolPlan::Books { slot, service };
            }
        }
    }
}

/// Draws a time that is requested.
pub(crate) fn slot(chance: &mut StdRng) -> u8 {
    chance.random_range(0..SLOTS)
}

/// Draws a service that is booked. Half of them are of the first one, so that its few times are contested.
pub(crate) fn service(chance: &mut StdRng) -> u8 {
    let first = chance.random_bool(0.5);
    let count = u8::try_from(SERVICES.len()).unwrap_or(1);
    if first { 0 } else { chance.random_range(0..count) }
}

/// Returns the next time after a requested one.
#[must_use]
pub(crate) fn next_slot(slot: u8) -> u8 {
    (slot + 1) % SLOTS
}

/// Adds some seconds of trouble that end before the world does.
fn happens(chance: &mut StdRng, plan: &mut Plan, trouble: ServiceTrouble) {
    let ms = chance.random_range(1_500..10_000);
    let last_ms = plan.length_ms.saturating_sub(ms + 1_000).max(501);
    let at_ms = chance.random_range(500..last_ms);
    plan.happenings.push(Timed { at_ms, what: Happening::Service { trouble, ms } });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::{Size, plan};

    #[test]
    fn a_stored_plan_with_service_trouble_reads_back_the_same() {
        let is_service = |timed: &Timed| matches!(timed.what, Happening::Service { .. });
        let plans = (0..100).map(|seed| plan(seed, Size::USUAL));
        let (with, without): (Vec<Plan>, Vec<Plan>) =
            plans.partition(|plan| plan.happenings.iter().any(is_service));
        assert!(with.len() > 10 && without.len() > 10, "{} worlds have it", with.len());
        for plan in with {
            let stored = serde_json::to_string(&plan).unwrap_or_default();
            assert_eq!(serde_json::from_str::<Plan>(&stored).ok(), Some(plan));
        }
    }

    #[test]
    fn only_some_worlds_send_text_messages() {
        let sends = |plan: &&Plan| {
            let answers = plan.script.turns.iter().chain(&plan.script.after_tools);
            answers.flat_map(|answer| &answer.tools).any(|tool| *tool == ToolPlan::Text)
        };
        let plans: Vec<Plan> = (0..200).map(|seed| plan(seed, Size::USUAL)).collect();
        let (with, without): (Vec<&Plan>, Vec<&Plan>) = plans.iter().partition(|plan| plan.services.texts);
        assert!(with.len() > 10 && without.len() > 10, "{} worlds have them", with.len());
        assert!(with.iter().all(sends) && !without.iter().any(sends));
        let troubled = with.iter().filter(|plan| plan.has_trouble_of_texts()).count();
        assert!(troubled > 5 && troubled < with.len(), "{troubled} of {}", with.len());
    }

    #[test]
    fn models_book_in_some_worlds_and_in_no_others() {
        let books = |plan: &&Plan| {
            let answers = plan.script.turns.iter().chain(&plan.script.after_tools);
            answers.flat_map(|answer| &answer.tools).any(|tool| matches!(tool, ToolPlan::Books { .. }))
        };
        let plans: Vec<Plan> = (0..200).map(|seed| plan(seed, Size::USUAL)).collect();
        let (with, without): (Vec<&Plan>, Vec<&Plan>) = plans.iter().partition(|plan| plan.services.bookings);
        assert!(with.len() > 10 && without.len() > 10, "{} worlds have them", with.len());
        assert!(with.iter().all(books) && !without.iter().any(books));
        for plan in with {
            let stored = serde_json::to_string(plan).unwrap_or_default();
            assert_eq!(serde_json::from_str::<Plan>(&stored).ok().as_ref(), Some(plan));
        }
    }

    #[test]
    fn trouble_is_over_before_its_world_is() {
        let mut troubles = 0;
        for seed in 0..200 {
            let plan = plan(seed, Size { calls: 8, arrivals_ms: 8_000, call_ms: 12_000 });
            for timed in &plan.happenings {
                let Happening::Service { trouble, ms } = timed.what else { continue };
                let is_within = timed.at_ms >= 500 && timed.at_ms + ms < plan.length_ms;
                assert!(is_within, "seed {seed}: {trouble:?} from {} ms on, for {ms} ms", timed.at_ms);
                troubles += 1;
            }
        }
        assert!(troubles > 50, "{troubles} in 200 worlds");
    }
}
