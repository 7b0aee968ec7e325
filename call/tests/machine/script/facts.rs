//! The steps of a script and their facts, by subject.

use cordboard_schema::audio::SampleRate;
use cordboard_schema::call::{HangupBy, HangupCause, LegEnd, LegKind};
use cordboard_schema::customer_profile::ProfileOutcome;
use cordboard_schema::event::{Announcement, Fact, PlayedEnd};
use cordboard_schema::ids::{EffectId, ItemId, LeadId, LegId, OutsideId};
use cordboard_schema::line_quality::LineQuality;
use cordboard_schema::outbound::DetectedBy;
use cordboard_schema::provider::ProviderFailure;
use cordboard_schema::switch::{ActionOutcome, ChannelSeen, ControlId, ControlLink, HandoffFailure};
use cordboard_schema::tool::ToolOutcome;
use cordboard_schema::usage::TokenUsage;
use cordboard_schema::written::Written;
use serde_json::Value;
use uuid::Uuid;

use super::{Player, ms, named};
use crate::afterwards;
use crate::at_desks;
use crate::own_faults;
use crate::places::{self, checked};
use crate::rehearsal::outside_id;

/// The channel of the party with which the caller is joined.
const PEER: Uuid = Uuid::from_u128(6);

impl Player<'_> {
    /// Parses a step into its fact.
    pub(super) fn fact(&self, word: &str, rest: &str) -> Fact {
        let step = Step { word, rest, words: rest.split(' ').filter(|word| !word.is_empty()).collect() };
        self.of_legs(&step)
            .or_else(|| self.of_channel(&step))
            .or_else(|| of_people(&step))
            .or_else(|| of_dialling(&step))
            .or_else(|| of_wishes(&step))
            .or_else(|| self.of_caller(&step))
            .or_else(|| self.of_assistant(&step))
            .or_else(|| of_tools(&step))
            .or_else(|| of_process(&step))
            .or_else(|| own_faults::fact(word))
            .or_else(|| afterwards::fact(word, &step.words))
            .or_else(|| at_desks::fact(word, rest, self.rehearsal.machine.next_leg()))
            .or_else(|| places::fact(word, &step.words))
            .unwrap_or_else(|| panic!("no such step: {word} {rest}"))
    }

    /// Announcements, and the legs of callers.
    fn of_legs(&self, step: &Step<'_>) -> Option<Fact> {
        let leg = step.leg().unwrap_or(self.leg);
        Some(match step.word {
            "announced" => Fact::Announced { announcement: places::announcement(step.rest) },
            "calls" => Fact::Announced {
                announcement: Announcement { from: Some(step.tail(1)), ..Announcement::default() },
            },
            "writes" => {
                Fact::Announced { announcement: Announcement { writes: true, ..Announcement::default() } }
            }
            "named" => Fact::OutsideIdAdded { outside_id: OutsideId::audiosocket(Uuid::from_u128(5)) },
            "arrived" => Fact::LegArrived {
                leg,
                leg_kind: self.rehearsal.leg_kind(),
                outside_id: outside_id(),
                confirmed: true,
                agent: None,
            },
            "visits" => Fact::LegArrived {
                leg,
                leg_kind: LegKind::Web,
                outside_id: outside_id(),
                confirmed: true,
                agent: None,
            },
            "stream" => Fact::LegArrived {
                leg,
                leg_kind: LegKind::Freeswitch,
                outside_id: OutsideId::freeswitch(Uuid::from_u128(4)),
                confirmed: step.rest == "with its token",
                agent: None,
            },
            "joined" => Fact::LegJoined { leg, leg_kind: LegKind::Audiosocket, rate: SampleRate::HZ_8000 },
            "closed" => Fact::LegLeft { leg, how: LegEnd::Closed },
            "away" => Fact::LegLeft { leg, how: LegEnd::Away },
            "broken" => Fact::LegLeft { leg, how: LegEnd::Broken },
            "released" => Fact::LegLeft { leg, how: LegEnd::Released },
            "signed_out" => Fact::LegLeft { leg, how: LegEnd::SignedOut },
            "misconfigured" => Fact::LegMisconfigured { leg, finding: "no c(slin)".to_owned() },
            "measured" => Fact::LineMeasured { leg: self.leg, quality: LineQuality::default() },
            _ => return None,
        })
    }

    /// A channel under our control: reports and requests of its switch.
    fn of_channel(&self, step: &Step<'_>) -> Option<Fact> {
        Some(match step.word {
            "control" => self.attached(ControlLink::Outbound { control: self.control(step.rest) }, "early"),
            "answered" if step.rest.is_empty() => Fact::ChannelAnswered,
            "answered" => {
                let state = step.words.get(1).copied().unwrap_or("answered");
                self.attached(ControlLink::Outbound { control: self.control("new") }, state)
            }
            "unrouted" => places::unrouted(self.fact("answered", "new"), step.rest),
            "inbound" => {
                self.attached(ControlLink::Inbound, step.words.first().copied().unwrap_or("answered"))
            }
            "lost" => Fact::ControlLost {
                link: match step.rest {
                    "inbound" => ControlLink::Inbound,
                    _ => ControlLink::Outbound { control: self.control("old") },
                },
                reason: "reset".to_owned(),
            },
            "done" => Fact::ActionDone { effect: step.effect(), outcome: ActionOutcome::Done },
            "fails" => Fact::ActionDone {
                effect: step.effect(),
                outcome: ActionOutcome::Failed { reason: "no".to_owned() },
            },
            "unknown" => Fact::ActionDone { effect: step.effect(), outcome: ActionOutcome::Unknown },
            "bridged" => Fact::Bridged { other: PEER.to_string() },
            "unbridged" => Fact::Unbridged,
            "gone" => Fact::ChannelGone,
            "held" => Fact::Held,
            "unheld" => Fact::Unheld,
            "channel" => Fact::Dtmf {
                leg: None,
                digit: named(step.rest.trim_start_matches("key ")),
                duration_ms: Some(120),
            },
            "bye" => Fact::Hangup { by: HangupBy::Caller, cause: HangupCause("NORMAL_CLEARING".to_owned()) },
            "ended" => Fact::Hangup { by: HangupBy::Switch, cause: HangupCause(step.words[0].to_owned()) },
            "next" => Fact::NextAsked { lacks: step.rest == "lacks" },
            "message" => Fact::VoicemailLeft {
                recording: format!("RE{:032x}", 7).parse().unwrap(),
                duration_ms: 3_000,
            },
            "asks" => Fact::DocumentAsked { question: serde_json::from_str(step.rest).unwrap() },
            _ => return None,
        })
    }

    /// The caller's words, texts and keys.
    fn of_caller(&self, step: &Step<'_>) -> Option<Fact> {
        let leg = step.leg().unwrap_or(self.leg);
        Some(match step.word {
            "types" => Fact::Typed { leg, text: step.tail(1) },
            "person" => Fact::PersonAsked { leg },
            "key" => Fact::Dtmf { leg: Some(self.leg), digit: named(step.rest), duration_ms: None },
            "speaks" => Fact::SpeechStarted,
            "spoken" => Fact::SpeechStopped { speech_ms: ms(step.rest) },
            "words" => Fact::Transcript { text: step.rest.to_owned() },
            _ => return None,
        })
    }

    /// The assistant: its connection, its cost and its utterances.
    fn of_assistant(&self, step: &Step<'_>) -> Option<Fact> {
        Some(match step.word {
            "ready" => Fact::AssistantReady {
                leg: self.rehearsal.assistant(),
                provider: "builtin".to_owned(),
                speaks_text: step.rest == "to say anything",
            },
            "failed" => Fact::AssistantFailed {
                leg: self.rehearsal.assistant(),
                failure: step.words.first().map_or_else(Default::default, |failure| named(failure)),
                reason: "gone".to_owned(),
            },
            "candidate" => {
                self.rehearsal.of_candidate(step.words[0], step.words.get(1).map(|failure| named(failure)))
            }
            "reconnects" => Fact::AssistantInterrupted {
                leg: self.rehearsal.assistant(),
                failure: ProviderFailure::Disconnected,
                reason: "gone".to_owned(),
            },
            "reconnected" => {
                Fact::AssistantRestored { leg: self.rehearsal.assistant(), attempts: 1, away_ms: 300 }
            }
            "used" => Fact::Usage {
                leg: self.rehearsal.assistant(),
                model: step.words.get(1).unwrap_or(&"voice").to_string(),
                source: step.words[0].to_owned(),
                usage: TokenUsage { audio_output: 1_000, ..TokenUsage::default() },
            },
            "item" => Fact::ItemStarted {
                leg: self.rehearsal.assistant(),
                item: step.item(),
                line: step.words.get(1).map(|line| named(line)),
            },
            "text" => {
                Fact::ItemComplete { item: step.item(), audio_ms: ms(step.words[1]), text: step.tail(2) }
            }
            "played" => played(step.item(), step.words.get(1).unwrap_or(&"2s"), PlayedEnd::Finished),
            "cut" => played(step.item(), step.words[1], PlayedEnd::Cleared),
            _ => return None,
        })
    }

    /// The next control connection, or the newest one.
    fn control(&self, which: &str) -> ControlId {
        let next = self.rehearsal.machine.next_control();
        match which {
            "old" => ControlId(next.0 - 1),
            _ => next,
        }
    }

    fn attached(&self, link: ControlLink, answer_state: &str) -> Fact {
        let channel = ChannelSeen {
            switch: self.rehearsal.switch(),
            answer_state: named(match answer_state {
                "bridged" | "held" | "unheld" => "answered",
                other => other,
            }),
            is_held: matches!(answer_state, "held" | "unheld").then(|| answer_state == "held"),
            bridged_with: (answer_state == "bridged").then(|| PEER.to_string()),
            domain: Some("pbx.example".to_owned()),
            read_rate: Some(8_000),
            ..ChannelSeen::default()
        };
        Fact::ControlAttached { link, channel }
    }
}

