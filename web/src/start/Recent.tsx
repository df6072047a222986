import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useDeferredValue, useState } from "react";
import { Link } from "wouter";
import { api, unwrap, type AnalysisView } from "../api/client";
import { useMayChange } from "../app/useMayChange";
import { analysesQuery, tagsQuery, underWay } from "../api/queries";
import { text } from "../text";
import { ago, length, number, percent } from "../text/format";
import { Button, IconButton } from "../ui/Button";
import { Badge, Chip } from "../ui/Chip";
import { Confirm } from "../ui/Confirm";
import { Select } from "../ui/Field";
import { Icon } from "../ui/Icon";
import { Failure, Ghost, Message } from "../ui/States";
import { LETTERS, type Letter } from "../viewer/engine/beats";

const words = text.start;
const STATES = { all: null, waiting: ["waiting", "running"], done: ["done"], failed: ["failed", "cancelled"] } as const;
type State = keyof typeof STATES;

/** Everything that was read, with search and filters. */
export function Recent() {
  const [search, setSearch] = useState("");
  const [state, setState] = useState<State>("all");
  const [tag, setTag] = useState("");
  const [letter, setLetter] = useState<Letter | "">("");
  const status = STATES[state];
  const filter = { search: useDeferredValue(search.trim()), status: status && [...status], tag: tag || null, beatsOf: letter || null };
  const list = useInfiniteQuery(analysesQuery(filter));
  const tags = useQuery(tagsQuery);
  const mayChange = useMayChange();
  const items = list.data?.pages.flatMap((page) => page.items) ?? [];
  const filtered = search !== "" || state !== "all" || tag !== "" || letter !== "";
  const clear = (): void => {
    setSearch("");
    setState("all");
    setTag("");
    setLetter("");
  };
  return (
    <section aria-labelledby="recent" className="flex flex-col gap-4">
      <div className="flex flex-wrap items-center gap-3">
        <h2 id="recent" className="mr-auto text-xl font-semibold">{words.recent}</h2>
        {(list.isPending || !!items.length || filtered) && (<>
        <div className="relative w-full sm:w-72">
          <Icon name="search" size={17} className="pointer-events-none absolute top-1/2 left-3 -translate-y-1/2 text-soft" />
          <input
            type="search" value={search} onChange={(event) => setSearch(event.target.value)} aria-label={words.search} placeholder={words.search}
            className="h-10 w-full rounded-xl border border-line bg-surface pr-3 pl-9 text-sm placeholder:text-soft hover:border-strong pointer-coarse:h-11"
          />
        </div>
        <Select silent label={words.filters.label} value={state} onChange={(event) => setState(event.target.value as State)}>
          {(Object.keys(STATES) as State[]).map((name) => <option key={name} value={name}>{words.filters[name]}</option>)}
        </Select>
        <Select silent label={words.filters.finding} value={letter} onChange={(event) => setLetter(event.target.value as Letter | "")}>
          <option value="">{words.filters.anyBeats}</option>
          {LETTERS.filter((each) => each !== "N").map((each) => <option key={each} value={each}>{words.filters.beats(each, text.classes[each].short)}</option>)}
        </Select>
        {!!tags.data?.items.length && (
          <Select silent label={words.filters.tag} value={tag} onChange={(event) => setTag(event.target.value)}>
            <option value="">{words.filters.anyTag}</option>
            {tags.data.items.map((each) => <option key={each.tag} value={each.tag}>{each.tag} ({each.n})</option>)}
          </Select>
        )}
        </>)}
      </div>
      {list.error ? (
        <Failure error={list.error} onRetry={() => void list.refetch()} />
      ) : list.isPending ? (
        <div className="flex flex-col gap-2"><Ghost className="h-14" /><Ghost className="h-14" /><Ghost className="h-14" /></div>
      ) : items.length ? (
        <>
          <ul className={`panel divide-y divide-line ${list.isPlaceholderData ? "opacity-60" : ""}`}>
            {items.map((analysis) => <Row key={analysis.id} analysis={analysis} mayChange={mayChange} />)}
          </ul>
          {list.hasNextPage && (
            <Button className="self-center" onClick={() => void list.fetchNextPage()} disabled={list.isFetchingNextPage}>{words.more}</Button>
          )}
        </>
      ) : (
        <div className="panel">
          {filtered ? (
            <Message icon="search" title={words.none.title} action={<Button onClick={clear}>{words.none.clear}</Button>}>{words.none.body}</Message>
          ) : (
            <Message icon="pulse" title={words.empty.title}>{mayChange ? words.empty.body : words.reader.empty}</Message>
          )}
        </div>
      )}
    </section>
  );
}

