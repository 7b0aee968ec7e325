//! Background work during and after calls: reports, alarms, what calls were about, retention, recordings.

use cordboard_actors::clock::Clock;
use cordboard_actors::media::Recorder;

use super::StartError;
use super::outside::ReachingOut;
use crate::alarms::AlarmRaiser;
use crate::config::Config;
use crate::customer_erasure::CustomerEraser;
use crate::extraction::Extractor;
use crate::mail::Mailer;
use crate::recordings::{GB, RecordingFiles, RecordingKeeper, RecordingsWork};
use crate::replays::Replays;
use crate::report_mails::{Reporter, StopLinks};
use crate::retention::RetentionKeeper;
use crate::scorecards::ScorecardFiller;
use crate::secret_box::SecretBox;
use crate::store::Store;
use crate::unusual_figures::FigureWatch;
use crate::warehouse::Exporter;

/// Starts the work on the arbiter for outside connections. Mails have links to the pages at this address, signed with a key of `secrets`.
pub(super) fn start_work(
    reaching_out: &mut ReachingOut,
    config: &Config,
    (store, recordings): (&Store, &RecordingFiles),
    (mailer, base_url, secrets): (&Mailer, String, &SecretBox),
    replays: &Replays,
) -> Result<(), StartError> {
    let currency = config.costs.currency.as_str().to_owned();
    reaching_out.mail_reports(Reporter {
        store: store.clone(),
        mailer: mailer.clone(),
        base_url: base_url.clone(),
        stop_links: StopLinks::of(secrets),
        currency: currency.clone(),
    })?;
    reaching_out.watch_figures(FigureWatch { store: store.clone(), base_url, currency })?;
    reaching_out.export_calls(Exporter::open(config, store)?)?;
    reaching_out.follow_dialler(store)?;
    reaching_out.raise_alarms(AlarmRaiser { store: store.clone(), clock: Clock::system() })?;
    reaching_out.extract(Extractor { store: store.clone(), judge: replays.judge().cloned() })?;
    if let Some(judge) = replays.judge().cloned() {
        reaching_out.fill_in_scorecards(ScorecardFiller { store: store.clone(), judge })?;
    }
    reaching_out.delete_organizations(store, recordings)?;
    reaching_out.erase_customers(CustomerEraser { store: store.clone(), files: recordings.clone() })?;
    reaching_out.keep_retention(RetentionKeeper { store: store.clone(), files: recordings.clone() })
}

/// Starts the work on recordings, if there is any.
pub(super) fn start_recordings_work(
    config: &Config,
    (store, recordings): (&Store, &RecordingFiles),
    recorder: &Recorder,
) -> Result<Option<RecordingsWork>, StartError> {
    let here_max = u64::from(config.recordings.local_gb_max.get()) * GB;
    let keeper = RecordingKeeper::new(store.clone(), recordings.clone(), config.recordings.format)
        .bounded(recorder.handle(), here_max);
    keeper.has_work().then(|| keeper.start()).transpose().map_err(|error| StartError::Task(error.to_string()))
}
