//! A call that a program orders gets one answer, is made once however often the order is sent, and ends with its reason.

use std::collections::BTreeSet;

use cordboard_schema::call::Direction;
use cordboard_schema::switch::HandoffFailure;
use serde_json::Value;

use super::Complaints;
use super::switch::{are_calls_troubled, is_troubled};
use crate::evidence::{Book, Evidence};
use crate::parties::orders::OrderLog;
use crate::parties::program::ProgramLog;
use crate::plan::PhonePlan;

const ANSWERED: &str = "an order of a call is answered once";
const MADE: &str = "a call that is ordered is made once";
const TONE: &str = "a mailbox hears no message before its beep is over";
const REASON: &str = "a call that is ordered ends with its reason";

pub(super) fn check(evidence: &Evidence, complaints: &mut Complaints) {
    // The switch of the last life knows the orders of all lives.
    if let Some(switch) = evidence.switches.last() {
        let made: Vec<&str> = switch.made.iter().map(|call| call.number.as_str()).collect();
        all_of(evidence, &switch.orders, &made, is_troubled(evidence), complaints);
    }
    let made: Vec<&str> = evidence.twilio.made.iter().map(String::as_str).collect();
    // Trouble of the FreeSWITCH excuses nothing at Twilio.
    all_of(evidence, &evidence.twilio.orders, &made, are_calls_troubled(evidence), complaints);
}

/// Checks orders over one line, which may have trouble; `made` has the called numbers, one entry for each call.
fn all_of(
    evidence: &Evidence,
    orders: &[OrderLog],
    made: &[&str],
    is_troubled: bool,
    complaints: &mut Complaints,
) {
    for order in orders {
        let mut programs = evidence.programs.iter().filter(|(life, ..)| *life == order.life);
        let program = programs.find(|(_, organization, _)| *organization == 0).map(|(.., told)| told);
        let is_last = order.life + 1 == evidence.lives.len();
        let answers = answers(order, program, is_last, complaints);
        let taken: BTreeSet<&str> = answers.iter().filter_map(|answer| answer.as_deref().ok()).collect();
        let whose = whose(order);
        if let Some(Err(why)) = answers.iter().find(|answer| answer.is_err() && !is_troubled) {
            complaints.add(ANSWERED, &whose, format!("it was refused: {why}"));
        }
        let made = made.iter().filter(|number| **number == order.number).count();
        let is_it = |book: &&Book| is_outbound(book) && book.row.to.as_deref() == Some(order.number.as_str());
        let books: Vec<&Book> = evidence.books.iter().filter(is_it).collect();
        // An accepted order's id is on disk before its call's first entry: a kill may come between them.
        let was_killed = evidence.lives.get(order.life).is_none_or(|life| life.stored.is_none());
        let least = usize::from(!taken.is_empty() && !was_killed);
        if let Some(how) = how_often(&taken, made, books.len(), (least, is_troubled)) {
            complaints.add(MADE, &whose, how);
        }
        if let Some((before_ms, behind_ms)) = order.heard_ms
            && before_ms > 0
            && !is_troubled
        {
            complaints.add(
                TONE,
                &whose,
                format!("it heard {before_ms} ms before, and {behind_ms} ms after it"),
            );
        }
        let is_cut = !is_last || evidence.plan.has_database_trouble();
        for book in books {
            if let Some(how) = wrong_end(book, order, is_cut, is_troubled) {
                complaints.add(REASON, &whose, how);
            }
        }
    }
}

fn whose(order: &OrderLog) -> String {
    format!("order {} of {}", order.order, order.number)
}

fn is_outbound(book: &Book) -> bool {
    book.row.direction == Direction::Outbound
}

/// Returns the answers of an order, each the id of its call or the reason for the refusal. A life that is not the last may end before a request is
/// answered.
fn answers(
    order: &OrderLog,
    program: Option<&ProgramLog>,
    is_last: bool,
    complaints: &mut Complaints,
) -> Vec<Result<String, String>> {
    let id = |call: &Value| call["id"].as_str().map(str::to_owned);
    let mut answers = Vec::new();
    if order.answers.len() != order.asked && is_last {
        let how = format!("{} requests have {} answers", order.asked, order.answers.len());
        complaints.add(ANSWERED, whose(order), how);
    }
    for (status, body) in &order.answers {
        let is_taken = matches!(status, 200 | 201);
        answers.push(id(body).filter(|_| is_taken).ok_or_else(|| format!("{status} {body}")));
    }
    let Some(program) = program else { return answers };
    for command in &order.commands {
        let is_of = |message: &&Value| message["id"] == command.as_str();
        // A command that found a full queue was never sent.
        if !program.sent.iter().any(|sent| is_of(&sent)) {
            continue;
        }
        let told: Vec<&Value> = program.messages.iter().filter(is_of).collect();
        if told.is_empty() && program.ended.is_none() && is_last || told.len() > 1 {
            complaints.add(
                ANSWERED,
                whose(order),
                format!("the command {command} has {} answers", told.len()),
            );
        }
        answers.extend(told.into_iter().map(|answer| {
            let is_taken = answer["ok"] == true;
            id(&answer["result"]).filter(|_| is_taken).ok_or_else(|| answer.to_string())
        }));
    }
    answers
}

