import type { Schemas } from "../api/client";
import { text } from "../text";
import { number, percent } from "../text/format";
import { Frame, SIDE, Square } from "./Frame";

const words = text.models.heldOut.calibration;

/** What was promised against what came; the larger a dot, the more answers it stands for. */
export function CalibrationPlot({ bins }: { bins: Schemas["Bins"] }) {
  const all = bins.n.reduce((sum, n) => sum + n, 0);
  const radius = (n: number): number => 2.5 + 9 * Math.sqrt(n / all);
  const told = bins.promised.map((promised, i) => words.point(percent(100 * promised), percent(100 * bins.came[i]!), number(bins.n[i])));
  return (
    <Frame title={words.title} hint={bins.of === "each class" ? words.hintEach : words.hint}>
      <Square x={words.x} y={words.y} label={`${words.title}. ${told.join("; ")}`}>
        <path d={`M0 ${SIDE}L${SIDE} 0`} className="stroke-strong" strokeWidth="1" strokeDasharray="3 4" />
        <path d={bins.promised.map((x, i) => `${i ? "L" : "M"}${x * SIDE} ${(1 - bins.came[i]!) * SIDE}`).join("")} fill="none" className="stroke-accent/50" strokeWidth="1.5" />
        {bins.promised.map((x, i) => (
          <circle key={i} cx={x * SIDE} cy={(1 - bins.came[i]!) * SIDE} r={radius(bins.n[i]!)} className="fill-accent/70 stroke-surface" strokeWidth="1"><title>{told[i]}</title></circle>
        ))}
      </Square>
    </Frame>
  );
}
