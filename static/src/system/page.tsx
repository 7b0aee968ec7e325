// `/system`: what runs on this node, what is open on it, its limits, its failures, its unreadable rows, its telephone switches, the installation's
// organizations, and the operator's controls.
import { useEffect } from "preact/hooks";
import { Failed, Heading, Skeleton } from "../app/parts";
import { ZoneNote } from "../app/zone-note";
import { ActorTree } from "./actors";
import { actors, fault, look, switches, watch } from "./node";
import { Failures, Limits, NodeFigures, Unreadable } from "./figures";
import { Ledger } from "./ledger";
import { DrainForm, LogLevelForm } from "./operation";
import { Organizations } from "./organizations";
import { Telephony } from "./telephony";
import { w } from "./words";

/** The page. */
export default function SystemPage() {
  useEffect(watch, []);
  const node = actors.value;
  return (
    <div class="system-page">
      <div class="head">
        <Heading title={w.title}>{w.title}</Heading>
      </div>
      <ZoneNote />
      {fault.value !== "" && <Failed message={fault.value} onRetry={() => void look()} />}
      {!node && fault.value === "" && <Skeleton rows={6} />}
      {node && <NodeFigures node={node} switches={switches.value} />}
      {node && (
        <div class="columns">
          <div class="column">
            <ActorTree node={node} />
            <Ledger ledger={node.ledger} />
            <Organizations />
          </div>
          <div class="column">
            <Limits limits={node.limits} />
            <Unreadable rows={node.unreadable} />
            <Failures failures={node.failures} />
            <Telephony switches={switches.value} />
            <section class="panel" aria-labelledby="operation">
              <div class="top">
                <h2 id="operation">{w.operation}</h2>
              </div>
              <div class="body">
                <LogLevelForm />
                <DrainForm />
              </div>
            </section>
          </div>
        </div>
      )}
    </div>
  );
}
