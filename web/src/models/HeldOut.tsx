import { useId } from "react";
import type { Schemas } from "../api/client";
import { text } from "../text";
import { number, prose } from "../text/format";
import { dataName } from "./dataName";
import { ConfusionMatrix, DecidedTable } from "./ConfusionMatrix";
import { CurvePlot } from "./CurvePlot";
import { CalibrationPlot } from "./CalibrationPlot";
import { SpreadPlot } from "./SpreadPlot";

const words = text.models.heldOut;
type FigureSet = Schemas["FigureSet"];

/** What a model answered about data it did not learn from: matrix, curves, calibration, patients. */
export function HeldOut({ sets }: { sets: FigureSet[] }) {
  if (!sets.length) return <p className="max-w-3xl rounded-xl bg-sunk px-4 py-3 text-soft">{words.unknown}</p>;
  return <div className="flex flex-col gap-10">{sets.map((set) => <One key={set.data + set.protocol} set={set} />)}</div>;
}

function One({ set }: { set: FigureSet }) {
  const id = useId();
  return (
    <section aria-labelledby={id} className="flex flex-col gap-4">
      <header>
        <h3 id={id} className="text-lg font-semibold">{dataName(set.data)}</h3>
        <p className="numbers max-w-3xl text-sm text-soft first-letter:uppercase">{withCount(set)}</p>
      </header>
      <div className="grid grid-cols-1 items-start gap-5 lg:grid-cols-2">
        {set.confusion_matrix && <ConfusionMatrix classes={set.classes} counts={set.confusion_matrix} />}
        {!!set.decided.length && <DecidedTable rows={set.decided} />}
        {set.calibration && <CalibrationPlot bins={set.calibration} />}
        {!!set.curves.length && <CurvePlot kind="roc" curves={set.curves} />}
        {!!set.curves.length && <CurvePlot kind="precision_recall" curves={set.curves} />}
        {!!set.spread.length && <SpreadPlot spread={set.spread} />}
      </div>
    </section>
  );
}

/** How many there were and how they were answered; the protocol often begins with their number itself. */
function withCount(set: FigureSet): string {
  const protocol = prose(set.protocol);
  return protocol.startsWith(number(set.n)) ? protocol : `${number(set.n)} ${words.what[set.what]}: ${protocol}`;
}
