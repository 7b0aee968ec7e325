//! Compares our calls with the switch's channels, every 5 s and after each connect, in both directions. A call whose channel is
//! gone is notified. A caller who hears music for a call that was lost returns to the dialplan, and their person is hung up, unless
//! another installation holds them.
//!
//! While the connection is up, a list alone ends nothing: a channel that is not in it is asked for by its id, and only Asterisk's
//! answer that there is none counts. After a loss there is no other evidence: a call whose channel is not in the first list ends,
//! and so does the ringing of a phone whose channel is missing.

use std::collections::HashMap;

use cordboard_schema::dialplan::DialplanTarget;
use cordboard_schema::limits::{AMI_CHANNELS_MAX, AMI_CHECKS_MAX, AMI_LIST_ROWS_MAX};
use cordboard_schema::time::UnixMs;
use cordboard_schema::wire::ami::{Action, AmiValue, Answer, ChannelLine, Message};
use tracing::{debug, info, warn};
use uuid::Uuid;

use super::{Asterisk, Awaited};

/// How long a list under way delays the next one, in ms: several calls that arrive at once share one list.
const LIST_AGAIN_MS: u64 = 200;
/// How long separated callers and persons wait for a call that holds them, in ms: a new process resumes its calls meanwhile.
const CALL_TAKEN_UP_MS: u64 = 10_000;

/// The Q.850 cause of a normal end.
pub(super) const NORMAL: u16 = 16;

/// The variable of a channel in a hold place that says which installation holds it.
pub(super) const HELD_BY: &str = "CORDBOARD_HELD_BY";

/// The place of a channel that waits and that no call holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HoldPlace {
    /// The place at which callers hear music.
    Caller,
    /// The place at which persons wait in silence.
    Person,
}

/// When the channels are listed.
#[derive(Debug)]
pub(super) struct Comparing {
    every_ms: Option<u64>,
    next_at: UnixMs,
    is_asked: bool,
    /// Channels in the hold places that no call holds, and since when.
    waiting: HashMap<String, UnixMs>,
    /// Whether it was logged that another installation holds its callers there.
    others_are_logged: bool,
}

impl Comparing {
    pub(super) fn new(every_ms: Option<u64>, now: UnixMs) -> Self {
        Self { every_ms, next_at: now, is_asked: false, waiting: HashMap::new(), others_are_logged: false }
    }

    /// Returns when a list is due.
    pub(super) fn next_at(&self) -> UnixMs {
        self.next_at
    }

    /// Handles the loss of the connection, and of the requests on it.
    pub(super) fn lost(&mut self) {
        self.is_asked = false;
    }

    fn schedule_next(&mut self, now: UnixMs) {
        // Without an interval of its own, a list is made only when one is requested.
        self.next_at = now + self.every_ms.unwrap_or(u64::from(u32::MAX));
    }
}

impl Asterisk {
    /// Lists the channels: now, or soon after the list that is under way.
    pub(super) fn list_channels(&mut self, now: UnixMs) {
        if self.comparing.is_asked {
            self.comparing.next_at = self.comparing.next_at.min(now + LIST_AGAIN_MS);
        } else if self.link.is_up() {
            self.comparing.is_asked = true;
            self.comparing.schedule_next(now);
            self.ask(&Action::CoreShowChannels, Awaited::Channels { asked_at: now }, now);
        }
    }

    pub(super) fn compare_if_due(&mut self, now: UnixMs) {
        if self.comparing.next_at <= now {
            self.comparing.schedule_next(now);
            self.list_channels(now);
        }
    }

    pub(super) fn channels_listed(
        &mut self,
        answer: &Message,
        (rows, is_cut): (&[Message], bool),
        asked_at: UnixMs,
        now: UnixMs,
    ) {
        self.comparing.is_asked = false;
        debug!(switch = %self.settings.name, channels = rows.len(), took_ms = now.ms_since(asked_at), "the channels were listed");
        if let Some(why) = Answer::of(answer).failure() {
            warn!(switch = %self.settings.name, why, "the list of channels can't be used");
            // Without the list, calls get no reports about channels whose bridges are unknown. But phones that are rung must not be
            // waited for without end.
            self.dialled_unlisted(now);
            self.hang_up_pending(now);
            self.search(now);
            return;
        }
        let missing = self.channels.listed(rows);
        // A cut list does not have all live channels, and neither does a full table.
        let is_whole = !is_cut && self.channels.len() < AMI_CHANNELS_MAX;
        if !is_whole {
            warn!(
                switch = %self.settings.name,
                "the switch has more channels than are tracked ({AMI_LIST_ROWS_MAX} of a list, {AMI_CHANNELS_MAX} in all): calls on further ones are not controlled; share the calls among several switches, or check with `core show channels` why they don't end"
            );
        }
        let is_first = !std::mem::replace(&mut self.channels_known, true);
        if is_first {
            self.callers_again();
        }
        self.check_missing(&missing, now);
        if is_whole {
            self.end_forgotten(now);
        }
        self.take_up_the_waiting(rows, now);
        self.find_all(now);
        for id in self.watched.values().filter_map(|watched| watched.channel.clone()).collect::<Vec<_>>() {
            self.company_changed(&id);
        }
        if is_whole {
            self.persons_left_meanwhile(now);
            self.dialled_again(now);
        } else {
            self.dialled_unlisted(now);
        }
        self.hang_up_pending(now);
        self.search(now);
    }

