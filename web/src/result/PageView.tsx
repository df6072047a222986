import { useQuery } from "@tanstack/react-query";
import type { AnalysisDocument, Schemas } from "../api/client";
import { pictureAddress, picturesQuery } from "../api/pictures";
import { text } from "../text";
import { number, percent } from "../text/format";
import { Badge } from "../ui/Chip";
import { Failure, Message, Waiting } from "../ui/States";
import { Section } from "./Section";

const words = text.page;
const STAGE = "stage_";

/** The page that was read beside what was read on it, each lead, and each step on the way. */
export function PageView({ id, document }: { id: string; document: AnalysisDocument }) {
  const { data: names, error, refetch } = useQuery(picturesQuery(id));
  const page = document.page;
  if (error) return <Failure error={error} onRetry={() => void refetch()} />;
  if (!names) return <Waiting />;
  if (!names.length) return <Message icon="camera" title={words.none} />;
  const stages = names.filter((name) => name.startsWith(STAGE));
  return (
    <section aria-label={words.title} className="panel min-h-0 flex-1 overflow-y-auto p-4 shadow-card">
      {page && (
        <p className="numbers mb-3 text-sm text-soft">
          {words.layout} {page.layout} · {number(page.speed)} {text.viewer.speedUnit} · {number(page.gain)} {text.viewer.gainUnit} · {page.exact ? words.exact : words.approximate}
        </p>
      )}
      <div className="grid gap-4 xl:grid-cols-2">
        {names.includes("original") && <Picture id={id} name="original" label={words.original} />}
        {names.includes("overlay") && <Picture id={id} name="overlay" label={words.overlay} />}
      </div>
      {page && (
        <Section title={words.leads}>
          <ul className="grid gap-x-6 sm:grid-cols-2">{page.leads.map((lead, i) => <Lead key={`${lead.name}${i}`} lead={lead} document={document} />)}</ul>
        </Section>
      )}
      {!!stages.length && (
        <Section title={words.stages} open={false}>
          <div className="grid gap-4 sm:grid-cols-2">
            {stages.map((name) => <Picture key={name} id={id} name={name} label={name.slice(STAGE.length).replace(/^\d+_/, "").replaceAll("_", " ")} />)}
          </div>
        </Section>
      )}
    </section>
  );
}

function Picture({ id, name, label }: { id: string; name: string; label: string }) {
  const address = pictureAddress(id, name);
  return (
    <figure className="overflow-hidden rounded-xl border border-line">
      <figcaption className="border-b border-line px-3 py-1.5 text-sm font-medium first-letter:uppercase">{label}</figcaption>
      <a href={address} target="_blank" rel="noreferrer">
        <img src={address} alt={label} loading="lazy" className="block w-full bg-white" />
      </a>
    </figure>
  );
}

/** One lead: how well it was read, and what it measures. */
function Lead({ lead, document }: { lead: Schemas["PageLeadPart"]; document: AnalysisDocument }) {
  const measured = document.measurements?.leads[lead.name] ?? [];
  return (
    <li className="border-t border-line">
      <details>
        <summary className="flex min-h-10 items-center gap-3 text-sm">
          <span className="w-12 font-semibold">{lead.name}</span>
          <Badge tone={lead.confidence >= 0.8 ? "fine" : lead.confidence >= 0.5 ? "caution" : "alert"}>{words.confidence(percent(100 * lead.confidence))}</Badge>
          {!lead.named && <span className="text-xs text-soft">{words.byPlace}</span>}
        </summary>
        <div className="pb-3 text-sm text-soft">
          {lead.remark && <p>{lead.remark}</p>}
          <dl className="numbers grid grid-cols-[auto_1fr] gap-x-4">
            {measured.filter((each) => each.value !== null).map((each) => (
              <div key={each.code} className="contents"><dt>{each.label}</dt><dd>{number(each.value, 2)} {each.unit}</dd></div>
            ))}
          </dl>
        </div>
      </details>
    </li>
  );
}
