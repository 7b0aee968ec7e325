use cordboard_schema::switch::ExtensionState;
use proptest::prelude::*;

use super::*;

const NOW: UnixMs = UnixMs(1_000_000);

fn begun(announcement: Announcement) -> Handoff {
    let (handoff, steps) =
        Handoff::begin(EffectId(1), asked(phone().into(), announcement), PhoneCheck::First, NOW);
    assert_eq!(steps, [HandoffStep::Cache, HandoffStep::Check]);
    handoff
}

fn phone() -> Phone {
    Phone::at(&"internal,2001,1".parse().unwrap(), None)
}

fn target() -> DialTarget {
    serde_json::from_str(r#"{"dial":"number","number":"2001"}"#).unwrap()
}

fn asked(callee: Callee, announcement: Announcement) -> HandoffRequest {
    HandoffRequest { name: "sales".to_owned(), callee, reason: String::new(), ring_ms: 20_000, announcement }
}

/// A hand-off in its ringing stage, to a person with a phone and a desk, or with a desk alone.
fn ringing_at_desk(phone: Option<Phone>) -> Handoff {
    let has_phone = phone.is_some();
    let callee = Callee { phone, desk: Some(DeskPlace::Extension("sales".to_owned())), joined_here: None };
    let (mut handoff, _) =
        Handoff::begin(EffectId(1), asked(callee, Announcement::Made), PhoneCheck::Skipped, NOW);
    let steps = handoff.apply(&HandoffEvent::ProfileReported, NOW);
    let rung = if has_phone { vec![HandoffStep::Ring, HandoffStep::Offer] } else { vec![HandoffStep::Offer] };
    assert_eq!(steps, rung);
    handoff
}

/// A hand-off that has the caller's profile cached.
fn cached(announcement: Announcement) -> Handoff {
    let mut handoff = begun(announcement);
    assert_eq!(handoff.apply(&HandoffEvent::ProfileReported, NOW), []);
    handoff
}

fn checked(state: ExtensionState) -> ExtensionChecked {
    ExtensionChecked { state, found_by: "sofia_contact".to_owned() }
}

#[test]
fn it_rings_after_the_announcement_if_the_phone_is_there() {
    let free = checked(ExtensionState::Registered);
    let mut handoff = cached(Announcement::UnderWay);
    assert_eq!(handoff.apply(&HandoffEvent::Checked(Some(&free)), NOW), []);
    assert_eq!(handoff.apply(&HandoffEvent::AnnouncementHeard, NOW + 500), [HandoffStep::Ring]);
    assert_eq!(handoff.deadline(), Some(NOW + 25_500));
    assert_eq!(handoff.apply(&HandoffEvent::Accepted, NOW + 6_000), [HandoffStep::Join]);
    assert_eq!(handoff.apply(&HandoffEvent::Bridged, NOW + 6_060), [HandoffStep::Bridged]);
    assert_eq!(handoff.deadline(), None);
    assert_eq!(handoff.apply(&HandoffEvent::Parted, NOW + 60_000), [HandoffStep::PersonLeft]);
    assert!(handoff.is_over());
}

#[test]
fn it_rings_unchecked_after_the_announcement() {
    let begin = |announcement| {
        let (handoff, steps) =
            Handoff::begin(EffectId(1), asked(phone().into(), announcement), PhoneCheck::Skipped, NOW);
        assert_eq!(steps, [HandoffStep::Cache]);
        handoff
    };
    let mut announced = begin(Announcement::Made);
    assert_eq!(announced.apply(&HandoffEvent::ProfileReported, NOW + 5), [HandoffStep::Ring]);
    let mut handoff = begin(Announcement::UnderWay);
    assert_eq!(handoff.apply(&HandoffEvent::ProfileReported, NOW + 5), []);
    assert_eq!(handoff.deadline(), Some(NOW + 10_000));
    assert_eq!(handoff.apply(&HandoffEvent::AnnouncementHeard, NOW + 500), [HandoffStep::Ring]);
}

#[test]
fn nothing_rings_until_the_profile_is_cached_or_overdue() {
    let free = checked(ExtensionState::Registered);
    let ready = || {
        let mut handoff = begun(Announcement::Made);
        assert_eq!(handoff.apply(&HandoffEvent::Checked(Some(&free)), NOW + 100), []);
        handoff
    };
    let mut in_time = ready();
    assert_eq!(in_time.apply(&HandoffEvent::ProfileReported, NOW + 1_000), [HandoffStep::Ring]);
    let mut late = ready();
    assert_eq!(late.deadline(), Some(NOW + 1_200));
    assert_eq!(late.apply(&HandoffEvent::Tick, NOW + 1_199), []);
    let rings_all_the_same = [HandoffStep::NotCached, HandoffStep::Ring];
    assert_eq!(late.apply(&HandoffEvent::Tick, NOW + 1_200), rings_all_the_same);
    assert_eq!(late.apply(&HandoffEvent::ProfileReported, NOW + 1_300), []);
}

#[test]
fn an_unreachable_phone_is_not_rung() {
    let table = [
        (ExtensionState::InCall, HandoffFailure::Busy),
        (ExtensionState::Unregistered, HandoffFailure::Unregistered),
        (ExtensionState::Unknown, HandoffFailure::Unallocated),
    ];
    for (state, failure) in table {
        let mut handoff = begun(Announcement::Made);
        let steps = handoff.apply(&HandoffEvent::Checked(Some(&checked(state))), NOW);
        assert_eq!(steps, [HandoffStep::Failed(failure)]);
    }
}

#[test]
fn a_stage_that_lasts_too_long_fails() {
    let free = checked(ExtensionState::Registered);
    let gone_silent = [HandoffStep::StopRinging, HandoffStep::Failed(HandoffFailure::Timeout)];
    let mut unchecked = begun(Announcement::Made);
    assert_eq!(unchecked.apply(&HandoffEvent::Tick, NOW + 1_199), []);
    let steps = unchecked.apply(&HandoffEvent::Tick, NOW + 1_200);
    assert_eq!(steps, [HandoffStep::Failed(HandoffFailure::Timeout)]);
    let mut ringing = cached(Announcement::Made);
    assert_eq!(ringing.apply(&HandoffEvent::Checked(Some(&free)), NOW), [HandoffStep::Ring]);
    assert_eq!(ringing.clone().apply(&HandoffEvent::Tick, NOW + 25_000), gone_silent);
    assert_eq!(ringing.apply(&HandoffEvent::Accepted, NOW), [HandoffStep::Join]);
    assert_eq!(ringing.apply(&HandoffEvent::Tick, NOW + 5_000), gone_silent);
}

#[test]
fn a_long_announcement_does_not_delay_ringing_for_ever() {
    let mut handoff = cached(Announcement::UnderWay);
    handoff.apply(&HandoffEvent::Checked(Some(&checked(ExtensionState::Registered))), NOW);
    assert_eq!(handoff.apply(&HandoffEvent::Tick, NOW + 10_000), [HandoffStep::Ring]);
}

#[test]
fn the_first_answer_ends_the_other_route() {
    let ada = UserId(uuid::Uuid::from_u128(1));
    let mut at_desk = ringing_at_desk(Some(phone()));
    let steps = at_desk.apply(&HandoffEvent::AcceptedAtDesk(ada), NOW);
    assert_eq!(steps, [HandoffStep::StopRinging, HandoffStep::JoinDesk(ada)]);
    let gone = HandoffEvent::Failed(Route::Phone, HandoffFailure::NoAnswer);
    assert_eq!(at_desk.apply(&gone, NOW), [], "its ringing was stopped on purpose");
    assert_eq!(at_desk.apply(&HandoffEvent::Accepted, NOW), [], "too late");
    let late = [HandoffStep::LetGo(ada), HandoffStep::Failed(HandoffFailure::Timeout)];
    assert_eq!(at_desk.clone().apply(&HandoffEvent::Tick, NOW + 10_000), late);
    assert_eq!(at_desk.apply(&HandoffEvent::Bridged, NOW), [HandoffStep::Bridged]);

    let mut at_phone = ringing_at_desk(Some(phone()));
    let steps = at_phone.apply(&HandoffEvent::Accepted, NOW);
    assert_eq!(steps, [HandoffStep::Withdraw, HandoffStep::Join]);
    assert_eq!(at_phone.apply(&HandoffEvent::AcceptedAtDesk(ada), NOW), [], "too late");
}

#[test]
fn a_failed_route_waits_for_the_other_one() {
    let failed = |way, failure| HandoffEvent::Failed(way, failure);
    let mut handoff = ringing_at_desk(Some(phone()));
    assert_eq!(handoff.apply(&failed(Route::Phone, HandoffFailure::Unregistered), NOW), []);
    let no_answer = failed(Route::Desk, HandoffFailure::NoAnswer);
    assert_eq!(handoff.apply(&no_answer, NOW), [HandoffStep::Failed(HandoffFailure::NoAnswer)]);
    let mut handoff = ringing_at_desk(Some(phone()));
    assert_eq!(handoff.apply(&failed(Route::Desk, HandoffFailure::Offline), NOW), []);
    assert_eq!(
        handoff.apply(&failed(Route::Phone, HandoffFailure::Busy), NOW),
        [HandoffStep::Failed(HandoffFailure::Busy)]
    );
    let mut alone = ringing_at_desk(None);
    assert_eq!(
        alone.apply(&failed(Route::Desk, HandoffFailure::Offline), NOW),
        [HandoffStep::Failed(HandoffFailure::Offline)]
    );
}

#[test]
fn a_person_who_declined_is_not_asked_another_way() {
    let mut at_desk = ringing_at_desk(Some(phone()));
    let declined = HandoffStep::Failed(HandoffFailure::Declined);
    let event = HandoffEvent::Failed(Route::Desk, HandoffFailure::Declined);
    assert_eq!(at_desk.apply(&event, NOW), [HandoffStep::StopRinging, declined]);
    let mut at_phone = ringing_at_desk(Some(phone()));
    let event = HandoffEvent::Failed(Route::Phone, HandoffFailure::Declined);
    assert_eq!(at_phone.apply(&event, NOW), [HandoffStep::Withdraw, declined]);
}

#[test]
fn an_unregistered_phone_leaves_the_desk() {
    let callee = Callee {
        phone: Some(phone()),
        desk: Some(DeskPlace::Extension("sales".to_owned())),
        joined_here: None,
    };
    let (mut handoff, _) =
        Handoff::begin(EffectId(1), asked(callee, Announcement::Made), PhoneCheck::First, NOW);
    assert_eq!(handoff.apply(&HandoffEvent::Checked(None), NOW), []);
    assert_eq!(handoff.apply(&HandoffEvent::ProfileReported, NOW), [HandoffStep::Offer]);
}

#[test]
fn a_route_that_fails_before_ringing_is_not_awaited() {
    let briefing = |announcement| {
        let callee = Callee {
            phone: Some(phone()),
            desk: Some(DeskPlace::Extension("sales".to_owned())),
            joined_here: None,
        };
        Handoff::begin(EffectId(1), asked(callee, announcement), PhoneCheck::First, NOW).0
    };
    let failed = |way| HandoffEvent::Failed(way, HandoffFailure::Offline);
    let mut without_phone = briefing(Announcement::Made);
    assert_eq!(without_phone.apply(&failed(Route::Phone), NOW), []);
    assert_eq!(without_phone.apply(&HandoffEvent::ProfileReported, NOW), [HandoffStep::Offer]);

    let mut without_desk = briefing(Announcement::Made);
    assert_eq!(without_desk.apply(&failed(Route::Desk), NOW), []);
    assert_eq!(without_desk.apply(&HandoffEvent::ProfileReported, NOW), [], "its phone was not checked yet");
    let free = checked(ExtensionState::Registered);
    assert_eq!(without_desk.apply(&HandoffEvent::Checked(Some(&free)), NOW), [HandoffStep::Ring]);

    // If the switch reports nothing about the phone, only the desk is left. The caller still hears the whole announcement.
    let mut unchecked = briefing(Announcement::UnderWay);
    assert_eq!(unchecked.apply(&HandoffEvent::ProfileReported, NOW), []);
    assert_eq!(unchecked.apply(&HandoffEvent::Tick, NOW + 1_200), []);
    assert_eq!(unchecked.deadline(), Some(NOW + 11_200));
    assert_eq!(unchecked.apply(&HandoffEvent::Tick, NOW + 11_200), [HandoffStep::Offer]);
}

#[test]
fn the_more_telling_of_two_failures_is_reported() {
    let second = |first, second| {
        let mut handoff = ringing_at_desk(Some(phone()));
        assert_eq!(handoff.apply(&HandoffEvent::Failed(Route::Phone, first), NOW), []);
        handoff.apply(&HandoffEvent::Failed(Route::Desk, second), NOW)
    };
    let table = [
        (HandoffFailure::Busy, HandoffFailure::Declined, HandoffFailure::Declined),
        (HandoffFailure::Busy, HandoffFailure::Offline, HandoffFailure::Busy),
        (HandoffFailure::NoAnswer, HandoffFailure::Offline, HandoffFailure::NoAnswer),
        (HandoffFailure::Unregistered, HandoffFailure::Offline, HandoffFailure::Offline),
    ];
    for (phone, desk, failure) in table {
        assert_eq!(second(phone, desk), [HandoffStep::Failed(failure)], "{phone} and {desk}");
    }
}

#[test]
fn a_queue_is_awaited_as_long_as_it_takes() {
    let callee = Callee { phone: None, desk: Some(DeskPlace::Queue("sales".to_owned())), joined_here: None };
    let (mut handoff, _) =
        Handoff::begin(EffectId(1), asked(callee, Announcement::Made), PhoneCheck::First, NOW);
    assert_eq!(handoff.apply(&HandoffEvent::ProfileReported, NOW), [HandoffStep::Offer]);
    assert_eq!(handoff.apply(&HandoffEvent::Tick, NOW + 3_600_000), []);
    assert_eq!(handoff.deadline(), Some(NOW + 7_205_000));
    let left = [HandoffStep::Withdraw, HandoffStep::Cancelled];
    assert_eq!(handoff.apply(&HandoffEvent::CallerLeft, NOW + 3_600_000), left);
}

#[test]
fn each_queue_of_a_chain_is_awaited_to_its_end() {
    let callee = Callee { phone: None, desk: Some(DeskPlace::Queue("sales".to_owned())), joined_here: None };
    let (mut handoff, _) =
        Handoff::begin(EffectId(1), asked(callee, Announcement::Made), PhoneCheck::Skipped, NOW);
    handoff.apply(&HandoffEvent::ProfileReported, NOW);
    for entered in [0, 7_200_000, 14_400_000] {
        assert_eq!(handoff.apply(&HandoffEvent::EnteredQueue, NOW + entered), []);
        assert_eq!(handoff.apply(&HandoffEvent::Tick, NOW + entered + 7_200_000), [], "{entered}");
    }
    let given_up = HandoffEvent::Failed(Route::Desk, HandoffFailure::NoAnswer);
    assert_eq!(
        handoff.apply(&given_up, NOW + 21_600_000),
        [HandoffStep::Failed(HandoffFailure::NoAnswer)],
        "by its last queue, whose overflow is the caller's"
    );
}

#[test]
fn a_queue_asks_its_next_agent_if_one_stays_unheard() {
    let (ada, ben) = (UserId(uuid::Uuid::from_u128(1)), UserId(uuid::Uuid::from_u128(2)));
    let callee = Callee { phone: None, desk: Some(DeskPlace::Queue("sales".to_owned())), joined_here: None };
    let (mut handoff, _) =
        Handoff::begin(EffectId(1), asked(callee, Announcement::Made), PhoneCheck::Skipped, NOW);
    assert_eq!(handoff.apply(&HandoffEvent::ProfileReported, NOW), [HandoffStep::Offer]);
    let accepts = handoff.apply(&HandoffEvent::AcceptedAtDesk(ada), NOW + 60_000);
    assert_eq!(accepts, [HandoffStep::JoinDesk(ada)]);
    assert_eq!(handoff.apply(&HandoffEvent::Tick, NOW + 69_999), []);
    let silent = handoff.apply(&HandoffEvent::Tick, NOW + 70_000);
    assert_eq!(silent, [HandoffStep::LetGo(ada), HandoffStep::Offer]);
    assert!(handoff.is_offered() && !handoff.is_of_agent());
    assert_eq!(handoff.offered_since(), Some(NOW), "the caller keeps their turn");
    assert_eq!(handoff.deadline(), Some(NOW + 70_000 + 7_205_000));

    handoff.apply(&HandoffEvent::AcceptedAtDesk(ben), NOW + 71_000);
    let declined = HandoffEvent::NoAudio(HandoffFailure::Declined);
    let hung_up = handoff.apply(&declined, NOW + 72_000);
    assert_eq!(hung_up, [HandoffStep::LetGo(ben), HandoffStep::Offer]);
    let offline = HandoffEvent::Failed(Route::Desk, HandoffFailure::Offline);
    let failed = [HandoffStep::Failed(HandoffFailure::Offline)];
    assert_eq!(handoff.apply(&offline, NOW + 73_000), failed, "the queue gives up");

    let mut alone = ringing_at_desk(None);
    alone.apply(&HandoffEvent::AcceptedAtDesk(ada), NOW);
    let failed = HandoffStep::Failed(HandoffFailure::Declined);
    assert_eq!(
        alone.apply(&declined, NOW),
        [HandoffStep::LetGo(ada), failed],
        "nobody else is at an extension"
    );
}

/// A hand-off to an agent who talks on the phone at their extension. The phone rings if no desk takes the offer.
fn with_phone_last() -> Handoff {
    let callee = Callee {
        phone: Some(phone()),
        desk: Some(DeskPlace::Extension("sales".to_owned())),
        joined_here: None,
    };
    let (handoff, _) =
        Handoff::begin(EffectId(1), asked(callee, Announcement::Made), PhoneCheck::Skipped, NOW);
    let mut handoff = handoff.with_phone_last();
    assert!(!handoff.rings_phone());
    assert_eq!(handoff.apply(&HandoffEvent::ProfileReported, NOW), [HandoffStep::Offer]);
    handoff
}

#[test]
fn a_last_phone_rings_if_no_desk_takes_the_offer() {
    let offline = HandoffEvent::Failed(Route::Desk, HandoffFailure::Offline);
    let mut handoff = with_phone_last();
    assert_eq!(handoff.lasts_ms_max(), ringing_at_desk(Some(phone())).lasts_ms_max() + 20_000);
    assert_eq!(handoff.apply(&offline, NOW), [HandoffStep::Ring]);
    assert!(handoff.rings_phone());

    let mut taken = with_phone_last();
    assert_eq!(taken.apply(&HandoffEvent::TakenAtDesk, NOW), []);
    assert_eq!(taken.apply(&offline, NOW), [HandoffStep::Failed(HandoffFailure::Offline)]);

    let ada = UserId(uuid::Uuid::from_u128(1));
    let steps = with_phone_last().apply(&HandoffEvent::AcceptedAtDesk(ada), NOW);
    assert_eq!(steps, [HandoffStep::JoinDesk(ada)], "it does not ring");
    assert!(begun(Announcement::Made).with_phone_last().rings_phone(), "without a desk no phone rings last");
}

#[test]
fn a_forgone_phone_rings_once_the_dead_offer_fails_again() {
    let offline = HandoffEvent::Failed(Route::Desk, HandoffFailure::Offline);
    let ada = UserId(uuid::Uuid::from_u128(1));
    let begin = |taken: &HandoffEvent<'_>| {
        let mut handoff = with_phone_last();
        handoff.apply(taken, NOW + 500);
        assert_eq!(offered_again(&mut handoff, true), [HandoffStep::Cache, HandoffStep::Offer]);
        handoff
    };
    for taken in [HandoffEvent::TakenAtDesk, HandoffEvent::AcceptedAtDesk(ada)] {
        let mut handoff = begin(&taken);
        assert_eq!(handoff.apply(&offline, NOW + 18_100), [HandoffStep::Ring]);
        assert_eq!(handoff.deadline(), Some(NOW + 43_100), "it has its whole time");
        assert_eq!(handoff.apply(&HandoffEvent::Accepted, NOW + 20_000), [HandoffStep::Join]);

        let mut again = begin(&taken);
        again.apply(&HandoffEvent::TakenAtDesk, NOW + 18_100);
        assert_eq!(again.apply(&HandoffEvent::Accepted, NOW + 18_200), [], "it does not ring");
        assert_eq!(again.apply(&offline, NOW + 19_000), [HandoffStep::Failed(HandoffFailure::Offline)]);
    }
}

