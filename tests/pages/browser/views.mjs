// A page as people see it: in light and dark, on a desktop and on a phone.
import { join } from "node:path";
import { audit, equal, must, setting } from "./stage.mjs";

export const SIZES = [
  { width: 1280, height: 800, target: 24 },
  { width: 360, height: 740, target: 44 },
];
export const SCHEMES = ["light", "dark"];

/** Pictures of the documentation. */
const PICTURES = ["login", "calls", "call", "live-call", "system"];

/** Rules of axe whose subject is measured here, more strictly: this one is a quarter of what axe costs. */
const MEASURED = ["target-size"];

/** Looks at a page as it is: axe (all its rules, or those of `runOnly`, which may be none), no scrolling sideways, targets that a finger finds, one h1. */
export async function lookAt(page, name, { width, target }, colorScheme, runOnly = undefined) {
  const where = `${name}, ${width} px, ${colorScheme}`;
  // Every page has its heading once its code is there: what is looked at before is a page that loads.
  await page.locator("h1").first().waitFor();
  if (runOnly?.length !== 0) equal(await audit(page, runOnly, MEASURED), [], `axe, ${where}`);
  const { wide, small, headings } = await page.evaluate(measure, target);
  must(wide <= width, `${where}: ${wide} px wide`);
  equal(small, [], `small targets, ${where}`);
  equal(headings, 1, `h1, ${where}`);
  if (PICTURES.includes(name)) await picture(page, `${name}-${width}-${colorScheme}`);
}

/** The full run, and runs that take pictures, look at everything. */
const IS_WHOLE = Boolean(process.env.CORDBOARD_TEST_FULL || setting.screenshots);

/** How a state is looked at: on a desktop in light and on a phone in dark. `tests/run --full` looks at the other two as well: of each, one
 * half was looked at already. */
const LOOKS = [
  { size: SIZES[0], colorScheme: "light" },
  { size: SIZES[1], colorScheme: "dark" },
  { size: SIZES[1], colorScheme: "light" },
  { size: SIZES[0], colorScheme: "dark" },
].slice(0, IS_WHOLE ? 4 : 2);

/** At which of them axe looks, which costs as much as the rest of a test: in a full run at each, else at one, whose number the state's name
 * gives, so that half of the states are seen so and half so. */
function seenByAxe(name) {
  const sum = [...name].reduce((all, character) => all + character.codePointAt(0), 0);
  return IS_WHOLE ? LOOKS : [LOOKS[sum % LOOKS.length]];
}

/** The same of a state that can't be reached again and again: the page's size and theme change under it. */
export async function lookAtState(page, name) {
  const isCalm = await page.evaluate(() => matchMedia("(prefers-reduced-motion: reduce)").matches);
  const audited = seenByAxe(name);
  for (const look of LOOKS) {
    const { size, colorScheme } = look;
    // Without motion: colours that are on their way from one theme to the other are nobody's.
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.setViewportSize({ width: size.width, height: size.height });
    // A layout that a page makes by its code is there two pictures later.
    await page.evaluate(() => new Promise((shown) => requestAnimationFrame(() => requestAnimationFrame(shown))));
    // From its beginning: further down the top bar covers a part of whatever has come beneath it.
    await page.evaluate(() => scrollTo(0, 0));
    await lookAt(page, name, size, colorScheme, audited.includes(look) ? undefined : []);
  }
  await page.emulateMedia({ colorScheme: "light", reducedMotion: isCalm ? "reduce" : "no-preference" });
  await page.setViewportSize({ width: SIZES[0].width, height: SIZES[0].height });
}

/** In the page: how wide it is, how many h1 people meet, and targets that are too small to hit: lower than `height`, or than 24 px where they are of
 * another kind than usual, or narrower than 24 px. A row's link is as large as its row. */
function measure(height) {
  const usual = "a, button, input, select, summary";
  const all = [...document.querySelectorAll(`${usual}, textarea, [role=button], [role=link], [role=tab], [role=menuitem], [role=option]`)];
  const boxOf = (element) => (element.closest("td.who, fieldset label, .lever-field label") ?? element).getBoundingClientRect();
  const isSmall = (element) => {
    const box = boxOf(element);
    return box.bottom > 0 && (Math.round(box.height) < (element.matches(usual) ? height : 24) || box.width < 24);
  };
  // A link within a sentence is as high as its line: WCAG 2.5.8 excepts it.
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

/** This alert says that the field is wrong; the field has the focus and is described by the alert. */
export async function mustBeWrong(page, field, words) {
  const alert = page.getByRole("alert").filter({ hasText: words });
  await alert.waitFor();
  equal(await field.getAttribute("aria-invalid"), "true", words);
  const described = (await field.getAttribute("aria-describedby")).split(" ");
  must(described.includes(await alert.getAttribute("id")), `“${words}” is not linked to its field`);
  must(await field.evaluate((input) => input === document.activeElement), `“${words}”: the field has not the focus`);
}
