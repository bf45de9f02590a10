// Original file: minimon/v1/manage.proto


export interface ListRulesRequest {
}

export interface ListRulesRequest__Output {
}
