// The look of a link's widget, as it is stored and as the snippet has it.

/** The look of a widget. */
export interface Look {
  position: "right" | "left";
  /** `#rrggbb`; null for Cordboard's own. */
  accent: string | null;
  /** The text of the button; empty for the default text. */
  greeting: string;
}

/** A colour that is safe in a style sheet; null for anything else. */
export const colour = (text: string | null | undefined): string | null => (text && /^#[0-9a-f]{6}$/i.test(text) ? text : null);

/** Whether black or white text is easier to read on a colour (relative luminance of WCAG 2.2). */
export function textOn(accent: string): string {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(accent.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  const luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  return (luminance + 0.05) ** 2 > 1.05 * 0.05 ? "#000000" : "#ffffff";
}
