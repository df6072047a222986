import { useQuery } from "@tanstack/react-query";
import { aboutQuery } from "../api/queries";

/** Whether who asks may upload, correct and delete; a reader may look. */
export function useMayChange(): boolean {
  return useQuery(aboutQuery).data?.role !== "reader";
}
