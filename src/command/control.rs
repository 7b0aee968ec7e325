//! `cordboard control`: a small client for the control socket.

mod connection;
mod words;

use std::io::BufRead;
use std::time::Duration;

use clap::Args;
use cordboard_schema::wire::control::{Answer, Command, CommandId, Request, ServerMessage, Subscribe};
use serde_json::Value;
use tokio::sync::mpsc;

use self::connection::{Connection, Lost, Place};
use super::terminal::{print, print_notice};
use crate::config::Config;
use crate::error::CommandError;

/// First pause before another attempt to connect. It doubles up to [`PAUSE_MAX`].
const PAUSE_MIN: Duration = Duration::from_millis(250);
const PAUSE_MAX: Duration = Duration::from_secs(10);

/// Kinds of errors by which a server that has just started may refuse a command at first.
const PASSING: [&str; 2] = ["unavailable", "too_many_requests"];

/// Lines of standard input that are buffered before they are sent.
const LINES_MAX: usize = 16;

#[derive(Debug, Args)]
#[command(after_help = "\
Commands and their arguments; --url names another server than that of the configuration, whose admin token is taken:
  originate KEY TO [from=] [profile=] [switch=] [answer_timeout_s=]
  hangup CALL | hold CALL | unhold CALL | park CALL | getCall CALL
  setVariables CALL NAME=VALUE...
  transfer CALL EXTENSION | bridge CALL EXTENSION
  say CALL TEXT | sendDtmf CALL DIGITS
  listCalls [state=] [from=] [to=] [cause=] [profile_id=] [since=] [until=] [q=] [cursor=] [limit=]
  listAgentProfiles | setAgentProfile PROFILE_ID JSON | listExtensions     JSON names what changes
  enableAgentByCampaignId CAMPAIGN | disableAgentByCampaignId CAMPAIGN
  enableAgentByUserId USER | disableAgentByUserId USER | assignAgents USER=CAMPAIGN...
  listOsdialAgents [campaign_id=] [cursor=] [limit=] | listOsdialLiveAgents (the same)
  listOsdialCampaigns | listOsdialLists [campaign_id=] | listOsdialStatuses [campaign_id=]
  listOsdialLeads [lead_id=] [list_id=] [phone_number=] [status=] [cursor=] [limit=]
  subscribe TOPIC... [after=SEQ]     of calls, transcripts, actors, metrics, osdial

The result is printed as one line of JSON; an error goes to standard error, and the exit code is 1. `subscribe` prints one \
line for each event, until Ctrl-C. If the connection is lost, it reconnects and continues after the last event. `-` sends \
the lines of standard input unchanged, prints everything it receives, and ends when the last line is answered.

Examples:
  cordboard control listCalls state=live | jq -r '.items[].id'
  cordboard control say 019a9f0e-7c11-7d3a-9d2e-0c5b8f0e6a11 'One moment, please.'
  cordboard control subscribe calls transcripts | jq -c 'select(.kind == \"transcript\") | .line'
  echo '{\"id\":\"1\",\"command\":\"listExtensions\"}' | cordboard control -")]
pub(super) struct ControlArguments {
    /// Address of the server, such as ws://10.0.0.5:8080 [default: http.listen of the configuration]
    #[arg(long, value_name = "URL")]
    url: Option<String>,

    /// A command, or - to read commands from standard input
    command: String,