#[test]
fn a_forgone_phone_rings_once_desk_audio_is_missing() {
    let mut handoff = with_phone_last();
    handoff.apply(&HandoffEvent::TakenAtDesk, NOW + 500);
    let rings = [HandoffStep::Withdraw, HandoffStep::Ring];
    assert_eq!(handoff.apply(&HandoffEvent::CallerUnheard, NOW + 1_000), rings);
    assert_eq!(handoff.apply(&HandoffEvent::Accepted, NOW + 5_000), [HandoffStep::Join]);
}

#[test]
fn its_longest_duration_is_the_sum_of_its_waits() {
    let joins = 30_000 + 10_000 + 15_000;
    assert_eq!(ringing_at_desk(None).lasts_ms_max(), 1_200 + 10_000 + 25_000 + joins);
}

#[test]
fn its_stage_answers_questions_about_it() {
    let stands = |of: &Handoff| (of.is_offered(), of.waits_at_desk(), of.is_of_agent(), of.is_over());
    let mut at_phone = cached(Announcement::Made);
    assert_eq!(stands(&at_phone), (false, false, false, false));
    at_phone.apply(&HandoffEvent::Checked(Some(&checked(ExtensionState::Registered))), NOW);
    assert_eq!(stands(&at_phone), (false, false, false, false));
    at_phone.apply(&HandoffEvent::Accepted, NOW);
    assert_eq!(stands(&at_phone), (false, false, false, false));

    let mut at_desk = ringing_at_desk(None);
    assert_eq!(stands(&at_desk), (true, true, false, false));
    at_desk.apply(&HandoffEvent::AcceptedAtDesk(UserId(uuid::Uuid::from_u128(1))), NOW);
    assert_eq!(stands(&at_desk), (false, true, true, false));
    at_desk.apply(&HandoffEvent::Bridged, NOW);
    assert_eq!(stands(&at_desk), (false, false, true, false));
    at_desk.apply(&HandoffEvent::Parted, NOW);
    assert_eq!(stands(&at_desk), (false, false, true, true));
}

