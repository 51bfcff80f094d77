# A private PostgreSQL server for tests. Sourced, not run:
#
#   source tests/lib/postgres.sh
#   start_postgres                # exports NOVA_TEST_POSTGRES_URL and prints it
#   cargo nextest run -p nova-objects-db
#   stop_postgres
#
# `postgres_start DIR` and `postgres_stop` are the same with the files below a directory of the caller's. Call them
# in the shell that keeps the server, not in `$(…)`.
#
# The server belongs to the calling shell: its data directory is temporary, its port is free, it listens on loopback
# only, it is stopped by its process id. fsync is off: it is as durable as a test needs.
# Needs the Debian package "postgresql"; run by root it works as the user "postgres", which PostgreSQL insists on.

# The newest installed directory with initdb and postgres in it.
postgres_bin() {
    local found
    found=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
    if [ -z "$found" ] && command -v initdb >/dev/null; then
        found=$(dirname "$(command -v initdb)")
    fi
    [ -n "$found" ] && printf '%s\n' "$found"
}

# A port that nobody listens on now.
postgres_free_port() {
    local port
    for _ in $(seq 100); do
        port=$((20000 + (RANDOM * 32768 + RANDOM) % 40000))
        if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
            printf '%s\n' "$port"
            return 0
        fi
    done
    return 1
}

# Runs a command as the user the server runs as.
postgres_as_owner() {
    if [ "$(id -u)" = 0 ]; then
        setpriv --reuid=postgres --regid=postgres --init-groups env HOME="$POSTGRES_DIR" "$@"
    else
        "$@"
    fi
}

# Starts the server with its files below the directory $1; 1 if PostgreSQL is not installed or does not
# start.
postgres_start() {
    local bin port
    bin=$(postgres_bin) || { echo "postgres.sh: PostgreSQL is not installed" >&2; return 1; }
    mkdir -p "$1" && POSTGRES_DIR=$(mktemp -d "$1/postgres.XXXXXX") || return 1
    if [ "$(id -u)" = 0 ]; then
        # The server's user must reach its directory through a parent that may be private to root.
        chmod o+x "$1" && chown postgres:postgres "$POSTGRES_DIR" || return 1
    fi
    (cd "$POSTGRES_DIR" && postgres_as_owner "$bin/initdb" --pgdata="$POSTGRES_DIR/data" --username=postgres \
        --auth=trust --encoding=UTF8 --locale=C --no-sync) >"$POSTGRES_DIR/initdb.log" 2>&1 ||
        { cat "$POSTGRES_DIR/initdb.log" >&2; return 1; }
    for _ in 1 2 3; do
        port=$(postgres_free_port) || return 1
        # A session of its own, so that an interrupt at the terminal ends the tests and not the server under them.
        (cd "$POSTGRES_DIR" && exec setsid "${BASH:-bash}" -c '
            if [ "$(id -u)" = 0 ]; then
                exec setpriv --reuid=postgres --regid=postgres --init-groups "$@"
            fi
            exec "$@"' start "$bin/postgres" -D "$POSTGRES_DIR/data" -p "$port" -k "$POSTGRES_DIR" \
            -c listen_addresses=127.0.0.1 -c fsync=off -c full_page_writes=off -c max_connections=300) \
            >>"$POSTGRES_DIR/server.log" 2>&1 &
        POSTGRES_PID=$!
        if postgres_wait "$bin" "$port"; then
            export NOVA_TEST_POSTGRES_URL="postgres://postgres@127.0.0.1:$port/postgres"
            return 0
        fi
    done
    tail -n 20 "$POSTGRES_DIR/server.log" >&2
    postgres_stop
    return 1
}

# Starts the server in a temporary directory and prints its URL.
start_postgres() {
    postgres_start "${TMPDIR:-/tmp}" && printf '%s\n' "$NOVA_TEST_POSTGRES_URL"
}

# Waits at most 30 s until the server accepts connections; 1 if it ended.
postgres_wait() {
    for _ in $(seq 300); do
        "$1/pg_isready" -q -h 127.0.0.1 -p "$2" && return 0
        kill -0 "$POSTGRES_PID" 2>/dev/null || return 1
        sleep 0.1
    done
    return 1
}

# Stops the server, and removes its files. Harmless when there is none.
postgres_stop() {
    if [ -n "${POSTGRES_PID:-}" ]; then
        # Fast shutdown: sessions are ended, nothing is waited for.
        kill -INT "$POSTGRES_PID" 2>/dev/null || true
        wait "$POSTGRES_PID" 2>/dev/null || true
    fi
    if [ -n "${POSTGRES_DIR:-}" ]; then
        rm -rf "$POSTGRES_DIR"
    fi
    unset POSTGRES_PID POSTGRES_DIR NOVA_TEST_POSTGRES_URL
}

stop_postgres() {
    postgres_stop
}
