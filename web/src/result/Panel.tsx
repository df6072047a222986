import { useState } from "react";
import type { AnalysisDocument, AnalysisView, Card } from "../api/client";
import type { Beats } from "../viewer/engine/beats";
import { isTwelveLead } from "../viewer/engine/layout";
import type { Signal } from "../viewer/engine/model";
import { Classes } from "./Classes";
import { Findings } from "./Findings";
import { KeyNumbers } from "./KeyNumbers";
import { Measurements } from "./Measurements";
import { Provenance, Quality } from "./Quality";
import { Readings } from "./ReadAgain";
import { Rhythm, Variability } from "./Rhythm";
import { Warnings } from "./Warnings";
import { beatsOfModel, modelAlone, Whose, type Answer } from "./Whose";

interface Props {
  analysis: AnalysisView;
  document: AnalysisDocument;
  signal: Signal;
  beats: Beats;
  cards: Card[];
  why: string | null;
  onWhy: (code: string | null) => void;
  onJump: (time: number, beat?: number) => void;
}

/** Everything that was read, what matters most first. */
export function Panel({ analysis, document, signal, beats, cards, why, onWhy, onJump }: Props) {
  const [answer, setAnswer] = useState<Answer>("reviewed");
  const { id } = analysis;
  const { review } = document;
  const alone = review && answer === "model";
  const shown = alone ? modelAlone(document) : document;
  const twelve = isTwelveLead(document.recording.leads);
  const findings = <Findings id={id} document={shown} signal={signal} cards={cards} shown={why} onShow={onWhy} />;
  return (
    <div className="pt-2">
      <Readings analysis={analysis} />
      <Warnings analysis={analysis} document={document} />
      {review && <Whose review={review} decided={document.findings.filter((each) => each.decided_by).length} shown={answer} onShow={setAnswer} />}
      {document.decision === "analysed" && <KeyNumbers document={shown} />}
      {twelve && findings}
      {document.decision === "analysed" && <Classes id={id} beats={alone ? beatsOfModel(beats) : beats} found={alone ? shown.rhythm.counts : undefined} onJump={alone ? (time) => onJump(time) : onJump} />}
      {!twelve && findings}
      <Rhythm document={shown} began={signal.began} onJump={onJump} />
      <Measurements document={document} />
      <Variability document={shown} />
      <Quality document={document} />
      <Provenance analysis={analysis} document={document} />
    </div>
  );
}
