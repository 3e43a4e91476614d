# shellcheck shell=bash
# Sourced by every script in bin/. `prepare_environment` makes .venv hold exactly what the two locks say; a second run
# only compares a stamp. Everything it says goes to standard error: standard output belongs to the caller.

heyue_root=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/../.." && pwd -P)
heyue_venv="$heyue_root/.venv"
heyue_python="$heyue_venv/bin/python"
heyue_stamp="$heyue_venv/.set-up"

say() { printf 'heyue: %s\n' "$*" >&2; }

stop() {
  say "$1"
  shift
  local line
  for line in "$@"; do printf '       %s\n' "$line" >&2; done
  exit 1
}

# install_packages WHY PACKAGE… : from Debian when root and allowed (bin/test says so), else the one line to type.
install_packages() {
  local why=$1
  shift
  if [ "$(id -u)" = 0 ] && [ -n "${heyue_may_install:-}" ] && command -v apt-get >/dev/null; then
    say "installing $* ($why) …"
    if { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"; } \
      >&2 </dev/null; then
      return
    fi
  fi
  local sudo="sudo "
  if [ "$(id -u)" = 0 ]; then sudo=""; fi
  stop "$why. Type this, then run the same command again:" "${sudo}apt-get update && ${sudo}apt-get install -y $*"
}

# Prints the first Python on the path that is new enough, by its real name, so that a later upgrade of the system's
# Python leaves a dangling link (which is noticed) and not another version under the same name (which is not).
find_python() {
  local name
  for name in python3 python3.13 python3.12 python3.11 python3.14; do
    if command -v "$name" >/dev/null 2>&1; then
      "$name" -c 'import os, sys
if sys.version_info < (3, 11): sys.exit(1)
print(os.path.realpath(getattr(sys, "_base_executable", "") or sys.executable))' 2>/dev/null && return
    fi
  done
  return 1
}

# What the environment was made from: the locks, this script, and the place (a moved clone has stale paths in .venv).
wanted_stamp() {
  cat -- "$heyue_root/requirements-bootstrap.lock" "$heyue_root/requirements.lock" \
    "$heyue_root/bin/lib/environment.sh" | sha256sum | cut -d ' ' -f 1
  printf '%s\n' "$heyue_root"
}

is_prepared() { [ -x "$heyue_python" ] && [ -r "$heyue_stamp" ] && [ "$(<"$heyue_stamp")" = "$(wanted_stamp)" ]; }

make_venv() {
  # A venv that can still run its own pip, at this very place, is kept: then only what the lock changed is fetched.
  if [ -x "$heyue_python" ] && "$heyue_python" -c 'import os, sys
import pip
sys.exit(os.path.realpath(sys.prefix) != os.path.realpath(sys.argv[1]) or sys.version_info < (3, 11))' \
    "$heyue_venv" 2>/dev/null && grep -qxF -- "$heyue_root" "$heyue_venv/.place" 2>/dev/null; then
    return
  fi
  local python version
  python=$(find_python) || install_packages "Python 3.11 or newer is missing" python3 python3-venv
  python=${python:-$(find_python)} || stop "No Python 3.11 or newer on the path; Debian 12 and later have one."
  if ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
    version=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
    install_packages "Python's venv module is missing" "$version"
  fi
  say "making .venv with $("$python" -V 2>&1) …"
  rm -rf -- "$heyue_venv"
  "$python" -m venv -- "$heyue_venv" >&2 || stop "Could not make .venv; is $heyue_root writable, and is the disk full?"
  printf '%s\n' "$heyue_root" >"$heyue_venv/.place"
}

fill_venv() {
  local pip=("$heyue_python" -m pip install --quiet --no-input --disable-pip-version-check --require-hashes)
  # A certificate that this machine's owner added (a company's proxy) counts for uv as well.
  export UV_SYSTEM_CERTS="${UV_SYSTEM_CERTS:-1}"
  say "fetching the packages of requirements.lock …"
  # pip knows the machine's package mirror where uv does not, so it is the second way, slower and just as strict.
  "${pip[@]}" -r "$heyue_root/requirements-bootstrap.lock" >&2 &&
    "$heyue_venv/bin/uv" pip sync --python "$heyue_python" --require-hashes "$heyue_root/requirements.lock" >&2 ||
    { say "uv could not; trying pip …" && "${pip[@]}" -r "$heyue_root/requirements.lock" >&2; } ||
    stop "The packages could not be fetched. Is the package index reachable? (pip's and uv's own settings apply.)"
}

# The source tree goes on the path, and `heyue` becomes a command, without building a package of it.
link_source() {
  local site
  site=$("$heyue_python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))') &&
    printf '%s\n' "$heyue_root/src" >"$site/heyue_src.pth" || return
  # $0 and $@ are the launcher's own, later.
  # shellcheck disable=SC2016
  printf '%s\n' '#!/bin/sh' 'exec "$(dirname -- "$0")/python" -P -m heyue.faces.cli "$@"' >"$heyue_venv/bin/heyue" &&
    chmod 755 "$heyue_venv/bin/heyue"
}

prepare_environment() {
  export PYTHONUTF8=1
  is_prepared && return
  mkdir -p -- "$heyue_root/var" 2>/dev/null && [ -w "$heyue_root/var" ] && [ -w "$heyue_root" ] ||
    stop "$heyue_root is not writable by $(id -un); set-up needs to write .venv and var there."
  # A subshell holds the lock, so that nothing started later inherits it; a second run waits here and finds it done.
  (
    if command -v flock >/dev/null && ! flock -n 9; then
      say "another set-up is at work; waiting for it …"
      flock 9
    fi
    is_prepared && exit 0
    rm -f -- "$heyue_stamp"
    # `set -e` does not reach in here, so each step hangs on the one before.
    make_venv && fill_venv && link_source && wanted_stamp >"$heyue_stamp.new" &&
      mv -f -- "$heyue_stamp.new" "$heyue_stamp" && say "the environment is ready."
  ) 9>"$heyue_root/var/set-up.lock" || exit 1
}
