package paycode

import "fmt"

// KnownPrefix is a range of first digits by which tills take a code for another system's.
type KnownPrefix struct {
	From, To    string // two digits each, both included
	Least, Most int    // digits of a whole code
	System      string
	Source      string // where it is said
}

// KnownPrefixes lists what tills route by two digits, as far as it is known, in
// the order of the digits. What a document says stands before what programs of
// tills were seen to do.
func KnownPrefixes() []KnownPrefix {
	return []KnownPrefix{
		{"00", "00", 20, 20, "GS1-128, shipping containers", "GS1 General Specifications, application identifier 00"},
		{"01", "01", 16, 16, "GS1-128, trade items", "GS1 General Specifications, application identifier 01"},
		{"01", "01", 19, 19, "e-CNY", "till software (^01\\d{17}$)"},
		{"10", "15", 18, 18, "WeChat Pay", "pay.weixin.qq.com/wiki/doc/api/micropay.php?chapter=5_1"},
		{"18", "18", 18, 18, "JD Pay", "till software (^18\\d{16}$); newer ones are UnionPay's"},
		{"25", "30", 16, 24, "Alipay", "opendocs.alipay.com/open/194/106039"},
		{"51", "51", 18, 18, "BestPay", "till software (^51\\d{16}$)"},
		{"56", "56", 19, 19, "WeBank", "till software (^5678\\d{15}$)"},
		{"62", "62", 19, 19, "UnionPay", "github.com/huangang/payqrcode, index.js: 62, two digits of the product, fifteen random ones"},
		{"81", "82", 19, 19, "Lakala", "till software (^8[12][02]\\d{16}$)"},
	}
}

// has reports whether two digits are in the range.
func (k KnownPrefix) has(prefix string) bool { return k.From <= prefix && prefix <= k.To }

// Clash is a prefix of a profile that tills may take for another system's.
type Clash struct {
	Prefix string
	Known  KnownPrefix
	Alike  bool // the profile's codes are as long as that system's
}

// String says what it means.
func (c Clash) String() string {
	what := "only tills that do not count digits confuse them"
	if c.Alike {
		what = "tills send them there"
	}
	return fmt.Sprintf("codes that begin with %s look like those of %s: %s", c.Prefix, c.Known.System, what)
}

// Clashes lists what the profile's prefixes are known for. Whoever wants his codes to be
// routed like another system's chooses them on purpose: nothing is wrong with them here.
// The profile must be valid.
func (p Profile) Clashes() (all []Clash) {
	digits := p.Digits()
	for _, prefix := range []string{p.Prefix, p.OnlinePrefix} {
		for _, k := range KnownPrefixes() {
			if k.has(prefix) {
				all = append(all, Clash{prefix, k, k.Least <= digits && digits <= k.Most})
			}
		}
	}
	return all
}