#[test]
fn an_accepting_agents_audio_is_awaited_until_the_given_time() {
    let [ada, bob] = [1, 2].map(|number| UserId(uuid::Uuid::from_u128(number)));
    let mut handoff = ringing_at_desk(None);
    handoff.awaits_audio(ada, NOW + 30_000);
    assert_eq!(handoff.deadline(), Some(NOW + 25_000), "nobody has accepted yet");
    handoff.apply(&HandoffEvent::AcceptedAtDesk(ada), NOW);
    handoff.awaits_audio(bob, NOW + 30_000);
    assert_eq!(handoff.deadline(), Some(NOW + 10_000), "it was another agent");
    handoff.awaits_audio(ada, NOW + 30_000);
    assert_eq!(handoff.deadline(), Some(NOW + 30_000));
    handoff.apply(&HandoffEvent::Briefed { until: NOW + 50_000 }, NOW);
    assert_eq!(handoff.deadline(), Some(NOW + 60_000), "the briefing has its own deadline");
}

fn events() -> impl Strategy<Value = (u64, u8)> {
    (0..30_000_u64, 0..21_u8)
}

/// A hand-off whose caller is back, or gone, has at most this many deadlines.
const DEADLINES_MAX: usize = 8;

proptest! {
    #[test]
    fn it_ends_once_whatever_happens_in_whatever_order(
        has_phone in any::<bool>(),
        at_desk in prop::option::of(any::<bool>()),
        (is_phone_last, is_back) in (any::<bool>(), any::<bool>()),
        events in prop::collection::vec(events(), 0..30),
    ) {
        let free = checked(ExtensionState::Registered);
        let place = |in_queue| match in_queue {
            true => DeskPlace::Queue("sales".to_owned()),
            false => DeskPlace::Extension("sales".to_owned()),
        };
        let desk = at_desk.map(place);
        let callee = Callee { phone: (has_phone || desk.is_none()).then(phone), desk, joined_here: None };
        let ada = UserId(uuid::Uuid::from_u128(1));
        let (mut handoff, _) =
            Handoff::begin(EffectId(1), asked(callee.clone(), Announcement::UnderWay), PhoneCheck::First, NOW);
        if is_phone_last {
            handoff = handoff.with_phone_last();
        }
        let (mut now, mut ends, mut late) = (NOW, 0, 0);
        let (mut rings, mut is_offered, mut rung, mut offered, mut deaths) = (false, false, 0, 0, 0);
        let (mut accepted, mut is_bridged, mut unheard) = (None, false, 0);
        let mut take = |handoff: &mut Handoff, event: &HandoffEvent<'_>, now| {
            for step in handoff.apply(event, now) {
                assert!(ends == 0 || step == HandoffStep::PersonLeft, "{step:?} after the end");
                match step {
                    HandoffStep::Ring => { rung += 1; rings = true; }
                    HandoffStep::Offer => { offered += 1; is_offered = true; }
                    HandoffStep::Join => assert!(rings, "joined before it rang"),
                    HandoffStep::JoinDesk(user) => {
                        assert!(is_offered || deaths > 0, "it was offered to nobody");
                        assert_eq!(accepted.replace(user), None, "accepted twice");
                        is_offered = false;
                    }
                    HandoffStep::StopRinging => assert!(std::mem::take(&mut rings), "it does not ring"),
                    HandoffStep::Withdraw => assert!(std::mem::take(&mut is_offered), "withdrawn without an offer"),
                    HandoffStep::LetGo(user) | HandoffStep::LetGoHungUp(user) => {
                        assert_eq!(accepted.take(), Some(user));
                        unheard += 1;
                    }
                    HandoffStep::Failed(_) | HandoffStep::Cancelled => ends += 1,
                    HandoffStep::Bridged => { ends += 1; is_bridged = true; }
                    HandoffStep::PersonLeft => assert!(is_bridged, "left before they came"),
                    HandoffStep::Cache => assert!(deaths > 0, "cached again"),
                    HandoffStep::Check => panic!("checked again"),
                    HandoffStep::NotCached => late += 1,
                }
            }
            if let HandoffEvent::ProcessDied = event {
                // Nobody has the offer any more; an agent who accepted it has not come.
                (deaths, is_offered, accepted) = (deaths + 1, false, None);
            }
            if let HandoffEvent::Failed(Route::Phone, _) = event { rings = false; }
            if let HandoffEvent::Failed(Route::Desk, _) = event { is_offered = false; }
            let over_without = ends == 1 && !is_bridged;
            assert!(!(over_without && (rings || is_offered || accepted.is_some())), "a person is left waiting");
            assert!(ends <= 1 && rung <= 1, "ended or rung twice");
            assert!(late <= 1 + deaths, "late more often than it was cached");
            assert!(offered <= 1 + deaths + unheard, "offered more often than it was lost");
        };
        for (after_ms, which) in events {
            now = now + after_ms;
            let event = match which {
                0 => HandoffEvent::AnnouncementHeard,
                1 => HandoffEvent::Checked(Some(&free)),
                2 => HandoffEvent::Checked(None),
                3 => HandoffEvent::Accepted,
                4 => HandoffEvent::Bridged,
                5 => HandoffEvent::Failed(Route::Phone, HandoffFailure::Busy),
                6 => HandoffEvent::NotJoined,
                7 => HandoffEvent::Parted,
                8 => HandoffEvent::ProfileReported,
                9 => HandoffEvent::AcceptedAtDesk(ada),
                10 => HandoffEvent::Failed(Route::Desk, HandoffFailure::NoAnswer),
                11 => HandoffEvent::Failed(Route::Desk, HandoffFailure::Declined),
                12 => HandoffEvent::ProcessDied,
                13 => HandoffEvent::CallerBack,
                14 => HandoffEvent::TakenAtDesk,
                15 => HandoffEvent::Briefed { until: now + 5_000 },
                16 => HandoffEvent::NoAudio(HandoffFailure::Timeout),
                17 => HandoffEvent::CallerUnheard,
                18 => HandoffEvent::HungUp,
                19 => HandoffEvent::EnteredQueue,
                _ => HandoffEvent::Tick,
            };
            take(&mut handoff, &event, now);
        }
        // No caller is away for ever: they come back, or their call ends.
        let last = if is_back { HandoffEvent::CallerBack } else { HandoffEvent::CallerLeft };
        take(&mut handoff, &last, now);
        let mut deadlines = 0;
        while let Some(deadline) = handoff.deadline() {
            deadlines += 1;
            prop_assert!(deadlines <= DEADLINES_MAX, "its deadlines go on for ever: {:?}", handoff);
            now = now.max(deadline);
            take(&mut handoff, &HandoffEvent::Tick, now);
            let has_moved = handoff.deadline().is_none_or(|next| next > now);
            prop_assert!(has_moved, "a deadline that has passed does not move: {:?}", handoff);
        }
        prop_assert!(handoff.is_over() || handoff.stage() == Stage::Bridged);
        prop_assert_eq!(ends, 1);
    }
}

