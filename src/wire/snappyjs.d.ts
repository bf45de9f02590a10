// What is used of snappyjs, which ships no types.
declare module 'snappyjs' {
  const snappy: {
    uncompress(bytes: Uint8Array, maxBytes: number): Uint8Array;
    compress(bytes: Uint8Array): Uint8Array;
  };
  export default snappy;
}
