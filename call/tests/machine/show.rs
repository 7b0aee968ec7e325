//! How facts, decisions and effects are printed in rows: short enough to be read as a story.

use std::fmt::{self, Write as _};

use cordboard_call::effect::Effect;
use cordboard_call::{Accepts, AssistantOrder, ChannelAction, DeskPlace};
use cordboard_schema::agent::{AgentAudio, Consult, ConsultEnd, PhoneNow};
use cordboard_schema::customer_profile::ProfileOutcome;
use cordboard_schema::event::{Decision, Fact, PlayedEnd};
use cordboard_schema::provider::{AssistantRole, ProviderFailure};
use cordboard_schema::supervision::SupervisorRequest;
use cordboard_schema::switch::{ActionOutcome, ControlLink};
use cordboard_schema::time::UnixMs;
use cordboard_schema::tool::ToolOutcome;
use serde_json::Value;

use crate::rehearsal::START;

/// Facts with what they made the machine do, one line each: decisions in brackets, then effects.
#[derive(Clone, Debug, Default)]
pub(crate) struct Played(String);

impl Played {
    pub(crate) fn add(&mut self, now: UnixMs, fact: &Fact, effects: &[Effect]) {
        let at = now.ms_since(START);
        let _ = writeln!(
            self.0,
            "{:>3}.{:03} {}{}",
            at / 1000,
            at % 1000,
            show_fact(fact),
            show_effects(effects)
        );
    }
}

