//! Compares our calls with the switch's channels: what is requested, and what is done about the answers.

use cordboard_schema::switch::SwitchKind;
use cordboard_schema::time::UnixMs;
use cordboard_schema::wire::esl::{ApiAnswer, ApiCommand, Command, live_channels, yes_or_no};
use tracing::{info, warn};
use uuid::Uuid;

use super::reconciler::is_left_phone;
use super::watched::ChannelState;
use super::{Awaited, Freeswitch};
use crate::messages::{ChannelsSeen, Unmatched};
use crate::switches::ActorStep;

impl Freeswitch {
    /// Handles the list. If it can't be parsed nothing follows from it.
    pub(super) fn channels_listed(&mut self, text: &str, asked_at: UnixMs, now: UnixMs) {
        match live_channels(text) {
            Ok(channels) => {
                self.channels = u64::try_from(channels.len()).ok();
                let channels = self.reconciler.listed(&channels, now);
                let (kind, server) = (SwitchKind::Freeswitch, self.settings.name.clone());
                self.steps.push_back(ActorStep::Compare(ChannelsSeen { kind, server, asked_at, channels }));
            }
            Err(error) => warn!(switch = %self.settings.name, %error, "the list of channels can't be used"),
        }
    }

    /// Checks calls and channels that don't match, one by one.
    pub(super) fn check_unmatched(&mut self, unmatched: Unmatched, now: UnixMs) {
        let Unmatched { gone, unknown } = unmatched;
        for channel in gone {
            // If another switch watches the channel, or its call has changed the name, it is not missing here.
            let is_missed = self.watched.get(&channel).is_some_and(|watched| !watched.reported.is_over());
            if is_missed {
                let exists = ApiCommand::Exists { channel: channel.into() };
                self.ask(&Command::Api(exists), Awaited::Missing { channel }, now);
            }
        }
        if self.settings.our_address.is_some() {
            for channel in self.reconciler.doubtful(&unknown) {
                let dump = ApiCommand::Dump { channel: channel.into() };
                self.ask(&Command::Api(dump), Awaited::Stray { channel }, now);
            }
        }
    }

    /// Handles the answer. Only a plain `false` ends a call: any other answer does not say that the caller is gone.
    pub(super) fn missing_answered(&mut self, channel: Uuid, text: &str) {
        if yes_or_no(text) != Some(false) {
            return;
        }
        // A call that does not watch it any more has its caller elsewhere, or is over.
        let Some(watched) = self.watched.get_mut(&channel) else { return };
        info!(switch = %self.settings.name, %channel, "the switch has no such channel any more");
        let was_there = watched.reported.was_there();
        let gone = watched.reported.gone();
        gone.into_iter().for_each(|fact| watched.report(fact, was_there, &self.settings.name));
    }

    /// Handles a channel without a call. If it was ours and waits, it is sent to our port. A phone that a call had rung is hung up,
    /// because there is nothing to wait for.
    pub(super) fn stray_found(&mut self, channel: Uuid, found: &ChannelState, now: UnixMs) {
        let (ChannelState::There(dump), Some(address)) = (found, self.settings.our_address.clone()) else {
            return;
        };
        if is_left_phone(channel, dump, &address) {
            info!(switch = %self.settings.name, %channel, "a phone waits for a call that was lost: it is hung up");
            self.hang_up(channel, now);
        } else if self.reconciler.takes_over(channel, dump, &address, now) {
            info!(switch = %self.settings.name, %channel, "a channel waits for a call that was lost: sent to our port");
            let command = ApiCommand::ToSocket { channel: channel.into(), address };
            self.ask(&Command::Api(command), Awaited::TakenUp { channel }, now);
        }
    }

    /// Handles the answer. A channel that could not be sent to us is checked again by the next comparison.
    pub(super) fn taken_up(&self, channel: Uuid, answer: ApiAnswer<'_>) {
        if let Some(why) = answer.failure() {
            info!(switch = %self.settings.name, %channel, why, "the channel could not be sent to our port");
        }
    }
}
