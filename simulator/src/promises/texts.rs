//! A text message is sent once, to the other party of its call, whatever happens to Twilio's answer, the database and the process; none is forgotten,
//! and none is sent to people who have asked for no more.

use cordboard_schema::call::Direction;
use cordboard_schema::event::{Decision, Event};
use cordboard_schema::message::{Message, MessageStatus};
use cordboard_schema::tool::ToolName;
use cordboard_test_support::twilio_rest::Came;

use super::Complaints;
use crate::evidence::{Book, Evidence};
use crate::parties::twilio::StopLog;

const ONCE: &str = "a text message is sent once";
const RUNS: &str = "a run of a tool writes one text message";
const PARTY: &str = "a text message goes to the party on its call";
const KEPT: &str = "no text message is forgotten";
const STOPPED: &str = "a person who has asked for no more text messages gets none";
const RECEIVED: &str = "a text message of a caller is stored once";

/// Time for which a message may be on its way to Twilio, in ms.
const UNDER_WAY_MS: u64 = 2_000;

pub(super) fn check(evidence: &Evidence, complaints: &mut Complaints) {
    if !evidence.plan.services.texts {
        return;
    }
    let asked: Vec<&Came> = evidence.twilio.texts.iter().map(|(_, came)| came).collect();
    // If a process dies, or a database's answer is lost, it is unknown whether a message was sent: it is then not sent again.
    let is_known = evidence.lives.len() == 1 && !evidence.plan.has_database_trouble();
    let is_owed = is_known && !evidence.plan.has_trouble_of_texts();
    // The server looks for waiting messages by their age.
    let waits = !evidence.plan.has_database_trouble() && !evidence.plan.sets_calendar_back();
    for message in evidence.messages.iter().filter(|message| message.direction == Direction::Outbound) {
        let whose = format!("message {}", message.id);
        let sent: Vec<&Came> =
            asked.iter().copied().filter(|came| is_sending(came, &message.id.to_string())).collect();
        if sent.len() > 1 {
            complaints.add(ONCE, &whose, format!("it was sent {} times", sent.len()));
        }
        // One that Twilio has refused is offered again in a moment.
        let is_refused =
            asked.iter().any(|came| came.sid.is_none() && is_about(came, &message.id.to_string()));
        let is_wanted = !evidence.twilio.stops.iter().any(|stop| is_same_number(&stop.number, &message.to));
        let (is_owed, waits) = (is_owed && is_wanted, waits && !is_refused);
        if let Some(how) = forgotten(message.status, sent.len(), is_owed, waits) {
            complaints.add(KEPT, &whose, how);
        }
        let book = evidence.books.iter().find(|book| Some(book.row.id) == message.call_id);
        let party = book.and_then(party);
        let is_theirs = |to: &&str| party.is_some_and(|party| is_same_number(party, to));
        let mut all = sent.iter().filter_map(|came| came.get("To")).chain([message.to.as_str()]);
        if let Some(to) = all.find(|to| !is_theirs(to)) {
            complaints.add(PARTY, &whose, format!("it goes to {to}, and its call is with {party:?}"));
        }
    }
    for came in asked.iter().filter(|came| came.sid.is_some()) {
        let is_written = evidence.messages.iter().any(|message| is_sending(came, &message.id.to_string()));
        if !is_written {
            complaints.add(RUNS, "Twilio", format!("a requested message is not on disk: {came:?}"));
        }
    }
    evidence.books.iter().for_each(|book| runs(&evidence.messages, book, complaints));
    let sent: Vec<(u64, &str)> = evidence
        .twilio
        .texts
        .iter()
        .filter(|(_, came)| came.sid.is_some())
        .filter_map(|(at_ms, came)| Some((*at_ms, came.get("To")?)))
        .collect();
    for stop in &evidence.twilio.stops {
        if let Some(at_ms) = sent_after(stop, &sent) {
            let how = format!("they got one at {at_ms} ms, and asked for none: {:?}", stop.answers);
            complaints.add(STOPPED, &stop.number, how);
        }
        let stored =
            evidence.messages.iter().filter(|one| one.sid.as_deref() == Some(stop.sid.as_str())).count();
        if stored > 1 || stored == 0 && taken_ms(stop).is_some() {
            complaints.add(RECEIVED, &stop.number, format!("{} is stored {stored} times", stop.sid));
        }
    }
}

/// Returns when the server first confirmed a caller's request for no more text messages, in ms from the beginning of the world.
fn taken_ms(stop: &StopLog) -> Option<u64> {
    stop.answers.iter().find(|(_, status)| *status == 200).map(|(at_ms, _)| *at_ms)
}

/// Returns when a message was sent to a caller who had asked for no more; `sent` has the times and recipients of all messages.
fn sent_after(stop: &StopLog, sent: &[(u64, &str)]) -> Option<u64> {
    let from_ms = taken_ms(stop)? + UNDER_WAY_MS;
    let is_late = |(at_ms, to): &&(u64, &str)| *at_ms > from_ms && is_same_number(to, &stop.number);
    sent.iter().find(is_late).map(|(at_ms, _)| *at_ms)
}

