// The chosen theme, and its storage.

/** The choices: a theme, or the system's. */
export type Theme = "system" | "light" | "dark";

const KEY = "cordboard.theme";

/** The choice of this browser; the system's if there is none or storage is refused. */
export function storedTheme(): Theme {
  try {
    const stored = localStorage.getItem(KEY);
    return stored === "light" || stored === "dark" ? stored : "system";
  } catch {
    return "system";
  }
}

/** Stores the choice for the next visit. */
export function storeTheme(theme: Theme): void {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // A browser without storage still shows the theme until the page is left.
  }
}

/** Applies the theme: tokens.css reads the attribute. */
export function applyTheme(theme: Theme): void {
  if (theme === "system") document.documentElement.removeAttribute("data-theme");
  else document.documentElement.dataset.theme = theme;
}
