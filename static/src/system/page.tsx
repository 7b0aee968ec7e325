// `/system`: what runs on this node, what it uses of its limits, what failed, and its switches.
import { useEffect } from "preact/hooks";
import { Failed, Heading, Skeleton } from "../app/parts";
import { ActorTree } from "./actors";
import { actors, fault, look, watch } from "./node";
import { Failures, Limits } from "./figures";
import { DrainForm, LogLevelForm } from "./switches";

/** The page. */
export function SystemPage() {
  useEffect(watch, []);
  const node = actors.value;
  return (
    <>
      <div class="head">
        <Heading title="System">System</Heading>
      </div>
      {fault.value !== "" && <Failed message={fault.value} onRetry={() => void look()} />}
      {!node && fault.value === "" && <Skeleton rows={6} />}
      {node && (
        <div class="system">
          <div class="column">
            <ActorTree node={node} />
          </div>
          <div class="column">
            <Limits limits={node.limits} />
            <Failures failures={node.failures} />
            <section class="card" aria-labelledby="switches">
              <div class="head">
                <h2 id="switches">Switches</h2>
              </div>
              <div class="body">
                <LogLevelForm />
                <DrainForm />
              </div>
            </section>
          </div>
        </div>
      )}
    </>
  );
}
