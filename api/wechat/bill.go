package wechat

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"time"

	"github.com/paycode/paycode/access"
	"github.com/paycode/paycode/field"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/payment"
	"github.com/paycode/paycode/statement"
)

// History lists what moved a merchant's account. A Store implements it.
type History interface {
	// Movements answers what moved a merchant's account at or after from and before to.
	Movements(ctx context.Context, merchant ids.Merchant, from, to time.Time) iter.Seq2[payment.Movement, error]
}

// noBill is for a day whose bill is not there yet.
var noBill = &refusal{"NO_STATEMENT_EXIST", "No Bill Exist (the day is not over)"}

// bill is the trade bill of a day, whole: so that what is sent is whole, or a refusal. Its bytes are the same
// each time, because nothing moves on a day that is over.
func (c *Calls) bill(ctx context.Context, merchant ids.Merchant, layout, day, kind string) ([]byte, error) {
	d, err := time.Parse(layout, day)
	if err != nil {
		return nil, field.Wrong("bill_date", "must be a day as %s", layout)
	}
	if kind != "" && kind != "ALL" {
		return nil, field.Wrong("bill_type", "must be ALL")
	}
	from, to, err := statement.Day(d.Format(time.DateOnly), c.Zone)
	if err != nil {
		return nil, field.Wrong("bill_date", "%v", err)
	}
	if to.After(c.Now()) {
		return nil, noBill
	}
	m, err := c.Merchants.Merchant(ctx, merchant)
	if err != nil {
		return nil, err
	}
	var whole bytes.Buffer
	of := statement.Account{Merchant: m.ID, Currency: m.Currency, AppID: access.WeChatAppID(m.ID)}
	err = statement.WeChat(&whole, of, from, c.History.Movements(ctx, m.ID, from, to))
	return whole.Bytes(), err
}

// packed is a bill as tar_type asks for it.
func packed(bill []byte, how string) ([]byte, error) {
	switch how {
	case "":
		return bill, nil
	case "GZIP":
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, err := z.Write(bill)
		err = errors.Join(err, z.Close())
		return b.Bytes(), err
	}
	return nil, field.Wrong("tar_type", "must be GZIP")
}

// downloadbill answers a bill in version 2: the text itself, or XML that says why not. Neither is signed there.
func (c *Calls) downloadbill(w http.ResponseWriter, r *http.Request) {
	in, merchant, _, ok := c.begin(w, r)
	if !ok {
		return
	}
	bill, err := c.billOf(r.Context(), merchant, in)
	if err != nil {
		var none *refusal
		told, number := c.refused(err), "20001"
		if errors.As(err, &none) && none == noBill {
			number = "20002"
		}
		write(w, fields{"return_code": "FAIL", "return_msg": told["err_code_des"], "error_code": number})
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Write(bill)
}

func (c *Calls) billOf(ctx context.Context, m ids.Merchant, in fields) ([]byte, error) {
	if err := known(m, in); err != nil {
		return nil, err
	}
	bill, err := c.bill(ctx, m, "20060102", in["bill_date"], in["bill_type"])
	if err != nil {
		return nil, err
	}
	return packed(bill, in["tar_type"])
}

// billPath is where bills of version 3 are fetched, by a call that is signed like any other.
const billPath = "/v3/billdownload/file"

// tradebill answers where a bill is, and its hash.
func (c *Calls) tradebill(ctx context.Context, s signed) (any, error) {
	q := s.URL.Query()
	bill, err := c.bill(ctx, s.merchant, time.DateOnly, q.Get("bill_date"), q.Get("bill_type"))
	if err != nil {
		return nil, err
	}
	if _, err := packed(nil, q.Get("tar_type")); err != nil {
		return nil, err
	}
	sum := sha1.Sum(bill)
	at := url.Values{"bill_date": {q.Get("bill_date")}}
	if how := q.Get("tar_type"); how != "" {
		at.Set("tar_type", how)
	}
	return struct {
		Type string `json:"hash_type"`
		Hash string `json:"hash_value"`
		URL  string `json:"download_url"`
	}{"SHA1", hex.EncodeToString(sum[:]), c.Origin(s.Request) + billPath + "?" + at.Encode()}, nil
}

// file is an answer that is not JSON.
type file struct {
	name  string
	bytes []byte
}

// billFile answers a bill.
func (c *Calls) billFile(ctx context.Context, s signed) (any, error) {
	q := s.URL.Query()
	bill, err := c.bill(ctx, s.merchant, time.DateOnly, q.Get("bill_date"), "")
	if err != nil {
		return nil, err
	}
	name := fmt.Sprintf("bill-%s.csv", q.Get("bill_date"))
	if bill, err = packed(bill, q.Get("tar_type")); q.Get("tar_type") != "" {
		name += ".gz"
	}
	return file{name, bill}, err
}
