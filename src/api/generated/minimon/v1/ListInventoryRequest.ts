// Original file: minimon/v1/manage.proto


export interface ListInventoryRequest {
}

export interface ListInventoryRequest__Output {
}
