use cordboard_schema::wire::twilio::rest::RestError;

use super::*;

const NAME: Uuid = Uuid::from_u128(7);
const HANDOFF: EffectId = EffectId(3);

fn leg() -> CallSid {
    "CA22222222222222222222222222222222".parse().unwrap()
}

fn caller() -> CallSid {
    "CA11111111111111111111111111111111".parse().unwrap()
}

fn status(status: CallStatus, sequence: u64) -> StatusEvent {
    StatusEvent {
        call: leg(),
        parent: None,
        status,
        sequence: Some(sequence),
        duration_s: None,
        sip_code: None,
        error_code: None,
        answered_by: None,
    }
}

fn room(kind: ConferenceEventKind, label: &str, sequence: u64) -> ConferenceEvent {
    ConferenceEvent {
        conference: "CF33333333333333333333333333333333".parse().unwrap(),
        room: "cb".to_owned(),
        kind,
        call: Some(if label == CALLER { caller() } else { leg() }),
        label: Some(label.to_owned()),
        sequence: Some(sequence),
        muted: false,
        hold: false,
        coaching: false,
        reason: None,
    }
}

fn tell(fact: Fact) -> Vec<PersonStep> {
    vec![PersonStep::Report(fact)]
}

fn failed(failure: HandoffFailure) -> Vec<PersonStep> {
    tell(Fact::HandoffFailed { handoff: HANDOFF, failure })
}

/// Returns a person who has answered, while the caller is being led to them.
fn here() -> Person {
    let mut person = Person::new(HANDOFF, NAME);
    assert_eq!(person.created(leg()), []);
    assert_eq!(
        person.on_status(&status(CallStatus::InProgress, 2)),
        tell(Fact::HandoffAccepted { handoff: HANDOFF })
    );
    person.joins(caller());
    person
}

/// Returns a person who is talking with the caller.
fn joined() -> Person {
    let mut person = here();
    assert_eq!(person.redirected(), []);
    let bridged = Fact::Bridged { other: NAME.to_string() };
    assert_eq!(person.room(&room(ConferenceEventKind::Joined, CALLER, 3)), tell(bridged));
    person
}

#[test]
fn a_person_is_joined_despite_repeated_or_late_callbacks() {
    let mut person = Person::new(HANDOFF, NAME);
    let ringing = status(CallStatus::Ringing, 1);
    assert_eq!(person.on_status(&ringing), tell(Fact::HandoffRinging { handoff: HANDOFF }));
    assert_eq!(person.created(leg()), []);
    // The room's callback about the answer arrives before the leg's.
    let agent = room(ConferenceEventKind::Joined, AGENT, 1);
    assert_eq!(person.room(&agent), tell(Fact::HandoffAccepted { handoff: HANDOFF }));
    for again in [status(CallStatus::InProgress, 2), ringing] {
        assert_eq!(person.on_status(&again), [], "{again:?}");
    }
    assert_eq!(person.room(&agent), []);
    person.joins(caller());
    let joined = room(ConferenceEventKind::Joined, CALLER, 3);
    assert_eq!(person.room(&joined), tell(Fact::Bridged { other: NAME.to_string() }));
    assert_eq!(person.room(&joined), []);
    assert_eq!(person.redirected(), []);
}

#[test]
fn every_end_before_the_answer_has_its_reason() {
    for (end, failure) in [
        (CallStatus::Busy, HandoffFailure::Busy),
        (CallStatus::NoAnswer, HandoffFailure::NoAnswer),
        (CallStatus::Failed, HandoffFailure::Congestion),
        (CallStatus::Canceled, HandoffFailure::CallerLeft),
        (CallStatus::Completed, HandoffFailure::Declined),
    ] {
        let mut person = Person::new(HANDOFF, NAME);
        assert_eq!(person.on_status(&status(end, 2)), failed(failure), "{end:?}");
        assert_eq!(person.on_status(&status(end, 2)), [], "{end:?}");
    }
    let mut person = Person::new(HANDOFF, NAME);
    let machine =
        StatusEvent { answered_by: Some("machine_start".to_owned()), ..status(CallStatus::InProgress, 2) };
    let steps = [vec![PersonStep::HangUp(leg())], failed(HandoffFailure::Voicemail)].concat();
    assert_eq!(person.on_status(&machine), steps);
}

