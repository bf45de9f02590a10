// Which broker leads what, so that a test kills the one that matters.
import { withAdmin } from '../bus/kafka-open.ts';
import type { KafkaCluster } from '../servers/kafka.ts';

/** Index of the broker in the cluster's addresses. */
export async function leaderOf(
  cluster: KafkaCluster,
  at: { readonly topic: string; readonly partition: number },
): Promise<number> {
  const { topics } = await withAdmin(cluster, (admin) => admin.fetchTopicMetadata({ topics: [at.topic] }));
  const { leader } = topics[0]!.partitions.find(({ partitionId }) => partitionId === at.partition)!;
  return cluster.nodeIds.indexOf(leader);
}

/** The broker that coordinates a group: the leader of the partition that holds its offsets. */
export const coordinatorOf = (cluster: KafkaCluster, group: string): Promise<number> =>
  // test/servers starts brokers with so many.
  leaderOf(cluster, { topic: '__consumer_offsets', partition: Math.abs(hashOf(group)) % 4 });

/** Java's hash of a string, by which Kafka places groups. */
const hashOf = (text: string) =>
  [...text].reduce((hash, char) => (Math.imul(31, hash) + char.charCodeAt(0)) | 0, 0);