function Row({ analysis, mayChange }: { analysis: AnalysisView; mayChange: boolean }) {
  const { summary } = analysis;
  return (
    <li className="group relative flex items-center gap-3 max-sm:flex-wrap px-4 py-3 transition-colors first:rounded-t-[13px] last:rounded-b-[13px] hover:bg-sunk/60">
      <div className="min-w-0 flex-1">
        <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <Link href={`/analysis/${analysis.id}`} className="truncate font-semibold after:absolute after:inset-0">{analysis.name}</Link>
          {analysis.reread_of && <Badge tone="accent">{text.state.rereadOf}</Badge>}
          {analysis.reread_as && <Badge tone="caution">{text.state.rereadAs}</Badge>}
          {analysis.tags.map((tag) => <Badge key={tag}>{tag}</Badge>)}
        </div>
        <p className="numbers flex flex-wrap gap-x-1 text-sm text-soft">
          <span>{ago(analysis.created_at)}</span>
          {summary && <span>· {length(summary.duration_s)}</span>}
          {summary && <span>· {summary.leads.length > 3 ? `${summary.leads.length} ${text.analysis.facts.leads.toLowerCase()}` : summary.leads.join(", ")}</span>}
        </p>
      </div>
      <State analysis={analysis} />
      {summary?.heart_rate != null && (
        <p className="numbers hidden w-20 text-right sm:block">
          <span className="text-lg font-semibold">{number(summary.heart_rate)}</span>
          <span className="text-xs text-soft"> {text.result.numbers.perMin}</span>
        </p>
      )}
      {mayChange && <Remove analysis={analysis} />}
    </li>
  );
}

/** What was found in a glance, or how far it is. */
function State({ analysis }: { analysis: AnalysisView }) {
  const { summary, status } = analysis;
  if (underWay(analysis)) {
    return (
      <span className="flex items-center gap-2 text-sm text-accent">
        <span className="numbers hidden sm:inline">{analysis.stage}</span>
        <Badge tone="accent"><span className="waiting">{text.state[status as "running"]}</span></Badge>
      </span>
    );
  }
  const missing = status === "failed" && analysis.problem?.missing;
  if (missing) return <Badge tone="caution">{text.state.missing[missing]}</Badge>;
  if (status !== "done" || !summary) return <Badge tone={status === "failed" ? "alert" : "plain"}>{text.state[status as "failed"]}</Badge>;
  if (summary.decision === "refused") return <Badge tone="caution">{text.state.refused}</Badge>;
  const present = LETTERS.filter((letter) => (summary.counts[letter] ?? 0) > 0 && letter !== "N");
  return (
    <span className="flex flex-wrap justify-end gap-x-3 gap-y-1 text-sm max-sm:order-last max-sm:basis-full max-sm:justify-start">
      {present.map((letter) => (
        <span key={letter} className="numbers inline-flex items-center gap-1.5" title={percent(summary.burden[letter] ?? 0)}>
          <Chip letter={letter} />{number(summary.counts[letter])}
        </span>
      ))}
      {!present.length && summary.n_beats > 0 && <span className="numbers inline-flex items-center gap-1.5 text-soft"><Chip letter="N" />{number(summary.n_beats)}</span>}
    </span>
  );
}

function Remove({ analysis }: { analysis: AnalysisView }) {
  const queries = useQueryClient();
  const [asking, setAsking] = useState(false);
  const remove = useMutation({
    mutationFn: () => unwrap(api.DELETE("/v1/analyses/{analysis_id}", { params: { path: { analysis_id: analysis.id } } })),
    onSuccess: () => void queries.invalidateQueries({ queryKey: ["analyses"] }),
  });
  return (
    <span className="relative z-10">
      <IconButton icon="trash" label={`${words.delete}: ${analysis.name}`} onClick={() => setAsking(true)} className="opacity-60 group-hover:opacity-100 focus-visible:opacity-100" />
      {asking && (
        <Confirm
          question={words.deleteAsk(analysis.name)} yes={words.delete}
          onYes={() => {
            setAsking(false);
            remove.mutate();
          }}
          onNo={() => setAsking(false)}
        />
      )}
    </span>
  );
}