#[test]
fn an_automatic_offer_comes_at_once_with_one_deadline() {
    let begin = || {
        let desk = Some(DeskPlace::Queue("sales".to_owned()));
        let asked = asked(Callee { phone: None, desk, joined_here: None }, Announcement::Made);
        let (handoff, steps) = Handoff::begin_at_once(EffectId(1), asked, NOW + 2_000, NOW);
        assert_eq!(steps, [HandoffStep::Cache, HandoffStep::Offer]);
        assert_eq!((handoff.accepts(), handoff.deadline()), (Accepts::ByItself, Some(NOW + 2_000)));
        handoff
    };
    let user = UserId(uuid::Uuid::from_u128(1));
    let mut handoff = begin();
    assert_eq!(handoff.apply(&HandoffEvent::ProfileReported, NOW + 5), []);
    assert_eq!(handoff.apply(&HandoffEvent::AcceptedAtDesk(user), NOW + 10), [HandoffStep::JoinDesk(user)]);
    assert_eq!(handoff.deadline(), Some(NOW + 2_000), "their sound has no time of its own");
    assert_eq!(handoff.apply(&HandoffEvent::Tick, NOW + 1_999), []);
    let failed = HandoffStep::Failed(HandoffFailure::Timeout);
    assert_eq!(handoff.apply(&HandoffEvent::Tick, NOW + 2_000), [HandoffStep::LetGo(user), failed]);
    assert_eq!(begin().apply(&HandoffEvent::Tick, NOW + 2_000), [HandoffStep::Withdraw, failed]);
}