/// A step: its word, and what follows it.
struct Step<'s> {
    word: &'s str,
    rest: &'s str,
    /// The words of the rest.
    words: Vec<&'s str>,
}

impl Step<'_> {
    fn leg(&self) -> Option<LegId> {
        self.words.first()?.parse().ok().map(LegId)
    }

    fn item(&self) -> ItemId {
        ItemId(self.words[0].parse().unwrap())
    }

    fn effect(&self) -> EffectId {
        EffectId(self.words[0].parse().unwrap())
    }

    fn tail(&self, from: usize) -> String {
        self.words[from..].join(" ")
    }
}

/// People who are asked to take over, and phones that are rung.
fn of_people(step: &Step<'_>) -> Option<Fact> {
    Some(match step.word {
        "free" => Fact::ExtensionChecked { effect: step.effect(), checked: Some(checked("registered")) },
        "found" => Fact::ExtensionChecked { effect: step.effect(), checked: Some(checked(step.words[1])) },
        "unchecked" => Fact::ExtensionChecked { effect: step.effect(), checked: None },
        "cached" => {
            Fact::ProfileCached { handoff: Some(step.effect()), outcome: ProfileOutcome::Cached, brief: None }
        }
        "uncached" => Fact::ProfileCached {
            handoff: Some(step.effect()),
            outcome: ProfileOutcome::Failed { reason: "no".to_owned() },
            brief: None,
        },
        "rings" => Fact::HandoffRinging { handoff: step.effect() },
        "accepted" => Fact::HandoffAccepted { handoff: step.effect() },
        "unreached" => Fact::HandoffFailed { handoff: step.effect(), failure: named(step.words[1]) },
        _ => return None,
    })
}

