use super::*;
use crate::call::{CallState, Direction};
use crate::ids::{AlarmId, CallId, EffectId, LeadId, ProfileId};
use crate::provider::ProviderFailure;
use crate::report::WatchedFigure;
use crate::sms::segments;
use crate::switch::HandoffFailure;

const ID: &str = "0199d2a5-7f1e-7c3a-9a55-3f2b8c6d7e10";

/// A moment in the night to Tuesday, in Berlin.
const AT: &str = "2026-11-30T23:05:00Z";

fn at(text: &str) -> UnixMs {
    text.parse::<chrono::DateTime<chrono::Utc>>().unwrap().into()
}

fn form(language: PageLanguage, is_text: bool) -> NoticeForm {
    NoticeForm { language, zone: Tz::Europe__Berlin, is_text }
}

fn lead(name: &str) -> Notice {
    Notice::NewLead(LeadPayload {
        id: ID.parse::<LeadId>().unwrap(),
        call_id: None,
        customer_id: None,
        name: Some(name.to_owned()),
        phone: Some("+4930123".to_owned()),
        need: Some("A new roof".to_owned()),
        urgency: None,
        budget: None,
        address: None,
    })
}

fn missed_call(from: &str) -> Notice {
    Notice::MissedCall(CallPayload {
        id: ID.parse::<CallId>().unwrap(),
        state: CallState::Ended,
        direction: Direction::Inbound,
        from: Some(from.to_owned()),
        to: Some("+4930999".to_owned()),
        profile_id: ID.parse::<ProfileId>().unwrap(),
        started_at: at(AT),
        answered_at: None,
        ended_at: Some(at(AT)),
        hangup_cause: None,
        hangup_by: None,
        anybody: true,
    })
}

fn failed_handoff(failure: HandoffFailure) -> Notice {
    Notice::FailedHandoff(HandoffPayload {
        call_id: ID.parse::<CallId>().unwrap(),
        handoff: EffectId(1),
        target: Some("sales".to_owned()),
        from: Some("+4930123".to_owned()),
        party: Some("+4930123".to_owned()),
        failure,
        at: at(AT),
    })
}

fn webhook_off() -> Notice {
    let silent_ms = 5 * 24 * 3_600_000;
    Notice::WebhookOff { id: ID.parse().unwrap(), host: "hooks.example.com".to_owned(), silent_ms }
}

fn alarm(cause: AlarmCause) -> Notice {
    Notice::Alarm(AlarmPayload {
        id: ID.parse::<AlarmId>().unwrap(),
        call_id: ID.parse::<CallId>().unwrap(),
        rule: "Waits".to_owned(),
        detail: cause.to_string(),
        cause,
        at: at(AT),
    })
}

fn figures_changed() -> Notice {
    Notice::FiguresChanged {
        day: "2026-10-21".parse().unwrap(),
        changes: vec![
            FigureChange { figure: WatchedFigure::Missed, usual: 0.08, now: 0.5 },
            FigureChange { figure: WatchedFigure::CostPerCall, usual: 40_000.0, now: 100_000.0 },
        ],
        currency: "EUR".to_owned(),
        report: "https://calls.example/reports".to_owned(),
    }
}

fn all() -> [Notice; 6] {
    [
        lead("Ann"),
        missed_call("+4930123"),
        failed_handoff(HandoffFailure::NoAnswer),
        webhook_off(),
        alarm(AlarmCause::CallerWaits { longer_than_s: 60 }),
        figures_changed(),
    ]
}

/// The letters of all kinds, in the order of [`all`]: subject and text.
type Letters = [(&'static str, &'static str); 6];

