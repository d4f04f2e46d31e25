#!/bin/sh
# make_venv.sh LOCK NAME: put a lock into .venv (wheels only, every hash checked) and stamp it.
# NAME is runtime, test or dev; each holds the one before it.
set -eu
lock=$1 name=$2 venv=.venv
python=${PYTHON:-python3}

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "Python 3.11 or later is needed; set PYTHON=/path/to/python3. Found: $("$python" --version 2>&1)" >&2
    exit 1
}

# Left over from another machine or a removed Python: begin anew.
if [ -e "$venv" ] && ! "$venv/bin/python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    rm -rf "$venv"
fi
if [ ! -e "$venv" ]; then
    echo "Making the environment in $venv from $lock (once; a minute or so) ..."
    # Debian keeps ensurepip in a package of its own; the system's pip can do its work instead.
    "$python" -m venv "$venv" >/dev/null 2>&1 || {
        rm -rf "$venv"
        "$python" -m venv --without-pip "$venv"
    }
fi

export PIP_ROOT_USER_ACTION=ignore PIP_DISABLE_PIP_VERSION_CHECK=1
if "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    set -- "$venv/bin/python" -m pip
elif "$python" -m pip --version >/dev/null 2>&1; then
    set -- "$python" -m pip --python "$venv/bin/python"
else
    echo "Neither ensurepip nor pip is here (on Debian: apt install python3-venv)." >&2
    exit 1
fi
"$@" install --quiet --require-hashes --only-binary :all: -r "$lock"

touch "$venv/.runtime"
[ "$name" = runtime ] || touch "$venv/.test"
[ "$name" != dev ] || touch "$venv/.dev"
