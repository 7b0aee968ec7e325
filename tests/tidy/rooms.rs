//! Words that are allowed only in certain places.

use super::sources::{Source, sources};

/// Words, and the places where they are allowed: files, or folders that end with a slash.
struct Room<'a> {
    words: &'a [&'a str],
    places: &'a [&'a str],
}

impl Room<'_> {
    /// The places where the words are used elsewhere; also a word or a place without any match, because then the guard watches something that has
    /// moved.
    fn complaints(&self, sources: &[Source]) -> Vec<String> {
        let Self { words, places } = self;
        let is_in = |source: &Source, place: &str| match place.ends_with('/') {
            true => source.path.starts_with(place),
            false => source.path == place,
        };
        let mut complaints = Vec::new();
        for source in sources {
            if !places.iter().any(|place| is_in(source, place)) {
                let hits = words.iter().filter(|word| source.code.contains(**word));
                complaints
                    .extend(hits.map(|word| format!("{}: {word} belongs into {places:?}", source.path)));
            }
        }
        for word in *words {
            if !sources.iter().any(|source| source.code.contains(word)) {
                complaints.push(format!("nothing says {word} any more"));
            }
        }
        for place in *places {
            let has = |source: &Source| words.iter().any(|word| source.code.contains(word));
            if !sources.iter().any(|source| is_in(source, place) && has(source)) {
                complaints.push(format!("{place} has none of {words:?} any more"));
            }
        }
        complaints
    }

    fn check(&self, folders: &[&str]) {
        let complaints = self.complaints(&sources(folders));
        assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    }
}

#[test]
fn a_word_elsewhere_and_a_useless_guard_are_found() {
    let room = Room { words: &["diesel::"], places: &["src/store/"] };
    let home = || Source::of("src/store/a.rs", "use diesel::x;");
    assert_eq!(room.complaints(&[home(), Source::of("src/b.rs", "fn b() {}")]), Vec::<String>::new());
    let behind_tests = "#[cfg(test)]\nmod tests;\nuse diesel::y;";
    assert_eq!(
        room.complaints(&[home(), Source::of("src/b.rs", behind_tests)]),
        ["src/b.rs: diesel:: belongs into [\"src/store/\"]"]
    );
    assert_eq!(
        room.complaints(&[Source::of("src/b.rs", "fn b() {}")]),
        ["nothing says diesel:: any more", "src/store/ has none of [\"diesel::\"] any more"]
    );
}

// Actors and nouns can't name either: it is not in their manifests (`tests/dependencies.rs`).

#[test]
fn the_database_stays_in_its_room() {
    Room { words: &["diesel::", "diesel_migrations"], places: &["src/store/"] }.check(&["src"]);
}

#[test]
fn the_diallers_database_stays_in_its_room() {
    Room { words: &["mysql_async"], places: &["src/osdial/"] }.check(&["src"]);
}

#[test]
fn clients_for_other_servers_are_made_in_one_place() {
    // Its options keep keys from redirects and requests from proxies (`OutsideAccess::client`).
    let room = Room { words: &["Client::builder()"], places: &["actors/src/outside_access.rs"] };
    room.check(&["src", "actors/src"]);
}

#[test]
fn http_stays_in_its_room() {
    Room { words: &["actix_web"], places: &["src/web/"] }.check(&["src"]);
}

#[test]
fn text_messages_are_sent_in_one_place() {
    // Code that sends one passes its limits (`src/store/text_gate.rs`).
    Room { words: &["SendMessage", "send_message("], places: &["src/texts.rs"] }.check(&["src"]);
    Room { words: &["ClaimedText("], places: &["src/store/texts.rs"] }.check(&["src"]);
    Room { words: &["AdmittedText {"], places: &["src/store/text_gate.rs"] }.check(&["src"]);
}

#[test]
fn only_the_arrival_asks_for_the_peers_address() {
    let words =
        ["peer_addr", "connection_info", "realip_remote_addr", "X_FORWARDED", "x-forwarded", "FORWARDED,"];
    let used: Vec<&str> = words.into_iter().filter(|word| is_used(word)).collect();
    Room { words: &used, places: &["src/web/arriving.rs"] }.check(&["src/web"]);
    assert!(used.len() > 1, "the arrival has moved");
}

fn is_used(word: &str) -> bool {
    sources(&["src/web"]).iter().any(|source| source.code.contains(word))
}
