//! The control of a channel against the stand-in for FreeSWITCH, which obeys like the real one and counts every broken rule.

use std::time::Duration;

use cordboard_actors::freeswitch::refuse_control;
use cordboard_actors::messages::{ChannelAction, GivenBy, PromptFile, ToControl};
use cordboard_schema::call::{HangupBy, HangupCause};
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::digit::Digit;
use cordboard_schema::event::Fact;
use cordboard_test_support::audio::tone;
use cordboard_test_support::freeswitch::{
    Action, Call as Caller, FreeSwitch, Rule, Script, Settings, Strike,
};
use uuid::Uuid;

use crate::esl_stage::{Call, Stage, done, failed, until};

const PROMPT: &str = "/var/lib/pbx/prompts/hello.wav";

/// Hold music in a file.
const MUSIC: &str = "/var/lib/pbx/music/short.wav";
const MUSIC_LENGTH: Duration = Duration::from_millis(600);

/// The tone that the dialplan plays to callers whom nobody serves.
const FALLBACK: &str = "tone_stream://%(200,0,440)";

fn switch() -> FreeSwitch {
    let prompt = tone(440.0, 0.3, Duration::from_millis(400), 8_000);
    let music = tone(520.0, 0.3, MUSIC_LENGTH, 8_000);
    FreeSwitch::start(Settings::default().with_prompt(PROMPT, prompt).with_prompt(MUSIC, music)).unwrap()
}

/// A caller calls, and the dialplan asks us; after that it would go on.
fn caller(switch: &FreeSwitch, stage: &Stage) -> Caller {
    let actions = [
        Action::set("cordboard_tenant", "acme"),
        Action::socket(stage.address),
        Action::set("was_left", "yes"),
        Action::playback(FALLBACK),
    ];
    switch.call(Script::to("5000").runs(actions))
}

/// Has the channel do something that has to succeed. Returns the facts before it was done.
async fn does(call: &mut Call, effect: u64, action: ChannelAction) -> Vec<Fact> {
    call.act(effect, action);
    let mut before = Vec::new();
    loop {
        let fact = call.fact().await;
        if fact == done(effect) {
            return before;
        }
        assert!(!matches!(fact, Fact::ActionDone { .. }), "{fact:?}");
        before.push(fact);
    }
}

#[actix::test]
async fn the_caller_hears_a_prompt_presses_star_and_hangs_up() {
    let (switch, mut stage) = (switch(), Stage::open());
    let caller = caller(&switch, &stage);
    let connection = stage.arrival().await;
    assert_eq!(connection.channel.to_string(), caller.uuid());
    assert_eq!(connection.announcement.variables["cordboard_tenant"], "acme");
    let mut call = stage.take_this(connection);
    assert_eq!(does(&mut call, 1, ChannelAction::Answer).await, [Fact::ChannelAnswered]);
    let prompt = ChannelAction::Play(PromptFile::new(PROMPT).unwrap());
    assert_eq!(does(&mut call, 2, prompt).await, []);
    caller.press('*');
    let star = Digit::try_from('*').unwrap();
    assert_eq!(call.fact().await, Fact::Dtmf { leg: None, digit: star, duration_ms: Some(120) });
    does(&mut call, 3, ChannelAction::SendDtmf(vec![Digit::ONE])).await;
    assert_eq!(caller.digits_sent(), "1");
    caller.hang_up();
    let (reason, facts) = call.lost().await;
    assert_eq!(reason, "the channel has hung up");
    assert_eq!(facts, [Fact::Hangup { by: HangupBy::Caller, cause: HangupCause::normal_clearing() }]);
    until("a closed socket", || stage.live.now() == 0).await;
    switch.finish();
}

#[actix::test]
async fn music_plays_until_stopped_and_a_missing_file_is_reported() {
    let (switch, mut stage) = (switch(), Stage::open());
    let _caller = caller(&switch, &stage);
    let connection = stage.arrival().await;
    let mut call = stage.take_with_music(connection, "tone_stream://%(500,500,440);loops=-1");
    does(&mut call, 1, ChannelAction::Answer).await;
    does(&mut call, 2, ChannelAction::PlayMusic).await;
    call.act(3, ChannelAction::StopPlayback { next_chunk: 1, given_by: GivenBy::ThisLink });
    let mut words = vec![call.next().await.unwrap(), call.next().await.unwrap()];
    words.sort_by_key(|word| format!("{word:?}"));
    assert!(format!("{words:?}").contains("Emptied") && format!("{words:?}").contains("Done"), "{words:?}");
    call.act(4, ChannelAction::Play(PromptFile::new("/nowhere.wav").unwrap()));
    assert_eq!(call.fact().await, failed(4, "FreeSWITCH has no such file"));
    switch.finish();
}

#[actix::test]
async fn music_in_a_file_repeats_until_it_is_stopped() {
    let (switch, mut stage) = (switch(), Stage::open());
    let caller = caller(&switch, &stage);
    let connection = stage.arrival().await;
    let mut call = stage.take_with_music(connection, MUSIC);
    does(&mut call, 1, ChannelAction::Answer).await;
    does(&mut call, 2, ChannelAction::PlayMusic).await;
    let packets = usize::try_from(MUSIC_LENGTH.as_millis() / 20).unwrap();
    until("the third time", || caller.heard().frames.len() > 2 * packets).await;
    call.act(3, ChannelAction::StopPlayback { next_chunk: 1, given_by: GivenBy::ThisLink });
    let words = [call.next().await.unwrap(), call.next().await.unwrap()];
    let words = format!("{words:?}");
    assert!(words.contains("Emptied") && words.contains("Done"), "{words}");
    // It would wait behind music that goes on.
    does(&mut call, 4, ChannelAction::Play(PromptFile::new(PROMPT).unwrap())).await;
    caller.hang_up();
    call.lost().await;
    switch.finish();
}

