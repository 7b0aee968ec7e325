//! The voice that speaks with an organization's callers: an account of its own, if it has one.

use std::sync::Arc;

use cordboard_actors::assistant::kind::{Own, OwnAccount, VoiceKind, VoiceParts, VoiceSection};
use cordboard_actors::assistant::{Account, VoiceSections};
use cordboard_schema::integration::Integration;

use super::Served;
use super::opened::open;
use crate::web::Outside;

/// The voice that speaks with an organization's callers: the provider that the configuration names, its own account, or, if
/// that can't be used, the built-in assistant.
pub type Voice = Served<Arc<dyn Account>>;

/// Common parts of all accounts of voices.
#[derive(Clone)]
pub(super) struct Voices {
    /// The sections of all kinds.
    pub(super) sections: VoiceSections,
    /// Parts that accounts are made with.
    pub(super) parts: VoiceParts,
    /// Opens keys, and says which addresses may be connected to.
    pub(super) outside: Outside,
}

impl Voices {
    /// The kinds of voices that this integration brings accounts of, each with what became of it.
    ///
    /// An error says why an account can't be used, in words.
    pub(super) fn of(&self, integration: &Integration) -> Vec<(&'static VoiceKind, Result<Own, String>)> {
        let kind = integration.settings.kind();
        let brings = |(voice, _): &(&'static VoiceKind, _)| voice.integration == Some(kind);
        let made = |(voice, section): (&'static VoiceKind, &dyn VoiceSection)| {
            let own = |own: &OwnAccount<'_>| section.own_account(&self.sections, own, &self.parts);
            (voice, own_of(&self.outside, integration, own).map_err(|why| why.to_string()))
        };
        self.sections.each().into_iter().filter(brings).map(made).collect()
    }
}

/// Hands an integration to what makes something of it.
pub fn own_of<T>(outside: &Outside, integration: &Integration, make: impl FnOnce(&OwnAccount<'_>) -> T) -> T {
    let secret = |name: &str| open(&outside.secrets, integration, name).map_err(|error| error.to_string());
    let address = |text: &str| outside.http.address(text).map(drop).map_err(|bad| bad.to_string());
    make(&OwnAccount {
        settings: &integration.settings,
        secret: &secret,
        address: &address,
        way: outside.http.way(),
    })
}
