// `/tools`: what an assistant can do in the organization's own systems. The assistant and the tool are in the address.
import { useRef } from "preact/hooks";
import { may } from "../api/me";
import type { CustomTool, Page, Profile } from "../api/model";
import { Icon } from "../app/icons";
import { number } from "../app/language";
import { useLoaded } from "../app/load";
import { Failed, Heading, Skeleton } from "../app/parts";
import { leaving } from "../app/leaving";
import { go, query } from "../app/router";
import { w } from "../app/words";
import { Editor } from "./editor";
import { t } from "./words";

function hostOf(url: string): string {
  try {
    return new URL(url).host;
  } catch {
    return url;
  }
}

/** The page. */
export default function ToolsPage() {
  const asked = new URLSearchParams(query.value);
  const profiles = useLoaded<Page<Profile>>("/api/v1/agent-profiles");
  const known = profiles.value?.items ?? [];
  const profile = known.find(({ id }) => id === asked.get("profile")) ?? known[0];
  const path = profile ? `/api/v1/agent-profiles/${profile.id}/tools` : null;
  const tools = useLoaded<Page<CustomTool>>(path, ["custom_tool"]);
  const all = tools.value?.items ?? null;
  const writes = may("profiles_write") === true;
  const wanted = asked.get("tool");
  // A tool that somebody else removes stays on the page while it is open there, with what was typed.
  const open = useRef<CustomTool | null>(null);
  const chosen = all?.find(({ id }) => id === wanted) ?? (open.current?.id === wanted ? open.current : null);
  open.current = chosen;
  const isNew = wanted === "new" && writes;
  const to = (tool: string | null) => {
    const query = new URLSearchParams();
    if (profile && profile !== known[0]) query.set("profile", profile.id);
    if (tool !== null) query.set("tool", tool);
    const text = query.toString();
    return text === "" ? "/tools" : `/tools?${text}`;
  };
  const make = (
    <a class={chosen ? "btn" : "btn primary"} href={to("new")}>
      <Icon name="add" />
      {t.make}
    </a>
  );
  const show = (items: CustomTool[]) =>
    tools.show({ items: items.toSorted((a, b) => a.name.localeCompare(b.name)), next_cursor: null });
  const fault = profiles.fault || tools.fault;
  return (
    <div class="house-page tools-page">
      <div class="head">
        <Heading title={w.rooms.tools}>{w.rooms.tools}</Heading>
        <div class="push">
          {known.length > 1 && profile && (
            <label class="of-profile">
              <span>{t.profile}</span>
              <select
                value={profile.id}
                onChange={({ currentTarget: choice }) => {
                  const { value } = choice;
                  // It changes once the user has left the tool that is edited.
                  choice.value = profile.id;
                  leaving(() => go(`/tools?profile=${value}`));
                }}
              >
                {known.map(({ id, name }) => (
                  <option key={id} value={id}>
                    {name}
                  </option>
                ))}
              </select>
            </label>
          )}
          {writes && !isNew && all !== null && all.length > 0 && make}
        </div>
      </div>
      {profile && all && all.length > 0 && (
        <div class="intro">
          <p class="lede">{t.lede(number(all.length), all.length, profile.name)}</p>
          <p class="soft">{t.intro}</p>
        </div>
      )}
      {fault !== "" && <Failed message={fault} onRetry={() => void (profiles.fault ? profiles : tools).again()} />}
      {all === null && fault === "" && <Skeleton rows={6} />}
      {all !== null && all.length === 0 && !isNew && !chosen && (
        <div class="empty">
          <Icon name="tool" />
          <h2 class="lede">{t.none}</h2>
          <p>{t.noneText}</p>
          {writes && <div class="acts">{make}</div>}
        </div>
      )}
      {all !== null && all.length > 0 && (chosen || isNew) && (
        <p class="back">
          <a class="bare" href={to(null)}>
            <Icon name="back" size="small" />
            {t.all}
          </a>
        </p>
      )}
      {path && all !== null && (all.length > 0 || isNew || chosen) && (
        <div class={chosen || isNew ? "columns" : "columns alone"}>
          {all.length > 0 && (
            <nav aria-label={t.all}>
              <ul class="list">
                {all.map((tool) => (
                  <li key={tool.id}>
                    <a href={to(tool.id)} aria-current={tool.id === wanted ? "page" : undefined}>
                      <span class="top">
                        <span class="plate">{tool.method}</span>
                        <code>{tool.name}</code>
                      </span>
                      <span class="what">{tool.description}</span>
                      {!chosen && !isNew && <span class="meta host">{hostOf(tool.url)}</span>}
                    </a>
                  </li>
                ))}
              </ul>
            </nav>
          )}
          {chosen || isNew ? (
            <Editor
              key={chosen?.id ?? "new"}
              path={path}
              tool={chosen}
              writes={writes}
              onCancel={() => go(to(null))}
              onSaved={(now) => {
                show([...all.filter(({ id }) => id !== now.id), now]);
                go(to(now.id), "replace");
              }}
              onRemoved={(id) => {
                show(all.filter((one) => one.id !== id));
                go(to(null), "replace");
              }}
              onStale={() => void tools.again()}
            />
          ) : (
            wanted && <p class="notice">{t.gone}</p>
          )}
        </div>
      )}
    </div>
  );
}
