// The choice of the pages' language. A user's choice is stored in their account, so it applies wherever they sign in.
import { change, messageOf } from "../api/client";
import { session } from "../api/session";
import { chooseLanguage, chosenLanguage, type Language, languageNames } from "./language";
import { tell } from "./toasts";
import { w } from "./words";

/** The field; its page names it with a label for `id`, otherwise it names itself. */
export function LanguageSelect({ id }: { id?: string }) {
  return (
    <select
      {...(id === undefined ? { "aria-label": w.language.name } : { id })}
      value={chosenLanguage() ?? ""}
      onChange={(event) => void choose(event.currentTarget)}
    >
      <option value="">{w.language.browser}</option>
      {Object.entries(languageNames).map(([tag, own]) => (
        <option key={tag} value={tag} lang={tag}>
          {own}
        </option>
      ))}
    </select>
  );
}

async function choose(field: HTMLSelectElement): Promise<void> {
  const wanted = (field.value || null) as Language | null;
  const userId = session.value?.user?.id ?? null;
  try {
    if (userId !== null) await change("PATCH", "/api/v1/auth/me", { language: wanted });
    chooseLanguage(wanted, userId);
  } catch (fault) {
    field.value = chosenLanguage() ?? "";
    tell(messageOf(fault));
  }
}