#[actix::test]
async fn our_hang_up_carries_our_cause_and_ends_the_dialplan() {
    let (switch, mut stage) = (switch(), Stage::open());
    let caller = caller(&switch, &stage);
    let mut call = stage.take().await;
    does(&mut call, 1, ChannelAction::Answer).await;
    // At once, although a prompt plays.
    call.act(2, ChannelAction::Play(PromptFile::new(PROMPT).unwrap()));
    call.act(3, ChannelAction::HangUp(HangupCause("user_busy".to_owned())));
    call.order(ToControl::Release);
    let (_, facts) = call.lost().await;
    let hangup = Fact::Hangup { by: HangupBy::Switch, cause: HangupCause("user_busy".to_owned()) };
    assert!(facts.contains(&hangup) && facts.contains(&done(3)), "{facts:?}");
    assert_eq!(caller.hangup_cause().as_deref(), Some("USER_BUSY"));
    assert_eq!(caller.variable("was_left"), None);
    switch.finish();
}

#[actix::test]
async fn a_transfer_arrives_and_the_dialplan_does_not_go_on() {
    let (settings, mut stage) = (Settings::default(), Stage::open());
    let there = [Action::set("is_there", "yes"), Action::playback(FALLBACK)];
    let switch = FreeSwitch::start(settings.with_number("2001", there)).unwrap();
    let caller = caller(&switch, &stage);
    let mut call = stage.take().await;
    does(&mut call, 1, ChannelAction::Answer).await;
    does(&mut call, 2, ChannelAction::Transfer("default,2001,1".parse().unwrap())).await;
    call.line = None;
    call.lost().await;
    until("the other extension", || caller.variable("is_there").is_some()).await;
    assert_eq!(caller.variable("was_left"), None);
    switch.finish();
}

#[actix::test]
async fn a_joined_caller_stays_when_the_other_channel_leaves() {
    let (switch, mut stage) = (switch(), Stage::open());
    let caller = caller(&switch, &stage);
    let mut call = stage.take().await;
    does(&mut call, 1, ChannelAction::Answer).await;
    let person = switch.call(Script::to("6000").runs([Action::answer(), Action::app("park", "")]));
    until("the person", || person.is_answered()).await;
    let channel: Uuid = person.uuid().parse().unwrap();
    let facts = does(&mut call, 2, ChannelAction::BridgeWith { channel }).await;
    assert_eq!(facts, [Fact::Bridged { other: person.uuid().to_owned() }]);
    for (effect, action, is_held) in
        [(3, ChannelAction::Hold { channel }, true), (4, ChannelAction::Unhold { channel }, false)]
    {
        assert_eq!(does(&mut call, effect, action).await, [], "the caller's own phone is not held");
        assert_eq!(person.is_held(), is_held);
    }
    person.hang_up();
    assert_eq!(call.fact().await, Fact::Unbridged);
    // Parked, and still ours.
    does(&mut call, 5, ChannelAction::SendDtmf(vec![Digit::ONE])).await;
    does(&mut call, 6, ChannelAction::HangUp(HangupCause::normal_clearing())).await;
    caller.wait_over(Duration::from_secs(5)).unwrap();
    switch.finish();
}

#[actix::test]
async fn parking_again_works_any_number_of_times() {
    let (switch, mut stage) = (switch(), Stage::open());
    let caller = caller(&switch, &stage);
    let mut call = stage.take().await;
    does(&mut call, 1, ChannelAction::Answer).await;
    for effect in 2..5 {
        does(&mut call, effect, ChannelAction::ParkAgain).await;
    }
    assert_eq!(caller.hangup_cause(), None);
    switch.finish();
}

#[actix::test]
async fn a_refused_caller_is_sent_to_its_place() {
    let (settings, mut stage) = (Settings::default(), Stage::open());
    let switch = FreeSwitch::start(settings.with_number("2001", [Action::set("is_there", "yes")])).unwrap();
    let refused = caller(&switch, &stage);
    refuse_control(stage.arrival().await, NextStep::Hangup);
    until("the end", || refused.hangup_cause().is_some()).await;
    assert_eq!(refused.variable("was_left"), None);

    let sent = caller(&switch, &stage);
    refuse_control(stage.arrival().await, NextStep::Goto("default,2001,1".parse().unwrap()));
    until("the operator", || sent.variable("is_there").is_some()).await;
    assert_eq!(sent.variable("was_left"), None);

    let left = caller(&switch, &stage);
    refuse_control(stage.arrival().await, NextStep::Again);
    until("the dialplan", || left.variable("was_left").is_some()).await;
    // The test left that one on purpose.
    let broken: Vec<Rule> = switch.take_violations().iter().map(|violation| violation.rule).collect();
    assert_eq!(broken, [Rule::LeftAlive]);
}

#[actix::test]
async fn a_broken_connection_is_lost_while_the_caller_stays() {
    let (switch, mut stage) = (switch(), Stage::open());
    for strike in [Strike::Close, Strike::Reset, Strike::huge_header(300_000)] {
        let caller = caller(&switch, &stage);
        let mut call = stage.take().await;
        does(&mut call, 1, ChannelAction::Answer).await;
        assert_eq!(caller.strike_control(&strike), 1);
        let (reason, facts) = call.lost().await;
        assert_eq!(facts, [], "{reason}");
    }
}
