// The views of an assistant: writing it, trying it on a past call, running it against its examples, or comparing it with its shadow. The view is in
// the address.
import { go, query } from "../../app/router";
import { may } from "../../api/me";
import { type Slot, useStudio } from "../context";
import { w } from "./words";

export type View = "write" | "replay" | "examples" | "shadow";

/** The view in the address, and the replay or call that it names. */
export function view(): { at: View; of: string } {
  const asked = new URLSearchParams(query.value);
  const at = asked.get("view");
  return { at: at === "replay" || at === "examples" || at === "shadow" ? at : "write", of: asked.get("of") ?? "" };
}

/** The draft in the address. */
export const slotOf = (): Slot => (new URLSearchParams(query.value).get("draft") === "b" ? "b" : "a");

/** The address of a view, of the shown draft or another one. */
export function addressOf(id: string, at: View, of = "", slot: Slot = slotOf()): string {
  return addressWith(id, [...(at === "write" ? [] : [`view=${at}`]), ...(of === "" ? [] : [`of=${of}`])], slot);
}

/** The address of the draft with something next to it; empty for nothing. */
export function besideOf(id: string, what: string): string {
  return addressWith(id, what === "" ? [] : [`with=${encodeURIComponent(what)}`], slotOf());
}

function addressWith(id: string, parts: string[], slot: Slot): string {
  const all = slot === "b" ? ["draft=b", ...parts] : parts;
  return all.length === 0 ? `/studio/${id}` : `/studio/${id}?${all.join("&")}`;
}

export function open(id: string, at: View, of = ""): void {
  go(addressOf(id, at, of));
}

/** Links to the views. Users who may not read transcripts have nothing to try. */
export function Views() {
  const { id } = useStudio();
  if (may("calls_read") !== true) return null;
  const { at } = view();
  return (
    <nav class="tabs views" aria-label={w.views.name}>
      {(["write", "replay", "examples", "shadow"] as const).map((name) => (
        <a key={name} href={addressOf(id, name)} {...(at === name ? { "aria-current": "page" as const } : {})}>
          {w.views[name]}
        </a>
      ))}
    </nav>
  );
}
