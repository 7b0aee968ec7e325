// Sharing a call with a colleague, and what that colleague sees on the call's page.
import { useEffect, useMemo, useState } from "preact/hooks";
import { change, get, messageOf, Problem } from "../../api/client";
import { may, myId } from "../../api/me";
import type { CallShare, Page } from "../../api/model";
import { Dialog } from "../../app/dialog";
import { useHeldPage } from "../../app/guard-leaving";
import { Icon } from "../../app/icons";
import { useKeptFocus } from "../../app/kept-focus";
import { leaving } from "../../app/leaving";
import { Confirm } from "../../app/parts";
import { tell } from "../../app/toasts";
import { w as frame } from "../../app/words";
import { useColleagues } from "../../people/colleagues";
import { Combo } from "./combo";
import { w } from "./words";

const LETTERS_MAX = 300;

/** The button, and its window. */
export function ShareCall({ callId, onShared }: { callId: string; onShared: () => void }) {
  const [isOpen, setOpen] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(`${location.origin}/calls/${callId}`);
      tell(w.linkCopied);
    } catch {
      tell(w.linkNotCopied);
    }
  };
  return (
    <div class="share-acts">
      <button type="button" onClick={() => void copy()}>
        <Icon name="link" />
        {w.copyLink}
      </button>
      {may("calls_annotate") === true && (
        <button type="button" onClick={() => setOpen(true)}>
          <Icon name="send" />
          {w.share}
        </button>
      )}
      {isOpen && (
        <ShareWindow
          callId={callId}
          onClose={() => setOpen(false)}
          onShared={() => {
            setOpen(false);
            onShared();
          }}
        />
      )}
    </div>
  );
}

function ShareWindow({ callId, onClose, onShared }: { callId: string; onClose: () => void; onShared: () => void }) {
  const colleagues = useColleagues();
  const [who, setWho] = useState<string | null>(null);
  const [note, setNote] = useState("");
  const [fault, setFault] = useState("");
  const [busy, setBusy] = useState(false);
  const isChanged = note.trim() !== "";
  useHeldPage(isChanged);
  const me = myId();
  const options = useMemo(
    () => colleagues.filter(({ user_id }) => user_id !== me).map(({ user_id, name }) => ({ value: user_id, label: name })),
    [colleagues, me],
  );
  const share = async () => {
    if (busy) return;
    if (who === null) return setFault(w.chooseOne);
    setBusy(true);
    const name = options.find(({ value }) => value === who)?.label ?? "";
    try {
      await change("POST", `/api/v1/calls/${callId}/shares`, { user_id: who, note: note.trim() });
      tell(w.sharedWith(name));
      onShared();
    } catch (problem) {
      const isThere = problem instanceof Problem && problem.code === "shared_already";
      setFault(isThere ? w.sharedAlready(name) : messageOf(problem));
      setBusy(false);
    }
  };
  return (
    <Dialog title={w.shareTitle} isChanged={isChanged} onClose={onClose}>
      <form
        class="share-form"
        onSubmit={(event) => {
          event.preventDefault();
          void share();
        }}
      >
        <Combo
          label={w.colleague}
          hint={w.colleagueHint}
          options={options}
          none={w.nobodySo}
          keeps
          onChoose={(value) => {
            setFault("");
            // A typed text that matches no name selects nobody.
            setWho(options.some((option) => option.value === value) ? value : null);
          }}
        />
        <div class="field">
          <label for="share-note">{w.shareNote}</label>
          <input id="share-note" dir="auto" maxLength={LETTERS_MAX} value={note} onInput={(event) => setNote(event.currentTarget.value)} />
        </div>
        <p class="hint">{w.shareHint}</p>
        <p class="error" role="alert">
          {fault}
        </p>
        <div class="acts">
          <button type="submit" class="primary" aria-disabled={busy}>
            {w.shareVerb}
          </button>
          <button type="button" onClick={() => (isChanged ? leaving(onClose) : onClose())}>
            {frame.act.cancel}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

/** The users who shared the call with the signed-in user, on the page of that call. */
export function SharedWithMe({ callId }: { callId: string }) {
  const [shares, setShares] = useState<CallShare[]>([]);
  const [asked, setAsked] = useState<CallShare | null>(null);
  useKeptFocus(shares.length, "main h1");
  useEffect(() => {
    const show = ({ items }: Page<CallShare>) => setShares(items.filter(({ call_id }) => call_id === callId));
    get<Page<CallShare>>("/api/v1/call-shares").then(show, () => setShares([]));
  }, [callId]);
  const done = async (share: CallShare) => {
    try {
      await change("DELETE", `/api/v1/call-shares/${share.id}`);
      setShares((was) => was.filter(({ id }) => id !== share.id));
      tell(w.isDone);
    } catch (fault) {
      tell(messageOf(fault));
    }
  };
  return (
    <>
      {shares.map((share) => (
        <div key={share.id} class="notice shared-notice">
          <p>
            {w.sharedBy(share.by ?? w.admin)} {share.note !== "" && <q dir="auto">{share.note}</q>}
          </p>
          <button type="button" onClick={() => setAsked(share)}>
            <Icon name="tick" />
            {w.done}
          </button>
        </div>
      ))}
      {asked && (
        <Confirm
          title={w.doneAsk}
          text={w.doneText}
          verb={w.done}
          onClose={() => setAsked(null)}
          onYes={() => void done(asked)}
        />
      )}
    </>
  );
}
