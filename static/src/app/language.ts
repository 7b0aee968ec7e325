// The language of the pages: chosen here or by the browser, and how texts, numbers and dates are formatted in it.
//
// Each part of the pages keeps its texts in `words/{en,de,es,pt}.ts` next to it, and loads one of them: `export const w = await catalogue<Words>({
// en: () => import("./en"), ... })`. The English file defines the type; the compiler finds texts that are missing in another language.

/** The languages of the pages, each by its own name. */
export const languageNames = { en: "English", de: "Deutsch", es: "Español", pt: "Português" } as const;

/** A language of the pages. */
export type Language = keyof typeof languageNames;

/** Set by build.mjs: whether this runs in other sites' pages, whose own language counts there. */
declare const WIDGET: boolean;

const KEY = "cordboard.language";
/** The user whose account has the choice stored in this browser; absent if no account has it. */
const OF_KEY = "cordboard.language_of";

function isLanguage(text: string | null | undefined): text is Language {
  return text != null && Object.hasOwn(languageNames, text);
}

/** The language that was chosen in this browser; null if there is none or storage is refused. */
export function chosenLanguage(): Language | null {
  try {
    const stored = localStorage.getItem(KEY);
    return isLanguage(stored) ? stored : null;
  } catch {
    return null;
  }
}

function keep(wanted: Language | null, userId: string | null): void {
  try {
    if (wanted === null) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, wanted);
    if (userId === null) localStorage.removeItem(OF_KEY);
    else localStorage.setItem(OF_KEY, userId);
  } catch {
    // A browser without storage keeps its own language.
  }
}

/** Stores this user's choice, or with null follows the browser; the pages are reloaded in that language. */
export function chooseLanguage(wanted: Language | null, userId: string | null): void {
  keep(wanted, userId);
  location.reload();
}

/** Takes over the language of the signed-in user's account. A choice stored in this browser alone stays if the account has none. Returns whether the
 * pages are reloaded because of it. */
export function followAccount(userId: string, wanted: Language | null): boolean {
  if (wanted === null && !isOfAccount()) return false;
  keep(wanted, userId);
  if ((chosenLanguage() ?? ofBrowser) === language) return false;
  location.reload();
  return true;
}

function isOfAccount(): boolean {
  try {
    return localStorage.getItem(OF_KEY) !== null;
  } catch {
    return false;
  }
}

const tags = WIDGET ? [document.documentElement.lang, ...navigator.languages] : navigator.languages;
const chosen = WIDGET ? null : chosenLanguage();

const ofBrowser = tags.map((tag) => tag.slice(0, 2).toLowerCase()).find(isLanguage) ?? "en";

/** The language of the pages, as long as this page is open. */
export const language: Language = chosen ?? ofBrowser;
if (!WIDGET) document.documentElement.lang = language;

/** For `Intl`: the browser's own tag if it is of our language (`en-GB`), because its user reads dates and numbers in that form. */
export const locale: string = tags.find((tag) => tag.slice(0, 2).toLowerCase() === language) ?? language;

/** The texts of a part of the pages, in the language of the pages. If they can't be loaded, loading the part fails. */
export async function catalogue<T>(load: Record<Language, () => Promise<{ default: T }>>): Promise<T> {
  return (await load[language]()).default;
}

const plurals = new Intl.PluralRules(locale);

/** The form of a word for a number: `plural(2, { one: "call", other: "calls" })`. */
export function plural(n: number, forms: { one: string; other: string }): string {
  return plurals.select(n) === "one" ? forms.one : forms.other;
}

const numbers = new Intl.NumberFormat(locale);

/** A number with the separators of the language: `12,345`. */
export function number(n: number): string {
  return numbers.format(n);
}

const lists = new Intl.ListFormat(locale, { type: "conjunction" });

/** Several things in a row: `one, two and three`. */
export function listed(items: string[]): string {
  return lists.format(items);
}
