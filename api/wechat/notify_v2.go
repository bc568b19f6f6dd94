package wechat

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/md5"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/paycode/paycode/access"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/payment"
	"github.com/paycode/paycode/webhook"
)

// FormV2 names NotifyV2.
const FormV2 = "wechat-v2"

// APIKeys answers the key of version 2. access.Service implements it.
type APIKeys interface {
	WeChatKey(ctx context.Context, merchant ids.Merchant) (string, error)
}

// NotifyV2 is how a merchant is told at a notify_url of version 2 that a refund was made: XML,
// with the refund encrypted under his API key, and no signature, as that version has it. It implements
// webhook.Form and webhook.Notice. Keys is needed.
type NotifyV2 struct{ Keys APIKeys }

// keptV2 is what is kept with a delivery.
type keptV2 struct {
	Merchant ids.Merchant `json:"merchant"`
	Refund   fields       `json:"refund"`
}

// Number implements webhook.Notice.
func (NotifyV2) Number(e payment.Event, s webhook.Subject) string {
	if e.Kind == payment.EventRefunded && s.Refund != nil {
		return noticeOfRefund(s.Refund.RefundNo)
	}
	return ""
}

// Body implements webhook.Notice.
func (NotifyV2) Body(_ context.Context, _ payment.Event, s webhook.Subject) ([]byte, error) {
	p, r := s.Payment, s.Refund
	total, part := strconv.FormatInt(p.Amount.Minor, 10), strconv.FormatInt(r.Amount.Minor, 10)
	return json.Marshal(keptV2{p.Merchant, fields{
		"transaction_id": p.ID.String(), "out_trade_no": p.OrderNo, "refund_id": r.ID.String(), "out_refund_no": r.RefundNo,
		"total_fee": total, "settlement_total_fee": total, "refund_fee": part, "settlement_refund_fee": part,
		"refund_status": "SUCCESS", "success_time": r.CreatedAt.In(beijing).Format("2006-01-02 15:04:05"),
		"refund_recv_accout": receiver, "refund_account": "REFUND_SOURCE_UNSETTLED_FUNDS", "refund_request_source": "API",
	}})
}

// Request implements webhook.Form.
func (n NotifyV2) Request(ctx context.Context, j webhook.Job, _ time.Time) (http.Header, []byte, error) {
	var k keptV2
	if err := json.Unmarshal(j.Body, &k); err != nil {
		return nil, nil, err
	}
	key, err := n.Keys.WeChatKey(ctx, k.Merchant)
	if err != nil {
		return nil, nil, err
	}
	return http.Header{"Content-Type": {"text/xml; charset=utf-8"}}, format(fields{
		"return_code": "SUCCESS", "appid": access.WeChatAppID(k.Merchant), "mch_id": k.Merchant.String(), "nonce_str": rand.Text(),
		"req_info": base64.StdEncoding.EncodeToString(encryptV2(key, formatIn("root", k.Refund))),
	}), nil
}

// Outcome implements webhook.Form.
func (NotifyV2) Outcome(status int, body []byte) webhook.Outcome {
	if said, err := parse(body); err == nil && status == http.StatusOK && said["return_code"] == "SUCCESS" {
		return webhook.Received
	}
	return webhook.Again
}

// Schedule implements webhook.Form.
func (NotifyV2) Schedule() []time.Duration { return Notify{}.Schedule() }

// encryptV2 is AES-256-ECB with PKCS #7, under the MD5 of the API key in hexadecimal: what
// version 2 knows. Equal blocks show as equal; what is kept from others here is no secret of ours.
func encryptV2(apiKey string, text []byte) []byte {
	sum := md5.Sum([]byte(apiKey))
	block, err := aes.NewCipher([]byte(hex.EncodeToString(sum[:])))
	if err != nil {
		panic(err) // 32 characters
	}
	pad := aes.BlockSize - len(text)%aes.BlockSize
	out := append(bytes.Clone(text), bytes.Repeat([]byte{byte(pad)}, pad)...)
	for at := 0; at < len(out); at += aes.BlockSize {
		block.Encrypt(out[at:], out[at:])
	}
	return out
}
