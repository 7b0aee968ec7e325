//! Callers who are held from a person, and calls that have one channel after each other.

use super::*;

const NEXT: Uuid = Uuid::from_u128(0x33);

/// Returns the rows of the two in a list, in this bridge or in none.
fn rows(bridge: &str) -> [String; 2] {
    [(CALLER.to_owned(), "PJSIP/trunk-1"), (person(), "PJSIP/2001-1")].map(|(id, name)| {
        format!(
            "Channel: {name}\nUniqueid: {id}\nChannelState: 6\nBridgeId: {bridge}\nApplication: MusicOnHold"
        )
    })
}

impl Bench {
    fn part(&mut self) {
        self.say(&bridge("BridgeLeave", "b2", CALLER, "PJSIP/trunk-1"));
        self.say(&bridge("BridgeLeave", "b2", &person(), "PJSIP/2001-1"));
    }

    fn held() -> Self {
        let mut bench = Self::with_person();
        bench.act(ChannelAction::Hold { channel: PERSON });
        let id = bench.asked("Getvar");
        bench.say(&answer(&id, "Value: 1"));
        let id = bench.asked("Redirect");
        bench.part();
        bench.say(&answer(&id, ""));
        assert_eq!(bench.kinds(), ["action_done"]);
        bench
    }

    fn lose_and_sign_in(&mut self) {
        self.asterisk.lost(WireFault::Ended, self.now);
        self.sign_in();
        self.say("Event: FullyBooted");
        assert_eq!(self.kinds(), ["control_lost"]);
    }
}

/// The dialplan is still being checked, so the two still talk.
#[test]
fn a_list_during_a_new_hold_reports_no_separation() {
    let mut bench = Bench::with_person();
    bench.act(ChannelAction::Hold { channel: PERSON });
    let id = bench.asked("Getvar");
    bench.asterisk.list_channels(bench.now);
    let [caller, person] = rows("b2");
    bench.list(&[&caller, &person]);
    bench.say(&answer(&id, "Value: 1"));
    bench.asked("Redirect");
    bench.part();
    assert_eq!(bench.kinds(), Vec::<&str>::new(), "we separated them ourselves");
}

#[test]
fn a_held_caller_is_still_held_after_a_reconnect() {
    let mut bench = Bench::held();
    bench.lose_and_sign_in();
    let [caller, person_row] = rows("");
    bench.list(&[&caller, &person_row]);
    let facts = bench.facts();
    let [Fact::ControlAttached { channel, .. }] = &facts[..] else { panic!("{facts:?}") };
    assert_eq!(channel.bridged_with, Some(PERSON.to_string()));

    bench.say(&hangup("Hangup", &person(), 16));
    assert_eq!(bench.facts(), [Fact::Unbridged]);
}

#[test]
fn held_callers_whose_person_left_while_disconnected_return_to_dialplan() {
    let mut bench = Bench::held();
    bench.lose_and_sign_in();
    let [caller, _] = rows("");
    bench.list(&[&caller]);
    let facts = bench.facts();
    let [Fact::ControlAttached { channel, .. }] = &facts[..] else { panic!("{facts:?}") };
    assert_eq!(channel.bridged_with, None);
    let (_, redirect) = bench.action("Redirect");
    assert!(
        redirect.contains("Exten: back") && redirect.contains(&format!("Channel: {CALLER}")),
        "{redirect}"
    );
}

/// A caller comes back to us, on the same channel and another connection, before their last call is done.
#[test]
fn a_finished_call_does_not_silence_its_channels_next_call() {
    let mut bench = Bench::with_caller();
    bench.watch_over(NEXT, None);
    bench.say(&announced(CALLER).replace(&AUDIO.to_string(), &NEXT.to_string()));
    assert_eq!(bench.kinds(), ["announced", "control_attached"]);
    assert_eq!(bench.asterisk.watched[&AUDIO].channel, None);
    bench.take(ToSwitch::Unwatch { channel: AUDIO });
    bench.say(&hangup("Hangup", CALLER, 16));
    assert_eq!(bench.kinds(), ["hangup"]);
}

