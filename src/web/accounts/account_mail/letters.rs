//! The texts of mails about an account, in the languages of the pages.

use cordboard_schema::account::PageLanguage;

use super::{AccountEvent, Remover};

/// The text of a mail.
struct Words {
    subject: &'static str,
    /// The event, and when it was.
    what: String,
    /// Advice to a user who did not do it.
    advice: &'static str,
}

/// Subject and text of the mail about this event to a user of this name; `at` is the event's time.
pub(super) fn letter(
    language: PageLanguage,
    event: AccountEvent<'_>,
    name: &str,
    at: &str,
) -> (&'static str, String) {
    let (hello, Words { subject, what, advice }) = match language {
        PageLanguage::En => ("Hello", english(event, at)),
        PageLanguage::De => ("Guten Tag", german(event, at)),
        PageLanguage::Es => ("Hola", spanish(event, at)),
        PageLanguage::Pt => ("Olá", portuguese(event, at)),
    };
    (subject, format!("{hello} {name},\n\n{what}\n\n{advice}\n"))
}

fn english(event: AccountEvent<'_>, at: &str) -> Words {
    let removed = "Your second factor for Cordboard was removed";
    match event {
        AccountEvent::PasswordChanged => Words {
            subject: "Your password for Cordboard was changed",
            what: format!(
                "on {at} the password of your account was changed, with the previous one. All your other sign-ins have ended."
            ),
            advice: "If it was not you, ask for a new password on the page for signing in at once, which ends all sign-ins, and tell an \
                     owner of your organization.",
        },
        AccountEvent::PasswordReset => Words {
            subject: "Your password for Cordboard was changed",
            what: format!(
                "on {at} a new password was set for your account, by the link that was mailed to this address. All your sign-ins have \
                 ended."
            ),
            advice: "If it was not you, somebody else reads your mail: set a new password for your mailbox, ask for a new one for \
                     Cordboard on the page for signing in, and tell an owner of your organization.",
        },
        AccountEvent::FactorAdded => Words {
            subject: "A second factor for Cordboard was set up",
            what: format!(
                "on {at} a second factor was set up for your account. From now on signing in requires one of its codes."
            ),
            advice: "If it was not you, sign in, end your other sign-ins on the page of your account and set a new password. If you can't \
                     sign in, ask an owner of your organization to remove the second factor.",
        },
        AccountEvent::FactorRemoved => Words {
            subject: removed,
            what: format!(
                "on {at} the second factor of your account was removed, with its recovery codes. Your password alone opens the account now."
            ),
            advice: "If it was not you, sign in, end your other sign-ins on the page of your account, set a new password and set up a new \
                     second factor. If you can't sign in, ask an owner of your organization.",
        },
        AccountEvent::FactorTakenAway(by) => Words {
            subject: removed,
            what: format!(
                "on {at} {} removed the second factor of your account and its recovery codes. You are signed out everywhere, and your password \
                 alone opens the account now.\n\nSign in and set up a new second factor on the page of your account.",
                remover(by, "the operator of this installation")
            ),
            advice: "If you did not ask for this, set a new password at once and tell an owner of your organization.",
        },
    }
}

