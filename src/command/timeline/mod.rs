//! A call's journal as a readable timeline: who said what, keys, barge-in, tools, the end, and how long each took.
//!
//! ```text
//! JournalEntry --> Timeline (what is worth a line, and figures) --> Row (time, who, what) --> terminal
//! ```
//!
//! It is written entry by entry, so a live call and a stored one look the same.

mod desk;
mod figures;
mod row;
mod server;
mod switch;
mod voices;
mod words;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use cordboard_schema::call::Ending;
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::event::{Announcement, Decision, Event, Fact, JournalEntry, PlayedEnd};
use cordboard_schema::ids::{ItemId, OutsideId};
use cordboard_schema::line::Line;
use cordboard_schema::line_quality::LineQuality;
use cordboard_schema::profile::AgentProfile;
use cordboard_schema::time::UnixMs;
use cordboard_schema::tool::ToolOrigin;

use figures::{Figures, Money};
use row::{Row, Voice};
use words::{leg_end, line_name, party, tool_outcome};

pub(super) use figures::Ms;
pub(super) use row::Paint;

/// A timeline that is being written.
#[derive(Debug)]
pub(super) struct Timeline {
    paint: Paint,
    answered_at: Option<UnixMs>,
    /// Utterances that are not in the transcript yet.
    items: BTreeMap<ItemId, Utterance>,
    /// The caller's last action to which the assistant has not reacted.
    unanswered: Option<(Prompting, UnixMs)>,
    /// When the caller last spoke or pressed a key, which a barge-in follows.
    interrupted_at: Option<UnixMs>,
    /// Place in the chain of voices of the one that serves now.
    voice: u8,
    figures: Figures,
}

#[derive(Clone, Copy, Debug, Default)]
struct Utterance {
    line: Option<Line>,
    /// Its whole length, if known.
    audio_ms: Option<u64>,
}

/// An action to which the assistant should react.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Prompting {
    Answer,
    Turn,
    Key,
}

impl Timeline {
    pub(super) fn new(paint: Paint) -> Self {
        Self {
            paint,
            answered_at: None,
            items: BTreeMap::new(),
            unanswered: None,
            interrupted_at: None,
            voice: 0,
            figures: Figures::default(),
        }
    }

    /// Returns the lines for the next entry; empty if it is not worth a line.
    pub(super) fn lines(&mut self, entry: &JournalEntry) -> String {
        let rows = match &entry.event {
            Event::Fact(fact) => self.fact(fact, entry),
            Event::Decision(decision) => self.decision(decision, entry.at),
        };
        let at_ms = self.answered_at.map(|answered_at| entry.at.ms_since(answered_at));
        rows.into_iter()
            .map(|UntimedRow { voice, text, aside }| Row { at_ms, voice, text, aside }.painted(self.paint))
            .collect()
    }

    /// Returns the figures so far, one per line.
    pub(super) fn figures(&self) -> String {
        self.figures.to_string()
    }

