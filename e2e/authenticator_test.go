package e2e

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/paycode/paycode/client"
	"github.com/paycode/paycode/wallet"
	"github.com/pquerna/otp"
)

// TestAuthenticatorAtTheCounter pays with no wallet at all: the customer says two
// numbers, the second made by somebody else's program.
func TestAuthenticatorAtTheCounter(t *testing.T) {
	w := newWorld(t)
	app, err := wallet.EnrolApp(t.Context(), nil, wallet.Enrolment{Link: w.ticket(), Name: "app"})
	must(t, err)
	key, err := otp.NewKeyFromURL(app.URI)
	must(t, err)
	shows := func() string {
		out, err := exec.Command("oathtool", "--totp", "--base32", key.Secret()).Output()
		if err != nil {
			t.Fatalf("oathtool (.ci/install installs it): %v", err)
		}
		return strings.TrimSpace(string(out))
	}

	till := w.connect(w.browser().tab())
	digits := shows()
	till.byHand("6.50", app.MemberNo+" "+digits) // as it is heard: the page writes it as it must be
	till.outcome("paid", "6.50")
	till.next()
	till.byHand("1.00", app.MemberNo+"."+digits)
	till.refused("code_used", "already used")
	till.next()
	sold := w.sold(client.Succeeded)
	if len(sold) != 1 || sold[0].Method != "authenticator" {
		t.Errorf("sold %+v, want one by authenticator", sold)
	}
	w.balanced(purse - 6_50)
}
