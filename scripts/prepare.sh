# Sourced by the scripts next to it: installs Debian packages, builds presets, says what it does.
# shellcheck shell=bash
set -euo pipefail
export LC_ALL=C.UTF-8

project=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly project no_permission=77
readonly apt_options=(--no-install-recommends -o DPkg::Lock::Timeout=300)

say() { printf '== %s\n' "$*" >&2; }
die() { # STATUS MESSAGE
    say "$2"
    exit "$1"
}

# Runs a command, and says what it is for and how long it took. `set -e` has no effect inside the command,
# which has to return its failure.
step() { # NAME COMMAND...
    local name=$1 start=$SECONDS
    shift
    say "$name"
    "$@" || die $? "$name: FAILED after $((SECONDS - start)) s"
    say "$name: $((SECONDS - start)) s"
}

# Compiling a coroutine file with sanitizers takes more than half a GiB.
parallel_jobs() {
    local cores gibibytes
    cores=$(nproc)
    gibibytes=$(sed -n 's/^MemAvailable: *\([0-9]*\) kB$/\1/p' /proc/meminfo)
    gibibytes=$((gibibytes / 1024 / 1024))
    echo $((gibibytes < 1 ? 1 : gibibytes < cores ? gibibytes : cores))
}

# Tests wait for most of their time: for a mail server, for a deadline.
parallel_tests() { echo $((2 * $(parallel_jobs))); }

install_packages() { # SET...
    local missing
    command -v apt-get >/dev/null || die 69 'not a Debian system: install what scripts/packages lists'
    mapfile -t missing < <(comm -23 <(packages_of "$@" | sort -u) <(installed | sort -u))
    [ ${#missing[@]} -gt 0 ] || return 0
    become_root "${missing[@]}"
    say "missing: ${missing[*]}"
    step 'fetching the package lists' "${as_root[@]}" apt-get -qq update
    confirm_removals "${missing[@]}"
    step 'installing' apt_install "${missing[@]}"
}

packages_of() { # SET...
    local set
    for set; do sed -n "s/^$set  *\([^ ]*\).*/\1/p" "$project/scripts/packages"; done
}

installed() { dpkg-query -W -f '${db:Status-Status} ${Package}\n' | sed -n 's/^installed //p'; }

# Sets as_root to the words that make the command after them run as root.
become_root() { # PACKAGE...
    as_root=(env DEBIAN_FRONTEND=noninteractive)
    [ "$(id -u)" = 0 ] && return
    command -v sudo >/dev/null || {
        say 'packages are missing, and only root can install them. Run as root:'
        echo "apt-get update && apt-get install ${apt_options[0]} $*"
        exit $no_permission
    }
    as_root=(sudo "${as_root[@]}")
}

# Asks before another version of a -dev package is removed, because the owner of the machine may need it.
confirm_removals() { # PACKAGE...
    local removed answer
    removed=$(apt-get -s "${apt_options[@]}" install "$@" | sed -n 's/^Remv \([^ ]*\).*/\1/p' | paste -sd ' ')
    [ -n "$removed" ] || return 0
    say "installing them removes $removed"
    [ "${VOUCH_ASSUME_YES-}" != 1 ] || return 0
    if [ -t 0 ]; then
        read -rp '   Go on? [y/N] ' answer
        [[ $answer != [yY]* ]] || return 0
        die $no_permission 'nothing was changed'
    fi
    say 'there is no terminal to ask on. Run this yourself, or run this again with VOUCH_ASSUME_YES=1:'
    echo "${as_root[*]} apt-get install ${apt_options[0]} $*"
    exit $no_permission
}

apt_install() { # PACKAGE...
    local log count=0 total
    log=$(mktemp)
    total=$(apt-get -s "${apt_options[@]}" install "$@" | grep -c '^Inst ')
    "${as_root[@]}" apt-get -q -y -o Dpkg::Use-Pty=0 "${apt_options[@]}" install "$@" </dev/null 2>&1 |
        tee "$log" |
        while read -r first second _ _ fifth _; do
            case "$first $second" in
                Get:*) progress "fetching $fifth" ;;
                'Setting up') count=$((count + 1)) && progress "installed $count of $total" ;;
            esac
        done || {
        tail -n 20 "$log" >&2
        return 74
    }
    [ ! -t 2 ] || echo >&2
    rm -f "$log"
}

# Shows a line that the next one overwrites, only on a terminal.
progress() {
    [ ! -t 2 ] || printf '\r\033[K   %s' "$*" >&2
}

build_preset() { # PRESET [TARGET...]
    step "building preset $1, $(parallel_jobs) at a time" configure_and_build "$@"
}

configure_and_build() { # PRESET [TARGET...]
    local preset=$1 lock
    shift
    cd "$project" || return
    # Two scripts at once would build the same files into the same places.
    mkdir -p build && exec {lock}>build/.lock && flock "$lock" || return
    # ninja notices changes of CMakeLists.txt by itself, but not of the presets.
    if [ ! "build/$preset/build.ninja" -nt CMakePresets.json ]; then
        cmake --preset "$preset" >&2 || return
    fi
    NINJA_STATUS='[%f/%t, %e s] ' \
        cmake --build --preset "$preset" -j "$(parallel_jobs)" ${1:+--target "$@"} >&2 || return
    exec {lock}>&-
}