/// A channel's place in the dialplan is the one from before it was bridged: the two talk again.
#[test]
fn two_who_talk_again_do_not_count_as_waiting() {
    let mut bench = Bench::held();
    bench.act(ChannelAction::Unhold { channel: PERSON });
    let id = bench.asked("Bridge");
    bench.say(&answer(&id, ""));
    bench.say(&bridge("BridgeEnter", "b3", CALLER, "PJSIP/trunk-1"));
    bench.say(&bridge("BridgeEnter", "b3", &person(), "PJSIP/2001-1"));
    let [caller, person] = rows("b3");
    bench.asterisk.list_channels(bench.now);
    let waits = "Context: cordboard-hold\nExten";
    bench.list(&[&format!("{caller}\n{waits}: caller"), &format!("{person}\n{waits}: person")]);
    assert_eq!(bench.written(), "");
}

/// Returns the rows of the two while they wait apart.
fn waiting() -> [String; 2] {
    let [caller, person] = rows("");
    let at = "Context: cordboard-hold\nExten";
    [format!("{caller}\n{at}: caller"), format!("{person}\n{at}: person")]
}

/// The process that held the two is dead, and so is the call. Another process may need a while to resume it. One of an earlier
/// version has not named itself, and another installation's callers are not ours.
#[test]
fn only_our_own_waiting_for_a_lost_call_are_released() {
    for (holder, is_ours) in [("7", true), ("", true), ("8", false)] {
        let mut bench = Bench::up();
        let [caller, person_s] = waiting();
        bench.asterisk.list_channels(bench.now);
        for _ in 0..2 {
            bench.list(&[&caller, &person_s]);
            assert_eq!(bench.written(), "", "a new process may resume the call");
            bench.now = bench.now + 5_000;
            bench.asterisk.tick(bench.now);
        }
        bench.list(&[&caller, &person_s]);
        let asked = bench.written();
        let ids = asked.lines().filter_map(|line| line.strip_prefix("ActionID: "));
        ids.for_each(|id| bench.say(&answer(id, &format!("Variable: CORDBOARD_HELD_BY\nValue: {holder}"))));
        let written = bench.written();
        if !is_ours {
            assert_eq!(written, "", "they are another installation's");
            continue;
        }
        let blocks: Vec<&str> = written.split("\r\n\r\n").collect();
        assert!(blocks[0].starts_with("Action: Redirect") && blocks[0].contains("Exten: back"), "{written}");
        assert!(blocks[0].contains(&format!("Channel: {CALLER}\r\n")), "{written}");
        assert!(blocks[1].starts_with("Action: Hangup"), "{written}");
        assert!(blocks[1].contains(&format!("Channel: {}\r\n", person())), "{written}");
    }
}

/// Its channel is not found at once: it may be any of those that wait.
#[test]
fn held_callers_are_not_sent_back_while_searched_for() {
    let mut bench = Bench::up();
    let [caller, person_s] = waiting();
    bench.watch_over(AUDIO, Some(PERSON));
    bench.list(&[&caller, &person_s]);
    let id = bench.asked("Getvar");
    bench.now = bench.now + 11_000;
    bench.asterisk.comparing.lost();
    bench.asterisk.list_channels(bench.now);
    bench.list(&[&caller, &person_s]);
    assert!(!bench.written().contains("Redirect"), "they are searched for");
    bench.say(&answer(&id, &format!("Value: {AUDIO}")));
    assert_eq!(bench.kinds(), ["control_attached"]);
}

/// The dialplan is still being checked when the caller is taken off hold: the later order counts.
#[test]
fn a_caller_taken_off_hold_at_once_stays_bridged() {
    let mut bench = Bench::with_person();
    bench.act(ChannelAction::Hold { channel: PERSON });
    let question = bench.asked("Getvar");
    bench.act(ChannelAction::Unhold { channel: PERSON });
    let bridge_id = bench.asked("Bridge");
    bench.say(&answer(&question, "Value: 1"));
    assert_eq!(bench.written(), "", "no one is separated");
    bench.say(&answer(&bridge_id, ""));
    assert_eq!(bench.kinds(), ["action_done", "action_done"]);
}

