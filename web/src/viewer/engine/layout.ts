/** Where each lead stands on the sheet. */

export const LAYOUTS = ["strip", "rows", "3x4+1", "3x4", "6x2", "12x1"] as const;
export type LayoutName = (typeof LAYOUTS)[number];

const STANDARD = ["I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6"];
const PAGE_FROM = 8;

/** One stretch of one lead: pixels on the canvas, and how long after the sheet's start it begins. */
export interface Cell {
  lead: number;
  name: string;
  x: number;
  y: number;
  width: number;
  height: number;
  /** y of 0 mV. */
  zero: number;
  offset: number;
  seconds: number;
  /** First cell of its row: has the calibration pulse. */
  first: boolean;
}

export interface Sheet {
  cells: Cell[];
  /** Left end of the traces. */
  left: number;
  top: number;
  width: number;
  height: number;
  /** Seconds from the left end of the first cell to the right end of the last one. */
  seconds: number;
  /** All leads share the same time along x: the sheet can be panned like a roll of paper. */
  roll: boolean;
}

export function isTwelveLead(leads: readonly string[]): boolean {
  return leads.filter((name) => STANDARD.includes(name)).length >= PAGE_FROM;
}

const RHYTHM = ["II", "MLII", "V1"];

/** The lead that shows the rhythm best: II, MLII, V1, else the first; one of which more is `missing` (0 to 1) than of others is none. */
export function rhythmLead(leads: readonly string[], missing: readonly number[]): number {
  const least = Math.min(1, ...missing) + 0.1;
  const whole = (lead: number): boolean => (missing[lead] ?? 0) <= least;
  const usual = RHYTHM.map((name) => leads.indexOf(name)).find((lead) => lead >= 0 && whole(lead));
  return usual ?? Math.max(0, leads.findIndex((_, lead) => whole(lead)));
}

/** Layouts that make sense for these leads, the default one first. */
export function layoutsFor(leads: readonly string[], duration: number, narrow: boolean): LayoutName[] {
  if (isTwelveLead(leads)) {
    const pages: LayoutName[] = ["3x4+1", "3x4", "6x2"];
    if (duration > 30) return ["12x1", ...pages, "rows"];
    if (narrow) return ["6x2", "12x1", "3x4+1", "3x4", "rows"];
    return [...pages, "12x1", "rows"];
  }
  return ["strip", "rows"];
}

export interface Room {
  width: number;
  height: number;
  /** Height of the band with times and beat letters above each row. */
  band: number;
  gutter: number;
  pxPerS: number;
  /** Length of the recording, seconds. */
  duration: number;
}

/** Place the leads `shown` (indices into `leads`) in a room; `strip` is the one of which a page shows all. */
export function place(
  layout: LayoutName,
  leads: readonly string[],
  shown: readonly number[],
  strip: number,
  room: Room,
  rowHeight: number,
): Sheet {
  const { band, gutter, pxPerS, width, height, duration } = room;
  const across = Math.max(1, width - gutter);
  const sheet = (cells: Cell[], top: number, roll: boolean): Sheet => ({
    cells, left: gutter, top, width, height, roll,
    seconds: cells.reduce((most, cell) => Math.max(most, cell.offset + cell.seconds), 0),
  });
  const cell = (
    lead: number, x: number, y: number, w: number, h: number, offset: number, first: boolean,
  ): Cell => ({
    lead, name: leads[lead] ?? "", x, y, width: w, height: h, zero: y + h / 2, offset, seconds: w / pxPerS, first,
  });

  if (layout === "rows") {
    const lead = shown[0] ?? 0;
    const each = Math.max(rowHeight + band, 60);
    const rows = Math.max(1, Math.floor(height / each));
    const tall = height / rows;
    return sheet(
      Array.from({ length: rows }, (_, row) =>
        cell(lead, gutter, row * tall + band, across, tall - band, (row * across) / pxPerS, true),
      ),
      band,
      false,
    );
  }
  const [columns, rhythm] = ({ "3x4+1": [4, 1], "3x4": [4, 0], "6x2": [2, 0] } as Record<string, number[]>)[layout] ?? [1, 0];
  if (columns === 1) {
    const tall = (height - band) / Math.max(1, shown.length);
    return sheet(
      shown.map((lead, row) => cell(lead, gutter, band + row * tall, across, tall, 0, true)),
      band,
      true,
    );
  }
  const rows = 12 / columns!;
  const index = new Map(leads.map((name, i) => [name, i]));
  const tall = (height - band) / (rows + rhythm!);
  // On a wall the sheet is wider than ten seconds: its columns share the recording, so that each shows its part.
  const wide = Math.min(across, duration * pxPerS) / columns!;
  const cells: Cell[] = [];
  STANDARD.forEach((name, i) => {
    const lead = index.get(name);
    if (lead === undefined) return;
    const [column, row] = [Math.floor(i / rows), i % rows];
    cells.push(
      cell(lead, gutter + column * wide, band + row * tall, wide, tall, (column * wide) / pxPerS, column === 0),
    );
  });
  if (rhythm && strip < leads.length) cells.push(cell(strip, gutter, band + rows * tall, across, tall, 0, true));
  return sheet(cells, band, false);
}

/** Pixels a second such that a page's ten seconds fill the width, held to what can still be read. */
export function pagePxPerMm(width: number, gutter: number, speed: number): number {
  return Math.min(8, Math.max(2.4, (width - gutter) / (10 * speed)));
}
