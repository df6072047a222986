import { describe, expect, it } from "vitest";
import { clampStart, crispPxPerMm, GAINS, nearest, niceStep, PX_PER_MM, SPEEDS, step, zoomedStart } from "../src/viewer/engine/scale";

describe("scale", () => {
  it("is true to size: 25.4 mm are 96 CSS pixels", () => {
    expect(25.4 * PX_PER_MM).toBeCloseTo(96, 10);
  });
  it.each([1, 1.25, 1.5, 2, 3])("makes 5 mm a whole number of device pixels at ratio %f", (dpr) => {
    for (const wanted of [2.4, PX_PER_MM, 5.1, 7.7]) {
      const device = crispPxPerMm(wanted, dpr) * 5 * dpr;
      expect(device).toBeCloseTo(Math.round(device), 9);
      expect(Math.abs(device - wanted * 5 * dpr)).toBeLessThanOrEqual(0.5);
    }
  });
  it("steps up and down a ladder and stays at its ends", () => {
    expect(step(SPEEDS, 25, 1)).toBe(50);
    expect(step(SPEEDS, 25, -1)).toBe(12.5);
    expect(step(SPEEDS, 31, 1)).toBe(50);
    expect(step(SPEEDS, SPEEDS.at(-1)!, 1)).toBe(SPEEDS.at(-1));
    expect(step(GAINS, GAINS[0], -1)).toBe(GAINS[0]);
  });
  it("finds the nearest step by ratio", () => {
    expect(nearest(SPEEDS, 34)).toBe(25);
    expect(nearest(SPEEDS, 37)).toBe(50);
  });
  it("keeps a window within the recording", () => {
    expect(clampStart(-3, 10, 60)).toBe(0);
    expect(clampStart(55, 10, 60)).toBe(50);
    expect(clampStart(5, 10, 8)).toBe(0);
    expect(clampStart(Infinity, 10, 60)).toBe(50);
  });
  it("keeps the moment under the pointer while zooming", () => {
    const [start, x, before, after] = [100, 240, 95, 190];
    const next = zoomedStart(start, x, before, after);
    expect(next + x / after).toBeCloseTo(start + x / before, 12);
  });
  it("labels times at round steps that do not touch", () => {
    for (const pxPerS of [0.01, 0.5, 19, 95, 380]) expect(niceStep(pxPerS, 80) * pxPerS).toBeGreaterThanOrEqual(80);
    expect(niceStep(95, 150)).toBe(2);
  });
});
