// `/team`: who works here, how they take calls, the queues, and the lists that agents choose from.
import { Heading } from "../app/parts";
import { Tabs } from "../app/tabs";
import { Agents } from "./agents";
import { Choices } from "./choices";
import { People } from "./people";
import { Queues } from "./queues";
import { w as common } from "../app/words";
import { ZoneNote } from "../app/zone-note";
import { w } from "./words";

/** The page. */
export default function TeamPage() {
  return (
    <div class="team-page worked">
      <div class="head">
        <Heading title={common.rooms.team}>{common.rooms.team}</Heading>
      </div>
      <ZoneNote />
      <Tabs
        name={w.tabs}
        tabs={[
          { value: "people", label: w.tab.people, show: () => <People /> },
          { value: "agents", label: w.tab.agents, show: () => <Agents /> },
          { value: "queues", label: w.tab.queues, show: () => <Queues /> },
          { value: "codes", label: w.tab.codes, show: () => <Choices path="/api/v1/dispositions" words={w.codes} hasKeys /> },
          { value: "reasons", label: w.tab.reasons, show: () => <Choices path="/api/v1/presence-reasons" words={w.reasons} /> },
        ]}
      />
    </div>
  );
}
