#!/bin/bash
# influx: the one command that the health check uses.
[ "$1" = ping ] || { echo "only influx ping is here" >&2; exit 1; }
exec curl -fsS -o /dev/null http://127.0.0.1:8086/health