const ENGLISH: Letters = [
    ("New lead: Ann", "Name: Ann\nPhone: +4930123\nNeed: A new roof\n"),
    (
        "Missed call from +4930123",
        "From: +4930123\nTo: +4930999\nAt: Tuesday, 1 December 2026, 00:05 (Europe/Berlin)\n",
    ),
    (
        "sales could not be reached",
        "Asked for: sales\nCaller: +4930123\nReason: Nobody answered\n\
         At: Tuesday, 1 December 2026, 00:05 (Europe/Berlin)\n",
    ),
    (
        "A webhook was switched off",
        "Address: hooks.example.com\nWebhook: 0199d2a5-7f1e-7c3a-9a55-3f2b8c6d7e10\n\
         Reason: it has taken nothing for 5 days\n",
    ),
    (
        "Alarm: Waits",
        "Reason: the caller has waited for 1 min\nCall: 0199d2a5-7f1e-7c3a-9a55-3f2b8c6d7e10\n\
         At: Tuesday, 1 December 2026, 00:05 (Europe/Berlin)\n",
    ),
    (
        "Unusual figures of Wednesday, 21 October 2026: missed calls, cost per call",
        "missed calls: 50 %, usually 8 %\ncost per call: 0.100 EUR, usually 0.040 EUR\n\
         Report: https://calls.example/reports\n",
    ),
];

const GERMAN: Letters = [
    ("Neuer Lead: Ann", "Name: Ann\nTelefon: +4930123\nAnliegen: A new roof\n"),
    (
        "Verpasster Anruf von +4930123",
        "Von: +4930123\nAn: +4930999\nZeit: Dienstag, 01.12.2026, 00:05 (Europe/Berlin)\n",
    ),
    (
        "sales war nicht zu erreichen",
        "Verlangt: sales\nAnrufer: +4930123\nGrund: Niemand hat abgenommen\n\
         Zeit: Dienstag, 01.12.2026, 00:05 (Europe/Berlin)\n",
    ),
    (
        "Ein Webhook wurde abgeschaltet",
        "Adresse: hooks.example.com\nWebhook: 0199d2a5-7f1e-7c3a-9a55-3f2b8c6d7e10\n\
         Grund: er hat seit 5 Tagen nichts angenommen\n",
    ),
    (
        "Alarm: Waits",
        "Grund: der Anrufer hat 1 min gewartet\nAnruf: 0199d2a5-7f1e-7c3a-9a55-3f2b8c6d7e10\n\
         Zeit: Dienstag, 01.12.2026, 00:05 (Europe/Berlin)\n",
    ),
    (
        "Ungewöhnliche Zahlen am Mittwoch, 21.10.2026: verpasste Anrufe, Kosten pro Anruf",
        "verpasste Anrufe: 50 %, sonst 8 %\nKosten pro Anruf: 0,100 EUR, sonst 0,040 EUR\n\
         Bericht: https://calls.example/reports\n",
    ),
];

const SPANISH: Letters = [
    ("Oportunidad nueva: Ann", "Nombre: Ann\nTeléfono: +4930123\nPetición: A new roof\n"),
    (
        "Llamada perdida de +4930123",
        "De: +4930123\nA: +4930999\nHora: martes, 01/12/2026, 00:05 (Europe/Berlin)\n",
    ),
    (
        "No se pudo localizar: sales",
        "Se pidió: sales\nQuien llama: +4930123\nMotivo: Nadie contestó\n\
         Hora: martes, 01/12/2026, 00:05 (Europe/Berlin)\n",
    ),
    (
        "Se ha desactivado un webhook",
        "Dirección: hooks.example.com\nWebhook: 0199d2a5-7f1e-7c3a-9a55-3f2b8c6d7e10\n\
         Motivo: no ha aceptado nada desde hace 5 días\n",
    ),
    (
        "Alarma: Waits",
        "Motivo: quien llama ha esperado 1 min\nLlamada: 0199d2a5-7f1e-7c3a-9a55-3f2b8c6d7e10\n\
         Hora: martes, 01/12/2026, 00:05 (Europe/Berlin)\n",
    ),
    (
        "Cifras inusuales del miércoles, 21/10/2026: llamadas perdidas, coste por llamada",
        "llamadas perdidas: 50 %, normalmente 8 %\ncoste por llamada: 0,100 EUR, normalmente 0,040 EUR\n\
         Informe: https://calls.example/reports\n",
    ),
];

