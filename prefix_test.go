package paycode_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/paycode/paycode"
)

func TestKnownPrefixes(t *testing.T) {
	all := paycode.KnownPrefixes()
	for i, k := range all {
		if len(k.From) != 2 || len(k.To) != 2 || k.From > k.To || k.Least > k.Most || k.System == "" || k.Source == "" {
			t.Errorf("%+v", k)
		}
		if i > 0 && all[i-1].From > k.From {
			t.Errorf("%s comes after %s", k.From, all[i-1].From)
		}
	}
}

// TestClashes holds the table to what the documents of each system say of its codes.
func TestClashes(t *testing.T) {
	for prefix, want := range map[string]string{
		"10": "WeChat Pay true", "15": "WeChat Pay true", "16": "", "09": "", "25": "Alipay true", "30": "Alipay true", "24": "", "31": "",
		"62": "UnionPay false", "51": "BestPay true", "18": "JD Pay true", "01": "GS1-128, trade items false; e-CNY false", "70": "", "99": "",
	} {
		p := paycode.DefaultProfile()
		p.Prefix = prefix
		var got []string
		for _, c := range p.Clashes() {
			got = append(got, fmt.Sprint(c.Known.System, " ", c.Alike))
		}
		if strings.Join(got, "; ") != want {
			t.Errorf("%s: %q, want %q", prefix, got, want)
		}
	}
	if c := paycode.DefaultProfile().Clashes(); len(c) != 0 {
		t.Errorf("the default clashes: %v", c)
	}
	p := paycode.Profile{Prefix: "62", OnlinePrefix: "28", AliasDigits: 10, OTPDigits: 6, PeriodSeconds: 60, Skew: 1, SeedTTLSeconds: 60}
	if err := p.Validate(); err != nil || p.Digits() != 19 {
		t.Fatal(err, p.Digits())
	}
	all := p.Clashes()
	if !slices.EqualFunc(all, []string{"62", "28"}, func(c paycode.Clash, prefix string) bool { return c.Prefix == prefix && c.Alike }) {
		t.Errorf("%v", all)
	}
	if got := all[0].String(); got != "codes that begin with 62 look like those of UnionPay: tills send them there" {
		t.Errorf("%q", got)
	}
}
