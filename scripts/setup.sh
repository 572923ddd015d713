# Sourced by run and test in the project's folder: `set_up requirements.txt` makes .venv and installs the requirements
# into it, unless that was done before. Written for macOS's bash 3.2 too.

LOCK=.venv.lock
INSTALLING=.venv/installing # there while an install is under way; one that was interrupted is begun anew
INSTALLED=.venv/installed   # copies of the requirement files that were installed to the end
LOG=.venv/install.log

say() { printf '%s\n' "$*"; }

fail() {
    printf '%s\n' "$*" >&2
    exit 1
}

# set_up FILE: FILE is requirements.txt, or requirements-dev.txt, which contains it.
set_up() {
    if is_installed "$1"; then return; fi
    take_lock
    # Whoever held the lock may have done the work.
    if ! is_installed "$1"; then install "$1"; fi
    release_lock
}

is_installed() {
    [ ! -e $INSTALLING ] &&
        cmp -s requirements.txt $INSTALLED/requirements.txt &&
        cmp -s "$1" "$INSTALLED/$1" &&
        fits .venv/bin/python
}

# Whether the command is a Python that the pinned TensorFlow and h5py have builds for.
fits() {
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1
}

# The lock is a symbolic link to the process id of its holder: it is made, with its content, in one step.
take_lock() {
    local holder waiting='' failures=0
    until ln -s $$ $LOCK 2>/dev/null; do
        holder=$(readlink $LOCK) || holder=
        if [ -z "$holder" ]; then
            # Released a moment ago, or else nothing can be written here.
            failures=$((failures + 1))
            [ $failures -lt 5 ] || fail "Cannot write to $PWD: make the folder writable, or free space on its disk."
        elif kill -0 "$holder" 2>/dev/null; then
            failures=0
            [ -n "$waiting" ] || say "Waiting for process $holder to finish the set-up (not so? delete $LOCK) ..."
            waiting=yes
            sleep 1
        elif [ "$(readlink $LOCK)" = "$holder" ]; then
            rm -f $LOCK
        fi
    done
    trap release_lock EXIT
}

release_lock() {
    rm -f $LOCK
    trap - EXIT
}

install() {
    local file
    if [ -e .venv ] && is_unusable; then
        say "Removing .venv: its install was interrupted, or its Python does not fit ..."
        rm -rf .venv
    fi
    if [ -e .venv ]; then
        need_gigabytes 1
    else
        find_python
        need_gigabytes 4
        make_venv
    fi

    say "Installing $1 into .venv ..."
    touch $INSTALLING
    if ! pip_install "$1"; then
        # pip touches what is installed only after it has downloaded everything: until then .venv is as good as before.
        grep -q '^Installing collected' $LOG || rm -f $INSTALLING
        fail "$(why_pip_failed "$1") (pip's own words are in $LOG)."
    fi
    mkdir -p $INSTALLED
    for file in requirements.txt "$1"; do cp "$file" "$INSTALLED/$file"; done
    rm -f $INSTALLING
    say "Installed."
}

is_unusable() {
    [ -e $INSTALLING ] || ! fits .venv/bin/python || ! .venv/bin/python -m pip --version >/dev/null 2>&1
}

need_gigabytes() {
    local free
    free=$(df -Pk . | awk 'NR == 2 { print $4 }')
    [ "$free" -ge $(($1 * 1024 * 1024)) ] ||
        fail "Too little room on the disk of $PWD: free $1 GB (there are $((free / 1024)) MB) and start again."
}

# Sets PYTHON.
find_python() {
    local wanted="Python 3.11, 3.12 or 3.13"
    if [ -n "${VAE_LAB_PYTHON:-}" ]; then
        PYTHON=$VAE_LAB_PYTHON
        fits "$PYTHON" || fail "VAE_LAB_PYTHON is $PYTHON, which is not a working $wanted: name one that is, or unset it."
        return
    fi
    for PYTHON in python3.13 python3.12 python3.11 python3 python; do
        if fits "$PYTHON"; then return; fi
    done
    fail "No $wanted was found: install one (https://www.python.org/downloads) or name it in VAE_LAB_PYTHON."
}

make_venv() {
    local complaint
    say "Making .venv with $("$PYTHON" --version); this first set-up takes some minutes and 3 GB ..."
    if complaint=$("$PYTHON" -m venv .venv 2>&1); then return; fi
    case $complaint in
        *ensurepip* | *"No module named"*) fail "This Python ($PYTHON) lacks its venv module or pip: install them" \
            "(Debian and Ubuntu: apt-get install python3-venv) and start again." ;;
        *) fail "$PYTHON could not make .venv in $PWD: $(printf '%s\n' "$complaint" | tail -n 1)" ;;
    esac
}

pip_install() {
    local word name rest
    .venv/bin/python -m pip install --disable-pip-version-check --no-input --progress-bar off -r "$1" 2>&1 | tee $LOG |
        while read -r word name rest; do
            case $word in
                Collecting) say "  $name" ;;
                Installing) say "Unpacking ..." ;;
            esac
        done
}

why_pip_failed() {
    if grep -q 'No space left' $LOG; then
        say "The disk of $PWD is full: free 4 GB and start again"
    elif grep -qE 'Connection|Timeout|Max retries|ProxyError|SSLError|unreachable|name resolution' $LOG; then
        say "pip could not reach the package index: check the network or the proxy and start again"
    else
        say "pip could not install $1: $(grep '^ERROR' $LOG | tail -n 1)"
    fi
}
