# shellcheck shell=bash
# Sourced by bin/test: a throw-away PostgreSQL from Debian's package, in a folder of its own, gone at the end.

postgres_home=""
postgres_user=""
postgres_bin=""

find_postgres() {
  local server
  # The newest, where there are several.
  server=$(printf '%s\n' /usr/lib/postgresql/*/bin/initdb | sort -V | tail -n 1)
  [ -x "$server" ] && postgres_bin=$(dirname -- "$server")
}

# The server refuses to run as root, so then everything about it is done by an ordinary user that has no login.
as_postgres_user() {
  if [ -z "$postgres_user" ]; then "$@"; else runuser -u "$postgres_user" -- "$@"; fi
}

# start_postgres : sets test_database_url, or stops the run; the caller calls stop_postgres at its end.
start_postgres() {
  find_postgres || install_packages "PostgreSQL is missing (or name a server: HEYUE_TEST_DATABASE_URL=postgresql://…)" \
    postgresql
  find_postgres || stop "PostgreSQL's server programs are not under /usr/lib/postgresql."
  if [ "$(id -u)" = 0 ]; then
    postgres_user=postgres
    id -u "$postgres_user" >/dev/null 2>&1 || postgres_user=nobody
  fi
  # Under the system's own temporary folder: a socket's path may have 107 characters, and a clone may lie deep.
  postgres_home=$(TMPDIR="" mktemp -d -t heyue-postgres-XXXXXX)
  local port password
  port=$("$heyue_python" -c 'import socket
with socket.socket() as s:
    s.bind(("127.0.0.1", 0))
    print(s.getsockname()[1])')
  password=$("$heyue_python" -c 'import secrets; print(secrets.token_hex(16))')
  printf '%s\n' "$password" >"$postgres_home/password"
  if [ -n "$postgres_user" ]; then chown -R -- "$postgres_user" "$postgres_home"; fi
  say "starting a throw-away PostgreSQL on 127.0.0.1:$port …"
  # fsync off: what it holds is worthless after the run. C.UTF-8: sorts alike on every machine.
  (
    cd / && as_postgres_user "$postgres_bin/initdb" --pgdata="$postgres_home/data" --username=heyue \
      --pwfile="$postgres_home/password" --auth=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 --no-sync &&
      as_postgres_user "$postgres_bin/pg_ctl" --pgdata="$postgres_home/data" --log="$postgres_home/log" \
        --wait --timeout=60 --options="-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories=$postgres_home \
-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=100" start
  ) >"$postgres_home/start.out" 2>&1 || {
    cat -- "$postgres_home/start.out" "$postgres_home/log" >&2 2>/dev/null
    stop "PostgreSQL did not start; its own words are above."
  }
  # shellcheck disable=SC2034  # read by bin/test
  test_database_url="postgresql://heyue:$password@127.0.0.1:$port/postgres"
}

stop_postgres() {
  [ -n "$postgres_home" ] || return 0
  if [ -f "$postgres_home/data/postmaster.pid" ]; then
    (cd / && as_postgres_user "$postgres_bin/pg_ctl" --pgdata="$postgres_home/data" --mode=immediate --wait stop) \
      >/dev/null 2>&1 || true
  fi
  rm -rf -- "$postgres_home"
  postgres_home=""
}
