//! The time limit of a caller's channel: the one from its dialplan, or a day.

use super::*;

/// A call finds its caller's channel, and Asterisk is asked for the channel's status. Returns the id of that action.
fn checking_bench() -> (Bench, String) {
    let mut bench = Bench::up();
    bench.say(&newchannel(CALLER, "PJSIP/trunk-1", 6));
    bench.say(&announced(CALLER));
    bench.watch();
    let (id, question) = bench.action("Status");
    assert!(question.contains(&format!("Channel: {CALLER}")), "{question}");
    (bench, id)
}

/// Answers with the channel's status.
fn answer_status(bench: &mut Bench, id: &str, row: &str) {
    bench.say(&format!("Response: Success\nActionID: {id}\nEventList: start"));
    bench.say(&format!("Event: Status\nChannel: PJSIP/trunk-1\nUniqueid: {CALLER}\n{row}\nActionID: {id}"));
    bench.say(&format!("Event: StatusComplete\nActionID: {id}\nEventList: Complete\nItems: 1"));
}

/// Breaks the connection, and brings it back with the channel.
fn breaks(bench: &mut Bench) {
    bench.asterisk.lost(WireFault::Ended, bench.now);
    bench.sign_in();
    bench.say("Event: FullyBooted");
    bench.list(&[&format!("Channel: PJSIP/trunk-1\nUniqueid: {CALLER}\nChannelState: 6")]);
}

/// Asterisk has one limit for each channel: the last that was set.
#[test]
fn a_channel_without_a_limit_ends_after_a_day() {
    let rows = [
        ("TimeToHangup: 0", true),
        // An Asterisk that does not report limits.
        ("State: Up", true),
        // The second since 1970 at which it ends.
        ("TimeToHangup: 1795160977", false),
    ];
    for (row, is_guarded) in rows {
        let (mut bench, id) = checking_bench();
        answer_status(&mut bench, &id, row);
        let written = bench.written();
        let guard = format!("Channel: {CALLER}\r\nTimeout: 86400\r\n");
        assert_eq!(written.contains("Action: AbsoluteTimeout"), is_guarded, "{row}: {written}");
        assert_eq!(written.contains(&guard), is_guarded, "{row}: {written}");
    }
}

#[test]
fn a_channel_that_is_gone_gets_no_limit() {
    let (mut bench, id) = checking_bench();
    bench.say(&format!("Response: Error\nActionID: {id}\nMessage: No such channel"));
    assert_eq!(bench.written(), "");
}

#[test]
fn a_limit_lost_with_its_connection_is_set_again() {
    let (mut bench, _) = checking_bench();
    breaks(&mut bench);
    let id = bench.asked("Status");
    answer_status(&mut bench, &id, "TimeToHangup: 0");
    bench.asked("AbsoluteTimeout");
    // It is unknown whether Asterisk has set it.
    breaks(&mut bench);
    let id = bench.asked("Status");
    answer_status(&mut bench, &id, "TimeToHangup: 0");
    let guard = bench.asked("AbsoluteTimeout");
    bench.say(&answer(&guard, "Message: Timeout Set"));
    breaks(&mut bench);
    let written = bench.written();
    assert!(!written.contains("Action: Status") && !written.contains("Action: AbsoluteTimeout"), "{written}");
}
