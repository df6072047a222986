import { nearestBeat, timeOf } from "./engine/beats";
import { moved } from "./engine/calipers";
import type { Engine } from "./engine/engine";

const STEP_S = 0.01;
const STEP_MV = 0.05;
const USUAL_RR_S = 0.8;

/** Put the calipers on the interval before the chosen beat, else before the beat in the middle. */
export function placeCalipers(engine: Engine): void {
  const { beats } = engine.content;
  const middle = engine.start + engine.sheet.seconds / 2;
  const beat = engine.selected >= 0 ? engine.selected : nearestBeat(beats, middle, engine.sheet.seconds / 2);
  const to = beat > 0 ? timeOf(beats, beat) : middle;
  const from = beat > 0 ? timeOf(beats, beat - 1) : middle - USUAL_RR_S;
  const cell = engine.sheet.cells.find(({ offset, seconds }) => to >= engine.start + offset && to <= engine.start + offset + seconds);
  engine.calipers = { from, to, fromMv: 0, toMv: 0, march: false };
  engine.calipersLead = cell?.lead ?? 0;
  engine.refresh(false);
}

/** Arrow keys move the second caliper, with Shift both. Returns whether they did. */
export function nudgeCalipers(engine: Engine, key: string, both: boolean): boolean {
  const step = { ArrowLeft: [-STEP_S, 0], ArrowRight: [STEP_S, 0], ArrowUp: [0, STEP_MV], ArrowDown: [0, -STEP_MV] }[key];
  if (!step || !engine.calipers) return false;
  engine.calipers = moved(engine.calipers, both ? "both" : "to", step[0]!, step[1]!);
  engine.refresh(false);
  return true;
}
