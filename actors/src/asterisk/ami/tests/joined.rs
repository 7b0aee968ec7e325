//! A call and its caller's channel, and the evidence that they belong together.

use super::*;

/// An AudioSocket leg that was not dialled by the caller's own dialplan.
const LEG: &str = "1795.9";

impl Bench {
    /// Requests a list now, and answers it with these rows.
    fn list_now(&mut self, rows: &[&str]) {
        self.asterisk.list_channels(self.now);
        if self.written().contains("CoreShowChannels") {
            self.asterisk.comparing.lost();
        }
        self.asterisk.list_channels(self.now);
        self.list(rows);
    }
}

fn caller_runs(application: &str, data: &str) -> String {
    format!(
        "Channel: PJSIP/trunk-1\nUniqueid: {CALLER}\nChannelState: 6\nApplication: {application}\nApplicationData: {data}"
    )
}

/// Returns the leg's row, in the call of that channel.
fn leg_of(linked_id: &str) -> String {
    format!(
        "Channel: AudioSocket/127.0.0.1:9092-{AUDIO}\nUniqueid: {LEG}\nLinkedid: {linked_id}\nChannelState: 6\nApplication: AppDial\nApplicationData: (Outgoing Line)"
    )
}

#[test]
fn calls_and_channels_find_each_other_in_any_order() {
    type Piece = fn(&mut Bench);
    let watch: Piece = Bench::watch;
    let channel: Piece = |bench| bench.say(&newchannel(CALLER, "PJSIP/trunk-1", 6));
    let ways: [(&str, Piece); 5] = [
        ("the driver's leg is dialled", |bench| bench.say(&dial_begin())),
        ("the dialplan's own word", |bench| bench.say(&announced(CALLER))),
        ("the announcement names it", |bench| {
            bench.take(ToSwitch::ChannelIs { channel: AUDIO, unique_id: CALLER.to_owned() });
        }),
        ("a list shows what it runs", |bench| {
            bench.list_now(&[&caller_runs("AudioSocket", &format!("{AUDIO},127.0.0.1:9092"))]);
        }),
        ("a list shows a leg in its call", |bench| {
            bench.list_now(&[&leg_of(CALLER), &caller_runs("Queue", "support")]);
        }),
    ];
    for (name, way) in ways {
        for order in [[channel, way, watch], [channel, watch, way], [watch, channel, way]] {
            let mut bench = Bench::up();
            order.iter().for_each(|piece| piece(&mut bench));
            let attached = bench.kinds().iter().filter(|kind| **kind == "control_attached").count();
            assert_eq!(attached, 1, "{name}");
        }
    }
}

/// Calls that were bridged share that id, and each has its own caller.
#[test]
fn a_channels_own_variable_outweighs_its_call_id() {
    let mut bench = Bench::up();
    bench.say(&newchannel(CALLER, "PJSIP/trunk-1", 6));
    bench.say(&announced(CALLER));
    bench.watch();
    bench.facts();
    let other = Uuid::from_u128(77);
    let leg = leg_of(CALLER).replace(&AUDIO.to_string(), &other.to_string());
    bench.list_now(&[&leg, &caller_runs("Bridge", "")]);
    assert_eq!(bench.asterisk.channels.caller_of(other), None);
    assert_eq!(bench.asterisk.channels.caller_of(AUDIO), Some(CALLER));
}

/// The dialplan announces nothing, and either the application of the connection is in no list, or the user may see no list.
#[test]
fn a_channels_variable_names_its_call() {
    for may_list in [true, false] {
        let mut bench = Bench::up();
        bench.say(&newchannel("4.4", "PJSIP/other-1", 6));
        bench.say(&newchannel(CALLER, "PJSIP/trunk-1", 6));
        bench.say(&newchannel("5.5", "PJSIP/rings-1", 5));
        bench.watch();
        match may_list {
            true => {
                bench.list(&[&caller_runs("AGI", "connect.agi"), "Channel: PJSIP/other-1\nUniqueid: 4.4"])
            }
            false => bench.refuse_lists(),
        }
        let written = bench.written();
        let asked: Vec<&str> =
            written.split("\r\n\r\n").filter(|block| block.starts_with("Action: Getvar")).collect();
        assert_eq!(asked.len(), 2, "the two answered channels: {written}");
        assert!(asked.iter().all(|question| question.contains("Variable: CORDBOARD_UUID")), "{asked:?}");
        assert!(asked[0].contains(&format!("Channel: {CALLER}")), "the newest first: {asked:?}");
        let id_of = |question: &str| {
            question.lines().find_map(|line| line.strip_prefix("ActionID: ")).unwrap().to_owned()
        };
        bench.say(&answer(&id_of(asked[1]), "Variable: CORDBOARD_UUID\nValue: "));
        assert_eq!(bench.kinds(), Vec::<&str>::new());
        bench.say(&answer(&id_of(asked[0]), &format!("Variable: CORDBOARD_UUID\nValue: {AUDIO}")));
        assert_eq!(bench.kinds(), ["control_attached"]);
    }
}

/// Its caller is on another switch: the channels here are not asked without end.
#[test]
fn a_call_of_another_switch_is_searched_for_twice() {
    let mut bench = Bench::up();
    bench.say(&newchannel(CALLER, "PJSIP/trunk-1", 6));
    bench.watch();
    let mut questions = 0;
    for _ in 0..5 {
        bench.list(&[&caller_runs("Wait", "900")]);
        for block in bench.written().split("\r\n\r\n").filter(|block| block.starts_with("Action: Getvar")) {
            questions += 1;
            let id = block.lines().find_map(|line| line.strip_prefix("ActionID: ")).unwrap();
            bench.say(&answer(id, "Value: "));
        }
        bench.now = bench.now + 5_000;
        bench.asterisk.tick(bench.now);
    }
    assert_eq!(questions, 2);
}
