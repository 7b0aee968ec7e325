// Keyboard shortcuts: the sheet lists all of them, and shortcuts of a single key can be switched off.
import { equal, must, test } from "../stage.mjs";
import { lookAtState } from "../views.mjs";
import { button, deskOf, person } from "./people.mjs";

const sheet = (page) => page.getByRole("dialog", { name: "Keys" });

test("desk::the_sheet_of_keys_opens_by_its_key_and_single_keys_go_off", async (open) => {
  const page = await deskOf(open, await person("Lea"));
  await page.getByRole("region", { name: "No call" }).waitFor();
  await page.keyboard.press("?");
  await sheet(page).waitFor();
  must(await sheet(page).evaluate((dialog) => dialog.contains(document.activeElement)), "the focus is not in the sheet");
  const keys = await sheet(page).getByRole("row").locator("kbd").allInnerTexts();
  equal(new Set(keys).size, keys.length, "different keys on the sheet");
  for (const key of ["Enter", "M", "H", "P", "T", "Shift+X", "N", "J", "K", "?", "1 to 9", "Ctrl+Shift+A", "Ctrl+Shift+X", "Ctrl+K"]) {
    must(keys.includes(key), `${key} is not on the sheet: ${keys.join(", ")}`);
  }
  await lookAtState(page, "desk-keys");
  await page.keyboard.press("Escape");
  equal(await sheet(page).count(), 0, "open sheets after Esc");
  await button(page, "Keys").click();
  await sheet(page).getByRole("checkbox", { name: "Single keys" }).uncheck();
  equal((await sheet(page).getByRole("row").locator("kbd").allInnerTexts()).every((key) => key.startsWith("Ctrl+")), true);
  await button(sheet(page), "Close").click();
  await page.getByRole("heading", { name: "Desk", exact: true }).click();
  await page.keyboard.press("?");
  equal(await sheet(page).count(), 0, "sheets opened by a single key");
  await page.keyboard.press("Control+Shift+L");
  await sheet(page).waitFor();
  await page.keyboard.press("Escape");
  await page.reload();
  await page.getByRole("region", { name: "No call" }).waitFor();
  await page.keyboard.press("?");
  equal(await sheet(page).count(), 0, "sheets after a reload: the choice is kept");
});
