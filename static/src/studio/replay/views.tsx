// What of an assistant is looked at: it is written, tried on a past call, or held against its examples. The address says which.
import { go, query } from "../../app/router";
import { may } from "../../api/me";
import { useStudio } from "../context";
import { w } from "./words";

export type View = "write" | "replay" | "examples";

/** The view of the address, and the replay that it names. */
export function view(): { at: View; of: string } {
  const asked = new URLSearchParams(query.value);
  const at = asked.get("view");
  return { at: at === "replay" || at === "examples" ? at : "write", of: asked.get("of") ?? "" };
}

/** The address of a view. */
export function addressOf(id: string, at: View, of = ""): string {
  if (at === "write") return `/studio/${id}`;
  return `/studio/${id}?view=${at}${of === "" ? "" : `&of=${of}`}`;
}

export function open(id: string, at: View, of = ""): void {
  go(addressOf(id, at, of));
}

/** Links to the views. Who may not read what was said on calls has nothing to try. */
export function Views() {
  const { id } = useStudio();
  if (may("calls_read") !== true) return null;
  const { at } = view();
  return (
    <nav class="tabs views" aria-label={w.views.name}>
      {(["write", "replay", "examples"] as const).map((name) => (
        <a key={name} href={addressOf(id, name)} {...(at === name ? { "aria-current": "page" as const } : {})}>
          {w.views[name]}
        </a>
      ))}
    </nav>
  );
}
