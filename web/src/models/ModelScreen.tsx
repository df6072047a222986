import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link } from "wouter";
import { useTitle } from "../app/useTitle";
import type { Card, ModelView } from "../api/client";
import { modelQuery } from "../api/queries";
import { text } from "../text";
import { named, number, prose } from "../text/format";
import { Badge } from "../ui/Chip";
import { Icon } from "../ui/Icon";
import { Failure, Waiting } from "../ui/States";
import { dataName } from "./dataName";
import { HeldOut } from "./HeldOut";
import { IntervalPlot } from "./IntervalPlot";

const words = text.models;

/** The card of one model: what must be known to judge its answers. */
export default function ModelScreen({ name }: { name: string }) {
  const { data, error, refetch } = useQuery(modelQuery(name));
  useTitle(name);
  if (error) return <Failure error={error} onRetry={() => void refetch()} />;
  if (!data) return <Waiting />;
  const { card } = data;
  return (
    <article className="mx-auto flex w-full max-w-6xl flex-col gap-10 px-4 py-6 sm:px-6 sm:py-10">
      <header className="flex flex-col gap-3">
        <Link href="/models" className="no-print inline-flex items-center gap-1 text-sm pointer-coarse:min-h-11 font-medium text-soft hover:text-ink"><Icon name="left" size={16} />{words.back}</Link>
        <h1 className="flex flex-wrap items-baseline gap-x-3 text-3xl font-semibold">
          {card.name}
          <span className="numbers text-lg font-normal text-soft">{card.version}</span>
          {data.is_default && <Badge tone="accent">{words.default}</Badge>}
        </h1>
        <p className="max-w-3xl text-lg">{prose(card.intended_use)}</p>
        <p className="numbers text-sm text-soft">
          {words.classes}: {card.classes.map((name) => (words.meanings[name] ? `${named(name)} (${words.meanings[name]})` : named(name))).join(", ")} · {words.parameters(number(card.parameters))} · {card.input.rate_hz} Hz · {words.licence} {card.licence}
        </p>
      </header>
      <Part title={words.limits}>
        <ul className="max-w-3xl list-disc space-y-1.5 rounded-2xl bg-caution-wash p-5 pl-9 text-caution">
          {card.limits.map((limit) => <li key={limit}>{prose(limit)}</li>)}
        </ul>
      </Part>
      <Part title={words.figures}><Figures card={card} /></Part>
      <Part title={words.heldOut.title}><HeldOut sets={data.held_out} /></Part>
      <Pictures view={data} />
      <Part title={words.calibration}>
        <div className="max-w-3xl">
          <p className="first-letter:uppercase">{prose(card.calibration.method)}.{card.calibration.ece != null && <> {words.ece} <strong className="numbers">{number(card.calibration.ece, 3)}</strong>.</>}</p>
          {card.calibration.description && <p className="mt-1 text-soft first-letter:uppercase">{prose(card.calibration.description)}</p>}
        </div>
      </Part>
      <Part title={words.data}><Data card={card} /></Part>
      <Part title={words.input}>
        <div className="max-w-3xl text-sm text-soft">
          <p>{prose(card.input.normalisation)}</p>
          <p className="mt-2">{words.recipe}: {card.recipe.name} <span className="font-mono text-xs break-all">{card.recipe.sha256.slice(0, 16)}</span></p>
        </div>
      </Part>
    </article>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title} className="flex flex-col gap-4">
      <h2 className="scroll-mt-20 text-xl font-semibold">{title}</h2>
      {children}
    </section>
  );
}

/** One drawing for each data set and protocol. */
function Figures({ card }: { card: Card }) {
  const groups = new Map<string, Card["metrics"]>();
  for (const metric of card.metrics) {
    const key = `${metric.data}\n${metric.protocol}`;
    groups.set(key, [...(groups.get(key) ?? []), metric]);
  }
  return (
    <div className="grid gap-5 lg:grid-cols-2">
      {[...groups.values()].map((metrics) => (
        <IntervalPlot key={metrics[0]!.data + metrics[0]!.protocol} title={dataName(metrics[0]!.data)} protocol={metrics[0]!.protocol} metrics={metrics} />
      ))}
    </div>
  );
}

/** Drawings that came with the bundle: confusion matrix, ROC, precision and recall, calibration, spread. */
function Pictures({ view }: { view: ModelView }) {
  if (!view.figures.length) return null;
  return (
    <Part title={words.pictures}>
      <ul className="grid gap-5 md:grid-cols-2">
        {view.figures.map((name) => (
          <li key={name} className="panel overflow-hidden">
            <figure>
              <img src={`/v1/models/${view.card.name}/figures/${name}`} alt={title(name)} loading="lazy" className="w-full bg-white p-3" />
              <figcaption className="border-t border-line px-4 py-2 text-sm text-soft">{title(name)}</figcaption>
            </figure>
          </li>
        ))}
      </ul>
    </Part>
  );
}

function title(file: string): string {
  const name = file.replace(/\.\w+$/, "").replace(/[-_]/g, " ");
  return name.charAt(0).toUpperCase() + name.slice(1);
}

function Data({ card }: { card: Card }) {
  const { dataColumns: columns } = words;
  return (
    <>
      <p className="max-w-3xl">{words.split}: {prose(card.patient_split)}</p>
      <div className="overflow-x-auto" tabIndex={0} role="region" aria-label={words.data}>
        <table className="w-full min-w-[34rem] text-sm">
          <thead className="text-left text-soft">
            <tr>{[columns.name, columns.role, columns.records, columns.licence].map((name) => <th key={name} className="py-1.5 pr-4 font-medium">{name}</th>)}</tr>
          </thead>
          <tbody>
            {card.data.map((source, i) => (
              <tr key={i} className="border-t border-line align-top">
                <th className="py-2 pr-4 text-left font-medium">{dataName(source.name)} <span className="font-normal text-soft">{prose(source.version)}</span></th>
                <td className="py-2 pr-4">{source.role}</td>
                <td className="numbers py-2 pr-4">{source.records.length ? number(source.records.length) : ""}</td>
                <td className="py-2 pr-4">{source.licence}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
