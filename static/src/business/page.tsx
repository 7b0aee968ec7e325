// `/business`: what an assistant may know about the business that it speaks for, and when that is open.
import { useEffect, useRef, useState } from "preact/hooks";
import { change, get, Problem } from "../api/client";
import { may } from "../api/me";
import type { Business, BusinessView } from "../api/model";
import { BusinessBody } from "../api/rules";
import { useDraft } from "../app/form/record";
import { useBusiness } from "../app/business";
import { Failed, Heading, Skeleton, When } from "../app/parts";
import { tell } from "../app/toasts";
import { begunWith, businessOf, cleaned, faultsIn, type Merged, merged } from "./draft";
import { Follows, Lede } from "./follows";
import { BusinessForm, PARTS } from "./form";
import { listed } from "../app/language";
import { Icon } from "../app/icons";
import { ToldPrompt } from "./prompt/prompt";
import { t } from "./prompt/words";
import { BusinessRead } from "./read";
import { w as common } from "../app/words";
import { w } from "./words";

const PATH = "/api/v1/business-profile";

/** The page. */
export default function BusinessPage() {
  const loaded = useBusiness();
  const view = loaded.value;
  return (
    <div class="business-page">
      <div class="head">
        <Heading title={common.rooms.business}>{common.rooms.business}</Heading>
        {view?.updated_at != null && (
          <p class="meta">
            {w.saved} <When at={view.updated_at} />
          </p>
        )}
      </div>
      {!view && loaded.fault !== "" && <Failed message={loaded.fault} onRetry={() => void loaded.again()} />}
      {!view && loaded.fault === "" && <Skeleton rows={8} />}
      {view && (may("business_write") ? <Editor view={view} onSaved={loaded.show} /> : <BusinessRead view={view} />)}
    </div>
  );
}

function Editor({ view, onSaved }: { view: BusinessView; onSaved: (view: BusinessView) => void }) {
  /** The server's last value, to tell our own change from other people's. */
  const base = useRef(view);
  const [seesPrompt, setSeesPrompt] = useState(false);
  const opener = useRef<HTMLButtonElement>(null);
  const [conflict, setConflict] = useState<(Merged & { current: BusinessView }) | null>(null);
  const draft = useDraft<Business>({
    value: begunWith(view),
    rules: BusinessBody,
    check: faultsIn,
    send: async (business) => {
      const read = base.current;
      try {
        const saved = await change<BusinessView>("PUT", PATH, cleaned(business), { "If-Match": `"${read.revision}"` });
        if (saved) taken(saved, business);
      } catch (fault) {
        if (fault instanceof Problem && fault.code === "edited_meanwhile") {
          const current = await get<BusinessView>(PATH);
          meet(read, written.current, current);
        }
        throw fault;
      }
    },
  });
  useEffect(() => {
    // The bar that appears must not cover the field in use.
    if (draft.isChanged) document.activeElement?.scrollIntoView({ block: "nearest" });
  }, [draft.isChanged]);
  /** The current draft: an answer may come after more was typed. */
  const written = useRef(draft.value);
  written.current = draft.value;
  const taken = (saved: BusinessView, sent: Business) => {
    base.current = saved;
    setConflict(null);
    onSaved(saved);
    tell(w.done);
    // After the draft's own update: rows that were left empty are removed, and what was typed since it was sent stays.
    setTimeout(() => join(merged(sent, written.current, businessOf(saved)).business, businessOf(saved)));
  };
  /** Shows `business`, of which the server has `kept`. */
  const join = (business: Business, kept: Business) => {
    draft.reset(kept);
    for (const [field, value] of Object.entries(business)) draft.set(field as keyof Business, value as never);
  };
  /** Somebody else saved first: their changes are taken over where they don't conflict with ours, and everything is saved. */
  const meet = (read: BusinessView, ours: Business, current: BusinessView) => {
    const theirs = businessOf(current);
    const both = merged(begunWith(read), ours, theirs);
    base.current = current;
    join(both.business, theirs);
    setConflict({ ...both, current });
  };
  useEffect(() => {
    // Somebody else has saved, and the server has reported it.
    if (draft.busy || view.revision <= base.current.revision) return;
    if (draft.isChanged) return meet(base.current, draft.value, view);
    base.current = view;
    draft.reset(businessOf(view));
  }, [view.revision, draft.busy]);
  const takeTheirs = (field: keyof Business & keyof typeof w.parts) => {
    if (!conflict) return;
    draft.set(field, conflict.current[field] as never);
    setConflict({ ...conflict, both: conflict.both.filter((one) => one !== field) });
    tell(w.conflict.tookTheirs(w.parts[field]));
  };
  const names = (fields: readonly (keyof typeof w.parts)[]) => listed(fields.map((field) => w.parts[field]));
  return (
    <>
      <p class="lede">
        <Lede business={draft.value} isWritten={view.revision > 0 || draft.isChanged} />
      </p>
      {view.revision === 0 && <p class="read intro">{w.intro}</p>}
      {conflict && (
        <div class="notice warn" role="alert">
          <div class="told">
            <p>
              <strong>{w.conflict.title}</strong> {conflict.theirs.length > 0 && w.conflict.taken(names(conflict.theirs))}{" "}
              {conflict.both.length > 0 ? w.conflict.yours(names(conflict.both)) : w.conflict.same} {w.conflict.save}
            </p>
          </div>
          {conflict.both.map((field) => (
            <button key={field} type="button" class="btn small" onClick={() => takeTheirs(field)}>
              {w.conflict.theirs(w.parts[field])}
            </button>
          ))}
        </div>
      )}
      <div class={seesPrompt ? "split with-prompt" : "split"}>
        <BusinessForm
          draft={draft}
          isNew={view.revision === 0}
          onDiscard={() => {
            draft.reset(begunWith(base.current));
            setConflict(null);
          }}
        />
        <aside>
          <Follows business={draft.value} />
          {may("profiles_read") &&
            (seesPrompt ? (
              <ToldPrompt
                business={draft.value}
                saved={businessOf(view)}
                onClose={() => {
                  setSeesPrompt(false);
                  requestAnimationFrame(() => opener.current?.focus());
                }}
              />
            ) : (
              <button
                type="button"
                ref={opener}
                class="btn small"
                aria-expanded={false}
                onClick={() => {
                  setSeesPrompt(true);
                  requestAnimationFrame(() => document.getElementById("told-prompt")?.focus());
                }}
              >
                <Icon name="robot" />
                {t.show}
              </button>
            ))}
          <nav class="contents" aria-label={w.contents}>
            <ol>
              {PARTS.map(([id, name]) => (
                <li key={id}>
                  <a class="bare" href={`#${id}`}>
                    {name}
                  </a>
                </li>
              ))}
            </ol>
          </nav>
        </aside>
      </div>
    </>
  );
}
