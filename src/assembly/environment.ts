// The process's surroundings as one value. The only reader of process.env.

export type Environment = Readonly<Record<string, string | undefined>>;

export const readEnvironment = (): Environment => ({ ...process.env });
