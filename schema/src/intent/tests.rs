use proptest::prelude::*;

use super::languages::ALL;
use super::*;

fn asks(said: &str, language: &str) -> bool {
    HandoffWords::default().asked_by(said, language).is_some()
}

#[test]
fn requests_for_a_person_are_understood() {
    for (language, said) in [
        ("en", "Can I talk to a HUMAN, please?"),
        ("en", "I'd like to speak with a real person."),
        ("en", "Just transfer me."),
        ("en", "Operator!"),
        ("en", "uh, a representative please"),
        ("en", "Could I have an operator?"),
        ("en", "employee"),
        ("en", "I want to talk to an employee."),
        ("en", "Why don’t you transfer me?"),
        ("en", "Can't you put me through to someone?"),
        ("en", "I don't want to talk to a machine, transfer me to somebody."),
        ("en", "No. Transfer me."),
        ("en", "No transfer me to a person"),
        ("en", "I said transfer me!"),
        ("en", "I told you to put me through."),
        ("en", "I'd like to know if you could transfer me."),
        ("en", "I wouldn't mind if I could talk to someone."),
        ("en", "My bill is wrong but I want to speak to someone about it"),
        ("en", "\"Transfer me.\""),
        ("en-GB", "put me through, love"),
        ("de", "Können Sie mich nicht verbinden?"),
        ("de", "Ich möchte bitte mit einem Menschen sprechen."),
        ("de", "Verbinden Sie mich mit einem Menschen, nicht mit einer Maschine."),
        ("fr", "Je voudrais parler à quelqu’un, s'il vous plaît."),
        ("fr", "Je veux parler à une personne"),
        ("es", "¿No puede pasarme con alguien?"),
        ("es", "Quiero hablar con una persona."),
        ("it", "Vorrei parlare con una persona vera."),
        ("pt-BR", "Quero falar com um atendente, por favor"),
        ("nl", "Kan ik met iemand spreken?"),
        ("en", "I'd like to talk to a live agent."),
        ("en", "Can you connect me to a human?"),
        ("en", "Could I please have a person?"),
        ("de", "Einen Menschen, bitte!"),
        ("de", "Kann ich heute noch mit jemandem sprechen?"),
        ("de", "Ich möchte mit jemandem aus der Buchhaltung sprechen."),
        ("de", "Ich wollte fragen, ob Sie mich verbinden können."),
        ("fr", "Je voudrais parler à une vraie personne."),
        ("fr", "Passez-moi un conseiller au plus vite."),
        ("fr", "Je voudrais savoir si je peux parler à quelqu'un."),
        ("es", "¿Me puede pasar con alguien?"),
        ("es", "¿No me puede pasar con un asesor?"),
        ("es", "Quería saber si puedo hablar con una persona."),
        ("it", "Vorrei parlare con l'operatore."),
        ("it", "Mi può passare un operatore?"),
        ("pt-BR", "Quero falar com o atendente"),
        ("pt-BR", "Pode me passar pra um atendente?"),
        ("nl", "Ik vroeg me af of ik iemand kan spreken."),
        ("nl", "Met een medewerker graag"),
    ] {
        assert!(asks(said, language), "{said}");
    }
}

#[test]
fn callers_who_ask_for_no_person_get_none() {
    for (language, said) in [
        ("en", "Don't transfer me."),
        ("en", "Please do not, under any circumstances, transfer anything"),
        ("en", "I do not want you to transfer me"),
        ("en", "I never asked to speak to someone"),
        ("en", "He said transfer me"),
        ("en", "He said, transfer me, and hung up"),
        ("en", "My wife told me to talk to someone"),
        ("en", "She said \"transfer me\" and then \"hello\""),
        ("en", "She wrote “please put me through”"),
        ("en", "If you transfer me again I will cancel."),
        ("en", "Before you transfer me, what does it cost?"),
        ("en", "Did you transfer me?"),
        ("en", "no person would pay that"),
        ("en", "what does a wholesales personality cost"),
        ("en", "The agent of the estate came by"),
        ("en", "I am a person"),
        ("en", "We already have an agent in Berlin."),
        ("en", "I have a person here who wants to book."),
        ("de", "Verbinden Sie mich bitte nicht!"),
        ("de", "Er sagte, verbinden Sie mich."),
        ("de", "Wenn Sie mich verbinden, lege ich auf."),
        ("de", "Ich will weder mit jemandem sprechen noch warten."),
        ("fr", "Je ne veux plus parler à un conseiller."),
        ("es", "¿Qué me pasa con la factura?"),
        ("fr", "Ne me transférez pas, je ne veux pas parler à quelqu'un"),
        ("fr", "Il a dit de parler à quelqu'un"),
        ("es", "No quiero hablar con una persona"),
        ("it", "Non voglio parlare con qualcuno"),
        ("pt", "Não quero falar com ninguém, nem falar com um operador eu disse que não"),
        ("nl", "Verbind me niet"),
        ("en", ""),
        ("en", "🦆 مرحبا"),
        ("en", "(speech, 2.1 s)"),
    ] {
        assert!(!asks(said, language), "{said}: {:?}", HandoffWords::default().asked_by(said, language));
    }
}

