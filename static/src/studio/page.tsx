// `/studio/{id}`: writing, tuning and testing an assistant's profile. Changes are saved as a draft; callers hear what was published.
import { signal } from "@preact/signals";
import { normalizeProps, useMachine } from "@zag-js/preact";
import * as tabs from "@zag-js/tabs";
import type { ComponentChildren } from "preact";
import { useEffect, useId, useMemo, useRef, useState } from "preact/hooks";
import { change, get, messageOf, Problem } from "../api/client";
import { may } from "../api/me";
import type { DraftList, Page, Profile, ProfileDraft, ProfileList, ProfileVersion, Publication } from "../api/model";
import { listed, number } from "../app/language";
import { useHeldPage } from "../app/guard-leaving";
import { useAll, useList, useLoaded } from "../app/load";
import { useMedia } from "../app/media";
import { Confirm, Failed, Heading, Skeleton } from "../app/parts";
import { go, query } from "../app/router";
import { tell } from "../app/toasts";
import { w as frame } from "../app/words";
import { Compare } from "./compare";
import { pathOfDraft, type Slot, type Studio, StudioProvider, type Target, useStudio } from "./context";
import { differing, DraftKeeper, type Member, type Written, writtenOf } from "./draft";
import { Drafts, otherOf } from "./drafts";
import { Hear } from "./hear";
import { Panel } from "./parts";
import { Choose } from "./replay/choose";
import { Examples } from "./replay/examples";
import { Result } from "./replay/result";
import { addressOf, besideOf, slotOf, view, Views } from "./replay/views";
import { ShadowCalls, ShadowResult } from "./shadow/view";
import { Conflicts, Saved, Strip } from "./standing";
import { call } from "./test-call";
import { Tune } from "./tune";
import { type NameOf, Publish, Versions } from "./versions";
import { w } from "./words";
import { Write } from "./write";

const PATH = "/api/v1/agent-profiles";
/** Up to this width the page has one column. */
const ONE_COLUMN = "(max-width: 1020px)";

/** The page. */
export function StudioPage({ id }: { id: string }) {
  const slot = slotOf();
  const [found, setFound] = useState<{ slot: Slot; drafts: ProfileDraft[]; hasSecond: boolean } | null>(null);
  const [fault, setFault] = useState("");
  const [broken, setBroken] = useState<{ slot: Slot; unpublished: string | null } | null>(null);
  const looks = useRef(0);
  const look = async () => {
    setFault("");
    setBroken(null);
    looks.current += 1;
    try {
      const { items: drafts, unreadable } = await get<DraftList>(`${PATH}/${id}/drafts`);
      if (unreadable.some(({ draft }) => draft === slot)) {
        const all = slot === "a" ? (await get<ProfileList>(PATH)).unreadable : [];
        const unpublished = all.find((one) => one.id === id && !one.is_published);
        setBroken({ slot, unpublished: unpublished?.name ?? null });
      } else if (drafts.some(({ draft }) => draft === slot)) setFound({ slot, drafts, hasSecond: drafts.length + unreadable.length > 1 });
      // The second draft is gone, or never existed.
      else go(addressOf(id, "write", "", "a"), "replace");
    } catch (problem) {
      setFault(problem instanceof Problem && (problem.status === 404 || problem.status === 400) ? "missing" : problem instanceof Error ? problem.message : String(problem));
    }
  };
  useEffect(() => void look(), [slot]);
  const draft = found?.slot === slot ? found.drafts.find((one) => one.draft === slot) : undefined;
  if (found && draft) return <Workshop key={slot} slot={slot} profile={draft.profile} hasSecond={found.hasSecond} isOther={looks.current > 1} />;
  return (
    <div class="studio-page">
      <div class="head">
        <Heading title={w.title}>{fault === "missing" ? w.missing : w.title}</Heading>
      </div>
      {fault === "missing" ? (
        <div class="empty">
          <p>{w.missingHint}</p>
          <a class="btn" href="/studio">
            {w.all}
          </a>
        </div>
      ) : fault !== "" ? (
        <Failed message={fault} onRetry={() => void look()} />
      ) : broken?.slot === slot ? (
        <Broken id={id} slot={slot} unpublished={broken.unpublished} onDiscarded={() => (slot === "b" ? go(addressOf(id, "write", "", "a"), "replace") : void look())} />
      ) : (
        <Skeleton rows={8} />
      )}
    </div>
  );
}