#[test]
fn a_dead_offer_is_made_again_once_the_caller_returns() {
    for phone in [None, Some(phone())] {
        let mut rings = phone.is_some();
        let mut handoff = ringing_at_desk(phone);
        assert_eq!(handoff.apply(&HandoffEvent::CallerBack, NOW), [], "it is still offered");
        for _ in 0..2 {
            assert_eq!(handoff.apply(&HandoffEvent::ProcessDied, NOW + 20_000), []);
            // The caller may take their time. A phone has its own limit.
            let hush = rings.then_some(HandoffStep::StopRinging);
            assert_eq!(handoff.apply(&HandoffEvent::Tick, NOW + 1_000_000), Vec::from_iter(hush));
            rings = false;
            let cache = [HandoffStep::Cache];
            assert_eq!(
                handoff.apply(&HandoffEvent::CallerBack, NOW + 24_000),
                cache,
                "desks come back first"
            );
            assert_eq!(handoff.apply(&HandoffEvent::CallerBack, NOW + 25_000), []);
            assert_eq!(handoff.deadline(), Some(NOW + 29_000));
            assert_eq!(handoff.apply(&HandoffEvent::ProfileReported, NOW + 26_000), []);
            assert_eq!(handoff.apply(&HandoffEvent::Tick, NOW + 29_000), [HandoffStep::Offer]);
            assert_eq!(handoff.deadline(), Some(NOW + 54_000), "it rings for as long as the first did");
            assert_eq!(handoff.offered_since(), Some(NOW), "the caller keeps their turn");
        }
        let ada = UserId(uuid::Uuid::from_u128(1));
        let taken = handoff.apply(&HandoffEvent::AcceptedAtDesk(ada), NOW + 30_000);
        assert_eq!(taken.last(), Some(&HandoffStep::JoinDesk(ada)));
    }
}

