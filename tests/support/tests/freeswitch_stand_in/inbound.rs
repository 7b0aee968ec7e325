//! Clients of the switch: authentication, subscriptions, and looking up, moving and originating calls.

use std::net::TcpStream;
use std::time::{Duration, Instant};

use cordboard_test_support::freeswitch::{
    Action, Beat, Door, Extension, FreeSwitch, Phone, Rule, Script, Settings,
};

use crate::program::{EVENTS, Esl, LIMIT, Program};

fn switch() -> FreeSwitch {
    FreeSwitch::start(Settings::default().with_number("6000", [Action::answer(), Action::park()])).unwrap()
}

#[test]
fn a_wrong_password_is_reported_and_the_connection_ends() {
    let switch = switch();
    let mut esl = Esl::new(TcpStream::connect(switch.esl_address()).unwrap());
    esl.frame(LIMIT).unwrap();
    assert_eq!(esl.ask("api status"), "-ERR command not found", "and the connection stays usable");
    assert_eq!(esl.ask("auth wrong"), "-ERR invalid");
    let last = esl.drain();
    assert_eq!(last[0].get("Content-Type"), "text/disconnect-notice");
    assert!(last[0].body.starts_with("Disconnected, goodbye.\n"));
    let rules: Vec<Rule> = switch.take_violations().iter().map(|violation| violation.rule).collect();
    assert_eq!(rules, [Rule::Command, Rule::Password]);
}

#[test]
fn clients_meet_every_state_of_the_esl_port() {
    let switch = switch();
    let connect = || Esl::new(TcpStream::connect(switch.esl_address()).unwrap());
    switch.faults(|faults| faults.door = Door::Rude);
    let frames = connect().drain();
    assert_eq!(frames[0].get("Content-Type"), "text/rude-rejection");
    assert_eq!(frames[0].body, "Access Denied, go away.\n");

    switch.faults(|faults| faults.door = Door::Closed);
    assert!(connect().drain().is_empty());

    switch.faults(|faults| faults.door = Door::Mute);
    assert!(connect().is_silent(Duration::from_millis(100)));

    switch.faults(|faults| faults.door = Door::Refused);
    let refused = || TcpStream::connect(switch.esl_address()).is_err().then_some(());
    cordboard_test_support::waiting::wait_until("a refusal", LIMIT, refused).unwrap();

    switch.faults(|faults| faults.door = Door::Open);
    let again = || TcpStream::connect(switch.esl_address()).ok();
    cordboard_test_support::waiting::wait_until("the port again", LIMIT, again).unwrap();
    Esl::log_in(switch.esl_address());
}

#[test]
fn replies_of_the_catalogue() {
    let switch = switch();
    let call = switch.call(Script::to("6000").variable("foo", "bar baz"));
    call.wait_answered(LIMIT).unwrap();
    let mut esl = Esl::log_in(switch.esl_address());
    let uuid = call.uuid();
    for (command, reply) in [
        ("api bogus", "-ERR bogus Command not found!\n"),
        ("api uuid_kill nosuch", "-ERR No such channel!\n"),
        ("api uuid_exists nosuch", "false"),
        ("api uuid_answer nosuch", "-ERROR\n"),
        ("api uuid_broadcast nosuch x", "-ERR invalid uuid\n"),
        ("api uuid_bridge a b", "-ERR Invalid uuid\n"),
        ("api uuid_hold nosuch", "+OK Success\n"),
        ("api uuid_audio_stream nosuch stop", "-ERR Operation Failed\n"),
        ("api sofia_contact */1002@127.0.0.1", "sofia/internal/sip:1002@127.0.0.1:5082"),
        ("api sofia_contact */1004@127.0.0.1", "error/user_not_registered"),
        ("api user_exists id 1004 127.0.0.1", "true"),
        ("api user_exists id 1999 127.0.0.1", "false"),
        ("api module_exists mod_audio_stream", "true"),
        ("api show channels like 1002@127.0.0.1 as json", "{\"row_count\": 0}\n"),
        ("bogus", "-ERR command not found"),
        ("linger", "-ERR not controlling a session"),
        ("sendmsg\ncall-command: hangup", "-ERR invalid session id []"),
        ("event plain BOGUS", "-ERR no keywords supplied"),
        ("event plain HEARTBEAT", "+OK event listener enabled plain"),
        ("nixevent HEARTBEAT", "+OK events nixed"),
        ("filter Unique-ID", "-ERR invalid syntax"),
        ("filter Unique-ID 123", "+OK filter added. [Unique-ID]=[123]"),
        ("filter delete all", "+OK filter deleted. [all][]"),
    ] {
        assert_eq!(esl.ask(command), reply, "{command}");
    }
    assert_eq!(esl.ask(&format!("api uuid_getvar {uuid} foo")), "bar baz");
    assert_eq!(esl.ask(&format!("api uuid_setvar {uuid} foo")), "+OK\n");
    assert_eq!(esl.ask(&format!("api uuid_getvar {uuid} foo")), "_undef_");
    assert_eq!(esl.ask(&format!("api uuid_setvar_multi {uuid} a=1;b=2")), "+OK\n");
    assert_eq!(call.variable("b").as_deref(), Some("2"));
    let rows: serde_json::Value = serde_json::from_str(&esl.ask("api show channels as json")).unwrap();
    assert_eq!((rows["row_count"].as_u64(), rows["rows"][0]["uuid"].as_str()), (Some(1), Some(uuid)));
    let dump: serde_json::Value =
        serde_json::from_str(&esl.ask(&format!("api uuid_dump {uuid} json"))).unwrap();
    assert_eq!(dump["Unique-ID"], uuid);
    assert_eq!(esl.ask("exit"), "+OK bye");
    assert_eq!(esl.drain().len(), 1);
}

