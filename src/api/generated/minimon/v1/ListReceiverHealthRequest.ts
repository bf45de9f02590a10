// Original file: minimon/v1/warn.proto


export interface ListReceiverHealthRequest {
}

export interface ListReceiverHealthRequest__Output {
}