/** A draft that can't be read: it can only be discarded. `unpublished`: the assistant's name, if no published version could replace the draft; then
 * the assistant can be deleted. */
function Broken(props: { id: string; slot: Slot; unpublished: string | null; onDiscarded: () => void }) {
  const { id, slot, unpublished } = props;
  const [asks, setAsks] = useState(false);
  const discard = async () => {
    try {
      await change("DELETE", `${PATH}/${id}/drafts/${slot}`);
      tell(w.drafts.discarded[slot]);
      props.onDiscarded();
    } catch (fault) {
      tell(messageOf(fault));
    }
  };
  const remove = async (name: string) => {
    try {
      await change("DELETE", `${PATH}/${id}`);
      tell(w.list.removed(name));
      go("/studio", "replace");
    } catch (fault) {
      tell(fault instanceof Problem ? (w.list.refused[fault.code] ?? fault.message) : messageOf(fault));
    }
  };
  const offered =
    unpublished === null
      ? { title: w.drafts.discard[slot], text: w.drafts.discardText[slot], verb: w.drafts.discardAct }
      : { title: w.list.removeOf(unpublished), text: w.list.removeText, verb: frame.act.remove };
  return (
    <div class="empty">
      <p class="error" role="alert">
        {unpublished === null ? w.drafts.unreadable : w.drafts.neverPublished}
      </p>
      {may("profiles_write") === true && (
        <button type="button" onClick={() => setAsks(true)}>
          {offered.title}
        </button>
      )}
      {asks && (
        <Confirm
          {...offered}
          onClose={() => setAsks(false)}
          onYes={() => void (unpublished === null ? discard() : remove(unpublished))}
        />
      )}
    </div>
  );
}

