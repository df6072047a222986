import { grabbed, moved, type Calipers } from "./engine/calipers";
import type { Engine } from "./engine/engine";
import { nearestBeat } from "./engine/beats";
import { nearest, SPEEDS } from "./engine/scale";

export interface Hands {
  /** Whether a drag measures instead of moving the paper. */
  measuring(): boolean;
  onSelect(beat: number): void;
  onSpeed(speed: number): void;
}

type Part = "from" | "to" | "both";
const CLICK_PX = 5;
const WHEEL_STEP = 60;

/** Mouse, touch and wheel on the trace. Returns what undoes it. */
export function attach(engine: Engine, element: HTMLElement, hands: Hands): () => void {
  const pointers = new Map<number, { x: number; y: number }>();
  let moving: { x: number; at: number }[] = [];
  let travelled = 0;
  let dragging: { part: Part; lead: number; calipers: Calipers; time: number; mv: number } | null = null;
  let pinch: { distance: number; speed: number } | null = null;
  let wheel = 0;

  const point = (event: PointerEvent | WheelEvent): { x: number; y: number } => {
    const box = element.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };

  const down = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    element.setPointerCapture(event.pointerId);
    const { x, y } = point(event);
    pointers.set(event.pointerId, { x, y });
    engine.stop();
    moving = [{ x, at: event.timeStamp }];
    travelled = 0;
    if (pointers.size === 2) {
      dragging = null;
      pinch = { distance: spread(), speed: engine.settings.speed };
    } else if (hands.measuring()) measureFrom(x, y, event.pointerType === "touch" ? 22 : 8);
  };

  const measureFrom = (x: number, y: number, reach: number): void => {
    const cell = engine.cellAt(x, y);
    if (!cell) return;
    const time = engine.timeAt(x, y);
    const mv = engine.millivoltAt(cell, y);
    const old = engine.calipers;
    const part = old ? grabbed(old, time, reach / engine.pxPerS) : null;
    if (old && part) {
      dragging = { part, lead: engine.calipersLead, calipers: old, time, mv };
      return;
    }
    const fresh = { from: time, to: time, fromMv: mv, toMv: mv, march: old?.march ?? false };
    engine.calipers = fresh;
    engine.calipersLead = cell.lead;
    dragging = { part: "to", lead: cell.lead, calipers: fresh, time, mv };
  };

  const spread = (): number => {
    const [a, b] = [...pointers.values()];
    return a && b ? Math.max(20, Math.abs(a.x - b.x)) : 20;
  };

  const move = (event: PointerEvent): void => {
    const { x, y } = point(event);
    const before = pointers.get(event.pointerId);
    if (!before) {
      if (event.pointerType !== "touch") {
        engine.cursor = x >= engine.sheet.left ? engine.timeAt(x, y) : null;
        engine.refresh(false);
      }
      return;
    }
    pointers.set(event.pointerId, { x, y });
    travelled += Math.abs(x - before.x) + Math.abs(y - before.y);
    if (pinch && pointers.size === 2) {
      const [a, b] = [...pointers.values()];
      const speed = Math.min(200, Math.max(SPEEDS[0], pinch.speed * (spread() / pinch.distance)));
      engine.zoomTo(speed, (a!.x + b!.x) / 2);
      return;
    }
    if (dragging) {
      const cell = engine.sheet.cells.find((each) => each.lead === dragging!.lead) ?? engine.cellAt(x, y);
      if (!cell) return;
      const over = engine.cellAt(x, y) ?? cell;
      const seconds = engine.start + over.offset + (x - over.x) / engine.pxPerS - dragging.time;
      const mv = engine.millivoltAt(over.lead === cell.lead ? over : cell, y) - dragging.mv;
      engine.calipers = moved(dragging.calipers, dragging.part, seconds, mv);
      engine.refresh(false);
      return;
    }
    engine.pan(before.x - x);
    moving.push({ x, at: event.timeStamp });
    if (moving.length > 6) moving.shift();
  };

  const up = (event: PointerEvent): void => {
    if (!pointers.delete(event.pointerId)) return;
    if (pinch) {
      if (pointers.size === 0) {
        const speed = nearest(SPEEDS, engine.settings.speed);
        engine.zoomTo(speed, engine.sheet.left + (engine.sheet.width - engine.sheet.left) / 2);
        hands.onSpeed(speed);
        pinch = null;
      }
      return;
    }
    const { x, y } = point(event);
    if (dragging) {
      const { calipers } = engine;
      if (calipers && travelled < CLICK_PX && calipers.from === calipers.to) engine.calipers = null;
      dragging = null;
      engine.refresh(false);
      return;
    }
    if (travelled < CLICK_PX && event.type === "pointerup") {
      const time = engine.timeAt(x, y);
      engine.cursor = time;
      hands.onSelect(nearestBeat(engine.content.beats, time, Math.max(0.3, 12 / engine.pxPerS)));
      return;
    }
    const first = moving[0];
    const last = moving.at(-1);
    if (first && last && event.timeStamp - last.at < 60 && last.at > first.at) {
      engine.fling(((first.x - last.x) / (last.at - first.at)) * 1000);
    }
  };

  const leave = (): void => {
    if (pointers.size) return;
    engine.cursor = null;
    engine.refresh(false);
  };

  const turn = (event: WheelEvent): void => {
    event.preventDefault();
    const unit = event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? 400 : 1;
    if (!event.ctrlKey && !event.metaKey) {
      engine.pan((Math.abs(event.deltaX) > Math.abs(event.deltaY) ? event.deltaX : event.deltaY) * unit);
      return;
    }
    wheel += event.deltaY * unit;
    if (Math.abs(wheel) < WHEEL_STEP) return;
    const at = SPEEDS.indexOf(nearest(SPEEDS, engine.settings.speed) as (typeof SPEEDS)[number]);
    const speed = SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, at + (wheel > 0 ? -1 : 1)))]!;
    wheel = 0;
    engine.zoomTo(speed, point(event).x);
    hands.onSpeed(speed);
  };

  element.addEventListener("pointerdown", down);
  element.addEventListener("pointermove", move);
  element.addEventListener("pointerup", up);
  element.addEventListener("pointercancel", up);
  element.addEventListener("pointerleave", leave);
  element.addEventListener("wheel", turn, { passive: false });
  return () => {
    element.removeEventListener("pointerdown", down);
    element.removeEventListener("pointermove", move);
    element.removeEventListener("pointerup", up);
    element.removeEventListener("pointercancel", up);
    element.removeEventListener("pointerleave", leave);
    element.removeEventListener("wheel", turn);
  };
}
