// A link's signing secret, with which a website's server signs who its visitors are.
import { useRef, useState } from "preact/hooks";
import { change, messageOf } from "../api/client";
import type { TalkLink, TalkLinkWithSecret } from "../api/model";
import { useKeptFocus } from "../app/kept-focus";
import { Confirm, When } from "../app/parts";
import { tell } from "../app/toasts";
import { ShownOnce, Snippet } from "../house/parts";
import { NODE, PHP, PYTHON } from "./signing-snippets";
import { w } from "./words";

/** The section of a link's panel. */
export function SigningPanel({ link, onChanged }: { link: TalkLink; onChanged: () => Promise<void> }) {
  const [secret, setSecret] = useState("");
  const [asks, setAsks] = useState<"replace" | "remove" | null>(null);
  const { id, name, signing_secret_made_at: madeAt } = link;
  const path = `/api/v1/talk-links/${id}/signing-secret`;
  // The button that removes the secret is gone then.
  useKeptFocus(madeAt ? 1 : 0, `[id="signing-${id}"] .ways button`);
  const busy = useRef(false);
  const act = async (work: () => Promise<void>) => {
    // A second secret would replace the one that is shown.
    if (busy.current) return;
    busy.current = true;
    try {
      await work();
    } catch (error) {
      tell(messageOf(error));
    }
    await onChanged();
    busy.current = false;
  };
  const make = () =>
    act(async () => {
      const made = await change<TalkLinkWithSecret>("POST", path);
      setSecret(made?.secret ?? "");
    });
  const remove = () =>
    act(async () => {
      await change("DELETE", path);
      setSecret("");
      tell(w.signing.isRemoved(name));
    });
  return (
    <section id={`signing-${id}`} class="signing" aria-label={w.signing.of(name)}>
      <h3>{w.signing.title}</h3>
      <p class="hint">{w.signing.text}</p>
      <p class="meta" role="status">
        {madeAt ? (
          <>
            {w.signing.madeAt} <When at={madeAt} />
          </>
        ) : (
          w.signing.none
        )}
      </p>
      {secret !== "" && <ShownOnce name={w.signing.secretOf(name)} value={secret} onDone={() => setSecret("")} />}
      <p class="ways">
        <button type="button" onClick={() => (madeAt ? setAsks("replace") : void make())}>
          {madeAt ? w.signing.replace : w.signing.make}
        </button>
        {madeAt && (
          <button type="button" class="danger" onClick={() => setAsks("remove")}>
            {w.signing.remove}
          </button>
        )}
      </p>
      {madeAt && (
        <>
          <Snippet name={w.signing.snippet("Node.js")} text={NODE} />
          <Snippet name={w.signing.snippet("Python")} text={PYTHON} />
          <Snippet name={w.signing.snippet("PHP")} text={PHP} />
          <p class="hint">{w.signing.where}</p>
        </>
      )}
      {asks === "replace" && (
        <Confirm title={w.signing.replaceAsk(name)} text={w.signing.replaceText} verb={w.signing.replace} onClose={() => setAsks(null)} onYes={() => void make()} />
      )}
      {asks === "remove" && (
        <Confirm title={w.signing.removeAsk(name)} text={w.signing.removeText} verb={w.signing.remove} onClose={() => setAsks(null)} onYes={() => void remove()} />
      )}
    </section>
  );
}
