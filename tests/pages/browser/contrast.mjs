// A quick look at a page's contrast, by styles alone: axe looks closer where this finds too little.
/** In the page: whether a text has less contrast with the background of what it is in than WCAG 1.4.3 asks for, or one that styles don't tell. On
 * an image it has none that axe would judge. */
export function hasFaintText() {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  /** A function that is asked once of each. */
  const once = (of) => {
    const known = new Map();
    return (asked) => {
      if (!known.has(asked)) known.set(asked, of(asked));
      return known.get(asked);
    };
  };
  /** Red, green, blue and alpha of a colour, however it is written, 0 to 1. */
  const parts = once((colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data].map((part) => part / 255);
  });
  const over = ([red, green, blue, alpha], under) => [...[red, green, blue].map((part, at) => part * alpha + under[at] * (1 - alpha)), 1];
  const styleOf = once(getComputedStyle);
  const parentOf = (element) => element.parentElement ?? element.getRootNode().host;
  /** Whether an element is shown as its own colours say. */
  const isPlain = once((element) => {
    const { opacity, filter, mixBlendMode } = styleOf(element);
    const parent = parentOf(element);
    return opacity === "1" && filter === "none" && mixBlendMode === "normal" && (!parent || isPlain(parent));
  });
  /** The colour under the texts of an element: null for an image, undefined where no element has any. */
  const groundOf = once((element) => {
    if (!element) return undefined;
    const { backgroundColor, backgroundImage } = styleOf(element);
    if (backgroundImage !== "none") return null;
    const own = parts(backgroundColor);
    if (own[3] === 1) return own;
    const under = groundOf(parentOf(element));
    return under && over(own, under);
  });
  const luminance = (colour) => {
    const [red, green, blue] = colour.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const isFaint = (element) => {
    const { color, fontSize, fontWeight } = styleOf(element);
    const ground = groundOf(element);
    if (ground === null) return false;
    if (ground === undefined || !isPlain(element)) return true;
    const [dark, light] = [luminance(over(parts(color), ground)), luminance(ground)].sort((one, other) => one - other);
    const size = parseFloat(fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && Number(fontWeight) >= 700);
    // A little more than what is asked for: axe rounds colours.
    return (light + 0.05) / (dark + 0.05) < (isLarge ? 3.05 : 4.55);
  };
  const elements = new Set();
  /** Elements with texts of their own, those within others' shadows too. */
  const gather = (root) => {
    const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) if (texts.currentNode.data.trim()) elements.add(texts.currentNode.parentElement ?? root.host);
    for (const element of root.querySelectorAll("*")) {
      if (element.matches("input, select, textarea")) elements.add(element);
      if (element.shadowRoot) gather(element.shadowRoot);
    }
  };
  gather(document.body);
  // Disabled parts may be faint, and parts without room are for screen readers alone.
  const isRead = (element) =>
    element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) &&
    !element.closest(":disabled, [aria-disabled=true], .sr") &&
    !element.closest("label")?.control?.disabled;
  return [...elements].some((element) => isRead(element) && isFaint(element));
}
