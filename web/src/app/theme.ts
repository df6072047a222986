import { useSyncExternalStore } from "react";
import type { PaperName } from "../viewer/engine/palette";

type Theme = "light" | "dark";
const KEY = "einthoven.theme";
const listeners = new Set<() => void>();

function current(): Theme {
  return document.documentElement.dataset["theme"] === "dark" ? "dark" : "light";
}

export function setTheme(theme: Theme): void {
  document.documentElement.dataset["theme"] = theme;
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // Storage may be forbidden: the choice lasts until the page is left.
  }
  for (const changed of listeners) changed();
}

export function useTheme(): Theme {
  return useSyncExternalStore((changed) => {
    listeners.add(changed);
    return () => listeners.delete(changed);
  }, current);
}

/** The paper to draw on: the one chosen, or the one that fits the appearance. */
export function usePaper(choice: PaperName | "theme"): PaperName {
  const theme = useTheme();
  return choice === "theme" ? (theme === "dark" ? "night" : "pink") : choice;
}
