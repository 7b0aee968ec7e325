// The places where a user is signed in, with a button to end each.
import { useState } from "preact/hooks";
import { change, messageOf } from "../api/client";
import type { Page, SignIn } from "../api/model";
import { signOut } from "../api/signing";
import { Icon } from "../app/icons";
import { useLoaded } from "../app/load";
import { Confirm, Failed, Skeleton, When } from "../app/parts";
import { tell } from "../app/toasts";
import { w } from "../app/words";
import { focusPage, Ruled } from "../house/parts";
import { t } from "./words";

const PATH = "/api/v1/auth/sessions";

/** Names of browsers and systems, by a pattern for their User-Agent; the first match counts. */
const BROWSERS: [RegExp, string][] = [
  [/Edg\//, "Edge"],
  [/OPR\//, "Opera"],
  [/Firefox\//, "Firefox"],
  [/Chrome\//, "Chrome"],
  [/Safari\//, "Safari"],
  [/^curl\//, "curl"],
];
const SYSTEMS: [RegExp, string][] = [
  [/iPhone|iPad/, "iOS"],
  [/Android/, "Android"],
  [/Windows/, "Windows"],
  [/Mac OS X/, "macOS"],
  [/CrOS/, "ChromeOS"],
  [/Linux/, "Linux"],
];

/** A device in words. */
function deviceOf({ user_agent, kind }: SignIn): string {
  const found = (names: [RegExp, string][]) => names.find(([part]) => part.test(user_agent ?? ""))?.[1];
  const browser = found(BROWSERS);
  const system = found(SYSTEMS);
  if (browser && system) return t.browserOn(browser, system);
  return browser ?? system ?? (user_agent ? user_agent.slice(0, 60) : kind === "program" ? t.program : t.unknownDevice);
}

/** The section of the page. */
export function SignIns() {
  const { value, fault, again, edit } = useLoaded<Page<SignIn>>(PATH);
  const [asks, setAsks] = useState(false);
  const [ending, setEnding] = useState<SignIn | null>(null);
  const all = value?.items ?? [];
  const others = all.filter(({ is_current }) => !is_current);
  const act = async (path: string, kept: (one: SignIn) => boolean, done: string) => {
    try {
      await change("DELETE", path);
      tell(done);
      edit((was) => ({ ...was, items: was.items.filter(kept) }));
      focusPage();
    } catch (error) {
      tell(messageOf(error));
      await again();
    }
  };
  return (
    <Ruled title={t.sessions} text={t.sessionsText}>
      {fault !== "" && <Failed message={fault} onRetry={() => void again()} />}
      {value === null && fault === "" && <Skeleton rows={2} />}
      <ul class="sign-ins wide">
        {[...all.filter(({ is_current }) => is_current), ...others].map((one) => (
          <li key={one.id}>
            <Icon name={one.kind === "program" ? "key" : "device"} />
            <div class="what">
              <p>
                <span class="device">{deviceOf(one)}</span>
                {one.is_current && (
                  <span class="state live">
                    <Icon name="tick" />
                    {t.thisOne}
                  </span>
                )}
              </p>
              <p class="meta">
                {one.address !== null && (
                  <>
                    <span class="n" dir="ltr">
                      {one.address}
                    </span>
                    {" · "}
                  </>
                )}
                {t.signedIn} <When at={one.created_at} />
                {" · "}
                {t.lastUsed} <When at={one.used_at} />
              </p>
            </div>
            {one.is_current ? (
              <button type="button" class="btn small" onClick={() => void signOut()}>
                <Icon name="out" />
                {w.account.signOut}
              </button>
            ) : (
              <button type="button" class="btn small" aria-label={t.endOf(deviceOf(one))} onClick={() => setEnding(one)}>
                {t.end}
              </button>
            )}
          </li>
        ))}
      </ul>
      {others.length > 1 && (
        <button type="button" onClick={() => setAsks(true)}>
          {t.endOthers}
        </button>
      )}
      {ending && (
        <Confirm
          title={t.endTitle}
          text={t.endText(deviceOf(ending))}
          verb={t.end}
          onClose={() => setEnding(null)}
          onYes={() => void act(`${PATH}/${ending.id}`, ({ id }) => id !== ending.id, t.ended)}
        />
      )}
      {asks && (
        <Confirm
          title={t.endOthersTitle}
          text={t.endOthersText}
          verb={t.endOthers}
          onClose={() => setAsks(false)}
          onYes={() => void act(PATH, ({ is_current }) => is_current, t.othersEnded)}
        />
      )}
    </Ruled>
  );
}
