//! The texts of mails about an account, in the languages of the pages.

mod address;

use cordboard_schema::account::PageLanguage;

use super::{AccountEvent, Changer};

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
                "the password of your account was changed on {at}, by someone who knew the previous one. You are signed out everywhere else."
            ),
            advice: "If this was not you, request a new password on the sign-in page right away. This ends all sign-ins. Then tell an \
                     owner of your organization.",
        },
        AccountEvent::PasswordReset => Words {
            subject: "Your password for Cordboard was changed",
            what: format!(
                "a new password was set for your account on {at}, with the link that was mailed to this address. You are signed out \
                 everywhere."
            ),
            advice: "If this was not you, someone else can read your mail: change the password of your mailbox, request a new one for \
                     Cordboard on the sign-in page, and tell an owner of your organization.",
        },
        AccountEvent::FactorAdded => Words {
            subject: "A second factor for Cordboard was set up",
            what: format!(
                "a second factor was set up for your account on {at}. Signing in now requires one of its codes."
            ),
            advice: "If this was not you, sign in, end your other sign-ins on your account page and set a new password. If you can't \
                     sign in, ask an owner of your organization to remove the second factor.",
        },
        AccountEvent::FactorRemoved => Words {
            subject: removed,
            what: format!(
                "the second factor of your account and its recovery codes were removed on {at}. You now sign in with your password only."
            ),
            advice: "If this was not you, sign in, end your other sign-ins on your account page, set a new password and set up a new \
                     second factor. If you can't sign in, ask an owner of your organization.",
        },
        AccountEvent::FactorTakenAway(by) => Words {
            subject: removed,
            what: format!(
                "on {at} {} removed the second factor of your account and its recovery codes. You are signed out everywhere, and you now \
                 sign in with your password only.\n\nSign in and set up a new second factor on your account page.",
                changer(by, "the operator of this installation")
            ),
            advice: "If you did not ask for this, set a new password right away and tell an owner of your organization.",
        },
        AccountEvent::Address(event) => address::english(event, at),
    }
}

fn german(event: AccountEvent<'_>, at: &str) -> Words {
    let removed = "Ihr zweiter Faktor für Cordboard wurde entfernt";
    match event {
        AccountEvent::PasswordChanged => Words {
            subject: "Ihr Passwort für Cordboard wurde geändert",
            what: format!(
                "am {at} wurde das Passwort Ihres Kontos geändert, unter Angabe des bisherigen. An allen anderen Geräten sind Sie abgemeldet."
            ),
            advice: "Wenn Sie das nicht waren, fordern Sie sofort auf der Anmeldeseite ein neues Passwort an. Das beendet alle Anmeldungen. \
                     Informieren Sie dann einen Inhaber Ihrer Organisation.",
        },
        AccountEvent::PasswordReset => Words {
            subject: "Ihr Passwort für Cordboard wurde geändert",
            what: format!(
                "am {at} wurde für Ihr Konto ein neues Passwort festgelegt, mit dem Link, der an diese Adresse ging. Sie sind überall \
                 abgemeldet."
            ),
            advice: "Wenn Sie das nicht waren, liest jemand anderes Ihre E-Mails: Ändern Sie das Passwort Ihres Postfachs, fordern Sie auf \
                     der Anmeldeseite ein neues für Cordboard an, und informieren Sie einen Inhaber Ihrer Organisation.",
        },
        AccountEvent::FactorAdded => Words {
            subject: "Ein zweiter Faktor für Cordboard wurde eingerichtet",
            what: format!(
                "am {at} wurde für Ihr Konto ein zweiter Faktor eingerichtet. Zur Anmeldung brauchen Sie ab jetzt einen seiner Codes."
            ),
            advice: "Wenn Sie das nicht waren, melden Sie sich an, beenden Sie auf Ihrer Kontoseite die anderen Anmeldungen und legen Sie ein \
                     neues Passwort fest. Wenn Sie sich nicht anmelden können, bitten Sie einen Inhaber Ihrer Organisation, den zweiten \
                     Faktor zu entfernen.",
        },
        AccountEvent::FactorRemoved => Words {
            subject: removed,
            what: format!(
                "am {at} wurden der zweite Faktor Ihres Kontos und seine Wiederherstellungscodes entfernt. Zur Anmeldung genügt jetzt Ihr \
                 Passwort."
            ),
            advice: "Wenn Sie das nicht waren, melden Sie sich an, beenden Sie auf Ihrer Kontoseite die anderen Anmeldungen, legen Sie ein \
                     neues Passwort fest und richten Sie einen neuen zweiten Faktor ein. Wenn Sie sich nicht anmelden können, wenden Sie \
                     sich an einen Inhaber Ihrer Organisation.",
        },
        AccountEvent::FactorTakenAway(by) => Words {
            subject: removed,
            what: format!(
                "am {at} hat {} den zweiten Faktor Ihres Kontos und seine Wiederherstellungscodes entfernt. Sie sind überall abgemeldet, und \
                 zur Anmeldung genügt jetzt Ihr Passwort.\n\nMelden Sie sich an und richten Sie auf Ihrer Kontoseite einen neuen zweiten \
                 Faktor ein.",
                changer(by, "der Betreiber dieser Installation")
            ),
            advice: "Wenn Sie nicht darum gebeten haben, legen Sie sofort ein neues Passwort fest und informieren Sie einen Inhaber Ihrer \
                     Organisation.",
        },
        AccountEvent::Address(event) => address::german(event, at),
    }
}