#[test]
fn originate_reports_the_cause_of_every_failure() {
    let switch = switch();
    let phones = [
        ("1005", Phone::Busy, "USER_BUSY"),
        ("1006", Phone::Declines, "CALL_REJECTED"),
        ("1007", Phone::NotFound, "UNALLOCATED_NUMBER"),
        ("1008", Phone::Dead, "NORMAL_TEMPORARY_FAILURE"),
        ("1009", Phone::Rings, "NO_ANSWER"),
        ("1010", Phone::Silent, "NO_ANSWER"),
    ];
    let mut esl = Esl::log_in(switch.esl_address());
    for (number, phone, cause) in phones {
        switch.set_extension(Extension::new(number).phone(phone));
        let command = format!("api originate {{originate_timeout=1}}user/{number}@127.0.0.1 &park()");
        assert_eq!(esl.ask(&command), format!("-ERR {cause}\n"));
    }
    for (dial, cause) in [
        ("user/1004@127.0.0.1", "USER_NOT_REGISTERED"),
        ("user/1999@127.0.0.1", "SUBSCRIBER_ABSENT"),
        ("sofia/gateway/none/1", "INVALID_GATEWAY"),
        ("sofia/none/1@h", "INVALID_PROFILE"),
        ("frobnicate/1", "CHAN_NOT_IMPLEMENTED"),
        ("error/user_busy", "USER_BUSY"),
    ] {
        assert_eq!(esl.ask(&format!("api originate {dial} &park()")), format!("-ERR {cause}\n"));
    }
    assert!(switch.legs().is_empty(), "nobody is left");
}

