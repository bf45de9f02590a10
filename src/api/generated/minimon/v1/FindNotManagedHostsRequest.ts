// Original file: minimon/v1/manage.proto


export interface FindNotManagedHostsRequest {
}

export interface FindNotManagedHostsRequest__Output {
}
