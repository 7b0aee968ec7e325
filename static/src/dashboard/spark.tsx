// A figure over the hours or days, as a small line. Its numbers are in the chart's table and in the reports.
const WIDTH = 100;
const HEIGHT = 24;

/** The line; empty if there are too few points for one. */
export function Spark({ values }: { values: (number | null)[] }) {
  const known = values.filter((value) => value !== null);
  if (known.length < 2) return null;
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const y = (value: number) => (high === low ? HEIGHT / 2 : HEIGHT - 1 - ((value - low) / (high - low)) * (HEIGHT - 2));
  let isDown = false;
  const line = values.map((value, at) => {
    if (value === null) {
      isDown = false;
      return "";
    }
    const step = `${isDown ? "L" : "M"}${((at / (values.length - 1)) * WIDTH).toFixed(1)} ${y(value).toFixed(1)}`;
    isDown = true;
    return step;
  });
  return (
    <svg class="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true" focusable="false">
      <path class="l1" d={line.join("")} />
    </svg>
  );
}