fn german(event: AccountEvent<'_>, at: &str) -> Words {
    let removed = "Ihr zweiter Faktor für Cordboard wurde entfernt";
    match event {
        AccountEvent::PasswordChanged => Words {
            subject: "Ihr Passwort für Cordboard wurde geändert",
            what: format!(
                "am {at} wurde das Passwort Ihres Kontos geändert, mit dem bisherigen. Alle anderen Anmeldungen von Ihnen sind beendet."
            ),
            advice: "Waren Sie das nicht, dann fordern Sie sofort auf der Anmeldeseite ein neues Passwort an, was alle Anmeldungen beendet, \
                     und sagen Sie es einem Inhaber Ihrer Organisation.",
        },
        AccountEvent::PasswordReset => Words {
            subject: "Ihr Passwort für Cordboard wurde geändert",
            what: format!(
                "am {at} wurde für Ihr Konto ein neues Passwort gesetzt, mit dem Link, der an diese Adresse ging. Alle Ihre Anmeldungen \
                 sind beendet."
            ),
            advice: "Waren Sie das nicht, dann liest jemand anders Ihre E-Mails: Setzen Sie ein neues Passwort für Ihr Postfach, fordern Sie \
                     auf der Anmeldeseite eines für Cordboard an, und sagen Sie es einem Inhaber Ihrer Organisation.",
        },
        AccountEvent::FactorAdded => Words {
            subject: "Ein zweiter Faktor für Cordboard wurde eingerichtet",
            what: format!(
                "am {at} wurde für Ihr Konto ein zweiter Faktor eingerichtet. Die Anmeldung verlangt ab jetzt einen Code davon."
            ),
            advice: "Waren Sie das nicht, dann melden Sie sich an, beenden Sie auf der Seite Ihres Kontos die anderen Anmeldungen und setzen \
                     Sie ein neues Passwort. Können Sie sich nicht anmelden, dann bitten Sie einen Inhaber Ihrer Organisation, den zweiten \
                     Faktor zu entfernen.",
        },
        AccountEvent::FactorRemoved => Words {
            subject: removed,
            what: format!(
                "am {at} wurde der zweite Faktor Ihres Kontos entfernt, mit seinen Wiederherstellungscodes. Jetzt öffnet Ihr Passwort allein \
                 das Konto."
            ),
            advice: "Waren Sie das nicht, dann melden Sie sich an, beenden Sie auf der Seite Ihres Kontos die anderen Anmeldungen, setzen Sie \
                     ein neues Passwort und richten Sie einen neuen zweiten Faktor ein. Können Sie sich nicht anmelden, dann wenden Sie sich \
                     an einen Inhaber Ihrer Organisation.",
        },
        AccountEvent::FactorTakenAway(by) => Words {
            subject: removed,
            what: format!(
                "am {at} hat {} den zweiten Faktor Ihres Kontos entfernt, mit seinen Wiederherstellungscodes. Sie sind überall abgemeldet, und \
                 jetzt öffnet Ihr Passwort allein das Konto.\n\nMelden Sie sich an und richten Sie auf der Seite Ihres Kontos einen neuen \
                 zweiten Faktor ein.",
                remover(by, "der Betreiber dieser Installation")
            ),
            advice: "Haben Sie nicht darum gebeten, dann setzen Sie sofort ein neues Passwort und sagen Sie es einem Inhaber Ihrer Organisation.",
        },
    }
}

fn spanish(event: AccountEvent<'_>, at: &str) -> Words {
    let removed = "Se ha quitado su segundo factor de Cordboard";
    match event {
        AccountEvent::PasswordChanged => Words {
            subject: "Su contraseña de Cordboard ha cambiado",
            what: format!(
                "el {at} se cambió la contraseña de su cuenta, con la anterior. Todas sus demás sesiones han terminado."
            ),
            advice: "Si no fue usted, pida enseguida una contraseña nueva en la página de inicio de sesión, lo que termina todas las sesiones, \
                     y avise a un propietario de su organización.",
        },
        AccountEvent::PasswordReset => Words {
            subject: "Su contraseña de Cordboard ha cambiado",
            what: format!(
                "el {at} se puso una contraseña nueva a su cuenta, con el enlace que se envió a esta dirección. Todas sus sesiones han \
                 terminado."
            ),
            advice: "Si no fue usted, otra persona lee su correo: cambie la contraseña de su buzón, pida una nueva de Cordboard en la página \
                     de inicio de sesión y avise a un propietario de su organización.",
        },
        AccountEvent::FactorAdded => Words {
            subject: "Se ha configurado un segundo factor de Cordboard",
            what: format!(
                "el {at} se configuró un segundo factor para su cuenta. Desde ahora, iniciar sesión exige uno de sus códigos."
            ),
            advice: "Si no fue usted, inicie sesión, termine sus demás sesiones en la página de su cuenta y ponga una contraseña nueva. Si no \
                     puede iniciar sesión, pida a un propietario de su organización que quite el segundo factor.",
        },
        AccountEvent::FactorRemoved => Words {
            subject: removed,
            what: format!(
                "el {at} se quitó el segundo factor de su cuenta, con sus códigos de recuperación. Ahora su contraseña sola abre la cuenta."
            ),
            advice: "Si no fue usted, inicie sesión, termine sus demás sesiones en la página de su cuenta, ponga una contraseña nueva y \
                     configure un segundo factor nuevo. Si no puede iniciar sesión, acuda a un propietario de su organización.",
        },
        AccountEvent::FactorTakenAway(by) => Words {
            subject: removed,
            what: format!(
                "el {at} {} quitó el segundo factor de su cuenta, con sus códigos de recuperación. Todas sus sesiones han terminado, y ahora \
                 su contraseña sola abre la cuenta.\n\nInicie sesión y configure un segundo factor nuevo en la página de su cuenta.",
                remover(by, "el operador de esta instalación")
            ),
            advice: "Si usted no lo pidió, ponga enseguida una contraseña nueva y avise a un propietario de su organización.",
        },
    }
}

