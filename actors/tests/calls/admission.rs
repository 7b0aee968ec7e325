//! Admission: never one call too many, and a refused caller gets a next step.

use cordboard_actors::messages::{Admission, Answerer, CallRef, Dialling, Expect, NextFault, Refused};
use cordboard_schema::call::CallPolicy;
use cordboard_schema::dial::DialPolicy;
use cordboard_schema::dialplan::{DialplanTarget, NextStep};
use cordboard_schema::event::{Announcement, Event, Fact};
use cordboard_schema::ids::{OrganizationId, OutsideId, ProfileId};
use cordboard_schema::profile::AgentProfile;
use cordboard_schema::voice_chain::{VoiceLink, VoiceName};
use std::time::Duration;
use tokio::time::sleep;
use uuid::Uuid;

use crate::setup::{Plan, Setup, named, on_paused_time, profile, until};
use crate::store::{JOURNAL_WAITING_MAX, Note};

const CALLS_MAX: usize = 10;

fn small_server() -> Setup {
    Setup::build(Plan { calls_max: CALLS_MAX, ..Plan::default() })
}

#[test]
fn a_thousand_simultaneous_announcements_do_not_exceed_the_call_limit() {
    on_paused_time(async {
        let setup = small_server();
        let asked: Vec<_> = (0..1_000).map(|number| setup.expect(named(number))).collect();
        let answers = futures_util::future::join_all(asked).await;

        let admitted = answers.iter().filter(|answer| answer.is_ok()).count();
        assert_eq!(admitted, CALLS_MAX);
        let refused = Refused::NoCapacity { max: CALLS_MAX };
        assert!(answers.iter().filter_map(|answer| answer.err()).all(|reason| reason == refused));
        let census = setup.census().await;
        assert_eq!((census.calls, census.refused), (CALLS_MAX, 990));
    });
}

#[test]
fn a_hundred_simultaneous_connections_do_not_exceed_the_call_limit() {
    on_paused_time(async {
        let setup = small_server();
        (0..100).for_each(|number| setup.dial(Uuid::from_u128(number)));
        assert_eq!(setup.census().await.calls, CALLS_MAX);
        let legs = || setup.notes.count(|note| matches!(note, Note::LegStarted(_)));
        let refused = || setup.notes.count(|note| *note == Note::Refused);
        until("every connection to be judged", || legs() + refused() == 100).await;
        assert_eq!((legs(), refused()), (CALLS_MAX, 90));
    });
}

#[test]
fn a_refused_caller_is_journalled_and_goes_to_the_fallback() {
    on_paused_time(async {
        let setup = Setup::build(Plan { calls_max: 0, ..Plan::default() });
        assert!(setup.expect(named(1)).await.is_err());
        let journalled = setup.notes.all().into_iter().find_map(|note| match note {
            Note::Journalled(entries) => Some(entries),
            _ => None,
        });
        let call_id = journalled.unwrap()[0].call_id;
        assert_eq!(setup.kinds(call_id), ["call_started", "ended"]);
        let (cause, next) = setup.ending(call_id).unwrap();
        assert_eq!((cause.as_str(), next.to_string().as_str()), ("no_capacity", "goto internal,2001,1"));
    });
}

/// The first organization's server, with a second organization.
fn two_organizations() -> (Setup, OrganizationId) {
    let guest = OrganizationId(Uuid::from_u128(0xb));
    let theirs = AgentProfile { id: ProfileId(Uuid::from_u128(0xb0)), organization_id: guest, ..profile() };
    (Setup::build(Plan { calls_max: CALLS_MAX, profiles: vec![profile(), theirs], ..Plan::default() }), guest)
}

#[test]
fn an_organization_at_its_share_leaves_calls_to_the_others() {
    on_paused_time(async {
        let (setup, guest) = two_organizations();
        let mut guests = 0;
        while setup.expect_of(guest, named(guests)).await.is_ok() {
            guests += 1;
        }
        assert_eq!(guests, 3, "a quarter of {CALLS_MAX}");
        let refused = setup.expect_of(guest, named(guests)).await;
        assert_eq!(refused, Err(Refused::ShareUsedUp { share: 3, max: CALLS_MAX }));
        assert!(refused.unwrap_err().to_string().contains("`calls.organization_max`"));
        for number in 100..107 {
            setup.expect(named(number)).await.unwrap();
        }
        let full = Err(Refused::NoCapacity { max: CALLS_MAX });
        assert_eq!(setup.expect(named(107)).await, full);
        setup.emptied().await;
        setup.expect_of(guest, named(200)).await.unwrap();
    });
}

