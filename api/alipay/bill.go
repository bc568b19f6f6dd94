package alipay

import (
	"bytes"
	"context"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"net/http"
	"time"

	"github.com/paycode/paycode/access"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/statement"
)

// billPath is where bills are fetched: by whoever has the address, while it is good.
const billPath = "/v3/alipay/bill/"

// billFor is how long the address of a bill is good.
const billFor = 5 * time.Minute

// bill answers the address of a day's bill:
// alipay.data.dataservice.bill.downloadurl.query.
func (g *Gateway) bill(_ context.Context, m access.Merchant, b business) (answer, error) {
	if b.BillType != "trade" {
		return answer{}, failed("TYPE_NOT_SUPPORTED", "bill_type must be trade")
	}
	from, to, err := statement.Day(b.BillDate, g.Zone)
	switch {
	case err != nil:
		return answer{}, failed("INVAILID_ARGUMENTS", "bill_date must be a day as yyyy-MM-dd")
	case to.After(g.Now()):
		return answer{}, failed("BILL_NOT_EXIST", "the day is not over")
	}
	return answer{result: success, BillDownloadURL: b.origin + billPath + g.billToken(m.ID, from, g.Now().Add(billFor))}, nil
}

// The token in a bill's address: whose bill, the second in which its day begins, the second
// until which it is good, and half of an HMAC-SHA-256 of that. Nothing is kept of it.
const (
	tokenText = 16 + 8 + 8
	tokenMAC  = 16
)

func (g *Gateway) billToken(m ids.Merchant, day, until time.Time) string {
	token := binary.BigEndian.AppendUint64(m[:], uint64(day.Unix()))
	token = binary.BigEndian.AppendUint64(token, uint64(until.Unix()))
	return base64.RawURLEncoding.EncodeToString(append(token, g.billMAC(token)...))
}

// billMAC is by a key that every server derives from the platform's.
func (g *Gateway) billMAC(text []byte) []byte {
	key, err := hkdf.Key(sha256.New, g.Platform.Key.D.Bytes(), nil, "paycode/alipay/bill/v1", sha256.Size)
	if err != nil {
		panic(err) // only for a length that is too long
	}
	h := hmac.New(sha256.New, key)
	h.Write(text)
	return h.Sum(nil)[:tokenMAC]
}

// parseBillToken reads what billToken made and is still good.
func (g *Gateway) parseBillToken(text string) (m ids.Merchant, day time.Time, ok bool) {
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(b) != tokenText+tokenMAC || !hmac.Equal(g.billMAC(b[:tokenText]), b[tokenText:]) {
		return m, day, false
	}
	until := time.Unix(int64(binary.BigEndian.Uint64(b[24:])), 0)
	copy(m[:], b)
	return m, time.Unix(int64(binary.BigEndian.Uint64(b[16:])), 0).In(g.Zone), g.Now().Before(until)
}

// serveBill answers a bill.
func (g *Gateway) serveBill(w http.ResponseWriter, r *http.Request) {
	id, from, ok := g.parseBillToken(r.PathValue("token"))
	if !ok {
		http.Error(w, "The address is not good any more: ask for another one.", http.StatusForbidden)
		return
	}
	whole, name, err := g.wholeBill(r.Context(), id, from)
	if err != nil {
		g.Log.Error("a bill was not written", "err", err)
		http.Error(w, "The bill cannot be written at present: try again.", http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "application/zip")
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="%s"`, name))
	whole.WriteTo(w)
}

// wholeBill is written before any of it is sent.
func (g *Gateway) wholeBill(ctx context.Context, id ids.Merchant, from time.Time) (whole bytes.Buffer, name string, err error) {
	m, err := g.Merchants.Merchant(ctx, id)
	if err != nil {
		return whole, "", err
	}
	of := statement.Account{Merchant: m.ID, Currency: m.Currency}
	err = statement.Alipay(&whole, of, from, g.Now(), g.History.Movements(ctx, m.ID, from, from.AddDate(0, 0, 1)))
	return whole, statement.AlipayFile(of, from), err
}
