// Original file: minimon/v1/warn.proto


export interface ListRuleHealthRequest {
}

export interface ListRuleHealthRequest__Output {
}
