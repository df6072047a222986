import type { ReactNode } from "react";

/** A drawing with its title and one sentence on how to read it. */
export function Frame({ title, hint, children, wide }: { title: string; hint: string; children: ReactNode; wide?: boolean }) {
  return (
    <figure className={`panel flex flex-col gap-3 p-5 ${wide ? "lg:col-span-2" : ""}`}>
      <figcaption>
        <h4 className="font-semibold">{title}</h4>
        <p className="text-sm text-soft">{hint}</p>
      </figcaption>
      {children}
    </figure>
  );
}

/** Class colours where the class is one of AAMI's, else colours that colour-blind people tell apart. */
const AAMI: Record<string, string> = { N: "var(--class-n)", S: "var(--class-s)", V: "var(--class-v)", F: "var(--class-f)", Q: "var(--class-q)" };
const OTHERS = ["var(--class-s)", "var(--class-v)", "var(--class-f)", "var(--class-q)", "var(--class-n)", "var(--accent)"];
const DASHES = ["", "7 3", "2 3", "9 3 2 3", "4 2", "1 2"];

export function lineOf(name: string, i: number): { stroke: string; strokeDasharray: string } {
  return { stroke: AAMI[name] ?? OTHERS[i % OTHERS.length]!, strokeDasharray: DASHES[i % DASHES.length]! };
}

export const SIDE = 220;
const TICKS = [0, 0.25, 0.5, 0.75, 1];

/** A square from 0 to 1 on both axes. */
export function Square({ x, y, label, children }: { x: string; y: string; label: string; children: ReactNode }) {
  return (
    <svg viewBox={`-44 -8 ${SIDE + 60} ${SIDE + 52}`} role="img" aria-label={label} className="numbers w-full max-w-sm self-center overflow-visible">
      {TICKS.map((tick) => (
        <g key={tick}>
          <path d={`M${tick * SIDE} 0V${SIDE}M0 ${tick * SIDE}H${SIDE}`} className="stroke-line" strokeWidth="1" />
          <text x={tick * SIDE} y={SIDE + 15} textAnchor="middle" fontSize="10.5" className="fill-soft">{tick}</text>
          <text x={-6} y={(1 - tick) * SIDE + 3.5} textAnchor="end" fontSize="10.5" className="fill-soft">{tick}</text>
        </g>
      ))}
      <text x={SIDE / 2} y={SIDE + 34} textAnchor="middle" fontSize="11.5" className="fill-soft">{x}</text>
      <text transform={`translate(-34 ${SIDE / 2}) rotate(-90)`} textAnchor="middle" fontSize="11.5" className="fill-soft">{y}</text>
      {children}
    </svg>
  );
}
