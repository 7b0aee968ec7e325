//! Cost of a call with each provider of a voice, and how long its callers wait: `cargo bench --bench voice_figures`. Prints a table with a row for
//! each provider, measured one after another; docs/figures.md explains its columns. Takes some four minutes.
//!
//! The providers are the stand-ins of the tests, in this process. The server is a separate process, and only its CPU and memory are counted.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs,
    reason = "a measurement stops where it fails"
)]

use std::any::Any;
use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use cordboard_test_support::audio::{Span, babble, duration_of, silence};
use cordboard_test_support::audiosocket::Caller;
use cordboard_test_support::openai::{Answer, OpenAiStandIn, Pace, Script, Words};
use cordboard_test_support::server::Server;
use cordboard_test_support::{cascade, deepgram, elevenlabs, gemini, openai_live};
use uuid::Uuid;

/// Sample rate of callers, in Hz: that of a telephone with G.711.
const RATE: u32 = 8_000;
/// Calls at a time, and the interval between their beginnings.
const CALLS: usize = 20;
const APART: Duration = Duration::from_millis(97);
/// Turns of each call, the interval between them, and when the first begins after the call's beginning.
const TURNS: u32 = 8;
const TURN: Duration = Duration::from_millis(5_000);
const GREETED: Duration = Duration::from_millis(2_000);
/// Tone of the answers, and how long they sound.
const ANSWER_HZ: f64 = 700.0;
const ANSWER: Duration = Duration::from_millis(2_500);
/// From the end of the caller's words to their recognition, for stand-ins that recognize speech.
const RECOGNIZES: Duration = Duration::from_millis(50);

/// A running provider.
struct Voice {
    name: &'static str,
    settings: Vec<(&'static str, String)>,
    /// Ends it when dropped.
    _stand_in: Box<dyn Any + Send>,
}

fn main() {
    // The stand-ins run on their own thread, which starts one on request.
    let (starts, mut wanted) = tokio::sync::mpsc::unbounded_channel::<fn() -> Voice>();
    let (started, voices) = mpsc::channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            while let Some(start) = wanted.recv().await {
                started.send(start()).unwrap();
            }
        });
    });
    println!("{CALLS} calls at a time, {TURNS} turns each; the server alone");
    println!(
        "{:<12} {:>12} {:>12} {:>10} {:>10} {:>10} {:>6}",
        "PROVIDER", "MS/CALL-S", "CALLS/CORE", "KIB/CALL", "WAIT P50", "WAIT P99", "TURNS"
    );
    for start in [openai, live, elevenlabs_agent, deepgram_agent, gemini_live, cascade_of_three] {
        starts.send(start).unwrap();
        measure(&voices.recv().unwrap());
    }
    println!("load: {}", std::fs::read_to_string("/proc/loadavg").unwrap_or_default().trim());
}

/// Greets, and answers each turn of each call.
fn script() -> Script {
    let mut script = Script::new();
    for _ in 0..CALLS {
        script = script.greeting(Answer::say("Good day.", 1000.0, Duration::from_millis(600)));
    }
    let answer = Answer::say("We open at nine.", ANSWER_HZ, ANSWER).paced(Pace::Times(1.5));
    for _ in 0..CALLS * TURNS as usize {
        script = script.words(Words::Heard("When do you open?".to_owned(), RECOGNIZES)).turn(answer.clone());
    }
    script
}

fn openai() -> Voice {
    let stand_in = OpenAiStandIn::start(script()).unwrap();
    let settings = vec![
        ("OPENAI_API_KEY", "sk-of-the-bench".to_owned()),
        ("OPENAI_BASE_URL", stand_in.base_url()),
        ("OPENAI_REALTIME_MODEL", "gpt-realtime-2.1".to_owned()),
    ];
    Voice { name: "openai", settings, _stand_in: Box::new(stand_in) }
}

fn live() -> Voice {
    let calendar = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let manners = openai_live::Manners::new("sk-of-the-bench");
    let stand_in = openai_live::OpenAiLiveStandIn::start_here(manners, script(), calendar).unwrap();
    let settings = vec![
        ("openai_live.api_key", "sk-of-the-bench".to_owned()),
        ("openai_live.base_url", stand_in.base_url()),
    ];
    Voice { name: "openai-live", settings, _stand_in: Box::new(stand_in) }
}

fn elevenlabs_agent() -> Voice {
    let agent = elevenlabs::Agent::new("agent_bench", Some("xi-of-the-bench"));
    let stand_in = elevenlabs::ElevenLabsStandIn::start_here(agent, script()).unwrap();
    let settings = vec![
        ("ELEVENLABS_API_KEY", "xi-of-the-bench".to_owned()),
        ("ELEVENLABS_BASE_URL", stand_in.base_url()),
        ("ELEVENLABS_AGENT_ID", "agent_bench".to_owned()),
    ];
    Voice { name: "elevenlabs", settings, _stand_in: Box::new(stand_in) }
}

fn deepgram_agent() -> Voice {
    let manners = deepgram::Manners::new("dg-of-the-bench");
    let stand_in = deepgram::DeepgramStandIn::start_here(manners, script()).unwrap();
    let settings =
        vec![("DEEPGRAM_API_KEY", "dg-of-the-bench".to_owned()), ("DEEPGRAM_BASE_URL", stand_in.base_url())];
    Voice { name: "deepgram", settings, _stand_in: Box::new(stand_in) }
}

