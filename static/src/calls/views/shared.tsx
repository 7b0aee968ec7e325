// Calls that colleagues have shared with the signed-in user: at the top of the list until the user marks them done.
import { useEffect, useState } from "preact/hooks";
import { change, get, messageOf } from "../../api/client";
import type { CallShare, Page } from "../../api/model";
import { Icon } from "../../app/icons";
import { useKeptFocus } from "../../app/kept-focus";
import { Confirm, When } from "../../app/parts";
import { tell } from "../../app/toasts";
import { callName } from "../../words/call";
import { inSentence } from "../../words/people";
import { w } from "./words";

/** The list, with times in `zone`; empty if there is none. */
export function SharedCalls({ zone }: { zone: string }) {
  const [shares, setShares] = useState<CallShare[]>([]);
  const [asked, setAsked] = useState<CallShare | null>(null);
  useKeptFocus(shares.length, "main h1");
  useEffect(() => {
    get<Page<CallShare>>("/api/v1/call-shares").then(({ items }) => setShares(items), () => setShares([]));
  }, []);
  const done = async (share: CallShare) => {
    try {
      await change("DELETE", `/api/v1/call-shares/${share.id}`);
      setShares((was) => was.filter(({ id }) => id !== share.id));
    } catch (fault) {
      tell(messageOf(fault));
    }
  };
  if (shares.length === 0) return null;
  return (
    <section class="panel shared-calls" aria-labelledby="shared-calls">
      <div class="top">
        <h2 id="shared-calls">{w.sharedTitle}</h2>
      </div>
      <ul>
        {shares.map((share) => (
          <li key={share.id}>
            <span class="shared-what">
              <a href={`/calls/${share.call_id}`} dir="auto">
                {callName(share)}
              </a>{" "}
              <span class="meta">
                {w.sharedBy(share.by ?? w.somebody)}, <When at={share.created_at} zone={zone} />
              </span>
              {share.note !== "" && <q dir="auto">{share.note}</q>}
            </span>
            <button type="button" aria-label={w.doneWith(inSentence(callName(share)))} onClick={() => setAsked(share)}>
              <Icon name="tick" />
              {w.done}
            </button>
          </li>
        ))}
      </ul>
      {asked && (
        <Confirm
          title={w.doneAsk(inSentence(callName(asked)))}
          text={w.doneText}
          verb={w.done}
          onClose={() => setAsked(null)}
          onYes={() => void done(asked)}
        />
      )}
    </section>
  );
}