const PORTUGUESE: Letters = [
    ("Nova oportunidade: Ann", "Nome: Ann\nTelefone: +4930123\nPedido: A new roof\n"),
    (
        "Chamada perdida de +4930123",
        "De: +4930123\nPara: +4930999\nHora: terça-feira, 01/12/2026, 00:05 (Europe/Berlin)\n",
    ),
    (
        "Não foi possível contatar: sales",
        "Foi pedido: sales\nQuem liga: +4930123\nMotivo: Ninguém atendeu\n\
         Hora: terça-feira, 01/12/2026, 00:05 (Europe/Berlin)\n",
    ),
    (
        "Um webhook foi desativado",
        "Endereço: hooks.example.com\nWebhook: 0199d2a5-7f1e-7c3a-9a55-3f2b8c6d7e10\n\
         Motivo: não aceitou nada há 5 dias\n",
    ),
    (
        "Alarme: Waits",
        "Motivo: quem liga esperou 1 min\nChamada: 0199d2a5-7f1e-7c3a-9a55-3f2b8c6d7e10\n\
         Hora: terça-feira, 01/12/2026, 00:05 (Europe/Berlin)\n",
    ),
    (
        "Números incomuns de quarta-feira, 21/10/2026: chamadas perdidas, custo por chamada",
        "chamadas perdidas: 50 %, normalmente 8 %\ncusto por chamada: 0,100 EUR, normalmente 0,040 EUR\n\
         Relatório: https://calls.example/reports\n",
    ),
];

#[test]
fn each_letter_is_written_in_the_readers_language_and_zone() {
    for (language, letters) in PageLanguage::ALL.into_iter().zip([ENGLISH, GERMAN, SPANISH, PORTUGUESE]) {
        for (notice, (subject, text)) in all().into_iter().zip(letters) {
            let letter = notice.letter(form(language, false));
            assert_eq!((letter.subject.as_str(), letter.text.as_str()), (subject, text));
        }
    }
}

#[test]
fn a_text_message_is_short_in_each_language() {
    let texts = [
        [
            "New lead\nAnn, +4930123, A new roof",
            "Missed call\n+4930123, Tue 1 Dec 00:05, To: +4930999",
            "Not reached\nsales: Nobody answered, Tue 1 Dec 00:05, Caller: +4930123",
            "A webhook was switched off\nhooks.example.com: it has taken nothing for 5 days",
            "Alarm\nWaits: the caller has waited for 1 min, Tue 1 Dec 00:05",
            "Unusual figures, Wed 21 Oct\nmissed calls: 50 %, usually 8 %\n\
             cost per call: 0.100 EUR, usually 0.040 EUR\nhttps://calls.example/reports",
        ],
        [
            "Neuer Lead\nAnn, +4930123, A new roof",
            "Verpasster Anruf\n+4930123, Di 01.12. 00:05, An: +4930999",
            "Nicht erreicht\nsales: Niemand hat abgenommen, Di 01.12. 00:05, Anrufer: +4930123",
            "Ein Webhook wurde abgeschaltet\nhooks.example.com: er hat seit 5 Tagen nichts angenommen",
            "Alarm\nWaits: der Anrufer hat 1 min gewartet, Di 01.12. 00:05",
            "Ungewöhnliche Zahlen, Mi 21.10.\nverpasste Anrufe: 50 %, sonst 8 %\n\
             Kosten pro Anruf: 0,100 EUR, sonst 0,040 EUR\nhttps://calls.example/reports",
        ],
        [
            "Oportunidad nueva\nAnn, +4930123, A new roof",
            "Llamada perdida\n+4930123, mar 01/12 00:05, A: +4930999",
            "Sin localizar\nsales: Nadie contestó, mar 01/12 00:05, Quien llama: +4930123",
            "Se ha desactivado un webhook\nhooks.example.com: no ha aceptado nada desde hace 5 días",
            "Alarma\nWaits: quien llama ha esperado 1 min, mar 01/12 00:05",
            "Cifras inusuales, mié 21/10\nllamadas perdidas: 50 %, normalmente 8 %\n\
             coste por llamada: 0,100 EUR, normalmente 0,040 EUR\nhttps://calls.example/reports",
        ],
        [
            "Nova oportunidade\nAnn, +4930123, A new roof",
            "Chamada perdida\n+4930123, ter 01/12 00:05, Para: +4930999",
            "Sem contato\nsales: Ninguém atendeu, ter 01/12 00:05, Quem liga: +4930123",
            "Um webhook foi desativado\nhooks.example.com: não aceitou nada há 5 dias",
            "Alarme\nWaits: quem liga esperou 1 min, ter 01/12 00:05",
            // With `ú`, the parts are too short for the link.
            "Números incomuns, qua 21/10\nchamadas perdidas: 50 %, normalmente 8 %\n\
             custo por chamada: 0,100 EUR, normalmente 0,040 EUR ...",
        ],
    ];
    for (language, texts) in PageLanguage::ALL.into_iter().zip(texts) {
        for (notice, text) in all().into_iter().zip(texts) {
            assert_eq!(notice.letter(form(language, true)).as_text_message(), text);
        }
        let all_words = lead(&"Ann ".repeat(200)).letter(form(language, true)).as_text_message();
        assert_eq!(segments(&all_words), 2, "{all_words}");
    }
}

