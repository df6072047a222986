import { useMayChange } from "../app/useMayChange";
import { useTitle } from "../app/useTitle";
import { text } from "../text";
import { DropZone } from "./DropZone";
import { Recent } from "./Recent";
import { Samples } from "./Samples";

export function StartScreen() {
  useTitle(text.app.name);
  const mayChange = useMayChange();
  return (
    <div className="mx-auto flex w-full max-w-7xl flex-col gap-10 px-4 py-6 sm:px-6 sm:py-10 wall:max-w-[110rem]">
      {mayChange ? (
        <>
          <DropZone />
          <Samples />
        </>
      ) : (
        <header className="flex flex-col gap-3">
          <h1 className="text-4xl font-semibold">{text.start.reader.title}</h1>
          <p className="max-w-2xl text-lg text-soft">{text.start.reader.lead}</p>
        </header>
      )}
      <Recent />
    </div>
  );
}
