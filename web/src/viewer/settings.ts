import type { Settings } from "./engine/engine";
import { layoutsFor, pagePxPerMm } from "./engine/layout";
import type { Signal } from "./engine/model";
import { GUTTER } from "./engine/painter";
import { PAPERS, type PaperName } from "./engine/palette";
import { GAINS, PX_PER_MM, SPEEDS } from "./engine/scale";

const KEY = "einthoven.viewer";
const NARROW_PX = 640;
const PAGE_MM = 250;
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
export function firstSettings({ leads, duration, page }: Signal, width: number, height: number, paper: PaperName): Settings {
  const layouts = layoutsFor(leads, duration, width < NARROW_PX);
  // What was read from a page stands as on the page: at other times its leads are empty.
  const asPage = layouts.find((each) => each === page);
  const layout = asPage ?? layouts[0]!;
  const { gain, filter, beats, quality, waves } = keptSettings();
  return {
    layout,
    leads: leads.map((_, i) => i).slice(0, 12),
    speed: SPEEDS.find((speed) => speed === 25)!,
    gain, filter, paper, beats, quality, waves,
    evidence: 0,
    zoom: layout === "strip" ? stripZoom(width, height / leads.length) : asPage ? pageZoom(width) : 1,
  };
}

/** Ten seconds across a wide screen, if the rows are high enough for it. */
function stripZoom(width: number, row: number): number {
  return Math.min(2, Math.max(1, Math.min(width / PAGE_MM, row / 45) / PX_PER_MM));
}

/** All ten seconds of a page, however narrow the screen: its columns show what stands in them. */
function pageZoom(width: number): number {
  return Math.min(1, (width - GUTTER) / PAGE_MM / pagePxPerMm(width, GUTTER, 25));
}
