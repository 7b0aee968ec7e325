// The drafts of a profile: the one that always exists, and a second one. The address says which is shown.
import { useId, useState } from "preact/hooks";
import { change, messageOf } from "../api/client";
import type { ProfileDraft, Publication } from "../api/model";
import { Dialog } from "../app/dialog";
import { useKeptFocus } from "../app/kept-focus";
import { number } from "../app/language";
import { Confirm } from "../app/parts";
import { go } from "../app/router";
import { tell } from "../app/toasts";
import { w as frame } from "../app/words";
import { type Slot, useStudio } from "./context";
import { addressOf, besideOf } from "./replay/views";
import { w } from "./words";

interface Known {
  /** Whether there is a second draft. */
  hasSecond: boolean;
  /** The version that callers hear; 0 if none was published. */
  current: number;
  versions: Publication[];
  /** Whether the shown draft differs from what callers hear. */
  isChanged: boolean;
  /** Called when the first draft was discarded. */
  onDiscarded: () => void;
}

export function Drafts({ hasSecond, current, versions, isChanged, onDiscarded }: Known) {
  const { id, slot, keeper, canWrite } = useStudio();
  const [begins, setBegins] = useState(false);
  const [discards, setDiscards] = useState(false);
  const discard = async () => {
    try {
      // No save may arrive after it was deleted.
      await keeper.flush();
      await change("DELETE", `/api/v1/agent-profiles/${id}/drafts/${slot}`);
      tell(w.drafts.discarded[slot]);
      if (slot === "b") go(addressOf(id, "write", "", "a"), "replace");
      else onDiscarded();
    } catch (fault) {
      tell(messageOf(fault));
    }
  };
  const canDiscard = canWrite && (slot === "b" || (isChanged && current > 0));
  // The button that discards is gone then.
  useKeptFocus(`${hasSecond} ${canDiscard}`, ".drafts a, .drafts button");
  if (!hasSecond && !canWrite) return null;
  return (
    <div class="drafts">
      {hasSecond ? (
        <nav class="tabs" aria-label={w.drafts.name}>
          {(["a", "b"] as const).map((one) => (
            <a key={one} href={addressOf(id, "write", "", one)} {...(one === slot ? { "aria-current": "page" as const } : {})}>
              {w.drafts.of[one]}
            </a>
          ))}
        </nav>
      ) : (
        <button type="button" class="btn quiet small" onClick={() => setBegins(true)}>
          {w.drafts.begin}
        </button>
      )}
      {hasSecond && (
        <a class="btn small" href={besideOf(id, "draft")}>
          {w.drafts.beside}
        </a>
      )}
      {canDiscard && (
        <button type="button" class="btn quiet small" onClick={() => setDiscards(true)}>
          {w.drafts.discard[slot]}
        </button>
      )}
      {begins && <Begin {...{ current, versions }} onClose={() => setBegins(false)} />}
      {discards && (
        <Confirm
          title={w.drafts.discard[slot]}
          text={w.drafts.discardText[slot]}
          verb={w.drafts.discardAct}
          onClose={() => setDiscards(false)}
          onYes={() => void discard()}
        />
      )}
    </div>
  );
}

/** Asks what the second draft starts with. */
function Begin({ current, versions, onClose }: { current: number; versions: Publication[]; onClose: () => void }) {
  const { id, keeper } = useStudio();
  const names = useId();
  const [from, setFrom] = useState("");
  const [fault, setFault] = useState("");
  const [busy, setBusy] = useState(false);
  const begin = async (event: Event) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    try {
      // The new draft starts with the shown one.
      if (!(await keeper.flush())) return setFault(w.publish.notSaved);
      await change<ProfileDraft>("POST", `/api/v1/agent-profiles/${id}/drafts`, from === "" ? {} : { version: Number(from) });
      onClose();
      go(addressOf(id, "write", "", "b"));
    } catch (problem) {
      setFault(messageOf(problem));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog title={w.drafts.begin} onClose={onClose}>
      <form onSubmit={(event) => void begin(event)} noValidate>
        <p class="muted">{w.drafts.hint}</p>
        <div class="field">
          <label for={`${names}-from`}>{w.drafts.from}</label>
          <select id={`${names}-from`} autofocus aria-describedby={`${names}-fault`} value={from} onChange={({ currentTarget }) => setFrom(currentTarget.value)}>
            <option value="">{w.drafts.of.a}</option>
            {versions.map(({ version, note }) => (
              <option key={version} value={version}>
                {version === current ? w.compare.published(number(version)) : note === "" ? w.version(number(version)) : `${w.version(number(version))}: ${note}`}
              </option>
            ))}
          </select>
          <p id={`${names}-fault`} class="error" role="alert">
            {fault}
          </p>
        </div>
        <div class="actions">
          <button type="button" onClick={onClose}>
            {frame.act.cancel}
          </button>
          <button type="submit" class="primary" aria-disabled={busy}>
            {w.drafts.beginAct}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

/** The other one of the two. */
export const otherOf = (slot: Slot): Slot => (slot === "a" ? "b" : "a");
