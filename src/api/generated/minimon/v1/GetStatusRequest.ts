// Original file: minimon/v1/warn.proto


export interface GetStatusRequest {
}

export interface GetStatusRequest__Output {
}
