// Checks of a page as users see it: light and dark, on a desktop and on a phone.
import { join } from "node:path";
import { audit, equal, must, setting } from "./stage.mjs";

export const SIZES = [
  { width: 1280, height: 800, target: 24 },
  { width: 360, height: 740, target: 44 },
];
export const SCHEMES = ["light", "dark"];

/** States whose screenshots the documentation shows. */
const PICTURES = ["login", "calls", "call", "live-call", "system"];

/** Rules of axe that `measure` replaces by stricter checks: this one is a quarter of axe's cost. */
const MEASURED = ["target-size"];

/** Checks a page as it is: it passes axe (all its rules, or those of `runOnly`, which may be empty), doesn't scroll sideways, has targets large
 * enough for a finger, and has one h1. */
export async function lookAt(page, name, { width, target }, colorScheme, runOnly = undefined) {
  const where = `${name}, ${width} px, ${colorScheme}`;
  // Every page has its heading once its code has run; before that it is still loading.
  await page.locator("h1").first().waitFor();
  if (runOnly?.length !== 0) equal(await audit(page, runOnly, MEASURED), [], `axe, ${where}`);
  const { wide, small, headings } = await page.evaluate(measure, target);
  must(wide <= width, `${where}: ${wide} px wide`);
  equal(small, [], `small targets, ${where}`);
  equal(headings, 1, `h1, ${where}`);
  if (PICTURES.includes(name)) await picture(page, `${name}-${width}-${colorScheme}`);
}

/** Full runs and runs that take screenshots check everything. */
const IS_WHOLE = Boolean(process.env.CORDBOARD_TEST_FULL || setting.screenshots);

/** How a state is checked: on a desktop in light and on a phone in dark, if axe checks it there. `tests/run --full` adds the other two combinations,
 * whose size and scheme have each been checked once. */
const LOOKS = [
  { size: SIZES[0], colorScheme: "light" },
  { size: SIZES[1], colorScheme: "dark" },
  { size: SIZES[1], colorScheme: "light" },
  { size: SIZES[0], colorScheme: "dark" },
].slice(0, IS_WHOLE ? 4 : 2);

/** The looks in which axe checks a state, since axe costs as much as the rest of a test: in a full run all of them, else one, chosen by the
 * state's name, so that each look gets half of the states. */
function seenByAxe(name) {
  const sum = [...name].reduce((all, character) => all + character.codePointAt(0), 0);
  return IS_WHOLE ? LOOKS : [LOOKS[sum % LOOKS.length]];
}

/** Checks a state that can't be reached repeatedly: the page's size and theme change while it is shown. With `words`, it differs from another
 * state that is checked only in its words, which may be too long: axe checks it in a full run. */
export async function lookAtState(page, name, { words = false } = {}) {
  const queries = ["(prefers-reduced-motion: reduce)", "(prefers-color-scheme: dark)"];
  const [isCalm, isDark] = await page.evaluate((all) => all.map((query) => matchMedia(query).matches), queries);
  const audited = words && !IS_WHOLE ? [] : seenByAxe(name);
  let shown = isCalm ? (isDark ? "dark" : "light") : null;
  for (const look of LOOKS) {
    const { size } = look;
    const isAudited = audited.includes(look);
    // The theme makes a difference to axe and to pictures. Changing it costs the page all its styles.
    const colorScheme = isAudited || IS_WHOLE ? look.colorScheme : "light";
    // Without motion: half-faded colours between two themes would fail the checks.
    if (shown !== colorScheme) await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    shown = colorScheme;
    await page.setViewportSize({ width: size.width, height: size.height });
    // A layout that the page computes in code is ready two frames later. Scrolled to the top: further down the top bar covers part of the content.
    await page.evaluate(async () => {
      await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
      scrollTo(0, 0);
    });
    await lookAt(page, name, size, colorScheme, isAudited ? undefined : []);
  }
  if (shown !== "light" || !isCalm) await page.emulateMedia({ colorScheme: "light", reducedMotion: isCalm ? "reduce" : "no-preference" });
  await page.setViewportSize({ width: SIZES[0].width, height: SIZES[0].height });
}

/** Runs in the page: its width, the number of visible h1, and targets that are too small to hit: lower than `height` (24 px for unusual kinds of
 * elements) or narrower than 24 px. A row's link counts as large as its row. */
function measure(height) {
  const usual = "a, button, input, select, summary";
  const all = [...document.querySelectorAll(`${usual}, textarea, [role=button], [role=link], [role=tab], [role=menuitem], [role=option]`)];
  const boxOf = (element) => (element.closest("td.who, fieldset label, .lever-field label") ?? element).getBoundingClientRect();
  const isSmall = (element) => {
    const box = boxOf(element);
    return box.bottom > 0 && (Math.round(box.height) < (element.matches(usual) ? height : 24) || box.width < 24);
  };
  // A link within a sentence is as high as its line: WCAG 2.5.8 exempts it.
  const isInSentence = (element) =>
    element.localName === "a" &&
    getComputedStyle(element).display === "inline" &&
    (element.closest("p, li, td, dd")?.textContent.trim() ?? "") !== element.textContent.trim();
  const seen = (element) => element.checkVisibility({ visibilityProperty: true });
  return {
    wide: document.documentElement.scrollWidth,
    headings: [...document.querySelectorAll("h1")].filter((one) => seen(one) && !one.closest("[aria-hidden=true]")).length,
    small: all
      .filter((element) => element.checkVisibility() && isSmall(element) && !isInSentence(element))
      .map((element) => `${element.outerHTML.slice(0, 80)} ${boxOf(element).width} x ${boxOf(element).height}`),
  };
}

async function picture(page, name) {
  if (setting.screenshots) await page.screenshot({ path: join(setting.screenshots, `${name}.png`), animations: "disabled" });
}

/** Checks that this alert marks the field as wrong: the field has the focus and is described by the alert. */
export async function mustBeWrong(page, field, words) {
  const alert = page.getByRole("alert").filter({ hasText: words });
  await alert.waitFor();
  equal(await field.getAttribute("aria-invalid"), "true", words);
  const described = (await field.getAttribute("aria-describedby")).split(" ");
  must(described.includes(await alert.getAttribute("id")), `“${words}” is not linked to its field`);
  must(await field.evaluate((input) => input === document.activeElement), `“${words}”: the field does not have the focus`);
}
