package wechat

import (
	"errors"
	"net/http"

	"github.com/paycode/paycode/field"
)

// v3Words are the codes that version 3 spells otherwise, and their status in HTTP where it is not 400.
var v3Words = map[string]struct {
	code   string
	status int
}{
	"SYSTEMERROR":         {"SYSTEM_ERROR", http.StatusInternalServerError},
	"SIGNERROR":           {"SIGN_ERROR", http.StatusUnauthorized},
	"NOAUTH":              {"NO_AUTH", http.StatusForbidden},
	"NOTENOUGH":           {"NOT_ENOUGH", http.StatusForbidden},
	"RULELIMIT":           {"RULE_LIMIT", http.StatusForbidden},
	"TRADE_ERROR":         {"TRADE_ERROR", http.StatusForbidden},
	"OUT_TRADE_NO_USED":   {"OUT_TRADE_NO_USED", http.StatusForbidden},
	"ORDERNOTEXIST":       {"ORDER_NOT_EXIST", http.StatusNotFound},
	"REFUNDNOTEXIST":      {"RESOURCE_NOT_EXISTS", http.StatusNotFound},
	"ORDERREVERSED":       {"ORDER_CLOSED", http.StatusBadRequest},
	"REFUND_FEE_MISMATCH": {"INVALID_REQUEST", http.StatusBadRequest},
	"NO_STATEMENT_EXIST":  {"NO_STATEMENT_EXIST", http.StatusBadRequest},
	"LACK_PARAMS":         {"PARAM_ERROR", http.StatusBadRequest},
	"AUTHCODEEXPIRE":      {"AUTH_CODE_EXPIRE", http.StatusBadRequest},
}

// v3Fields are the fields that version 3 calls otherwise, as pointers into the body.
var v3Fields = map[string]string{
	"body": "/description", "auth_code": "/payer/auth_code", "total_fee": "/amount/total", "fee_type": "/amount/currency",
	"device_info": "/scene_info/device_id", "url": "/notify_url", "refund_fee": "/amount/refund", "refund_desc": "/reason",
}

// v3Refusal is what is answered with a status of 400 or more.
type v3Refusal struct {
	Code    string   `json:"code"`
	Message string   `json:"message"`
	Detail  *v3Wrong `json:"detail,omitempty"`
}

// v3Wrong says which field is wrong.
type v3Wrong struct {
	Field string `json:"field"`
	Issue string `json:"issue"`
}

// refusalV3 is what a till is told of an error, by the table of version 2; r is its entry there.
func refusalV3(err error) (status int, answer v3Refusal, r *refusal) {
	r, known := refusalOf(err)
	answer, status = v3Refusal{Code: r.code, Message: r.text}, http.StatusBadRequest
	if word, ok := v3Words[r.code]; ok {
		answer.Code, status = word.code, word.status
	}
	var wrong *field.Error
	if errors.As(err, &wrong) {
		name, ok := v3Fields[wrong.Field]
		if !ok {
			name = "/" + wrong.Field
		}
		answer.Message, answer.Detail = "参数错误 ("+name+" "+wrong.Problem+")", &v3Wrong{name, wrong.Problem}
	}
	if known {
		return status, answer, nil
	}
	return status, answer, r
}
