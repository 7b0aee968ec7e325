//! Any request of a switch that serves its callers by documents, and any answer.

use cordboard_schema::did::Instead;
use cordboard_schema::document::{DocumentQuestion, DocumentStep, Passage, TurnedAway};
use proptest::prelude::*;
use proptest::sample::select;

use super::events::{effect, handoff_failure, text};

pub(super) fn questions() -> impl Strategy<Value = DocumentQuestion> {
    let why = || {
        select(vec![TurnedAway::Blocked, TurnedAway::Closed, TurnedAway::NoCapacity, TurnedAway::DailyCap])
    };
    prop_oneof![
        (why(), instead()).prop_map(|(why, instead)| DocumentQuestion::TurnedAway { why, instead }),
        Just(DocumentQuestion::Begun),
        (prop::option::of(select(vec!["0", "1", "#", "*", "7", "99"])), prop::option::of(text()))
            .prop_map(|(keys, words)| DocumentQuestion::Heard { keys: keys.map(str::to_owned), words }),
        prop_oneof![text(), Just("operator".to_owned())]
            .prop_map(|extension| DocumentQuestion::Transfer { extension }),
        prop::option::of(handoff_failure()).prop_map(|failure| DocumentQuestion::Dialled { failure }),
        Just(DocumentQuestion::Recorded),
    ]
}

fn instead() -> impl Strategy<Value = Instead> {
    prop_oneof![
        Just(Instead::HangUp),
        text().prop_map(|text| Instead::Say { text }),
        text().prop_map(|text| Instead::Voicemail { text }),
        prop_oneof![text(), Just("operator".to_owned())].prop_map(|target| Instead::Forward { target }),
    ]
}

fn passages() -> impl Strategy<Value = Vec<Passage>> {
    let passage = (text(), text()).prop_map(|(text, language)| Passage { text, language });
    proptest::collection::vec(passage, 0..3)
}

pub(super) fn steps() -> impl Strategy<Value = DocumentStep> {
    prop_oneof![
        any::<bool>().prop_map(|busy| DocumentStep::Reject { busy }),
        (text(), passages()).prop_map(|(text, passages)| DocumentStep::Say { text, passages }),
        (text(), passages()).prop_map(|(text, passages)| DocumentStep::Record { text, passages }),
        (text(), passages(), any::<bool>()).prop_map(|(text, passages, one_key)| DocumentStep::Ask {
            text,
            passages,
            language: "en".to_owned(),
            one_key
        }),
        (text(), passages(), text()).prop_map(|(text, passages, extension)| DocumentStep::Transfer {
            text,
            passages,
            extension
        }),
        effect().prop_map(|handoff| DocumentStep::Room { handoff }),
        Just(DocumentStep::Stream),
        Just(DocumentStep::HangUp),
    ]
}
