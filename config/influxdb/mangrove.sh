#!/bin/bash
# Runs once, in the container, when InfluxDB 2 makes its data folder. InfluxQL asks for a database and a retention policy:
# the mapping says which bucket that is. The two logins are of the 1.x API, since their passwords can be given beforehand,
# while a token of 2.x is known only after it was made; they may use this bucket and nothing else.
set -euo pipefail

secrets="${MANGROVE_SECRETS:-/run/secrets}"
bucket="$DOCKER_INFLUXDB_INIT_BUCKET_ID"
org="$DOCKER_INFLUXDB_INIT_ORG"

influx v1 dbrp create --org "$org" --bucket-id "$bucket" --db "$DOCKER_INFLUXDB_INIT_BUCKET" --rp autogen --default >/dev/null

influx v1 auth create --org "$org" --username collector --password "$(<"$secrets/influxdb-collector")" \
    --read-bucket "$bucket" --write-bucket "$bucket" >/dev/null

login="$(<"$secrets/influxdb-grafana")" # user:password, as the header of Grafana's data source has it
influx v1 auth create --org "$org" --username "${login%%:*}" --password "${login#*:}" --read-bucket "$bucket" >/dev/null
