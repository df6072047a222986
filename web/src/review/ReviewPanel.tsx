import { REVIEW_FORMATS, reviewExportAddress } from "../api/corrections";
import { Section } from "../result/Section";
import { text } from "../text";
import { chance, moment, number } from "../text/format";
import { Button } from "../ui/Button";
import { Chip } from "../ui/Chip";
import { Select } from "../ui/Field";
import { Icon } from "../ui/Icon";
import { LETTERS, letterOf, timeOf, type Letter } from "../viewer/engine/beats";
import { clockAt } from "../viewer/engine/clock";
import type { Engine } from "../viewer/engine/engine";
import { useEngine } from "../viewer/useEngine";
import { comparison, queue, type QueueOrder } from "./edit";
import type { Review } from "./useReview";

const words = text.review;
const SHOWN = 12;

interface Props {
  id: string;
  review: Review;
  engine: Engine | null;
  began: number | null;
}

/** Where a person confirms or corrects what the model said. */
export function ReviewPanel({ id, review, engine, began }: Props) {
  return (
    <div className="pt-3">
      <p className="mb-3 text-sm text-soft">{review.readOnly ? words.reader : words.intro}</p>
      {review.trouble && <p role="alert" className="mb-3 rounded-xl bg-alert-wash px-3 py-2 text-sm text-alert">{words.failed} {review.trouble}</p>}
      {engine && <Chosen review={review} engine={engine} began={began} />}
      {engine && <Queue review={review} engine={engine} began={began} />}
      <FindingsReview review={review} />
      <Compare review={review} />
      <History review={review} began={began} />
      <Section title={words.export} open={false}>
        <p className="mb-2 text-sm text-soft">{words.exportBody}</p>
        <ul className="flex flex-wrap gap-2">
          {REVIEW_FORMATS.map((format) => (
            <li key={format}>
              <a href={reviewExportAddress(id, format)} download className="inline-flex h-9 items-center gap-1.5 rounded-lg border pointer-coarse:h-11 border-line px-3 text-sm font-medium hover:border-strong">
                <Icon name="download" size={16} />{words.formats[format]}
              </a>
            </li>
          ))}
        </ul>
      </Section>
    </div>
  );
}

function Chosen({ review, engine, began }: { review: Review; engine: Engine; began: number | null }) {
  const beat = useEngine(engine, (each) => (each.selected < each.content.beats.samples.length ? each.selected : -1));
  const letter = useEngine(engine, (each) => (beat < 0 ? "" : letterOf(each.content.beats, beat)));
  const { beats } = engine.content;
  const model = beat < 0 ? -1 : beats.model[beat]!;
  return (
    <section aria-label={words.chosen} className="mb-2 rounded-xl border border-line p-3">
      {beat < 0 ? (
        <p className="py-2 text-sm text-soft">{words.noneChosen}</p>
      ) : (
        <p className="flex items-center gap-2 text-sm">
          <Chip letter={letter as Letter} large />
          <span className="numbers font-semibold">{clockAt(timeOf(beats, beat), began)}</span>
          <span className="ml-auto text-soft">
            {words.model}: <strong className="text-ink">{model < 0 ? "–" : LETTERS[model]}</strong> <span className="numbers">{chance(beats.probability[beat])}</span>
          </span>
          {beats.reviewed[beat] === 1 && <Icon name="check" size={17} className="text-fine" />}
        </p>
      )}
      <div className="mt-3 grid grid-cols-5 gap-1.5">
        {LETTERS.map((each) => (
          <button
            key={each} type="button" disabled={beat < 0 || review.readOnly} aria-pressed={letter === each}
            aria-label={words.relabel(each, text.classes[each].name)} onClick={() => review.relabel(engine, each)}
            className="flex min-h-11 items-center justify-center rounded-lg border border-line hover:border-strong disabled:opacity-40 aria-pressed:border-ink"
          >
            <Chip letter={each} />
          </button>
        ))}
      </div>
      <div className="mt-2 grid grid-cols-2 gap-1.5">
        <Button small icon="check" disabled={beat < 0 || review.readOnly} onClick={() => review.confirm(engine)}>{words.confirm}</Button>
        <Button small icon="trash" disabled={beat < 0 || review.readOnly} onClick={() => review.remove(engine)}>{words.remove}</Button>
        <Button small icon="left" onClick={() => review.go(engine, -1)}>{words.previousBeat}</Button>
        <Button small icon="right" onClick={() => review.go(engine, 1)}>{words.nextBeat}</Button>
      </div>
    </section>
  );
}

