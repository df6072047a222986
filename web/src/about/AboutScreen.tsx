import { useQuery } from "@tanstack/react-query";
import { useTitle } from "../app/useTitle";
import { aboutQuery } from "../api/queries";
import { text } from "../text";
import { Chip } from "../ui/Chip";
import { Icon } from "../ui/Icon";
import { LETTERS } from "../viewer/engine/beats";
import { WavesFigure } from "./WavesFigure";

const words = text.about;

/** What an ECG and an arrhythmia are, how they are read here, and what this is not. */
export default function AboutScreen() {
  useTitle(words.title);
  const { data } = useQuery(aboutQuery);
  return (
    <article className="mx-auto flex w-full max-w-4xl flex-col gap-12 px-4 py-8 sm:px-6 sm:py-12">
      <header>
        <h1 className="text-4xl font-semibold">{words.title}</h1>
        <p className="mt-3 max-w-2xl text-lg text-soft">{words.lead}</p>
      </header>
      <section aria-labelledby="not" className="rounded-2xl bg-caution-wash p-6 text-caution">
        <h2 id="not" className="flex items-center gap-2 text-lg font-semibold"><Icon name="warning" />{words.notTitle}</h2>
        <ul className="mt-3 list-disc space-y-1.5 pl-6">{words.not.map((line) => <li key={line}>{line}</li>)}</ul>
      </section>
      <section aria-labelledby="ecg" className="flex flex-col gap-5">
        <h2 id="ecg" className="text-2xl font-semibold">{words.ecgTitle}</h2>
        <div className="grid gap-6 md:grid-cols-[1fr_1.1fr] md:items-start">
          <div className="flex flex-col gap-3">{words.ecg.map((line) => <p key={line}>{line}</p>)}</div>
          <WavesFigure />
        </div>
      </section>
      <section aria-labelledby="arrhythmia" className="flex max-w-3xl flex-col gap-3">
        <h2 id="arrhythmia" className="text-2xl font-semibold">{words.arrhythmiaTitle}</h2>
        {words.arrhythmia.map((line) => <p key={line}>{line}</p>)}
      </section>
      <section aria-labelledby="classes">
        <h2 id="classes" className="mb-4 text-2xl font-semibold">{words.classesTitle}</h2>
        <ul className="grid gap-4 sm:grid-cols-2">
          {LETTERS.map((letter) => (
            <li key={letter} className="panel flex gap-4 p-5">
              <Chip letter={letter} large />
              <div className="flex flex-col gap-1.5">
                <h3 className="font-semibold first-letter:uppercase">{text.classes[letter].name}</h3>
                <p className="text-sm">{text.classes[letter].what}</p>
                <p className="text-sm text-soft">{words.membersLabel}: {text.classes[letter].members}</p>
              </div>
            </li>
          ))}
        </ul>
      </section>
      <section aria-labelledby="how" className="flex max-w-3xl flex-col gap-3">
        <h2 id="how" className="text-2xl font-semibold">{words.howTitle}</h2>
        {words.how.map((line) => <p key={line}>{line}</p>)}
      </section>
      <section aria-labelledby="name" className="flex max-w-3xl flex-col gap-3">
        <h2 id="name" className="text-2xl font-semibold">{words.nameTitle}</h2>
        <p>{words.name}</p>
        <p className="text-sm text-soft">{words.licence} {data && words.version(data.version ?? "")}</p>
      </section>
    </article>
  );
}
