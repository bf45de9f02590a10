#!/bin/bash
# kafka: properties from KAFKA_*, as the public image makes them, a formatted folder, then the broker.
set -e
properties=/opt/kafka/config/server.properties
env | while IFS='=' read -r name value; do
  case $name in
    KAFKA_HEAP_OPTS | KAFKA_OPTS | KAFKA_VERSION) ;;
    KAFKA_*) key=${name#KAFKA_} && key=${key,,} && echo "${key//_/.}=$value" ;;
  esac
done > $properties
java -Xmx256m -cp '/opt/kafka/libs/*' kafka.tools.StorageTool format --ignore-formatted -t "$CLUSTER_ID" -c $properties
exec /opt/kafka/bin/kafka-server-start.sh $properties
