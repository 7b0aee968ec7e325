//! `cordboard call`: calls a Cordboard server as Asterisk would.

use std::fmt;
use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::{Arg, ArgAction, ArgMatches, Args, FromArgMatches, value_parser};
use cordboard_schema::digit::{Digit, NotADigit};
use uuid::Uuid;

use super::caller::{CallEnd, CallSummary, Progress, SimulatedCaller, Speech, Step};
use super::reachable;
use super::terminal::print;
use crate::config::Config;
use crate::error::CommandError;

/// How long the caller waits for the other side to begin speaking.
const ANSWER_MAX: Duration = Duration::from_secs(4);

/// How long the caller listens before they interrupt.
const PATIENCE_MAX: Duration = Duration::from_secs(30);

/// Pause between two keys of one --dtmf.
const KEY_PAUSE: Duration = Duration::from_millis(300);

#[derive(Debug, Args)]
#[command(after_help = "\
The caller waits for the other side to finish, then plays the next --wav or presses the next --dtmf, in the order of the command line, \
and hangs up when there is nothing left. Without --wav and --dtmf they only listen, until you press Ctrl-C or the server ends \
the call. Exit code 0 means that the call took place and that sound was heard.

Examples:
  cordboard call
  cordboard call --wav hello.wav --dtmf 1 --wav message.wav --dtmf '#' --record call.wav
  cordboard call --to 10.0.0.5:9092 --uuid 7f3c2a10-0000-4000-8000-000000000001")]
pub(super) struct CallArguments {
    /// UUID of the call, which the dialplan makes otherwise [default: a new one]
    #[arg(long)]
    uuid: Option<Uuid>,

    /// Address of the AudioSocket server [default: audiosocket.listen of the configuration]
    #[arg(long, value_name = "HOST:PORT")]
    to: Option<String>,

    #[command(flatten)]
    turns: Turns,

    /// Record both sides: a stereo WAV of 8 kHz with the caller left, and what they heard right
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
}

/// The caller's speech and keys, in the order of the command line (clap's derive would lose it).
#[derive(Clone, Debug, Default, PartialEq)]
struct Turns(Vec<Turn>);

#[derive(Clone, Debug, PartialEq)]
enum Turn {
    Say(PathBuf),
    Press(Digits),
}

impl Args for Turns {
    fn augment_args(command: clap::Command) -> clap::Command {
        let wav = Arg::new("wav")
            .long("wav")
            .value_name("FILE")
            .action(ArgAction::Append)
            .value_parser(value_parser!(PathBuf))
            .help("Play a WAV file; can be repeated");
        let dtmf = Arg::new("dtmf")
            .long("dtmf")
            .value_name("KEYS")
            .action(ArgAction::Append)
            .value_parser(Digits::from_str)
            .help("Press keys, separated by commas, such as 1,#; can be repeated");
        command.arg(wav).arg(dtmf)
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Turns {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let places = |id| matches.indices_of(id).into_iter().flatten();
        let files = matches.get_many::<PathBuf>("wav").into_iter().flatten().cloned().map(Turn::Say);
        let keys = matches.get_many::<Digits>("dtmf").into_iter().flatten().cloned().map(Turn::Press);
        let mut turns: Vec<(usize, Turn)> =
            places("wav").zip(files).chain(places("dtmf").zip(keys)).collect();
        turns.sort_by_key(|(place, _)| *place);
        Ok(Self(turns.into_iter().map(|(_, turn)| turn).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// Keys that are pressed one after another.
#[derive(Clone, Debug, PartialEq)]
struct Digits(Vec<Digit>);

impl FromStr for Digits {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let key = |part: &str| {
            let mut characters = part.trim().chars();
            match (characters.next(), characters.next()) {
                (Some(key), None) => Digit::try_from(key).map_err(|error: NotADigit| error.to_string()),
                _ => Err(format!("{part:?} is not a key; separate keys by commas, such as 1,#")),
            }
        };
        text.split(',').map(key).collect::<Result<_, _>>().map(Self)
    }
}

/// Makes the call, shows what happens, and prints a summary.
pub(super) async fn run(config: &Config, arguments: CallArguments) -> Result<(), CommandError> {
    let to = match arguments.to {
        Some(to) => to,
        None if config.legs.audiosocket.listen.port() == 0 => {
            let why = "audiosocket.listen has port 0; name the address that `serve` printed with --to";
            return Err(CommandError::Failed(why.to_owned()));
        }
        None => reachable(config.legs.audiosocket.listen).to_string(),
    };
    let uuid = arguments.uuid.unwrap_or_else(Uuid::new_v4);
    let script = script_of(&arguments.turns)?;
    let caller = SimulatedCaller { uuid, script, record: arguments.record.clone() };
    // Without a signal handler Ctrl-C can't end the call early, but the call works all the same.
    let ctrl_c = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    print(format_args!("calling {to} as {uuid}\n"))?;
    let show = |at: Duration, progress: Progress| {
        // The call must end properly even if the terminal is closed.
        let _ = print(format_args!("{:>7.2} s  {}\n", at.as_secs_f64(), Shown(&progress)));
    };
    let called = caller.call(&to, ctrl_c, show).await;
    let summary = called.map_err(|error| CommandError::Failed(error.to_string()))?;
    print(Shown(&summary))?;
    if let Some(path) = arguments.record {
        print(format_args!("recording     {}\n", path.display()))?;
    }
    match summary.first_sound {
        Some(_) => Ok(()),
        None => Err(CommandError::Failed(
            "the call took place, but nothing was heard; see the server's log for the reason".to_owned(),
        )),
    }
}

/// Returns the caller's script: wait until the other side is done, then take the next turn. At the end listen once more and hang up.
fn script_of(turns: &Turns) -> Result<Vec<Step>, CommandError> {
    let listen = [Step::WaitForSpeech { max: ANSWER_MAX }, Step::WaitForSilence { max: PATIENCE_MAX }];
    let mut script = Vec::new();
    for turn in &turns.0 {
        script.extend(listen.clone());
        match turn {
            Turn::Say(path) => script.push(Step::Speak(read_wav(path)?)),
            Turn::Press(Digits(keys)) => {
                let presses = keys.iter().flat_map(|key| [Step::Digit(*key), Step::Wait(KEY_PAUSE)]);
                script.extend(presses);
            }
        }
    }
    if !script.is_empty() {
        script.extend(listen);
        script.push(Step::HangUp);
    }
    Ok(script)
}

fn read_wav(path: &PathBuf) -> Result<Speech, CommandError> {
    let shown = path.display().to_string();
    let file =
        File::open(path).map_err(|error| CommandError::Failed(format!("{shown} can't be read: {error}")))?;
    Speech::from_wav(&shown, BufReader::new(file)).map_err(|error| CommandError::Failed(error.to_string()))
}

/// Shows a value as text for the terminal.
struct Shown<'a, T>(&'a T);

impl fmt::Display for Shown<'_, Progress> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Progress::Connected => write!(f, "connected"),
            Progress::HeardSpeech => write!(f, "they speak"),
            Progress::HeardSilence => write!(f, "they are quiet"),
            Progress::Speaking { name } => write!(f, "saying {name}"),
            Progress::Pressed(digit) => write!(f, "pressing {digit}"),
        }
    }
}

