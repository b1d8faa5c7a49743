#!/usr/bin/env bash
# Make an environment ready: find a Python, create it, install what the package needs into it.
#
# Usage: tools/bootstrap.sh FOLDER DISTRO EXTRA...
#
#   FOLDER   where the environment is or will be, e.g. .venv
#   DISTRO   the ROS 2 that is wanted, e.g. jazzy; '' takes the one that is sourced, else Kilted
#   EXTRA    extras of setup.py, e.g. sim test
#
# With ROS 2 sourced, the environment stands on that ROS; otherwise ROS 2 comes from wheels. The
# package itself is installed editable, so the source tree is what runs. When nothing has changed
# since the last time, this returns at once.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Name of the ROS 2 that is sourced; a workspace built on wheels alone does not count.
sourced_ros() {
    local prefix
    if [[ -n ${ROS_DISTRO:-} ]]; then
        echo "$ROS_DISTRO"
        return
    fi
    for prefix in $(tr : "\n" <<<"${AMENT_PREFIX_PATH:-}"); do
        if [[ -d $prefix/share/rclpy && ! -e $prefix/pyvenv.cfg ]]; then
            echo "$prefix"
            return
        fi
    done
}

say() { printf '%s\n' "$*" >&2; }
fail() { say "$@"; exit 1; }

venv=$1
wanted=$2
extras=("${@:3}")
stamp=$venv/.ready
ros=$(sourced_ros)

if [[ -n $ros ]]; then
    [[ -z $wanted || $wanted == "$ros" ]] || fail \
        "ROS=$wanted, but another ROS 2 ($ros) is sourced: leave ROS= out to use that one," \
        "or use a shell without ROS."
else
    wanted=${wanted:-kilted}
    [[ $wanted == jazzy || $wanted == kilted ]] || fail \
        "ROS=$wanted: ROS 2 comes from wheels as jazzy or kilted;" \
        "for another one, source its setup.bash and leave ROS= out."
    extras=("ros-$wanted" "${extras[@]}")
fi

# Every Python on the path once, the default one first.
candidates() {
    if [[ -n ${PYTHON:-} ]]; then
        printf '%s\n' "$PYTHON"
        return
    fi
    type -aP python3 python3.13 python3.12 python3.11 python3.10 || true
}

# Prints why a Python will not do; nothing when it will.
objection() {
    "$1" - "$ros" 2>/dev/null <<'PY' || echo 'it does not start'
import sys

if not (3, 10) <= sys.version_info[:2] <= (3, 13):
    print('it is Python %d.%d' % sys.version_info[:2])
    sys.exit()
try:
    import ensurepip, venv
except ImportError:
    print('it cannot make virtual environments: install python%d.%d-venv' % sys.version_info[:2])
    sys.exit()
if sys.argv[1]:
    try:
        import rclpy
    except ImportError:
        print('it has no rclpy, though ROS 2 (%s) is sourced' % sys.argv[1])
PY
}

find_python() {
    local candidate why seen=''
    while read -r candidate; do
        [[ -z $candidate || $seen == *"|$candidate|"* ]] && continue
        seen+="|$candidate|"
        why=$(objection "$candidate")
        if [[ -z $why ]]; then
            python=$candidate
            return
        fi
        say "Not using $candidate: $why."
    done < <(candidates)
    [[ -n $ros ]] && fail "No Python here can import rclpy of the ROS 2 that is sourced ($ros):" \
        "name the one it was built for, PYTHON=/usr/bin/python3, or use a shell without ROS."
    fail "No usable Python found. Python 3.10, 3.11, 3.12 or 3.13 with venv is needed: install one" \
        "(Debian and Ubuntu: apt install python3-venv), or name it: PYTHON=/path/to/python3"
}

# What the installation depends on: these files, this place, this ROS.
key() {
    {
        cat setup.py setup.cfg pyproject.toml tools/bootstrap.sh
        echo "$PWD ${ros:-wheels of $wanted}"
    } | cksum
}

ready() {
    [[ -f $stamp && -x $venv/bin/python ]] || return 1
    { read -r made_for && read -r installed; } <"$stamp" || return 1
    [[ $made_for == "$(key)" ]] || return 1
    local extra
    for extra in "${extras[@]}"; do
        [[ " $installed " == *" $extra "* ]] || return 1
    done
}

create() {
    find_python
    local about
    about=$("$python" -c 'import platform; print("Python", platform.python_version())')
    rm -rf "$venv"
    if [[ -n $ros ]]; then
        say "Creating $venv with $about on top of the ROS 2 ($ros) that is sourced."
        "$python" -m venv --system-site-packages "$venv"
    else
        [[ $(uname -sm) == 'Linux x86_64' ]] || fail \
            "ROS 2 wheels exist for Linux on x86_64 only, and this is $(uname -sm):" \
            "install ROS 2 from its own packages, source its setup.bash, and try again."
        say "Creating $venv with $about; no ROS 2 is sourced, so ROS 2 ${wanted^} comes from wheels."
        "$python" -m venv "$venv"
    fi
}

ready && exit 0

# Extras that were there before stay, unless the environment is made anew.
made_for='' installed=''
if [[ -f $stamp && -x $venv/bin/python ]]; then
    { read -r made_for && read -r installed; } <"$stamp" || true
fi
if [[ -n $made_for && $made_for == "$(key)" ]]; then
    read -ra before <<<"$installed"
    extras=("${before[@]}" "${extras[@]}")
    mapfile -t extras < <(printf '%s\n' "${extras[@]}" | sort -u)
else
    create
fi
rm -f "$stamp"
list=$(IFS=,; echo "${extras[*]}")
say "Installing vcp_cbf_safety with its dependencies ($list) into $venv; this takes a minute."
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --editable ".[$list]" || fail \
    "pip could not install the dependencies: see its message above."
printf '%s\n%s\n' "$(key)" "${extras[*]}" >"$stamp"
say "$venv is ready. Later runs start at once; 'make clean' removes it."
