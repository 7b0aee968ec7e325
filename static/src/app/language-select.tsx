// Language of the pages: the list of those that there are.
import { chooseLanguage, chosenLanguage, type Language, languageNames } from "./language";
import { w } from "./words";

/** The field; its page says what it is called, by a label of `id` or by itself. */
export function LanguageSelect({ id }: { id?: string }) {
  return (
    <select
      {...(id === undefined ? { "aria-label": w.language.name } : { id })}
      value={chosenLanguage() ?? ""}
      onChange={(event) => chooseLanguage((event.currentTarget.value || null) as Language | null)}
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
