#!/bin/bash
# kafka: starts a broker with a properties file and --override, as the script of the distribution does.
set -e
config=/opt/kafka/config
cat > $config/log4j.properties <<'END'
log4j.rootLogger=WARN, console
log4j.appender.console=org.apache.log4j.ConsoleAppender
log4j.appender.console.layout=org.apache.log4j.PatternLayout
log4j.appender.console.layout.ConversionPattern=%d %p %c: %m%n
log4j.logger.kafka.server.KafkaServer=INFO
END
cat > $config/log4j2.properties <<'END'
status=error
appender.console.type=Console
appender.console.name=console
appender.console.layout.type=PatternLayout
appender.console.layout.pattern=%d %p %c: %m%n
rootLogger.level=warn
rootLogger.appenderRef.console.ref=console
logger.ready.name=kafka.server.KafkaRaftServer
logger.ready.level=info
END
exec java ${KAFKA_HEAP_OPTS:--Xmx1G} -XX:+UseSerialGC -XX:TieredStopAtLevel=1 \
  "-Dlog4j.configuration=file:$config/log4j.properties" "-Dlog4j2.configurationFile=$config/log4j2.properties" \
  -cp '/opt/kafka/libs/*' kafka.Kafka "$@"
