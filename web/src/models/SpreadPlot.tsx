import type { Schemas } from "../api/client";
import { text } from "../text";
import { percent } from "../text/format";
import { Frame } from "./Frame";

const words = text.models.heldOut.spread;
const WIDE = 980;
const ROW = 58;
const LEFT = 130;
const TICKS = [0, 25, 50, 75, 100];

/** One dot for each patient or record: a mean hides those that a model fails. */
export function SpreadPlot({ spread }: { spread: Schemas["Spread"][] }) {
  const x = (value: number): number => LEFT + value * (WIDE - LEFT - 26);
  const worst = spread.map((row) => {
    const at = row.values.indexOf(Math.min(...row.values));
    return words.worst(row.figure, row.names[at]!, percent(100 * row.values[at]!));
  });
  return (
    <Frame title={words.title} hint={words.hint} wide>
      <div className="overflow-x-auto" tabIndex={0} role="region" aria-label={words.title}>
        <svg viewBox={`0 0 ${WIDE} ${ROW * spread.length + 24}`} role="img" aria-label={`${words.title}. ${worst.join("; ")}`} className="numbers w-full min-w-180">
          {TICKS.map((tick) => (
            <g key={tick}>
              <line x1={x(tick / 100)} x2={x(tick / 100)} y1="0" y2={ROW * spread.length} className="stroke-line" />
              <text x={x(tick / 100)} y={ROW * spread.length + 16} textAnchor="middle" fontSize="12" className="fill-soft">{tick} %</text>
            </g>
          ))}
          {spread.map((row, i) => {
            const sorted = [...row.values].sort((a, b) => a - b);
            const middle = sorted[sorted.length >> 1]!;
            return (
              <g key={row.figure} transform={`translate(0 ${i * ROW + ROW / 2})`}>
                <text x="0" y="-1" fontSize="14" className="fill-ink" fontWeight="500">{row.figure.replace(/\bppv\b/, "PPV")}</text>
                <text x="0" y="15" fontSize="12" className="fill-soft">{words.n(row.values.length)}</text>
                <line x1={x(middle)} x2={x(middle)} y1="-17" y2="17" className="stroke-accent" strokeWidth="2.5"><title>{words.median(percent(100 * middle))}</title></line>
                {row.values.map((value, k) => (
                  <circle key={row.names[k]} cx={x(value)} cy={((k * 7) % 5) * 5 - 10} r="4" className="fill-accent/45 stroke-accent" strokeWidth="0.8">
                    <title>{`${row.names[k]}: ${percent(100 * value)}`}</title>
                  </circle>
                ))}
              </g>
            );
          })}
        </svg>
      </div>
      <ul className="text-sm text-soft">{worst.map((line) => <li key={line}>{line}</li>)}</ul>
    </Frame>
  );
}
