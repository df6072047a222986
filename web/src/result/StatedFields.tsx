import { useState } from "react";
import { text } from "../text";
import { STEPS, writtenUnit, type Fault, type Statable } from "./stated";

const words = text.start.missing;
const FIELD = "h-11 w-full rounded-xl border border-strong bg-surface px-3";

interface Props {
  needed: Statable | null;
  fault: Fault;
  /** What stands in the fields at first. */
  fs?: number | null | undefined;
  unit?: string | null | undefined;
  leads?: readonly string[] | null | undefined;
  /** How it was read so far, shown where a field is empty. */
  soFar?: { fs: string; leads: string };
}

/** Rate, unit and lead names, for a file that says nothing or something wrong. `writtenIn` reads them. */
export function StatedFields({ needed, fault, fs, unit, leads, soFar }: Props) {
  const stated = writtenUnit(unit);
  const [chosen, setChosen] = useState(stated.unit);
  const faulty = (of: Fault) => (fault === of ? { "aria-invalid": true, "aria-describedby": `wrong-${of}` } : {});
  return (
    <>
      <label className="flex flex-col gap-1.5 text-sm font-medium">
        <Asked name={words.fs} needed={needed === "fs"} />
        <input name="fs" inputMode="decimal" autoFocus={needed === "fs"} placeholder={soFar?.fs} defaultValue={fs ?? ""} {...faulty("fs")} className={`numbers ${FIELD} placeholder:text-soft`} />
        {fault === "fs" && <Wrong of="fs" />}
      </label>
      <label className="flex flex-col gap-1.5 text-sm font-medium">
        <Asked name={words.unit} needed={needed === "unit"} />
        <select name="unit" autoFocus={needed === "unit"} value={chosen} onChange={(event) => setChosen(event.target.value)} {...faulty("unit")} className={FIELD}>
          <option value="">{needed === "unit" ? words.unitChoose : words.unitNone}</option>
          {Object.entries(words.units).map(([each, name]) => <option key={each} value={each}>{name}</option>)}
          <option value={STEPS}>{words.steps}</option>
        </select>
        {fault === "unit" && <Wrong of="unit" />}
      </label>
      {chosen === STEPS && (
        <label className="flex flex-col gap-1.5 text-sm font-medium">
          {words.step}
          <input name="step" inputMode="decimal" autoFocus={!stated.step} placeholder="4.88" defaultValue={stated.step} {...faulty("step")} className={`numbers ${FIELD} placeholder:text-soft`} />
          {fault === "step" && <Wrong of="step" />}
        </label>
      )}
      <label className="flex flex-col gap-1.5 text-sm font-medium">
        <Asked name={words.leads} needed={needed === "leads"} />
        <input name="leads" autoFocus={needed === "leads"} placeholder={soFar?.leads ?? "II, V1"} defaultValue={leads?.join(", ") ?? ""} {...faulty("leads")} className={`${FIELD} placeholder:text-soft`} />
        {fault === "leads" && <Wrong of="leads" />}
      </label>
    </>
  );
}

function Asked({ name, needed }: { name: string; needed: boolean }) {
  return (
    <span>
      {name}
      {needed && <span className="font-normal text-caution"> · {words.needed}</span>}
    </span>
  );
}

function Wrong({ of }: { of: NonNullable<Fault> }) {
  return <span id={`wrong-${of}`} role="alert" className="text-alert">{words.wrong[of]}</span>;
}
