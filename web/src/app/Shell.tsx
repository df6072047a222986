import type { ReactNode } from "react";
import { Link, useLocation } from "wouter";
import { text } from "../text";
import { IconButton } from "../ui/Button";
import { Icon, type IconName } from "../ui/Icon";
import { Logo } from "./Logo";
import { setTheme, useTheme } from "./theme";
import { useOnline } from "./useOnline";
import { WhoAmI } from "./SignIn";

const words = text.app;
const PLACES: { href: string; label: string; icon: IconName; is: (path: string) => boolean }[] = [
  { href: "/", label: words.nav.start, icon: "list", is: (path) => path === "/" || path.startsWith("/analysis") },
  { href: "/live", label: words.nav.live, icon: "pulse", is: (path) => path === "/live" },
  { href: "/models", label: words.nav.models, icon: "cards", is: (path) => path.startsWith("/models") },
  { href: "/about", label: words.nav.about, icon: "info", is: (path) => path === "/about" },
];

/** What surrounds every screen: the name, the ways, and on a phone a bar at the thumb. */
export function Shell({ locked, children }: { locked: boolean; children: ReactNode }) {
  const [path] = useLocation();
  const theme = useTheme();
  const online = useOnline();
  return (
    <div className="flex min-h-dvh flex-col">
      <a href="#content" className="sr-only z-50 rounded-lg bg-accent p-3 text-accent-ink focus:not-sr-only focus:absolute focus:m-2">
        {words.skip}
      </a>
      <header className="no-print sticky top-0 z-40 border-b border-line bg-ground/92 backdrop-blur">
        <div className="mx-auto flex h-14 items-center gap-2 px-4 wall:px-8">
          <Link href="/" className="flex items-center gap-2.5 rounded-lg pr-3 text-[1.06rem] font-semibold tracking-tight">
            <Logo />
            {words.name}
          </Link>
          {/* Before somebody has signed in, there is nowhere to go. */}
          <nav aria-label={words.nav.label} className="ml-4 hidden gap-1 sm:flex">
            {(locked ? [] : PLACES).map(({ href, label, is }) => (
              <Link
                key={href} href={href} aria-current={is(path) ? "page" : undefined}
                className={`rounded-lg px-3.5 py-1.5 text-[0.94rem] font-medium transition-colors ${
                  is(path) ? "bg-sunk text-ink" : "text-soft hover:text-ink"
                }`}
              >
                {label}
              </Link>
            ))}
          </nav>
          <div className="ml-auto flex items-center gap-1">
            <span className="mr-2 hidden text-xs text-soft lg:inline">{words.notice}</span>
            {!locked && <WhoAmI />}
            <IconButton
              icon={theme === "dark" ? "sun" : "moon"}
              label={theme === "dark" ? words.theme.light : words.theme.dark}
              onClick={() => setTheme(theme === "dark" ? "light" : "dark")}
            />
          </div>
        </div>
        {!online && (
          <p role="alert" className="flex items-center justify-center gap-2 bg-caution-wash px-4 py-1.5 text-center text-sm font-medium text-caution">
            <Icon name="cloudOff" size={16} />
            {words.offline}
          </p>
        )}
      </header>
      <main id="content" className="flex flex-1 flex-col pb-[calc(4.2rem+env(safe-area-inset-bottom))] sm:pb-0 print:pb-0">{children}</main>
      {!locked && <nav
        aria-label={words.nav.label}
        className="no-print fixed inset-x-0 bottom-0 z-40 grid grid-cols-4 border-t border-line bg-surface pb-[env(safe-area-inset-bottom)] sm:hidden"
      >
        {PLACES.map(({ href, label, icon, is }) => (
          <Link
            key={href} href={href} aria-current={is(path) ? "page" : undefined}
            className={`flex flex-col items-center gap-0.5 py-2 text-[11px] font-medium ${is(path) ? "text-accent" : "text-soft"}`}
          >
            <Icon name={icon} size={22} />
            {label}
          </Link>
        ))}
      </nav>}
    </div>
  );
}