/// A call that we make.
fn of_dialling(step: &Step<'_>) -> Option<Fact> {
    Some(match step.word {
        "on" => Fact::AttemptRecorded,
        "ordered" => Fact::DialAccepted { outside_id: OutsideId::audiosocket(Uuid::from_u128(6)) },
        "progress" => Fact::DialProgress { progress: named(step.words[0]) },
        "picked" => Fact::DialAnswered,
        "unwritten" => {
            Fact::DialFailed { failure: HandoffFailure::Congestion, cause: Some(HangupCause::not_recorded()) }
        }
        "unanswered" => Fact::DialFailed { failure: named(step.words[0]), cause: None },
        "by" => Fact::AnsweredBy { who: named(step.words[0]), by: DetectedBy::Line },
        "sounds" => Fact::AnsweredBy { who: named(step.words[0]), by: DetectedBy::Own },
        "tone" => Fact::VoicemailTone,
        _ => return None,
    })
}

/// Requests of programs, agents and pages.
fn of_wishes(step: &Step<'_>) -> Option<Fact> {
    Some(match step.word {
        "hold" => Fact::HoldAsked,
        "unhold" => Fact::UnholdAsked,
        "park" => Fact::ParkAsked,
        "parked" => Fact::Parked { space: step.words[0].to_owned() },
        "set" => Fact::VariablesAsked {
            variables: [(step.words[0].to_owned(), step.tail(1))].into_iter().collect(),
        },
        "transfer" => Fact::TransferAsked { target: step.rest.to_owned() },
        "handoff" => Fact::HandoffAsked { target: step.rest.to_owned() },
        "asked" => Fact::SayAsked { text: step.rest.to_owned() },
        "digits" => {
            Fact::DtmfAsked { digits: step.rest.chars().map(|digit| digit.try_into().unwrap()).collect() }
        }
        "hangup" => Fact::Hangup { by: HangupBy::Api, cause: HangupCause("operator".to_owned()) },
        "uncallable" => Fact::Hangup { by: HangupBy::Server, cause: HangupCause::not_callable() },
        _ => return None,
    })
}