    fn fact(&mut self, fact: &Fact, entry: &JournalEntry) -> Vec<UntimedRow> {
        let at = entry.at;
        let untimed = match fact {
            Fact::CallStarted { profile, outside_ids, announced, .. } => {
                return beginning(entry, profile, outside_ids, announced.as_ref());
            }
            Fact::Announced { announcement: said } => announcement(said),
            Fact::OutsideIdAdded { outside_id } => call(format!("also known as {outside_id}")),
            Fact::LegJoined { leg, leg_kind, rate } => {
                call(format!("leg {leg} joined: {}, {} Hz", leg_kind.as_str(), rate.hz()))
            }
            Fact::LegLeft { leg, how } => call(format!("leg {leg} left: {}", leg_end(*how))),
            Fact::LegMisconfigured { leg, finding } => fault(format!("leg {leg}: {finding}")),
            Fact::Dtmf { digit, .. } => {
                self.unanswered = Some((Prompting::Key, at));
                self.interrupted_at = Some(at);
                row_of(Voice::Key, format!("{digit}"))
            }
            Fact::SpeechStarted => {
                self.unanswered = None;
                self.interrupted_at = Some(at);
                row_of(Voice::Caller, "speaks")
            }
            Fact::SpeechStopped { .. } => {
                // If a key was pressed during speech, the assistant reacts to the key.
                self.unanswered.get_or_insert((Prompting::Turn, at));
                return Vec::new();
            }
            Fact::Typed { .. } => call("the caller has written something".to_owned()),
            Fact::PersonAsked { .. } => call("the caller presses the button for a person".to_owned()),
            Fact::SayAsked { .. } => call("the assistant is asked to say something".to_owned()),
            Fact::DtmfAsked { digits } => call(format!("{} digits are played to the caller", digits.len())),
            Fact::ItemStarted { item, line, .. } => self.item_started(*item, *line, at),
            Fact::ItemComplete { item, audio_ms, .. } => {
                if let Some(utterance) = self.items.get_mut(item) {
                    utterance.audio_ms = Some(*audio_ms);
                }
                return Vec::new();
            }
            Fact::LineMeasured { quality, .. } => call(line_measured(quality)),
            Fact::Hangup { by, cause } => call(format!("{} requests the hang-up: {cause}", party(*by))),
            Fact::AssistantReady { .. }
            | Fact::AssistantFailed { .. }
            | Fact::AssistantInterrupted { .. }
            | Fact::AssistantRestored { .. } => return voices::fact(fact).into_iter().collect(),
            Fact::Reborn { .. }
            | Fact::RecordingStarted { .. }
            | Fact::RecordingFailed { .. }
            | Fact::RecordingLost { .. }
            | Fact::RecordingFinished { .. }
            | Fact::ServerDraining
            | Fact::DrainExpired
            | Fact::ServerStopping
            | Fact::ServerRestarted { .. }
            | Fact::StepPanicked { .. }
            | Fact::FactsMissed { .. }
            | Fact::EffectFailed { .. } => return server::fact(fact).into_iter().collect(),
            Fact::DeskRinging { .. }
            | Fact::OfferPassed { .. }
            | Fact::DeskAccepted { .. }
            | Fact::DeskFailed { .. }
            | Fact::QueueEntered { .. }
            | Fact::QueuePlaced { .. }
            | Fact::PhoneTold { .. }
            | Fact::AgentAsked { .. }
            | Fact::SupervisorAsked { .. } => return desk::fact(fact).map(call).into_iter().collect(),
            Fact::ControlAttached { .. }
            | Fact::ControlLost { .. }
            | Fact::ChannelAnswered
            | Fact::Bridged { .. }
            | Fact::Unbridged
            | Fact::ChannelGone
            | Fact::Held
            | Fact::Unheld
            | Fact::ActionDone { .. }
            | Fact::ProfileCached { .. }
            | Fact::HandoffRinging { .. }
            | Fact::HandoffAccepted { .. }
            | Fact::HandoffFailed { .. }
            | Fact::HoldAsked
            | Fact::UnholdAsked
            | Fact::ParkAsked
            | Fact::Parked { .. }
            | Fact::VariablesAsked { .. }
            | Fact::TransferAsked { .. }
            | Fact::HandoffAsked { .. }
            | Fact::DialProgress { .. }
            | Fact::DialAnswered
            | Fact::DialFailed { .. }
            | Fact::AnsweredBy { .. }
            | Fact::DocumentAsked { .. }
            | Fact::VoicemailLeft { .. }
            | Fact::ConversationReported { .. }
            | Fact::VoicemailTone => return switch::fact(fact).map(call).into_iter().collect(),
            // The decisions that follow show the consequences.
            Fact::LegArrived { .. }
            | Fact::PhoneLegArrived { .. }
            | Fact::PhoneOffered { .. }
            | Fact::PhoneOfferGone { .. }
            | Fact::ExtensionChecked { .. }
            | Fact::PlaceChecked { .. }
            | Fact::Transcript { .. }
            | Fact::PlayedUntil { .. }
            | Fact::Usage { .. }
            | Fact::ToolCall { .. }
            | Fact::ToolDone { .. }
            | Fact::NextAsked { .. }
            | Fact::AttemptRecorded
            | Fact::DialAccepted { .. }
            | Fact::DeadlinePassed => return Vec::new(),
        };
        vec![untimed]
    }

