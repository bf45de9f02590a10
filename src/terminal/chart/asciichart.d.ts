// The part of asciichart that plot-grid.ts uses; the package has no types.
declare module 'asciichart' {
  export function plot(
    series: readonly (readonly number[])[],
    config: {
      readonly min: number;
      readonly max: number;
      readonly height: number;
      readonly offset: number;
      readonly symbols: readonly string[];
      readonly format: (value: number) => string;
    },
  ): string;
}