/// Whether Twilio has sent the message with this id for this request.
fn is_sending(came: &Came, id: &str) -> bool {
    came.sid.is_some() && is_about(came, id)
}

/// Whether a request is to send the message with this id, which its status address names.
fn is_about(came: &Came, id: &str) -> bool {
    let named = came.get("StatusCallback").and_then(|address| address.split_once("?message="));
    named.is_some_and(|(_, named)| named == id)
}

/// Returns how a message was forgotten, if it was: it should have been sent by a server that knows of it, or it waits although later ones were sent.
fn forgotten(status: MessageStatus, times: usize, is_owed: bool, waits: bool) -> Option<String> {
    let was_left = waits && status == MessageStatus::Queued;
    let was_never_sent = is_owed && times == 0;
    (was_left || was_never_sent).then(|| format!("it is {status:?}, and was sent {times} times"))
}

/// Returns the number of the other party of a call.
pub(super) fn party(book: &Book) -> Option<&str> {
    let row = &book.row;
    if row.direction == Direction::Outbound { row.to.as_deref() } else { row.from.as_deref() }
}

/// Whether two numbers are the same, with or without a plus.
pub(super) fn is_same_number(one: &str, other: &str) -> bool {
    one.trim_start_matches('+') == other.trim_start_matches('+')
}

/// Checks that each run of the tool has written at most one message, and that the messages in the journal are on disk.
fn runs(messages: &[Message], book: &Book, complaints: &mut Complaints) {
    let whose = format!("call {}", book.row.id);
    let (mut runs, mut told) = (0, Vec::new());
    for entry in &book.journal {
        match &entry.event {
            Event::Decision(Decision::ToolStarted { tool: ToolName::SendSms, .. }) => runs += 1,
            Event::Decision(Decision::TextQueued { message_id, .. }) => told.push(*message_id),
            _ => {}
        }
    }
    let theirs = messages.iter().filter(|message| message.call_id == Some(book.row.id)).count();
    if theirs > runs {
        complaints.add(RUNS, &whose, format!("{runs} runs have written {theirs} messages"));
    }
    let is_on_disk = |id| messages.iter().any(|message| message.id == id);
    if let Some(id) = told.into_iter().find(|id| !is_on_disk(*id)) {
        complaints.add(RUNS, &whose, format!("message {id} is in the journal, but not on disk"));
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    fn came(message: &str, sid: Option<&str>) -> Came {
        let address = format!("https://calls.example.com/twilio/message/status?message={message}");
        Came {
            method: "POST".to_owned(),
            path: "/Messages.json".to_owned(),
            form: vec![("To".to_owned(), "+4930000003".to_owned()), ("StatusCallback".to_owned(), address)],
            sid: sid.map(str::to_owned),
            at: Instant::now(),
        }
    }

    #[test]
    fn refused_requests_send_nothing_and_each_names_its_own_message() {
        assert!(is_sending(&came("a", Some("SM1")), "a"));
        assert!(!is_sending(&came("a", None), "a") && !is_sending(&came("b", Some("SM1")), "a"));
        assert!(is_about(&came("a", None), "a") && !is_about(&came("b", None), "a"));
    }

    #[test]
    fn a_message_that_waits_or_was_never_sent_is_forgotten() {
        let is_forgotten = |status, times, is_owed, waits| forgotten(status, times, is_owed, waits).is_some();
        assert!(is_forgotten(MessageStatus::Queued, 0, false, true), "it was never looked for");
        assert!(is_forgotten(MessageStatus::Failed, 0, true, true), "it could have been sent");
        assert!(!is_forgotten(MessageStatus::Sending, 1, true, true));
        assert!(!is_forgotten(MessageStatus::Unknown, 0, false, true), "its process was killed");
        assert!(!is_forgotten(MessageStatus::Queued, 0, false, false), "the calendar was set back");
    }

    #[test]
    fn a_message_to_a_person_who_wants_none_is_reported() {
        let stop = |answers| StopLog { number: "+4930000003".to_owned(), sid: "SM1".to_owned(), answers };
        let sent = [(1_000, "+4930000003"), (4_000, "+4930000004"), (9_000, "+4930000003")];
        assert_eq!(sent_after(&stop(vec![(5_000, 200)]), &sent), Some(9_000));
        assert_eq!(sent_after(&stop(vec![(3_000, 503), (8_000, 200)]), &sent), None, "it was on its way");
        assert_eq!(sent_after(&stop(vec![(500, 503)]), &sent), None, "the server did not take it");
    }

    #[test]
    fn a_number_is_the_same_with_and_without_its_plus() {
        assert!(is_same_number("+4930000003", "4930000003") && !is_same_number("+4930000003", "+4930000004"));
    }
}
