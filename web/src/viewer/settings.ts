import type { Settings } from "./engine/engine";
import { layoutsFor } from "./engine/layout";
import { PAPERS, type PaperName } from "./engine/palette";
import { GAINS, SPEEDS } from "./engine/scale";

const KEY = "einthoven.viewer";
type Kept = Pick<Settings, "gain" | "filter" | "beats" | "quality" | "waves"> & { paper: PaperName | "theme" };

/** What a person chose last time, as far as it still makes sense. */
export function keptSettings(): Kept {
  const kept: Kept = { gain: 10, filter: "none", beats: true, quality: true, waves: false, paper: "theme" };
  try {
    const found = JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Kept>;
    if (GAINS.some((gain) => gain === found.gain)) kept.gain = found.gain!;
    if (found.filter === "0.5-40" || found.filter === "0.5-150") kept.filter = found.filter;
    if (found.paper && (found.paper === "theme" || found.paper in PAPERS)) kept.paper = found.paper;
    for (const name of ["beats", "quality", "waves"] as const) {
      if (typeof found[name] === "boolean") kept[name] = found[name];
    }
  } catch {
    // Storage is forbidden or holds something else: the defaults are taken.
  }
  return kept;
}

export function keep(kept: Kept): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(kept));
  } catch {
    // Nothing is kept where storage is forbidden.
  }
}

/** How a recording is shown first: twelve leads as a page, a day at a speed at which beats can be told apart. */
export function firstSettings(leads: string[], duration: number, narrow: boolean, paper: PaperName): Settings {
  const { gain, filter, beats, quality, waves } = keptSettings();
  return {
    layout: layoutsFor(leads, duration, narrow)[0]!,
    leads: leads.map((_, i) => i).slice(0, 12),
    speed: SPEEDS.find((speed) => speed === 25)!,
    gain, filter, paper, beats, quality, waves,
    evidence: 0,
    zoom: 1,
  };
}
