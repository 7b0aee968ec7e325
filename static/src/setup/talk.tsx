// The third step: a call with the assistant, here and now.
import { useEffect, useState } from "preact/hooks";
import { messageOf } from "../api/client";
import { get } from "../api/client";
import type { Page } from "../api/model";
import { Icon } from "../app/icons";
import { Cord, failureOf, Said, Standing, Waits } from "../studio/hear";
import { Lanes } from "../studio/lanes";
import { begin, call, forget, journal } from "../studio/test-call";
import { w as words } from "../studio/words";
import { w } from "./words";

/** The step. */
export function Talk() {
  const [fault, setFault] = useState("");
  useEffect(() => forget, []);
  const stand = call.stand.value;
  const story = journal.value?.record.story.value ?? null;
  const isOn = call.isOn();
  const isTalking = stand.at === "talking" || stand.at === "reconnecting";
  const start = async () => {
    setFault("");
    try {
      const { items } = await get<Page<{ id: string }>>("/api/v1/agent-profiles?limit=1");
      if (items[0]) await begin(items[0].id, "published", 1, "a");
    } catch (error) {
      setFault(messageOf(error));
    }
  };
  return (
    <li class="step current" aria-current="step">
      <span class="step-jack" aria-hidden="true">
        <span class="jack in ada" />
      </span>
      <section class="ebonite step-body live" aria-labelledby="talk-title">
        <div class="live-head">
          <div>
            <h2 id="talk-title">{w.talk.title}</h2>
            <p class="meta">{isTalking ? w.talk.hint : w.talk.before}</p>
          </div>
          <Standing />
        </div>
        <Cord isOn={isTalking} />
        {isTalking && <Lanes call={call} story={story} />}
        <p class="error" role="alert">
          {fault || (stand.at === "failed" ? failureOf(stand.fault) : !isSecureContext ? w.talk.insecure : "")}
        </p>
        <Said story={story} isLive={isTalking} />
        {story && story.waits.length > 0 && <Waits waits={story.waits} />}
        <div class="live-acts">
          {isTalking ? (
            <>
              <button type="button" class="key" aria-pressed={call.isMuted.value} onClick={() => call.mute(!call.isMuted.value)}>
                <Icon name={call.isMuted.value ? "mute" : "voice"} />
                {words.hear.mute}
              </button>
              <button type="button" class="key end" onClick={() => call.hangUp()}>
                <Icon name="end" />
                {words.hear.hangUp}
              </button>
            </>
          ) : (
            <button type="button" class="btn primary large" disabled={isOn} onClick={() => void start()}>
              <Icon name="voice" />
              {isOn ? words.hear.connecting : stand.at === "over" ? w.talk.again : w.talk.start}
            </button>
          )}
        </div>
      </section>
    </li>
  );
}
