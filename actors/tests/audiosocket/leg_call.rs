//! The call's side of a leg, for the tests of legs of every switch.

use std::time::Duration;

use cordboard_actors::line::CallMailbox;
use cordboard_actors::media::{Pace, Port, plug};
use cordboard_actors::messages::{GivenBy, LegLine, ToCall, ToLeg};
use cordboard_schema::audio::{Frame, SampleRate};
use cordboard_schema::call::LegEnd;
use cordboard_schema::event::Fact;
use cordboard_schema::ids::LegId;

/// The leg of every test.
pub(crate) const LEG: LegId = LegId(1);

/// Waits for what has to come; a test that would hang fails instead.
pub(crate) async fn soon<T>(what: &str, coming: impl Future<Output = T>) -> T {
    let coming = tokio::time::timeout(Duration::from_secs(20), coming).await;
    coming.unwrap_or_else(|_| panic!("{what} did not come in time"))
}

/// Polls until `condition` holds.
pub(crate) async fn until(what: &str, condition: impl Fn() -> bool) {
    let polling = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    soon(what, polling).await;
}

/// The call's side of a leg.
pub(crate) struct Call {
    pub(crate) leg: Option<LegLine>,
    reports: CallMailbox,
}

/// Reports to a call, as far as tests compare them.
#[derive(Debug, PartialEq)]
pub(crate) enum CallReport {
    Joined(SampleRate),
    Fact(Fact),
    /// Sent by a leg whose switch plays its sound later.
    StopPlayback {
        next_chunk: u64,
    },
}

impl Call {
    /// The call of this leg, with its mailbox.
    pub(crate) fn of(leg: LegLine, reports: CallMailbox) -> Self {
        Self { leg: Some(leg), reports }
    }

    pub(crate) fn order(&self, order: ToLeg) {
        self.leg.as_ref().unwrap().order(order);
    }

    /// The next message of the leg.
    pub(crate) async fn next_message(&mut self) -> ToCall {
        soon("a message of the leg", self.reports.recv())
            .await
            .expect("the stand-in lives as long as the leg")
    }

    /// Waits until the leg joins, which has to be its first message.
    pub(crate) async fn joined(&mut self) -> Port {
        match self.next_message().await {
            ToCall::LegJoined { leg: LEG, port, .. } => port,
            other => panic!("not joined but {other:?}"),
        }
    }

    /// The next message, which has to be a fact.
    pub(crate) async fn fact(&mut self) -> Fact {
        match self.next_message().await {
            ToCall::Fact(fact) => fact,
            ToCall::Played { leg: LEG, played } => played.into(),
            other => panic!("no fact but {other:?}"),
        }
    }

    /// Everything that the leg reports, up to its end.
    pub(crate) async fn reports_to_the_end(&mut self) -> Vec<CallReport> {
        let mut all = Vec::new();
        while let Some(report) = soon("the leg's end", self.reports.recv()).await {
            all.push(match report {
                ToCall::Fact(fact) => CallReport::Fact(fact),
                ToCall::Played { leg: LEG, played } => CallReport::Fact(played.into()),
                ToCall::LegJoined { rate, .. } => CallReport::Joined(rate),
                ToCall::StopPlayback { next_chunk, given_by: GivenBy::ThisLink } => {
                    CallReport::StopPlayback { next_chunk }
                }
                other => panic!("a leg does not send {other:?}"),
            });
        }
        all
    }

    /// Findings on the leg's dialplan in the reports so far.
    pub(crate) fn findings_so_far(&mut self) -> Vec<String> {
        let mut findings = Vec::new();
        while let Ok(report) = self.reports.try_recv() {
            if let ToCall::Fact(Fact::LegMisconfigured { leg: LEG, finding }) = report {
                findings.push(finding);
            }
        }
        findings
    }

    /// As [`Self::findings_so_far`], for everything that the leg reports up to its end.
    pub(crate) async fn findings_to_the_end(&mut self) -> Vec<String> {
        let reports = self.reports_to_the_end().await.into_iter();
        let finding = |report| match report {
            CallReport::Fact(Fact::LegMisconfigured { leg: LEG, finding }) => Some(finding),
            _ => None,
        };
        reports.filter_map(finding).collect()
    }

    /// Waits for the end. Returns how the leg left, which has to be its last message, and the digits before it.
    pub(crate) async fn left(&mut self) -> (LegEnd, String) {
        let mut reports = self.reports_to_the_end().await;
        let Some(CallReport::Fact(Fact::LegLeft { leg: LEG, how })) = reports.pop() else {
            panic!("the last message is not that the leg left")
        };
        let digits = reports.iter().filter_map(|report| match report {
            CallReport::Fact(Fact::Dtmf { leg: Some(LEG), digit, duration_ms: None }) => {
                Some(digit.to_string())
            }
            CallReport::Fact(Fact::LegLeft { .. }) => panic!("left twice"),
            _ => None,
        });
        (how, digits.collect())
    }
}

/// An assistant's ear on a leg, at the leg's rate.
pub(crate) struct Listener(Port);

impl Listener {
    pub(crate) fn plugged(leg: &Port) -> Self {
        let listener = Port::new(LegId(3), leg.ear.rate(), Pace::Flowing);
        plug(&leg.mouth, &listener.ear);
        Self(listener)
    }

    /// The next piece of the caller's audio.
    pub(crate) async fn hears(&self) -> Vec<i16> {
        match soon("the caller's audio", self.0.ear.next_frame()).await.frame {
            Some(Frame::Pcm { samples, .. }) => samples.to_vec(),
            other => panic!("no linear audio: {other:?}"),
        }
    }

    /// The next `count` samples of the caller's audio.
    pub(crate) async fn hears_samples(&self, count: usize) -> Vec<i16> {
        let mut heard = Vec::new();
        while heard.len() < count {
            heard.extend(self.hears().await);
        }
        assert_eq!(heard.len(), count, "heard more than was said");
        heard
    }
}
