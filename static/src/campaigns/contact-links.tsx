// The contact links of a campaign: secret addresses through which other services add people to its list.
import { useEffect, useRef, useState } from "preact/hooks";
import { change, messageOf, sentence, worded } from "../api/client";
import type { Campaign, ContactLink, ContactLinkWithSecret, MadeContactLink, Page } from "../api/model";
import { refusal } from "../api/refusals";
import { copy } from "../app/copy";
import { useHeldPage } from "../app/guard-leaving";
import { Icon } from "../app/icons";
import { useKeptFocus } from "../app/kept-focus";
import { number } from "../app/language";
import { useLoaded } from "../app/load";
import { Confirm, Failed, Skeleton, When } from "../app/parts";
import { RowAct } from "../app/row-act";
import { tell } from "../app/toasts";
import { w as common } from "../app/words";
import { Lamp } from "../house/parts";
import { h } from "../house/words";
import { Sheet } from "../people/parts";
import { LinkForm } from "./link-form";
import { w } from "./words";

/** A secret that the server shows once. */
interface Once {
  id: string;
  kind: "address" | "secret";
  text: string;
  value: string;
}

/** The dialog: all links, or the form for one. */
export function ContactLinks({ campaign, onClose }: { campaign: Campaign; onClose: () => void }) {
  const [opened, setOpened] = useState<ContactLink | "new" | null>(null);
  const [onces, setOnces] = useState<Once[]>([]);
  const show = (of: Once) => setOnces((all) => [...all.filter(({ id, kind }) => id !== of.id || kind !== of.kind), of]);
  const path = `/api/v1/campaigns/${campaign.id}/contact-links`;
  const { value, fault, again } = useLoaded<Page<ContactLink>>(path, ["campaign", "contact"]);
  const add = useRef<HTMLButtonElement>(null);
  const shown = useRef<HTMLDivElement>(null);
  const wasOpened = useRef(false);
  useKeptFocus(value?.items.length, ".contact-links > .acts button");
  useHeldPage(onces.length > 0);
  // The form is gone, and the focused element with it.
  useEffect(() => {
    if (opened === null && wasOpened.current) (shown.current ?? add.current)?.focus();
    wasOpened.current = opened !== null;
  }, [opened]);
  /** The current state of the edited link: somebody else may have changed it since. */
  const edited = opened === "new" || opened === null ? null : (value?.items.find(({ id }) => id === opened.id) ?? opened);
  const saved = (made: MadeContactLink | null) => {
    if (made) show({ id: made.id, kind: "address", text: w.links.once(made.name), value: made.url });
    setOpened(null);
    void again();
  };
  return (
    <Sheet title={opened === null ? w.links.title : opened === "new" ? w.links.add : w.links.edit(opened.name)} onClose={onClose} wide>
      {opened !== null && <LinkForm campaign={campaign} link={edited} onSaved={saved} onStale={() => void again()} onCancel={() => setOpened(null)} />}
      {opened === null && (
        <div class="contact-links">
          <p class="soft">{w.links.lede}</p>
          {onces.map((once) => (
            <div key={once.value} ref={shown} class="shown-once" role="group" aria-label={once.text} tabIndex={-1}>
              <p class="soft">{once.text}</p>
              <p class="value">
                <code dir="ltr">{once.value}</code>
              </p>
              <p class="acts">
                <button type="button" class="primary" onClick={() => void copy(once.value)}>
                  <Icon name="copy" />
                  {common.act.copy}
                </button>
                <button
                  type="button"
                  onClick={() => {
                    setOnces((all) => all.filter((one) => one !== once));
                    add.current?.focus();
                  }}
                >
                  {h.kept}
                </button>
              </p>
            </div>
          ))}
          {!value && (fault === "" ? <Skeleton rows={3} /> : <Failed message={fault} onRetry={() => void again()} />)}
          {value?.items.length === 0 && <p class="muted">{w.links.none}</p>}
          {value && value.items.length > 0 && (
            <ul class="rows">
              {value.items.map((link) => (
                <Row
                  key={link.id}
                  link={link}
                  path={`${path}/${link.id}`}
                  onEdit={() => setOpened(link)}
                  onSecret={(secret) => show({ id: link.id, kind: "secret", text: w.links.secretOnce(link.name), value: secret })}
                  onRevoked={() => setOnces((all) => all.filter(({ id }) => id !== link.id))}
                  onChanged={again}
                />
              ))}
            </ul>
          )}
          <div class="acts">
            <button ref={add} type="button" class="btn primary" onClick={() => setOpened("new")}>
              <Icon name="add" />
              {w.links.add}
            </button>
          </div>
        </div>
      )}
    </Sheet>
  );
}

