//! Finding a call by its names outside, in whatever order its halves arrive.

use cordboard_actors::messages::{CallRef, ChannelsSeen, NameCall, NextFault, ToRegistry};
use cordboard_schema::call::{HangupBy, HangupCause, LegEnd};
use cordboard_schema::event::{Announcement, Fact};
use cordboard_schema::ids::EffectId;
use cordboard_schema::switch::{ChannelSeen, ControlLink, SwitchKind};
use cordboard_schema::time::UnixMs;
use uuid::Uuid;

use crate::setup::{CALLER, Plan, Setup, named, on_paused_time, until};
use crate::store::Note;

const ONE: Uuid = Uuid::from_u128(1);

fn legs(setup: &Setup) -> usize {
    setup.notes.count(|note| matches!(note, Note::LegStarted(_)))
}

#[test]
fn announcement_and_audio_are_one_call_in_either_order() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        let announced_first = setup.expect(named(1)).await.unwrap();
        setup.dial(ONE);
        until("the answer", || setup.has(announced_first, "answered")).await;

        setup.dial(Uuid::from_u128(2));
        let audio_first = setup.expect(named(2)).await.unwrap();
        until("the answer", || setup.has(audio_first, "answered")).await;
        until("the announcement", || setup.has(audio_first, "announced")).await;

        assert_ne!(announced_first, audio_first);
        assert_eq!((setup.census().await.calls, legs(&setup)), (2, 2));
    });
}

#[test]
fn a_name_with_a_live_connection_refuses_a_second_one() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        let (call_id, _) = setup.talk(ONE).await;
        setup.dial(ONE);
        until("the refusal", || setup.notes.count(|note| *note == Note::Refused) == 1).await;
        assert_eq!((setup.census().await.calls, legs(&setup)), (1, 1));
        assert!(setup.ending(call_id).is_none());
    });
}

#[test]
fn a_connection_of_the_same_name_rejoins_an_interrupted_call() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        let (call_id, line) = setup.talk(ONE).await;
        line.fact(Fact::LegLeft { leg: CALLER, how: LegEnd::Broken });
        until("the interruption", || setup.has(call_id, "interrupted")).await;
        setup.dial(ONE);
        until("the return", || setup.has(call_id, "resumed")).await;
        assert_eq!((setup.census().await.calls, legs(&setup)), (1, 2));
    });
}

#[test]
fn a_dialplan_can_give_a_call_another_name() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        let (call_id, line) = setup.talk(ONE).await;
        line.fact(Fact::LegLeft { leg: CALLER, how: LegEnd::Broken });
        let renamed = setup.expect_as(named(2), Some(CallRef::Outside(named(1)))).await;
        assert_eq!(renamed, Ok(call_id));
        setup.dial(Uuid::from_u128(2));
        until("the return", || setup.has(call_id, "resumed")).await;
        assert!(setup.has(call_id, "outside_id_added"));
    });
}

/// Asterisk's events have the number of such a caller.
#[test]
fn a_withheld_number_that_a_switch_reports_is_kept_nowhere() {
    const NUMBER: &str = "+493012345678";
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        let (call_id, line) = setup.talk(ONE).await;
        let announced = |from: &str| Fact::Announced {
            announcement: Announcement { from: Some(from.to_owned()), ..Announcement::default() },
        };
        line.fact(announced("anonymous"));
        let channel = ChannelSeen {
            switch: SwitchKind::Asterisk,
            from: Some(NUMBER.to_owned()),
            to: Some("100".to_owned()),
            ..ChannelSeen::default()
        };
        line.fact(Fact::ControlAttached { link: ControlLink::Inbound, channel });
        // An event of the dialplan without a number of its own has the channel's.
        line.fact(announced(NUMBER));
        until("both announcements", || setup.count(call_id, "announced") == 2).await;
        assert!(setup.has(call_id, "control_attached"));
        let journal = format!("{:?}", setup.journal(call_id));
        assert!(journal.contains("anonymous") && !journal.contains(NUMBER), "{journal}");
    });
}

#[test]
fn another_name_for_an_unknown_call_begins_a_new_one() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        let call_id = setup.expect_as(named(2), Some(CallRef::Outside(named(1)))).await.unwrap();
        assert!(setup.has(call_id, "call_started") || setup.census().await.calls == 1);
    });
}

#[test]
fn an_ended_call_leaves_no_name() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        let (first, line) = setup.talk(ONE).await;
        setup.expect_as(named(2), Some(CallRef::Id(first))).await.unwrap();
        line.fact(Fact::Hangup { by: HangupBy::Api, cause: HangupCause::normal_clearing() });
        setup.emptied().await;

        for gone in [CallRef::Id(first), CallRef::Outside(named(1)), CallRef::Outside(named(2))] {
            assert_eq!(setup.next(gone).await, Err(NextFault::NoSuchCall));
        }
        let second = setup.expect(named(1)).await.unwrap();
        let third = setup.expect(named(2)).await.unwrap();
        assert!(first != second && first != third && second != third);
    });
}

/// Otherwise the caller would be taken for a new one.
#[test]
fn an_ending_call_keeps_a_name_for_its_new_owner() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        let before = setup.expect(named(1)).await.unwrap();
        let second_call = setup.expect(named(2)).await.unwrap();
        let moved = NameCall { call: CallRef::Id(second_call), outside_id: named(1) };
        assert_eq!(setup.registry.ask(moved).await.unwrap(), Ok(second_call));
        setup.hang_up(before).await;
        until("the end", || setup.gone_at_desks().contains(&before)).await;
        assert_eq!(setup.expect(named(1)).await, Ok(second_call));
    });
}

/// FreeSWITCH hangs up a phone of ours that waits and that belongs to no call.
#[test]
fn a_phone_belongs_to_a_call_while_it_rings() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        let (call_id, _) = setup.talk(ONE).await;
        let (channel, ringing) = (Uuid::from_u128(2), EffectId(900));
        let of_no_call = async || {
            let (kind, server) = (SwitchKind::Freeswitch, "pbx1".to_owned());
            let seen = ChannelsSeen { kind, server, asked_at: UnixMs(0), channels: vec![channel] };
            setup.registry.ask(seen).await.unwrap().unknown
        };
        assert!(setup.registry.tell(ToRegistry::PhoneExpected { call_id, ringing, channel }));
        assert_eq!(of_no_call().await, Vec::<Uuid>::new());
        assert!(setup.registry.tell(ToRegistry::PhoneGone { call_id, ringing }));
        assert_eq!(of_no_call().await, [channel]);
    });
}
