package api

import (
	"context"
	"net/http"

	"github.com/paycode/paycode/access"
	"github.com/paycode/paycode/ids"
)

// WeChat is what a till that speaks WeChat Pay is to be set up with.
type WeChat struct {
	MchID string `json:"mch_id" doc:"the merchant's number: his id" example:"mer_01jfja0yrcfgzrmq9f3r69q2kp"`
	AppID string `json:"appid" doc:"the number of his app" example:"wx0123456789abcdef"`
}

type (
	weChatInput struct {
		ID   ids.Merchant `path:"id" doc:"the merchant"`
		Body struct {
			APIKey string `json:"api_key" minLength:"32" maxLength:"32" pattern:"^[0-9A-Za-z]*$" doc:"the secret with which his tills sign: 32 letters and digits, in the place of any before"`
		}
	}
	weChatOutput struct{ Body WeChat }
)

func (a *API) weChatCalls() {
	register(a, route{method: "POST", path: "/v1/merchants/{id}/wechat", id: "set-wechat", tag: "Operator", role: access.RoleOperator, status: http.StatusOK,
		summary: "Let a merchant's tills speak WeChat Pay", about: "With this key and no other from now on; at once. Such a till calls `/pay/micropay` and the like at this server.",
		codes: []Code{NotFound}}, a.setWeChat)
}

func (a *API) setWeChat(ctx context.Context, in *weChatInput) (*weChatOutput, error) {
	if err := a.Access.SetWeChatKey(ctx, in.ID, in.Body.APIKey); err != nil {
		return nil, err
	}
	return &weChatOutput{WeChat{in.ID.String(), access.WeChatAppID(in.ID)}}, nil
}