fn spanish(event: AccountEvent<'_>, at: &str) -> Words {
    let removed = "Se ha quitado su segundo factor de Cordboard";
    match event {
        AccountEvent::PasswordChanged => Words {
            subject: "Su contraseña de Cordboard ha cambiado",
            what: format!(
                "el {at} se cambió la contraseña de su cuenta, indicando la anterior. Todas sus demás sesiones se han cerrado."
            ),
            advice: "Si no fue usted, pida enseguida una contraseña nueva en la página de inicio de sesión. Así se cierran todas las sesiones. \
                     Después avise a un propietario de su organización.",
        },
        AccountEvent::PasswordReset => Words {
            subject: "Su contraseña de Cordboard ha cambiado",
            what: format!(
                "el {at} se estableció una contraseña nueva para su cuenta, con el enlace que se envió a esta dirección. Todas sus sesiones \
                 se han cerrado."
            ),
            advice: "Si no fue usted, otra persona puede leer su correo: cambie la contraseña de su buzón, pida una nueva de Cordboard en la \
                     página de inicio de sesión y avise a un propietario de su organización.",
        },
        AccountEvent::FactorAdded => Words {
            subject: "Se ha configurado un segundo factor de Cordboard",
            what: format!(
                "el {at} se configuró un segundo factor para su cuenta. Desde ahora necesita uno de sus códigos para iniciar sesión."
            ),
            advice: "Si no fue usted, inicie sesión, cierre sus demás sesiones en la página de su cuenta y ponga una contraseña nueva. Si no \
                     puede iniciar sesión, pida a un propietario de su organización que quite el segundo factor.",
        },
        AccountEvent::FactorRemoved => Words {
            subject: removed,
            what: format!(
                "el {at} se quitaron el segundo factor de su cuenta y sus códigos de recuperación. Ahora le basta la contraseña para entrar."
            ),
            advice: "Si no fue usted, inicie sesión, cierre sus demás sesiones en la página de su cuenta, ponga una contraseña nueva y \
                     configure un segundo factor nuevo. Si no puede iniciar sesión, acuda a un propietario de su organización.",
        },
        AccountEvent::FactorTakenAway(by) => Words {
            subject: removed,
            what: format!(
                "el {at} {} quitó el segundo factor de su cuenta y sus códigos de recuperación. Todas sus sesiones se han cerrado, y ahora \
                 le basta la contraseña para entrar.\n\nInicie sesión y configure un segundo factor nuevo en la página de su cuenta.",
                changer(by, "el operador de esta instalación")
            ),
            advice: "Si usted no lo pidió, ponga enseguida una contraseña nueva y avise a un propietario de su organización.",
        },
        AccountEvent::Address(event) => address::spanish(event, at),
    }
}

