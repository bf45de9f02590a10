// The contract of the ingest listener: what other agents push to report.

const PRECISIONS = ['ns', 'us', 'ms', 's', 'm', 'h'] as const;
export type Precision = (typeof PRECISIONS)[number];

export type LineBody = {
  readonly body: Uint8Array;
  readonly precision: Precision;
  /** As the client names itself (User-Agent). */
  readonly client: string;
};

export type RemoteBody = {
  /** A WriteRequest, decompressed. Read before anything is waited for: its memory may be used again then. */
  readonly body: Uint8Array;
  readonly version: 1 | 2;
};

/** What of a request was not taken; all else is durable on the bus. */
export type PushAnswer = { readonly refused: number; readonly reason: string };

export type PushService = {
  /** Resolves when the bus has all that is not refused. BAD_REQUEST, TOO_LARGE, UNAVAILABLE for the request as a whole. */
  lineProtocol(request: LineBody): Promise<PushAnswer>;
};

/** What is left out by contract (stale markers, what is not mapped, histograms) counts as written. */
export type RemoteAnswer = PushAnswer & {
  readonly written: { readonly samples: number; readonly histograms: number; readonly exemplars: number };
};

export type RemoteWriteService = {
  /** As lineProtocol of {@link PushService}. */
  remoteWrite(request: RemoteBody): Promise<RemoteAnswer>;
};

export type OtlpBody = {
  /** An ExportMetricsServiceRequest, decompressed. */
  readonly body: Uint8Array;
  readonly isJson: boolean;
};

export type OtlpService = {
  /** As lineProtocol of {@link PushService}; what is refused are data points. */
  otlp(request: OtlpBody): Promise<PushAnswer>;
};

export const PUSH_LIMITS = {
  receivedBytes: 8 * 1024 * 1024,
  decodedBytes: 32 * 1024 * 1024,
  samples: 50_000,
} as const;
