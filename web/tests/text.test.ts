import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { text } from "../src/text";

const SOURCE = join(import.meta.dirname, "../src");
const files = (readdirSync(SOURCE, { recursive: true }) as string[])
  .filter((name) => /\.tsx?$/.test(name) && !name.endsWith("en.ts") && !name.endsWith("schema.d.ts"))
  .map((name) => ({ name, code: readFileSync(join(SOURCE, name), "utf-8") }));

function* leaves(node: object, path: string[] = []): Generator<[string[], unknown]> {
  for (const [key, value] of Object.entries(node)) {
    if (value && typeof value === "object" && !Array.isArray(value)) yield* leaves(value as object, [...path, key]);
    else yield [[...path, key], value];
  }
}

describe("text", () => {
  it("is complete: no word is empty, every sentence can be said", () => {
    for (const [path, value] of leaves(text)) {
      const said = typeof value === "function" ? (value as (...all: unknown[]) => unknown)(2, 3, 4, 5) : value;
      expect(JSON.stringify(said).length, path.join(".")).toBeGreaterThan(2);
    }
  });
  it("stands in one file: no sentence of English in a component", () => {
    const prose = />\s*[A-Z][a-z]+ [a-z]+[^<{]*</;
    for (const { name, code } of files) expect(prose.exec(code)?.[0], name).toBeUndefined();
  });
  it("counts in singular and plural", () => {
    expect(text.units.beats(1)).toBe("1 beat");
    expect(text.units.beats(2)).toBe("2 beats");
  });
});

describe("source", () => {
  it("asks nobody but its own service", () => {
    for (const { name, code } of files) expect(code.replaceAll("http://www.w3.org", ""), name).not.toMatch(/https?:\/\//);
  });
  it("puts no markup together from strings", () => {
    for (const { name, code } of files) expect(code, name).not.toMatch(/dangerouslySetInnerHTML|innerHTML|eval\(/);
  });
});