impl fmt::Display for Played {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Returns everything that a step did, after a colon; an empty text if it did nothing.
pub(crate) fn show_effects(effects: &[Effect]) -> String {
    let shown: Vec<String> = effects.iter().map(show_effect).collect();
    if shown.is_empty() { String::new() } else { format!(": {}", shown.join(", ")) }
}

fn show_fact(fact: &Fact) -> String {
    let kind = fact.kind();
    match fact {
        Fact::LegArrived { leg, .. }
        | Fact::LegJoined { leg, .. }
        | Fact::AssistantReady { leg, .. }
        | Fact::LegMisconfigured { leg, .. } => format!("{kind} {leg}"),
        Fact::AssistantFailed { leg, failure: ProviderFailure::Other, .. } => format!("{kind} {leg}"),
        Fact::AssistantFailed { leg, failure, .. } => format!("{kind} {leg} {failure}"),
        Fact::Usage { source, .. } => format!("{kind} {source}"),
        Fact::LegLeft { leg, how } => format!("{kind} {leg} {}", word(how)),
        Fact::Dtmf { digit, .. } => format!("{kind} {digit}"),
        Fact::SpeechStopped { speech_ms } => format!("{kind} {speech_ms}"),
        Fact::Transcript { text } => format!("{kind} '{text}'"),
        Fact::ItemStarted { item, line, .. } => {
            format!("{kind} {item} {}", line.map_or("-".to_owned(), |line| word(&line)))
        }
        Fact::ItemComplete { item, .. } => format!("{kind} {item}"),
        Fact::PlayedUntil { item, heard_ms, end } => format!("{kind} {item} {heard_ms} {}", word(end)),
        Fact::ToolCall { tool_call, name, arguments: Value::Null } => format!("{kind} {tool_call} {name}"),
        Fact::ToolCall { tool_call, name, arguments } => {
            // Quotes would have to be escaped in the code of a row.
            let arguments = arguments.to_string().replace('"', "'");
            format!("{kind} {tool_call} {name} {arguments}")
        }
        Fact::ToolDone { effect, outcome, .. } => format!("{kind} {effect} {}", show_outcome(outcome)),
        Fact::ControlAttached { link, .. } | Fact::ControlLost { link, .. } => {
            format!("{kind} {}", show_link(*link))
        }
        Fact::ActionDone { effect, outcome } => {
            let outcome = match outcome {
                ActionOutcome::Done => "done",
                ActionOutcome::Failed { .. } => "failed",
                ActionOutcome::Unknown => "unknown",
            };
            format!("{kind} {effect} {outcome}")
        }
        Fact::PlaceChecked { effect, exists, extension } => {
            let is_there = match exists {
                Some(true) => "there",
                Some(false) => "missing",
                None => "-",
            };
            let phone =
                extension.as_ref().map_or(String::new(), |checked| format!(" {}", word(&checked.state)));
            format!("{kind} {effect} {is_there}{phone}")
        }
        Fact::ExtensionChecked { effect, checked } => {
            format!(
                "{kind} {effect} {}",
                checked.as_ref().map_or("-".to_owned(), |checked| word(&checked.state))
            )
        }
        Fact::ProfileCached { handoff, outcome, .. } => {
            let kind = handoff.map_or(kind.to_owned(), |handoff| format!("{kind} {handoff}"));
            match outcome {
                ProfileOutcome::Failed { reason } => format!("{kind} failed: {reason}"),
                ProfileOutcome::Cached | ProfileOutcome::CachedHere { .. } => kind,
            }
        }
        Fact::AgentAsked { wish, .. } => {
            let wish = serde_json::to_value(wish).ok();
            let wish = wish.and_then(|wish| wish["wish"].as_str().map(str::to_owned)).unwrap_or_default();
            format!("{kind} {wish}")
        }
        Fact::SupervisorAsked { wish, .. } => match wish {
            SupervisorRequest::Supervise { mode, .. } => format!("{kind} {}", mode.as_str()),
            wish => format!("{kind} {}", word(&serde_json::to_value(wish).unwrap()["wish"])),
        },
        Fact::HandoffFailed { failure, .. }
        | Fact::DeskFailed { failure, .. }
        | Fact::OfferPassed { failure, .. }
        | Fact::DialFailed { failure, .. } => format!("{kind} {failure}"),
        Fact::PhoneTold { ringing, now } => match now {
            PhoneNow::Failed { failure, .. } => format!("{kind} {ringing} {failure}"),
            now => format!("{kind} {ringing} {}", word(&serde_json::to_value(now).unwrap()["phone"])),
        },
        Fact::PhoneLegArrived { leg, ringing } => format!("{kind} {leg} of {ringing}"),
        Fact::DialProgress { progress } => format!("{kind} {}", word(progress)),
        Fact::AnsweredBy { who, by } if by.is_line() => format!("{kind} {}", word(who)),
        Fact::AnsweredBy { who, .. } => format!("{kind} {} by ourselves", word(who)),
        _ => kind.to_owned(),
    }
}

/// Returns a place in the chain of voices, unless it is the first.
fn show_place(place: u8) -> String {
    if place == 0 { String::new() } else { format!(" at {place}") }
}

fn show_effect(effect: &Effect) -> String {
    let name = effect.name();
    match effect {
        Effect::Note(decision) => format!("[{}]", show_decision(decision)),
        Effect::Assistant(order) => show_order(order),
        Effect::StartLeg(leg)
        | Effect::RefuseLeg(leg)
        | Effect::StartRecording(leg)
        | Effect::StartAssistant { leg, role: AssistantRole::Configured, place: 0, .. }
        | Effect::TryAssistant { leg, place: 0 }
        | Effect::TakeOver(leg)
        | Effect::ReleaseLeg(leg)
        | Effect::Resync(leg) => format!("{name} {leg}"),
        Effect::StartAssistant { leg, role: AssistantRole::Configured, place, .. }
        | Effect::TryAssistant { leg, place } => format!("{name} {leg} at {place}"),
        Effect::StartAssistant { leg, role, .. } => format!("{name} {leg} {}", word(role)),
        Effect::SendDtmf { leg, digits } => {
            format!("{name} {leg} {}", digits.iter().map(ToString::to_string).collect::<String>())
        }
        Effect::Plug(cord) | Effect::Unplug(cord) | Effect::Clear(cord) => format!("{name} {cord}"),
        Effect::Write { effect, .. } => format!("{name} {effect}"),
        Effect::SaveMessage(effect) => format!("{name} {effect}"),
        Effect::TakeControl(control) | Effect::ReleaseControl(control) | Effect::ResyncControl(control) => {
            format!("{name} {control}")
        }
        Effect::RefuseControl { control, next } => format!("{name} {control} '{next}'"),
        Effect::Listen(listening) => format!("hear by {}", format!("{listening:?}").to_lowercase()),
        Effect::SoundPlayedBy(link) => {
            format!("sound by {}", link.map_or("none".to_owned(), show_link))
        }
        Effect::Channel { link, effect, action } => {
            format!("{} {effect} by {}", show_action(action), show_link(*link))
        }
        Effect::StartStream { link, effect } => format!("{name} {effect} by {}", show_link(*link)),
        Effect::StartUnicast { leg, link, effect, .. } => {
            format!("{name} {effect} as {leg} by {}", show_link(*link))
        }
        Effect::StartMusic(leg) | Effect::StopMusic(leg) => format!("{name} {leg}"),
        Effect::RunCustomTool { effect, arguments, .. } => {
            let arguments = serde_json::Value::Object(arguments.clone()).to_string();
            format!("{name} {effect} {}", arguments.replace('"', "'"))
        }
        Effect::CheckPlace { effect, place, .. } => format!("{name} {effect} {place}"),
        Effect::CheckExtension { effect, phone } => format!("{name} {effect} {}", phone.number()),
        Effect::CacheProfile { extensions, .. } => format!("{name} for {}", extensions.join(" ")),
        Effect::Ring { handoff, phone, .. } => format!("{name} {handoff} {}", phone.number()),
        Effect::Offer { handoff, place, accepts, .. } => {
            let place = match place {
                DeskPlace::Extension(at) => format!("at {at}"),
                DeskPlace::Queue(queue) => format!("in {queue}"),
                DeskPlace::Agent(user) => format!("to {user}"),
            };
            let by = if *accepts == Accepts::ByItself { ", accepted by itself" } else { "" };
            format!("{name} {handoff} {place}{by}")
        }
        Effect::CallColleague { handoff, place: DeskPlace::Extension(at), .. } => {
            format!("{name} {handoff} at {at}")
        }
        Effect::CallColleague { handoff, .. } => format!("{name} {handoff}"),
        Effect::NotReached { to, failure, .. } => format!("{name} {to} {failure}"),
        Effect::StartRingBack { leg, to } => format!("{name} {leg} to {to}"),
        Effect::StopRingBack(leg) => format!("{name} {leg}"),
        Effect::WithdrawOffer { handoff, is_taken: false } => format!("{name} {handoff}"),
        Effect::WithdrawOffer { handoff, is_taken: true } => format!("{name} {handoff} as taken"),
        Effect::AgentIs { status, .. } => {
            let muted = if status.is_muted { " muted" } else { "" };
            let others = if status.others.is_empty() { "" } else { " with others" };
            let consult = match &status.consult {
                Some(Consult { target, is_there: false, .. }) => format!(" asking {target}"),
                Some(Consult { target, is_there: true, .. }) => format!(" consulting {target}"),
                None => String::new(),
            };
            let dialling = status.dialling.as_ref().map_or_else(String::new, |dialling| {
                let rings = if dialling.rings_since.is_some() { ", which rings" } else { "" };
                format!(" to {}{rings}", dialling.to)
            });
            let colleague = if status.colleague.is_some() { " with a colleague" } else { "" };
            let outsiders = match status.outsiders.is_empty() {
                true => String::new(),
                false => format!(" with {}", status.outsiders.join(" ")),
            };
            let audio = if status.audio == AgentAudio::Phone { " by phone" } else { "" };
            let state = word(&status.state);
            format!("agent is {state}{audio}{muted}{others}{outsiders}{consult}{dialling}{colleague}")
        }
        Effect::RingPhone { ringing, target, .. } => format!("{name} {ringing} {target}"),
        Effect::StopPhone { ringing } => format!("{name} {ringing}"),
        Effect::TakeOffer { handoff, .. } => format!("{name} {handoff}"),
        Effect::PassOffer { handoff, failure, .. } => format!("{name} {handoff}: {failure}"),
        Effect::AgentLeft { has_talked: true, .. } => format!("{name} after talking"),
        Effect::AgentLeft { has_talked: false, .. } => name.to_owned(),
        Effect::StopRinging { handoff } => format!("{name} {handoff}"),
        Effect::BridgeCallee { link, effect, handoff } => {
            format!("{name} {effect} of {handoff} by {}", show_link(*link))
        }
        Effect::RecordAttempt | Effect::EndBySwitch | Effect::DismissCandidate => name.to_owned(),
        Effect::Dial(dialled) | Effect::StopDialling(dialled) => format!("{name} {}", dialled.target),
        Effect::StartDetection(leg) | Effect::StartToneWatch(leg) | Effect::StopToneWatch(leg) => {
            format!("{name} {leg}")
        }
        Effect::AnswerNext(next) => format!("answer '{next}'"),
        Effect::AnswerDocument(step) => {
            let step = serde_json::to_value(step).unwrap();
            let name = step.as_object().and_then(|step| step.keys().next()).map(String::as_str);
            format!("answer {}", name.or(step.as_str()).unwrap_or_default())
        }
    }
}

fn show_link(link: ControlLink) -> String {
    match link {
        ControlLink::Outbound { control } => format!("link {control}"),
        ControlLink::Inbound => "inbound".to_owned(),
    }
}

fn show_action(action: &ChannelAction) -> String {
    match action {
        ChannelAction::Answer => "answer channel".to_owned(),
        ChannelAction::HangUp(cause) => format!("hang up {cause}"),
        ChannelAction::Play(prompt) => {
            format!("prompt {}", prompt.as_str().rsplit('/').next().unwrap_or_default())
        }
        ChannelAction::Transfer(target) => format!("transfer to {target}"),
        ChannelAction::SendDtmf(digits) => {
            format!("dtmf {}", digits.iter().map(ToString::to_string).collect::<String>())
        }
        ChannelAction::StopStream => "stop_stream".to_owned(),
        ChannelAction::ParkAgain => "park_anew".to_owned(),
        ChannelAction::StopPlayback { .. } => "stop_playback".to_owned(),
        ChannelAction::PlayMusic => "play_music".to_owned(),
        ChannelAction::Hold { .. } => "hold_phone".to_owned(),
        ChannelAction::Unhold { .. } => "unhold_phone".to_owned(),
        ChannelAction::Park { timeout_ms } => format!("park for {} s", timeout_ms / 1_000),
        ChannelAction::Fetch => "fetch".to_owned(),
        ChannelAction::NextDocument => "next_document".to_owned(),
        ChannelAction::Record => "record".to_owned(),
        ChannelAction::StopRecording => "stop_recording".to_owned(),
        ChannelAction::SetVariables(variables) => {
            let set: Vec<String> = variables.iter().map(|(name, value)| format!("{name}={value}")).collect();
            format!("set {}", set.join(" "))
        }
        other => format!("{other:?}"),
    }
}

fn show_order(order: &AssistantOrder) -> String {
    match order {
        AssistantOrder::SayText(text) => format!("say '{text}'"),
        AssistantOrder::CallerTyped(text) => format!("typed '{text}'"),
        AssistantOrder::Happened(what) => format!("tell '{what}'"),
        AssistantOrder::GoOn => "go on".to_owned(),
        AssistantOrder::Say(line) => format!("say {}", word(line)),
        AssistantOrder::Heard { item, heard_ms, end } => format!("heard {item} {heard_ms} {}", word(end)),
        AssistantOrder::Attend(attention) => format!("{attention:?}").to_lowercase(),
        AssistantOrder::ToolResult { tool_call, outcome } => {
            format!("tell {tool_call} {}", show_outcome(outcome))
        }
        AssistantOrder::Tools(tools) => {
            format!("tools {}", tools.iter().map(|tool| &*tool.name).collect::<Vec<_>>().join(" "))
        }
        AssistantOrder::Resync => "resync".to_owned(),
        AssistantOrder::TakeOver { .. } => "take over".to_owned(),
        AssistantOrder::Stop => "stop".to_owned(),
    }
}

fn show_decision(decision: &Decision) -> String {
    let kind = decision.kind();
    match decision {
        Decision::KeyToldAgain { digit } => format!("{kind} {digit}"),
        Decision::KeyPressed { digits, .. } => format!("{kind} {digits}"),
        Decision::BargeIn { item, heard_ms } => format!("{kind} {item} at {heard_ms}"),
        Decision::AssistantSaid { item, text, heard_ms, end } => match end {
            PlayedEnd::Finished => format!("said {item} '{text}'"),
            PlayedEnd::Cleared => format!("said {item} '{text}' cut at {heard_ms}"),
        },
        Decision::CallerSaid { text } => format!("caller said '{text}'"),
        Decision::ToolStarted { effect, tool, .. } => format!("{tool} {effect} started"),
        Decision::CustomToolStarted { effect, tool, .. } => format!("{tool} {effect} started"),
        Decision::ToolFinished { effect, tool, outcome, .. } => {
            format!("{} {effect} {}", if tool.is_empty() { "tool" } else { tool }, show_outcome(outcome))
        }
        Decision::MessageTaken { speech_ms, .. } => format!("{kind} speech {speech_ms}"),
        Decision::LeadCreated { effect, .. }
        | Decision::LeadUpdated { effect, .. }
        | Decision::AppointmentHeld { effect, .. }
        | Decision::AppointmentBooked { effect, .. }
        | Decision::AppointmentMoved { effect, .. }
        | Decision::AppointmentCancelled { effect, .. }
        | Decision::TextQueued { effect, .. }
        | Decision::NumberSuppressed { effect }
        | Decision::ActivityCreated { effect, .. }
        | Decision::ActivityUpdated { effect, .. }
        | Decision::ActivityCompleted { effect, .. } => format!("{kind} {effect}"),
        Decision::Returning { until } => format!("{kind} until {}", until.ms_since(START) / 1000),
        Decision::Interrupted { until } => format!("{kind} until {}", until.ms_since(START) / 1000),
        Decision::Resumed { away_ms } => format!("{kind} after {away_ms}"),
        Decision::DocumentAnswered { .. } => kind.to_owned(),
        Decision::TransferFailed { target, failure, .. } => format!("{kind} {target}: {failure}"),
        Decision::ForwardRefused { target, .. } => format!("{kind} {target}"),
        Decision::NextAnswered { next } => format!("{kind} '{next}'"),
        Decision::Ended { ending, next } => {
            format!("{kind} {} by {}, next '{next}'", ending.cause, word(&ending.by))
        }
        Decision::AssistantReplaced { leg, role, place, failure } => {
            format!("{kind} by {leg} {}{}: {failure}", word(role), show_place(*place))
        }
        Decision::AssistantTried { leg, attempt, place } => {
            format!("{kind} {leg}{}, attempt {attempt}", show_place(*place))
        }
        Decision::AssistantReturned { leg, attempts, away_ms, place } => {
            format!("{kind} {leg}{} after {attempts} in {away_ms}", show_place(*place))
        }
        Decision::AssistantGivenUp { failure } => format!("{kind} {failure}"),
        Decision::CostCapReached { place, cap_micros, spent_micros } => {
            format!("{kind}{} {spent_micros} of {cap_micros}", show_place(*place))
        }
        Decision::Charged { cost_micros, .. } => format!("{kind} {cost_micros}"),
        Decision::ModeChanged { mode } => format!("{kind} {}", word(mode)),
        Decision::CapabilitiesChanged { capabilities } => {
            format!("can {}", capabilities.iter().map(word).collect::<Vec<_>>().join(" "))
        }
        Decision::HoldEnded { held_ms } => format!("{kind} after {held_ms}"),
        Decision::ParkEnded { parked_ms } => format!("{kind} after {parked_ms}"),
        Decision::PersonRecordingBegan { recording } | Decision::PersonRecordingEnded { recording } => {
            format!("{kind} {recording}")
        }
        Decision::TransferRequested { target } | Decision::DialRequested { target } => {
            format!("{kind} {target}")
        }
        Decision::OutboundFailed { failure } => format!("{kind} {failure}"),
        Decision::PersonWished { phrase } => format!("{kind} '{phrase}'"),
        Decision::HandoffRequested { handoff, target, .. }
        | Decision::AgentRequested { handoff, target, .. } => format!("{kind} {handoff} {target}"),
        Decision::CallbackNoted { effect, phone, .. } => format!("{kind} {effect} {phone}"),
        Decision::HandoffAbandoned { handoff, failure } => format!("{kind} {handoff} {failure}"),
        Decision::AgentJoined { handoff, leg, .. } => format!("{kind} {handoff} as {leg}"),
        Decision::AgentLeft { how, .. } => format!("{kind} {}", word(how)),
        Decision::SupervisorJoined { leg, mode, .. } => format!("{kind} as {leg} to {}", mode.as_str()),
        Decision::SupervisionChanged { mode, .. } => format!("{kind} to {}", mode.as_str()),
        Decision::SupervisorLeft { heard_ms, how, .. } => {
            format!("{kind} {} after {}", word(how), heard_ms.map_or("-".to_owned(), |ms| ms.to_string()))
        }
        Decision::PassedOn { target, note, .. } => format!("{kind} to {target} '{note}'"),
        Decision::ConsultBegan { consult, target, .. } => format!("{kind} {consult} {target}"),
        Decision::PhoneRung { ringing, target, .. } => format!("{kind} {ringing} {target}"),
        Decision::OutsiderAnswered { consult, target, leg } => format!("{kind} {consult} {target} as {leg}"),
        Decision::OutsiderJoined { consult, target } => format!("{kind} {consult} {target}"),
        Decision::OutsiderLeft { consult, target, talked_ms } => {
            let talked = if talked_ms.is_some() { " after talking" } else { "" };
            format!("{kind} {consult} {target}{talked}")
        }
        Decision::ColleagueJoined { consult, leg, .. } => format!("{kind} {consult} as {leg}"),
        Decision::ConsultEnded { consult, end } => match end {
            ConsultEnd::NotReached { failure } => format!("{kind} {consult}: {failure}"),
            end => format!("{kind} {consult} {}", word(&serde_json::to_value(end).unwrap()["how"])),
        },
        Decision::Whispered { item, text, heard_ms, .. } => {
            format!("{kind} {item} for {heard_ms} ms '{text}'")
        }
        Decision::HandedBack { note, .. } => format!("{kind} '{note}'"),
        Decision::HandoffBridged { handoff }
        | Decision::ProfileNotAwaited { handoff }
        | Decision::CallerReturned { handoff } => {
            format!("{kind} {handoff}")
        }
        Decision::DeadlineStuck { deadline } => format!("{kind} {deadline}"),
        Decision::NoticeGiven { version, .. } => format!("{kind} of version {version}"),
        Decision::Answered | Decision::SilencePrompted | Decision::HoldBegan => kind.to_owned(),
    }
}

fn show_outcome(outcome: &ToolOutcome) -> String {
    match outcome {
        ToolOutcome::Done { .. } => "done".to_owned(),
        ToolOutcome::Refused { reason } => format!("refused: {reason}"),
        ToolOutcome::Failed { reason, .. } => format!("failed: {reason}"),
        ToolOutcome::TimedOut => "timed out".to_owned(),
    }
}

/// Returns the word that the journal uses.
fn word<T: serde::Serialize>(named: &T) -> String {
    serde_json::to_value(named).ok().and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default()
}
