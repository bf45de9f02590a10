#!/bin/bash
# zookeeper: a configuration from ZOO_*, as the public image makes it, then the server.
set -e
echo "$ZOO_MY_ID" > /data/myid
{
  echo dataDir=/data
  echo dataLogDir=/datalog
  echo "tickTime=${ZOO_TICK_TIME:-2000}"
  echo initLimit=5
  echo syncLimit=2
  echo autopurge.snapRetainCount=3
  echo "autopurge.purgeInterval=${ZOO_AUTOPURGE_PURGEINTERVAL:-0}"
  echo maxClientCnxns=60
  echo standaloneEnabled=true
  echo "admin.enableServer=${ZOO_ADMINSERVER_ENABLED:-true}"
  echo "4lw.commands.whitelist=${ZOO_4LW_COMMANDS_WHITELIST:-srvr}"
  for server in $ZOO_SERVERS; do echo "$server"; done
} > /conf/zoo.cfg
exec java "-Xmx${ZK_SERVER_HEAP:-1000}m" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 \
  -cp '/opt/kafka/libs/*' org.apache.zookeeper.server.quorum.QuorumPeerMain /conf/zoo.cfg
