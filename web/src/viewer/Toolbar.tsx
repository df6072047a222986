import { text } from "../text";
import { scale } from "../text/format";
import { IconButton } from "../ui/Button";
import { Select, Stepper, Toggle } from "../ui/Field";
import { Popover } from "../ui/Popover";
import type { Engine, Settings } from "./engine/engine";
import { isTwelveLead, layoutsFor, type LayoutName } from "./engine/layout";
import { PAPERS, type PaperName } from "./engine/palette";
import { GAINS, SPEEDS, step } from "./engine/scale";
import { useEngine } from "./useEngine";

const words = text.viewer;
type PaperChoice = PaperName | "theme";

interface Props {
  engine: Engine;
  measuring: boolean;
  reviewing: boolean;
  paper: PaperChoice;
  onPaper: (paper: PaperChoice) => void;
  onChange: (settings: Partial<Settings>) => void;
  onMeasure: (on: boolean) => void;
  onMarch: () => void;
  onEctopic: (direction: 1 | -1) => void;
  onFull: () => void;
}

export function Toolbar(props: Props) {
  const { engine, measuring, onChange, onMeasure, onMarch, onEctopic, onFull } = props;
  const speed = useEngine(engine, (each) => each.settings.speed);
  const gain = useEngine(engine, (each) => each.settings.gain);
  const march = useEngine(engine, (each) => each.calipers?.march ?? false);
  const measured = useEngine(engine, (each) => each.calipers !== null);
  const scales = (
    <>
      <Stepper
        label={words.speed}
        value={`${scale(speed)} ${words.speedUnit}`}
        less={words.slower} more={words.faster}
        onLess={() => onChange({ speed: step(SPEEDS, speed, -1) })}
        onMore={() => onChange({ speed: step(SPEEDS, speed, 1) })}
      />
      <Stepper
        label={words.gain}
        value={`${scale(gain)} ${words.gainUnit}`}
        less={words.lower} more={words.higher}
        onLess={() => onChange({ gain: step(GAINS, gain, -1) })}
        onMore={() => onChange({ gain: step(GAINS, gain, 1) })}
      />
    </>
  );
  return (
    <div role="toolbar" aria-label={words.tools} className="no-print flex flex-wrap items-center gap-x-2 gap-y-1.5 border-b border-line p-1.5 @min-[32rem]:p-2">
      <div className="hidden items-center gap-2 @min-[32rem]:flex"><LayoutSelect engine={engine} onChange={onChange} /></div>
      <div className="hidden items-center gap-2 @min-[46rem]:flex">{scales}</div>
      <div className="hidden @min-[56rem]:block"><FilterSelect engine={engine} onChange={onChange} silent /></div>
      <div className="flex flex-1 items-center justify-between gap-0.5 @min-[32rem]:justify-end">
        <IconButton icon="left" label={words.lastEctopic} onClick={() => onEctopic(-1)} />
        <span aria-hidden="true" className="px-0.5 text-xs font-semibold text-soft">{words.ectopic}</span>
        <IconButton icon="right" label={words.nextEctopic} onClick={() => onEctopic(1)} />
        <span className="mx-1 h-5 w-px bg-line" />
        <IconButton icon="calipers" label={words.calipers} pressed={measuring} onClick={() => onMeasure(!measuring)} />
        {measuring && (
          <IconButton icon="march" label={words.march} pressed={march} disabled={!measured} onClick={onMarch} />
        )}
        <Popover icon="sliders" label={words.show}>
          <div className="flex min-w-64 flex-col gap-2 p-1">
            <div className="flex flex-wrap gap-2 @min-[32rem]:hidden"><LayoutSelect engine={engine} onChange={onChange} /></div>
            <div className="flex flex-wrap gap-2 @min-[46rem]:hidden">{scales}</div>
            <div className="px-2 @min-[56rem]:hidden"><FilterSelect engine={engine} onChange={onChange} /></div>
            <Views {...props} />
          </div>
        </Popover>
        <Popover icon="keyboard" label={words.keys} className="hidden sm:block">
          <KeyList title={words.keys} keys={props.reviewing ? [...words.reviewKeyList, ...words.keyList] : words.keyList} />
        </Popover>
        <IconButton icon="expand" label={words.full} onClick={onFull} />
      </div>
    </div>
  );
}

