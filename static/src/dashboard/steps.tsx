// The first steps of an organization: a list that stays until all are done, or until the user closes it.
import { change, messageOf } from "../api/client";
import type { Onboarding } from "../api/model";
import { Icon } from "../app/icons";
import { useKeptFocus } from "../app/kept-focus";
import { useLoaded } from "../app/load";
import { tell } from "../app/toasts";
import { w } from "./words";

const ORDER = [
  { key: "test_call", words: w.steps.testCall, href: "/studio" },
  { key: "business", words: w.steps.business, href: "/business" },
  { key: "phone_line", words: w.steps.phoneLine, href: "/integrations" },
  { key: "team", words: w.steps.team, href: "/team" },
  { key: "published", words: w.steps.published, href: "/studio" },
] as const;

/** The list; empty if everything is done. */
export function FirstSteps() {
  const { value, show } = useLoaded<Onboarding>("/api/v1/onboarding", ["onboarding", "business_profile", "profile", "invitation", "phone_number"]);
  useKeptFocus(value ? Number(value.dismissed) : undefined, ".dashboard-page h1");
  if (!value || value.dismissed) return null;
  const done = ORDER.filter(({ key }) => value.steps[key]).length;
  if (done === ORDER.length) return null;
  const next = ORDER.find(({ key }) => !value.steps[key]);
  const dismiss = async () => {
    try {
      const changed = await change<Onboarding>("PUT", "/api/v1/onboarding", { dismissed: true });
      if (changed) show(changed);
      tell(w.steps.dismissed);
    } catch (fault) {
      tell(messageOf(fault));
    }
  };
  return (
    <section class="sheet first-steps" aria-labelledby="steps-title">
      <div class="top">
        <h2 id="steps-title">{w.steps.title}</h2>
        <span class="meta">{w.steps.done(done, ORDER.length)}</span>
        <button type="button" class="btn quiet small push" onClick={() => void dismiss()}>
          {w.steps.dismiss}
        </button>
      </div>
      <ol>
        {ORDER.map(({ key, words, href }) => {
          const isDone = value.steps[key];
          return (
            <li key={key} class={isDone ? "done" : key === next?.key ? "next" : ""}>
              <span class={isDone ? "jack in ada" : "jack"} aria-hidden="true" />
              <span class="what">
                <strong>{words.title}</strong>
                <span class="meta">{words.text}</span>
              </span>
              {isDone ? (
                <span class="done-word">
                  <Icon name="tick" size="small" />
                  {w.steps.isDone}
                </span>
              ) : (
                <a class={key === next?.key ? "btn primary" : "btn"} href={href}>
                  {words.act}
                </a>
              )}
            </li>
          );
        })}
      </ol>
    </section>
  );
}