    fn decision(&mut self, decision: &Decision, at: UnixMs) -> Vec<UntimedRow> {
        let untimed = match decision {
            Decision::Answered => {
                self.answered_at = Some(at);
                self.unanswered = Some((Prompting::Answer, at));
                call("answered".to_owned())
            }
            Decision::KeyToldAgain { .. } => row_of(Voice::Key, "the same key, reported a second time"),
            // The key's line exists already. The lines after it show what it does.
            Decision::KeyPressed { .. } => return Vec::new(),
            Decision::BargeIn { item, heard_ms } => self.barge_in(*item, *heard_ms, at),
            Decision::AssistantSaid { item, text, heard_ms, end } => {
                return self.assistant_said(*item, text, *heard_ms, *end).into_iter().collect();
            }
            // Words are in quotation marks; "(speech, 2.1 s)" is not.
            Decision::CallerSaid { text } if text.starts_with('(') => row_of(Voice::Caller, text.as_str()),
            Decision::CallerSaid { text } => row_of(Voice::Caller, format!("“{text}”")),
            Decision::ToolStarted { tool, origin, .. } => row_of(Voice::Tool, begins(tool.as_str(), origin)),
            Decision::CustomToolStarted { tool, origin, .. } => row_of(Voice::Tool, begins(tool, origin)),
            Decision::ToolFinished { tool, outcome, took_ms, .. } => {
                row_of(Voice::Tool, format!("{tool} {}", tool_outcome(outcome)))
                    .with(format!("took {}", Ms(*took_ms)))
            }
            Decision::MessageTaken { from_ms, to_ms, speech_ms, .. } => {
                self.forget_turn();
                let place = format!("at {} to {} of the recording", Ms(*from_ms), Ms(*to_ms));
                row_of(Voice::Tool, format!("message taken, {} of speech", Ms(*speech_ms))).with(place)
            }
            // The line for the tool's end says it already.
            Decision::LeadCreated { .. }
            | Decision::LeadUpdated { .. }
            | Decision::AppointmentHeld { .. }
            | Decision::AppointmentBooked { .. }
            | Decision::AppointmentMoved { .. }
            | Decision::AppointmentCancelled { .. }
            | Decision::TextQueued { .. }
            | Decision::NumberSuppressed { .. }
            | Decision::ActivityCreated { .. }
            | Decision::ActivityUpdated { .. }
            | Decision::ActivityCompleted { .. } => return Vec::new(),
            Decision::NoticeGiven { version, .. } => {
                call(format!("the caller has heard the notice of version {version}"))
            }
            Decision::DeadlineStuck { deadline } => {
                fault(format!("the deadline {deadline} has passed and was not extended"))
            }
            Decision::SilencePrompted => {
                self.forget_turn();
                call("the caller is silent".to_owned())
            }
            Decision::Interrupted { until } => {
                fault(format!("the caller's leg was lost; {} for them to come back", Ms(until.ms_since(at))))
            }
            Decision::Returning { .. } => call("the caller is coming back".to_owned()),
            Decision::Resumed { away_ms } => call(format!("the caller is back after {}", Ms(*away_ms))),
            Decision::NextAnswered { next } => call(format!("the dialplan gets: {next}")),
            Decision::AssistantTried { .. }
            | Decision::AssistantReturned { .. }
            | Decision::AssistantGivenUp { .. }
            | Decision::CostCapReached { .. } => return voices::decision(decision).into_iter().collect(),
            Decision::AssistantReplaced { role, place, failure, .. } => {
                let before = std::mem::replace(&mut self.voice, *place);
                voices::replaced(*role, (before, *place), *failure)
            }
            Decision::Charged { model, cost_micros } => {
                self.figures.cost_micros = self.figures.cost_micros.saturating_add(*cost_micros);
                call(format!("{model} cost {}", Money(*cost_micros)))
            }
            Decision::AgentRequested { .. }
            | Decision::CallbackNoted { .. }
            | Decision::AgentJoined { .. }
            | Decision::AgentLeft { .. }
            | Decision::SupervisorJoined { .. }
            | Decision::SupervisionChanged { .. }
            | Decision::SupervisorLeft { .. }
            | Decision::PassedOn { .. }
            | Decision::ConsultBegan { .. }
            | Decision::ColleagueJoined { .. }
            | Decision::ConsultEnded { .. }
            | Decision::Whispered { .. }
            | Decision::PhoneRung { .. }
            | Decision::OutsiderAnswered { .. }
            | Decision::OutsiderJoined { .. }
            | Decision::OutsiderLeft { .. }
            | Decision::HandedBack { .. } => {
                return desk::decision(decision).map(call).into_iter().collect();
            }
            Decision::ModeChanged { .. }
            | Decision::CapabilitiesChanged { .. }
            | Decision::HoldBegan
            | Decision::HoldEnded { .. }
            | Decision::ParkEnded { .. }
            | Decision::PersonRecordingBegan { .. }
            | Decision::PersonRecordingEnded { .. }
            | Decision::TransferRequested { .. }
            | Decision::TransferFailed { .. }
            | Decision::ForwardRefused { .. }
            | Decision::DocumentAnswered { .. }
            | Decision::DialRequested { .. }
            | Decision::OutboundFailed { .. }
            | Decision::PersonWished { .. }
            | Decision::HandoffRequested { .. }
            | Decision::HandoffBridged { .. }
            | Decision::ProfileNotAwaited { .. }
            | Decision::HandoffAbandoned { .. }
            | Decision::CallerReturned { .. } => {
                return switch::decision(decision).map(call).into_iter().collect();
            }
            Decision::Ended { ending, next } => {
                self.figures.duration_ms = self.answered_at.map(|answered_at| at.ms_since(answered_at));
                ended(ending, next)
            }
        };
        vec![untimed]
    }