    /// Arguments of the command
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

pub(super) async fn run(config: &Config, arguments: &ControlArguments) -> Result<(), CommandError> {
    let ControlArguments { url, command, arguments } = arguments;
    let request = match command.as_str() {
        "-" => None,
        name => Some(words::command(name, arguments).map_err(CommandError::Failed)?),
    };
    let place = Place::of(config, url.as_deref())?;
    let connection = place.connect().await.map_err(|lost| CommandError::Failed(lost.to_string()))?;
    match request {
        None => pass_on(connection).await,
        Some(Command::Subscribe(subscribe)) => {
            tokio::select! {
                outcome = follow(&place, connection, subscribe) => outcome,
                // Without a signal handler, Ctrl-C still ends the process.
                Ok(()) = tokio::signal::ctrl_c() => Ok(()),
            }
        }
        Some(command) => ask(connection, command).await,
    }
}

/// Sends one command and prints its answer.
async fn ask(mut connection: Connection, command: Command) -> Result<(), CommandError> {
    let answered = connection.ask(command).await.map_err(|lost| CommandError::Failed(lost.to_string()))?;
    connection.close().await;
    print(format_args!("{}\n", result_of(answered)?))
}

fn result_of(answer: Answer) -> Result<Value, CommandError> {
    match answer.error {
        Some(error) => Err(CommandError::Failed(format!("{}: {}", error.kind, error.detail))),
        None => Ok(answer.result.unwrap_or_default()),
    }
}

/// Prints events, and reconnects when the connection is lost.
async fn follow(place: &Place, first: Connection, mut asked: Subscribe) -> Result<(), CommandError> {
    let mut connection = first;
    let mut pause = PAUSE_MIN;
    let mut is_back = false;
    loop {
        let lost = print_events(&mut connection, &mut asked, is_back).await?;
        print_notice(format_args!("cordboard: {lost}"));
        // A server that accepts the connection and then refuses would be asked four times a second.
        pause = if matches!(lost, Lost::NotNow(_)) { (pause * 2).min(PAUSE_MAX) } else { PAUSE_MIN };
        connection = reconnect(place, pause).await?;
        is_back = true;
        print_notice("cordboard: connected again");
    }
}

/// Returns a refusal that may be temporary. After a reconnect it is treated as a lost connection.
fn not_now(answer: &Answer) -> Option<Lost> {
    let error = answer.error.as_ref()?;
    PASSING.contains(&error.kind.as_str()).then(|| Lost::NotNow(format!("{}: {}", error.kind, error.detail)))
}

/// Prints events until the connection is lost, and returns the reason. `is_back`: this is not the first connection.
async fn print_events(
    connection: &mut Connection,
    asked: &mut Subscribe,
    is_back: bool,
) -> Result<Lost, CommandError> {
    match connection.ask(Command::Subscribe(asked.clone())).await {
        Ok(answer) => {
            if is_back && let Some(lost) = not_now(&answer) {
                return Ok(lost);
            }
            let answered = result_of(answer)?;
            if asked.after.is_some() && answered["resumed"] == false {
                print_notice("cordboard: older events are no longer kept: a snapshot follows");
            }
        }
        Err(lost) => return Ok(lost),
    }
    loop {
        let text = match connection.receive().await {
            Ok(text) => text,
            Err(lost) => return Ok(lost),
        };
        if let Ok(ServerMessage::Event { seq, .. }) = ServerMessage::parse(&text) {
            asked.after = Some(seq);
        }
        print(format_args!("{text}\n"))?;
    }
}

async fn reconnect(place: &Place, first_pause: Duration) -> Result<Connection, CommandError> {
    let mut pause = first_pause;
    loop {
        tokio::time::sleep(pause).await;
        match place.connect().await {
            Ok(connection) => return Ok(connection),
            Err(lost @ Lost::Refused { .. }) if !lost.is_passing() => {
                return Err(CommandError::Failed(lost.to_string()));
            }
            Err(_) => pause = (pause * 2).min(PAUSE_MAX),
        }
    }
}

/// Sends the lines of standard input and prints what arrives, until the last line is answered.
async fn pass_on(mut connection: Connection) -> Result<(), CommandError> {
    let (to_send, mut lines) = mpsc::channel(LINES_MAX);
    // Reading standard input blocks and can't be cancelled, so it has its own thread, which is never joined.
    std::thread::spawn(move || {
        let lines = std::io::stdin().lock().lines().map_while(Result::ok);
        for line in lines.filter(|line| !line.trim().is_empty()) {
            if to_send.blocking_send(line).is_err() {
                return;
            }
        }
    });
    let (mut unanswered, mut is_over) = (0_u64, false);
    while unanswered > 0 || !is_over {
        tokio::select! {
            line = lines.recv(), if !is_over => match line {
                Some(line) => {
                    connection.send(line).await.map_err(|lost| CommandError::Failed(lost.to_string()))?;
                    unanswered += 1;
                }
                None => is_over = true,
            },
            text = connection.receive() => {
                let text = text.map_err(|lost| CommandError::Failed(lost.to_string()))?;
                if matches!(ServerMessage::parse(&text), Ok(ServerMessage::Answer(_))) {
                    unanswered = unanswered.saturating_sub(1);
                }
                print(format_args!("{text}\n"))?;
            }
        }
    }
    connection.close().await;
    Ok(())
}

/// Returns the text of a command, with an id that this client does not use for two commands at once.
fn text_of(command: Command) -> Result<(CommandId, String), String> {
    let id = CommandId::try_from("cordboard-control".to_owned()).map_err(|error| error.to_string())?;
    let text = Request { id: id.clone(), command }.to_text().map_err(|error| error.to_string())?;
    Ok((id, text))
}

#[cfg(test)]
mod tests {
    use cordboard_schema::wire::control::CommandError as Refusal;

    use super::*;

    #[test]
    fn only_a_temporary_refusal_is_retried() {
        let refused = |kind: &str| {
            let (kind, title, detail) = (kind.to_owned(), "t".to_owned(), "d".to_owned());
            let refusal = Refusal { kind, title, detail, errors: Vec::new(), current: None };
            not_now(&Answer::refused(None, refusal))
        };
        for kind in PASSING {
            assert!(refused(kind).unwrap().to_string().contains(kind));
        }
        assert!(refused("invalid").is_none());
        let id = CommandId::try_from("1".to_owned()).unwrap();
        assert!(not_now(&Answer::done(id, Value::Null)).is_none());
    }

    #[test]
    fn the_help_lists_every_command() {
        let shown = ControlArguments::augment_args(clap::Command::new("control"));
        let help = shown.get_after_help().unwrap().to_string();
        let is_listed = |name: &&str| help.split_whitespace().any(|word| word == *name);
        // `unsubscribe` makes no sense here, because each command has its own connection.
        let unlisted: Vec<_> = Command::NAMES.iter().copied().filter(|name| !is_listed(name)).collect();
        assert_eq!(unlisted, ["unsubscribe"]);
    }
}