function Queue({ review, engine, began }: { review: Review; engine: Engine; began: number | null }) {
  const { beats } = review;
  const waiting = queue(beats, review.order, SHOWN);
  const chosen = useEngine(engine, (each) => each.selected);
  return (
    <Section title={words.queue}>
      <div className="mb-2 flex items-center justify-between gap-2">
        <Select silent label={words.queue} value={review.order} onChange={(event) => review.setOrder(event.target.value as QueueOrder)}>
          {(Object.keys(words.queueSort) as QueueOrder[]).map((order) => <option key={order} value={order}>{words.queueSort[order]}</option>)}
        </Select>
        <Button small look="primary" icon="right" disabled={!waiting.length} onClick={() => review.next(engine)}>{words.next}</Button>
      </div>
      {waiting.length ? (
        <ul className="grid grid-cols-2 gap-1">
          {waiting.map((beat) => (
            <li key={beat}>
              <button
                type="button" aria-current={beat === chosen}
                onClick={() => {
                  engine.selected = beat;
                  engine.reveal(timeOf(beats, beat));
                }}
                className="flex min-h-9 w-full items-center gap-2 rounded-lg px-2 text-sm hover:bg-sunk pointer-coarse:min-h-11 aria-[current=true]:bg-sunk"
              >
                <Chip letter={letterOf(beats, beat)} />
                <span className="numbers">{clockAt(timeOf(beats, beat), began)}</span>
                <span className="numbers ml-auto text-xs text-soft">{chance(beats.probability[beat])}</span>
              </button>
            </li>
          ))}
        </ul>
      ) : (
        <p className="text-sm text-soft">{words.queueEmpty}</p>
      )}
    </Section>
  );
}

/** What a person says about the answers on the whole recording. */
function FindingsReview({ review }: { review: Review }) {
  if (!review.findings.length) return null;
  return (
    <Section title={text.result.findings} open={false}>
      <ul className="flex flex-col gap-2">
        {review.findings.map((finding) => (
          <li key={finding.code} className="flex items-center gap-2 text-sm">
            <span className="min-w-0 flex-1">
              {finding.label}
              <span className="block text-xs text-soft">{words.model}: {text.result.bands[finding.model_decision]}</span>
            </span>
            <span role="group" aria-label={finding.label} className="flex gap-1">
              {(["present", "absent"] as const).map((decision) => (
                <button
                  key={decision} type="button" disabled={review.readOnly} aria-pressed={finding.decision === decision}
                  onClick={() => review.decide(finding.code, decision)}
                  className="min-h-9 rounded-lg border border-line px-2.5 text-xs pointer-coarse:min-h-11 font-medium hover:border-strong disabled:opacity-40 aria-pressed:border-accent aria-pressed:bg-accent aria-pressed:text-accent-ink"
                >
                  {text.result.bands[decision]}
                </button>
              ))}
            </span>
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Compare({ review }: { review: Review }) {
  const table = comparison(review.beats);
  const all = table.flat().reduce((sum, n) => sum + n, 0);
  const agreed = table.reduce((sum, row, i) => sum + row[i]!, 0);
  return (
    <Section title={words.compare} note={all ? words.reviewed(all) : undefined}>
      {all ? (
        <>
          <table className="numbers w-full table-fixed text-center text-sm">
            <caption className="mb-2 text-left text-xs text-soft">{words.compareBody}</caption>
            <thead><tr><td />{LETTERS.map((letter) => <th key={letter} scope="col" className="py-1"><Chip letter={letter} /></th>)}</tr></thead>
            <tbody>
              {LETTERS.map((letter, row) => (
                <tr key={letter}>
                  <th scope="row" className="py-1"><Chip letter={letter} /></th>
                  {table[row]!.map((n, column) => (
                    <td key={column} className={`rounded-md ${n ? (row === column ? "bg-fine-wash font-semibold text-fine" : "bg-caution-wash font-semibold text-caution") : "text-soft"}`}>{n || "·"}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
          <p className="mt-2 text-sm text-soft">{words.agreed(number(agreed), number(all))}</p>
        </>
      ) : (
        <p className="text-sm text-soft">{words.none}</p>
      )}
    </Section>
  );
}

function History({ review, began }: { review: Review; began: number | null }) {
  const { corrections } = review;
  const say = (each: Review["corrections"][number]): string => {
    const { did } = words;
    if (each.subject === "finding") return did.finding(each.code ?? "", each.after ?? "");
    if (each.action === "relabel") return did.relabel(each.before ?? "–", each.after ?? "–");
    if (each.action === "add") return did.add(each.after ?? "");
    return each.action === "remove" ? did.remove(each.before ?? "") : did.confirm(each.after ?? each.before ?? "");
  };
  return (
    <Section title={words.history}>
      <Button small icon="undo" className="mb-2" disabled={review.readOnly || !corrections.some((each) => !each.undone_at)} onClick={() => review.undo()}>{words.undo}</Button>
      {corrections.length ? (
        <ol className="flex flex-col text-sm">
          {[...corrections].reverse().slice(0, 40).map((each) => (
            <li key={each.id} className={`border-t border-line py-1.5 ${each.undone_at ? "text-soft" : ""}`}>
              <span className="flex justify-between gap-2">
                <span className={each.undone_at ? "line-through" : ""}>{say(each)} {each.sample != null && <span className="numbers text-soft">{words.at} {clockAt(each.sample / review.beats.fs, began)}</span>}</span>
                {each.undone_at && <span>{words.undone}</span>}
              </span>
              <span className="block text-xs text-soft">{words.by(each.author, moment(each.created_at))}</span>
            </li>
          ))}
        </ol>
      ) : (
        <p className="text-sm text-soft">{words.historyEmpty}</p>
      )}
    </Section>
  );
}
