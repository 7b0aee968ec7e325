//! Channels that calls want reports about: whether the switch has them, and their events if no other link reports those.

use cordboard_schema::event::Fact;
use cordboard_schema::time::UnixMs;
use cordboard_schema::wire::esl::{ApiAnswer, ApiCommand, Command, Event};
use tracing::{debug, warn};
use uuid::Uuid;

use super::playing::Playing;
use super::watched::{ChannelState, DumpPurpose, ReportedState};
use super::{Awaited, Freeswitch, opening};
use crate::freeswitch::translation;
use crate::messages::{CallLine, Listening, ToCall};

/// A channel that a call wants reports about.
#[derive(Debug)]
pub(super) struct Watched {
    pub(super) call: CallLine,
    pub(super) reported: ReportedState,
    /// Which link reports the channel's events to the call.
    pub(super) listening: Listening,
    /// Whether the switch sends its events on this connection.
    let_through: LetThrough,
    /// Audio that it is given to play, while this link reports its events.
    pub(super) playing: Playing,
}

/// Whether a switch sends a channel's events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LetThrough {
    No,
    /// It was requested.
    Requested,
    Yes,
}

impl Watched {
    /// Returns whether this link gets the channel's events and passes them on.
    pub(super) fn hears(&self) -> bool {
        self.let_through == LetThrough::Yes && self.listening == Listening::Inbound
    }

    /// Reports the channel's state at the switch of this name to the call. A channel that was not seen there may be another
    /// switch's.
    pub(super) fn report(&self, fact: Fact, was_there: bool, server: &str) {
        match fact {
            Fact::ChannelGone if !was_there => {
                self.call.tell(ToCall::NotHeldBy { server: server.to_owned() });
            }
            fact => {
                if matches!(fact, Fact::ControlAttached { .. }) {
                    self.call.tell(ToCall::HeldBy { server: server.to_owned() });
                }
                self.call.fact(fact);
            }
        }
    }
}

impl Freeswitch {
    pub(super) fn watch(&mut self, channel: Uuid, call: CallLine, now: UnixMs) {
        let watched = Watched {
            call,
            reported: ReportedState::nothing(),
            listening: Listening::Outbound,
            let_through: LetThrough::No,
            playing: Playing::default(),
        };
        self.watched.insert(channel, watched);
        self.request_dump(channel, DumpPurpose::IsThere, now);
    }

    /// Requests the events first and then the dump, so that nothing between them is missed.
    pub(super) fn listen(&mut self, channel: Uuid, listening: Listening, now: UnixMs) {
        let Some(watched) = self.watched.get_mut(&channel) else { return };
        watched.listening = listening;
        match listening {
            Listening::Inbound => {
                self.hear_of(channel, now);
                self.begin_to_play(channel);
                self.request_dump(channel, DumpPurpose::CatchUp, now);
            }
            Listening::Outbound => {
                self.hand_sound_over(channel, now);
                self.stop_hearing_of(channel, now);
            }
        }
    }

    pub(super) fn unwatch(&mut self, channel: Uuid, now: UnixMs) {
        self.stop_hearing_of(channel, now);
        self.watched.remove(&channel);
    }

    /// Has the switch send a channel's events, if it does not yet. They are also needed to see the effect of an action on the
    /// channel.
    pub(super) fn hear_of(&mut self, channel: Uuid, now: UnixMs) {
        let is_up = self.link.is_up();
        let Some(watched) = self.watched.get_mut(&channel) else { return };
        if is_up
            && watched.let_through == LetThrough::No
            && let Ok(command) = opening::let_through(channel)
        {
            watched.let_through = LetThrough::Requested;
            self.ask(&command, Awaited::LetThrough { channel }, now);
        }
    }

    /// Handles the switch's answer whether it sends the channel's events.
    pub(super) fn let_through_answered(&mut self, channel: Uuid, answer: ApiAnswer<'_>) {
        if let Some(why) = answer.failure() {
            return debug!(switch = %self.settings.name, %channel, why, "the switch does not send a channel's events");
        }
        if let Some(watched) = self.watched.get_mut(&channel)
            && watched.let_through == LetThrough::Requested
        {
            watched.let_through = LetThrough::Yes;
            self.begin_to_play(channel);
        }
    }

    fn stop_hearing_of(&mut self, channel: Uuid, now: UnixMs) {
        let Some(watched) = self.watched.get_mut(&channel) else { return };
        if std::mem::replace(&mut watched.let_through, LetThrough::No) != LetThrough::No
            && let Ok(command) = opening::shut_out(channel)
        {
            self.ask(&command, Awaited::Setting, now);
        }
    }

    fn request_dump(&mut self, channel: Uuid, purpose: DumpPurpose, now: UnixMs) {
        let dump = ApiCommand::Dump { channel: channel.into() };
        self.ask(&Command::Api(dump), Awaited::Watched { channel, purpose }, now);
    }

    /// Requests everything again, because the connection is back.
    pub(super) fn watch_again(&mut self, now: UnixMs) {
        let all: Vec<_> =
            self.watched.iter().map(|(channel, watched)| (*channel, watched.listening)).collect();
        for (channel, listening) in all {
            match listening {
                Listening::Inbound => self.listen(channel, listening, now),
                Listening::Outbound => self.request_dump(channel, DumpPurpose::IsThere, now),
            }
        }
    }

    pub(super) fn watched_lost(&mut self, reason: &str) {
        for watched in self.watched.values_mut() {
            watched.let_through = LetThrough::No;
            watched.reported.link_lost(reason).into_iter().for_each(|fact| watched.call.fact(fact));
        }
    }

    pub(super) fn watched_found(&mut self, channel: Uuid, found: &ChannelState, purpose: DumpPurpose) {
        if matches!(found, ChannelState::Unreadable) {
            warn!(switch = %self.settings.name, %channel, "the switch's answer about a channel can't be read");
        }
        let Some(watched) = self.watched.get_mut(&channel) else { return };
        let was_there = watched.reported.was_there();
        for fact in watched.reported.found(found, purpose) {
            watched.report(fact, was_there, &self.settings.name);
        }
    }

    /// Handles an event of a channel that this link reports to its call.
    pub(super) fn watched_happened(&mut self, channel: Uuid, event: &Event, now: UnixMs) {
        let Some(watched) = self.watched.get_mut(&channel) else { return };
        if watched.listening == Listening::Outbound || watched.reported.knows_how_it_ended() {
            return;
        }
        watched.playing.happened(event, now);
        if let Some(fact) = translation::news_of(event, channel) {
            self.tell(channel, fact);
        }
        self.play_on(channel, now);
    }

    fn tell(&mut self, channel: Uuid, fact: Fact) {
        if let Some(watched) = self.watched.get_mut(&channel) {
            debug!(switch = %self.settings.name, %channel, ?fact, "of a channel");
            watched.reported.passed(&fact);
            watched.call.fact(fact);
        }
    }
}