/// Calls of tools, and their results.
fn of_tools(step: &Step<'_>) -> Option<Fact> {
    Some(match step.word {
        "tool" => Fact::ToolCall {
            tool_call: step.words[0].to_owned(),
            name: step.words[1].to_owned(),
            arguments: step
                .words
                .get(2)
                .map_or(Value::Null, |_| serde_json::from_str(&step.tail(2)).unwrap()),
        },
        "kept" => Fact::ToolDone { effect: step.effect(), outcome: ToolOutcome::done("kept"), written: None },
        "wrote" => Fact::ToolDone {
            effect: step.effect(),
            outcome: ToolOutcome::done("written down"),
            written: Some(Written::LeadCreated(LeadId(Uuid::nil()))),
        },
        "suppressed" => Fact::ToolDone {
            effect: step.effect(),
            outcome: ToolOutcome::done("on the list"),
            written: Some(Written::NumberSuppressed),
        },
        "unkept" => Fact::ToolDone {
            effect: step.effect(),
            outcome: ToolOutcome::failed(step.tail(1)),
            written: None,
        },
        _ => return None,
    })
}

/// The recording, and the process.
fn of_process(step: &Step<'_>) -> Option<Fact> {
    Some(match step.word {
        "recording" => {
            Fact::RecordingStarted { offset_ms: step.words.first().map_or(0, |offset| ms(offset)) }
        }
        "unrecorded" => Fact::RecordingFailed { reason: "no space left".to_owned() },
        "recorded" => Fact::RecordingFinished { duration_ms: 9_000 },
        "gap" => Fact::RecordingLost { lost_ms: 500 },
        "draining" => Fact::ServerDraining,
        "drained" => Fact::DrainExpired,
        "stopping" => Fact::ServerStopping,
        "restarted" => {
            Fact::ServerRestarted { recorded_ms: step.words.first().map(|length| ms(length)), away_ms: None }
        }
        "deadline" => Fact::DeadlinePassed,
        _ => return None,
    })
}

fn played(item: ItemId, heard: &str, end: PlayedEnd) -> Fact {
    Fact::PlayedUntil { item, heard_ms: ms(heard), end }
}
