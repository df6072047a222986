import { useTitle } from "../app/useTitle";
import { text } from "../text";
import { DropZone } from "./DropZone";
import { Recent } from "./Recent";
import { Samples } from "./Samples";

export function StartScreen() {
  useTitle(text.app.name);
  return (
    <div className="mx-auto flex w-full max-w-7xl flex-col gap-10 px-4 py-6 sm:px-6 sm:py-10 wall:max-w-[110rem]">
      <DropZone />
      <Samples />
      <Recent />
    </div>
  );
}
