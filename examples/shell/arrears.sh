#!/bin/sh
# What an application meets when nobody pays, told with curl and redis-cli.
#   npx frostgate exec -- sh examples/shell/arrears.sh
set -eu

api() { # METHOD PATH [JSON]
  curl -sSf -X "$1" "$FROSTGATE_URL/v1$2" \
    -H "authorization: Bearer ${FROSTGATE_TOKEN:-}" \
    -H 'content-type: application/json' ${3:+-d "$3"} > /dev/null
}
redis() { redis-cli -u "$REDIS_URL" "$@"; }

echo "active:  $(redis set greeting hello)"
api PUT /accounts/default/balance '{"balance":0}'
api POST /clock/advance '{"by":"26h"}'
echo "frozen:  $(redis get greeting), $(redis set greeting x 2>&1)"
api POST /accounts/default/top-up '{"amount":100}'
echo "paid:    $(redis set greeting back)"
