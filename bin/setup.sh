# shellcheck shell=bash
# Sourced by bin/demo and bin/test: finds or installs what a fresh Debian or Ubuntu
# machine lacks, by its normal package managers, and says so.

root=$(pwd)
# shellcheck disable=SC2034 # used by those who source this
binary="${CARGO_TARGET_DIR:-$root/target}/debug/loket"
screenshot="$root/tests/e2e/screenshot"

say() { printf '== %s\n' "$*"; }

fail() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# Debian packages that are missing, collected by the want_* functions.
missing=()

want_compiler() {
  if ! command -v cc >/dev/null || [ ! -e /usr/include/stdio.h ]; then
    missing+=(gcc libc6-dev)
  fi
}

want_python() {
  python3 -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3 python3-venv)
}

want_postgres() {
  if ! command -v initdb >/dev/null && [ -z "$(find /usr/lib/postgresql -name initdb -print -quit 2>/dev/null)" ]; then
    missing+=(postgresql)
  fi
}

want_browser() {
  [ -x /usr/bin/chromium ] || missing+=(chromium)
  # Without it the emoji in the room names are empty boxes.
  if [ -z "$(find /usr/share/fonts -name '*ColorEmoji*' -print -quit 2>/dev/null)" ]; then
    missing+=(fonts-noto-color-emoji)
  fi
  if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
    missing+=(nodejs npm)
  fi
}

# Installs what was collected; needs root or sudo, and only if something is missing.
install_missing() {
  [ "${#missing[@]}" -gt 0 ] || return 0
  command -v apt-get >/dev/null ||
    fail "missing: ${missing[*]} (Debian's names), and there is no apt-get: install them yourself"
  local as=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || fail "missing; as root: apt-get install ${missing[*]}"
    as=(sudo)
  fi
  say "installing Debian packages: ${missing[*]}"
  "${as[@]}" apt-get update -qq
  "${as[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  missing=()
}

need_rust() {
  command -v cargo >/dev/null || PATH="$HOME/.cargo/bin:$PATH"
  command -v cargo >/dev/null ||
    fail "Rust is missing: install it as https://rustup.rs says, then try again"
}

# A virtual environment in the folder $1 with exactly the pinned packages.
make_venv() {
  local venv=$1 wanted="$root/tests/e2e/requirements.txt"
  python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "Python 3.11 or newer is needed; this is $(python3 --version)"
  if cmp -s "$wanted" "$venv/installed.txt"; then
    return 0
  fi
  say "installing the pinned Python packages into ${venv#"$root"/}"
  rm -rf "$venv"
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$wanted"
  cp "$wanted" "$venv/installed.txt"
}

# The web client that takes the screenshots.
make_client() {
  local lock="$screenshot/package-lock.json"
  if ! cmp -s "$lock" "$screenshot/node_modules/installed.json"; then
    say "installing the pinned npm packages into ${screenshot#"$root"/}/node_modules"
    npm ci --prefix "$screenshot" --ignore-scripts --no-audit --no-fund --loglevel=error
    cp "$lock" "$screenshot/node_modules/installed.json"
  fi
  node "$screenshot/build.mjs"
}