#[test]
fn the_first_organization_leaves_a_tenth_to_the_others() {
    on_paused_time(async {
        let (setup, guest) = two_organizations();
        for number in 0..9 {
            setup.expect(named(number)).await.unwrap();
        }
        let refused = Refused::ShareUsedUp { share: 9, max: CALLS_MAX };
        assert_eq!(setup.expect(named(9)).await, Err(refused));
        assert!(!setup.census().await.admitting);
        setup.expect_of(guest, named(10)).await.unwrap();
        assert_eq!(setup.census().await.calls, CALLS_MAX);
    });
}

#[test]
fn visitors_of_talk_links_leave_lines_to_the_phones() {
    on_paused_time(async {
        let setup = small_server();
        let visitor = |number| OutsideId::web(Uuid::from_u128(number));
        let mut visitors = 0;
        while setup.expect(visitor(visitors)).await.is_ok() {
            visitors += 1;
        }
        assert_eq!(visitors, 8);
        let refused = setup.expect(visitor(visitors)).await;
        assert_eq!(refused, Err(Refused::VisitorsShareUsedUp { share: 8 }));
        for number in 0..2 {
            setup.expect(named(number)).await.unwrap();
        }
        assert_eq!(setup.expect(named(2)).await, Err(Refused::NoCapacity { max: CALLS_MAX }));
    });
}

#[test]
fn a_free_place_is_given_again() {
    on_paused_time(async {
        let setup = Setup::build(Plan { calls_max: 1, ..Plan::default() });
        setup.expect(named(1)).await.unwrap();
        assert!(setup.expect(named(2)).await.is_err());
        // Nobody comes for the first call.
        setup.emptied().await;
        setup.expect(named(3)).await.unwrap();
    });
}

#[test]
fn a_known_name_needs_no_place() {
    on_paused_time(async {
        let setup = Setup::build(Plan { calls_max: 1, ..Plan::default() });
        let call_id = setup.expect(named(1)).await.unwrap();
        assert_eq!(setup.expect(named(1)).await, Ok(call_id));
        setup.dial(Uuid::from_u128(1));
        until("the call to be answered", || setup.has(call_id, "answered")).await;
    });
}

#[test]
fn unreadable_profiles_send_callers_to_the_fallback_not_another_organization() {
    on_paused_time(async {
        let strangers = OrganizationId(Uuid::from_u128(99));
        let of_strangers = AgentProfile { organization_id: strangers, ..profile() };
        // None of the first organization's profiles can be read.
        let setup = Setup::build(Plan { profiles: vec![of_strangers], ..Plan::default() });
        setup.dial(Uuid::from_u128(1));
        until("the caller to be turned away", || setup.notes.count(|note| *note == Note::Refused) == 1).await;
        let operator = NextStep::Goto("internal,2001,1".parse().unwrap());
        assert_eq!(setup.next(CallRef::Outside(named(1))).await, Ok(operator));
        assert_eq!(setup.next(CallRef::Outside(named(7))).await, Err(NextFault::NoSuchCall));
        // The other organization goes on, and is not the first one now.
        let call_id = setup.expect_of(strangers, named(2)).await.unwrap();
        let entries = setup.journal(call_id);
        let Event::Fact(Fact::CallStarted { policy, .. }) = &entries[0].event else { panic!("{entries:?}") };
        assert!(!policy.granted.is_everything() && policy.dial.numbers_allowed.is_empty(), "{policy:?}");
        let census = setup.census().await;
        assert_eq!((census.calls, census.refused, census.admitting), (1, 1, true));
    });
}

#[test]
fn a_caller_of_an_organization_without_profile_is_refused() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        let strangers = OrganizationId(Uuid::from_u128(99));
        assert_eq!(setup.expect_of(strangers, named(1)).await, Err(Refused::NoProfile));
        setup.dial(Uuid::from_u128(1));
        until("the audio to be refused", || setup.notes.count(|note| *note == Note::Refused) == 1).await;
        // It was granted none of the server's contexts.
        assert_eq!(setup.next(CallRef::Outside(named(1))).await, Ok(NextStep::Hangup));
        assert_eq!(setup.census().await.calls, 0);
    });
}

#[test]
fn calls_are_not_answered_until_there_is_a_profile() {
    on_paused_time(async {
        let setup = Setup::build(Plan { profiles: Vec::new(), ..Plan::default() });
        assert_eq!(setup.expect(named(1)).await, Err(Refused::NoProfile));
        setup.bid(|manners| manners.profiles = vec![profile()]);
        sleep(Duration::from_secs(3)).await;
        assert!(setup.expect(named(1)).await.is_ok());
    });
}

