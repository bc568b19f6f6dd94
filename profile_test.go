package paycode_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/paycode/paycode"
)

func TestValidate(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*paycode.Profile)
		wrong  string // part of the error; "" if the profile is good
	}{
		{"default", func(p *paycode.Profile) {}, ""},
		{"16 digits", func(p *paycode.Profile) { p.AliasDigits = 7 }, ""},
		{"24 digits", func(p *paycode.Profile) { p.AliasDigits, p.OTPDigits = 11, 10 }, ""},
		{"15 digits", func(p *paycode.Profile) { p.AliasDigits = 6 }, "total digits"},
		{"25 digits", func(p *paycode.Profile) { p.AliasDigits, p.OTPDigits = 12, 10 }, "total digits"},
		{"alias too narrow", func(p *paycode.Profile) { p.AliasDigits, p.OTPDigits = 5, 10 }, "alias_digits"},
		{"alias wider than the MAC's field", func(p *paycode.Profile) { p.AliasDigits = 13 }, "alias_digits"},
		{"otp too narrow", func(p *paycode.Profile) { p.AliasDigits, p.OTPDigits = 10, 5 }, "otp_digits"},
		{"otp too wide", func(p *paycode.Profile) { p.AliasDigits, p.OTPDigits = 6, 13 }, "otp_digits"},
		{"no prefix", func(p *paycode.Profile) { p.Prefix = "" }, "prefix"},
		{"prefix of one digit", func(p *paycode.Profile) { p.Prefix = "7" }, "prefix"},
		{"prefix of three digits", func(p *paycode.Profile) { p.Prefix = "700" }, "prefix"},
		{"prefix of letters", func(p *paycode.Profile) { p.Prefix = "PC" }, "prefix"},
		{"online prefix of letters", func(p *paycode.Profile) { p.OnlinePrefix = "7o" }, "prefix"},
		{"prefixes alike", func(p *paycode.Profile) { p.OnlinePrefix = "70" }, "differ"},
		{"no period", func(p *paycode.Profile) { p.PeriodSeconds = 0 }, "period_s"},
		{"period of a day", func(p *paycode.Profile) { p.PeriodSeconds = 86400 }, "period_s"},
		{"no skew", func(p *paycode.Profile) { p.Skew = 0 }, ""},
		{"skew 2", func(p *paycode.Profile) { p.Skew = 2 }, ""},
		{"negative skew", func(p *paycode.Profile) { p.Skew = -1 }, "skew"},
		{"more skew than the burn map remembers", func(p *paycode.Profile) { p.Skew = 3 }, "skew"},
		{"seeds that live for less than a window", func(p *paycode.Profile) { p.SeedTTLSeconds = 59 }, "seed_ttl"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := paycode.DefaultProfile()
			c.change(&p)
			switch err := p.Validate(); {
			case c.wrong == "" && err != nil:
				t.Errorf("refused: %v", err)
			case c.wrong != "" && (err == nil || !strings.Contains(err.Error(), c.wrong)):
				t.Errorf("error %v, want one that says %q", err, c.wrong)
			}
		})
	}
}

func TestProfileTravelsAsJSON(t *testing.T) {
	const wire = `{"prefix":"70","online_prefix":"71","alias_digits":9,"otp_digits":6,"period_s":60,"skew":1,"seed_ttl":2592000}`
	got, err := json.Marshal(paycode.DefaultProfile())
	if err != nil || string(got) != wire {
		t.Errorf("got %s, %v", got, err)
	}
	var p paycode.Profile
	if err := json.Unmarshal([]byte(wire), &p); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(paycode.DefaultProfile(), p); diff != "" {
		t.Errorf("profile (-want +got)\n%s", diff)
	}
}