#[test]
fn every_built_in_phrase_counts_unless_negated_or_reported() {
    let not = [
        ("en", "don't"),
        ("de", "nicht"),
        ("fr", "ne pas"),
        ("es", "no quiero"),
        ("it", "non"),
        ("pt", "eu não"),
        ("nl", "niet"),
    ];
    let said = [
        ("en", "he said"),
        ("de", "er sagt"),
        ("fr", "il dit"),
        ("es", "ella dice"),
        ("it", "lui dice"),
        ("pt", "ele diz"),
        ("nl", "hij zegt"),
    ];
    let of = |table: [(&str, &'static str); 7], tag: &str| table.iter().find(|(of, _)| *of == tag).unwrap().1;
    for tag in ["en", "de", "fr", "es", "it", "pt", "nl"] {
        let grammar = Grammar::of(tag).unwrap();
        for phrase in grammar.asks_for_person {
            assert!(asks(phrase, tag), "{phrase}");
            let (negated, reported) =
                (format!("{} {phrase}", of(not, tag)), format!("{}: {phrase}", of(said, tag)));
            assert!(!asks(&negated, tag), "{negated}");
            assert!(!asks(&reported, tag), "{reported}");
        }
    }
}

#[test]
fn the_owners_phrases_replace_those_of_their_language() {
    let words = HandoffWords {
        phrases: [
            ("en".to_owned(), vec!["beam me up".to_owned()]),
            ("pl".to_owned(), vec!["proszę konsultanta".to_owned()]),
        ]
        .into(),
        ..HandoffWords::default()
    };
    assert_eq!(words.asked_by("Please beam me right up, Scotty", "en").as_deref(), Some("beam me up"));
    assert_eq!(words.asked_by("transfer me", "en-US"), None);
    assert_eq!(words.asked_by("don't beam me up", "en"), None);
    // The words of negation in that language are not known.
    assert_eq!(words.asked_by("Proszę konsultanta!", "en").as_deref(), Some("proszę konsultanta"));
    assert_eq!(words.asked_by("nie, proszę konsultanta nie", "pl"), None);
    assert_eq!(HandoffWords { enabled: false, ..words }.asked_by("beam me up", "en"), None);
}

#[test]
fn invalid_phrases_are_refused() {
    let with = |tag: &str, phrases: &[&str]| HandoffWords {
        phrases: [(tag.to_owned(), phrases.iter().map(|phrase| (*phrase).to_owned()).collect())].into(),
        ..HandoffWords::default()
    };
    assert!(
        with("en", &["beam me up"]).is_sound()
            && with("en", &[]).is_sound()
            && with("ar", &["أريد شخصا"]).is_sound()
    );
    let long = "up ".repeat(40);
    for phrase in ["", "?!", "beam\0me", "beam\nme", &long] {
        assert!(!with("en", &[phrase]).is_sound(), "{phrase:?}");
    }
    assert!(!with("english please", &["beam me up"]).is_sound());
    assert!(!with("en", &["up"; HANDOFF_PHRASES_MAX + 1]).is_sound());
}

proptest! {
    #[test]
    fn any_words_can_be_searched(said in ".{0,200}", phrase in ".{0,20}", at in 0..ALL.len()) {
        let tag = ["en", "de", "fr", "es", "it", "pt", "nl"][at];
        let heard = ParsedSpeech::of(&said, tag);
        prop_assert!(!heard.means(&phrase) || words(&phrase).all(|word| words(&said).any(|other| other == word)));
    }
}
