// Transfers a caller to a colleague, a queue or a phone, or consults them about the caller first.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { get } from "../api/client";
import type { AgentCall, Extension, Page } from "../api/model";
import { tell } from "../app/toasts";
import { keepNextNote, nextNote } from "./next-notes";
import { othersIn, whyNot, whyNotIn } from "./standing";
import { act } from "./store";
import { TargetBox } from "./target-box";
import { found, type Target, targetNamed, targets } from "./targets";
import { focusBack, unfolded } from "./unfolded";
import { w } from "./words/parts";

/** The maximum length of the note to the next party, in characters. */
const NOTE_LETTERS_MAX = 1_000;

/** The panel. */
export function Transfer({ call }: { call: AgentCall }) {
  const panel = useRef<HTMLDivElement>(null);
  const [chosen, setChosen] = useState<string | null>(null);
  const [note, setNote] = useState(() => nextNote("transfer", call.call_id));
  const [isBusy, setBusy] = useState(false);
  const [listed, setListed] = useState<readonly Extension[]>([]);
  useEffect(() => {
    // An agent who may not read the list types the target: the server knows them all.
    void get<Page<Extension>>("/api/v1/extensions").then(({ items }) => setListed(items), () => undefined);
  }, []);
  const all = targets(call, listed);
  const target = targetNamed(all, chosen);
  useLayoutEffect(() => {
    const { current } = panel;
    return () => focusBack(current);
  }, []);
  const close = () => {
    unfolded.value = null;
  };
  const send = async (how: "transfer" | "consult", { name, title }: Target) => {
    setBusy(true);
    const isDone = await act({ command: how, call_id: call.call_id, target: name, note: note.trim() });
    setBusy(false);
    if (!isDone) return;
    keepNextNote("transfer", call.call_id, "");
    close();
    if (how === "transfer") tell(w.transfer.done(title));
  };
  const isShared = othersIn(call) !== "";
  // The controls above say why.
  const isOff = !target || isBusy || whyNot(call, "other") !== "";
  return (
    <div
      ref={panel}
      class="transfer"
      role="group"
      aria-label={w.transfer.name}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || event.defaultPrevented) return;
        event.preventDefault();
        close();
      }}
    >
      <TargetBox find={(query) => found(all, query)} target={target} isAny={all.length > 0} onChoose={setChosen} />
      <label for="desk-transfer-note">{w.transfer.note}</label>
      <textarea
        id="desk-transfer-note"
        rows={2}
        maxLength={NOTE_LETTERS_MAX}
        value={note}
        onInput={({ currentTarget: { value } }) => {
          setNote(value);
          keepNextNote("transfer", call.call_id, value);
        }}
      />
      <div class="actions">
        <button type="button" class="primary" disabled={isOff || isShared} onClick={() => target && void send("transfer", target)}>
          {w.transfer.now}
        </button>
        <button type="button" disabled={isOff} onClick={() => target && void send("consult", target)}>
          {w.transfer.consult}
        </button>
        <button type="button" onClick={close}>
          {w.transfer.keep}
        </button>
      </div>
      <p class="meta">{hint(call, target)}</p>
    </div>
  );
}

/** The effect of the two ways, or why one of them is not possible. */
function hint(call: AgentCall, target: Target | undefined): string {
  if (othersIn(call) !== "") return w.transfer.shared(whyNotIn(call, "hand_back"));
  if (!target) return w.transfer.choose;
  return w.transfer.hint;
}
