import type { AnalysisDocument, Card } from "../api/client";
import type { Beats } from "../viewer/engine/beats";
import { isTwelveLead } from "../viewer/engine/layout";
import type { Signal } from "../viewer/engine/model";
import { Classes } from "./Classes";
import { Findings } from "./Findings";
import { KeyNumbers } from "./KeyNumbers";
import { Measurements } from "./Measurements";
import { Provenance, Quality } from "./Quality";
import { Rhythm, Variability } from "./Rhythm";
import { Warnings } from "./Warnings";

interface Props {
  id: string;
  document: AnalysisDocument;
  signal: Signal;
  beats: Beats;
  cards: Card[];
  why: string | null;
  onWhy: (code: string | null) => void;
  onJump: (time: number, beat?: number) => void;
}

/** Everything that was read, what matters most first. */
export function Panel({ id, document, signal, beats, cards, why, onWhy, onJump }: Props) {
  const twelve = isTwelveLead(document.recording.leads);
  const findings = <Findings id={id} document={document} signal={signal} cards={cards} shown={why} onShow={onWhy} />;
  return (
    <div className="pt-2">
      <Warnings document={document} />
      {document.decision === "analysed" && <KeyNumbers document={document} />}
      {twelve && findings}
      {document.decision === "analysed" && <Classes id={id} beats={beats} onJump={onJump} />}
      {!twelve && findings}
      <Rhythm document={document} began={signal.began} onJump={onJump} />
      <Measurements document={document} />
      <Variability document={document} />
      <Quality document={document} />
      <Provenance document={document} />
    </div>
  );
}
