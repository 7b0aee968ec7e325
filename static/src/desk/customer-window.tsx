// The customer window: what is known of who is on the line, beside whatever the agent does.
import { Floating } from "./floating";
import type { Limits, View } from "./geometry";
import { nameOn } from "./people";
import { Whole } from "./customer";
import { shown } from "./window";

const limits: Limits = { minWidth: 280, minHeight: 220, maxWidth: 900, maxHeight: 1_000 };
/** Over what stands at the right of a wide page; at the bottom of a narrow one, below the buttons of the call. */
const first = ({ width, height }: View) =>
  width > 1_100
    ? { x: width - 328, y: 72, width: 312, height: 600 }
    : { x: width - 368, y: height * 0.58, width: 360, height: height * 0.33 };

/** The window, where it is open. */
export function CustomerWindow() {
  const { value } = shown;
  if (value === null) return null;
  return (
    <Floating
      keptAs="customer"
      class="customer"
      label="Customer information"
      title="Customer information"
      limits={limits}
      first={first}
      onClose={() => {
        shown.value = null;
      }}
    >
      {/* By the call: a window never shows another call's customer, not for a moment. */}
      <div key={value} class="profile" tabIndex={0} role="group" aria-label={`About ${nameOn(value)}`}>
        <Whole callId={value} />
      </div>
    </Floating>
  );
}