#[test]
fn a_job_makes_a_call_and_uuid_bridge_joins_both() {
    let (switch, program) = (switch(), Program::listen());
    let call = switch.call(Script::to("5000").runs([Action::answer(), Action::socket(program.address())]));
    let (mut outbound, uuid) = program.take(EVENTS);
    let mut esl = Esl::log_in(switch.esl_address());
    esl.ask("event plain BACKGROUND_JOB CHANNEL_ANSWER");
    let leg = "cccccccc-0000-4000-8000-000000000001";
    let job = format!(
        "bgapi originate {{origination_uuid={leg},originate_timeout=10}}user/1002@127.0.0.1 &park()\nJob-UUID: job-1"
    );
    assert_eq!(esl.ask(&job), "+OK Job-UUID: job-1");
    let done = esl.event("BACKGROUND_JOB");
    assert_eq!((done.get("Job-UUID"), done.body.as_str()), ("job-1", format!("+OK {leg}\n").as_str()));
    assert_eq!(esl.ask(&format!("api uuid_setvar {uuid} park_after_bridge true")), "+OK\n");
    assert_eq!(esl.ask(&format!("api uuid_bridge {uuid} {leg}")), format!("+OK {leg}\n"));

    while outbound.event("CHANNEL_EXECUTE_COMPLETE").get("Application") != "socket" {}
    let bridge = outbound.event("CHANNEL_BRIDGE");
    assert_eq!((bridge.get("Bridge-A-Unique-ID"), bridge.get("Bridge-B-Unique-ID")), (uuid.as_str(), leg));
    let human = switch.leg_at("1002").unwrap();
    assert_eq!((human.uuid(), human.bridged_to().as_deref()), (leg, Some(uuid.as_str())));
    human.say(&cordboard_test_support::audio::tone(500.0, 8000.0, Duration::from_millis(300), 8000));
    call.wait_heard("the human", LIMIT, |heard| heard.last_sound()).unwrap();

    // The person leaves: the caller is parked, and the program goes on with it.
    human.hang_up();
    outbound.event("CHANNEL_UNBRIDGE");
    outbound.execute("playback", "tone_stream://%(100,0,440)", "\nEvent-UUID: bye");
    assert_eq!(outbound.event("CHANNEL_EXECUTE_COMPLETE").get("Application-UUID"), "bye");
    assert_eq!(outbound.ask("sendmsg\ncall-command: hangup\nhangup-cause: NORMAL_CLEARING"), "+OK");
    outbound.event("CHANNEL_HANGUP_COMPLETE");
    outbound.ask("exit");
    switch.finish();
}

#[test]
fn either_side_may_leave_a_bridge_first() {
    let (switch, program) = (switch(), Program::listen());
    let call = switch.call(Script::to("5000").runs([Action::answer(), Action::socket(program.address())]));
    let (mut esl, _) =
        program.take("CHANNEL_EXECUTE_COMPLETE CHANNEL_BRIDGE CHANNEL_UNBRIDGE CHANNEL_HANGUP_COMPLETE");
    switch.set_extension(Extension::new("1003").phone(Phone::Busy));
    esl.execute("set", "continue_on_fail=true", "");
    esl.execute("bridge", "user/1003@127.0.0.1", "\nEvent-UUID: b-1");
    let complete = loop {
        let complete = esl.event("CHANNEL_EXECUTE_COMPLETE");
        if complete.get("Application-UUID") == "b-1" {
            break complete;
        }
    };
    assert_eq!(complete.get("variable_originate_disposition"), "USER_BUSY");
    assert_eq!(complete.get("variable_DIALSTATUS"), "BUSY");
    assert_eq!(complete.get("variable_last_bridge_proto_specific_hangup_cause"), "sip:486");

    switch.set_extension(Extension::new("1002").phone(Phone::Answers {
        after: Duration::from_millis(60),
        hangs_up_after: Some(Duration::from_millis(200)),
    }));
    esl.execute("bridge", "user/1002@127.0.0.1", "\nEvent-UUID: b-2");
    esl.event("CHANNEL_BRIDGE");
    esl.event("CHANNEL_UNBRIDGE");
    let complete = esl.event("CHANNEL_EXECUTE_COMPLETE");
    assert_eq!((complete.get("Application-UUID"), complete.get("variable_DIALSTATUS")), ("b-2", "SUCCESS"));

    switch.set_extension(Extension::new("1002").answers_after(Duration::from_millis(60)));
    esl.execute("bridge", "user/1002@127.0.0.1", "\nEvent-UUID: b-3");
    esl.event("CHANNEL_BRIDGE");
    call.hang_up();
    let names = esl.names_until(|frame| frame.event() == "CHANNEL_HANGUP_COMPLETE");
    assert_eq!(
        names,
        [
            "CHANNEL_UNBRIDGE",
            "CHANNEL_EXECUTE_COMPLETE bridge",
            "CHANNEL_EXECUTE_COMPLETE socket",
            "CHANNEL_HANGUP_COMPLETE"
        ]
    );
    let _ = esl.ask("exit");
    switch.finish();
}

#[test]
fn without_continue_on_fail_a_failed_bridge_ends_the_call() {
    let (switch, program) = (switch(), Program::listen());
    let call = switch.call(Script::to("5000").runs([Action::answer(), Action::socket(program.address())]));
    let (mut esl, _) = program.take(EVENTS);
    esl.execute("bridge", "user/1004@127.0.0.1", "");
    assert_eq!(call.wait_over(LIMIT).unwrap(), "USER_NOT_REGISTERED");
}

