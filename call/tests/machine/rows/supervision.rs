//! Supervisors: they listen to a live call, whisper to its agents, talk with its caller, take it over.

use cordboard_call::{Command, CommandRefused};
use cordboard_schema::event::Fact;
use cordboard_schema::ids::UserId;
use cordboard_schema::supervision::{SupervisionMode, SupervisorRequest};
use uuid::Uuid;

use crate::at_desks::{ADA, SAM};
use crate::script::{call_after, play, play_after};

/// The assistant talks with the caller, and Sam listens to both.
const HEARD: &str = "talking; sam listens; sam audio; joined 3";

/// Ada has the caller, and Sam listens to both.
const ADA_HEARD: &str = "desk sales; offering request_handoff; talking; \
     tool c1 request_handoff {\"target\":\"sales\",\"reason\":\"a bill\"}; taken 1; agent audio; joined 4; \
     sam listens; sam audio; joined 5";

#[test]
fn a_listening_supervisor_hears_both_and_is_not_heard() {
    insta::assert_snapshot!(play_after("talking", "sam listens; sam audio; joined 3; +2s; sam leaves"), @"
    2.000 supervisor_asked listen
    2.000 leg_arrived 3: start_leg 3
    2.000 leg_joined 3: [supervisor_joined as 3 to listen], plug 1->3, plug 2->3
    4.000 supervisor_asked leave: [supervisor_left left after 2000], unplug 1->3, unplug 2->3, release_leg 3
    ");
    insta::assert_snapshot!(play_after(ADA_HEARD, "+1s; sam leaves"), @"
    3.000 supervisor_asked leave: [supervisor_left left after 1000], unplug 1->5, unplug 4->5, release_leg 5, agent is talking
    ");
}

/// Unlike lost audio: nobody waits for them to come back.
#[test]
fn a_supervisor_whose_sign_in_ends_leaves_at_once() {
    insta::assert_snapshot!(play_after(HEARD, "signed_out 3"), @"
    2.000 leg_left 3 signed_out: [supervisor_left not_allowed after 0], unplug 1->3, unplug 2->3
    ");
}

/// They may come back with another sign-in.
#[test]
fn an_agent_whose_sign_in_ends_is_awaited() {
    let [lost, signed_out] = ["broken 4", "signed_out 4"].map(|step| play_after(ADA_HEARD, step));
    assert_eq!(lost.replace("broken", "signed_out"), signed_out);
}

#[test]
fn a_whisper_is_for_agents_and_never_for_the_caller() {
    insta::assert_snapshot!(play_after(ADA_HEARD, "sam whispers; sam listens"), @"
    2.000 supervisor_asked whisper: [supervision_changed to whisper], plug 5->4, agent is talking
    2.000 supervisor_asked listen: [supervision_changed to listen], unplug 5->4, agent is talking
    ");
}

/// A third party is in the call with Ada, on a phone that was rung for her.
const WITH_OUTSIDER: &str = "admitting +4930*; desk sales; offering request_handoff; talking; \
     tool c1 request_handoff {\"target\":\"sales\",\"reason\":\"a bill\"}; taken 1; agent audio; joined 4; \
     agent asks operator; lifted 2; handset 2; joined 6; agent joins";

/// They are not an agent, so a whisper is not for them, just as it is not for the caller.
#[test]
fn a_whisper_is_not_for_a_third_party() {
    insta::assert_snapshot!(
        play_after(WITH_OUTSIDER, "sam listens; sam audio; joined 7; sam whispers; sam barges"),
        @"
    2.000 supervisor_asked listen
    2.000 leg_arrived 7: start_leg 7
    2.000 leg_joined 7: [supervisor_joined as 7 to listen], plug 1->7, plug 4->7, plug 6->7, agent is talking with operator
    2.000 supervisor_asked whisper: [supervision_changed to whisper], plug 7->4, agent is talking with operator
    2.000 supervisor_asked barge: [supervision_changed to barge], plug 7->1, plug 7->6, agent is talking with operator
    "
    );
}

/// Each is heard by those whom their own mode is for, and also by the other supervisor if they talk with the caller.
#[test]
fn two_supervisors_take_part_each_in_their_own_way() {
    let both = format!("{ADA_HEARD}; lee listens; lee audio; joined 6");
    insta::assert_snapshot!(play_after(&both, "sam whispers; lee barges; sam barges; lee leaves"), @"
    2.000 supervisor_asked whisper: [supervision_changed to whisper], plug 5->4, agent is talking
    2.000 supervisor_asked barge: [supervision_changed to barge], plug 6->1, plug 6->4, plug 6->5, agent is talking
    2.000 supervisor_asked barge: [supervision_changed to barge], plug 5->1, plug 5->6, agent is talking
    2.000 supervisor_asked leave: [supervisor_left left after 0], unplug 1->6, unplug 4->6, unplug 5->6, unplug 6->1, unplug 6->4, unplug 6->5, release_leg 6, agent is talking
    ");
}

#[test]
fn the_assistant_goes_on_after_the_last_of_two_supervisors() {
    let both = format!("{HEARD}; lee listens; lee audio; joined 4");
    insta::assert_snapshot!(play_after(&both, "sam barges; lee barges; sam leaves; lee listens"), @"
    2.000 supervisor_asked barge: [supervision_changed to barge], plug 3->1, plug 3->4, clear 2->1, clear 2->3, clear 2->4, listen
    2.000 supervisor_asked barge: [supervision_changed to barge], plug 4->1, plug 4->3
    2.000 supervisor_asked leave: [supervisor_left left after 0], unplug 1->3, unplug 2->3, unplug 3->1, unplug 3->4, unplug 4->3, release_leg 3
    2.000 supervisor_asked listen: [supervision_changed to listen], unplug 4->1, tell 'a supervisor has spoken with the caller, and leaves them to you again', converse
    ");
}

#[test]
fn a_barging_supervisor_is_heard_by_caller_and_agent() {
    insta::assert_snapshot!(play_after(ADA_HEARD, "sam barges"), @"
    2.000 supervisor_asked barge: [supervision_changed to barge], plug 5->1, plug 5->4, agent is talking
    ");
}

/// The agent's page is reloaded, or their network fails. The caller is not on hold.
#[test]
fn a_supervisor_talks_on_while_the_agents_audio_is_lost() {
    let talks = play_after(ADA_HEARD, "sam barges; broken 4; +2s; agent audio; joined 6");
    assert!(!talks.contains("music") && !talks.contains("unplug 5->1"), "the caller hears them: {talks}");
    assert!(!talks.contains("unplug 1->5"), "they hear the caller: {talks}");
    assert!(talks.contains("plug 5->6") && talks.contains("plug 6->5"), "the agent is back: {talks}");
    let listens = play_after(ADA_HEARD, "broken 4; sam barges; sam listens");
    assert!(!listens.contains("unplug 1->5"), "a listener hears the caller: {listens}");
    let music = ["start_music", "stop_music"].map(|step| listens.matches(step).count());
    assert_eq!(music, [2, 1], "a caller whom nobody talks with hears music: {listens}");
}

#[test]
fn the_assistant_listens_while_a_supervisor_speaks_then_goes_on() {
    insta::assert_snapshot!(play_after(HEARD, "sam barges; speaks; spoken 1s; words hello; +60s; sam listens; +1s"), @"
     2.000 supervisor_asked barge: [supervision_changed to barge], plug 3->1, clear 2->1, clear 2->3, listen
     2.000 speech_started: clear 2->1, clear 2->3
     2.000 speech_stopped 1000
     2.000 transcript 'hello': [caller said 'hello']
    62.000 supervisor_asked listen: [supervision_changed to listen], unplug 3->1, tell 'a supervisor has spoken with the caller, and leaves them to you again', converse
    ");
}

#[test]
fn an_assistant_that_connects_talks_over_no_supervisor() {
    let heard = format!("standing by; {HEARD}");
    let replaced = play_after(&heard, "sam barges; failed unreachable; ready");
    assert!(replaced.contains("start_assistant 4 standby") && !replaced.contains("say "), "{replaced}");
    let first =
        "connected; sam listens; sam audio; joined 3; sam barges; types 1 Hello?; ready to say anything";
    let listens = play(first);
    assert!(!listens.contains("say ") && !listens.contains("typed 'Hello?'"), "{listens}");
    let left = play_after(first, "sam leaves");
    assert!(left.contains("converse") && left.contains("typed 'Hello?'"), "{left}");
}

/// No talk with a person is cut off.
#[test]
fn a_talking_supervisor_is_not_cut_by_the_longest_call() {
    let barges = format!("at most 20s; {HEARD}; sam barges");
    let talks = play_after(&barges, "+100s");
    assert!(!talks.contains("goodbye") && !talks.contains("[ended"), "{talks}");
    let leaves = play_after(&barges, "+100s; sam leaves; speaks; +18s");
    assert!(leaves.contains("120.000 deadline_passed"), "{leaves}");
    assert!(leaves.contains("say goodbye_max_duration"), "{leaves}");
}

/// A visitor who types while a supervisor talks with them is answered by the supervisor. The assistant reads the text afterwards.
#[test]
fn the_assistant_reads_a_text_once_the_supervisor_is_silent() {
    insta::assert_snapshot!(play_after(HEARD, "sam barges; types 1 Is Friday free?; +20s; sam listens"), @"
     2.000 supervisor_asked barge: [supervision_changed to barge], plug 3->1, clear 2->1, clear 2->3, listen
     2.000 typed: clear 2->1, clear 2->3, [caller said 'Is Friday free?']
    22.000 supervisor_asked listen: [supervision_changed to listen], unplug 3->1, tell 'a supervisor has spoken with the caller, and leaves them to you again', converse, typed 'Is Friday free?'
    ");
    // A supervisor who takes over has read it, and a later assistant does not answer it.
    insta::assert_snapshot!(play_after(HEARD, "sam barges; types 1 Is Friday free?; sam takes"), @"
    2.000 supervisor_asked barge: [supervision_changed to barge], plug 3->1, clear 2->1, clear 2->3, listen
    2.000 typed: clear 2->1, clear 2->3, [caller said 'Is Friday free?']
    2.000 supervisor_asked take_over: [supervisor_left took_over after 0], [agent_joined 1 as 3], clear 2->1, clear 2->3, unplug 1->2, unplug 2->1, unplug 2->3, stop, agent is talking
    ");
}

#[test]
fn a_caller_on_hold_is_heard_by_no_supervisor() {
    insta::assert_snapshot!(play_after(ADA_HEARD, "sam barges; agent holds; agent unholds"), @"
    2.000 supervisor_asked barge: [supervision_changed to barge], plug 5->1, plug 5->4, agent is talking
    2.000 agent_asked hold: [hold_began], unplug 1->4, unplug 1->5, unplug 4->1, unplug 4->5, unplug 5->1, start_music 6, plug 6->1, plug 6->5, agent is held
    2.000 agent_asked unhold: [hold_ended after 0], unplug 6->1, unplug 6->5, plug 1->4, plug 1->5, plug 4->1, plug 4->5, plug 5->1, stop_music 6, agent is talking
    ");
}

#[test]
fn broken_audio_is_awaited_and_missing_audio_is_given_up() {
    insta::assert_snapshot!(play_after(HEARD, "broken 3; +5s; sam audio; joined 4; broken 4; +15s; item 2"), @"
     2.000 leg_left 3 broken: unplug 1->3, unplug 2->3
     7.000 leg_arrived 4: start_leg 4
     7.000 leg_joined 4: plug 1->4, plug 2->4
     7.000 leg_left 4 broken: unplug 1->4, unplug 2->4
    12.000 deadline_passed: [silence_prompted], say still_there
    20.000 deadline_passed: clear 2->1, listen, say goodbye_silence
    22.000 deadline_passed: [supervisor_left audio_lost after 20000]
    22.000 item_started 2 -
    ");
    insta::assert_snapshot!(play_after("talking", "sam listens; +15s; item 2"), @"
     2.000 supervisor_asked listen
    12.000 deadline_passed: [silence_prompted], say still_there
    17.000 deadline_passed: [supervisor_left audio_lost after -]
    17.000 item_started 2 -
    ");
}

/// The caller is not left alone with a supervisor who is not connected: the assistant talks until they are back.
#[test]
fn a_supervisor_whose_audio_breaks_comes_back_as_they_were() {
    insta::assert_snapshot!(play_after(HEARD, "sam barges; broken 3; +5s; sam audio; joined 4"), @"
    2.000 supervisor_asked barge: [supervision_changed to barge], plug 3->1, clear 2->1, clear 2->3, listen
    2.000 leg_left 3 broken: unplug 1->3, unplug 2->3, unplug 3->1, tell 'a supervisor has spoken with the caller, and leaves them to you again', converse
    7.000 leg_arrived 4: start_leg 4
    7.000 leg_joined 4: plug 1->4, plug 2->4, plug 4->1, clear 2->1, clear 2->4, listen
    ");
    insta::assert_snapshot!(play_after(ADA_HEARD, "sam whispers; broken 5; +5s; sam audio; joined 6"), @"
    2.000 supervisor_asked whisper: [supervision_changed to whisper], plug 5->4, agent is talking
    2.000 leg_left 5 broken: unplug 1->5, unplug 4->5, unplug 5->4, agent is talking
    7.000 leg_arrived 6: start_leg 6
    7.000 leg_joined 6: plug 1->6, plug 4->6, plug 6->4, agent is talking
    ");
}

#[test]
fn a_supervisor_who_takes_over_replaces_the_assistant_as_agent() {
    insta::assert_snapshot!(play_after(HEARD, "sam takes"), @"
    2.000 supervisor_asked take_over: [supervisor_left took_over after 0], [agent_joined 1 as 3], clear 2->1, clear 2->3, unplug 1->2, unplug 2->1, unplug 2->3, plug 3->1, stop, agent is talking
    ");
}

#[test]
fn a_supervisor_who_takes_over_replaces_the_other_agent() {
    insta::assert_snapshot!(play_after(ADA_HEARD, "agent holds; +1s; sam takes"), @"
    2.000 agent_asked hold: [hold_began], unplug 1->4, unplug 1->5, unplug 4->1, unplug 4->5, start_music 6, plug 6->1, plug 6->5, agent is held
    3.000 supervisor_asked take_over: [supervisor_left took_over after 1000], [agent_joined 2 as 5], unplug 6->5, plug 4->5, plug 5->4, [agent_left taken_over], agent_left after talking, unplug 4->5, unplug 5->4, release_leg 4, [hold_ended after 1000], unplug 6->1, plug 1->5, plug 5->1, stop_music 6, agent is talking
    ");
}

#[test]
fn only_the_assistant_hears_a_hint() {
    insta::assert_snapshot!(play_after("connected; ready to say anything; says 1 greeting; +2s; played 1", "sam hints offer Friday"), @"
    2.000 supervisor_asked hint: tell 'your supervisor, whom the caller does not hear, tells you: offer Friday. Follow it in what you say next, and do not speak of your supervisor'
    ");
}

#[test]
fn a_calls_end_and_a_servers_death_end_supervision() {
    insta::assert_snapshot!(play_after(HEARD, "closed 1"), @"
    2.000 leg_left 1 closed: unplug 1->2, unplug 1->3, unplug 2->1, unplug 2->3, [supervisor_left call_ended after 0], release_leg 3, [ended normal_clearing by caller, next 'hangup'], stop
    ");
    insta::assert_snapshot!(play_after(HEARD, "restarted"), @"
    2.000 server_restarted: [supervisor_left server_restarted after 0], [interrupted until 32]
    ");
}

/// Otherwise they would stay in the call without audio, and nobody would say why.
#[test]
fn supervisors_are_let_go_when_a_switch_has_the_caller() {
    let heard =
        "asterisk; connected; inbound; ready; says 1 greeting; played 1; sam listens; sam audio; joined 3";
    for step in ["park; done 1; closed 1; parked 701", "bridged"] {
        let shown = play_after(heard, step);
        let left = "[supervisor_left left_to_switch after 0], release_leg 3";
        assert!(shown.lines().last().is_some_and(|line| line.contains(left)), "{shown}");
    }
    let call = call_after(&format!("{heard}; bridged"));
    let request =
        SupervisorRequest::Supervise { mode: SupervisionMode::Listen, silent: false, tell_caller: false };
    let again = Command::OfSupervisor { user_id: SAM, request };
    assert_eq!(call.machine.admits(&again), Err(CommandRefused::NotConversing));
}

#[test]
fn impossible_supervisor_requests_are_refused_with_a_reason() {
    let refused = |steps: &str, user_id, request| {
        let command = Command::OfSupervisor { user_id, request };
        call_after(steps).machine.admits(&command).err()
    };
    let mode = |mode| SupervisorRequest::Supervise { mode, silent: false, tell_caller: false };
    let hint = || SupervisorRequest::Hint { text: "offer Friday".to_owned() };
    assert_eq!(refused("", SAM, mode(SupervisionMode::Listen)), Some(CommandRefused::NotConversing));
    assert_eq!(refused("", SAM, hint()), Some(CommandRefused::NotConversing));
    assert_eq!(refused("talking", SAM, mode(SupervisionMode::Listen)), None);
    assert_eq!(refused("talking", SAM, mode(SupervisionMode::Whisper)), Some(CommandRefused::NoAgentToHear));
    assert_eq!(refused("talking", SAM, mode(SupervisionMode::Barge)), None);
    assert_eq!(refused("talking", SAM, SupervisorRequest::Leave), Some(CommandRefused::NotInCall));
    assert_eq!(refused("talking", SAM, SupervisorRequest::TakeOver), Some(CommandRefused::NotInCall));
    assert_eq!(
        refused("talking; sam listens; sam audio", SAM, SupervisorRequest::TakeOver),
        Some(CommandRefused::NotInCall)
    );
    assert_eq!(refused(HEARD, SAM, SupervisorRequest::TakeOver), None);
    assert_eq!(refused(ADA_HEARD, SAM, mode(SupervisionMode::Whisper)), None);
    assert_eq!(refused(ADA_HEARD, ADA, mode(SupervisionMode::Listen)), Some(CommandRefused::AgentOfCall));
    assert_eq!(refused(ADA_HEARD, SAM, hint()), Some(CommandRefused::NotConversing));
}

/// They are rung for a call to which they already listen. Their desk brings audio of its own.
#[test]
fn a_supervisor_who_accepts_at_their_desk_becomes_the_agent() {
    insta::assert_snapshot!(
        play_after(
            "desk sales; offering request_handoff; talking; sam listens; sam audio; joined 3; \
             tool c1 request_handoff {\"target\":\"sales\",\"reason\":\"a bill\"}",
            "taken 1 sam; sam audio; joined 5; +2s; sam leaves",
        ),
        @"
    2.000 desk_accepted: [supervisor_left took_over after 0], unplug 1->3, unplug 2->3, unplug 4->3, release_leg 3, agent is connecting
    2.000 leg_arrived 5: start_leg 5
    2.000 leg_joined 5: [agent_joined 1 as 5], [handoff_bridged 1], [request_handoff 1 done], tell c1 done, clear 2->1, unplug 1->2, unplug 2->1, unplug 4->1, plug 1->5, plug 5->1, stop, stop_music 4, agent is talking
    4.000 supervisor_asked leave
    "
    );
}

/// It stops once their desk's audio has joined, and rings until then, because they may lift it instead. Agents to whom the call is offered
/// can't take it over in another way.
#[test]
fn a_supervisors_phone_stops_ringing_once_their_desk_takes_over() {
    let rings = "desk operator; offering request_handoff; talking; sam listens; sam audio; joined 3; \
         tool c1 request_handoff {\"target\":\"operator\",\"reason\":\"a bill\"}; phoned 1 operator sam; offered 1";
    insta::assert_snapshot!(play_after(rings, "sam takes; taken 1 sam; sam audio; joined 5"), @"
    2.000 supervisor_asked take_over
    2.000 desk_accepted: [supervisor_left took_over after 0], unplug 1->3, unplug 2->3, unplug 4->3, release_leg 3, agent is connecting by phone
    2.000 leg_arrived 5: stop_phone 2, start_leg 5, agent is connecting
    2.000 leg_joined 5: [agent_joined 1 as 5], [handoff_bridged 1], [request_handoff 1 done], tell c1 done, clear 2->1, unplug 1->2, unplug 2->1, unplug 4->1, plug 1->5, plug 5->1, stop, stop_music 4, agent is talking
    ");
}

#[test]
fn eight_supervisors_hear_a_call_and_no_ninth() {
    let mode = SupervisionMode::Listen;
    let request = || SupervisorRequest::Supervise { mode, silent: false, tell_caller: false };
    let supervisor = |number: u128| UserId(Uuid::from_u128(100 + number));
    let mut call = call_after("talking");
    for number in 0..8 {
        let user_id = supervisor(number);
        assert_eq!(call.machine.admits(&Command::OfSupervisor { user_id, request: request() }), Ok(()));
        call.tell(Fact::SupervisorAsked { user_id, wish: request() });
    }
    let ninth = Command::OfSupervisor { user_id: supervisor(8), request: request() };
    assert_eq!(call.machine.admits(&ninth), Err(CommandRefused::TooManySupervisors));
}

#[test]
fn supervisors_whose_mode_is_forbidden_are_cut_off_others_stay() {
    insta::assert_snapshot!(play_after(ADA_HEARD, "sam whispers; sam bound listen whisper; sam bound listen"), @"
2.000 supervisor_asked whisper: [supervision_changed to whisper], plug 5->4, agent is talking
2.000 supervisor_asked bound
2.000 supervisor_asked bound: [supervisor_left not_allowed after 0], unplug 1->5, unplug 4->5, unplug 5->4, release_leg 5, agent is talking
    ");
    insta::assert_snapshot!(play_after(HEARD, "sam bound"), @"
  2.000 supervisor_asked bound: [supervisor_left not_allowed after 0], unplug 1->3, unplug 2->3, release_leg 3
    ");
    insta::assert_snapshot!(play_after("talking", "sam bound listen"), @"
  2.000 supervisor_asked bound
    ");
}

#[test]
fn silent_supervisors_are_hidden_from_agents() {
    // `agent is talking` updates the desk: the list of those who hear the call has changed.
    insta::assert_snapshot!(play_after(ADA_HEARD, "sam hides listen; sam bound silently listen; sam bound listen"), @"
2.000 supervisor_asked listen: agent is talking
2.000 supervisor_asked bound
2.000 supervisor_asked bound: agent is talking
    ");
}

#[test]
fn a_caller_hears_of_a_listener_once_during_a_pause() {
    insta::assert_snapshot!(
        play_after(
            "connected; ready; says 1 greeting",
            "sam tells listen; sam audio; joined 3; +2s; played 1; +1s; sam leaves; sam tells listen; sam audio; joined 4"
        ),
        @"
0.000 supervisor_asked listen
0.000 leg_arrived 3: start_leg 3
0.000 leg_joined 3: [supervisor_joined as 3 to listen], plug 1->3, plug 2->3
2.000 played_until 1 2000 finished: heard 1 2000 finished, [said 1 'One two three four.'], say overheard
3.000 supervisor_asked leave: [supervisor_left left after 3000], unplug 1->3, unplug 2->3, release_leg 3
3.000 supervisor_asked listen
3.000 leg_arrived 4: start_leg 4
3.000 leg_joined 4: [supervisor_joined as 4 to listen], plug 1->4, plug 2->4
    "
    );
    // A supervisor who barges in is heard, so nobody has to announce them.
    insta::assert_snapshot!(play_after("talking", "sam tells barge; sam audio; joined 3; sam tells listen"), @"
2.000 supervisor_asked barge
2.000 leg_arrived 3: start_leg 3
2.000 leg_joined 3: [supervisor_joined as 3 to barge], plug 1->3, plug 2->3, plug 3->1, clear 2->1, clear 2->3, listen
2.000 supervisor_asked listen: [supervision_changed to listen], unplug 3->1, tell 'a supervisor has spoken with the caller, and leaves them to you again', converse
    ");
}

/// A caller who speaks at that moment would otherwise never hear of it.
#[test]
fn a_caller_who_cuts_it_short_is_told_again() {
    let told = |script: &str| play(script).matches("say overheard").count();
    let listens = "talking; speaks; sam tells listen; sam audio; joined 3";
    assert_eq!(told(listens), 0, "the caller speaks");
    let asked = format!("{listens}; spoken 1s; says 2; +2s; played 2");
    assert_eq!(told(&asked), 1, "they have their answer");
    let cut = format!("{asked}; says 3 overheard; speaks; cut 3 300ms");
    let again = format!("{cut}; spoken 1s; says 4; +2s; played 4");
    assert_eq!((told(&cut), told(&again)), (1, 2));
    let heard = format!("{again}; says 5 overheard; +2s; played 5; speaks; spoken 1s; says 6; +2s; played 6");
    assert_eq!(told(&heard), 2, "they have heard it");
    let barged = format!("{cut}; sam barges; sam listens; spoken 1s; says 4; +2s; played 4");
    assert_eq!(told(&barged), 1, "they have heard the supervisor");
    let cut_again =
        format!("{again}; says 5 overheard; speaks; cut 5 300ms; spoken 1s; says 6; +2s; played 6");
    let cut_always =
        format!("{cut_again}; says 7 overheard; speaks; cut 7 300ms; spoken 1s; says 8; +2s; played 8");
    assert_eq!((told(&cut_again), told(&cut_always)), (3, 3));
}

#[test]
fn music_stops_while_a_supervisor_talks_with_the_caller() {
    let waits = "desk sales; offering request_handoff; talking; sam listens; sam audio; joined 3; \
         tool c1 request_handoff {\"target\":\"sales\",\"reason\":\"a bill\"}";
    let spoken = play_after(waits, "sam barges; sam listens");
    let lines: Vec<&str> = spoken.lines().collect();
    assert!(lines[0].contains(" plug 3->1") && lines[0].contains("unplug 4->1"), "{spoken}");
    assert!(lines[1].contains("unplug 3->1") && lines[1].contains(" plug 4->1"), "{spoken}");
}

/// A place in a queue can be announced later.
#[test]
fn a_queue_place_does_not_interrupt_a_supervisor() {
    let queued = "queue support; offering request_handoff; talking; sam listens; sam audio; joined 3; \
         tool c1 request_handoff {\"target\":\"support\",\"reason\":\"a bill\"}";
    let spoken = play_after(queued, "sam barges; placed 1 2; sam listens; placed 1 1");
    let told: Vec<&str> = spoken.lines().filter(|line| line.contains("queue_placed")).collect();
    assert!(told.len() == 2 && !told[0].contains(':'), "{spoken}");
    assert!(told[1].contains("say "), "{spoken}");
}

/// Otherwise the assistant would answer the caller in the agent's ear.
#[test]
fn a_supervisor_who_falls_silent_leaves_a_briefing_alone() {
    let briefed = "warm; desk sales; connected; ready to say anything; says 1 greeting; +2s; played 1; \
                   sam barges; sam audio; joined 3; handoff sales; taken 1; agent audio; joined 5";
    assert!(play(briefed).contains("agent is briefed"), "{}", play(briefed));
    let silent = play_after(briefed, "sam listens");
    assert!(silent.contains("tell 'a supervisor has spoken with the caller"), "{silent}");
    assert!(!silent.contains("converse"), "{silent}");
}

/// It was ordered just before they barged in.
#[test]
fn a_greeting_not_begun_is_unsaid_under_a_supervisor() {
    let barged = "connected; sam listens; sam audio; joined 3; ready; sam barges";
    let begun = play_after(barged, "item 1 greeting; text 1 2s Hello.");
    assert!(begun.contains("item_started 1 greeting: clear 2->1, clear 2->3, heard 1 0 cleared"), "{begun}");
    let silent = play_after(barged, "item 1 greeting; text 1 2s Hello.; sam listens; item 2; text 2 1s Yes?");
    assert!(!silent.contains("say greeting") && !silent.contains("heard 2 0"), "{silent}");
}
