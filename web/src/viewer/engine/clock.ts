/** A time from the start as m:ss or h:mm:ss, with decimals where `step` needs them. */
export function clock(seconds: number, decimals = 0): string {
  const unit = 10 ** decimals;
  const total = Math.round(seconds * unit) / unit;
  const hours = Math.floor(total / 3600);
  const minutes = Math.floor((total % 3600) / 60);
  const rest = (total % 60).toFixed(decimals).padStart(decimals ? 3 + decimals : 2, "0");
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

/** The wall clock where the recording says when it began, else the time from its start. */
export function clockAt(seconds: number, began: number | null, step = 1): string {
  if (began === null) return clock(seconds, step < 1 ? 1 : 0);
  const moment = new Date(began + seconds * 1000);
  const two = (value: number): string => String(value).padStart(2, "0");
  const text = `${two(moment.getUTCHours())}:${two(moment.getUTCMinutes())}`;
  return step >= 60 ? text : `${text}:${two(moment.getUTCSeconds())}`;
}
