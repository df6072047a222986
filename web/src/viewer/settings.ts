import type { Settings } from "./engine/engine";
import { layoutsFor } from "./engine/layout";
import { PAPERS, type PaperName } from "./engine/palette";
import { GAINS, PX_PER_MM, SPEEDS } from "./engine/scale";

const KEY = "einthoven.viewer";
const NARROW_PX = 640;
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
export function firstSettings(leads: string[], duration: number, width: number, height: number, paper: PaperName): Settings {
  const layout = layoutsFor(leads, duration, width < NARROW_PX)[0]!;
  const { gain, filter, beats, quality, waves } = keptSettings();
  return {
    layout,
    leads: leads.map((_, i) => i).slice(0, 12),
    speed: SPEEDS.find((speed) => speed === 25)!,
    gain, filter, paper, beats, quality, waves,
    evidence: 0,
    // Ten seconds across a wide screen, if the rows are high enough for it.
    zoom: layout === "strip" ? Math.min(2, Math.max(1, Math.min(width / 250, height / leads.length / 45) / PX_PER_MM)) : 1,
  };
}
