package pass

import (
	"crypto/ecdsa"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/money"
)

// Fund is at whose expense a ride is, until it is paid.
type Fund string

// The funds.
const (
	Balance Fund = "balance" // the payer's balance
	Credit  Fund = "credit"  // the payer's credit line
)

// Bounds of what a pass can say. They keep the text of a presentation within
// 331 characters, which a QR symbol of version 9 holds.
const (
	MaxProduct  = 16              // bytes of UTF-8
	MaxCapMinor = math.MaxUint32  // minor units
	maxAlias    = 999_999_999_999 // twelve digits
	firstTime   = 1 << 16         // seconds: times always take five bytes,
	lastTime    = math.MaxUint32  // until the year 2106
	maxPass     = 256             // bytes
)

// Pass is what the issuer says of a device.
type Pass struct {
	ID                 [8]byte          // random; what a deny list names
	Alias              paycode.Alias    // by which the server finds the device
	NotBefore, Expires time.Time        // good from NotBefore until before Expires; whole seconds
	DeviceKey          *ecdsa.PublicKey // P-256, with which the device signs its presentations
	Fund               Fund
	CapMinor           int64 // the most that one ride costs, in minor units of Currency
	Currency           money.Currency
	Product            string // what kind of pass it is; at most MaxProduct bytes, for people
}

// passClaims is the payload of a pass as it is written: registered claims of RFC
// 8392 and RFC 8747, and one for private use.
type passClaims struct {
	Subject   string // the alias in 12 digits
	Expires   uint32
	NotBefore uint32
	ID        [8]byte
	Key       coseKey
	Fund      uint8 // 0 balance, 1 credit
	CapMinor  uint32
	Currency  string
	Product   string
}

// Issue signs a pass. The same pass under the same key gives the same bytes. The
// error says what cannot be said in a pass, or comes from the key.
func Issue(key IssuerKey, p Pass) ([]byte, error) {
	claims, err := p.claims()
	if err != nil {
		return nil, err
	}
	return key.sign(asPass, claims.encode())
}

func (p Pass) claims() (c passClaims, err error) {
	key, err := compress(p.DeviceKey)
	if err != nil {
		return c, err
	}
	fund := map[Fund]uint8{Balance: 0, Credit: 1}
	if _, ok := fund[p.Fund]; !ok {
		return c, fmt.Errorf("pass: no fund %.16q", p.Fund)
	}
	exp, nbf := p.Expires.Unix(), p.NotBefore.Unix()
	switch {
	case p.Alias > maxAlias:
		return c, fmt.Errorf("pass: alias of more than 12 digits")
	case nbf < firstTime || exp > lastTime || nbf >= exp:
		return c, fmt.Errorf("pass: good from %d until %d", nbf, exp)
	case p.CapMinor < 0 || p.CapMinor > MaxCapMinor:
		return c, fmt.Errorf("pass: cap of %d", p.CapMinor)
	}
	c = passClaims{
		Subject: fmt.Sprintf("%012d", p.Alias), Expires: uint32(exp), NotBefore: uint32(nbf), ID: p.ID,
		Key: key, Fund: fund[p.Fund], CapMinor: uint32(p.CapMinor), Currency: string(p.Currency), Product: p.Product,
	}
	return c, c.check()
}

// check is what holds for the fields of every pass, written or read.
func (c passClaims) check() error {
	if len(c.Subject) != 12 || strings.Trim(c.Subject, "0123456789") != "" {
		return fmt.Errorf("pass: not an alias of 12 digits")
	}
	if c.NotBefore < firstTime || c.NotBefore >= c.Expires || c.Fund > 1 {
		return fmt.Errorf("pass: terms out of range")
	}
	if _, err := money.ParseCurrency(c.Currency); err != nil {
		return err
	}
	if len(c.Product) > MaxProduct || !printable(c.Product) {
		return fmt.Errorf("pass: product name of more than %d bytes, or not printable", MaxProduct)
	}
	return nil
}

// printable reports whether a page can show the text: no control characters.
func printable(s string) bool {
	for _, r := range s {
		if !unicode.IsPrint(r) {
			return false
		}
	}
	return utf8.ValidString(s)
}

// pass is the claims for those who use them. The claims were checked.
func (c passClaims) pass() (p Pass, err error) {
	key, err := c.Key.expand()
	if err != nil {
		return p, err
	}
	alias, err := strconv.ParseUint(c.Subject, 10, 64)
	return Pass{
		ID: c.ID, Alias: paycode.Alias(alias), NotBefore: seconds(c.NotBefore), Expires: seconds(c.Expires),
		DeviceKey: key, Fund: []Fund{Balance, Credit}[c.Fund], CapMinor: int64(c.CapMinor),
		Currency: money.Currency(c.Currency), Product: c.Product,
	}, err
}

func seconds(unix uint32) time.Time { return time.Unix(int64(unix), 0).UTC() }

// openPass takes a pass apart and checks its fields.
func openPass(b []byte) (issued[passClaims], error) {
	i, err := openIssued(b, maxPass, openPassClaims)
	if err == nil {
		err = i.claims.check()
	}
	return i, err
}
