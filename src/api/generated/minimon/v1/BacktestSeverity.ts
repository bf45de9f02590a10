// Original file: minimon/v1/analyze.proto

export const BacktestSeverity = {
  BACKTEST_SEVERITY_UNSPECIFIED: 'BACKTEST_SEVERITY_UNSPECIFIED',
  BACKTEST_SEVERITY_INFO: 'BACKTEST_SEVERITY_INFO',
  BACKTEST_SEVERITY_WARNING: 'BACKTEST_SEVERITY_WARNING',
  BACKTEST_SEVERITY_CRITICAL: 'BACKTEST_SEVERITY_CRITICAL',
} as const;

export type BacktestSeverity =
  | 'BACKTEST_SEVERITY_UNSPECIFIED'
  | 0
  | 'BACKTEST_SEVERITY_INFO'
  | 1
  | 'BACKTEST_SEVERITY_WARNING'
  | 2
  | 'BACKTEST_SEVERITY_CRITICAL'
  | 3

export type BacktestSeverity__Output = typeof BacktestSeverity[keyof typeof BacktestSeverity]