#[test]
fn combined_notices_give_their_number_and_stay_short() {
    let english = form(PageLanguage::En, false);
    let notice = |number: u32| missed_call(&number.to_string());
    let one = notice(1).letter(english);
    let two = notice(2).gathered(&one, english);
    assert_eq!((two.subject.as_str(), two.stands_for), ("2 missed calls", 2));
    assert!(two.text.starts_with("From: 1\n") && two.text.contains("\n\nFrom: 2\n"), "{}", two.text);
    let all = (2..10_000).fold(one, |waiting, number| notice(number).gathered(&waiting, english));
    assert_eq!((all.subject.as_str(), all.stands_for), ("9999 missed calls", 9_999));
    assert!(all.text.ends_with("\nand more\n") && all.text.chars().count() < NOTICE_GATHERED_CHARS_MAX + 150);
    for (language, several) in PageLanguage::ALL.into_iter().zip([
        "2 missed calls",
        "2 verpasste Anrufe",
        "2 llamadas perdidas",
        "2 chamadas perdidas",
    ]) {
        let form = form(language, true);
        let two = notice(2).gathered(&notice(1).letter(form), form);
        let lines: Vec<&str> = two.text.lines().collect();
        assert_eq!((two.subject.as_str(), lines.len()), (several, 2), "{two:?}");
        assert!(lines[0].starts_with("1, ") && lines[1].starts_with("2, "), "who called stays: {two:?}");
    }
}

#[test]
fn a_gathered_letter_loses_only_the_notices_of_one_caller() {
    for is_text in [false, true] {
        let form = form(PageLanguage::En, is_text);
        let gathered = |callers: &[u32]| {
            let mut notices = callers.iter().map(|caller| missed_call(&format!("+49301{caller}")));
            let first = notices.next().unwrap().letter(form);
            notices.fold(first, |waiting, notice| notice.gathered(&waiting, form))
        };
        let of = |caller: u32| move |notice: &str| notice.contains(&format!("+49301{caller}"));
        let three = gathered(&[1, 2, 3]);
        assert_eq!(three.without(is_text, of(2)), Some(gathered(&[1, 3])));
        assert_eq!(gathered(&[2, 1, 2, 3]).without(is_text, of(2)), Some(gathered(&[1, 3])));
        let left = three.without(is_text, of(1)).and_then(|letter| letter.without(is_text, of(3))).unwrap();
        assert_eq!((left.subject.as_str(), left.stands_for), ("1 missed call", 1));
        assert_eq!(left.text, gathered(&[2]).text);
        assert_eq!(three.without(is_text, of(4)), None);
        assert_eq!(three.without(is_text, |_| true), None);
        assert_eq!(gathered(&[2]).without(is_text, of(2)), None);
    }
}

#[test]
fn the_last_of_several_notices_is_counted_in_every_language() {
    for (language, subject) in PageLanguage::ALL.into_iter().zip([
        "1 missed call",
        "1 verpasster Anruf",
        "1 llamada perdida",
        "1 chamada perdida",
    ]) {
        let form = form(language, true);
        let two = missed_call("+4930102").gathered(&missed_call("+4930101").letter(form), form);
        let left = two.without(true, |notice| notice.contains("+4930101")).unwrap();
        assert_eq!((left.subject.as_str(), left.stands_for), (subject, 1));
    }
}

#[test]
fn a_lead_is_listed_in_lines_and_adds_none() {
    let letter = lead("Ann\r\nBcc: all@example.com").letter(form(PageLanguage::En, false));
    assert_eq!(letter.subject, "New lead: Ann  Bcc: all@example.com");
    assert_eq!(letter.text, "Name: Ann  Bcc: all@example.com\nPhone: +4930123\nNeed: A new roof\n");
}