fn gemini_live() -> Voice {
    let manners = gemini::Manners::new("gm-of-the-bench");
    let stand_in = gemini::GeminiStandIn::start_here(manners, script()).unwrap();
    let settings =
        vec![("GEMINI_API_KEY", "gm-of-the-bench".to_owned()), ("GEMINI_BASE_URL", stand_in.base_url())];
    Voice { name: "gemini", settings, _stand_in: Box::new(stand_in) }
}

fn cascade_of_three() -> Voice {
    let keys = ["stt-of-the-bench", "llm-of-the-bench", "tts-of-the-bench"];
    let stand_in = cascade::CascadeStandIn::start_here(cascade::Manners::new(keys), script()).unwrap();
    let settings = vec![
        ("cascade.recognizer_url", stand_in.recognizer_url()),
        ("cascade.recognizer_key", keys[0].to_owned()),
        ("cascade.llm_base_url", stand_in.base_url()),
        ("cascade.llm_key", keys[1].to_owned()),
        ("cascade.speech_base_url", stand_in.base_url()),
        ("cascade.speech_key", keys[2].to_owned()),
    ];
    Voice { name: "cascade", settings, _stand_in: Box::new(stand_in) }
}

/// Talks with one provider on all calls, and prints its row.
fn measure(voice: &Voice) {
    let common =
        [("assistant.provider", voice.name), ("calls.silence_prompt_s", "300"), ("log.level", "info")];
    let own = voice.settings.iter().map(|(name, value)| (*name, value.as_str()));
    let settings: Vec<(&str, &str)> = common.into_iter().chain(own).collect();
    let server = Server::start(Path::new(env!("CARGO_BIN_EXE_cordboard")), &settings).unwrap();
    let address = server.addresses().audiosocket;
    // Work that only the first call needs is not counted.
    talk(address, 1);
    let (idle_kib, process) = (resident_kib(server.process_id()), server.process_id());
    let callers: Vec<_> = (0..CALLS)
        .map(|_| {
            thread::sleep(APART);
            thread::spawn(move || talk(address, TURNS))
        })
        .collect();
    let (from, used) = (Instant::now(), cpu(process));
    thread::sleep(GREETED + TURN * (TURNS - 1));
    let (lasted, used) = (from.elapsed(), cpu(process) - used);
    let kib = resident_kib(process).saturating_sub(idle_kib) / CALLS;
    let mut waits: Vec<Duration> = callers.into_iter().flat_map(|caller| caller.join().unwrap()).collect();
    waits.sort();
    let at = |share: f64| waits[((waits.len() as f64 * share).ceil() as usize).max(1) - 1].as_millis();
    let ms = used.as_secs_f64() * 1_000.0 / (lasted.as_secs_f64() * CALLS as f64);
    println!(
        "{:<12} {ms:>12.2} {:>12.0} {kib:>10} {:>10} {:>10} {:>6}",
        voice.name,
        1_000.0 / ms,
        at(0.5),
        at(0.99),
        waits.len()
    );
}

/// Runs one call with this many turns. Returns how long the caller waited for each answer: from the last sound that they made to the first that they
/// heard.
fn talk(server: std::net::SocketAddr, turns: u32) -> Vec<Duration> {
    let caller = Caller::connect(server, Uuid::new_v4(), RATE).unwrap();
    let words = babble(7, Duration::from_millis(900), RATE);
    let loud = words.samples.iter().rposition(|sample| sample.unsigned_abs() > 1_000).unwrap_or(0);
    let loud = duration_of(loud, RATE);
    let mut said = Vec::new();
    for turn in 0..turns {
        let due = GREETED + TURN * turn;
        thread::sleep(due.saturating_sub(caller.connected_at().elapsed()));
        said.push(caller.connected_at().elapsed() + loud);
        caller.say(&words);
        caller.say(&silence(Duration::from_millis(300), RATE));
    }
    thread::sleep(TURN);
    caller.hang_up();
    let report = caller.report();
    let heard = report.heard();
    let frame = duration_of((RATE / 50) as usize, RATE);
    let is_answer = |at: Duration| {
        let part = heard.part(Span { start: at, end: at + frame });
        part.rms() > 500.0 && part.tone_share(ANSWER_HZ) > 0.8
    };
    let frames: Vec<Duration> = (0..report.frames.len())
        .map(|number| frame * u32::try_from(number).unwrap())
        .filter(|at| is_answer(*at))
        .filter_map(|at| report.arrival_of(at))
        .collect();
    said.into_iter()
        .filter_map(|said| {
            let answer = frames.iter().find(|arrived| **arrived > said)?;
            Some(*answer - said).filter(|wait| *wait < TURN)
        })
        .collect()
}

/// CPU that a process has used.
fn cpu(process: u32) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap().split(' ').collect();
    // Fields 14 and 15 of proc(5): in user and kernel mode, in ticks of 10 ms.
    let ticks: u64 = [fields[11], fields[12]].iter().map(|ticks| ticks.parse::<u64>().unwrap()).sum();
    Duration::from_millis(ticks * 10)
}

/// Resident memory of a process, in KiB.
fn resident_kib(process: u32) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}
