//! Lists without very many channels, and tables without room for more.

use cordboard_schema::limits::{AMI_CHANNELS_MAX, AMI_CHECKS_MAX, AMI_LIST_ROWS_MAX};

use super::*;

/// Adds this many channels of other calls.
fn strangers(bench: &mut Bench, count: usize) {
    let events = (0..count).map(|number| newchannel(&format!("7.{number}"), "PJSIP/other-1", 6));
    bench.say(&events.collect::<Vec<String>>().join("\n\n"));
}

/// Returns the channels that are asked for, one by one, with the ids of the actions.
fn checks(bench: &mut Bench) -> Vec<(String, String)> {
    let written = bench.written();
    let questions = written.split("\r\n\r\n").filter(|block| block.starts_with("Action: Status\r\n"));
    questions
        .filter_map(|block| {
            let of = |head: &str| block.lines().find_map(|line| line.strip_prefix(head)).map(str::to_owned);
            Some((of("Channel: ")?, of("ActionID: ")?))
        })
        .collect()
}

#[test]
fn missing_channels_are_checked_in_batches_with_calls_first() {
    let mut bench = Bench::with_caller();
    strangers(&mut bench, AMI_CHECKS_MAX + 500);
    bench.asterisk.list_channels(bench.now);
    bench.list(&[]);
    let first = checks(&mut bench);
    assert_eq!(first.len(), AMI_CHECKS_MAX);
    assert_eq!(first[0].0, CALLER);
    for (_, question) in &first {
        bench.say(&format!("Response: Error\nActionID: {question}\nMessage: No such channel"));
    }
    assert_eq!(bench.kinds(), ["channel_gone"]);
    bench.asterisk.list_channels(bench.now);
    bench.list(&[]);
    let others = checks(&mut bench);
    assert_eq!(others.len(), 501);
    assert!(others.iter().all(|(channel, _)| first.iter().all(|(asked, _)| asked != channel)));
}

/// The connection was down, and there are more new channels than the table holds: a channel that is not in the list may be live.
#[test]
fn a_full_table_ends_no_call() {
    for (channels, ends) in [(AMI_CHANNELS_MAX, false), (AMI_CHANNELS_MAX - 1, true)] {
        let mut bench = Bench::with_caller();
        bench.asterisk.lost(WireFault::Ended, bench.now);
        bench.sign_in();
        bench.say("Event: FullyBooted");
        strangers(&mut bench, channels);
        bench.facts();
        bench.list(&[]);
        assert_eq!(bench.kinds().contains(&"channel_gone"), ends, "of {channels} channels");
    }
}

/// The same for a list that is longer than its limit: a caller, and the person whom they are held from, may be after its end.
#[test]
fn a_cut_list_ends_no_call() {
    for (channels, ends) in [(AMI_LIST_ROWS_MAX + 1, false), (AMI_LIST_ROWS_MAX, true)] {
        let mut bench = Bench::with_caller();
        bench.asterisk.lost(WireFault::Ended, bench.now);
        bench.sign_in();
        bench.say("Event: FullyBooted");
        bench.facts();
        let rows: Vec<String> = (0..channels)
            .map(|number| format!("Channel: PJSIP/other-1\nUniqueid: 7.{number}\nChannelState: 6"))
            .collect();
        bench.list(&rows.iter().map(String::as_str).collect::<Vec<&str>>());
        assert_eq!(bench.kinds().contains(&"channel_gone"), ends, "of {channels} channels");
    }
}