/// The variable is split into words after the command was: quotes have to survive both.
#[test]
fn a_refused_channel_follows_transfer_on_fail() {
    let there = [Action::bridge("user/1004@127.0.0.1")];
    let switch = FreeSwitch::start(Settings::default().with_number("6000", there)).unwrap();
    let program = Program::listen();
    let call = switch.call(Script::to("5000").runs([Action::answer(), Action::socket(program.address())]));
    let (mut esl, uuid) = program.take(EVENTS);
    let back = format!(r"\'m:^:set:from=6000^socket:{} async full\'", program.address());
    let causes = "USER_BUSY,USER_NOT_REGISTERED";
    assert_eq!(esl.ask(&format!("api uuid_setvar {uuid} transfer_on_fail {causes} {back} inline")), "+OK\n");
    assert_eq!(esl.ask(&format!("api uuid_transfer {uuid} 6000 XML default")), "+OK\n");
    let (mut again, of_again) = program.take(EVENTS);
    assert_eq!((of_again.as_str(), call.variable("from").as_deref()), (uuid.as_str(), Some("6000")));
    call.hang_up();
    esl.ask("exit");
    again.ask("exit");
    switch.finish();
}

/// A caller who is to be parked when a person leaves is parked, wherever they were sent meanwhile: that has priority over `hangup_after_bridge`.
#[test]
fn a_channel_parked_after_a_bridge_is_not_hung_up() {
    let there = [Action::set("hangup_after_bridge", "true"), Action::bridge("user/1002@127.0.0.1")];
    let switch = FreeSwitch::start(Settings::default().with_number("6000", there)).unwrap();
    let program = Program::listen();
    let call = switch.call(Script::to("5000").runs([Action::answer(), Action::socket(program.address())]));
    let (mut esl, uuid) = program.take(EVENTS);
    assert_eq!(esl.ask(&format!("api uuid_setvar {uuid} park_after_bridge true")), "+OK\n");
    assert_eq!(esl.ask(&format!("api uuid_transfer {uuid} 6000 XML default")), "+OK\n");
    esl.event("CHANNEL_BRIDGE");
    switch.leg_at("1002").unwrap().hang_up();
    esl.event("CHANNEL_UNBRIDGE");
    esl.execute("playback", "tone_stream://%(100,0,440)", "\nEvent-UUID: still-here");
    while esl.event("CHANNEL_EXECUTE_COMPLETE").get("Application-UUID") != "still-here" {}
    assert_eq!(call.hangup_cause(), None);
    call.hang_up();
    esl.ask("exit");
    switch.finish();
}

/// FreeSWITCH asks its dialplans in order, and the inline one finds every extension.
#[test]
fn a_number_missing_in_a_dialplan_goes_to_the_next() {
    let there = [Action::set("went_to", "6000"), Action::park()];
    let switch = FreeSwitch::start(Settings::default().with_number("6000", there)).unwrap();
    let program = Program::listen();
    let call = switch.call(Script::to("5000").runs([Action::answer(), Action::socket(program.address())]));
    let (mut esl, uuid) = program.take(EVENTS);
    let way_back =
        format!("XML,inline:m:^:set:lacks=7999^socket:{} async full^hangup:USER_BUSY", program.address());
    assert_eq!(esl.ask(&format!("api uuid_transfer {uuid} 7999 '{way_back}' default")), "+OK\n");
    let (mut again, of_again) = program.take(EVENTS);
    assert_eq!((of_again.as_str(), call.variable("lacks").as_deref()), (uuid.as_str(), Some("7999")));
    assert_eq!(esl.ask(&format!("api uuid_transfer {uuid} 6000 '{way_back}' default")), "+OK\n");
    while again.event("CHANNEL_EXECUTE_COMPLETE").get("Application") != "set" {}
    assert_eq!(call.variable("went_to").as_deref(), Some("6000"));
    call.hang_up();
    esl.ask("exit");
    again.ask("exit");
    switch.finish();
}

