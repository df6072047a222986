import { useEffect } from "react";
import { text } from "../text";

export function useTitle(title: string): void {
  useEffect(() => {
    document.title = title === text.app.name ? title : `${title} · ${text.app.name}`;
  }, [title]);
}
