import { describe, expect, it } from "vitest";
import { BANDS, filter, section } from "../src/viewer/engine/filters";

const FS = 360;
const sine = (hz: number, seconds = 20): Float32Array =>
  Float32Array.from({ length: seconds * FS }, (_, i) => Math.sin((2 * Math.PI * hz * i) / FS));
const height = (values: Float32Array): number => Math.max(...values.slice(8 * FS, 12 * FS));
const band = BANDS["0.5-40"]!;

describe("filters", () => {
  it("pass what lies in the band", () => {
    expect(height(filter(sine(10), FS, band))).toBeCloseTo(1, 1);
  });
  it("halve the power at their borders, over both passes", () => {
    expect(height(filter(sine(40), FS, band))).toBeCloseTo(Math.SQRT1_2, 1);
    expect(height(filter(sine(0.5, 40), FS, band))).toBeCloseTo(Math.SQRT1_2, 1);
  });
  it("take off drift and what is too fast", () => {
    expect(height(filter(sine(150), FS, band))).toBeLessThan(0.02);
    expect(Math.abs(height(filter(new Float32Array(20 * FS).fill(3), FS, band)))).toBeLessThan(1e-3);
  });
  it("do not move a wave in time", () => {
    const pulse = new Float32Array(10 * FS);
    for (let i = -20; i <= 20; i++) pulse[5 * FS + i] = Math.exp(-(i * i) / 50);
    const found = filter(pulse, FS, band);
    expect(found.indexOf(Math.max(...found))).toBe(5 * FS);
  });
  it("keep missing samples missing and spoil no others", () => {
    const values = sine(10);
    values.fill(NaN, 100, 140);
    const found = filter(values, FS, band);
    expect(found.slice(100, 140).every((value) => value !== value)).toBe(true);
    expect(found.slice(140).every(Number.isFinite)).toBe(true);
  });
  it("leave out a border beyond the rate", () => {
    expect(section("low", 150, 250)).toBeNull();
  });
});
