import { describe, expect, it } from "vitest";
import { place, rhythmLead } from "../src/viewer/engine/layout";

const TWELVE = ["I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6"];

describe("the lead that shows the rhythm", () => {
  it("is II, MLII, V1 or the first one", () => {
    expect(rhythmLead(TWELVE, [])).toBe(1);
    expect(rhythmLead(["V5", "MLII"], [0, 0])).toBe(1);
    expect(rhythmLead(["ECG1", "ECG2"], [0, 0])).toBe(0);
  });
  it("is one that is there: of a page whose strip is III, II ends with its column", () => {
    const missing = TWELVE.map((name) => (name === "III" ? 0 : 0.75));
    expect(rhythmLead(TWELVE, missing)).toBe(2);
    expect(rhythmLead(TWELVE, TWELVE.map(() => 0.75))).toBe(1);
  });
  it("stands below the columns of a page, as wide as all of them", () => {
    const room = { width: 1000, height: 600, band: 20, gutter: 60, pxPerS: 94, duration: 10 };
    const { cells } = place("3x4+1", TWELVE, TWELVE.map((_, i) => i), 2, room, 60);
    expect(cells).toHaveLength(13);
    expect(cells.at(-1)).toMatchObject({ name: "III", x: 60, width: 940 });
  });
  it("leaves no column without its part of the recording on a screen that is wider", () => {
    const room = { width: 2000, height: 600, band: 20, gutter: 60, pxPerS: 100, duration: 10 };
    const { cells } = place("3x4+1", TWELVE, TWELVE.map((_, i) => i), 1, room, 60);
    const last = cells.find(({ name }) => name === "V6")!;
    expect([last.offset, last.seconds]).toEqual([7.5, 2.5]);
  });
});
