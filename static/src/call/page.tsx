// `/calls/{id}`: one call, while it is live and afterwards.
import { number } from "../app/language";
import { useEffect, useMemo } from "preact/hooks";
import { may, me } from "../api/me";
import type { Call, CallShare, Page } from "../api/model";
import { Icon } from "../app/icons";
import { Later } from "../app/later";
import { useLoaded } from "../app/load";
import { Failed, Heading, Skeleton, StateBadge, When } from "../app/parts";
import { restoreScroll } from "../app/router";
import { ZoneNote } from "../app/zone-note";
import { AboutCall } from "../extraction/panel";
import { NotFoundPage } from "../not-found";
import { callName } from "../words/call";
import { CallNotes } from "./beside/notes";
import { ShareCall, SharedWithMe } from "./beside/share";
import { CallTags } from "./beside/tags";
import { HangUp, Say } from "./controls";
import { Facts } from "./facts";
import { Outcome } from "./outcome";
import { Passing } from "./passing";
import { agentName, People } from "./people";
import { Playback } from "./playback";
import { Lost, Player } from "./player";
import { Quality } from "./quality";
import { ENTRIES_MAX, openRecord, type Record } from "./record";
import { Timeline } from "./timeline";
import { Stub } from "./stub";
import { Transcript } from "./transcript";
import { Waits } from "./waits";
import { w } from "./words";

const score = () => import("../quality/panel").then(({ ScorePanel }) => ScorePanel);
const supervision = () => import("../supervision/panel").then(({ CallSupervision }) => CallSupervision);

/** The page of the call with that id. */
export function CallPage({ id }: { id: string }) {
  const record = useMemo(() => openRecord(id), [id]);
  useEffect(() => () => record.close(), [record]);
  const loaded = record.loaded.value;
  useEffect(() => {
    if (loaded) restoreScroll();
  }, [loaded]);

  const call = record.call.value;
  const shares = useLoaded<Page<CallShare>>(call ? `/api/v1/calls/${call.id}/shares` : null);
  if (record.fault.value === "missing") return <NotFoundPage what="call" />;
  const name = call ? callName(call) : w.call;
  const title = call?.state === "live" ? w.liveTitle(name) : name;
  return (
    <div class="call-page">
      <p class="trail">
        <a class="bare" href="/calls">
          <Icon name="back" size="small" />
          {w.allCalls}
        </a>
      </p>
      {call && <SharedWithMe callId={call.id} />}
      <section class={call && call.state !== "ended" ? "ebonite result" : "ticket result"} aria-label={name}>
        <div class="result-top">
          <div class="result-main">
            <div class="result-plates">
              {call && <StateBadge call={call} />}
              {call && <span class="meta">{<When at={call.started_at} />}</span>}
            </div>
            <Heading title={title}>{name}</Heading>
            {call && loaded && <Outcome story={record.story.value} />}
            {call && loaded && <CallTags callId={call.id} />}
          </div>
          {call && loaded && <ShareCall callId={call.id} onShared={() => void shares.again()} />}
          {call && call.state !== "ended" && may("calls_control") && <HangUp call={call} />}
        </div>
        {call && loaded && <Stub call={call} story={record.story.value} />}
      </section>
      <ZoneNote />
      {call && loaded && (
        <div class="subject">
          <AboutCall callId={call.id} />
        </div>
      )}
      {record.fault.value !== "" && <Failed message={record.fault.value} onRetry={record.reload} />}
      {record.fault.value === "" && !loaded && <Skeleton rows={8} />}
      {record.isCut.value && (
        <p role="status">{w.isCut(number(ENTRIES_MAX))}</p>
      )}
      {call && loaded && <Parts call={call} record={record} shares={shares.value?.items ?? []} />}
    </div>
  );
}

function Parts({ call, record, shares }: { call: Call; record: Record; shares: CallShare[] }) {
  const url = `/api/v1/calls/${call.id}/recording`;
  const mayPlay = may("recordings_play");
  const recordedMs = call.state === "ended" ? call.recording_ms : null;
  const playback = useMemo(
    () => (recordedMs === null || !mayPlay ? null : new Playback(url, recordedMs)),
    [url, recordedMs, mayPlay],
  );
  useEffect(() => () => playback?.close(), [playback]);
  const story = record.story.value;
  const since = Date.parse(call.started_at);
  // Supervisors stay in a call whose caller's connection is lost for a moment.
  const isHeard = call.state === "live" || call.state === "interrupted";
  return (
    <>
      {playback ? (
        <Player url={url} playback={playback} hasPeople={story.talks.length > 0} lostMs={call.recording_lost_ms} />
      ) : (
        <section class="panel player" aria-label={w.recording}>
          <p class="muted">{withoutPlayer(call, mayPlay)}</p>
          <Lost ms={call.recording_lost_ms} />
        </section>
      )}
      <div class="below">
        {/* Mounted again once there is a player: values that were computed without one would never be computed again. */}
        <Transcript
          key={playback ? "recorded" : "told"}
          story={story}
          playback={playback}
          since={since}
          isLive={call.state !== "ended"}
          nameOf={(userId) => agentName(call, userId)}
        >
          {call.state !== "ended" && may("calls_control") && <Say call={call} />}
          {call.state !== "ended" && may("calls_control") && <Passing call={call} story={story} />}
        </Transcript>
        <div class="aside">
          {isHeard && may("calls_supervise") && me.value?.user && <Later load={supervision} props={{ call }} />}
          {call.state === "ended" && may("calls_supervise") && <Later load={score} props={{ callId: call.id }} />}
          <CallNotes callId={call.id} shares={shares} />
          <Waits lines={story.lines} since={since} />
          <Timeline marks={story.marks} since={since} />
          <People call={call} />
          <Facts call={call} story={story} />
          <Quality measured={story.measured} liveId={call.state === "ended" ? null : call.id} />
        </div>
      </div>
    </>
  );
}

/** Why there is nothing to play; empty until it is known whether the user may play it. */
function withoutPlayer(call: Call, mayPlay: boolean | null): string {
  if (mayPlay === null) return "";
  if (!mayPlay) return w.mayNotPlay;
  return call.state === "ended" ? w.noRecording : w.recordingLater;
}
