#!/bin/sh
# Leases a port for one call, for your own dialplan or program that tells its assistants apart by the port. Prints its host and number.
# The dialplan next to this file leases its own if CORDBOARD_OSDIAL_PORTS_HOST is set.
#
#   CORDBOARD_URL=https://cordboard.example CORDBOARD_TOKEN=... lease-port.sh [UUID [PROFILE]]
#
# UUID is what the AudioSocket will say; without one it may say any. The server needs `audiosocket.port_range`. The token is the dialplan's. It
# stands in the environment, and reaches curl over its standard input: no list of processes shows it.
set -eu

fail() { echo "lease-port.sh: $1" >&2; exit 2; }

[ $# -le 2 ] || fail "it takes a UUID and a profile at most"
case ${1-} in *[!0-9a-fA-F-]*) fail "a UUID is hexadecimal digits and -" ;; esac
case ${2-} in *[\"\\]*) fail "a profile is the name of one, without quotation marks and backslashes" ;; esac
: "${CORDBOARD_URL:?set it to the address of the server}" "${CORDBOARD_TOKEN:?set it to the dialplan's token}"

body=
[ -z "${1-}" ] || body="\"call_uuid\": \"$1\""
[ -z "${2-}" ] || body="$body${body:+, }\"profile\": \"$2\""
answer=$(printf 'header = "Authorization: Bearer %s"\n' "$CORDBOARD_TOKEN" |
    curl --config - --fail-with-body --silent --show-error --max-time 10 \
        -H 'Content-Type: application/json' -d "{$body}" "$CORDBOARD_URL/api/v1/audio-ports") || { echo "$answer" >&2; exit 1; }
host=$(printf '%s' "$answer" | sed -n 's/.*"host": *"\([^"]*\)".*/\1/p')
port=$(printf '%s' "$answer" | sed -n 's/.*"port": *\([0-9]*\).*/\1/p')
[ -n "$port" ] || fail "the answer names no port: $answer"
echo "$host $port"
