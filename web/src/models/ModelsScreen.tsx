import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { useTitle } from "../app/useTitle";
import { modelsQuery } from "../api/queries";
import { text } from "../text";
import { named, number, prose } from "../text/format";
import { Badge } from "../ui/Chip";
import { dataName } from "./dataName";
import { Failure, Ghost } from "../ui/States";

const words = text.models;

/** All models, by what they read; those that are asked by default first. */
export default function ModelsScreen() {
  useTitle(words.title);
  const { data, error, refetch } = useQuery(modelsQuery);
  const tasks = [...new Set(data?.items.map((model) => model.task))].sort((a, b) => order(a) - order(b));
  return (
    <div className="mx-auto flex w-full max-w-6xl flex-col gap-10 px-4 py-8 sm:px-6 sm:py-12">
      <header>
        <h1 className="text-4xl font-semibold">{words.title}</h1>
        <p className="mt-3 max-w-2xl text-lg text-soft">{words.intro}</p>
      </header>
      {error && <Failure error={error} onRetry={() => void refetch()} />}
      {!data && !error && <Ghost className="h-64" />}
      {tasks.map((task) => (
        <section key={task} aria-labelledby={task} className="flex flex-col gap-4">
          <h2 id={task} className="text-xl font-semibold">{words.tasks[task] ?? task}</h2>
          <ul className="grid gap-4 md:grid-cols-2 xl:grid-cols-3">
            {data!.items
              .filter((model) => model.task === task)
              .sort((a, b) => Number(b.is_default) - Number(a.is_default))
              .map((model) => (
                <li key={model.name} className="panel relative flex flex-col gap-2.5 p-5 transition-[border-color,box-shadow] hover:border-accent hover:shadow-card">
                  <h3 className="flex items-center gap-2 font-semibold">
                    <Link href={`/models/${model.name}`} className="after:absolute after:inset-0">{model.name}</Link>
                    <span className="numbers text-sm font-normal text-soft">{model.version}</span>
                    {model.is_default && <span className="ml-auto"><Badge tone="accent">{words.default}</Badge></span>}
                  </h3>
                  <p className="line-clamp-4 text-sm text-soft">{prose(model.intended_use)}</p>
                  <p className="numbers mt-auto pt-1 text-xs text-soft">
                    {model.classes.map(named).join(model.classes.some((name) => named(name).includes(" ")) ? ", " : " ")} · {words.parameters(number(model.parameters))}
                    <br />
                    {model.trained_on.map(dataName).join(", ")}
                  </p>
                </li>
              ))}
          </ul>
        </section>
      ))}
    </div>
  );
}

function order(task: string): number {
  const at = Object.keys(words.tasks).indexOf(task);
  return at < 0 ? 99 : at;
}
