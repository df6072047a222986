import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useMemo, useRef, useState, type KeyboardEvent } from "react";
import { decideFinding, reviewQuery, sendCorrection, undoCorrection, type Correction, type NewCorrection, type ReviewedFinding } from "../api/corrections";
import { problemOf } from "../api/problem";
import { aboutQuery, documentQuery } from "../api/queries";
import { beatsQuery } from "../api/signal";
import { LETTERS, letterOf, nextBeat, timeOf, type Beats, type Letter } from "../viewer/engine/beats";
import type { Engine } from "../viewer/engine/engine";
import { added, find, queue, relabelled, removed, type OneBeat, type QueueOrder } from "./edit";

export interface Review {
  beats: Beats;
  corrections: Correction[];
  findings: ReviewedFinding[];
  order: QueueOrder;
  trouble: string;
  readOnly: boolean;
  setOrder(order: QueueOrder): void;
  relabel(engine: Engine, letter: Letter): void;
  confirm(engine: Engine): void;
  remove(engine: Engine): void;
  add(engine: Engine, letter?: Letter): void;
  decide(code: string, decision: "present" | "absent"): void;
  undo(): void;
  go(engine: Engine, direction: 1 | -1): void;
  next(engine: Engine): void;
  press(event: KeyboardEvent, engine: Engine): boolean;
}

const NOT_THE_MODEL = -1;

/** Corrections of an analysis: on the screen at once, at the service right after, back where it refuses. */
export function useReview(id: string, fs: number, beats: Beats): Review {
  const queries = useQueryClient();
  const { data: said } = useQuery(reviewQuery(id));
  const { data: about } = useQuery(aboutQuery);
  const [order, setOrder] = useState<QueueOrder>("unsure");
  const [trouble, setTrouble] = useState("");
  const readOnly = about?.role === "reader";
  // One after the other: an undo must not overtake what it undoes.
  const line = useRef<Promise<unknown>>(Promise.resolve());
  const key = beatsQuery(id).queryKey;

  const change = useCallback(
    (make: (now: Beats) => Beats) => queries.setQueryData<Beats>(key, (now) => now && make(now)),
    [queries, id],
  );
  const enqueue = useCallback(
    (work: () => Promise<unknown>) => {
      line.current = line.current.then(work).then(
        () => setTrouble(""),
        (error: unknown) => {
          setTrouble(problemOf(error).detail);
          void queries.invalidateQueries({ queryKey: key });
        },
      ).then(() => {
        // Rhythm, findings and the list follow the beats.
        void queries.invalidateQueries({ queryKey: documentQuery(id).queryKey });
        void queries.invalidateQueries({ queryKey: ["analyses"] });
        return queries.invalidateQueries({ queryKey: reviewQuery(id).queryKey });
      });
    },
    [queries, id],
  );
  const send = useCallback(
    (correction: NewCorrection, make: (now: Beats) => Beats) => {
      change(make);
      enqueue(() => sendCorrection(id, correction));
    },
    [change, enqueue, id],
  );

  return useMemo<Review>(() => {
    const corrections = said?.corrections ?? [];
    const chosen = (engine: Engine): OneBeat | null => {
      const { beats: all } = engine.content;
      const at = engine.selected;
      if (at < 0 || at >= all.samples.length) return null;
      return {
        sample: all.samples[at]!, letter: letterOf(all, at), model: all.model[at]!,
        probability: all.probability[at]!, reviewed: all.reviewed[at] === 1,
      };
    };
    const select = (engine: Engine, beat: number): void => {
      engine.selected = beat;
      engine.refresh(false);
      if (beat >= 0) engine.reveal(timeOf(engine.content.beats, beat));
    };
    const review: Review = {
      beats, corrections, findings: said?.findings ?? [], order, trouble, readOnly, setOrder,
      relabel(engine, letter) {
        const beat = chosen(engine);
        if (!beat || readOnly) return;
        if (letter === beat.letter) {
          review.confirm(engine);
          return;
        }
        send({ action: "relabel", sample: beat.sample, class: letter }, (now) => relabelled(now, beat.sample, letter));
      },
      confirm(engine) {
        const beat = chosen(engine);
        if (!beat || readOnly) return;
        send({ action: "confirm", sample: beat.sample }, (now) => relabelled(now, beat.sample, beat.letter));
      },
      remove(engine) {
        const beat = chosen(engine);
        if (!beat || readOnly) return;
        send({ action: "remove", sample: beat.sample }, (now) => removed(now, beat.sample));
        engine.selected = Math.min(engine.selected, engine.content.beats.samples.length - 2);
      },
      add(engine, letter = "N") {
        const time = engine.cursor ?? engine.start + engine.sheet.seconds / 2;
        const sample = Math.round(time * fs);
        if (readOnly || find(beats, sample) >= 0) return;
        send({ action: "add", sample, class: letter }, (now) =>
          added(now, { sample, letter, model: NOT_THE_MODEL, probability: NaN, reviewed: true }),
        );
        queueMicrotask(() => select(engine, find(queries.getQueryData<Beats>(key) ?? beats, sample)));
      },
      decide(code, decision) {
        if (!readOnly) enqueue(() => decideFinding(id, code, decision));
      },
      undo() {
        if (readOnly || !corrections.some((each) => !each.undone_at)) return;
        enqueue(async () => {
          await undoCorrection(id);
          await queries.invalidateQueries({ queryKey: key });
        });
      },
      go(engine, direction) {
        const { beats: all } = engine.content;
        const middle = engine.start + engine.sheet.seconds / 2;
        const from = engine.selected >= 0 ? engine.selected : all.samples.findIndex((sample) => sample / fs >= middle) - 1;
        const found = nextBeat(all, from, direction, () => true);
        if (found >= 0) select(engine, found);
      },
      next(engine) {
        const [first] = queue(engine.content.beats, order, 1);
        select(engine, first ?? -1);
      },
      press(event, engine) {
        if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z") {
          review.undo();
          return true;
        }
        if (event.ctrlKey || event.metaKey || event.altKey) return false;
        const name = event.key.length === 1 ? event.key.toUpperCase() : event.key;
        const letter = LETTERS.find((each) => each === name);
        if (letter && engine.selected >= 0) {
          review.relabel(engine, letter);
          return true;
        }
        const acts: Record<string, () => void> = {
          Enter: () => review.confirm(engine),
          Delete: () => review.remove(engine),
          Backspace: () => review.remove(engine),
          A: () => review.add(engine),
          ",": () => review.go(engine, -1),
          ".": () => review.go(engine, 1),
          U: () => review.next(engine),
        };
        const act = acts[name];
        act?.();
        return act !== undefined;
      },
    };
    return review;
  }, [beats, said, order, trouble, readOnly, send, enqueue, id, fs, queries]);
}