/** `isOther`: the user has come here from the other draft. */
function Workshop({ slot, profile: first, hasSecond, isOther }: { slot: Slot; profile: Profile; hasSecond: boolean; isOther: boolean }) {
  const { id } = first;
  const path = `${PATH}/${id}`;
  const [profile, setProfile] = useState(first);
  const [isPublishing, setPublishing] = useState(false);
  const canWrite = may("profiles_write") === true;
  const studio = useMemo<Studio>(() => {
    const theirs = (members: Member[]) => tell(w.conflict.joined(listed(members.map((member) => w.member[member]))));
    const keeper = new DraftKeeper(pathOfDraft(id, slot), first, theirs, setProfile);
    return { id, slot, keeper, published: signal<Written | null>(null), targets: signal<Target[]>([]), canWrite };
  }, [id, slot]);
  const { keeper } = studio;
  const current = profile.published_version;
  const published = useLoaded<ProfileVersion>(current > 0 ? `${path}/versions/${current}` : null);
  useEffect(() => {
    studio.published.value = published.value && writtenOf(published.value);
  }, [published.value]);
  const versions = useList<Publication>(`${path}/versions`);
  const nameOf = useNames();
  useTargets(studio);
  useGuard(keeper);
  const isNarrow = useMedia(ONE_COLUMN);
  /** `keeps`: recent changes stay. They are sent as usual, and merged with somebody else's there. */
  const again = async (keeps = false) => {
    const now = await get<Profile>(pathOfDraft(id, slot)).catch(() => null);
    if (now) {
      if (!keeps || (!keeper.isAhead() && now.revision >= keeper.revision)) keeper.take(now);
      setProfile(now);
    }
    await versions.again();
  };
  const aside = new URLSearchParams(query.value).get("with") ?? "";
  const compare = (what: string) => go(besideOf(id, what), "replace");
  useEffect(() => {
    if (isOther && document.activeElement === document.body) document.querySelector<HTMLElement>("h1")?.focus();
  }, []);
  const { at, of } = view();
  const isChanged = current === 0 || (studio.published.value !== null && differing(keeper.value.value, studio.published.value).length > 0);
  return (
    <StudioProvider value={studio}>
      <div class="studio-page">
        <div class="head studio-head">
          <span class="plate brass">{keeper.value.value.language}</span>
          <Heading title={w.titleOf(keeper.value.value.name)}>
            <span dir="auto">{keeper.value.value.name}</span>
          </Heading>
          <Saved />
          <div class="push">
            <CompareWith current={current} hasSecond={hasSecond} value={aside} onChange={compare} />
            {canWrite && isChanged && (
              <button type="button" class="primary" onClick={() => setPublishing(true)}>
                {w.publish.act(number((versions.items?.[0]?.version ?? current) + 1))}
              </button>
            )}
          </div>
        </div>
        <Strip current={current} publication={versions.items?.find(({ version }) => version === current)} nameOf={nameOf} fault={published.fault} onRetry={() => void published.again()} />
        <Drafts
          hasSecond={hasSecond}
          current={current}
          versions={versions.items ?? []}
          isChanged={isChanged}
          onDiscarded={() => {
            // The button that asked is gone.
            document.querySelector<HTMLElement>("h1")?.focus();
            void again();
          }}
        />
        <Conflicts />
        <Views />
        {at === "replay" ? (
          of === "" ? <Choose /> : <Result key={of} of={of} />
        ) : at === "examples" ? (
          <Examples />
        ) : at === "shadow" ? (
          of === "" ? <ShadowCalls /> : <ShadowResult key={of} of={of} />
        ) : aside !== "" ? (
          <Beside
            of={id}
            what={aside}
            onClose={() => {
              compare("");
              document.querySelector<HTMLElement>(".compare-with")?.focus();
            }}
          />
        ) : (
          <Columns
            isNarrow={isNarrow}
            write={<Write />}
            tune={<Tune />}
            hear={
              <>
                {canWrite && <Hear version={current} />}
                <Versions
                  versions={versions}
                  current={current}
                  nameOf={nameOf}
                  onCompare={(version) => compare(`v${version}`)}
                  onBack={() => void again()}
                />
                {current === 0 && canWrite && <NotYet />}
              </>
            }
          />
        )}
      </div>
      {isPublishing && (
        <Publish
          current={current}
          next={(versions.items?.[0]?.version ?? current) + 1}
          onClose={() => setPublishing(false)}
          onDone={() => {
            setPublishing(false);
            // The button that opened it is gone.
            document.querySelector<HTMLElement>("h1")?.focus();
            void again(true);
          }}
        />
      )}
    </StudioProvider>
  );
}

function NotYet() {
  return (
    <Panel title={w.strip.notYet}>
      <p class="meta">{w.strip.notYetHint}</p>
    </Panel>
  );
}

/** The choice of what to show next to the draft. */
function CompareWith({ current, hasSecond, value, onChange }: { current: number; hasSecond: boolean; value: string; onChange: (what: string) => void }) {
  const { id, slot } = useStudio();
  const all = useLoaded<Page<Profile>>(PATH);
  const others = all.value?.items.filter((profile) => profile.id !== id) ?? [];
  const isOld = /^v\d+$/.test(value) && value !== `v${current}`;
  if (current === 0 && others.length === 0 && !hasSecond) return null;
  return (
    <select class="compare-with" aria-label={w.compare.name} value={value} onChange={({ currentTarget }) => onChange(currentTarget.value)}>
      <option value="">{value === "" ? w.compare.name : w.compare.close}</option>
      {hasSecond && <option value="draft">{w.drafts.of[otherOf(slot)]}</option>}
      {current > 0 && <option value={`v${current}`}>{w.compare.published(number(current))}</option>}
      {isOld && <option value={value}>{w.version(number(Number(value.slice(1))))}</option>}
      {others.map((profile) => (
        <option key={profile.id} value={profile.id}>
          {profile.name}
        </option>
      ))}
    </select>
  );
}

