// Actions with a live caller: hold, transfer, bring in a person.
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { change, get, messageOf } from "../api/client";
import type { Call, Capability, Extension, Page } from "../api/model";
import { tell } from "../app/toasts";
import type { Story } from "./fold";
import { w } from "./words";

/** The capability that each verb of the API needs. */
const verbs: Record<keyof typeof w.passing.told, Capability> = {
  hold: "hold",
  unhold: "hold",
  transfer: "transfer_blind",
  handoff: "transfer_attended",
};

/** The capabilities of a caller's leg whose channel no switch under control holds. */
const plain: readonly Capability[] = ["hold", "transfer_blind"];

/** The buttons for what this call can do at the moment; empty if it can do none of it. */
export function Passing({ call, story }: { call: Call; story: Story }) {
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  // Kept here: an interrupted call can do none of it, and the caller may be back in a moment.
  const [target, setTarget] = useState("");
  const capabilities = story.capabilities ?? (call.leg_kind === "audiosocket" ? plain : []);
  const can = (verb: keyof typeof verbs) => capabilities.includes(verbs[verb]);
  const ask = async (verb: keyof typeof verbs, body?: { target: string }) => {
    if (busy) return;
    setBusy(true);
    try {
      await change("POST", `/api/v1/calls/${call.id}/${verb}`, body);
      setError("");
      tell(w.passing.told[verb]);
    } catch (fault) {
      setError(messageOf(fault));
    }
    setBusy(false);
  };
  if (call.state !== "live") return null;
  if (!can("hold") && !can("transfer") && !can("handoff")) return null;
  const hold = story.isHeld ? "unhold" : "hold";
  return (
    <div class="passing" role="group" aria-label={w.passing.name}>
      {can("hold") && (
        <button type="button" aria-disabled={busy} onClick={() => void ask(hold)}>
          {story.isHeld ? w.passing.unhold : w.passing.hold}
        </button>
      )}
      {(can("transfer") || can("handoff")) && (
        <Targets target={target} onTarget={setTarget}>
          {can("transfer") && (
            <button type="button" aria-disabled={busy} onClick={() => void ask("transfer", { target })}>
              {w.passing.transfer}
            </button>
          )}
          {can("handoff") && (
            <button type="button" aria-disabled={busy} onClick={() => void ask("handoff", { target })}>
              {w.passing.handoff}
            </button>
          )}
        </Targets>
      )}
      <p class="error" role="alert">
        {error}
      </p>
    </div>
  );
}

/** A choice of extensions, and the actions for the chosen one. */
function Targets({ target, onTarget, children }: { target: string; onTarget: (target: string) => void; children: ComponentChildren }) {
  const [extensions, setExtensions] = useState<Extension[] | null>(null);
  const [error, setError] = useState("");
  useEffect(() => {
    get<Page<Extension>>("/api/v1/extensions").then(
      ({ items }) => {
        setExtensions(items);
        if (!items.some(({ name }) => name === target)) onTarget(items[0]?.name ?? "");
      },
      (fault: unknown) => setError(messageOf(fault)),
    );
  }, []);
  if (error !== "") {
    return (
      <p class="error" role="alert">
        {error}
      </p>
    );
  }
  if (extensions === null) return null;
  if (extensions.length === 0) return <p class="muted">{w.passing.noExtension}</p>;
  return (
    <>
      <div class="field">
        <label for="extension">{w.passing.to}</label>
        <select id="extension" value={target} onChange={(event) => onTarget(event.currentTarget.value)}>
          {extensions.map(({ name, title }) => (
            <option key={name} value={name}>
              {title === "" ? name : `${name} (${title})`}
            </option>
          ))}
        </select>
      </div>
      {children}
    </>
  );
}