    fn item_started(&mut self, item: ItemId, line: Option<Line>, at: UnixMs) -> UntimedRow {
        self.items.insert(item, Utterance { line, audio_ms: None });
        let what = line.map_or_else(|| "speaks".to_owned(), |line| format!("speaks: {}", line_name(line)));
        let untimed = row_of(Voice::Assistant, what);
        match self.reacted(at) {
            Some((Prompting::Answer, ms)) => untimed.with(format!("{} after the answer", Ms(ms))),
            Some((Prompting::Turn, ms)) => untimed.with(format!("{} after the caller's turn", Ms(ms))),
            Some((Prompting::Key, ms)) => untimed.with(format!("{} after the key", Ms(ms))),
            None => untimed,
        }
    }

    /// Words that nobody heard get no line. If they were cut short, the line says how much was heard.
    fn assistant_said(
        &mut self,
        item: ItemId,
        text: &str,
        heard_ms: u64,
        end: PlayedEnd,
    ) -> Option<UntimedRow> {
        let utterance = self.items.remove(&item).unwrap_or_default();
        if text.is_empty() {
            return None;
        }
        Some(match end {
            PlayedEnd::Finished => row_of(Voice::Assistant, format!("“{text}”")),
            PlayedEnd::Cleared => {
                let aside = format!("{} heard", part(heard_ms, utterance.audio_ms));
                row_of(Voice::Assistant, format!("“{text} …”")).with(aside)
            }
        })
    }

    /// Notes a reaction to the caller: adds it to the figures, and returns what it reacts to and how long it took.
    fn reacted(&mut self, at: UnixMs) -> Option<(Prompting, u64)> {
        let (prompting, since) = self.unanswered.take()?;
        let ms = at.ms_since(since);
        match prompting {
            Prompting::Answer => self.figures.first_words_ms = Some(ms),
            Prompting::Turn => self.figures.replies_ms.push(ms),
            Prompting::Key => self.figures.key_reactions_ms.push(ms),
        }
        Some((prompting, ms))
    }