/** The draft and the chosen profile, side by side. */
function Beside({ of, what, onClose }: { of: string; what: string; onClose: () => void }) {
  const { slot } = useStudio();
  const version = /^v(\d+)$/.exec(what)?.[1];
  const isDraft = what === "draft";
  const old = useLoaded<ProfileVersion>(version === undefined ? null : `${PATH}/${of}/versions/${version}`);
  const other = useLoaded<Profile>(isDraft ? pathOfDraft(of, otherOf(slot)) : version === undefined ? `${PATH}/${encodeURIComponent(what)}` : null);
  const title = isDraft ? w.drafts.of[otherOf(slot)] : version === undefined ? (other.value?.name ?? "…") : w.version(number(Number(version)));
  return <Compare title={title} other={version === undefined ? other.value : (old.value && writtenOf(old.value))} loaded={version === undefined ? other : old} mine={isDraft ? w.drafts.of[slot] : w.compare.mine} onClose={onClose} />;
}

/** The three columns; on a phone they are tabs. All of them stay mounted, so that changes and the test call continue. */
function Columns({ isNarrow, write, tune, hear }: { isNarrow: boolean; write: ComponentChildren; tune: ComponentChildren; hear: ComponentChildren }) {
  const service = useMachine(tabs.machine, { id: useId(), defaultValue: "write" });
  const api = tabs.connect(service, normalizeProps);
  const parts = { write, tune, hear };
  const names = Object.keys(parts) as (keyof typeof parts)[];
  const live = call.stand.value.at === "talking" ? "hear" : null;
  return (
    <>
      {isNarrow && (
        <div {...api.getListProps()} class="tabs three" aria-label={w.parts.name}>
          {names.map((value) => (
            <button key={value} {...api.getTriggerProps({ value })}>
              {w.parts[value]}
              {value === live && (
                <>
                  <span class="lamp on live" aria-hidden="true" />
                  <span class="hidden">{w.hear.live}</span>
                </>
              )}
            </button>
          ))}
        </div>
      )}
      <div class={isNarrow ? "columns narrow" : "columns"}>
        {names.map((value) => (
          <div key={value} {...(isNarrow ? api.getContentProps({ value }) : { role: "region", "aria-label": w.parts[value] })} class={value}>
            {parts[value]}
          </div>
        ))}
      </div>
    </>
  );
}

/** Nothing is lost: leaving the page saves the draft, and if that is impossible the user is asked first. */
function useGuard(keeper: DraftKeeper): void {
  const { at } = keeper.saving.value;
  const stuck = at === "failed" || at === "held";
  useHeldPage(stuck);
  const kept = useRef(keeper);
  kept.current = keeper;
  useEffect(() => {
    const ask = (event: BeforeUnloadEvent) => {
      if (!kept.current.isAhead()) return;
      event.preventDefault();
      kept.current.leave();
    };
    addEventListener("beforeunload", ask);
    return () => {
      removeEventListener("beforeunload", ask);
      kept.current.leave();
    };
  }, []);
}

/** The names of the users who have published. */
function useNames(): NameOf {
  const users = useAll<{ id: string; name: string }>(may("users_read") ? "/api/v1/users" : null, 200);
  return (actor) => {
    switch (actor.kind) {
      case "user":
        return users.value?.find(({ id }) => id === actor.id)?.name ?? w.who.user;
      case "api_token":
        return w.who.program;
      default:
        return w.who.house;
    }
  };
}

/** The targets of keys and requests. */
function useTargets(studio: Studio): void {
  const extensions = useList<{ name: string }>(may("dialling_read") ? "/api/v1/extensions?limit=200" : null);
  const queues = useList<{ name: string }>(may("floor_read") ? "/api/v1/queues?limit=200" : null);
  useEffect(() => {
    const of = (items: { name: string }[] | null, kind: Target["kind"]) => (items ?? []).map(({ name }) => ({ name, kind }));
    studio.targets.value = [...of(extensions.items, "extension"), ...of(queues.items, "queue")];
  }, [extensions.items, queues.items]);
}
