import { describe, expect, it } from "vitest";
import { likelyUnit, optionsOf, STEPS, writtenUnit } from "../src/result/stated";

const nothing = { fs: "", unit: "", step: "", leads: "" };

describe("what a person states", () => {
  it("is what was written, and nothing that was not", () => {
    expect(optionsOf(nothing, null)).toEqual({ options: {}, fault: null });
    expect(optionsOf({ ...nothing, fs: "257.5", leads: "II, V1;V5" }, null).options).toEqual({ fs: 257.5, leads: ["II", "V1", "V5"] });
  });
  it("is wanted where it is needed, and has to be a number where it is one", () => {
    expect(optionsOf(nothing, "unit").fault).toBe("unit");
    expect(optionsOf({ ...nothing, fs: "-1" }, null).fault).toBe("fs");
    expect(optionsOf({ ...nothing, fs: "fast" }, "unit").fault).toBe("fs");
  });
  it("may be what a step of the converter is worth", () => {
    expect(optionsOf({ ...nothing, unit: STEPS, step: "4.88" }, "unit")).toEqual({ options: { unit: "4.88 uV" }, fault: null });
    for (const step of ["", "0", "x", "1e3"]) expect(optionsOf({ ...nothing, unit: STEPS, step }, null).fault, step).toBe("step");
    expect(writtenUnit("4.88 uV")).toEqual({ unit: STEPS, step: "4.88" });
    expect(writtenUnit("0.005 mV")).toEqual({ unit: STEPS, step: "5" });
    expect(writtenUnit("uV")).toEqual({ unit: "uV", step: "" });
    expect(writtenUnit(null)).toEqual({ unit: "", step: "" });
  });
});

describe("the likely unit", () => {
  it("is a thousand times smaller or larger than the one that was read", () => {
    expect(likelyUnit(900, "mV")).toBe("uV");
    expect(likelyUnit(1100, null)).toBe("uV");
    expect(likelyUnit(1.2e-3, "uV")).toBe("mV");
    expect(likelyUnit(1e6, "V")).toBe("uV");
  });
  it("is not guessed where the factor is no unit's, or two could be meant", () => {
    expect(likelyUnit(30, "mV")).toBe("");
    expect(likelyUnit(1e-3, null)).toBe("");
    expect(likelyUnit(null, "mV")).toBe("");
    expect(likelyUnit(1000, "4.88 uV")).toBe("");
  });
});
