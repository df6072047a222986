#!/bin/sh
# What `make test` needs beside Python: a Chromium, PostgreSQL's programs and Redis. What is missing is installed where
# that is possible (Playwright's download, the system's packages as root), else said; the tests that need it then say so too.
# Usage: system_tools.sh PYTHON
python=$1

have_chromium() {
  command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null ||
    ls "${PLAYWRIGHT_BROWSERS_PATH:-$HOME/.cache/ms-playwright}"/chromium-* >/dev/null 2>&1
}
have_postgres() { ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; }
from_packages() {
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
  apt-get update -qq >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$@" >/dev/null
}

have_postgres || from_packages postgresql ||
  echo "PostgreSQL is missing: the service is tested on SQLite alone (Debian: apt-get install postgresql)" >&2
command -v redis-server >/dev/null || from_packages redis-server ||
  echo "Redis is missing: the job queue is tested in a file alone (Debian: apt-get install redis-server)" >&2
have_chromium || timeout 300 "$python" -m playwright install chromium >/dev/null 2>&1 || from_packages chromium ||
  echo "Chromium is missing: the flows of the web application are not tested (Debian: apt-get install chromium)" >&2
exit 0
