#!/bin/sh
# Makes the assistants of a campaign, or one remote agent, take the dialler's calls, or stop taking them.
#
#   CORDBOARD_URL=https://cordboard.example CORDBOARD_TOKEN=... agents.sh start campaign TEST1
#   CORDBOARD_URL=https://cordboard.example CORDBOARD_TOKEN=... agents.sh stop user 1001
#
# The token is one of the API that may control calls. It stands in the environment, and reaches curl over its standard input: no list
# of processes shows it.
set -eu

fail() { echo "agents.sh: $1" >&2; exit 2; }

[ $# -eq 3 ] || fail "it takes start or stop, campaign or user, and the id"
case $1 in start) what=enable ;; stop) what=disable ;; *) fail "$1 is neither start nor stop" ;; esac
case $2 in campaign) by=ByCampaignId field=campaign_id ;; user) by=ByUserId field=user_id ;; *) fail "$2 is neither campaign nor user" ;; esac
case $3 in *[!A-Za-z0-9_-]* | '') fail "an id is letters, digits, _ and -" ;; esac
: "${CORDBOARD_URL:?set it to the address of the server}" "${CORDBOARD_TOKEN:?set it to a token of the API}"

printf 'header = "Authorization: Bearer %s"\n' "$CORDBOARD_TOKEN" |
    curl --config - --fail-with-body --silent --show-error --max-time 30 \
        -H 'Content-Type: application/json' -d "{\"$field\": \"$3\"}" \
        "$CORDBOARD_URL/api/v1/osdial/${what}Agent$by"
echo
