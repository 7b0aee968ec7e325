// A page whose code is loaded when it is gone to.
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Failed, Skeleton } from "./parts";
import { w } from "./words";

/** Shows what `load` brings. */
export function Later<P extends object>({ load, props }: { load: () => Promise<ComponentType<P>>; props: P }) {
  const [Page, setPage] = useState<ComponentType<P> | "failed" | null>(null);
  useEffect(() => {
    load().then(
      (loaded) => setPage(() => loaded),
      () => setPage("failed"),
    );
  }, [load]);
  if (Page === null) return <Skeleton rows={6} />;
  if (Page === "failed") {
    return (
      <Failed
        message={w.failure.notLoaded}
        onRetry={() => location.reload()}
      />
    );
  }
  return <Page {...props} />;
}
