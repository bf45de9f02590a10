// Original file: minimon/v1/analyze.proto


export interface HostIds {
  'host_ids'?: (string)[];
}

export interface HostIds__Output {
  'host_ids': (string)[];
}