    /// Speech from now on has another cause than the caller's last turn.
    fn forget_turn(&mut self) {
        self.unanswered.take_if(|(prompting, _)| *prompting == Prompting::Turn);
    }

    fn barge_in(&mut self, item: ItemId, heard_ms: u64, at: UnixMs) -> UntimedRow {
        let utterance = self.items.get(&item).copied().unwrap_or_default();
        let what = utterance.line.map_or("the assistant's words", line_name);
        let untimed =
            row_of(Voice::BargeIn, format!("{what} stopped, {} heard", part(heard_ms, utterance.audio_ms)));
        let Some(interrupted_at) = self.interrupted_at else { return untimed };
        let ms = at.ms_since(interrupted_at);
        self.figures.barge_ins_ms.push(ms);
        untimed.with(format!("silent {} later", Ms(ms)))
    }
}

/// A row whose time is not set yet.
struct UntimedRow {
    voice: Voice,
    text: String,
    aside: Option<String>,
}

impl UntimedRow {
    fn with(self, aside: String) -> Self {
        Self { aside: Some(aside), ..self }
    }
}

fn row_of(voice: Voice, text: impl Into<String>) -> UntimedRow {
    UntimedRow { voice, text: text.into(), aside: None }
}

fn call(text: String) -> UntimedRow {
    row_of(Voice::Call, text)
}

fn fault(text: String) -> UntimedRow {
    row_of(Voice::Fault, text)
}

/// Describes the quality of a party's connection.
fn line_measured(quality: &LineQuality) -> String {
    let lost = quality.lost_in_permille();
    let round_trip = quality.round_trip_ms.map(|ms| format!(", round trip {ms} ms")).unwrap_or_default();
    format!(
        "connection quality: {}.{} % of packets lost, {} concealed, jitter {} ms at most{round_trip}",
        lost / 10,
        lost % 10,
        Ms(quality.concealed_ms),
        quality.jitter_ms_max
    )
}

/// Describes the beginning of a call: its names, and what the dialplan has announced by then.
fn beginning(
    entry: &JournalEntry,
    profile: &AgentProfile,
    outside_ids: &[OutsideId],
    announced: Option<&Announcement>,
) -> Vec<UntimedRow> {
    let begins = call(format!("{} begins at {}", entry.call_id, entry.at.to_rfc3339()));
    let names = outside_ids.iter().map(|outside_id| call(outside_id.to_string()));
    let profile = call(format!("profile {}", profile.name));
    let announced = announced.map(announcement);
    [begins].into_iter().chain(names).chain([profile]).chain(announced).collect()
}

/// Describes the end of a call, and where the caller goes then.
fn ended(ending: &Ending, next: &NextStep) -> UntimedRow {
    let onward = match next {
        NextStep::Hangup => String::new(),
        next => format!("; then {next}"),
    };
    call(format!("ended by {}: {}{onward}", party(ending.by), ending.cause))
}

fn announcement(said: &Announcement) -> UntimedRow {
    let Announcement { from, to, identity, .. } = said;
    let name = |name: &Option<String>| name.clone().unwrap_or_else(|| "unknown".to_owned());
    let signed = identity.as_ref().map(|it| format!(", signed by {} as {} <{}>", it.by, it.name, it.email));
    call(format!("announced from {} to {}{}", name(from), name(to), signed.unwrap_or_default()))
}

/// Formats `1.9 s of 8.1 s`, or only the first if the whole length is unknown.
fn part(heard_ms: u64, whole_ms: Option<u64>) -> String {
    match whole_ms {
        Some(whole_ms) => format!("{} of {}", Ms(heard_ms), Ms(whole_ms)),
        None => Ms(heard_ms).to_string(),
    }
}

/// Describes the beginning of a tool, and what has requested it.
fn begins(tool: &str, origin: &ToolOrigin) -> String {
    match origin {
        ToolOrigin::Assistant { .. } => format!("{tool} begins, requested by the assistant"),
        ToolOrigin::Key => format!("{tool} begins, requested by key"),
        ToolOrigin::Words => format!("{tool} begins, requested in words"),
    }
}
