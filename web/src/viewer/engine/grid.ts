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
  const square = pxPerMm * 5;
  const cell = Math.round(square * dpr);
  if (Math.abs(square * dpr - cell) > 1e-6) {
    ruled(context, palette, square, fine, x, y, width, height, x0, y0);
    return;
  }
  const key = `${palette.ground}/${cell}/${fine}/${dpr}`;
  let pattern = patterns.get(key);
  if (!pattern) {
    const tile = document.createElement("canvas");
    tile.width = tile.height = cell;
    const brush = tile.getContext("2d")!;
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
    pattern = context.createPattern(tile, "repeat")!;
    if (patterns.size > 24) patterns.clear();
    patterns.set(key, pattern);
  }
  const shift = (value: number): number => Math.round(value * dpr) % cell;
  pattern.setTransform(new DOMMatrix([1 / dpr, 0, 0, 1 / dpr, shift(x0) / dpr, shift(y0) / dpr]));
  context.fillStyle = pattern;
  context.fillRect(x, y, width, height);
}

const MINOR_PX = 0.4;
const MAJOR_PX = 0.8;

/** The same line by line, where 5 mm are no whole number of pixels: on paper, whose lines a ruler measures. */
function ruled(
  context: CanvasRenderingContext2D, palette: Palette, square: number, fine: boolean,
  x: number, y: number, width: number, height: number, x0: number, y0: number,
): void {
  context.fillStyle = palette.ground;
  context.fillRect(x, y, width, height);
  for (const [parts, colour, line] of [[fine ? 5 : 0, palette.minor, MINOR_PX], [1, palette.major, MAJOR_PX]] as const) {
    if (!parts) continue;
    const step = square / parts;
    const within = (from: number, length: number, origin: number): number[] => {
      const first = Math.ceil((from - origin) / step);
      return Array.from({ length: Math.max(0, Math.floor((from + length - origin) / step) - first + 1) }, (_, i) => origin + (first + i) * step);
    };
    context.fillStyle = colour;
    for (const at of within(x, width, x0)) context.fillRect(at - line / 2, y, line, height);
    for (const at of within(y, height, y0)) context.fillRect(x, at - line / 2, width, line);
  }
}