/// A dialplan may send no announcements, and give all its callers the same name.
#[test]
fn audio_without_a_profile_is_answered_once_there_is_one() {
    on_paused_time(async {
        let setup = Setup::build(Plan { profiles: Vec::new(), ..Plan::default() });
        setup.dial(Uuid::from_u128(1));
        until("the caller to be turned away", || setup.notes.count(|note| *note == Note::Refused) == 1).await;
        setup.bid(|manners| manners.profiles = vec![profile()]);
        sleep(Duration::from_secs(3)).await;
        setup.dial(Uuid::from_u128(1));
        let is_taken = || setup.notes.count(|note| matches!(note, Note::LegStarted(_))) == 1;
        until("the next caller to be taken", is_taken).await;
        assert_eq!(setup.census().await.calls, 1);
    });
}

#[test]
fn a_call_gets_its_named_profile_or_else_the_usual() {
    on_paused_time(async {
        let sales = AgentProfile { name: "sales".to_owned(), ..profile() };
        let setup = Setup::build(Plan { profiles: vec![profile(), sales], ..Plan::default() });
        for (number, wanted, given) in [(1, "sales", "sales"), (2, "nobody", "receptionist")] {
            let call_id = setup.expect_with_profile(named(number), wanted).await;
            let entries = setup.journal(call_id);
            let Event::Fact(Fact::CallStarted { profile, .. }) = &entries[0].event else {
                panic!("{entries:?}")
            };
            assert_eq!(profile.name, given);
        }
    });
}

/// The policy of a call that begins now.
async fn policy_of_a_new_call(setup: &Setup, number: u128) -> CallPolicy {
    let call_id = setup.expect(named(number)).await.unwrap();
    let entries = setup.journal(call_id);
    let Event::Fact(Fact::CallStarted { policy, .. }) = &entries[0].event else { panic!("{entries:?}") };
    CallPolicy::clone(policy)
}

#[test]
fn an_organizations_dialling_rules_apply_to_new_calls() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        let configured = policy_of_a_new_call(&setup, 1).await;
        let operator = "elsewhere,1,1".parse().unwrap();
        let sales = "sales,2,1".parse().unwrap();
        let extensions = [("operator", &operator), ("sales", &sales)];
        let own =
            DialPolicy { numbers_allowed: vec!["+4930*".parse().unwrap()], per_call_max: 3, per_day_max: 10 };
        setup.bid(|manners| {
            let extensions =
                extensions.map(|(name, target)| (name.to_owned(), DialplanTarget::clone(target)));
            manners.dialling = Dialling {
                extensions: extensions.into(),
                policy: Some(own.clone()),
                dialled_today: 7,
                ..Dialling::default()
            };
        });
        sleep(Duration::from_secs(3)).await;
        let policy = policy_of_a_new_call(&setup, 2).await;
        assert_eq!(policy.extensions["operator"], operator, "the organization's own extension comes first");
        assert_eq!(policy.extensions["sales"], sales);
        assert_eq!(policy.dial, own);

        setup.bid(|manners| manners.dialling.dialled_today = 9);
        sleep(Duration::from_secs(3)).await;
        assert_eq!(
            policy_of_a_new_call(&setup, 3).await.dial.per_call_max,
            1,
            "one of the day's ten is left"
        );
        setup.bid(|manners| manners.dialling = Dialling::default());
        sleep(Duration::from_secs(3)).await;
        assert_eq!(policy_of_a_new_call(&setup, 4).await, configured);
    });
}

#[test]
fn a_start_after_midnight_ignores_yesterdays_dialling() {
    let usual = DialPolicy::default().per_call_max;
    for (counted_at, left) in [("2027-05-04T23:59:59.999Z", usual), ("2027-05-05T00:00:00Z", 0)] {
        on_paused_time(async {
            let setup = Setup::build(Plan {
                begins_at: "2027-05-05T00:00:00.001Z".parse().unwrap(),
                dialled: (DialPolicy::default().per_day_max.into(), counted_at.parse().unwrap()),
                ..Plan::default()
            });
            sleep(Duration::from_secs(3)).await;
            let policy = policy_of_a_new_call(&setup, 1).await;
            assert_eq!(policy.dial.per_call_max, left, "counted at {counted_at}");
        });
    }
}

#[test]
fn a_days_count_ends_with_its_day() {
    on_paused_time(async {
        let setup = Setup::build(Plan {
            begins_at: "2027-05-04T23:59:55Z".parse().unwrap(),
            dialled: (DialPolicy::default().per_day_max.into(), "2027-05-04T23:59:55Z".parse().unwrap()),
            ..Plan::default()
        });
        assert_eq!(policy_of_a_new_call(&setup, 1).await.dial.per_call_max, 0, "all were dialled");
        sleep(Duration::from_secs(8)).await;
        let policy = policy_of_a_new_call(&setup, 2).await;
        assert_eq!(policy.dial.per_call_max, DialPolicy::default().per_call_max, "it is a new day");
    });
}

