#!/usr/bin/env bash
# Builds IoTStream and runs all its tests. Arguments are passed on to `dotnet test`: ./test.sh --filter Name~Windows
# The last line sums up all test projects; the exit code says the same. With CI=true a missing peer is a failure, else its tests are skipped.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")" || exit 1

# No build process may outlive the run: whoever waits for the end of its output would wait for that process too.
export MSBUILDDISABLENODEREUSE=1 DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
# Debian puts mosquitto where only root's PATH looks.
export PATH="$PATH:/usr/sbin"

passed=0 failed=0 skipped=0

finish() {
    if ((passed + failed == 0)); then
        echo "No test ran."
        failed=1
    fi
    cat "$results/failures" 2>/dev/null
    echo "$passed passed, $failed failed, $skipped skipped"
    exit $((failed > 0))
}

has() { command -v "$1" >/dev/null 2>&1; }

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }

# npm's packages are kept outside of the repository.
node_folder="${XDG_CACHE_HOME:-$HOME/.cache}/iotstream-tests/node"
librdkafka="$node_folder/node_modules/node-rdkafka/build/deps/librdkafka.so.1"

install_peers() {
    local packages=()
    has mosquitto && has mosquitto_pub && has mosquitto_sub || packages+=(mosquitto mosquitto-clients)
    # Debian keeps the programs of the server where no PATH looks.
    has initdb || compgen -G "/usr/lib/postgresql/*/bin/initdb" >/dev/null || packages+=(postgresql)
    has influxd || packages+=(influxdb)
    # Neither does rabbitmq's.
    has rabbitmq-server || compgen -G "/usr/lib/rabbitmq/lib/*/sbin/rabbitmq-server" >/dev/null || packages+=(rabbitmq-server)
    has coap-client-openssl && has coap-server-openssl || packages+=(libcoap3-bin)
    /usr/bin/python3 -c 'import avro.schema' 2>/dev/null || packages+=(python3-avro)
    # What npm's node-rdkafka builds its librdkafka with.
    [ -e "$librdkafka" ] || ! has npm || packages+=(g++ make python3 libssl-dev libsasl2-dev zlib1g-dev libzstd-dev liblz4-dev libcurl4-openssl-dev)
    if ((${#packages[@]} == 0)); then return; fi
    if ! has apt-get || ! as_root true 2>/dev/null; then
        echo "${packages[*]} cannot be installed from here: install what is missing to run the tests that need it."
        return
    fi

    echo "Installing ${packages[*]}."
    # The packages would start servers; the tests start their own. Exit code 101 of this hook means "do not start".
    local hook=/usr/sbin/policy-rc.d added=
    if [ ! -e "$hook" ]; then
        printf '#!/bin/sh\nexit 101\n' | as_root tee "$hook" >/dev/null && as_root chmod +x "$hook" && added=$hook
    fi
    { as_root apt-get update && as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y --no-install-recommends "${packages[@]}"; } </dev/null >"$results/apt.log" 2>&1 ||
        { tail -n 20 "$results/apt.log"; echo "Installing ${packages[*]} failed."; }
    if [ -n "$added" ]; then as_root rm -f "$added"; fi
}

# npm's mqtt, coap, avsc, hyparquet and s3rver, and librdkafka as npm's node-rdkafka has it, which takes some minutes to build. Without them the tests that need them are skipped, or fail with CI=true, and
# say what is missing.
install_packages() {
    install_package mqtt@5.16.0 "$node_folder/node_modules/mqtt"
    install_package coap@1.5.0 "$node_folder/node_modules/coap"
    install_package avsc@5.7.9 "$node_folder/node_modules/avsc"
    install_package hyparquet@1.31.5 "$node_folder/node_modules/hyparquet"
    install_package s3rver@3.7.1 "$node_folder/node_modules/s3rver"
    install_package node-rdkafka@3.6.1 "$librdkafka"
    export NODE_PATH="${NODE_PATH:+$NODE_PATH:}$node_folder/node_modules"
}

install_package() {
    local package=$1 result=$2
    if [ -e "$result" ] || ! has node || ! has npm; then return; fi
    echo "Installing $package of npm."
    mkdir -p "$node_folder" && npm install --prefix "$node_folder" --no-audit --no-fund "$package" </dev/null >"$results/npm.log" 2>&1
    [ -e "$result" ] || { tail -n 20 "$results/npm.log"; echo "Installing $package of npm failed."; }
}

# Adds the counts of a results file to the totals. The file's own count of tests not executed leaves some out, so it is not used.
count() {
    local total executed succeeded
    read -r total executed succeeded < <(
        sed -n 's/.*<Counters total="\([0-9]*\)" executed="\([0-9]*\)" passed="\([0-9]*\)".*/\1 \2 \3/p' "$1" 2>/dev/null; echo
    )
    ((passed += ${succeeded:-0}, failed += ${executed:-0} - ${succeeded:-0}, skipped += ${total:-0} - ${executed:-0}))
}

# The tests of a results file that ended in a way, and the first line of why. The console does not tell why tests were skipped, and what it tells of failures is
# far from the end of the output, which is all that some readers get.
explain() {
    sed -n -e "/outcome=\"$2\"/,/<\/UnitTestResult>/ {" \
        -e "s/.*testName=\"\([^\"]*\)\".*/  $3 \1/; t entities" -e 's/.*<Message>\([^<]*\).*/    \1/; t entities' -e 'd' \
        -e ': entities' -e 's/&quot;/"/g; s/&lt;/</g; s/&gt;/>/g; s/&#x[AD];//g; s/&amp;/\&/g; p' -e '}' "$1" 2>/dev/null
}

run_project() {
    local project=$1 name before=$failed code
    shift
    name=$(basename "$project" .csproj)
    echo "== $name"
    # A test that hangs is named and ended rather than waited for.
    dotnet test "${project%/*}/bin/Release/net10.0/$name.dll" --nologo --results-directory "$results" --logger "trx;LogFileName=$name.trx" \
        --blame-hang-timeout 10m --blame-hang-dump-type none "$@" </dev/null
    code=$?
    count "$results/$name.trx"
    explain "$results/$name.trx" NotExecuted Skipped
    explain "$results/$name.trx" Failed "$name: failed" >>"$results/failures"
    if ((code != 0 && failed == before)); then
        echo "$name ended with exit code $code although no test is reported as failed: its test host crashed or did not start."
        ((failed++))
    fi
}

results=$(mktemp -d) || { failed=1; finish; }
trap 'rm -rf "$results"' EXIT

if ! has dotnet; then
    echo "The .NET 10 SDK is missing: there is no dotnet on the PATH."
    failed=1
    finish
fi

install_peers
install_packages
if ! dotnet build IoTStream.sln -c Release </dev/null; then
    echo "The build failed."
    failed=1
    finish
fi

for project in tests/*/*.csproj; do
    grep -q '<IsTestProject>false' "$project" || run_project "$project" "$@"
done
finish
