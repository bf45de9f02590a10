// Original file: minimon/v1/manage.proto


export interface RemoveReceiverResponse {
}

export interface RemoveReceiverResponse__Output {
}
