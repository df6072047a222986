import type { Beats } from "./beats";
import type { LayoutName } from "./layout";

/** What is drawn: facts of the recording and what is known about it. */
export interface Stretch {
  lead: number;
  start: number;
  end: number;
  reason: string;
}

export interface Wave {
  kind: "P" | "QRS" | "T";
  onset: number;
  end: number;
}

/** Where a network looked: weights 0 to 1, one row a lead. */
export interface Evidence {
  start: number;
  step: number;
  weights: Float32Array[];
}

export interface Signal {
  fs: number;
  samples: number;
  duration: number;
  leads: string[];
  /** Wall clock of the first sample, milliseconds since 1970, or null. */
  began: number | null;
  deepest: number;
  /** The lead that shows the rhythm best. */
  rhythm: number;
  /** How leads stand on the page that the recording was read from, or null. */
  page: LayoutName | null;
}

export interface Content {
  signal: Signal;
  beats: Beats;
  stretches: Stretch[];
  waves: Wave[];
  evidence: Evidence | null;
}
