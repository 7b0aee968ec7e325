//! The caller is sent on, and nobody is asked there first.

use std::time::Duration;

use cordboard_test_support::freeswitch::{Phone, Strike};
use serde_json::json;
use tokio::time::sleep;

use super::setup::{ANSWERS, Callee, Inbound, LEFT_GREETING, Setup, WENT_TO};
use super::way::{AudioTransport, for_both_ways, for_one_way};
use crate::book::Book;
use crate::hearing::assert_heard;
use crate::suites::handoff::{Person, Switchboard, stays_with_the_assistant};

/// Longer than a released link takes to close, and than a phone rings.
const A_WHILE: Duration = Duration::from_secs(60);
/// How long the next person's phone rings: far longer than a parting takes to count.
const RINGS_FOR: Duration = Duration::from_secs(8);

for_both_ways!(
    a_program_sends_the_caller_on,
    a_caller_sent_nowhere_returns_to_the_assistant,
    a_key_stops_playback_where_a_caller_was_sent,
);

for_one_way!(
    Unicast:
    two_keys_send_the_caller_on,
    an_unregistered_phone_is_noticed_before_dialling,
    a_caller_whom_a_phone_refuses_returns_to_the_assistant,
    a_returned_call_ends_with_the_next_person,
    a_caller_sent_on_by_phone_has_the_next_person,
);

async fn a_program_sends_the_caller_on(way: AudioTransport) {
    let setup = Setup::open(way).await;
    let caller = setup.caller().await;
    setup.wait_says(&caller.id, "greeting").await;
    setup.ask_of(&caller.id, "transfer", &json!({ "target": "operator" })).await;
    went_on(setup, &caller, "api").await;
}

async fn two_keys_send_the_caller_on(way: AudioTransport) {
    let setup = Setup::open(way).await;
    let caller = setup.caller().await;
    setup.wait_says(&caller.id, "greeting").await;
    caller.phone.press('1');
    setup.event(&caller.id, "dtmf").await;
    caller.phone.press('2');
    let pressed = setup.event(&caller.id, "key_pressed").await;
    assert_eq!(pressed["digits"], "12", "key 1 alone would take a message");
    went_on(setup, &caller, "caller").await;
}

async fn an_unregistered_phone_is_noticed_before_dialling(way: AudioTransport) {
    let setup = Setup::open(way).await;
    let desk = Switchboard::person(&setup, Person::Unregistered);
    stays_with_the_assistant(setup, &[(&desk, "unregistered")]).await;
}

/// FreeSWITCH knows only its own calls. The dialplan of the place has nothing for callers whom nobody takes.
async fn a_caller_whom_a_phone_refuses_returns_to_the_assistant(way: AudioTransport) {
    let setup = Setup::open(way).await;
    let (busy, declines) = (setup.somebody(Phone::Busy), setup.somebody(Phone::Declines));
    let caller = setup.caller().await;
    setup.wait_says(&caller.id, "greeting").await;
    setup.ask_of(&caller.id, "transfer", &json!({ "target": busy.name })).await;
    assert_eq!(setup.event(&caller.id, "transfer_failed").await["failure"], "busy");
    setup.wait_said(&caller.id, "transfer_refused").await;
    assert_heard(&caller.phone.heard().sound(), "transfer_refused");
    // And again, for another reason.
    setup.ask_of(&caller.id, "transfer", &json!({ "target": declines.name })).await;
    assert_eq!(setup.wait_events(&caller.id, "transfer_failed", 2).await[1]["failure"], "declined");
    setup
        .wait("the second return", async || {
            let begun = setup.events_of(&caller.id, "item_started").await;
            (begun.iter().filter(|item| item["line"] == "transfer_refused").count() == 2).then_some(())
        })
        .await;
    // The variable that brought the caller back is not set any more.
    assert_eq!(caller.phone.variable("transfer_on_fail"), None);
    setup.converses(&caller).await;
    setup.ask_of(&caller.id, "transfer", &json!({ "target": "operator" })).await;
    went_on(setup, &caller, "api").await;
}

/// A FreeSWITCH answers no request about its dialplan, and reports success: the caller has heard that they are connected, and is back.
async fn a_caller_sent_nowhere_returns_to_the_assistant(way: AudioTransport) {
    let setup = Setup::open(way).await;
    let caller = setup.caller().await;
    setup.wait_says(&caller.id, "greeting").await;
    setup.ask_of(&caller.id, "transfer", &json!({ "target": "nowhere" })).await;
    assert_eq!(setup.event(&caller.id, "transfer_failed").await["failure"], "unallocated");
    setup.wait_said(&caller.id, "transfer_refused").await;
    assert_heard(&caller.phone.heard().sound(), "transfer_refused");
    setup.converses(&caller).await;
    // And again: the same place, from which they return, and an existing one.
    setup.ask_of(&caller.id, "transfer", &json!({ "target": "nowhere" })).await;
    setup.wait_events(&caller.id, "transfer_failed", 2).await;
    setup
        .wait("the second return", async || {
            let begun = setup.events_of(&caller.id, "item_started").await;
            (begun.iter().filter(|item| item["line"] == "transfer_refused").count() == 2).then_some(())
        })
        .await;
    setup.ask_of(&caller.id, "transfer", &json!({ "target": "operator" })).await;
    went_on(setup, &caller, "api").await;
}