function Row(props: {
  link: ContactLink;
  path: string;
  onEdit: () => void;
  onSecret: (secret: string) => void;
  onRevoked: () => void;
  onChanged: () => Promise<unknown>;
}) {
  const { link, path, onEdit, onSecret, onRevoked, onChanged } = props;
  const { name, enabled, expires_at, added, known, refused, last_used_at, refusals, signing_secret_made_at } = link;
  const [asks, setAsks] = useState<"revoke" | "sign" | "unsign" | null>(null);
  const isOver = expires_at !== null && Date.parse(expires_at) <= Date.now();
  const act = async (work: () => Promise<unknown>) => {
    try {
      await work();
    } catch (error) {
      tell(messageOf(error));
    }
    await onChanged();
  };
  const turn = () => act(() => change("PATCH", path, { enabled: !enabled }));
  const unsign = () => act(() => change("DELETE", `${path}/signing-secret`));
  const sign = () =>
    act(async () => {
      const made = await change<ContactLinkWithSecret>("POST", `${path}/signing-secret`);
      if (made) onSecret(made.secret);
    });
  const revoke = () =>
    act(async () => {
      await change("DELETE", path);
      tell(w.links.revoked(name));
      onRevoked();
    });
  // Each of these locks the service out, or lets in anybody who has the address, so the user confirms it first.
  const questions = {
    revoke: { title: w.links.revokeAsk(name), text: w.links.revokeText, verb: w.links.revoke, act: revoke },
    sign:
      signing_secret_made_at === null
        ? { title: w.links.signFirstAsk(name), text: w.links.signFirstText, verb: w.links.signMake, act: sign }
        : { title: w.links.signAsk(name), text: w.links.signText, verb: w.links.signMake, act: sign },
    unsign: { title: w.links.unsignAsk(name), text: w.links.unsignText, verb: w.links.unsign, act: unsign },
  };
  const question = asks && questions[asks];
  return (
    <li>
      <p class="title">
        <strong>
          <bdi>{name}</bdi>
        </strong>{" "}
        <Lamp is={isOver || !enabled ? "off" : "on"}>{isOver ? w.links.states.over : enabled ? w.links.states.on : w.links.states.off}</Lamp>
      </p>
      <p class="meta">
        {w.links.counts(number(added), number(known), number(refused))}
        {" · "}
        {last_used_at ? (
          <>
            {w.links.lastUsed} <When at={last_used_at} />
          </>
        ) : (
          w.links.unused
        )}
        {expires_at !== null && !isOver && (
          <>
            {" · "}
            {w.links.until} <When at={expires_at} />
          </>
        )}
      </p>
      {refusals.length > 0 && <Refusals refusals={refusals} />}
      <div class="acts">
        <RowAct icon="edit" name={w.links.edit(name)} onClick={onEdit} />
        <button type="button" class="btn small" aria-label={enabled ? w.links.switchOff(name) : w.links.switchOn(name)} onClick={() => void turn()}>
          {enabled ? w.links.off : w.links.on}
        </button>
        <button type="button" class="btn small" aria-label={w.links.signOne(name)} onClick={() => setAsks("sign")}>
          {w.links.sign}
        </button>
        {signing_secret_made_at !== null && (
          <button type="button" class="btn small" aria-label={w.links.unsignOne(name)} onClick={() => setAsks("unsign")}>
            {w.links.unsign}
          </button>
        )}
        <button type="button" class="btn small danger" aria-label={w.links.revokeOne(name)} onClick={() => setAsks("revoke")}>
          {w.links.revoke}
        </button>
      </div>
      {question && (
        <Confirm
          title={question.title}
          text={question.text}
          verb={question.verb}
          onClose={() => setAsks(null)}
          onYes={() => void question.act()}
        />
      )}
    </li>
  );
}

/** Why the latest contacts and bodies were refused. */
function Refusals({ refusals }: { refusals: ContactLink["refusals"] }) {
  const [told, setTold] = useState<string[]>([]);
  useEffect(() => {
    let isGone = false;
    const words = refusals.map(async (one) => {
      if (one.field === "") return (await refusal(one.code, one.params)) ?? sentence(one.reason);
      const why = sentence(`${one.field} ${(await worded(one)).reason}`);
      return one.taken ? `${why} ${w.links.without}` : why;
    });
    void Promise.all(words).then((all) => isGone || setTold(all));
    return () => {
      isGone = true;
    };
  }, [refusals]);
  return (
    <details>
      <summary>{w.links.refusals}</summary>
      <ul>
        {refusals.map((one, at) => (
          <li key={at}>
            <When at={one.at} /> <span>{told[at]}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}