impl fmt::Display for Shown<'_, CallSummary> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let CallSummary { end, duration, frames_sent, frames_heard, first_sound, silence } = self.0;
        let end = match end {
            CallEnd::ServerHungUp => "the server hung up",
            CallEnd::ServerClosed => "the server closed the connection",
            CallEnd::CallerHungUp => "the caller hung up",
            CallEnd::Stopped => "stopped",
        };
        writeln!(f, "\nended         {end}")?;
        writeln!(f, "duration      {:.2} s", duration.as_secs_f64())?;
        writeln!(f, "frames        {frames_sent} sent, {frames_heard} heard")?;
        match first_sound {
            Some(at) => writeln!(f, "first sound   after {:.2} s", at.as_secs_f64())?,
            None => writeln!(f, "first sound   none")?,
        }
        writeln!(f, "silence       {:.2} s of what was heard", silence.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        call: CallArguments,
    }

    fn turns(words: &[&str]) -> Result<Vec<Turn>, clap::Error> {
        let line = Line::try_parse_from([&["call"], words].concat())?;
        Ok(line.call.turns.0)
    }

    fn keys(text: &str) -> Turn {
        Turn::Press(text.parse().unwrap())
    }

    #[test]
    fn turns_keep_the_order_of_the_command_line() {
        let found = turns(&["--wav", "a.wav", "--dtmf", "1,2", "--wav", "b.wav", "--dtmf", "#"]).unwrap();
        let say = |name: &str| Turn::Say(PathBuf::from(name));
        assert_eq!(found, [say("a.wav"), keys("1,2"), say("b.wav"), keys("#")]);
        assert_eq!(turns(&[]).unwrap(), []);
    }

    #[test]
    fn keys_that_no_telephone_has_are_refused() {
        for bad in ["x", "12", "", "1,,2", "1,é"] {
            assert!(turns(&["--dtmf", bad]).is_err(), "{bad:?}");
        }
        assert_eq!(
            keys("1, *,D"),
            Turn::Press(Digits("1*D".chars().map(|key| key.try_into().unwrap()).collect()))
        );
    }

    #[test]
    fn a_caller_without_turns_only_listens() {
        assert_eq!(script_of(&Turns::default()).unwrap(), []);
        let script = script_of(&Turns(vec![keys("1")])).unwrap();
        assert_eq!(script.last(), Some(&Step::HangUp));
    }

    #[test]
    fn a_file_that_is_missing_is_named() {
        let error = script_of(&Turns(vec![Turn::Say(PathBuf::from("/nowhere/a.wav"))])).unwrap_err();
        assert!(error.to_string().starts_with("/nowhere/a.wav can't be read"), "{error}");
    }
}
