# A private RabbitMQ broker for tests. Sourced, not run:
#
#   source tests/lib/rabbitmq.sh
#   start_rabbitmq                # exports NOVA_TEST_RABBIT_URL and prints it; and NOVA_TEST_RABBIT_API, its HTTP API
#   cargo nextest run -p nova-tests-interop
#   stop_rabbitmq
#
# `rabbitmq_start DIR` and `rabbitmq_stop` are the same with the files below a directory of the caller's. Call them in
# the shell that keeps the broker, not in `$(…)`. `rabbitmq_serve DIR` is for tests that end a broker: it takes commands
# on its input.
#
# The broker belongs to the calling shell: node name, data, ports and port mapper (epmd) are its own, it listens on
# loopback only, and both are stopped by their process ids. Needs the Debian package "rabbitmq-server".

# A port that nobody listens on now.
rabbitmq_free_port() {
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

rabbitmq_server_script() {
    local script=/usr/lib/rabbitmq/bin/rabbitmq-server
    [ -x "$script" ] && command -v epmd >/dev/null && printf '%s\n' "$script"
}

# In a subshell: makes the environment that of this broker and no other.
rabbitmq_environment() {
    unset RABBITMQ_NODE_IP_ADDRESS RABBITMQ_NODE_PORT
    export HOME="$RABBITMQ_DIR" LC_ALL=C.UTF-8 ERL_EPMD_PORT="$RABBITMQ_EPMD_PORT" ERL_EPMD_ADDRESS=127.0.0.1
    export RABBITMQ_NODENAME="$RABBITMQ_NODE" RABBITMQ_DIST_PORT="$RABBITMQ_NODE_DIST_PORT"
    export RABBITMQ_MNESIA_BASE="$RABBITMQ_DIR/data" RABBITMQ_LOG_BASE="$RABBITMQ_DIR/log"
    export RABBITMQ_CONFIG_FILE="$RABBITMQ_DIR/rabbitmq" RABBITMQ_ENABLED_PLUGINS_FILE="$RABBITMQ_DIR/plugins"
    export RABBITMQ_CONF_ENV_FILE="$RABBITMQ_DIR/none"
    export RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-kernel inet_dist_use_interface {127,0,0,1}"
    cd "$RABBITMQ_DIR" || return 1
}

# Chooses ports and writes the configuration; 1 if the package is missing.
rabbitmq_prepare() {
    rabbitmq_server_script >/dev/null || { echo "rabbitmq.sh: rabbitmq-server is not installed" >&2; return 1; }
    mkdir -p "$1" && RABBITMQ_DIR=$(mktemp -d "$1/rabbitmq.XXXXXX") || return 1
    RABBITMQ_PORT=$(rabbitmq_free_port) && RABBITMQ_API_PORT=$(rabbitmq_free_port) &&
        RABBITMQ_NODE_DIST_PORT=$(rabbitmq_free_port) && RABBITMQ_EPMD_PORT=$(rabbitmq_free_port) || return 1
    RABBITMQ_NODE="nova-tests-$RABBITMQ_PORT@localhost"
    mkdir "$RABBITMQ_DIR/data" "$RABBITMQ_DIR/log"
    echo '[rabbitmq_management].' >"$RABBITMQ_DIR/plugins"
    printf '%s\n' "listeners.tcp.1 = 127.0.0.1:$RABBITMQ_PORT" 'log.file.level = warning' \
        'management.tcp.ip = 127.0.0.1' "management.tcp.port = $RABBITMQ_API_PORT" \
        'vm_memory_high_watermark.absolute = 1GB' 'disk_free_limit.absolute = 50MB' >"$RABBITMQ_DIR/rabbitmq.conf"
    (cd "$RABBITMQ_DIR" && exec setsid epmd -port "$RABBITMQ_EPMD_PORT" -address 127.0.0.1) >/dev/null 2>&1 &
    RABBITMQ_EPMD_PID=$!
}

# Starts the prepared broker, and waits at most 60 s until it accepts connections; 1 if it ended.
rabbitmq_run() {
    # A session of its own, so that an interrupt at the terminal ends the tests and not the broker under them; and a
    # process group, which is ended whole: the script starts the machine it runs on.
    (rabbitmq_environment && exec setsid "$(rabbitmq_server_script)") \
        >>"$RABBITMQ_DIR/server.log" 2>&1 </dev/null &
    RABBITMQ_PID=$!
    for _ in $(seq 600); do
        (exec 3<>"/dev/tcp/127.0.0.1/$RABBITMQ_PORT" 4<>"/dev/tcp/127.0.0.1/$RABBITMQ_API_PORT") 2>/dev/null &&
            return 0
        kill -0 "$RABBITMQ_PID" 2>/dev/null || break
        sleep 0.1
    done
    tail -n 20 "$RABBITMQ_DIR/server.log" >&2
    return 1
}

# Ends the broker with signal $1: TERM closes it in order, KILL is a power failure.
rabbitmq_end() {
    if [ -n "${RABBITMQ_PID:-}" ]; then
        kill "-$1" -- "-$RABBITMQ_PID" 2>/dev/null || true
        wait "$RABBITMQ_PID" 2>/dev/null || true
    fi
    unset RABBITMQ_PID
}

# Starts a broker with its files below the directory $1; 1 if RabbitMQ is not installed or does not start.
rabbitmq_start() {
    rabbitmq_prepare "$1" && rabbitmq_run || { rabbitmq_stop; return 1; }
    export NOVA_TEST_RABBIT_URL="rabbit://guest:guest@127.0.0.1:$RABBITMQ_PORT/"
    export NOVA_TEST_RABBIT_API="127.0.0.1:$RABBITMQ_API_PORT"
}

# Stops broker and port mapper, and removes their files. Harmless when there is none.
rabbitmq_stop() {
    rabbitmq_end TERM
    if [ -n "${RABBITMQ_EPMD_PID:-}" ]; then
        kill "$RABBITMQ_EPMD_PID" 2>/dev/null || true
        wait "$RABBITMQ_EPMD_PID" 2>/dev/null || true
    fi
    [ -z "${RABBITMQ_DIR:-}" ] || rm -rf "$RABBITMQ_DIR"
    unset RABBITMQ_EPMD_PID RABBITMQ_DIR NOVA_TEST_RABBIT_URL NOVA_TEST_RABBIT_API
}

start_rabbitmq() {
    rabbitmq_start "${TMPDIR:-/tmp}" && printf '%s\n' "$NOVA_TEST_RABBIT_URL"
}

stop_rabbitmq() {
    rabbitmq_stop
}

# A broker for one test: prints its URL and API, then does what each line of its input says and prints `done`, until the input
# ends. `kill`, `stop`, `start`: the process, with its data and ports kept. `block`, `unblock`: takes no messages.
rabbitmq_serve() {
    local command
    trap rabbitmq_stop EXIT
    rabbitmq_start "$1" || return 1
    printf '%s %s\n' "$NOVA_TEST_RABBIT_URL" "$NOVA_TEST_RABBIT_API"
    while read -r command; do
        case $command in
            kill) rabbitmq_end KILL ;;
            stop) rabbitmq_end TERM ;;
            start) rabbitmq_run || return 1 ;;
            block) rabbitmq_ctl set_vm_memory_high_watermark 0.0000001 || return 1 ;;
            unblock) rabbitmq_ctl set_vm_memory_high_watermark 0.8 || return 1 ;;
            *) echo "rabbitmq.sh: no command is called $command" >&2; return 1 ;;
        esac
        printf 'done\n'
    done
}

rabbitmq_ctl() {
    (rabbitmq_environment && exec /usr/lib/rabbitmq/bin/rabbitmqctl --quiet "$@") >>"$RABBITMQ_DIR/server.log" 2>&1
}
