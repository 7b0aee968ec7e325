//! A recording of a leg, for the tests of legs of every switch.

use std::path::PathBuf;

use cordboard_actors::media::{Recorder, RecordingEvent, Track};
use cordboard_schema::audio::SampleRate;
use tempfile::TempDir;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::leg_call::soon;

/// A file that is being recorded.
pub(crate) struct OnRecord {
    recorder: Recorder,
    path: PathBuf,
    rate: SampleRate,
    events: UnboundedReceiver<RecordingEvent>,
    _folder: TempDir,
}

impl OnRecord {
    /// Opens a recorder, and the track on which a leg is to record.
    pub(crate) fn open(rate: SampleRate) -> (Self, Track) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("call.wav");
        let recorder = Recorder::start().unwrap();
        let (reports, events) = unbounded_channel();
        let track = recorder.handle().open(path.clone(), rate, move |event| reports.send(event).unwrap());
        (Self { recorder, path, rate, events, _folder: folder }, track)
    }

    /// Waits until the file is finished. Returns the samples of its left and right channel.
    pub(crate) async fn channels(mut self) -> (Vec<i16>, Vec<i16>) {
        let finished = async {
            while let Some(event) = self.events.recv().await {
                if let RecordingEvent::Finished { .. } = event {
                    return;
                }
            }
        };
        soon("the end of the recording", finished).await;
        self.recorder.end().await;
        let mut reader = hound::WavReader::open(&self.path).unwrap();
        assert_eq!((reader.spec().channels, reader.spec().sample_rate), (2, self.rate.hz()));
        let samples: Vec<i16> = reader.samples().map(Result::unwrap).collect();
        samples.chunks(2).map(|pair| (pair[0], pair[1])).unzip()
    }
}
