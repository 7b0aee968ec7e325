// The list of first steps after it was closed: brings it back to the dashboard.
import { change, messageOf } from "../api/client";
import type { Onboarding } from "../api/model";
import { useLoaded } from "../app/load";
import { Failed } from "../app/parts";
import { go } from "../app/router";
import { tell } from "../app/toasts";
import { Ruled } from "../house/parts";
import { t } from "./words";

const PATH = "/api/v1/onboarding";

/** The section; empty if the list was not closed, or everything on it is done. */
export function FirstSteps() {
  const list = useLoaded<Onboarding>(PATH, ["onboarding"]);
  if (list.fault !== "") return <Failed message={list.fault} onRetry={() => void list.again()} />;
  if (!list.value?.dismissed || Object.values(list.value.steps).every((isDone) => isDone)) return null;
  const show = async () => {
    try {
      await change("PUT", PATH, { dismissed: false });
      go("/dashboard");
    } catch (fault) {
      tell(messageOf(fault));
    }
  };
  return (
    <Ruled title={t.firstSteps} text={t.firstStepsText}>
      <button type="button" onClick={() => void show()}>
        {t.firstStepsShow}
      </button>
    </Ruled>
  );
}
