import type { Card } from "../api/client";
import { text } from "../text";
import { named, number, prose } from "../text/format";
import { Chip } from "../ui/Chip";
import { LETTERS } from "../viewer/engine/beats";

type Metric = Card["metrics"][number];
const TICKS = [0, 0.25, 0.5, 0.75, 1];

/** Figures between 0 and 1 with their 95 % intervals, below each other on one scale. */
export function IntervalPlot({ title, protocol, metrics }: { title: string; protocol: string; metrics: Metric[] }) {
  const names = metrics.map((metric) => figureName(metric.name));
  const used = Object.keys(text.models.abbreviations).filter((short) => names.some((name) => name.split(/[ ,]/).includes(short)));
  return (
    <figure className="panel p-5">
      <figcaption className="mb-3">
        <h3 className="font-semibold">{title}</h3>
        <p className="text-sm text-soft">{prose(protocol)}{metrics.some((metric) => metric.ci95) && `, ${text.models.interval}`}</p>
      </figcaption>
      <table className="w-full table-fixed text-sm">
        <colgroup><col className="w-[36%]" /><col /><col className="w-14" /></colgroup>
        <thead className="sr-only">
          <tr><th>{text.models.metric.name}</th><th>{text.models.metric.interval}</th><th>{text.models.metric.value}</th></tr>
        </thead>
        <tbody>{metrics.map((metric) => <Row key={metric.name} metric={metric} />)}</tbody>
        <tfoot aria-hidden="true">
          <tr>
            <td />
            <td>
              <p className="numbers flex justify-between text-xs text-soft">
                {TICKS.map((tick) => <span key={tick} className="flex w-0 justify-center">{tick}</span>)}
              </p>
            </td>
            <td />
          </tr>
        </tfoot>
      </table>
      {!!used.length && (
        <dl className="mt-3 flex flex-col gap-0.5 text-xs text-soft">
          {used.map((short) => <div key={short}><dt className="inline font-medium">{short}</dt><dd className="inline">, {text.models.abbreviations[short]}</dd></div>)}
        </dl>
      )}
    </figure>
  );
}

/** A figure's name in words: "history_of_mi ppv" is the key, "history of infarction PPV" the name. */
function figureName(key: string): string {
  const [first = "", ...rest] = key.split(" ");
  return [rest.length ? named(first) : first, ...rest].join(" ").replace(/\bppv\b/, "PPV");
}

function Row({ metric }: { metric: Metric }) {
  const letter = LETTERS.find((each) => metric.name.startsWith(`${each} `));
  const rest = figureName(letter ? metric.name.slice(2) : metric.name);
  const x = (value: number): number => Math.min(100, Math.max(0, value * 100));
  const interval = metric.ci95;
  return (
    <tr>
      <th className="py-0.5 pr-3 text-left align-middle font-normal">
        <span className="flex items-center gap-2">{letter && <Chip letter={letter} />}<span className="leading-tight">{rest}</span></span>
      </th>
      <td className="align-middle" title={interval ? `${number(interval[0], 3)} – ${number(interval[1], 3)}` : undefined}>
        <svg viewBox="0 0 100 8" preserveAspectRatio="none" className="block h-6 w-full" aria-hidden="true">
          {TICKS.map((tick) => <line key={tick} x1={tick * 100} x2={tick * 100} y1="0" y2="8" className="stroke-line" strokeWidth="1" vectorEffect="non-scaling-stroke" />)}
          {interval && <line x1={x(interval[0])} x2={x(interval[1])} y1="4" y2="4" className="stroke-accent/45" strokeWidth="6" strokeLinecap="round" vectorEffect="non-scaling-stroke" />}
          <line x1={x(metric.value)} x2={x(metric.value)} y1="1.4" y2="6.6" className="stroke-accent" strokeWidth="3.5" strokeLinecap="round" vectorEffect="non-scaling-stroke" />
        </svg>
        {interval && <span className="sr-only">{number(interval[0], 3)} – {number(interval[1], 3)}</span>}
      </td>
      <td className="numbers text-right align-middle font-medium">{number(metric.value, 3)}</td>
    </tr>
  );
}
