//! A channel that a call wants reports about, and its dump. Pure.

use cordboard_schema::event::Fact;
use cordboard_schema::switch::{AnswerState, ChannelSeen, ControlLink, SwitchKind};
use cordboard_schema::wire::esl::{ApiAnswer, Event};

use crate::freeswitch::translation::{is_held, sent_on_by};
use crate::switches::LinkKnowledge;

/// State of a channel, as a switch reports it.
#[derive(Debug)]
pub(super) enum ChannelState {
    /// The channel exists, with this dump.
    There(Box<Event>),
    /// There is no channel of that name.
    Gone,
    /// The answer can't be parsed.
    Unreadable,
}

impl ChannelState {
    /// Parses the answer to `uuid_dump ... json`.
    pub(super) fn of(text: &str) -> Self {
        match ApiAnswer::of(text) {
            ApiAnswer::Failed(why) if why.starts_with("No such channel") => Self::Gone,
            ApiAnswer::Bare(json) => {
                let dump = Event::json(json.as_bytes());
                if dump.unique_id().is_some() { Self::There(Box::new(dump)) } else { Self::Unreadable }
            }
            _ => Self::Unreadable,
        }
    }
}

/// Why the dump was requested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DumpPurpose {
    /// To find out whether the switch has the channel.
    IsThere,
    /// To learn what no event has reported; events are sent from now on.
    CatchUp,
}

/// The last report to a call about a channel that it wants reports about.
#[derive(Debug)]
pub(super) struct ReportedState {
    standing: LinkKnowledge,
    /// The channel that it is bridged with, as last reported.
    bridged_with: Option<String>,
    /// Whether the switch was seen to have it.
    was_there: bool,
}

impl ReportedState {
    /// Starts without reports.
    pub(super) fn nothing() -> Self {
        Self { standing: LinkKnowledge::Away, bridged_with: None, was_there: false }
    }

    /// Returns whether the switch was seen to have the channel.
    pub(super) fn was_there(&self) -> bool {
        self.was_there
    }

    /// Returns whether the channel was reported as gone or ended.
    pub(super) fn is_over(&self) -> bool {
        self.standing.is_over()
    }

    /// Returns whether the end of the channel was reported: later reports would be of no use.
    pub(super) fn knows_how_it_ended(&self) -> bool {
        self.standing == LinkKnowledge::Over
    }

    /// Notes that the switch can't be reached any more.
    pub(super) fn link_lost(&mut self, reason: &str) -> Option<Fact> {
        self.standing.link_lost(reason)
    }

    /// Handles the state of the channel at the switch. Returns the facts for the call.
    pub(super) fn found(&mut self, found: &ChannelState, purpose: DumpPurpose) -> Vec<Fact> {
        match found {
            _ if self.is_over() => Vec::new(),
            ChannelState::Unreadable => Vec::new(),
            ChannelState::Gone => self.gone().into_iter().collect(),
            ChannelState::There(dump) => self.is_there(dump, purpose),
        }
    }

    /// Notes that the switch has no such channel.
    pub(super) fn gone(&mut self) -> Option<Fact> {
        self.standing.gone()
    }

    /// Notes a fact of an event that is on its way to the call.
    pub(super) fn passed(&mut self, fact: &Fact) {
        match fact {
            Fact::Hangup { .. } => self.standing = LinkKnowledge::Over,
            Fact::Bridged { other } => self.bridged_with = Some(other.clone()),
            Fact::Unbridged => self.bridged_with = None,
            _ => {}
        }
    }

    /// Facts describe a state, so a fact that is known already changes nothing.
    fn is_there(&mut self, dump: &Event, purpose: DumpPurpose) -> Vec<Fact> {
        self.was_there = true;
        let channel = seen(dump);
        let mut facts = Vec::new();
        if self.standing == LinkKnowledge::Away {
            self.standing = LinkKnowledge::Attached;
            facts.push(Fact::ControlAttached { link: ControlLink::Inbound, channel: channel.clone() });
        }
        if purpose == DumpPurpose::CatchUp {
            if channel.answer_state == AnswerState::Answered {
                facts.push(Fact::ChannelAnswered);
            }
            let was_bridged = self.bridged_with.is_some() || dump.variable("last_bridge_to").is_some();
            match &channel.bridged_with {
                Some(other) => facts.push(Fact::Bridged { other: other.clone() }),
                None if was_bridged => facts.push(Fact::Unbridged),
                None => {}
            }
            let is_held = dump.get("Channel-Call-State").is_some_and(is_held);
            facts.push(if is_held { Fact::Held } else { Fact::Unheld });
        }
        self.bridged_with = channel.bridged_with;
        facts
    }
}

/// Returns the state of the channel from its dump. `bridge_to` exists only while the bridge does; similar variables stay after it.
fn seen(dump: &Event) -> ChannelSeen {
    let answer_state = match dump.get("Answer-State") {
        Some("answered") => AnswerState::Answered,
        Some("early") => AnswerState::Early,
        _ => AnswerState::Ringing,
    };
    let text = |name: &str| dump.variable(name).filter(|text| !text.is_empty()).map(str::to_owned);
    ChannelSeen {
        switch: SwitchKind::Freeswitch,
        answer_state,
        // The call was not notified that the caller was transferred.
        bridged_with: text("bridge_to").or_else(|| sent_on_by(dump).map(str::to_owned)),
        // A separate fact reports it, once events are sent.
        is_held: None,
        domain: text("domain_name").or_else(|| text("sip_to_host")).or_else(|| text("sip_req_host")),
        read_rate: text("read_rate").and_then(|rate| rate.parse().ok()),
        from: dump.caller_number().map(str::to_owned),
        to: dump.text_of("Caller-Destination-Number").map(str::to_owned),
        // It may be left from an earlier transfer: only a new connection shows where it comes from.
        unrouted: None,
        unrouted_for: None,
    }
}
