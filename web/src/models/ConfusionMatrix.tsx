import type { Schemas } from "../api/client";
import { text } from "../text";
import { named, number, percent } from "../text/format";
import { Frame } from "./Frame";

const words = text.models.heldOut;

/** True classes in rows, answers in columns; the deeper the tint, the larger the share of the row. */
export function ConfusionMatrix({ classes, counts }: { classes: string[]; counts: number[][] }) {
  return (
    <Frame title={words.matrix.title} hint={words.matrix.hint} wide={classes.length > 7}>
      <div className="overflow-x-auto" tabIndex={0} role="region" aria-label={words.matrix.title}>
        <table className="numbers w-full min-w-88 border-separate border-spacing-1 text-center text-sm">
          <thead>
            <tr>
              <th scope="col" className="text-left text-xs font-normal text-soft">{words.matrix.corner}</th>
              {classes.map((name) => <th key={name} scope="col" className="py-1 font-semibold">{named(name)}</th>)}
            </tr>
          </thead>
          <tbody>
            {counts.map((row, i) => {
              const all = row.reduce((sum, n) => sum + n, 0);
              return (
                <tr key={classes[i]}>
                  <th scope="row" className="pr-2 text-left font-semibold whitespace-nowrap">{named(classes[i]!)} <span className="text-xs font-normal text-soft">{number(all)}</span></th>
                  {row.map((n, k) => <Cell key={classes[k]} n={n} share={all ? n / all : 0} right={i === k} />)}
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </Frame>
  );
}

function Cell({ n, share, right }: { n: number; share: number; right: boolean }) {
  return (
    <td className="relative h-13 min-w-12 overflow-hidden rounded-lg bg-sunk p-0">
      <svg className="absolute inset-0 size-full" aria-hidden="true"><rect width="100%" height="100%" className={right ? "fill-accent" : "fill-class-v"} opacity={0.42 * Math.sqrt(share)} /></svg>
      <span className="relative block leading-tight font-medium">{number(n)}</span>
      {n > 0 && <span className="relative block text-xs leading-tight">{percent(100 * share)}</span>}
    </td>
  );
}

/** Classes that a record can have side by side: each decided at the card's threshold. */
export function DecidedTable({ rows }: { rows: Schemas["Decided"][] }) {
  const { decided } = words;
  return (
    <Frame title={decided.title} hint={decided.hint}>
      <div className="overflow-x-auto" tabIndex={0} role="region" aria-label={decided.title}>
        <table className="numbers w-full text-right text-sm sm:min-w-88">
          <thead className="align-bottom text-xs text-soft sm:text-sm">
            <tr><th scope="col" className="py-1.5 text-left font-medium">{text.models.classes}</th>{decided.columns.map((name) => <th key={name} scope="col" className="py-1.5 pl-2 font-medium sm:pl-3">{name}</th>)}</tr>
          </thead>
          <tbody>
            {rows.map((row) => {
              const [ill, well] = [row.true_positive + row.false_negative, row.true_negative + row.false_positive];
              return (
                <tr key={row.name} className="border-t border-line">
                  <th scope="row" className="py-2 text-left font-semibold">{named(row.name)}</th>
                  <td className="py-2 pl-2 sm:pl-3">{number(row.true_positive)} / {number(ill)}<span className="block text-xs text-soft">{ill ? percent((100 * row.true_positive) / ill) : "–"}</span></td>
                  <td className="py-2 pl-2 sm:pl-3">{number(row.false_negative)}</td>
                  <td className="py-2 pl-2 sm:pl-3">{number(row.false_positive)}</td>
                  <td className="py-2 pl-2 sm:pl-3">{number(row.true_negative)} / {number(well)}<span className="block text-xs text-soft">{well ? percent((100 * row.true_negative) / well) : "–"}</span></td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </Frame>
  );
}
