//! A call and its caller's channel, and what says that they belong together.

use super::*;

/// An AudioSocket leg that something else than the caller's own dialplan has dialled.
const LEG: &str = "1795.9";

impl Desk {
    /// The switch says which channels it has, asked just now.
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

/// The leg's row, in the call of that channel.
fn leg_of(linked_id: &str) -> String {
    format!(
        "Channel: AudioSocket/127.0.0.1:9092-{AUDIO}\nUniqueid: {LEG}\nLinkedid: {linked_id}\nChannelState: 6\nApplication: AppDial\nApplicationData: (Outgoing Line)"
    )
}

#[test]
fn a_call_and_its_channel_find_each_other_in_any_order() {
    type Piece = fn(&mut Desk);
    let watch: Piece = Desk::watch;
    let channel: Piece = |desk| desk.say(&newchannel(CALLER, "PJSIP/trunk-1", 6));
    let ways: [(&str, Piece); 5] = [
        ("the driver's leg is dialled", |desk| desk.say(&dial_begin())),
        ("the dialplan's own word", |desk| desk.say(&announced(CALLER))),
        ("the announcement names it", |desk| {
            desk.take(ToSwitch::ChannelIs { channel: AUDIO, unique_id: CALLER.to_owned() });
        }),
        ("a list shows what it runs", |desk| {
            desk.list_now(&[&caller_runs("AudioSocket", &format!("{AUDIO},127.0.0.1:9092"))]);
        }),
        ("a list shows a leg in its call", |desk| {
            desk.list_now(&[&leg_of(CALLER), &caller_runs("Queue", "support")]);
        }),
    ];
    for (name, way) in ways {
        for order in [[channel, way, watch], [channel, watch, way], [watch, channel, way]] {
            let mut desk = Desk::up();
            order.iter().for_each(|piece| piece(&mut desk));
            let attached = desk.kinds().iter().filter(|kind| **kind == "control_attached").count();
            assert_eq!(attached, 1, "{name}");
        }
    }
}

/// Calls that were bridged are one by that id, and each has its own caller.
#[test]
fn the_id_of_a_call_is_no_word_against_a_channels_own() {
    let mut desk = Desk::up();
    desk.say(&newchannel(CALLER, "PJSIP/trunk-1", 6));
    desk.say(&announced(CALLER));
    desk.watch();
    desk.facts();
    let other = Uuid::from_u128(77);
    let leg = leg_of(CALLER).replace(&AUDIO.to_string(), &other.to_string());
    desk.list_now(&[&leg, &caller_runs("Bridge", "")]);
    assert_eq!(desk.asterisk.channels.caller_of(other), None);
    assert_eq!(desk.asterisk.channels.caller_of(AUDIO), Some(CALLER));
}

/// The dialplan announces nothing, and what runs the connection shows in no list; or the user may see none.
#[test]
fn a_variable_of_the_channel_tells_whose_it_is() {
    for may_list in [true, false] {
        let mut desk = Desk::up();
        desk.say(&newchannel("4.4", "PJSIP/other-1", 6));
        desk.say(&newchannel(CALLER, "PJSIP/trunk-1", 6));
        desk.say(&newchannel("5.5", "PJSIP/rings-1", 5));
        desk.watch();
        match may_list {
            true => desk.list(&[&caller_runs("AGI", "connect.agi"), "Channel: PJSIP/other-1\nUniqueid: 4.4"]),
            false => desk.refuse_lists(),
        }
        let written = desk.written();
        let asked: Vec<&str> =
            written.split("\r\n\r\n").filter(|block| block.starts_with("Action: Getvar")).collect();
        assert_eq!(asked.len(), 2, "the two answered channels: {written}");
        assert!(asked.iter().all(|question| question.contains("Variable: CORDBOARD_UUID")), "{asked:?}");
        assert!(asked[0].contains(&format!("Channel: {CALLER}")), "the newest first: {asked:?}");
        let id_of = |question: &str| {
            question.lines().find_map(|line| line.strip_prefix("ActionID: ")).unwrap().to_owned()
        };
        desk.say(&answer(&id_of(asked[1]), "Variable: CORDBOARD_UUID\nValue: "));
        assert_eq!(desk.kinds(), Vec::<&str>::new());
        desk.say(&answer(&id_of(asked[0]), &format!("Variable: CORDBOARD_UUID\nValue: {AUDIO}")));
        assert_eq!(desk.kinds(), ["control_attached"]);
    }
}

/// Its caller is on another switch: nobody here is asked again and again.
#[test]
fn a_call_of_another_switch_is_searched_for_twice() {
    let mut desk = Desk::up();
    desk.say(&newchannel(CALLER, "PJSIP/trunk-1", 6));
    desk.watch();
    let mut questions = 0;
    for _ in 0..5 {
        desk.list(&[&caller_runs("Wait", "900")]);
        for block in desk.written().split("\r\n\r\n").filter(|block| block.starts_with("Action: Getvar")) {
            questions += 1;
            let id = block.lines().find_map(|line| line.strip_prefix("ActionID: ")).unwrap();
            desk.say(&answer(id, "Value: "));
        }
        desk.now = desk.now + 5_000;
        desk.asterisk.tick(desk.now);
    }
    assert_eq!(questions, 2);
}
