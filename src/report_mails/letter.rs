//! The mail with the week's figures, in the languages of the pages.

use cordboard_schema::account::{PageLanguage, User};
use cordboard_schema::business::money::Currency;
use cordboard_schema::report::{Report, ReportFigures};

use crate::mail::Mail;

/// The texts of the mail in one language.
struct Words {
    subject: String,
    /// The greeting, and the days that the figures are about.
    opening: String,
    /// Says how many hours are not counted yet. The mail contains it only if there are any.
    uncounted: String,
    /// The names of [`FIGURES`], in their order.
    figures: [&'static str; 11],
    by_day: &'static str,
    /// Heads of the table of days: calls, handled by the assistant, handed over, missed.
    columns: [&'static str; 4],
    full_report: &'static str,
    stop: &'static str,
}

/// Values that the sentences contain.
struct Facts<'a> {
    name: &'a str,
    tz: &'a str,
    from: &'a str,
    to: &'a str,
    calls: u64,
    hours_behind: u64,
}

/// Returns the mail to this user, in this language, with links to the pages at `base_url` and to the page that stops these mails.
pub(super) fn letter(
    language: PageLanguage,
    user: &User,
    report: &Report,
    (base_url, stop): (&str, &str),
) -> Mail {
    let form = Form { language, currency: &report.currency };
    let (now, before) = (&report.now.figures, &report.before.figures);
    let (from, to) = (report.now.from, report.now.to);
    let (first, last) = (language.day(from), language.day(to));
    let facts = Facts {
        name: &user.name,
        tz: &report.tz,
        from: &first,
        to: &last,
        calls: now.calls,
        hours_behind: report.hours_behind,
    };
    let words = match language {
        PageLanguage::En => english(&facts),
        PageLanguage::De => german(&facts),
        PageLanguage::Es => spanish(&facts),
        PageLanguage::Pt => portuguese(&facts),
    };
    let mut text = format!("{}\n\n", words.opening);
    if report.hours_behind > 0 {
        text.push_str(&format!("{}\n\n", words.uncounted));
    }
    for (name, say) in words.figures.into_iter().zip(FIGURES) {
        text.push_str(&format!("{name:<34}{:>12}  ({})\n", say(now, &form), say(before, &form)));
    }
    let [calls, contained, handed_over, missed] = words.columns;
    text.push_str(&format!(
        "\n{}\n\n{:<12}{calls:>10}{contained:>12}{handed_over:>14}{missed:>10}\n",
        words.by_day, ""
    ));
    for row in &report.rows {
        let ReportFigures { calls, contained, handed_over, missed, .. } = row.figures;
        text.push_str(&format!(
            "{:<12}{calls:>10}{contained:>12}{handed_over:>14}{missed:>10}\n",
            language.day(row.date)
        ));
    }
    text.push_str(&format!(
        "\n{}\n\n{base_url}/reports?from={from}&to={to}\n\n{}\n\n{stop}\n",
        words.full_report, words.stop
    ));
    Mail { to: user.email.to_string(), subject: words.subject, text }
}

fn english(facts: &Facts<'_>) -> Words {
    let Facts { name, tz, from, to, calls, hours_behind } = facts;
    let hours = match hours_behind {
        1 => "1 hour is".to_owned(),
        hours => format!("{hours} hours are"),
    };
    Words {
        subject: format!("Your calls from {from} to {to}: {calls}"),
        opening: format!(
            "Hello {name},\n\nhere are the figures for {from} to {to} (days in {tz}), with those of the seven days before in brackets."
        ),
        uncounted: format!(
            "{hours} still being counted, so some calls may be missing here. The pages show them once this is done."
        ),
        figures: [
            "Calls",
            "Handled by the assistant",
            "Handed over",
            "Missed",
            "Reply, median",
            "Reply, 95%",
            "Wait for a person, median",
            "Wait for a person, 95%",
            "Leads",
            "Booked",
            "Spent",
        ],
        by_day: "Day by day:",
        columns: ["calls", "assistant", "handed over", "missed"],
        full_report: "See the full report, and download it for a spreadsheet:",
        stop: "Stop these mails:",
    }
}

fn german(facts: &Facts<'_>) -> Words {
    let Facts { name, tz, from, to, calls, hours_behind } = facts;
    let hours = match hours_behind {
        1 => "1 Stunde wird".to_owned(),
        hours => format!("{hours} Stunden werden"),
    };
    Words {
        subject: format!("Ihre Anrufe vom {from} bis {to}: {calls}"),
        opening: format!(
            "Guten Tag {name},\n\nhier sind die Zahlen vom {from} bis {to} (Tage in {tz}), in Klammern die der sieben Tage davor."
        ),
        uncounted: format!(
            "{hours} noch gezählt, deshalb können hier Anrufe fehlen. Danach finden Sie sie im Bericht auf den Seiten."
        ),
        figures: [
            "Anrufe",
            "Vom Assistenten erledigt",
            "Übergeben",
            "Verpasst",
            "Antwort, Median",
            "Antwort, 95 %",
            "Warten auf einen Menschen, Median",
            "Warten auf einen Menschen, 95 %",
            "Leads",
            "Gebucht",
            "Ausgegeben",
        ],
        by_day: "Tag für Tag:",
        columns: ["Anrufe", "Assistent", "übergeben", "verpasst"],
        full_report: "Der ganze Bericht, auch zum Herunterladen für eine Tabellenkalkulation:",
        stop: "Diese E-Mails abbestellen:",
    }
}

fn spanish(facts: &Facts<'_>) -> Words {
    let Facts { name, tz, from, to, calls, hours_behind } = facts;
    let hours = match hours_behind {
        1 => "Todavía se está contando 1 hora".to_owned(),
        hours => format!("Todavía se están contando {hours} horas"),
    };
    Words {
        subject: format!("Sus llamadas del {from} al {to}: {calls}"),
        opening: format!(
            "Hola {name},\n\nestas son las cifras del {from} al {to} (días en {tz}); entre paréntesis, las de los siete días anteriores."
        ),
        uncounted: format!(
            "{hours}, así que aquí pueden faltar llamadas. El informe de las páginas las mostrará cuando termine el recuento."
        ),
        figures: [
            "Llamadas",
            "Resueltas por el asistente",
            "Transferidas",
            "Perdidas",
            "Respuesta, mediana",
            "Respuesta, 95 %",
            "Espera a una persona, mediana",
            "Espera a una persona, 95 %",
            "Oportunidades",
            "Reservadas",
            "Gastado",
        ],
        by_day: "Día a día:",
        columns: ["llamadas", "asistente", "transferidas", "perdidas"],
        full_report: "El informe completo, que también se puede descargar para una hoja de cálculo:",
        stop: "Dejar de recibir estos correos:",
    }
}

fn portuguese(facts: &Facts<'_>) -> Words {
    let Facts { name, tz, from, to, calls, hours_behind } = facts;
    let hours = match hours_behind {
        1 => "1 hora ainda está sendo contada".to_owned(),
        hours => format!("{hours} horas ainda estão sendo contadas"),
    };
    Words {
        subject: format!("As suas chamadas de {from} a {to}: {calls}"),
        opening: format!(
            "Olá {name},\n\naqui estão os números de {from} a {to} (dias em {tz}), com os dos sete dias anteriores entre parênteses."
        ),
        uncounted: format!(
            "{hours}, por isso podem faltar chamadas aqui. O relatório nas páginas as mostrará quando a contagem terminar."
        ),
        figures: [
            "Chamadas",
            "Resolvidas pelo assistente",
            "Transferidas",
            "Perdidas",
            "Resposta, mediana",
            "Resposta, 95%",
            "Espera por uma pessoa, mediana",
            "Espera por uma pessoa, 95%",
            "Oportunidades",
            "Marcadas",
            "Gasto",
        ],
        by_day: "Dia a dia:",
        columns: ["chamadas", "assistente", "transferidas", "perdidas"],
        full_report: "O relatório completo, que também pode ser baixado para uma planilha:",
        stop: "Parar de receber estes e-mails:",
    }
}

/// Writes one figure of the mail.
type Figure = fn(&ReportFigures, &Form<'_>) -> String;

/// The figures of the mail, one in a line.
const FIGURES: [Figure; 11] = [
    |figures, _| figures.calls.to_string(),
    |figures, _| share(figures.contained, figures.answered),
    |figures, _| figures.handed_over.to_string(),
    |figures, _| figures.missed.to_string(),
    |figures, form| form.seconds(figures.reply_p50_ms),
    |figures, form| form.seconds(figures.reply_p95_ms),
    |figures, form| form.seconds(figures.wait_p50_ms),
    |figures, form| form.seconds(figures.wait_p95_ms),
    |figures, _| figures.leads.to_string(),
    |figures, _| figures.bookings.to_string(),
    |figures, form| form.money(figures.cost_micros),
];

/// The form of figures in a language.
struct Form<'a> {
    language: PageLanguage,
    /// ISO 4217.
    currency: &'a str,
}

impl Form<'_> {
    /// Formats millionths of the currency, rounded to its smallest unit.
    fn money(&self, micros: u64) -> String {
        let (currency, mark) = (self.currency, self.language.decimal_mark());
        let known = Currency::try_from(currency.to_owned());
        let digits = known.map_or(2, Currency::minor_digits);
        let unit = 10_u64.pow(digits);
        let minor = micros.saturating_mul(unit).saturating_add(500_000) / 1_000_000;
        match digits {
            0 => format!("{minor} {currency}"),
            _ => {
                format!("{}{mark}{:0width$} {currency}", minor / unit, minor % unit, width = digits as usize)
            }
        }
    }

