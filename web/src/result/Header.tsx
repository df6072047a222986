import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { Link } from "wouter";
import { api, unwrap, type AnalysisDocument, type AnalysisView } from "../api/client";
import { exportAddress, exportsQuery } from "../api/exports";
import { problemOf } from "../api/problem";
import { useMayChange } from "../app/useMayChange";
import { text } from "../text";
import { length, number } from "../text/format";
import { Icon } from "../ui/Icon";
import { Popover } from "../ui/Popover";

const words = text.analysis;

/** Whose ECG it is, its tags, and the ways out. */
export function Header({ analysis, document }: { analysis: AnalysisView; document: AnalysisDocument | undefined }) {
  return (
    <header className="flex flex-wrap items-center gap-x-4 gap-y-1.5 px-4 py-2.5 wall:px-8">
      <Link href="/" aria-label={words.back} title={words.back} className="no-print -ml-2 rounded-lg p-2 text-soft pointer-coarse:p-3 hover:bg-sunk hover:text-ink">
        <Icon name="left" />
      </Link>
      <div className="min-w-0 flex-1 basis-56">
        <Name analysis={analysis} />
        {document && <Facts document={document} />}
      </div>
      <Tags analysis={analysis} />
      {document && (
        <Popover icon="download" label={words.exports} named className="no-print">
          {(close) => <Exports id={analysis.id} onDone={close} />}
        </Popover>
      )}
    </header>
  );
}

/** The name; a click on the pencil lets one change it. */
function Name({ analysis }: { analysis: AnalysisView }) {
  const queries = useQueryClient();
  const [editing, setEditing] = useState(false);
  const mayChange = useMayChange();
  const rename = useMutation({
    mutationFn: (name: string) =>
      unwrap(api.PATCH("/v1/analyses/{analysis_id}", { params: { path: { analysis_id: analysis.id } }, body: { name } })),
    onSuccess: (changed) => {
      queries.setQueryData(["analysis", analysis.id], changed);
      void queries.invalidateQueries({ queryKey: ["analyses"] });
    },
  });
  const save = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const name = String(new FormData(event.currentTarget).get("name") ?? "").trim();
    if (name && name !== analysis.name) rename.mutate(name);
    setEditing(false);
  };
  if (editing) {
    return (
      <form onSubmit={save}>
        <input
          name="name" autoFocus maxLength={200} defaultValue={analysis.name} aria-label={words.name}
          onFocus={(event) => event.currentTarget.select()}
          onBlur={(event) => event.currentTarget.form?.requestSubmit()} onKeyDown={(event) => event.key === "Escape" && setEditing(false)}
          className="h-8 w-full max-w-md rounded-lg border border-strong bg-surface px-2 text-lg font-semibold"
        />
      </form>
    );
  }
  return (
    <div className="group/name flex items-center gap-1">
      <h1 className="truncate text-lg leading-tight font-semibold">{rename.isPending ? rename.variables : analysis.name}</h1>
      {mayChange && <button type="button" aria-label={words.rename} title={words.rename} onClick={() => setEditing(true)} className="no-print rounded-lg p-1.5 text-soft opacity-60 pointer-coarse:-my-2 pointer-coarse:p-3.5 group-hover/name:opacity-100 hover:bg-sunk hover:text-ink focus-visible:opacity-100">
        <Icon name="pen" size={15} />
      </button>}
      {rename.error && <span role="alert" className="text-sm text-alert">{problemOf(rename.error).detail}</span>}
    </div>
  );
}

function Exports({ id, onDone }: { id: string; onDone: () => void }) {
  const { data } = useQuery(exportsQuery(id));
  return (
    <ul className="w-52">
      {data?.formats.map((format) => (
        <li key={format}>
          <a href={exportAddress(id, format)} download onClick={onDone} className="flex min-h-10 items-center rounded-lg px-3 text-sm hover:bg-sunk pointer-coarse:min-h-11">
            {words.formats[format] ?? format}
          </a>
        </li>
      ))}
      <li className="border-t border-line pt-1 not-first:mt-1">
        <button
          type="button" className="flex min-h-10 w-full items-center gap-2 rounded-lg pointer-coarse:min-h-11 px-3 text-sm hover:bg-sunk"
          onClick={() => {
            onDone();
            window.print();
          }}
        >
          <Icon name="print" size={16} />{words.print}
        </button>
      </li>
    </ul>
  );
}

function Facts({ document }: { document: AnalysisDocument }) {
  const { duration_s, fs, leads, start, patient } = document.recording;
  const who = [patient.name, patient.id, patient.sex, patient.age == null ? "" : words.facts.years(patient.age)].filter(Boolean);
  const facts = [
    length(duration_s),
    leads.length > 4 ? `${leads.length} ${words.facts.leads.toLowerCase()}` : leads.join(", "),
    `${number(fs)} ${words.facts.hz}`,
    ...(start ? [start.slice(0, 16).replace("T", " ")] : []),
    ...who,
  ];
  return <p className="numbers truncate text-sm text-soft">{facts.join(" · ")}</p>;
}

function Tags({ analysis }: { analysis: AnalysisView }) {
  const queries = useQueryClient();
  const [adding, setAdding] = useState(false);
  const mayChange = useMayChange();
  const change = useMutation({
    mutationFn: (tags: string[]) =>
      unwrap(api.PATCH("/v1/analyses/{analysis_id}", { params: { path: { analysis_id: analysis.id } }, body: { tags } })),
    onSuccess: (changed) => {
      queries.setQueryData(["analysis", analysis.id], changed);
      void queries.invalidateQueries({ queryKey: ["analyses"] });
      void queries.invalidateQueries({ queryKey: ["tags"] });
    },
  });
  const add = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const tag = String(new FormData(event.currentTarget).get("tag") ?? "").replace(",", " ").trim().slice(0, 60);
    if (tag && !analysis.tags.includes(tag)) change.mutate([...analysis.tags, tag]);
    setAdding(false);
  };
  return (
    <div className="no-print flex flex-wrap items-center gap-1.5">
      {analysis.tags.map((tag) => (
        <span key={tag} className={`inline-flex items-center gap-1 rounded-full bg-sunk py-0.5 pl-3 text-sm ${mayChange ? "pr-1" : "pr-3"}`}>
          {tag}
          {mayChange && <button type="button" aria-label={words.removeTag(tag)} onClick={() => change.mutate(analysis.tags.filter((each) => each !== tag))} className="rounded-full p-1 text-soft hover:text-ink pointer-coarse:-my-1 pointer-coarse:p-3">
            <Icon name="close" size={13} />
          </button>}
        </span>
      ))}
      {!mayChange ? null : adding ? (
        <form onSubmit={add}>
          <input
            name="tag" autoFocus maxLength={60} aria-label={words.addTag} onBlur={(event) => event.currentTarget.form?.requestSubmit()}
            onKeyDown={(event) => event.key === "Escape" && setAdding(false)}
            className="h-8 w-28 rounded-full border border-strong bg-surface px-3 text-sm"
          />
        </form>
      ) : (
        <button type="button" onClick={() => setAdding(true)} className="inline-flex h-8 items-center gap-1 rounded-full px-2.5 text-sm text-soft hover:bg-sunk hover:text-ink pointer-coarse:h-11">
          <Icon name="tag" size={15} />{words.addTag}
        </button>
      )}
    </div>
  );
}
