// Original file: minimon/v1/manage.proto


export interface RemoveRuleResponse {
}

export interface RemoveRuleResponse__Output {
}