function LayoutSelect({ engine, onChange }: Pick<Props, "engine" | "onChange">) {
  const layout = useEngine(engine, (each) => each.settings.layout);
  const shown = useEngine(engine, (each) => each.settings.leads.join(","));
  const { leads, duration, rhythm } = engine.content.signal;
  const all = leads.map((_, i) => i).slice(0, 12);
  const lead = layout === "rows" || (!isTwelveLead(leads) && shown.split(",").length === 1 && leads.length > 1);
  return (
    <>
      <Select
        label={words.layout} silent value={layout}
        onChange={(event) => {
          const next = event.target.value as LayoutName;
          onChange({ layout: next, leads: next === "rows" ? [rhythm] : all });
        }}
      >
        {layoutsFor(leads, duration, false).map((name) => <option key={name} value={name}>{words.layouts[name]}</option>)}
      </Select>
      {(lead || layout === "strip") && leads.length > 1 && (
        <Select
          label={words.lead} silent value={shown.includes(",") ? "all" : shown}
          onChange={(event) => onChange({ leads: event.target.value === "all" ? all : [Number(event.target.value)] })}
        >
          {layout !== "rows" && <option value="all">{words.allLeads}</option>}
          {leads.map((name, i) => <option key={name} value={i}>{name}</option>)}
        </Select>
      )}
    </>
  );
}

function FilterSelect({ engine, onChange, silent }: Pick<Props, "engine" | "onChange"> & { silent?: boolean }) {
  const filter = useEngine(engine, (each) => each.settings.filter);
  return (
    <Select label={words.filter} silent={silent} value={filter} onChange={(event) => onChange({ filter: event.target.value })}>
      {Object.entries(words.filters).map(([name, label]) => <option key={name} value={name}>{label}</option>)}
    </Select>
  );
}

function Views({ engine, paper, onPaper, onChange }: Props) {
  const beats = useEngine(engine, (each) => each.settings.beats);
  const waves = useEngine(engine, (each) => each.settings.waves);
  const quality = useEngine(engine, (each) => each.settings.quality);
  const zoom = useEngine(engine, (each) => each.settings.zoom);
  return (
    <>
      <Toggle label={words.beats} on={beats} onChange={(on) => onChange({ beats: on })} />
      <Toggle label={words.waves} on={waves} onChange={(on) => onChange({ waves: on })} />
      <Toggle label={words.quality} on={quality} onChange={(on) => onChange({ quality: on })} />
      <label className="flex items-center justify-between gap-6 px-2 text-sm text-soft">
        {words.zoom}
        <input
          type="range" min={0.5} max={2.5} step={0.1} value={zoom} className="w-28 accent-accent"
          onChange={(event) => onChange({ zoom: Number(event.target.value) })}
        />
      </label>
      <div className="px-2">
        <Select label={words.paper} value={paper} onChange={(event) => onPaper(event.target.value as PaperChoice)}>
          <option value="theme">{words.paperTheme}</option>
          {Object.keys(PAPERS).map((name) => <option key={name} value={name}>{words.papers[name as PaperName]}</option>)}
        </Select>
      </div>
    </>
  );
}

function KeyList({ title, keys }: { title: string; keys: [string, string][] }) {
  return (
    <div className="p-2">
      <h3 className="mb-2 text-sm font-semibold">{title}</h3>
      <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1.5 text-sm">
        {keys.map(([key, what]) => (
          <div key={key} className="contents">
            <dt><kbd>{key}</kbd></dt>
            <dd className="text-soft">{what}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
