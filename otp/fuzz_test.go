package otp

import (
	"testing"
	"time"

	pquerna "github.com/pquerna/otp"
)

func FuzzURI(f *testing.F) {
	f.Add("paycode", "1234567897", []byte(key20))
	f.Add("a:b", "c d+e", []byte{0})
	f.Fuzz(func(t *testing.T, issuer, account string, secret []byte) {
		uri := Key{Issuer: issuer, Account: account, Secret: secret, Digits: 6, Period: 30 * time.Second}.URI()
		read, err := pquerna.NewKeyFromURL(uri)
		if err != nil {
			t.Fatalf("%q: %v", uri, err)
		}
		if read.Issuer() != issuer || read.Digits() != pquerna.DigitsSix {
			t.Errorf("%q was read as issuer %q, want %q", uri, read.Issuer(), issuer)
		}
	})
}
