#!/bin/sh
# Prints the SQL that creates remote agents, for an administrator of the dialler to run. It changes nothing itself.
#
#   register-agents.sh CAMPAIGN FIRST_USER LINES SERVER_IP EXTENSION [TABLE_PREFIX]
#   register-agents.sh TEST1 1001 20 10.0.0.5 8801 | mysql -u root osdial
#
# The agents are inactive: enable them on Cordboard's page or with agents.sh. Each line is a user of the dialler, FIRST_USER and the numbers
# after it; existing users stay as they are. More than 100 lines become several remote agents.
set -eu

fail() { echo "register-agents.sh: $1" >&2; exit 2; }

[ $# -eq 5 ] || [ $# -eq 6 ] || fail "it takes CAMPAIGN FIRST_USER LINES SERVER_IP EXTENSION [TABLE_PREFIX]"
campaign=$1 first=$2 lines=$3 server=$4 extension=$5 prefix=${6:-osdial_}

case $campaign in *[!A-Za-z0-9_-]* | '') fail "a campaign is letters, digits, _ and -" ;; esac
case $first in *[!0-9]* | '' | ? | 0*) fail "the first user is a number of two digits or more, without a zero before it" ;; esac
case $lines in *[!0-9]* | '' | 0*) fail "LINES is a number from 1 on" ;; esac
case $server in *[!0-9.]* | '') fail "SERVER_IP is the address that the dialler's own tables have for the server" ;; esac
case $extension in *[!0-9]* | '' | 87??????*) fail "EXTENSION is digits, and does not begin as the dialler's own IVR (87 and six more)" ;; esac
case $prefix in *[!A-Za-z0-9_]* | '') fail "TABLE_PREFIX is letters, digits and _" ;; esac
[ "${#first}" -le 9 ] || fail "the first user has at most 9 digits"
[ "$lines" -le 1000 ] || fail "at most 1000 lines at once"

user=$first last=$((first + lines - 1))
while [ "$user" -le "$last" ]; do
    # The password is one that nobody knows: nobody signs in with it.
    printf "INSERT INTO %susers (user, pass, full_name, user_level, user_group) SELECT '%s', LEFT(REPLACE(UUID(), '-', ''), 20), 'Assistant %s', 7, 'REMOTE' FROM DUAL WHERE NOT EXISTS (SELECT 1 FROM %susers WHERE user = '%s');\n" \
        "$prefix" "$user" "$user" "$prefix" "$user"
    user=$((user + 1))
done
user=$first
while [ "$user" -le "$last" ]; do
    group=$((last - user + 1))
    [ "$group" -le 100 ] || group=100
    printf "INSERT INTO %sremote_agents (user_start, number_of_lines, server_ip, conf_exten, status, campaign_id, closer_campaigns) SELECT '%s', %s, '%s', '%s', 'INACTIVE', '%s', ' -' FROM DUAL WHERE NOT EXISTS (SELECT 1 FROM %sremote_agents WHERE user_start = '%s' AND server_ip = '%s');\n" \
        "$prefix" "$user" "$group" "$server" "$extension" "$campaign" "$prefix" "$user" "$server"
    user=$((user + group))
done