/// For the first person the switch was asked to keep the caller when the person leaves. The second one belongs to the place: nobody is left who
/// could take the caller back.
async fn a_returned_call_ends_with_the_next_person(way: AudioTransport) {
    let setup = Setup::open(way).await;
    let (first, second) = (setup.somebody(ANSWERS), setup.somebody(ANSWERS));
    let caller = setup.caller().await;
    let person = setup.hand_to(&caller, &first.name).await;
    person.hang_up();
    setup.wait_said(&caller.id, "welcome_back").await;
    setup.converses(&caller).await;
    setup.ask_of(&caller.id, "transfer", &json!({ "target": second.name })).await;
    let next = setup.leg_at(&second.number).await;
    let are_joined = async || (caller.phone.bridged_to().as_deref() == Some(next.uuid())).then_some(());
    setup.wait("the second person with the caller", are_joined).await;
    setup.assert_ended(&caller.id, "call_transferred", "api").await;
    sleep(A_WHILE).await;
    next.hang_up();
    let cause = setup.wait("the end of the caller's channel", async || caller.phone.hangup_cause()).await;
    assert_eq!(cause, "NORMAL_CLEARING");
    setup.wait("the end of all links", async || (caller.phone.control_count() == 0).then_some(())).await;
    setup.close().await;
}

/// While they were with the assistant, no key stopped the playback: the call decided about each key. Here keys belong to the mailbox.
async fn a_key_stops_playback_where_a_caller_was_sent(way: AudioTransport) {
    let setup = Setup::open_among(way, &[("extensions.mailbox", "people,mailbox,1")]).await;
    let caller = setup.caller().await;
    setup.wait_says(&caller.id, "greeting").await;
    setup.ask_of(&caller.id, "transfer", &json!({ "target": "mailbox" })).await;
    setup.wait("the caller at the mailbox", async || caller.phone.variable(WENT_TO)).await;
    setup.assert_ended(&caller.id, "call_transferred", "api").await;
    caller.phone.press('*');
    setup.wait("the end of the mailbox's greeting", async || caller.phone.variable(LEFT_GREETING)).await;
    caller.phone.hang_up();
    setup.wait("the end of all links", async || (caller.phone.control_count() == 0).then_some(())).await;
    setup.close().await;
}

/// The person sends them on with their own phone (REFER). The switch's dialplan rings the next person, and meanwhile links that are lost and
/// restored find a caller who is with nobody. The call ends with the next person, as it would have ended with the first.
async fn a_caller_sent_on_by_phone_has_the_next_person(way: AudioTransport) {
    let setup = Setup::open_with(way, Inbound::Known, &[]).await;
    let first = setup.somebody(ANSWERS);
    let next = setup.somebody(Phone::Answers { after: RINGS_FOR, hangs_up_after: None });
    let caller = setup.caller().await;
    let person = setup.hand_to(&caller, &first.name).await;
    let said = setup.events_of(&caller.id, "item_started").await.len();
    caller.phone.refer(&next.number);
    let ringing = setup.leg_at(&next.number).await;
    setup.wait("the end of the first person's call", async || person.hangup_cause()).await;
    sleep(RINGS_FOR / 4).await;
    assert_eq!(setup.switch.strike_inbound(&Strike::Close), 1);
    sleep(RINGS_FOR / 4).await;
    caller.phone.strike_control(&Strike::Close);
    let are_joined = async || (caller.phone.bridged_to().as_deref() == Some(ringing.uuid())).then_some(());
    setup.wait("the next person with the caller", are_joined).await;
    setup.hears_person(&caller, &ringing).await;
    assert_eq!(setup.row(&caller.id).await["state"], "live");
    assert_eq!(setup.events_of(&caller.id, "item_started").await.len(), said, "the assistant is silent");
    ringing.hang_up();
    setup.wait("the end of the caller's channel", async || caller.phone.hangup_cause()).await;
    setup.assert_ended(&caller.id, "normal_clearing", "server").await;
    setup.close().await;
}

/// They arrived there live, and stay there. Whatever parks a channel ends when any control link of the channel ends, so ours stays open until they
/// hang up.
async fn went_on(setup: Setup, caller: &Callee, by: &str) {
    setup.wait("the caller at the operator's", async || caller.phone.variable(WENT_TO)).await;
    assert_heard(&caller.phone.heard().sound(), "transferring");
    setup.assert_ended(&caller.id, "call_transferred", by).await;
    sleep(A_WHILE).await;
    assert_eq!(caller.phone.hangup_cause(), None, "the caller who was sent on was hung up");
    caller.phone.hang_up();
    setup.wait("the end of all links", async || (caller.phone.control_count() == 0).then_some(())).await;
    setup.close().await;
}