fn portuguese(event: AccountEvent<'_>, at: &str) -> Words {
    let removed = "O seu segundo fator do Cordboard foi removido";
    match event {
        AccountEvent::PasswordChanged => Words {
            subject: "A sua senha do Cordboard foi alterada",
            what: format!(
                "em {at} a senha da sua conta foi alterada, com a senha anterior. Todas as suas outras sessões foram encerradas."
            ),
            advice: "Se não foi você, peça já uma nova senha na página de entrada. Isso encerra todas as sessões. Depois avise um \
                     proprietário da sua organização.",
        },
        AccountEvent::PasswordReset => Words {
            subject: "A sua senha do Cordboard foi alterada",
            what: format!(
                "em {at} foi definida uma nova senha para a sua conta, com o link enviado para este endereço. Todas as suas sessões \
                 foram encerradas."
            ),
            advice: "Se não foi você, outra pessoa pode ler o seu e-mail: troque a senha da sua caixa de correio, peça uma nova do Cordboard na \
                     página de entrada e avise um proprietário da sua organização.",
        },
        AccountEvent::FactorAdded => Words {
            subject: "Um segundo fator do Cordboard foi configurado",
            what: format!(
                "em {at} foi configurado um segundo fator para a sua conta. A partir de agora, você precisa de um dos códigos dele para entrar."
            ),
            advice: "Se não foi você, entre, encerre as suas outras sessões na página da sua conta e defina uma nova senha. Se não conseguir \
                     entrar, peça a um proprietário da sua organização que remova o segundo fator.",
        },
        AccountEvent::FactorRemoved => Words {
            subject: removed,
            what: format!(
                "em {at} o segundo fator da sua conta e os códigos de recuperação foram removidos. Agora basta a sua senha para entrar."
            ),
            advice: "Se não foi você, entre, encerre as suas outras sessões na página da sua conta, defina uma nova senha e configure um novo \
                     segundo fator. Se não conseguir entrar, fale com um proprietário da sua organização.",
        },
        AccountEvent::FactorTakenAway(by) => Words {
            subject: removed,
            what: format!(
                "em {at} {} removeu o segundo fator da sua conta e os códigos de recuperação. Todas as suas sessões foram encerradas, e agora \
                 basta a sua senha para entrar.\n\nEntre e configure um novo segundo fator na página da sua conta.",
                changer(by, "o operador desta instalação")
            ),
            advice: "Se você não pediu isto, defina já uma nova senha e avise um proprietário da sua organização.",
        },
        AccountEvent::Address(event) => address::portuguese(event, at),
    }
}

fn changer<'a>(by: Changer<'a>, operator: &'static str) -> &'a str {
    match by {
        Changer::Person(named) => named,
        Changer::Operator => operator,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::AddressEvent;
    use super::*;

    const NEW: &str = "grace@example.net";
    const ALL: [AccountEvent<'static>; 11] = [
        AccountEvent::PasswordChanged,
        AccountEvent::PasswordReset,
        AccountEvent::FactorAdded,
        AccountEvent::FactorRemoved,
        AccountEvent::FactorTakenAway(Changer::Person("Ada (ada@example.com)")),
        AccountEvent::FactorTakenAway(Changer::Operator),
        AccountEvent::Address(AddressEvent::Requested(NEW)),
        AccountEvent::Address(AddressEvent::Confirmed(NEW)),
        AccountEvent::Address(AddressEvent::Set(Changer::Person("Ada (ada@example.com)"), NEW)),
        AccountEvent::Address(AddressEvent::Set(Changer::Operator, NEW)),
        AccountEvent::Address(AddressEvent::Wanted),
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
    fn mails_about_a_new_address_name_it_in_each_language() {
        for (language, same_password, operator) in [
            (PageLanguage::En, "with the same password", "operator of this installation"),
            (PageLanguage::De, "mit demselben Passwort", "Betreiber dieser Installation"),
            (PageLanguage::Es, "con la misma contraseña", "operador de esta instalación"),
            (PageLanguage::Pt, "com a mesma senha", "operador desta instalação"),
        ] {
            for event in [AddressEvent::Requested(NEW), AddressEvent::Confirmed(NEW)] {
                let (_, text) = letter(language, AccountEvent::Address(event), "Grace", "1 May, 09:30 (UTC)");
                assert!(text.contains(NEW), "{text}");
            }
            let set = AddressEvent::Set(Changer::Person("Ada (ada@example.com)"), NEW);
            let (_, text) = letter(language, AccountEvent::Address(set), "Grace", "1 May, 09:30 (UTC)");
            for part in ["Ada (ada@example.com)", NEW, same_password, operator] {
                assert!(text.contains(part), "{part:?} is missing in {text}");
            }
            let wanted = AccountEvent::Address(AddressEvent::Wanted);
            let (_, text) = letter(language, wanted, "Grace", "1 May, 09:30 (UTC)");
            assert!(!text.contains('@'), "it does not say whose account it is: {text}");
        }
    }

    #[test]
    fn the_mail_says_who_did_it_and_what_to_do() {
        let by = AccountEvent::FactorTakenAway(Changer::Person("Ada (ada@example.com)"));
        let (_, text) = letter(PageLanguage::En, by, "Grace", "1 May, 09:30 (UTC)");
        for part in [
            "Hello Grace,",
            "Ada (ada@example.com) removed",
            "set up a new second factor",
            "set a new password",
        ] {
            assert!(text.contains(part), "{text}");
        }
    }
}
