import type { Palette } from "./palette";
import { FINE_GRID_FROM_SPEED } from "./scale";

const patterns = new Map<string, CanvasPattern>();

/** Fill a rectangle (CSS pixels) with ECG paper whose 5 mm lines pass through (`x0`, `y0`). */
export function paper(
  context: CanvasRenderingContext2D,
  palette: Palette,
  pxPerMm: number,
  speed: number,
  dpr: number,
  x: number,
  y: number,
  width: number,
  height: number,
  x0: number,
  y0: number,
): void {
  const fine = speed >= FINE_GRID_FROM_SPEED && pxPerMm >= 2;
  const cell = Math.round(pxPerMm * 5 * dpr);
  const key = `${palette.ground}/${cell}/${fine}/${dpr}`;
  let pattern = patterns.get(key);
  if (!pattern) {
    const square = document.createElement("canvas");
    square.width = square.height = cell;
    const brush = square.getContext("2d")!;
    const line = Math.max(1, Math.round(dpr * 0.9));
    brush.fillStyle = palette.ground;
    brush.fillRect(0, 0, cell, cell);
    if (fine) {
      brush.fillStyle = palette.minor;
      // A screen's thinnest line is wider than a printed one: it is drawn lighter instead.
      brush.globalAlpha = dpr < 1.5 ? 0.7 : 1;
      for (let mm = 1; mm < 5; mm++) {
        const at = Math.round((cell * mm) / 5);
        brush.fillRect(at, 0, line, cell);
        brush.fillRect(0, at, cell, line);
      }
    }
    brush.globalAlpha = dpr < 1.5 ? 0.8 : 1;
    brush.fillStyle = palette.major;
    brush.fillRect(0, 0, line, cell);
    brush.fillRect(0, 0, cell, line);
    pattern = context.createPattern(square, "repeat")!;
    if (patterns.size > 24) patterns.clear();
    patterns.set(key, pattern);
  }
  const shift = (value: number): number => Math.round(value * dpr) % cell;
  pattern.setTransform(new DOMMatrix([1 / dpr, 0, 0, 1 / dpr, shift(x0) / dpr, shift(y0) / dpr]));
  context.fillStyle = pattern;
  context.fillRect(x, y, width, height);
}