#[test]
fn a_transferred_call_keeps_its_connection() {
    let (switch, program) = (switch(), Program::listen());
    let call = switch.call(Script::to("5000").runs([Action::answer(), Action::socket(program.address())]));
    let (mut esl, uuid) = program.take(EVENTS);
    esl.execute("playback", "tone_stream://%(5000,0,440)", "\nEvent-UUID: long");
    call.wait_heard("the prompt", LIMIT, |heard| (!heard.frames.is_empty()).then_some(())).unwrap();
    assert_eq!(esl.ask(&format!("api uuid_transfer {uuid} 6000")), "+OK\n");
    let complete = loop {
        let complete = esl.event("CHANNEL_EXECUTE_COMPLETE");
        if complete.get("Application-UUID") == "long" {
            break complete;
        }
    };
    assert_eq!(complete.get("Application-Response"), "PLAYBACK ERROR");
    assert_eq!(esl.event("CHANNEL_EXECUTE_COMPLETE").get("Application"), "socket");
    esl.execute("set", "still=here", "\nEvent-UUID: s");
    while esl.event("CHANNEL_EXECUTE_COMPLETE").get("Application-UUID") != "s" {}
    assert_eq!(call.variable("still").as_deref(), Some("here"));
    esl.ask(&format!("api uuid_transfer {uuid} 7999"));
    assert_eq!(esl.event("CHANNEL_HANGUP").get("Hangup-Cause"), "NO_ROUTE_DESTINATION");
    esl.ask("exit");
    switch.finish();
}

#[test]
fn registrations_and_heartbeats_are_reported() {
    let settings = Settings { heartbeat: Duration::from_millis(50), ..Settings::default() };
    let switch = FreeSwitch::start(settings).unwrap();
    let mut esl = Esl::log_in(switch.esl_address());
    esl.ask("event plain HEARTBEAT CUSTOM sofia::register sofia::unregister");
    assert_eq!(esl.event("HEARTBEAT").get("Event-Info"), "System Ready");
    switch.set_extension(Extension::new("1004"));
    assert_eq!(esl.event("CUSTOM").get("from-user"), "1004");
    switch.faults(|faults| faults.beat = Beat::Silent);
    // One event may have been on its way.
    if !esl.is_silent(Duration::from_millis(100)) {
        esl.frame(LIMIT).unwrap();
    }
    assert!(esl.is_silent(Duration::from_millis(200)));
}

#[test]
fn a_restart_is_announced_and_a_kill_is_not() {
    let (switch, program) = (switch(), Program::listen());
    let call = switch.call(Script::to("5000").runs([Action::answer(), Action::socket(program.address())]));
    let (mut outbound, _) = program.take(EVENTS);
    let mut esl = Esl::log_in(switch.esl_address());
    esl.ask("event plain SHUTDOWN CHANNEL_HANGUP_COMPLETE");
    switch.restart();
    let frames = esl.drain();
    assert_eq!(frames[0].event(), "SHUTDOWN");
    assert_eq!(frames.last().unwrap().body, "The system is being shut down.\n");
    assert_eq!(outbound.event("CHANNEL_HANGUP").get("Hangup-Cause"), "SYSTEM_SHUTDOWN");
    assert_eq!(call.wait_over(LIMIT).unwrap(), "SYSTEM_SHUTDOWN");

    let mut esl = Esl::log_in(switch.esl_address());
    let call = switch.call(Script::to("5000").runs([Action::answer(), Action::socket(program.address())]));
    let (mut outbound, _) = program.take(EVENTS);
    switch.kill();
    assert!(esl.drain().is_empty());
    assert!(outbound.drain().is_empty());
    assert!(call.hangup_cause().is_some());
    Esl::log_in(switch.esl_address());
}

#[test]
fn a_switch_takes_its_time_unless_set_to_fast() {
    for (settings, least, most) in [(Settings::default(), 15, 80), (Settings::fast(), 0, 15)] {
        let (switch, program) = (FreeSwitch::start(settings).unwrap(), Program::listen());
        let call =
            switch.call(Script::to("5000").runs([Action::answer(), Action::socket(program.address())]));
        let (mut esl, _) = program.take(EVENTS);
        let bye = Instant::now();
        call.hang_up();
        let took = (esl.event("CHANNEL_HANGUP").at - bye).as_millis();
        // A busy machine is late, never early.
        assert!(took >= least && took < most + 200, "{took} ms");
    }
}
