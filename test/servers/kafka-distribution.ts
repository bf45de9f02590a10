// Fetches Kafka (and the ZooKeeper that comes with 3.9) from Maven and says how to run their Java classes.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { provisionOnce } from './cache.ts';
import { requireTools, run } from './command.ts';

/** 4.1.1 runs by itself (KRaft), 3.9.1 on ZooKeeper. */
export type KafkaVersion = '4.1.1' | '3.9.1';

const LOGGING: Readonly<Record<KafkaVersion, string>> = {
  '4.1.1': 'org.apache.logging.log4j:log4j-slf4j-impl:2.24.3',
  '3.9.1': 'org.slf4j:slf4j-reload4j:1.7.36',
};

/** The folder whose `lib` is the class path. About half a minute the first time. */
export async function ensureKafka(version: KafkaVersion): Promise<string> {
  return provisionOnce({
    name: `kafka-${version}`,
    async build(draft) {
      await requireTools(`Kafka ${version}`, ['mvn', 'java']);
      writeFileSync(
        join(draft, 'pom.xml'),
        pom([`org.apache.kafka:kafka_2.13:${version}`, LOGGING[version]]),
      );
      const copy = ['dependency:copy-dependencies', '-DoutputDirectory=lib', '-DincludeScope=runtime'];
      await run(['mvn', '-B', '-q', ...copy], { cwd: draft });
      rmSync(join(draft, 'pom.xml'));
    },
  });
}

const pom = (dependencies: readonly string[]) => `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>minimon.test</groupId>
  <artifactId>servers</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
${dependencies
  .map((dependency) => {
    const [group, artifact, version] = dependency.split(':');
    return `    <dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`;
  })
  .join('\n')}
  </dependencies>
</project>
`;
