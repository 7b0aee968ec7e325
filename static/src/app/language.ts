// The language of the pages: chosen here or by the browser, and how words, numbers and dates are said in it.
//
// Each part of the pages keeps its words in `words/{en,de,es,pt}.ts` beside it, and loads one of them:
// `export const w = await catalogue<Words>({ en: () => import("./en"), ... })`. The English file defines the type; the compiler
// finds what another language lacks.

/** The languages that the pages are written in, each by its own name. */
export const languageNames = { en: "English", de: "Deutsch", es: "Español", pt: "Português" } as const;

/** A language of the pages. */
export type Language = keyof typeof languageNames;

/** Made by build.mjs: whether this runs on pages of other sites, whose own language counts there. */
declare const WIDGET: boolean;

const KEY = "cordboard.language";

function isLanguage(text: string | null | undefined): text is Language {
  return text != null && Object.hasOwn(languageNames, text);
}

/** The language that was chosen in this browser; null where none was, or where storage is refused. */
export function chosenLanguage(): Language | null {
  try {
    const stored = localStorage.getItem(KEY);
    return isLanguage(stored) ? stored : null;
  } catch {
    return null;
  }
}

/** Keeps the choice, or with null goes by the browser's; the pages are loaded anew, with it. */
export function chooseLanguage(wanted: Language | null): void {
  try {
    if (wanted === null) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, wanted);
  } catch {
    // A browser that stores nothing keeps its own language.
  }
  location.reload();
}

const tags = WIDGET ? [document.documentElement.lang, ...navigator.languages] : navigator.languages;
const chosen = WIDGET ? null : chosenLanguage();

/** The language of the pages, as long as this page is open. */
export const language: Language = chosen ?? tags.map((tag) => tag.slice(0, 2).toLowerCase()).find(isLanguage) ?? "en";
if (!WIDGET) document.documentElement.lang = language;

/** For `Intl`: the browser's own tag where it is of our language (`en-GB`), because its user reads such dates and numbers. */
export const locale: string = tags.find((tag) => tag.slice(0, 2).toLowerCase() === language) ?? language;

/** The words of a part of the pages, in the language of the pages. Where they can't be loaded, loading the part fails. */
export async function catalogue<T>(load: Record<Language, () => Promise<{ default: T }>>): Promise<T> {
  return (await load[language]()).default;
}

const plurals = new Intl.PluralRules(locale);

/** The form of a word for a number: `plural(2, { one: "call", other: "calls" })`. */
export function plural(n: number, forms: { one: string; other: string }): string {
  return plurals.select(n) === "one" ? forms.one : forms.other;
}

const numbers = new Intl.NumberFormat(locale);

/** A number with the signs of the language: `12,345`. */
export function number(n: number): string {
  return numbers.format(n);
}

const lists = new Intl.ListFormat(locale, { type: "conjunction" });

/** Several things in a row: `one, two and three`. */
export function listed(items: string[]): string {
  return lists.format(items);
}