/// Returns what is wrong with the number of calls that were made, if anything; `books` are calls on disk, of which there are at least `least`. The
/// switch may be gone when it gets the order.
fn how_often(
    taken: &BTreeSet<&str>,
    made: usize,
    books: usize,
    (least, is_troubled): (usize, bool),
) -> Option<String> {
    let is_right = taken.len() <= 1
        && made <= 1
        && books <= 1
        && books >= least
        && (made >= least || is_troubled)
        && made <= books;
    (!is_right).then(|| format!("the answers name {taken:?}, {made} were made, and {books} are on disk"))
}

/// Returns what is wrong with a call's end, if anything. A call that a server's death or a database has cut only has a cause.
fn wrong_end(book: &Book, order: &OrderLog, is_cut: bool, is_troubled: bool) -> Option<String> {
    let row = &book.row;
    let has_cause = row.hangup_cause.is_some() && row.hangup_by.is_some();
    let is_right = match failure_at(order.phone, order.is_mailbox) {
        // To the model a greeting is a turn, and in its answer it may end the call by itself.
        _ if order.leaves_message && row.answered_at.is_some() => true,
        // In that case a failure may be one of a transfer.
        None => row.answered_at.is_some(),
        expected => row.failure == expected,
    };
    let has_reason =
        is_right || is_cut || is_troubled && (row.failure.is_some() || row.answered_at.is_some());
    let told = (&row.failure, &row.hangup_cause, &row.hangup_by, row.answered_at.is_some());
    (!has_cause || !has_reason).then(|| format!("{:?} has {told:?}", order.phone))
}

/// Returns why a telephone can't be reached; none if it can.
fn failure_at(phone: PhonePlan, is_mailbox: bool) -> Option<HandoffFailure> {
    match phone {
        PhonePlan::Answers { .. } => is_mailbox.then_some(HandoffFailure::Voicemail),
        PhonePlan::Busy => Some(HandoffFailure::Busy),
        PhonePlan::Declines => Some(HandoffFailure::Declined),
        PhonePlan::Rings => Some(HandoffFailure::NoAnswer),
        PhonePlan::Dead => Some(HandoffFailure::Unavailable),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::promises::Broken;

    fn order() -> OrderLog {
        OrderLog {
            order: 3,
            life: 0,
            number: "+493070003".to_owned(),
            phone: PhonePlan::Busy,
            is_mailbox: false,
            leaves_message: false,
            heard_ms: None,
            asked: 0,
            answers: Vec::new(),
            commands: Vec::new(),
        }
    }

    #[test]
    fn a_call_ordered_several_times_is_made_once() {
        let (one, two) = (BTreeSet::from(["a"]), BTreeSet::from(["a", "b"]));
        let is_right = |taken: &BTreeSet<&str>, made: usize, books: usize, is_troubled: bool| {
            how_often(taken, made, books, (taken.len().min(1), is_troubled)).is_none()
        };
        assert!(is_right(&one, 1, 1, false));
        assert!(is_right(&BTreeSet::new(), 0, 0, false), "it was refused");
        assert!(!is_right(&two, 1, 1, false) && !is_right(&one, 2, 1, true) && !is_right(&one, 1, 2, true));
        assert!(!is_right(&one, 0, 1, false), "no call was made");
        assert!(is_right(&one, 0, 1, true), "a switch that is away can't make the call");
        assert!(!is_right(&BTreeSet::new(), 1, 0, true), "a call without a row on disk");
        assert!(how_often(&one, 0, 0, (0, true)).is_none(), "its server was killed meanwhile");
    }

    #[test]
    fn each_request_and_each_command_has_one_answer() {
        let answers_of = |order: &OrderLog, messages: Vec<Value>| {
            let sent = vec![json!({ "id": "7", "command": "originate" })];
            let program = ProgramLog { sent, messages, ended: None };
            let mut complaints = Complaints::default();
            let answers = answers(order, Some(&program), true, &mut complaints);
            let broken: Vec<Broken> = complaints.0;
            (answers, broken.len())
        };
        let taken = json!({ "id": "7", "ok": true, "result": { "id": "a" } });
        let commanded = OrderLog { commands: vec!["7".to_owned()], ..order() };
        assert_eq!(answers_of(&commanded, vec![taken.clone()]), (vec![Ok("a".to_owned())], 0));
        assert_eq!(answers_of(&commanded, vec![taken.clone(), taken]).1, 1, "two answers");
        assert_eq!(answers_of(&commanded, Vec::new()).1, 1, "none");
        let asked = OrderLog { asked: 2, answers: vec![(201, json!({ "id": "a" }))], ..order() };
        assert_eq!(answers_of(&asked, Vec::new()), (vec![Ok("a".to_owned())], 1), "one of two");
        let refused = OrderLog { asked: 1, answers: vec![(503, json!({ "id": "a" }))], ..order() };
        assert!(answers_of(&refused, Vec::new()).0[0].is_err());
    }

    #[test]
    fn each_unreachable_telephone_has_its_reason() {
        let answers = PhonePlan::Answers { after_ms: 100, leaves_after_ms: None };
        assert_eq!(failure_at(answers, false), None);
        assert_eq!(failure_at(answers, true), Some(HandoffFailure::Voicemail));
        assert_eq!(failure_at(PhonePlan::Rings, false), Some(HandoffFailure::NoAnswer));
    }
}
