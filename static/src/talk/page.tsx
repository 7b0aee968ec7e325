// `/talk/TOKEN`: a visitor talks with the assistant, without signing in.
import { useEffect, useState } from "preact/hooks";
import { get, messageOf, Problem } from "../api/client";
import type { Talk } from "../api/model";
import { Icon } from "../app/icons";
import { number } from "../app/language";
import { now } from "../app/now";
import { Failed, Heading, Skeleton } from "../app/parts";
import "../app/theme";
import { isAway } from "../audio/away";
import { Frame } from "../entrance/frame";
import { length } from "../words/time";
import { company, goOn, isUnplugged, lines, mishap, since, stand } from "./call";
import { Stage } from "./stage";
import { Transcript } from "./transcript";
import { w } from "./words";

/** The link's owner, as far as the page shows them. */
type Owner = Pick<Talk, "business" | "name" | "is_recorded" | "webrtc">;
type Link = { state: "looking" | "off" } | { state: "failed"; message: string } | { state: "there"; talk: Owner };

/** How long after a failure the owner is requested again, while a call goes on. */
const AGAIN_MS = 10_000;

/** The page. */
export function TalkPage({ token }: { token: string }) {
  const [link, setLink] = useState<Link>({ state: "looking" });
  const read = async () => setLink({ state: "there", talk: await get<Talk>(`/api/v1/talk/${encodeURIComponent(token)}`) });
  const look = async () => {
    setLink({ state: "looking" });
    try {
      await read();
    } catch (fault) {
      const isOff = fault instanceof Problem && fault.status === 404;
      // Visitors return to the call that they have, also if the link was switched off, or could not be read in this moment.
      if (isAway(token)) {
        setLink({ state: "there", talk: { business: w.talk, name: "", is_recorded: false, webrtc: false } });
        // Before another call, the page says whether it is recorded.
        if (!isOff) setTimeout(() => void read().catch(() => null), AGAIN_MS);
      } else setLink(isOff ? { state: "off" } : { state: "failed", message: messageOf(fault) });
    }
  };
  useEffect(() => void look(), [token]);
  switch (link.state) {
    case "looking":
      return (
        <Frame>
          <Heading title={w.talk}>{w.talk}</Heading>
          <Skeleton rows={3} />
        </Frame>
      );
    case "off":
      return (
        <Frame>
          <Heading title={w.off}>{w.offHeading}</Heading>
          <p>{w.offText}</p>
        </Frame>
      );
    case "failed":
      return (
        <Frame>
          <Heading title={w.talk}>{w.talk}</Heading>
          <Failed message={link.message} onRetry={() => void look()} />
        </Frame>
      );
    case "there":
      return <Line token={token} talk={link.talk} />;
  }
}

function Line({ token, talk: { business, name, is_recorded, webrtc } }: { token: string; talk: Owner }) {
  const { value } = stand;
  useEffect(() => void goOn(token, webrtc), [token]);
  const isLive = value.at === "talking" || value.at === "reconnecting";
  const place = isLive && company.value.stand === "queue" ? company.value.position : undefined;
  return (
    <div class="talk-page">
      <div class="phone">
        <header class="talk-top">
          <div>
            <Heading title={`${w.titles[value.at]} · ${business}`}>{business}</Heading>
            <p class="meta">{name}</p>
          </div>
          {isLive && since.value !== null && (
            <span class="state live">
              <Icon name="voice" />
              <span>{w.live}</span>
              <time>{length(now.value - since.value)}</time>
            </span>
          )}
        </header>
        <main class="talk">
          <Stage token={token} byWebrtc={webrtc} isLive={isLive} />
          <p class="error" role="alert">
            {value.at === "failed" ? value.words : isLive && isUnplugged.value ? mishap.value || w.unplugged : ""}
          </p>
          {place !== undefined && <Place at={place} />}
          {(isLive || lines.value.length > 0) && (
            <Transcript lines={lines.value} isWithPerson={isLive && company.value.stand === "person"} />
          )}
          {is_recorded && (
            <p class="recorded meta">
              <Icon name="dot" size="small" />
              {isLive ? w.recorded : w.willBeRecorded}
            </p>
          )}
        </main>
      </div>
    </div>
  );
}

/** The maximum number of jacks drawn; a visitor further back sees the number. */
const JACKS_MAX = 5;

/** The position in the queue. The status says it too. */
function Place({ at }: { at: number }) {
  const ahead = Math.min(at - 1, JACKS_MAX - 1);
  return (
    <section class="place sheet" aria-labelledby="place">
      <p class="place-no figure" aria-hidden="true">
        {number(at)}
      </p>
      <div>
        <h2 id="place">{w.place(number(at))}</h2>
        <p class="meta">{w.placeText}</p>
      </div>
      <ol class="line-up" aria-hidden="true">
        {Array.from({ length: ahead }, (_, jack) => (
          <li key={jack}>
            <span class="jack" />
          </li>
        ))}
        <li>
          <span class="jack in caller" />
        </li>
      </ol>
    </section>
  );
}
