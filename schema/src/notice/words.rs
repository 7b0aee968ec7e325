//! The words of notices, in the languages of the pages.

use crate::account::PageLanguage;
use crate::switch::HandoffFailure;

/// The words of one language. `{}` stands for a value.
pub(super) struct Words {
    pub(super) name: &'static str,
    pub(super) phone: &'static str,
    pub(super) need: &'static str,
    pub(super) urgency: &'static str,
    pub(super) budget: &'static str,
    pub(super) address: &'static str,
    pub(super) from: &'static str,
    pub(super) to: &'static str,
    pub(super) at: &'static str,
    pub(super) asked_for: &'static str,
    pub(super) caller: &'static str,
    pub(super) reason: &'static str,
    pub(super) call: &'static str,
    pub(super) report: &'static str,
    pub(super) unknown_caller: &'static str,
    pub(super) a_person: &'static str,
    pub(super) new_lead: &'static str,
    pub(super) missed_call: &'static str,
    pub(super) missed_call_from: &'static str,
    pub(super) not_reached: &'static str,
    pub(super) was_not_reached: &'static str,
    pub(super) webhook_off: &'static str,
    /// For how long a webhook has accepted nothing.
    pub(super) took_nothing: &'static str,
    /// A day and several, as `took_nothing` has them.
    pub(super) days: [&'static str; 2],
    pub(super) alarm: &'static str,
    pub(super) caller_waited: &'static str,
    pub(super) nobody_spoke: &'static str,
    pub(super) assistant_failed: &'static str,
    pub(super) was_said: &'static str,
    pub(super) figures: &'static str,
    pub(super) figures_of: &'static str,
    /// The usual value of a figure.
    pub(super) usually: &'static str,
    /// The words that follow the number of gathered notices, for one that is left of them and for several, in the order of `NoticeKind::ALL`.
    pub(super) gathered: [[&'static str; 2]; 6],
    /// The end of a letter that combines more notices than it shows.
    pub(super) more: &'static str,
}

pub(super) fn of(language: PageLanguage) -> &'static Words {
    match language {
        PageLanguage::En => &ENGLISH,
        PageLanguage::De => &GERMAN,
        PageLanguage::Es => &SPANISH,
        PageLanguage::Pt => &PORTUGUESE,
    }
}

/// Returns the words for one of several gathered notices, from the words for several; in any language, because a letter does not say its own.
pub(super) fn one_of(several: &str) -> Option<&'static str> {
    let mut all = PageLanguage::ALL.into_iter().flat_map(|language| of(language).gathered);
    all.find_map(|[one, words]| (words == several).then_some(one))
}

static ENGLISH: Words = Words {
    name: "Name",
    phone: "Phone",
    need: "Need",
    urgency: "Urgency",
    budget: "Budget",
    address: "Address",
    from: "From",
    to: "To",
    at: "At",
    asked_for: "Asked for",
    caller: "Caller",
    reason: "Reason",
    call: "Call",
    report: "Report",
    unknown_caller: "an unknown caller",
    a_person: "A person",
    new_lead: "New lead",
    missed_call: "Missed call",
    missed_call_from: "Missed call from {}",
    not_reached: "Not reached",
    was_not_reached: "{} could not be reached",
    webhook_off: "A webhook was switched off",
    took_nothing: "it has taken nothing for {}",
    days: ["day", "days"],
    alarm: "Alarm",
    caller_waited: "the caller has waited for {}",
    nobody_spoke: "nobody has said anything for {}",
    assistant_failed: "the assistant failed: {}",
    was_said: "said: {}",
    figures: "Unusual figures",
    figures_of: "Unusual figures of {}",
    usually: "usually {}",
    gathered: [
        ["new lead", "new leads"],
        ["missed call", "missed calls"],
        ["person could not be reached", "people could not be reached"],
        ["webhook was switched off", "webhooks were switched off"],
        ["alarm", "alarms"],
        ["day with unusual figures", "days with unusual figures"],
    ],
    more: "and more",
};

static GERMAN: Words = Words {
    name: "Name",
    phone: "Telefon",
    need: "Anliegen",
    urgency: "Dringlichkeit",
    budget: "Budget",
    address: "Adresse",
    from: "Von",
    to: "An",
    at: "Zeit",
    asked_for: "Verlangt",
    caller: "Anrufer",
    reason: "Grund",
    call: "Anruf",
    report: "Bericht",
    unknown_caller: "unbekannt",
    a_person: "Ein Mensch",
    new_lead: "Neuer Lead",
    missed_call: "Verpasster Anruf",
    missed_call_from: "Verpasster Anruf von {}",
    not_reached: "Nicht erreicht",
    was_not_reached: "{} war nicht zu erreichen",
    webhook_off: "Ein Webhook wurde abgeschaltet",
    took_nothing: "er hat seit {} nichts angenommen",
    days: ["Tag", "Tagen"],
    alarm: "Alarm",
    caller_waited: "der Anrufer hat {} gewartet",
    nobody_spoke: "{} lang hat niemand etwas gesagt",
    assistant_failed: "der Assistent ist ausgefallen: {}",
    was_said: "gesagt: {}",
    figures: "Ungewöhnliche Zahlen",
    figures_of: "Ungewöhnliche Zahlen am {}",
    usually: "sonst {}",
    gathered: [
        ["neuer Lead", "neue Leads"],
        ["verpasster Anruf", "verpasste Anrufe"],
        ["Mensch war nicht zu erreichen", "Menschen waren nicht zu erreichen"],
        ["Webhook wurde abgeschaltet", "Webhooks wurden abgeschaltet"],
        ["Alarm", "Alarme"],
        ["Tag mit ungewöhnlichen Zahlen", "Tage mit ungewöhnlichen Zahlen"],
    ],
    more: "und weitere",
};

static SPANISH: Words = Words {
    name: "Nombre",
    phone: "Teléfono",
    need: "Petición",
    urgency: "Urgencia",
    budget: "Presupuesto",
    address: "Dirección",
    from: "De",
    to: "A",
    at: "Hora",
    asked_for: "Se pidió",
    caller: "Quien llama",
    reason: "Motivo",
    call: "Llamada",
    report: "Informe",
    unknown_caller: "un número desconocido",
    a_person: "Una persona",
    new_lead: "Oportunidad nueva",
    missed_call: "Llamada perdida",
    missed_call_from: "Llamada perdida de {}",
    not_reached: "Sin localizar",
    was_not_reached: "No se pudo localizar: {}",
    webhook_off: "Se ha desactivado un webhook",
    took_nothing: "no ha aceptado nada desde hace {}",
    days: ["día", "días"],
    alarm: "Alarma",
    caller_waited: "quien llama ha esperado {}",
    nobody_spoke: "nadie ha dicho nada durante {}",
    assistant_failed: "el asistente falló: {}",
    was_said: "se dijo: {}",
    figures: "Cifras inusuales",
    figures_of: "Cifras inusuales del {}",
    usually: "normalmente {}",
    gathered: [
        ["oportunidad nueva", "oportunidades nuevas"],
        ["llamada perdida", "llamadas perdidas"],
        ["persona sin localizar", "personas sin localizar"],
        ["webhook desactivado", "webhooks desactivados"],
        ["alarma", "alarmas"],
        ["día con cifras inusuales", "días con cifras inusuales"],
    ],
    more: "y más",
};

static PORTUGUESE: Words = Words {
    name: "Nome",
    phone: "Telefone",
    need: "Pedido",
    urgency: "Urgência",
    budget: "Orçamento",
    address: "Endereço",
    from: "De",
    to: "Para",
    at: "Hora",
    asked_for: "Foi pedido",
    caller: "Quem liga",
    reason: "Motivo",
    call: "Chamada",
    report: "Relatório",
    unknown_caller: "um número desconhecido",
    a_person: "Uma pessoa",
    new_lead: "Nova oportunidade",
    missed_call: "Chamada perdida",
    missed_call_from: "Chamada perdida de {}",
    not_reached: "Sem contato",
    was_not_reached: "Não foi possível contatar: {}",
    webhook_off: "Um webhook foi desativado",
    took_nothing: "não aceitou nada há {}",
    days: ["dia", "dias"],
    alarm: "Alarme",
    caller_waited: "quem liga esperou {}",
    nobody_spoke: "ninguém disse nada durante {}",
    assistant_failed: "o assistente falhou: {}",
    was_said: "foi dito: {}",
    figures: "Números incomuns",
    figures_of: "Números incomuns de {}",
    usually: "normalmente {}",
    gathered: [
        ["nova oportunidade", "novas oportunidades"],
        ["chamada perdida", "chamadas perdidas"],
        ["pessoa sem contato", "pessoas sem contato"],
        ["webhook desativado", "webhooks desativados"],
        ["alarme", "alarmes"],
        ["dia com números incomuns", "dias com números incomuns"],
    ],
    more: "e mais",
};

/// Why a person could not be reached; the pages say the same (`static/src/words`).
pub(super) const fn of_failure(failure: HandoffFailure, language: PageLanguage) -> &'static str {
    let [english, german, spanish, portuguese] = match failure {
        HandoffFailure::Busy => ["Busy", "Besetzt", "Comunica", "Ocupado"],
        HandoffFailure::NoAnswer => {
            ["Nobody answered", "Niemand hat abgenommen", "Nadie contestó", "Ninguém atendeu"]
        }
        HandoffFailure::Declined => ["Declined", "Abgelehnt", "Rechazada", "Recusada"],
        HandoffFailure::Unregistered => [
            "No phone is registered there",
            "Dort ist kein Telefon angemeldet",
            "No hay ningún teléfono registrado",
            "Nenhum telefone está registrado lá",
        ],
        HandoffFailure::Offline => ["Offline", "Abgemeldet", "Desconectado", "Desconectado"],
        HandoffFailure::Unallocated => [
            "The number does not exist",
            "Diese Nummer gibt es nicht",
            "Ese número no existe",
            "Este número não existe",
        ],
        HandoffFailure::Unavailable => [
            "The phone is not reachable",
            "Das Telefon ist nicht erreichbar",
            "No se puede localizar el teléfono",
            "O telefone não está acessível",
        ],
        HandoffFailure::Congestion => [
            "The network or the switch is busy",
            "Netz oder Telefonanlage sind ausgelastet",
            "La red o la centralita está saturada",
            "A rede ou a central está sobrecarregada",
        ],
        HandoffFailure::BadTarget => [
            "Can't be dialled from here",
            "Von hier nicht wählbar",
            "No se puede marcar desde aquí",
            "Não pode ser discado daqui",
        ],
        HandoffFailure::Voicemail => [
            "A mailbox answered",
            "Eine Mailbox hat abgenommen",
            "Contestó un buzón",
            "Uma caixa postal atendeu",
        ],
        HandoffFailure::Trunk => [
            "The outside line is down",
            "Die Leitung nach außen ist gestört",
            "La línea exterior no funciona",
            "A linha externa está fora do ar",
        ],
        HandoffFailure::Timeout => [
            "The switch did not report who answered",
            "Die Telefonanlage hat nicht gemeldet, wer abnahm",
            "La centralita no informó de quién contestó",
            "A central não informou quem atendeu",
        ],
        HandoffFailure::CallerLeft => [
            "Given up before anyone answered",
            "Aufgegeben, bevor jemand abnahm",
            "Se abandonó antes de que contestaran",
            "Desistiram antes que atendessem",
        ],
        HandoffFailure::NobodyFree => {
            ["Nobody was free", "Niemand war frei", "No había nadie libre", "Ninguém estava livre"]
        }
        HandoffFailure::HungUpEarly => [
            "Hung up before it was known who answered",
            "Aufgelegt, bevor bekannt war, wer abnahm",
            "Colgaron antes de saberse quién contestó",
            "Desligaram antes de se saber quem atendeu",
        ],
    };
    match language {
        PageLanguage::En => english,
        PageLanguage::De => german,
        PageLanguage::Es => spanish,
        PageLanguage::Pt => portuguese,
    }
}