fn portuguese(event: AccountEvent<'_>, at: &str) -> Words {
    let removed = "O seu segundo fator do Cordboard foi removido";
    match event {
        AccountEvent::PasswordChanged => Words {
            subject: "A sua senha do Cordboard foi alterada",
            what: format!(
                "em {at} a senha da sua conta foi alterada, com a anterior. Todas as suas outras sessões terminaram."
            ),
            advice: "Se não foi você, peça já uma nova senha na página de entrada, o que termina todas as sessões, e avise um proprietário da \
                     sua organização.",
        },
        AccountEvent::PasswordReset => Words {
            subject: "A sua senha do Cordboard foi alterada",
            what: format!(
                "em {at} foi definida uma nova senha para a sua conta, com o link enviado para este endereço. Todas as suas sessões \
                 terminaram."
            ),
            advice: "Se não foi você, outra pessoa lê o seu e-mail: troque a senha da sua caixa de correio, peça uma nova do Cordboard na \
                     página de entrada e avise um proprietário da sua organização.",
        },
        AccountEvent::FactorAdded => Words {
            subject: "Um segundo fator do Cordboard foi configurado",
            what: format!(
                "em {at} foi configurado um segundo fator para a sua conta. A partir de agora, entrar exige um dos códigos dele."
            ),
            advice: "Se não foi você, entre, termine as suas outras sessões na página da sua conta e defina uma nova senha. Se não conseguir \
                     entrar, peça a um proprietário da sua organização que remova o segundo fator.",
        },
        AccountEvent::FactorRemoved => Words {
            subject: removed,
            what: format!(
                "em {at} o segundo fator da sua conta foi removido, com os códigos de recuperação. Agora a sua senha sozinha abre a conta."
            ),
            advice: "Se não foi você, entre, termine as suas outras sessões na página da sua conta, defina uma nova senha e configure um novo \
                     segundo fator. Se não conseguir entrar, fale com um proprietário da sua organização.",
        },
        AccountEvent::FactorTakenAway(by) => Words {
            subject: removed,
            what: format!(
                "em {at} {} removeu o segundo fator da sua conta, com os códigos de recuperação. Todas as suas sessões terminaram, e agora a sua \
                 senha sozinha abre a conta.\n\nEntre e configure um novo segundo fator na página da sua conta.",
                remover(by, "o operador desta instalação")
            ),
            advice: "Se você não pediu isto, defina já uma nova senha e avise um proprietário da sua organização.",
        },
    }
}

fn remover<'a>(by: Remover<'a>, operator: &'static str) -> &'a str {
    match by {
        Remover::Person(named) => named,
        Remover::Operator => operator,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const ALL: [AccountEvent<'static>; 6] = [
        AccountEvent::PasswordChanged,
        AccountEvent::PasswordReset,
        AccountEvent::FactorAdded,
        AccountEvent::FactorRemoved,
        AccountEvent::FactorTakenAway(Remover::Person("Ada (ada@example.com)")),
        AccountEvent::FactorTakenAway(Remover::Operator),
    ];

    #[test]
    fn each_language_says_what_happened_when_and_whom_to_ask() {
        let mut texts = BTreeSet::new();
        for (language, owner) in [
            (PageLanguage::En, "owner of your organization"),
            (PageLanguage::De, "Inhaber Ihrer Organisation"),
            (PageLanguage::Es, "propietario de su organización"),
            (PageLanguage::Pt, "proprietário da sua organização"),
        ] {
            for event in ALL {
                let (subject, text) = letter(language, event, "Grace", "1 May, 09:30 (UTC)");
                assert!(subject.contains("Cordboard") && subject.lines().count() == 1, "{subject}");
                for part in [" Grace,\n\n", "1 May, 09:30 (UTC)", owner] {
                    assert!(text.contains(part), "{text}");
                }
                assert!(texts.insert(text), "{event:?} says what another one does");
            }
        }
    }

    #[test]
    fn the_mail_says_who_did_it_and_what_to_do() {
        let by = AccountEvent::FactorTakenAway(Remover::Person("Ada (ada@example.com)"));
        let (_, text) = letter(PageLanguage::En, by, "Grace", "1 May, 09:30 (UTC)");
        for part in [
            "Hello Grace,",
            "Ada (ada@example.com) has removed",
            "set up a new second factor",
            "set a new password",
        ] {
            assert!(text.contains(part), "{text}");
        }
    }
}