/// The steps from when the process died and the caller came back until the call is offered again.
fn offered_again(handoff: &mut Handoff, is_reported: bool) -> Vec<HandoffStep> {
    assert_eq!(handoff.apply(&HandoffEvent::ProcessDied, NOW + 1_000), []);
    let mut steps = handoff.apply(&HandoffEvent::Tick, NOW + 12_000);
    steps.extend(handoff.apply(&HandoffEvent::CallerBack, NOW + 13_000));
    if is_reported {
        steps.extend(handoff.apply(&HandoffEvent::ProfileReported, NOW + 13_100));
    }
    for at in [15_000, 17_999, 18_000] {
        let offered = handoff.apply(&HandoffEvent::Tick, NOW + at);
        assert!(at == 18_000 || !offered.contains(&HandoffStep::Offer), "desks come back first");
        steps.extend(offered);
    }
    steps
}

#[test]
fn an_accepting_agent_lost_with_the_process_is_asked_again() {
    let ada = UserId(uuid::Uuid::from_u128(1));
    let mut handoff = ringing_at_desk(None);
    handoff.apply(&HandoffEvent::AcceptedAtDesk(ada), NOW + 500);
    handoff.apply(&HandoffEvent::Briefed { until: NOW + 9_000 }, NOW + 600);
    assert_eq!(offered_again(&mut handoff, true), [HandoffStep::Cache, HandoffStep::Offer]);
    assert!(!handoff.is_of_agent() && handoff.is_offered());
    let taken = handoff.apply(&HandoffEvent::AcceptedAtDesk(ada), NOW + 19_000);
    assert_eq!(taken, [HandoffStep::JoinDesk(ada)]);
}

