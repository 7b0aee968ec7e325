// The topics and extracted values of a call, on its page.
import { Fragment } from "preact";
import type { components } from "../api/types";
import { number } from "../app/language";
import { useLoaded } from "../app/load";
import { addressOf, NONE } from "../calls/filters";
import { w } from "./words";

type View = components["schemas"]["ExtractionView"];
type Found = Pick<components["schemas"]["CallExtraction"], "topics" | "fields">;
type Value = components["schemas"]["ExtractedField"]["value"];

function inWords(value: Value): string {
  if (typeof value === "boolean") return value ? w.yes : w.no;
  return typeof value === "number" ? number(value) : value;
}

/** Topics and values, as a list. */
export function Findings({ topics, fields }: Found) {
  return (
    <dl class="facts">
      {topics.length > 0 && (
        <div>
          <dt>{w.topics}</dt>
          <dd>
            {topics.map(({ name, title }, at) => (
              <Fragment key={name}>
                {at > 0 && ", "}
                <a class="bare" href={addressOf({ ...NONE, topic: name })}>
                  <bdi>{title}</bdi>
                </a>
              </Fragment>
            ))}
          </dd>
        </div>
      )}
      {fields.map(({ name, title, value: found }) => (
        <div key={name}>
          <dt>
            <bdi>{title}</bdi>
          </dt>
          <dd>
            <bdi>{inWords(found)}</bdi>
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** The panel; empty if the call's profile asks for nothing, or nothing was found. */
export function AboutCall({ callId }: { callId: string }) {
  const { value } = useLoaded<View>(`/api/v1/calls/${callId}/extraction`, { what: "extraction", id: callId });
  if (!value || (!value.pending && value.extraction === null)) return null;
  const { extraction, not_judged: why } = value;
  const isByModel = extraction !== null && [...extraction.topics, ...extraction.fields].some(({ by }) => by === "model");
  return (
    <section class="panel" aria-labelledby="about-title">
      <div class="top">
        <h2 id="about-title">{w.title}</h2>
      </div>
      {extraction === null ? (
        <p class="soft">{w.pending}</p>
      ) : (
        <>
          <Findings {...extraction} />
          <p class="meta">{isByModel ? w.by.model : why === null ? w.by.rules : `${w.by.rules} ${w.notJudged[why]}`}</p>
        </>
      )}
    </section>
  );
}
