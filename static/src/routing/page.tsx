// `/routing`: the paths of calls: numbers, keys, extensions, which numbers calls may dial, and the path of an example call.
import { Failed, Heading, Skeleton } from "../app/parts";
import { Tabs } from "../app/tabs";
import { useRouting } from "./data";
import { Dialling } from "./dialling";
import { Extensions } from "./extensions";
import { Keys } from "./keys";
import { Numbers } from "./numbers";
import { PathFinder } from "./path-finder";
import { w as common } from "../app/words";
import { w } from "./words";

/** The page. */
export default function RoutingPage() {
  const state = useRouting();
  const routing = state.value;
  return (
    <div class="routing-page worked">
      <div class="head">
        <Heading title={common.rooms.routing}>{common.rooms.routing}</Heading>
      </div>
      {state.fault !== "" && <Failed message={state.fault} onRetry={state.again} />}
      {!routing && state.fault === "" && <Skeleton rows={8} />}
      {routing && (
        <Tabs
          name={w.tabs}
          tabs={[
            { value: "path", label: w.tab.path, show: () => <PathFinder routing={routing} /> },
            { value: "numbers", label: w.tab.numbers, show: () => <Numbers routing={routing} onChange={state.numbers.again} /> },
            { value: "keys", label: w.tab.keys, show: () => <Keys routing={routing} onChange={state.keys.again} /> },
            { value: "extensions", label: w.tab.extensions, show: () => <Extensions routing={routing} onChange={state.extensions.again} /> },
            { value: "dialling", label: w.tab.dialling, show: () => <Dialling policy={routing.policy} loaded={state.policy} /> },
          ]}
        />
      )}
    </div>
  );
}