#[test]
fn a_full_journal_admits_no_calls_until_written() {
    on_paused_time(async {
        let setup = Setup::build(Plan::default());
        setup.bid(|manners| manners.journal_waiting = JOURNAL_WAITING_MAX);
        sleep(Duration::from_secs(3)).await;
        assert_eq!(setup.expect(named(1)).await, Err(Refused::JournalFull));
        assert!(!setup.census().await.admitting);
        setup.bid(|manners| manners.journal_waiting = 0);
        sleep(Duration::from_secs(3)).await;
        assert!(setup.expect(named(1)).await.is_ok());
    });
}

#[test]
fn a_refused_name_can_call_again() {
    on_paused_time(async {
        let setup = Setup::build(Plan { calls_max: 1, ..Plan::default() });
        setup.expect(named(1)).await.unwrap();
        let again = OutsideId::audiosocket(Uuid::from_u128(2));
        assert!(setup.expect(again.clone()).await.is_err());
        setup.emptied().await;
        let call_id = setup.expect(again).await.unwrap();
        setup.emptied().await;
        assert_eq!(setup.ending(call_id), Some(("no_audio".to_owned(), NextStep::Hangup)));
    });
}

#[test]
fn the_daily_cap_refuses_new_calls_and_spares_live_ones() {
    on_paused_time(async {
        let setup = Setup::build(Plan { daily_cap: Some(5_000_000), ..Plan::default() });
        let (live, _) = setup.talk(Uuid::from_u128(1)).await;
        setup.bid(|manners| manners.spent_micros = 4_999_999);
        sleep(Duration::from_secs(3)).await;
        assert!(setup.expect(named(2)).await.is_ok(), "less than the cap");

        setup.bid(|manners| manners.spent_micros = 5_000_000);
        sleep(Duration::from_secs(3)).await;
        assert_eq!(setup.expect(named(3)).await, Err(Refused::DailyCapReached));
        assert!(!setup.census().await.admitting);
        assert_eq!(setup.ending(live), None, "live calls go on");
        assert_eq!(setup.expect(named(1)).await, Ok(live), "a known name is not a new call");
        let refused = setup.notes.all().into_iter().rev().find_map(|note| match note {
            Note::Journalled(entries) if entries[0].event.kind() == "call_started" => {
                Some(entries[0].call_id)
            }
            _ => None,
        });
        let (cause, next) = setup.ending(refused.unwrap()).unwrap();
        let ending = (cause.as_str(), next.to_string());
        assert_eq!(ending, ("daily_cap_reached", "goto internal,2001,1".to_owned()));
    });
}

#[test]
fn a_server_stays_ready_while_one_organization_may_spend() {
    on_paused_time(async {
        let guest = OrganizationId(Uuid::from_u128(0xb));
        let theirs =
            AgentProfile { id: ProfileId(Uuid::from_u128(0xb0)), organization_id: guest, ..profile() };
        let profiles = vec![profile(), theirs];
        let setup = Setup::build(Plan { daily_cap: Some(5_000_000), profiles, ..Plan::default() });
        setup.bid(|manners| manners.spent_micros = 5_000_000);
        sleep(Duration::from_secs(3)).await;
        assert_eq!(setup.expect(named(1)).await, Err(Refused::DailyCapReached));
        assert!(setup.census().await.admitting);
        setup.expect_of(guest, named(2)).await.unwrap();
    });
}

#[test]
fn a_draft_with_a_chain_is_refused_at_the_cap() {
    on_paused_time(async {
        let setup = Setup::build(Plan { daily_cap: Some(5_000_000), has_provider: false, ..Plan::default() });
        setup.bid(|manners| manners.spent_micros = 5_000_000);
        sleep(Duration::from_secs(3)).await;
        assert!(setup.expect(named(1)).await.is_ok(), "the built-in assistant costs nothing");

        let mut draft = profile();
        draft.speech.voices = vec![VoiceLink::of(VoiceName::known("openai"))];
        let expect = Expect {
            outside_id: named(2),
            announcement: Announcement::default(),
            call: None,
            profile: Answerer::Draft(Box::new(draft.into())),
            admission: Admission::Usual,
            account: None,
            tools: Vec::new(),
        };
        assert_eq!(setup.registry.ask(expect).await.unwrap(), Err(Refused::DailyCapReached));
    });
}
