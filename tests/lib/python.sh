# A Python with the real oslo.messaging, for tests with Python peers. Sourced, not run:
#
#   source tests/lib/python.sh
#   python_start                  # exports NOVA_TEST_PYTHON, the interpreter of a virtual environment
#   cargo nextest run -p nova-tests-interop
#
# The environment is made once for each content of tests/peers/requirements.txt, below target/, by pip and from the index
# pip is configured for. It is no server: `python_stop` only forgets it.

# Makes the environment if it is not there; 1 if that is not possible. The directory $1 is not used.
python_start() {
    local root wanted folder
    root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd) || return 1
    wanted="$root/tests/peers/requirements.txt"
    folder="${CARGO_TARGET_DIR:-$root/target}/test-python/$(sha256sum "$wanted" | cut -c1-16)"
    if [ ! -e "$folder/complete" ]; then
        rm -rf "$folder"
        python3 -m venv "$folder" >&2 &&
            "$folder/bin/pip" install --quiet --disable-pip-version-check --requirement "$wanted" >&2 || return 1
        touch "$folder/complete"
    fi
    export NOVA_TEST_PYTHON="$folder/bin/python"
}

python_stop() {
    unset NOVA_TEST_PYTHON
}