#[test]
fn refused_calls_fail_at_once_and_unknown_ones_await_callbacks() {
    let refused = RestFault::Refused(RestError::read(400, None, br#"{"code":21211,"status":400}"#));
    assert_eq!(Person::new(HANDOFF, NAME).not_created(&refused), failed(HandoffFailure::BadTarget));
    let mut person = Person::new(HANDOFF, NAME);
    assert_eq!(person.not_created(&RestFault::Unknown("500".to_owned())), []);
    assert_eq!(person.on_status(&status(CallStatus::Busy, 2)), failed(HandoffFailure::Busy));
    let mut silent = Person::new(HANDOFF, NAME);
    assert_eq!(silent.expired(), failed(HandoffFailure::Timeout));
}

#[test]
fn a_caller_is_led_out_once_when_the_person_leaves() {
    let left = room(ConferenceEventKind::Left, AGENT, 5);
    let over = status(CallStatus::Completed, 3);
    let mut person = joined();
    assert_eq!(person.room(&left), tell(Fact::Unbridged));
    assert_eq!((person.room(&left), person.on_status(&over)), (vec![], vec![]));
    let mut person = joined();
    assert_eq!(person.on_status(&over), tell(Fact::Unbridged));
    assert_eq!(person.room(&left), []);
    // The caller is seen only after the person was seen to leave.
    let mut person = here();
    assert_eq!(person.room(&left), failed(HandoffFailure::Declined));
    let came = room(ConferenceEventKind::Joined, CALLER, 3);
    assert_eq!(person.room(&came), [PersonStep::LeadOut(caller())]);
    assert_eq!(person.redirected(), [], "once");
}

#[test]
fn callers_leaving_first_are_not_reported_as_the_person_leaving() {
    let mut person = joined();
    assert_eq!(person.room(&room(ConferenceEventKind::Left, CALLER, 4)), []);
    assert_eq!(person.room(&room(ConferenceEventKind::Left, AGENT, 5)), []);
    let mut person = joined();
    let over = ConferenceEvent { label: None, ..room(ConferenceEventKind::Ended, CALLER, 6) };
    assert_eq!(person.room(&over), []);
}

#[test]
fn a_room_ended_from_outside_separates_both() {
    let mut person = joined();
    let over = ConferenceEvent { label: None, call: None, ..room(ConferenceEventKind::Ended, AGENT, 6) };
    assert_eq!(person.room(&over), tell(Fact::Unbridged));
}

#[test]
fn a_person_no_longer_needed_is_hung_up_once_known() {
    let hung_up = [PersonStep::HangUp(leg())];
    let mut person = Person::new(HANDOFF, NAME);
    assert_eq!(person.stopped(), []);
    assert_eq!(person.clone().created(leg()), hung_up);
    assert_eq!(person.on_status(&status(CallStatus::Ringing, 1)), hung_up);
    let mut person = Person::new(HANDOFF, NAME);
    person.created(leg());
    assert_eq!(person.stopped(), hung_up);
    assert_eq!(person.stopped(), []);
}

#[test]
fn a_caller_late_to_an_empty_room_is_led_out() {
    let mut person = here();
    assert_eq!(person.stopped(), [PersonStep::HangUp(leg())]);
    assert_eq!(person.redirected(), [PersonStep::LeadOut(caller())]);
    let mut person = here();
    assert_eq!(person.redirected(), []);
    assert_eq!(person.stopped(), [PersonStep::HangUp(leg()), PersonStep::LeadOut(caller())]);
    let mut person = here();
    person.stopped();
    let came = room(ConferenceEventKind::Joined, CALLER, 3);
    assert_eq!(person.room(&came), [PersonStep::LeadOut(caller())]);
    assert_eq!(person.room(&came), []);
}

/// Returns a person who is rung for a caller who waits in the room.
fn awaited() -> Person {
    let mut person = Person::new(HANDOFF, NAME);
    assert_eq!(person.created(leg()), []);
    assert_eq!(person.room(&room(ConferenceEventKind::Joined, CALLER, 1)), [], "the person is not there yet");
    person
}

#[test]
fn a_person_who_comes_to_a_waiting_caller_is_joined() {
    let both = [Fact::HandoffAccepted { handoff: HANDOFF }, Fact::Bridged { other: NAME.to_string() }];
    let both = both.map(PersonStep::Report).to_vec();
    let mut person = awaited();
    assert_eq!(person.on_status(&status(CallStatus::InProgress, 2)), both);
    assert_eq!(person.room(&room(ConferenceEventKind::Joined, AGENT, 2)), [], "reported already");
    assert_eq!(person.on_status(&status(CallStatus::Completed, 3)), tell(Fact::Unbridged));
    let mut early = Person::new(HANDOFF, NAME);
    early.on_status(&status(CallStatus::InProgress, 2));
    assert_eq!(early.room(&room(ConferenceEventKind::Joined, CALLER, 1)), tell(both_joined()));
    let mut known = Person::rung_before(HANDOFF, NAME, caller());
    assert_eq!(known.on_status(&status(CallStatus::InProgress, 2)), both, "rung by a process that died");
}

#[test]
fn twilio_knows_about_people_whose_callbacks_were_missed() {
    let mut left = Person::joined_before(HANDOFF, NAME, caller());
    assert_eq!(left.clone().found(Some(leg())), [], "they still talk");
    let mut seen = left.clone();
    seen.room(&room(ConferenceEventKind::Joined, AGENT, 5));
    assert_eq!(seen.found(None), [], "a callback is newer");
    assert_eq!(left.found(None), tell(Fact::Unbridged));
    assert_eq!(left.found(None), [], "reported once");
    let mut rung = Person::rung_before(HANDOFF, NAME, caller());
    assert_eq!(rung.clone().found(None), [], "they may not have answered yet");
    let both = [Fact::HandoffAccepted { handoff: HANDOFF }, both_joined()].map(PersonStep::Report);
    assert_eq!(rung.found(Some(leg())), both);
    let mut unwanted = Person::rung_before(HANDOFF, NAME, caller());
    assert_eq!(unwanted.stopped(), []);
    assert_eq!(unwanted.found(Some(leg())), [PersonStep::HangUp(leg())]);
}

fn both_joined() -> Fact {
    Fact::Bridged { other: NAME.to_string() }
}

#[test]
fn late_callers_are_led_on_and_waiting_ones_are_not() {
    let mut person = awaited();
    assert_eq!(person.on_status(&status(CallStatus::Busy, 2)), failed(HandoffFailure::Busy));
    let mut unwanted = awaited();
    assert_eq!(unwanted.stopped(), [PersonStep::HangUp(leg())]);
    let mut late = Person::new(HANDOFF, NAME);
    late.on_status(&status(CallStatus::Busy, 2));
    let came = room(ConferenceEventKind::Joined, CALLER, 1);
    assert_eq!(late.room(&came), [PersonStep::LeadOn(caller())], "the person is gone");
}
