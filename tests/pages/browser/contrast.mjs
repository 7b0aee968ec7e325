// A quick check of a page's contrast, from styles alone: axe checks pages where this finds too little.
/** Runs in the page: whether a text has less contrast with its background than WCAG 1.4.3 requires, or a contrast that styles alone can't
 * determine. Text on an image doesn't count: axe doesn't judge it either. */
export function hasFaintText() {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  /** Memoizes a function of one argument. */
  const once = (of) => {
    const known = new Map();
    return (key) => {
      if (!known.has(key)) known.set(key, of(key));
      return known.get(key);
    };
  };
  /** Red, green, blue and alpha of a colour in any notation, each 0 to 1. */
  const parts = once((colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data].map((part) => part / 255);
  });
  const over = ([red, green, blue, alpha], under) => [...[red, green, blue].map((part, at) => part * alpha + under[at] * (1 - alpha)), 1];
  const styleOf = once(getComputedStyle);
  const parentOf = (element) => element.parentElement ?? element.getRootNode().host;
  /** Whether an element is painted with its own colours, without opacity, filters or blending. */
  const isPlain = once((element) => {
    const { opacity, filter, mixBlendMode } = styleOf(element);
    const parent = parentOf(element);
    return opacity === "1" && filter === "none" && mixBlendMode === "normal" && (!parent || isPlain(parent));
  });
  /** The colour under an element's texts: null for an image, undefined if no ancestor has a background. */
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
    // A little more than required, because axe rounds colours.
    return (light + 0.05) / (dark + 0.05) < (isLarge ? 3.05 : 4.55);
  };
  const elements = new Set();
  /** Collects elements with their own text, including those in shadow roots. */
  const gather = (root) => {
    const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) if (texts.currentNode.data.trim()) elements.add(texts.currentNode.parentElement ?? root.host);
    for (const element of root.querySelectorAll("*")) {
      if (element.matches("input, select, textarea")) elements.add(element);
      if (element.shadowRoot) gather(element.shadowRoot);
    }
  };
  // Under a modal window only the window is read.
  const modal = [...document.querySelectorAll("dialog:modal")];
  for (const root of modal.length > 0 ? modal : [document.body]) gather(root);
  // Disabled parts may be faint, and parts without a size are for screen readers only.
  const isRead = (element) =>
    element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) &&
    !element.closest(":disabled, [aria-disabled=true], .sr") &&
    !element.closest("label")?.control?.disabled;
  return [...elements].some((element) => isRead(element) && isFaint(element));
}
