import { useQuery } from "@tanstack/react-query";
import type { AnalysisDocument } from "../api/client";
import { pictureAddress, picturesQuery } from "../api/pictures";
import { text } from "../text";
import { number } from "../text/format";
import { Badge } from "../ui/Chip";
import { Failure, Message, Waiting } from "../ui/States";
import { PageLead } from "./PageLead";
import { Section } from "./Section";

const words = text.page;
const STAGE = /^stage_\d+_/;
const LEAD = /^stage_\d+_lead_/;

/** The page that was read beside what was read on it, each lead, and each step on the way. */
export function PageView({ id, document }: { id: string; document: AnalysisDocument }) {
  const { data: names, error, refetch } = useQuery(picturesQuery(id));
  const page = document.page;
  if (error) return <Failure error={error} onRetry={() => void refetch()} />;
  if (!names) return <Waiting />;
  if (!names.length) return <Message icon="camera" title={words.none} />;
  const stages = names.filter((name) => STAGE.test(name) && !LEAD.test(name));
  const strips = names.filter((name) => LEAD.test(name));
  return (
    <section aria-label={words.title} className="panel min-h-0 flex-1 p-4 shadow-card lg:overflow-y-auto">
      {page && (
        <p className="numbers mb-3 flex flex-wrap items-center gap-x-3 gap-y-1 text-sm text-soft">
          <Badge tone={page.exact ? "fine" : "caution"}>{page.exact ? words.exact : words.approximate}</Badge>
          <span>{words.layout} {page.layout} · {number(page.speed)} {text.viewer.speedUnit} · {number(page.gain)} {text.viewer.gainUnit}</span>
        </p>
      )}
      <div className="grid grid-cols-1 items-start gap-4 xl:grid-cols-2">
        {names.includes("original") && <Picture id={id} name="original" label={words.original} />}
        {names.includes("overlay") && <Picture id={id} name="overlay" label={words.overlay} />}
      </div>
      <p className="mt-2 text-xs text-soft">{words.overlayHint}</p>
      {page && (
        <Section title={words.leads} note={words.leadsNote}>
          <ul className="grid grid-cols-1 items-start gap-x-6 @3xl:grid-cols-2">
            {page.leads.map((lead, i) => <PageLead key={`${lead.name}${i}`} id={id} lead={lead} document={document} />)}
          </ul>
        </Section>
      )}
      {!!stages.length && (
        <Section title={words.stages} open={false}>
          <p className="mb-3 text-sm text-soft">{words.stagesBody}</p>
          <ol className="grid grid-cols-1 items-start gap-4 @3xl:grid-cols-2">
            {stages.map((name, i) => (
              <li key={name}><Picture id={id} name={name} label={`${i + 1}. ${stageName(name)}`} /></li>
            ))}
          </ol>
          {!!strips.length && (
            <>
              <h3 className="mt-4 mb-2 text-sm font-medium">{stages.length + 1}. {words.stage.lead}</h3>
              <ul className="grid grid-cols-2 gap-3 @2xl:grid-cols-3 @5xl:grid-cols-4">
                {strips.map((name) => <li key={name}><Picture id={id} name={name} label={name.replace(LEAD, "")} /></li>)}
              </ul>
            </>
          )}
        </Section>
      )}
    </section>
  );
}

function stageName(name: string): string {
  const short = name.replace(STAGE, "");
  return words.stage[short] ?? short.replaceAll("_", " ");
}

function Picture({ id, name, label }: { id: string; name: string; label: string }) {
  const address = pictureAddress(id, name);
  return (
    <figure className="overflow-hidden rounded-xl border border-line">
      <figcaption className="border-b border-line px-3 py-1.5 text-sm font-medium">{label}</figcaption>
      <a href={address} target="_blank" rel="noreferrer" title={words.large}>
        <img src={address} alt={label} loading="lazy" className="block max-h-[70dvh] w-full bg-white object-contain" />
      </a>
    </figure>
  );
}
