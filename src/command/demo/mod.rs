//! `cordboard demo`: a whole call on one machine, without configuration, keys or a switch.
//!
//! ```text
//! Setup      a folder of its own, free ports
//! boot       the server, as `serve` starts it
//! hold       the call: announced over HTTP, held over AudioSocket, shown from the journal
//! Evidence   what is left of it: journal, transcript, activities, both recordings
//! examine    whether it went as it should
//! ```

mod announce;
mod call;
mod checks;
mod script;
mod setup;
mod sound;

use std::path::{Path, PathBuf};

use cordboard_actors::assistant::sounds::{SoundError, SoundSet};
use cordboard_schema::fold::{Role, TranscriptItem, recording_file};
use cordboard_schema::ids::CallId;

use super::caller::CallEnd;
use super::serve::{Signals, in_system, introduce};
use super::terminal::print;
use super::{DemoArguments, reachable};
use crate::boot::{self, Running};
use crate::config::{Config, ProviderName};
use crate::error::CommandError;
use crate::store::{ActivityQuery, After, query};
use crate::telemetry;
use crate::tokens::TokenOrigin;
use call::Held;
use checks::{Check, Evidence, Sounds, Verdict};
use setup::Setup;
use sound::Stereo;

/// The caller's own recording, in the demo's folder.
const TAPE: &str = "caller.wav";

pub(super) fn run(configured: &Config, arguments: &DemoArguments) -> Result<(), CommandError> {
    let setup = Setup::prepare(configured)?;
    let _telemetry = telemetry::start(&setup.config.log, &setup.config.otel)?;
    let sounds = sounds().map_err(|error| CommandError::Failed(error.to_string()))?;
    in_system(async {
        let mut signals = Signals::listen()?;
        let running = boot::start(&setup.config.clone().into()).await?;
        let shown = show(&running, &setup, sounds, &mut signals, arguments).await;
        let stopped = running.stop(signals.next()).await;
        shown?;
        Ok(stopped?)
    })
}

fn sounds() -> Result<Sounds, SoundError> {
    Ok(Sounds { prompts: SoundSet::embedded()?, lines: SoundSet::embedded()? })
}

/// Runs the demo, from the server's start to its end.
async fn show(
    running: &Running,
    setup: &Setup,
    sounds: Sounds,
    signals: &mut Signals,
    arguments: &DemoArguments,
) -> Result<(), CommandError> {
    let http = reachable(running.addresses.http);
    for notice in &setup.notices {
        print(format_args!("{notice}\n"))?;
    }
    print(format_args!(
        "Cordboard listens: HTTP http://{http}, AudioSocket {}\n",
        running.addresses.audiosocket
    ))?;
    introduce(running, &setup.config);
    print(format_args!("\n{} calls {}; the call takes some 30 s.\n\n", script::FROM, script::TO))?;

    let tape = setup.config.data_dir.join(TAPE);
    let provider = setup.config.assistant.provider;
    let held = call::hold(running, &sounds, provider, &tape, signals.next()).await?;
    if held.summary.end == CallEnd::Stopped {
        let why = "the demo was stopped before its call was over".to_owned();
        return if arguments.once {
            Err(CommandError::Failed(why))
        } else {
            print(format_args!("\n{why}\n"))
        };
    }
    let Some(call_id) = held.call_id else {
        return Err(CommandError::Failed("the call's end did not reach the journal".to_owned()));
    };
    let recording = running.recordings_dir.join(recording_file(call_id));
    let (checks, transcript) = judge(running, &held, call_id, (sounds, provider), &recording, &tape).await?;
    print(format_args!("{}\n", checks::report(&checks)))?;
    name_results(running, setup, call_id, &recording, &tape)?;
    print(printed(&transcript))?;

    let failed = checks.iter().filter(|check| check.verdict == Verdict::Failed).count();
    if arguments.once {
        return match failed {
            0 => Ok(()),
            _ => Err(CommandError::Failed(format!("{failed} of {} checks failed", checks.len()))),
        };
    }
    let to = reachable(running.addresses.audiosocket);
    print(format_args!("\nServing until Ctrl-C. Call it yourself: cordboard call --to {to}\n"))?;
    signals.next().await;
    Ok(())
}

/// Collects what the call has left and checks it.
async fn judge(
    running: &Running,
    held: &Held,
    call_id: CallId,
    (sounds, provider): (Sounds, ProviderName),
    recording: &Path,
    tape: &Path,
) -> Result<(Vec<Check>, Vec<TranscriptItem>), CommandError> {
    let failed = |error: &dyn std::error::Error| CommandError::Failed(error.to_string());
    running.store.commit().await.map_err(|error| failed(&error))?;
    let organization_id = running.store.organization_id();
    let stored = running.store.reads().run(move |connection| {
        let activities = ActivityQuery { call_id: Some(call_id), limit: 100, ..ActivityQuery::default() };
        Ok((
            query::journal(connection, organization_id, call_id, After::WHOLE)?,
            query::transcript(connection, organization_id, call_id, After::WHOLE)?,
            query::activities(connection, organization_id, activities)?,
        ))
    });
    let (entries, transcript, activities) = stored.await.map_err(|error| failed(&error))?;
    let said = transcript.clone();
    let tape_began_at = held.tape_began_at;
    let connected_ms = u64::try_from(held.summary.duration.as_millis()).unwrap_or(u64::MAX);
    let (recording, tape): (PathBuf, PathBuf) = (recording.to_owned(), tape.to_owned());
    let examined = tokio::task::spawn_blocking(move || {
        let (recording, tape) = match (Stereo::read(&recording), Stereo::read(&tape)) {
            (Ok(recording), Ok(tape)) => (recording, tape),
            (Err(error), _) | (_, Err(error)) => return vec![Check::failed("recordings", error.to_string())],
        };
        let evidence =
            Evidence { entries, transcript, activities, recording, tape, tape_began_at, connected_ms };
        checks::examine(&evidence, &sounds, provider)
    });
    let checks = examined.await.map_err(|error| failed(&error))?;
    Ok((checks, said))
}

/// Prints where each result is.
fn name_results(
    running: &Running,
    setup: &Setup,
    call_id: CallId,
    recording: &Path,
    tape: &Path,
) -> Result<(), CommandError> {
    let call = format!("http://{}/api/v1/calls/{call_id}", reachable(running.addresses.http));
    let token = match running.tokens.admin.origin {
        TokenOrigin::Configured => "$CORDBOARD_ADMIN_TOKEN".to_owned(),
        TokenOrigin::Kept | TokenOrigin::Made => {
            format!("$(cat {})", setup.config.data_dir.join("admin_token").display())
        }
    };
    print(format_args!(
        "recording    {}\n             {call}/recording\n\
         transcript   {call}/transcript\n\
         heard        {} (what the caller said and heard, recorded on their side)\n\
         ask for it   curl -H \"Authorization: Bearer {token}\" {call}\n\n",
        recording.display(),
        tape.display()
    ))
}

/// Returns the transcript as readable text.
fn printed(transcript: &[TranscriptItem]) -> String {
    let line = |item: &TranscriptItem| {
        let speaker = match item.role {
            Role::Caller => "caller",
            Role::Assistant => "assistant",
        };
        let cut = if item.interrupted { " ..." } else { "" };
        format!("  {speaker:<9}  {}{cut}\n", item.text)
    };
    transcript.iter().map(line).collect()
}