#[test]
fn an_offer_unmade_at_process_death_waits_for_its_caller() {
    let desk = Some(DeskPlace::Extension("sales".to_owned()));
    let callee = Callee { phone: None, desk, joined_here: None };
    let begin = || {
        let asked = asked(callee.clone(), Announcement::UnderWay);
        Handoff::begin(EffectId(1), asked, PhoneCheck::Skipped, NOW).0
    };
    let (cache, late, offer) = (HandoffStep::Cache, HandoffStep::NotCached, HandoffStep::Offer);
    assert_eq!(offered_again(&mut begin(), true), [late, cache, offer]);
    assert_eq!(offered_again(&mut begin(), false), [late, cache, late, offer]);
    // The caller is back before the announcement would have ended.
    let mut quick = begin();
    quick.apply(&HandoffEvent::ProcessDied, NOW + 1_000);
    assert_eq!(quick.apply(&HandoffEvent::CallerBack, NOW + 2_000), [cache]);
    assert_eq!(quick.apply(&HandoffEvent::ProfileReported, NOW + 2_100), []);
    assert_eq!(quick.apply(&HandoffEvent::Tick, NOW + 10_000), [offer]);
    // Or just before its time is over: then only the profile is awaited.
    let mut slow = begin();
    slow.apply(&HandoffEvent::ProcessDied, NOW + 1_000);
    assert_eq!(slow.apply(&HandoffEvent::CallerBack, NOW + 9_000), [cache]);
    assert_eq!(slow.apply(&HandoffEvent::Tick, NOW + 10_000), []);
    assert_eq!(slow.deadline(), Some(NOW + 9_000 + PROFILE_WAIT_MS_MAX));
}

#[test]
fn an_offer_that_died_is_not_withdrawn() {
    let mut left = ringing_at_desk(None);
    left.apply(&HandoffEvent::ProcessDied, NOW);
    assert_eq!(left.apply(&HandoffEvent::CallerLeft, NOW), [HandoffStep::Cancelled]);
    let mut answered = ringing_at_desk(Some(phone()));
    answered.apply(&HandoffEvent::ProcessDied, NOW);
    assert_eq!(answered.apply(&HandoffEvent::Accepted, NOW + 1_000), [HandoffStep::Join]);
    assert_eq!(answered.apply(&HandoffEvent::CallerBack, NOW + 2_000), []);
}

#[test]
fn people_joined_by_the_switch_stay_when_those_here_leave() {
    let mut at_desk = ringing_at_desk(None);
    at_desk.apply(&HandoffEvent::AcceptedAtDesk(UserId(uuid::Uuid::from_u128(1))), NOW);
    at_desk.apply(&HandoffEvent::Bridged, NOW);
    let mut at_switch = ringing_at_desk(Some(phone()));
    at_switch.apply(&HandoffEvent::Accepted, NOW);
    at_switch.apply(&HandoffEvent::Bridged, NOW);
    for handoff in [&mut at_desk, &mut at_switch] {
        handoff.people_here_are_gone();
    }
    assert_eq!((at_desk.stage(), at_switch.stage()), (Stage::Left, Stage::Bridged));
}

#[test]
fn a_late_profile_and_check_are_given_up_together() {
    let callee = Callee {
        phone: Some(phone()),
        desk: Some(DeskPlace::Extension("sales".to_owned())),
        joined_here: None,
    };
    let begin = |announcement| {
        Handoff::begin(EffectId(1), asked(callee.clone(), announcement), PhoneCheck::First, NOW).0
    };
    let mut announced = begin(Announcement::Made);
    assert_eq!(
        announced.apply(&HandoffEvent::Tick, NOW + 1_200),
        [HandoffStep::NotCached, HandoffStep::Offer]
    );
    let mut unannounced = begin(Announcement::UnderWay);
    assert_eq!(unannounced.apply(&HandoffEvent::Tick, NOW + 1_200), [HandoffStep::NotCached]);
    assert_eq!(unannounced.deadline(), Some(NOW + 11_200));
}

#[test]
fn a_phone_rings_its_time_although_the_desk_offer_waits() {
    let mut ringing = ringing_at_desk(Some(phone()));
    ringing.apply(&HandoffEvent::ProcessDied, NOW + 1_000);
    assert_eq!(ringing.deadline(), Some(NOW + 25_000));
    // The switch's report that nobody answered went to the process that died.
    assert_eq!(ringing.apply(&HandoffEvent::Tick, NOW + 25_000), [HandoffStep::StopRinging]);
    assert!(!ringing.rings_phone() && ringing.waits_for_caller());
    assert_eq!(ringing.apply(&HandoffEvent::CallerBack, NOW + 26_000), [HandoffStep::Cache]);
    assert_eq!(ringing.apply(&HandoffEvent::ProfileReported, NOW + 26_100), []);
    assert_eq!(ringing.apply(&HandoffEvent::Tick, NOW + 31_000), [HandoffStep::Offer]);
    let offline = HandoffEvent::Failed(Route::Desk, HandoffFailure::Offline);
    let failed = [HandoffStep::Failed(HandoffFailure::Offline)];
    assert_eq!(ringing.apply(&offline, NOW + 31_100), failed, "no phone is awaited any more");

    // A phone that begins to ring only then rings its full time.
    let callee = ringing_at_desk(Some(phone())).callee;
    let asked = asked(callee, Announcement::UnderWay);
    let mut briefing = Handoff::begin(EffectId(1), asked, PhoneCheck::Skipped, NOW).0;
    briefing.apply(&HandoffEvent::ProfileReported, NOW);
    briefing.apply(&HandoffEvent::ProcessDied, NOW + 1_000);
    assert_eq!(briefing.apply(&HandoffEvent::Tick, NOW + 10_000), [HandoffStep::Ring]);
    assert_eq!(briefing.apply(&HandoffEvent::Tick, NOW + 35_000), [HandoffStep::StopRinging]);
}

