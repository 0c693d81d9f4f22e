#!/usr/bin/env bash
# Builds everything and runs every test. What tests need beyond the .NET SDK (a browser, PostgreSQL, Node) is installed where it is missing.
# The last line is "N passed, N failed, N skipped"; the exit code is 0 only when nothing failed.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 NO_COLOR=1
configuration=${CONFIGURATION:-Release}

install_missing() {
    local missing=()
    command -v chromium >/dev/null || missing+=(chromium)
    command -v node >/dev/null || missing+=(nodejs npm)
    command -v openssl >/dev/null || missing+=(openssl)
    command -v cc >/dev/null || missing+=(gcc libc6-dev)
    compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || missing+=(postgresql)
    [ ${#missing[@]} -gt 0 ] || return 0
    local as=()
    [ "$(id -u)" = 0 ] || as=(sudo -n)
    echo "Installing ${missing[*]} for the tests."
    { "${as[@]}" apt-get update -qq && DEBIAN_FRONTEND=noninteractive "${as[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}"; } >/dev/null 2>&1 ||
        echo "They could not be installed: the tests that need them skip themselves, and say so."
}

install_missing

# A second opinion on what the program writes. The tests that need it skip themselves where this fails.
[ -d tests/node/node_modules ] || (cd tests/node && npm ci --no-audit --no-fund --loglevel=error) || echo "tests/node could not be installed."

# One compiler for all projects: the analyzers are loaded once, which halves the time.
if ! dotnet build Auditor.sln --configuration "$configuration" --verbosity quiet -warnaserror -p:UseSharedCompilation=true; then
    echo "The build failed."
    echo "0 passed, 1 failed, 0 skipped"
    exit 1
fi

# The program starts its host through this; a package of the SDK may lie elsewhere than the default.
DOTNET_ROOT=${DOTNET_ROOT:-$(dirname "$(readlink -f "$(command -v dotnet)")")}
export DOTNET_ROOT
passed=0 failed=0 skipped=0
output=$(mktemp) patient_output=$(mktemp)
trap 'rm -f "$output" "$patient_output"' EXIT
run_tests() { "artifacts/bin/$1/${configuration,,}/$1" -noColor -noLogo; }

# The faults of live sources take their time by the clock, not by the processor: they run beside everything else, and are told last.
patient=Auditor.Collectors.Tests
run_tests "$patient" >"$patient_output" 2>&1 &
patient_process=$!
for name in $(basename -a tests/*.Tests | grep -vx "$patient") "$patient"; do
    echo "== $name"
    if [ "$name" = "$patient" ]; then
        wait "$patient_process"
        code=$?
        cp "$patient_output" "$output"
    else
        run_tests "$name" >"$output" 2>&1
        code=$?
    fi

    grep -vE '^ *(Discovering|Discovered|Starting|Finished):' "$output"
    if [[ $(grep -E '^ +'"$name"' +Total: ' "$output" | tail -n 1) =~ Total:\ ([0-9]+),\ Errors:\ ([0-9]+),\ Failed:\ ([0-9]+),\ Skipped:\ ([0-9]+),\ Not\ Run:\ ([0-9]+) ]]; then
        total=${BASH_REMATCH[1]} wrong=$((BASH_REMATCH[2] + BASH_REMATCH[3])) skip=$((BASH_REMATCH[4] + BASH_REMATCH[5]))
        [ "$total" -gt 0 ] || wrong=1
        [ "$code" -eq 0 ] || [ "$wrong" -gt 0 ] || wrong=1
        passed=$((passed + total - BASH_REMATCH[2] - BASH_REMATCH[3] - BASH_REMATCH[4] - BASH_REMATCH[5]))
        failed=$((failed + wrong)) skipped=$((skipped + skip))
    else
        echo "$name ended with exit code $code and without a summary."
        failed=$((failed + 1))
    fi
done

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
