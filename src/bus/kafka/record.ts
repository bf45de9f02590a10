// A bus message as a Kafka message and back: empty key, explicit partition, two headers.
import type { KafkaMessage, Message } from 'kafkajs';
import { BUS_SCHEMA, type BusMessage, type BusRecord } from '../bus.ts';

export const toKafka = ({ partition, bytes, receivedMs }: BusMessage): Message => ({
  key: null,
  partition,
  value: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length),
  headers: { received_ms: String(receivedMs), schema: String(BUS_SCHEMA) },
});

/** A record that minimon did not write has no schema: 0, so that its reader puts it aside. */
export function fromKafka(partition: number, message: KafkaMessage): BusRecord {
  const schema = Number(String(message.headers?.['schema'] ?? ''));
  const receivedMs = Number(String(message.headers?.['received_ms'] ?? ''));
  return {
    partition,
    offset: Number(message.offset),
    bytes: message.value ?? new Uint8Array(0),
    schema: Number.isInteger(schema) ? schema : 0,
    receivedMs: Number.isFinite(receivedMs) && receivedMs > 0 ? receivedMs : Number(message.timestamp),
  };
}