#[test]
fn a_phone_left_alone_is_not_awaited_like_a_queue() {
    let in_queue = || {
        let callee = Callee {
            phone: Some(phone()),
            desk: Some(DeskPlace::Queue("sales".to_owned())),
            joined_here: None,
        };
        Handoff::begin(EffectId(1), asked(callee, Announcement::Made), PhoneCheck::Skipped, NOW).0
    };
    let offline = HandoffEvent::Failed(Route::Desk, HandoffFailure::Offline);
    let gone_silent = [HandoffStep::StopRinging, HandoffStep::Failed(HandoffFailure::Timeout)];
    for has_died in [false, true] {
        let mut handoff = in_queue();
        handoff.apply(&HandoffEvent::ProfileReported, NOW);
        if has_died {
            handoff.apply(&HandoffEvent::ProcessDied, NOW + 500);
        }
        assert_eq!(handoff.apply(&offline, NOW + 1_000), []);
        assert!(!handoff.waits_for_caller(), "nothing is offered to desks any more");
        assert_eq!(handoff.deadline(), Some(NOW + 26_000));
        assert_eq!(handoff.apply(&HandoffEvent::Tick, NOW + 26_000), gone_silent);
    }
    // The same where desks are ruled out before anything rings.
    let mut briefing = in_queue();
    assert_eq!(briefing.apply(&HandoffEvent::CallerUnheard, NOW), []);
    assert_eq!(briefing.apply(&HandoffEvent::ProfileReported, NOW), [HandoffStep::Ring]);
    assert_eq!(briefing.deadline(), Some(NOW + 25_000));
    // A phone that rings last rings its full time, however late its turn comes.
    let mut last = in_queue().with_phone_last();
    last.apply(&HandoffEvent::ProfileReported, NOW);
    assert_eq!(last.apply(&offline, NOW + 24_000), [HandoffStep::Ring]);
    assert_eq!(last.deadline(), Some(NOW + 49_000));
}

#[test]
fn people_with_the_caller_are_not_asked_after_process_deaths() {
    let mut handoff = ringing_at_desk(Some(phone()));
    handoff.apply(&HandoffEvent::ProcessDied, NOW);
    assert!(handoff.waits_for_caller());
    handoff.apply(&HandoffEvent::Accepted, NOW + 1_000);
    assert!(!handoff.waits_for_caller(), "a person waits to be joined");
    // The switch joins them while no process can receive the report.
    handoff.apply(&HandoffEvent::ProcessDied, NOW + 20_000);
    assert_eq!(handoff.apply(&HandoffEvent::Tick, NOW + 24_999), []);
    assert_eq!(handoff.apply(&HandoffEvent::Bridged, NOW + 24_999), [HandoffStep::Bridged]);
    handoff.apply(&HandoffEvent::ProcessDied, NOW + 60_000);
    assert!(!handoff.waits_for_caller() && handoff.stage() == Stage::Bridged);
}

#[test]
fn an_offer_that_is_made_late_has_its_whole_time() {
    let mut handoff = ringing_at_desk(None);
    handoff.apply(&HandoffEvent::ProcessDied, NOW);
    handoff.apply(&HandoffEvent::CallerBack, NOW + 1_000);
    handoff.apply(&HandoffEvent::ProfileReported, NOW + 1_100);
    assert_eq!(handoff.apply(&HandoffEvent::Tick, NOW + 60_000), [HandoffStep::Offer]);
    assert_eq!(handoff.apply(&HandoffEvent::Tick, NOW + 84_999), []);
}

#[test]
fn a_caller_without_audio_waits_for_nobody_at_a_desk() {
    let unheard = HandoffEvent::CallerUnheard;
    let failed = HandoffStep::Failed(HandoffFailure::Congestion);
    assert_eq!(ringing_at_desk(None).apply(&unheard, NOW), [HandoffStep::Withdraw, failed]);
    let mut with_phone = ringing_at_desk(Some(phone()));
    assert_eq!(
        with_phone.apply(&unheard, NOW),
        [HandoffStep::Withdraw],
        "the switch joins whoever answers that phone"
    );
    assert_eq!(with_phone.apply(&HandoffEvent::Accepted, NOW + 1_000), [HandoffStep::Join]);
    assert_eq!(with_phone.apply(&unheard, NOW + 1_001), []);
    let mut joined_here = ringing_at_desk(Some(phone()));
    joined_here.callee.joined_here = Some(target());
    let all_end = [HandoffStep::StopRinging, HandoffStep::Withdraw, failed];
    assert_eq!(joined_here.apply(&unheard, NOW), all_end, "nobody can be joined with them here");
    let ada = UserId(uuid::Uuid::from_u128(1));
    let mut accepted = ringing_at_desk(None);
    accepted.apply(&HandoffEvent::AcceptedAtDesk(ada), NOW);
    assert_eq!(accepted.apply(&unheard, NOW), [HandoffStep::LetGo(ada), failed]);
    let mut lost = ringing_at_desk(None);
    lost.apply(&HandoffEvent::ProcessDied, NOW);
    assert_eq!(lost.apply(&unheard, NOW + 30_000), [failed], "it was offered nowhere");
}
