//! The FreeSWITCH stand-in as a program, to try things by hand without a FreeSWITCH.
//!
//! `freeswitch-stand-in PROGRAM:PORT [EXTENSIONS]` sends every call to a program's ESL port, and has this many extensions from 1001 on (10 by
//! default). It prints its own ESL address as one line of JSON, and ends with its standard input, where it reads `call`, `key DIGIT`, `hangup`,
//! `hold`, `unhold`, `answer EXTENSION`. At its end it lists what the program did against the switch's rules.

use std::error::Error;
use std::io::BufRead;
use std::time::Duration;

use cordboard_test_support::audio::{Sound, tone};
use cordboard_test_support::freeswitch::{Action, Call, Extension, FreeSwitch, Phone, Script, Settings};
use serde_json::json;

/// The first extension.
const FIRST: u32 = 1001;
/// How long an extension rings.
const RINGING: Duration = Duration::from_secs(3);

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let program = arguments.next().ok_or("usage: freeswitch-stand-in PROGRAM:PORT [EXTENSIONS]")?;
    let count: u32 = arguments.next().map_or(Ok(10), |count| count.parse())?;
    let dialplan =
        [Action::set("cordboard_tenant", "demo"), Action::app("ring_ready", ""), Action::socket(program)];
    let mut settings = Settings::default().with_number("5000", dialplan);
    settings.extensions = (FIRST..FIRST + count)
        .map(|number| {
            let phone = Phone::Answers { after: RINGING, hangs_up_after: None };
            Extension::new(&number.to_string()).phone(phone)
        })
        .collect();
    let switch = FreeSwitch::start(settings)?;
    let extensions: Vec<u32> = (FIRST..FIRST + count).collect();
    let addresses =
        json!({ "esl": switch.esl_address(), "password": switch.password(), "extensions": extensions });
    println!("{addresses}");

    let mut call: Option<Call> = None;
    for line in std::io::stdin().lock().lines() {
        println!("{}", obey(&switch, &mut call, line?.trim()));
    }
    for violation in switch.violations() {
        println!("{:?}: {}", violation.rule, violation.how);
    }
    Ok(())
}

/// Does what was typed, and returns the result.
fn obey(switch: &FreeSwitch, call: &mut Option<Call>, line: &str) -> String {
    let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
    let of_call = |act: &dyn Fn(&Call)| match &*call {
        Some(call) => {
            act(call);
            "done".to_owned()
        }
        None => "there is no call: type \"call\"".to_owned(),
    };
    match word {
        "call" => {
            let made = switch.call(Script::to("5000"));
            let answer = format!("calling 5000: {}", made.uuid());
            *call = Some(made);
            answer
        }
        "say" => of_call(&|call| call.say(&voice())),
        "key" => match rest.chars().next() {
            Some(digit) => of_call(&|call| call.press(digit)),
            None => "which key?".to_owned(),
        },
        "hangup" => of_call(&Call::hang_up),
        "hold" => of_call(&Call::hold),
        "unhold" => of_call(&Call::unhold),
        "answer" => switch.leg_at(rest).map_or_else(
            || format!("no phone rings at {rest}"),
            |leg| {
                leg.answer();
                "done".to_owned()
            },
        ),
        "" => String::new(),
        _ => "call | say | key DIGIT | hangup | hold | unhold | answer EXTENSION".to_owned(),
    }
}

/// The sound of an artificial caller.
fn voice() -> Sound {
    tone(440.0, 8000.0, Duration::from_secs(1), 8000)
}
