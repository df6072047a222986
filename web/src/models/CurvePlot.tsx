import type { Schemas } from "../api/client";
import { text } from "../text";
import { named, number } from "../text/format";
import { Frame, lineOf, SIDE, Square } from "./Frame";

const words = text.models.heldOut;

/** ROC, or precision and recall: one line a class, each with the area under it. */
export function CurvePlot({ kind, curves }: { kind: "roc" | "precision_recall"; curves: Schemas["ClassCurves"][] }) {
  const own = words[kind];
  const area = (curve: Schemas["ClassCurves"]): number => (kind === "roc" ? curve.auroc : curve.average_precision);
  return (
    <Frame title={own.title} hint={own.hint}>
      <Square x={own.x} y={own.y} label={`${own.title}. ${curves.map((curve) => `${named(curve.name)}: ${number(area(curve), 3)}`).join(", ")}`}>
        {kind === "roc" && <path d={`M0 ${SIDE}L${SIDE} 0`} className="stroke-strong" strokeWidth="1" strokeDasharray="3 4" />}
        {curves.map((curve, i) => {
          const points = curve[kind];
          const d = points.x.map((x, k) => `${k ? "L" : "M"}${(x * SIDE).toFixed(1)} ${((1 - points.y[k]!) * SIDE).toFixed(1)}`).join("");
          return <path key={curve.name} d={d} fill="none" strokeWidth="2" strokeLinejoin="round" {...lineOf(curve.name, i)} />;
        })}
      </Square>
      <ul className="numbers flex flex-wrap justify-center gap-x-4 gap-y-1 text-sm">
        {curves.map((curve, i) => (
          <li key={curve.name} className="flex items-center gap-1.5">
            <svg width="22" height="8" aria-hidden="true"><line x1="0" x2="22" y1="4" y2="4" strokeWidth="2.5" {...lineOf(curve.name, i)} /></svg>
            <span className="font-medium">{named(curve.name)}</span>
            <span>{number(area(curve), 3)}</span>
            <span className="text-soft">({number(curve.n)})</span>
          </li>
        ))}
      </ul>
    </Frame>
  );
}
