#!/bin/bash
# influxdb: the first start sets up organization, bucket and token on a port of its own, as the public image does.
set -e
data=/var/lib/influxdb2
export INFLUXD_BOLT_PATH=$data/influxd.bolt INFLUXD_SQLITE_PATH=$data/influxd.sqlite INFLUXD_ENGINE_PATH=$data/engine
if [ ! -f "$INFLUXD_BOLT_PATH" ]; then
  influxd --http-bind-address 127.0.0.1:9999 &
  for _ in $(seq 300); do curl -fs -o /dev/null http://127.0.0.1:9999/ready && break; sleep 0.2; done
  curl -fsS -o /dev/null http://127.0.0.1:9999/api/v2/setup -H 'content-type: application/json' -d "{
    \"username\": \"$DOCKER_INFLUXDB_INIT_USERNAME\", \"password\": \"$DOCKER_INFLUXDB_INIT_PASSWORD\",
    \"org\": \"$DOCKER_INFLUXDB_INIT_ORG\", \"bucket\": \"$DOCKER_INFLUXDB_INIT_BUCKET\",
    \"retentionPeriodSeconds\": $((${DOCKER_INFLUXDB_INIT_RETENTION%d} * 86400)),
    \"token\": \"$DOCKER_INFLUXDB_INIT_ADMIN_TOKEN\" }"
  kill -INT $! && wait $! || true
fi
exec influxd