#[test]
fn every_reason_of_an_alarm_or_hand_off_is_translated() {
    let german = form(PageLanguage::De, false);
    for (cause, said) in [
        (AlarmCause::CallerWaits { longer_than_s: 45 }, "der Anrufer hat 45 s gewartet"),
        (AlarmCause::Silence { longer_than_s: 90 }, "90 s lang hat niemand etwas gesagt"),
        (
            AlarmCause::AssistantFailed { failure: ProviderFailure::Stalled },
            "der Assistent ist ausgefallen: stalled",
        ),
        (AlarmCause::WordsSaid { phrase: "Anwalt".to_owned() }, "gesagt: Anwalt"),
    ] {
        let text = alarm(cause).letter(german).text;
        assert!(text.starts_with(&format!("Grund: {said}\n")), "{text}");
    }
    for failure in HandoffFailure::ALL {
        let texts =
            PageLanguage::ALL.map(|language| failed_handoff(failure).letter(form(language, false)).text);
        assert!(!texts.iter().any(|text| text.contains(failure.as_str())), "{texts:?}");
    }
}

#[test]
fn texts_that_can_wait_come_in_the_morning() {
    let zone = Tz::Europe__Berlin;
    for (due, sent) in [
        // The figures of a day are compared an hour after its end.
        ("2026-10-21T23:00:00Z", "2026-10-22T06:00:00Z"),
        ("2026-10-22T05:59:59Z", "2026-10-22T06:00:00Z"),
        ("2026-10-22T06:00:00Z", "2026-10-22T06:00:00Z"),
        ("2026-10-22T19:59:00Z", "2026-10-22T19:59:00Z"),
        // Clocks go back in the night to the 25th.
        ("2026-10-24T20:00:00Z", "2026-10-25T07:00:00Z"),
    ] {
        for kind in NoticeKind::ALL {
            let expected = if kind.can_wait_for_morning() { at(sent) } else { at(due) };
            assert_eq!(kind.text_time(at(due), zone), expected, "{kind:?} at {due}");
        }
    }
    assert_eq!(NoticeKind::ALL.into_iter().filter(|kind| kind.can_wait_for_morning()).count(), 2);
    assert_eq!(NoticeKind::Alarm.text_time(at(AT), zone), at(AT), "an alarm wakes somebody");
}

#[test]
fn notices_of_an_address_go_to_another_or_to_nobody() {
    let to = |emails: &[&str]| Recipients {
        email: emails.iter().map(|one| (*one).to_owned()).collect(),
        sms: vec!["+4930123".to_owned()],
    };
    let before = NoticeSettings {
        new_lead: to(&["Kurt@example.com", "ada@example.com"]),
        alarm: to(&["kurt@example.com"]),
        missed_call: to(&["grace@example.com"]),
        ..NoticeSettings::default()
    };
    let mut handed = before.clone();
    assert!(handed.readdress("kurt@example.com", Some("ada@example.com")));
    assert_eq!((&handed.new_lead, &handed.alarm), (&to(&["ada@example.com"]), &to(&["ada@example.com"])));
    assert_eq!(handed.missed_call, before.missed_call);
    let mut removed = before.clone();
    assert!(removed.readdress("kurt@example.com", None));
    assert_eq!((&removed.new_lead, &removed.alarm), (&to(&["ada@example.com"]), &to(&[])));
    assert!(!removed.readdress("kurt@example.com", None), "it is not named any more");
}

#[test]
fn a_recipient_who_is_listed_twice_gets_one_notice() {
    let listed = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    let recipients = Recipients {
        email: listed(&["Ada@example.com", "bo@example.com", "ada@example.com"]),
        sms: listed(&["+447911123456", "+4407911123456", "+390612345678", "+447911123456"]),
    };
    assert_eq!(
        recipients.each_once(),
        [
            (Channel::Email, "Ada@example.com"),
            (Channel::Email, "bo@example.com"),
            (Channel::Sms, "+447911123456"),
            (Channel::Sms, "+390612345678"),
        ]
    );
}
