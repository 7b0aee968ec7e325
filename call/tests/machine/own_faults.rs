//! Faults of the call's own process.

use cordboard_schema::event::Fact;

/// Parses a step about such a fault into its fact.
pub(crate) fn fact(word: &str) -> Option<Fact> {
    let oh = || "oh".to_owned();
    match word {
        "missed" => Some(Fact::FactsMissed { missed: 3, first: "held".to_owned() }),
        "reborn" => Some(Fact::Reborn { during: Some("dtmf".to_owned()) }),
        "panicked" => Some(Fact::StepPanicked { fact: "dtmf".to_owned(), message: oh() }),
        "effect" => Some(Fact::EffectFailed { effect: "plug".to_owned(), reason: oh() }),
        _ => None,
    }
}