/// A new process resumes the call: the caller is still held, and can be joined with the person again.
#[test]
fn a_resumed_call_still_holds_its_caller() {
    for (is_there, bridged_with) in [(true, Some(PERSON.to_string())), (false, None)] {
        let mut bench = Bench::up();
        let [caller, person_s] = waiting();
        let caller = format!("{caller}\nApplication: Wait");
        let rows: Vec<&str> =
            [caller.as_str()].into_iter().chain(is_there.then_some(person_s.as_str())).collect();
        bench.asterisk.list_channels(bench.now);
        bench.list(&rows);
        bench.watch_over(AUDIO, Some(PERSON));
        bench.take(ToSwitch::ChannelIs { channel: AUDIO, unique_id: CALLER.to_owned() });
        let facts = bench.facts();
        let Some(Fact::ControlAttached { channel, .. }) = facts.first() else { panic!("{facts:?}") };
        assert_eq!(channel.bridged_with, bridged_with);
        bench.written();
        if is_there {
            bench.asterisk.comparing.lost();
            bench.now = bench.now + 6_000;
            bench.asterisk.list_channels(bench.now);
            bench.list(&rows);
            assert_eq!(bench.written(), "", "they keep waiting");
            bench.act(ChannelAction::Unhold { channel: PERSON });
            let (_, bridge) = bench.action("Bridge");
            assert!(bridge.contains(&format!("Channel2: {}", person())), "{bridge}");
        }
    }
}

/// The person hears nothing, so nothing else would end their waiting for long.
#[test]
fn a_person_is_hung_up_when_their_held_caller_leaves() {
    type End = fn(&mut Bench);
    let ends: [(&str, End); 4] = [
        ("they hang up", |bench| {
            bench.say(&hangup("HangupRequest", CALLER, 16));
            bench.say(&hangup("Hangup", CALLER, 16));
        }),
        ("the call ends", |bench| bench.act(ChannelAction::HangUp(HangupCause::normal_clearing()))),
        ("they are sent away", |bench| bench.act(ChannelAction::Transfer("people,2001,1".parse().unwrap()))),
        ("they hang up while the connection is away", |bench| {
            bench.lose_and_sign_in();
            let [_, person] = waiting();
            bench.list(&[&person]);
            assert_eq!(bench.kinds(), ["channel_gone"]);
        }),
    ];
    for (name, end) in ends {
        let mut bench = Bench::held();
        bench.written();
        end(&mut bench);
        let (_, asked) = bench.action("Hangup");
        assert!(asked.contains(&format!("Channel: {}\r\n", person())), "{name}: {asked}");
        bench.say(&hangup("Hangup", &person(), 16));
        assert_eq!(bench.written(), "", "{name}: no caller is sent back");
    }
}

/// Nobody has the caller any more: they would hear music until the comparison finds that they wait for nobody.
#[test]
fn a_held_caller_whose_transfer_fails_comes_back_at_once() {
    for refusal in ["Value: 0", "Response: Error\nMessage: No such channel"] {
        let mut bench = Bench::held();
        bench.written();
        bench.act(ChannelAction::Transfer("people,2001,1".parse().unwrap()));
        let question = bench.asked("Getvar");
        bench.say(&match refusal.starts_with("Response") {
            true => format!("{refusal}\nActionID: {question}"),
            false => answer(&question, refusal),
        });
        let (_, redirect) = bench.action("Redirect");
        let is_back = redirect.contains("Exten: back") && redirect.contains(&format!("Channel: {CALLER}"));
        assert!(is_back, "{redirect}");
        assert_eq!(bench.kinds(), ["action_done"], "{refusal}");
    }
}

/// A person whose caller is held by a live call is not hung up either.
#[test]
fn two_who_are_held_keep_waiting() {
    let mut bench = Bench::held();
    for _ in 0..3 {
        let [caller, person] = waiting();
        bench.asterisk.comparing.lost();
        bench.asterisk.list_channels(bench.now);
        bench.list(&[&caller, &person]);
        assert_eq!(bench.written(), "");
        bench.now = bench.now + 5_000;
    }
}