    /// Formats a time to a tenth of a second, rounded as on the page.
    fn seconds(&self, ms: Option<u64>) -> String {
        let tenths = ms.map(|ms| ms.saturating_add(50) / 100);
        let mark = self.language.decimal_mark();
        tenths.map_or_else(|| "-".to_owned(), |tenths| format!("{}{mark}{} s", tenths / 10, tenths % 10))
    }
}

/// Formats a share in percent, rounded as on the page.
fn share(part: u64, of: u64) -> String {
    match of {
        0 => "-".to_owned(),
        of => format!("{} %", part.saturating_mul(100).saturating_add(of / 2) / of),
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;
    use cordboard_schema::account::{EmailAddress, UserStatus};
    use cordboard_schema::ids::{OrganizationId, UserId};
    use cordboard_schema::permission::Role;
    use cordboard_schema::report::{Cut, Grain, ReportPeriod, ReportRow};
    use cordboard_schema::time::UnixMs;
    use uuid::Uuid;

    use super::*;

    const LANGUAGES: [PageLanguage; 4] =
        [PageLanguage::En, PageLanguage::De, PageLanguage::Es, PageLanguage::Pt];

    fn form(language: PageLanguage, currency: &str) -> Form<'_> {
        Form { language, currency }
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// The mail to Ada about a week in May of which this many hours are not counted yet.
    fn mail(language: PageLanguage, hours_behind: u64) -> Mail {
        let ada = User {
            id: UserId(Uuid::nil()),
            organization_id: OrganizationId(Uuid::nil()),
            email: EmailAddress::parse("ada@example.com").unwrap(),
            name: "Ada".to_owned(),
            role: Role::Owner,
            status: UserStatus::Active,
            has_totp: false,
            created_at: UnixMs(0),
            last_sign_in_at: None,
        };
        let figures = ReportFigures {
            calls: 42,
            answered: 40,
            contained: 30,
            reply_p50_ms: Some(1_949),
            cost_micros: 12_995_000,
            ..ReportFigures::default()
        };
        let at = UnixMs(0).to_utc();
        let row = ReportRow { date: day("2026-05-03"), hour: None, at, until: at, figures: figures.clone() };
        let period = |from, to| ReportPeriod { from: day(from), to: day(to), figures: figures.clone() };
        let report = Report {
            tz: "Europe/Berlin".to_owned(),
            next_tz: None,
            currency: "EUR".to_owned(),
            by: Grain::Day,
            cut: Cut::All,
            key: None,
            now: period("2026-05-01", "2026-05-07"),
            before: period("2026-04-24", "2026-04-30"),
            rows: vec![row],
            keys: Vec::new(),
            more_keys: false,
            hours_behind,
        };
        let links = ("https://calls.example.com", "https://calls.example.com/report-mail#token=1");
        letter(language, &ada, &report, links)
    }

    #[test]
    fn each_language_has_its_words_days_and_decimals() {
        for (language, subject, parts) in [
            (
                PageLanguage::En,
                "Your calls from 2026-05-01 to 2026-05-07: 42",
                ["Hello Ada,\n\n", "Handled by the assistant", "1.9 s", "13.00 EUR", "\n2026-05-03 "],
            ),
            (
                PageLanguage::De,
                "Ihre Anrufe vom 01.05.2026 bis 07.05.2026: 42",
                ["Guten Tag Ada,\n\n", "Vom Assistenten erledigt", "1,9 s", "13,00 EUR", "\n03.05.2026 "],
            ),
            (
                PageLanguage::Es,
                "Sus llamadas del 01/05/2026 al 07/05/2026: 42",
                ["Hola Ada,\n\n", "Resueltas por el asistente", "1,9 s", "13,00 EUR", "\n03/05/2026 "],
            ),
            (
                PageLanguage::Pt,
                "As suas chamadas de 01/05/2026 a 07/05/2026: 42",
                ["Olá Ada,\n\n", "Resolvidas pelo assistente", "1,9 s", "13,00 EUR", "\n03/05/2026 "],
            ),
        ] {
            let Mail { to, subject: written, text } = mail(language, 0);
            assert_eq!((to.as_str(), written.as_str()), ("ada@example.com", subject));
            let links = [
                "https://calls.example.com/reports?from=2026-05-01&to=2026-05-07\n",
                "https://calls.example.com/report-mail#token=1\n",
            ];
            for part in parts.into_iter().chain(links).chain(["(75 %)", "Europe/Berlin"]) {
                assert!(text.contains(part), "{part:?} is missing in {text}");
            }
        }
    }

    #[test]
    fn uncounted_hours_are_mentioned_only_if_there_are_any() {
        for (language, one, more) in [
            (PageLanguage::En, "1 hour is still being counted", "2 hours are still being counted"),
            (PageLanguage::De, "1 Stunde wird noch gezählt", "2 Stunden werden noch gezählt"),
            (PageLanguage::Es, "se está contando 1 hora,", "se están contando 2 horas,"),
            (PageLanguage::Pt, "1 hora ainda está sendo contada", "2 horas ainda estão sendo contadas"),
        ] {
            let none = mail(language, 0).text;
            for (hours, said) in [(1, one), (2, more)] {
                let text = mail(language, hours).text;
                assert!(text.contains(said) && !none.contains(said), "{text}");
            }
        }
    }

    #[test]
    fn words_of_every_language_fit_into_their_columns() {
        let facts = Facts { name: "Ada", tz: "UTC", from: "", to: "", calls: 0, hours_behind: 0 };
        for (language, words) in
            LANGUAGES.into_iter().zip([english(&facts), german(&facts), spanish(&facts), portuguese(&facts)])
        {
            assert!(words.figures.iter().all(|name| name.chars().count() < 34), "{language:?}");
            for (head, width) in words.columns.into_iter().zip([10, 12, 14, 10]) {
                assert!(head.chars().count() < width, "{language:?}: {head} touches its neighbour");
            }
        }
    }

    #[test]
    fn money_is_rounded_to_the_smallest_unit_of_its_currency() {
        for (micros, currency, said) in [
            (0, "EUR", "0.00 EUR"),
            (12_994_999, "EUR", "12.99 EUR"),
            (12_995_000, "EUR", "13.00 EUR"),
            (1_234_500_000, "JPY", "1235 JPY"),
            (1_234_500, "KWD", "1.235 KWD"),
            (70_000, "?", "0.07 ?"),
        ] {
            assert_eq!(form(PageLanguage::En, currency).money(micros), said);
        }
    }

    #[test]
    fn shares_and_times_are_rounded_as_on_the_page() {
        for (part, of, said) in
            [(0, 0, "-"), (2, 3, "67 %"), (1, 3, "33 %"), (1, 200, "1 %"), (7, 7, "100 %")]
        {
            assert_eq!(share(part, of), said);
        }
        for (ms, said) in [(None, "-"), (Some(0), "0.0 s"), (Some(1_949), "1.9 s"), (Some(1_950), "2.0 s")] {
            assert_eq!(form(PageLanguage::En, "EUR").seconds(ms), said);
        }
    }
}