    /// Asks for known channels that are not in the list, one by one, those of calls first. They end if Asterisk says that they
    /// don't exist.
    fn check_missing(&mut self, missing: &[String], now: UnixMs) {
        let (of_calls, others): (Vec<&String>, Vec<&String>) =
            missing.iter().partition(|id| self.calls_on.contains_key(id.as_str()));
        for id in of_calls.into_iter().chain(others).take(AMI_CHECKS_MAX) {
            if let Ok(channel) = AmiValue::new(id.clone()) {
                let status = Action::Status { channel: Some(channel) };
                self.ask(&status, Awaited::Missing { id: id.clone() }, now);
            }
        }
    }

    /// Ends calls whose channel ended without a report and was removed from the table long ago.
    fn end_forgotten(&mut self, now: UnixMs) {
        let forgotten: Vec<(Uuid, String)> = self
            .watched
            .iter()
            .filter(|(_, watched)| !watched.reported.is_over())
            .filter_map(|(uuid, watched)| Some((*uuid, watched.channel.clone()?)))
            .filter(|(_, id)| self.channels.get(id).is_none())
            .collect();
        for (uuid, id) in forgotten {
            info!(switch = %self.settings.name, %uuid, id, "the switch has no such channel any more: its call ends");
            self.channel_gone(uuid, now);
        }
    }

    /// Handles a caller's channel that is gone without a report of how it ended.
    fn channel_gone(&mut self, audiosocket: Uuid, now: UnixMs) {
        self.held_person_is_let_go(audiosocket, now);
        if let Some(watched) = self.watched.get_mut(&audiosocket) {
            watched.reported.gone().into_iter().for_each(|fact| watched.call.fact(fact));
        }
    }

    pub(super) fn missing_answered(&mut self, id: &str, answer: &Message, now: UnixMs) {
        if !Answer::of(answer).is_no_channel() {
            return;
        }
        self.channels.ended(id);
        if let Some(uuid) = self.calls_on.get(id).copied() {
            info!(switch = %self.settings.name, id, "the switch has no such channel any more: its call ends");
            self.channel_gone(uuid, now);
        }
        self.person_left_the_held(id, now);
        self.dialled_channel_missing(id, now);
    }

    /// Handles callers and persons in the hold places whom no call holds, because their call was lost with its process, or because
    /// another installation holds them. For a channel in a bridge the list shows where it was before, so those are skipped.
    fn take_up_the_waiting(&mut self, rows: &[Message], now: UnixMs) {
        let before = std::mem::take(&mut self.comparing.waiting);
        for row in rows {
            let Some(line) = ChannelLine::of(row).filter(|_| row.text_of("BridgeId").is_none()) else {
                continue;
            };
            let id = line.unique_id;
            let hold = &self.settings.hold;
            let waits_at = |place: &DialplanTarget| {
                row.get("Context") == Some(place.context()) && row.get("Exten") == Some(place.extension())
            };
            let place = match () {
                () if waits_at(&hold.caller) => HoldPlace::Caller,
                () if waits_at(&hold.person) => HoldPlace::Person,
                () => continue,
            };
            if !self.is_left_waiting(id, place) {
                continue;
            }
            let since = before.get(id).copied().unwrap_or(now);
            let is_late = now.ms_since(since) >= CALL_TAKEN_UP_MS;
            let (true, Ok(channel), Ok(variable)) = (is_late, AmiValue::new(id), AmiValue::new(HELD_BY))
            else {
                self.comparing.waiting.insert(id.to_owned(), since);
                continue;
            };
            let getvar = Action::Getvar { channel: Some(channel), variable };
            self.ask(&getvar, Awaited::Holder { id: id.to_owned(), place }, now);
        }
    }

    /// Returns whether no call of ours holds the channel that waits there.
    fn is_left_waiting(&self, id: &str, place: HoldPlace) -> bool {
        let is_held = match place {
            HoldPlace::Caller => self.is_held(id) || self.is_held_caller_searched_for(),
            HoldPlace::Person => self.is_held_from(id),
        };
        !is_held && self.channels.company(id).is_none()
    }

    /// Handles the answer: the channel of a lost call is released. One that was held by an earlier version names no holder.
    pub(super) fn holder_named(&mut self, id: &str, place: HoldPlace, answer: &Message, now: UnixMs) {
        if Answer::of(answer).failure().is_some() || !self.is_left_waiting(id, place) {
            return;
        }
        if answer.text_of("Value").is_some_and(|holder| holder != self.settings.installation.as_str()) {
            if !std::mem::replace(&mut self.comparing.others_are_logged, true) {
                info!(switch = %self.settings.name, id, "another Cordboard holds callers on this switch: they are left to it");
            }
            return;
        }
        let Ok(channel) = AmiValue::new(id) else { return };
        let action = match place {
            HoldPlace::Caller => {
                info!(switch = %self.settings.name, id, "a caller waits for a call that was lost: sent back to the dialplan");
                Action::Redirect { channel, target: self.settings.hold.back.clone(), extra: None }
            }
            HoldPlace::Person => {
                info!(switch = %self.settings.name, id, "a person waits for the caller of a call that was lost: hung up");
                Action::Hangup { channel, cause: NORMAL }
            }
        };
        self.ask(&action, Awaited::Setting, now);
    }
}
